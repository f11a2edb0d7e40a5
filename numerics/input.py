"""Arguments of the numeric verbs, checked: one sentence for each thing that can be wrong."""

import math
import operator

import numpy as np

from theory.errors import InputError

__all__ = ["finite", "probabilities", "variance_axis", "variance_pair", "whole"]


def finite(value, name, verb):
    """``value`` as a finite float; SymPy numbers are welcome, arrays are not."""
    if isinstance(value, (str, bytes, bool)) or value is None:
        raise InputError(f"{verb}: {name} = {value!r} is not a number; pass one, as in {name}=1.5")
    if np.ndim(value) > 0:
        raise InputError(
            f"{verb}: {name} is an array of shape {np.shape(value)}, one number is expected; "
            "for a grid use phase_diagram"
        )
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{verb}: {name} = {value} is not a real number") from None
    except OverflowError:
        raise InputError(f"{verb}: {name} is too large for a floating-point number") from None
    if not math.isfinite(number):
        raise InputError(f"{verb}: {name} = {number} is not finite; pass a finite number")
    return number


def whole(value, name, verb, least=1):
    """``value`` as an int of at least ``least``; 3.0 is one, and SymPy's 3."""
    try:
        integral = isinstance(value, float) and value.is_integer()
        number = operator.index(int(value) if integral else value)
    except TypeError:
        number = None
    if isinstance(value, bool) or number is None or number < least:
        raise InputError(f"{verb}: {name} = {value!r} must be a whole number >= {least}")
    return number


def variance_pair(sigma_w2, sigma_b2, verb):
    """(sigma_w2, sigma_b2) as floats, sigma_w2 > 0 and sigma_b2 >= 0."""
    weight, bias = finite(sigma_w2, "sigma_w2", verb), finite(sigma_b2, "sigma_b2", verb)
    if weight <= 0:
        raise InputError(f"{verb}: sigma_w2 = {weight:g} is a variance and must be positive")
    if bias < 0:
        raise InputError(f"{verb}: sigma_b2 = {bias:g} is a variance and cannot be negative")
    return weight, bias


def variance_axis(values, name, verb, positive):
    """A one-dimensional array of variances as contiguous float64."""
    try:
        axis = np.atleast_1d(np.ascontiguousarray(values, dtype=float))
    except (TypeError, ValueError):
        raise InputError(f"{verb}: {name} must be a sequence of numbers") from None
    except OverflowError:
        raise InputError(f"{verb}: {name} has an entry too large for a float") from None
    if axis.ndim != 1 or axis.size == 0:
        raise InputError(f"{verb}: {name} has shape {axis.shape}; one non-empty axis is expected")
    bad = ~np.isfinite(axis) | (axis <= 0 if positive else axis < 0)
    if bad.any():
        need = "finite and positive" if positive else "finite and not negative"
        raise InputError(f"{verb}: {name} contains {axis[bad][0]:g}; its entries must be {need}")
    return axis


def probabilities(p, verb):
    """``p`` as an array of numbers in [0, 1]."""
    try:
        levels = np.asarray(p, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{verb}: p = {p!r} is not a number or an array") from None
    if not ((levels >= 0) & (levels <= 1)).all():
        raise InputError(f"{verb}: p = {p} must lie in [0, 1]")
    return levels
