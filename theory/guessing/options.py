"""What a GuessingBias may be made of: each argument checked, exact, or one sentence."""

import sympy as sp

from ..errors import InputError, UnknownNameError
from ..layer_options import weight_correlation_option
from ..parser import exact
from ..symbols import sigma_b2, sigma_w2

__all__ = [
    "POOLINGS",
    "bias_variance",
    "correlation_option",
    "named_apart",
    "pool_size_option",
    "pooling_option",
    "weight_variance",
]

POOLINGS = ("max", "average")

#: What the formulas of a layer are written in.
_TAKEN = {"x", "q", "q1", "q2", "rho", "gamma", "g", "sigma_w2", "sigma_b2"}


def named_apart(activation):
    """The activation, unless a parameter is called like a symbol of the bias."""
    for symbol in activation.parameters:
        if symbol.name in ("gamma", "g"):
            raise InputError(
                f"{symbol} is a symbol of the guessing bias; call the parameter of "
                f"{activation.name} something else, or give it a value"
            )
    return activation


def _given(value, name, itself):
    """The value exactly; symbols that mean something else in the theory are refused."""
    number = exact(value, name)
    taken = {str(s) for s in number.free_symbols} & (_TAKEN - {str(itself)})
    if taken:
        raise InputError(
            f"{name} = {number}: {min(taken)} has a fixed meaning in the theory; give a "
            "number, or call the symbol something else"
        )
    return number


def weight_variance(value):
    """sigma_w2 > 0, exactly; the symbol for None."""
    if value is None:
        return sigma_w2
    number = _given(value, "sigma_w2", sigma_w2)
    if number.is_positive is False:
        raise InputError(f"sigma_w2 is a variance > 0 (scaled by the fan-in); got {number}")
    return number


def bias_variance(value):
    """sigma_b2 >= 0, exactly; the symbol for None."""
    if value is None:
        return sigma_b2
    number = _given(value, "sigma_b2", sigma_b2)
    if number.is_nonnegative is False:
        raise InputError(f"sigma_b2 is a variance >= 0; got {number}")
    return number


def pooling_option(name):
    """None, 'max' or 'average'."""
    if name is None or name in POOLINGS:
        return name
    raise UnknownNameError(f"no pooling {name!r}; write 'max' or 'average', or leave it out")


def pool_size_option(size):
    """A whole number >= 2."""
    whole = isinstance(size, int | sp.Integer) and not isinstance(size, bool)
    if not whole or size < 2:
        raise InputError(f"pool_size is a whole number of neurons >= 2; got {size!r}")
    return int(size)


def correlation_option(kappa, pooling):
    """kappa <= 1, and 0 under a pooling."""
    kappa = weight_correlation_option(kappa)
    if pooling is not None and kappa != 0:
        raise InputError(
            f"pooling = {pooling!r} and weight_correlation = {kappa} have no theory together "
            "here; leave one of them out"
        )
    return kappa
