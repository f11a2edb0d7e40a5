"""The numbers that a network is given, checked one at a time, each refusal a sentence."""

from .errors import AssumptionError, InputError
from .matrix_laws.correlated import Correlated
from .parser import exact
from .symbols import x

__all__ = [
    "check_slopes",
    "law_given",
    "positive_gamma",
    "skip_weight",
    "variance",
    "whole_number",
]


def law_given(weights, weight_correlation):
    """The law of the weights as written in one of two ways."""
    if weight_correlation is None:
        return weights
    if weights is not None and weights != "gaussian":
        raise InputError(
            f"Network: weights = {weights} and weight_correlation = {weight_correlation} are two "
            "laws for the same weights; give one of them"
        )
    return Correlated(weight_correlation)


def check_slopes(phi, width):
    """AssumptionError if the width is too small for slopes 1 + c/sqrt(n) to be positive."""
    for side, sign in (("positive", 1), ("negative", -1)):
        slope = phi.subs(x, sign) * sign
        if not slope.is_positive:
            raise AssumptionError(
                f"Network: at width {width} the shaped slope on the {side} side is {slope}, and "
                "must be positive; take a larger width or a constant c nearer to 0"
            )


def whole_number(value, name, least):
    """An int that is at least ``least``."""
    try:
        whole = not isinstance(value, (bool, str)) and int(value) == value
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or value < least:
        raise InputError(f"Network: {name} = {value!r} must be a whole number >= {least}")
    return int(value)


def variance(value, name):
    """A number >= 0; sigma_w2 must be positive."""
    number = exact(value, name)
    if not number.is_number or not number.is_finite or number.is_negative:
        raise InputError(f"Network: {name} = {value} is a variance: a number that is >= 0")
    if name == "sigma_w2" and number.is_zero:
        raise InputError("Network: sigma_w2 = 0 leaves nothing to simulate; it must be positive")
    return number


def skip_weight(value):
    """lambda with |lambda| < 1."""
    number = exact(value, "skip")
    if not number.is_number or not bool(abs(number) < 1):
        raise InputError(f"Network: skip = {value} must lie between -1 and 1")
    return number


def positive_gamma(value):
    """The strength of the branches of a residual network."""
    number = exact(value, "gamma")
    if not number.is_number or not number.is_positive:
        raise InputError(f"Network: gamma = {value} must be a positive number")
    return number
