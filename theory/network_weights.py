"""The law of the weights of a network: what may be given, and its scale."""

from dataclasses import replace

import sympy as sp

from .errors import InputError, UnknownNameError
from .laws.law_reader import as_weight_law
from .laws.quotient import HALF_NORMAL
from .laws.weight_law import WeightLaw
from .parser import exact

__all__ = ["WEIGHT_LAWS", "default_weights", "name_of", "standard_weights"]

#: Laws with a generator of their own; each is scaled to mean 0 and variance 1.
WEIGHT_LAWS = ("gaussian", "rademacher", "uniform", "laplace")


def name_of(weights) -> str:
    """The name of a law, whatever its factor."""
    if isinstance(weights, WeightLaw):
        return str(replace(weights, factor=sp.S.One))
    return weights if isinstance(weights, str) else repr(weights)


def default_weights(activation, sigma_w2, sigma_b2, shaping):
    """(weights, sigma_w2, sigma_b2) where no law is given: those of a Gaussian pair its own."""
    law = getattr(activation, "weights", None)
    if not isinstance(law, WeightLaw):
        return "gaussian", sigma_w2, sigma_b2
    if sigma_w2 is None and not shaping:
        sigma_w2 = law.variance
        if exact(sigma_b2, "sigma_b2").is_zero:
            sigma_b2 = getattr(activation, "sigma_b2", sigma_b2)
    return law, sigma_w2, sigma_b2


def standard_weights(weights):
    """One of WEIGHT_LAWS, a law of variance 1, or an object that draws such weights."""
    if isinstance(weights, str) and weights in WEIGHT_LAWS:
        return weights
    if _is_standard(weights):
        return weights
    try:
        law = as_weight_law(weights).standardised
    except UnknownNameError as error:
        raise InputError(f"Network: {error}") from None
    if law.free_symbols:
        name = min(map(str, law.free_symbols))
        raise InputError(f"Network: give the parameter {name} of the weight law {law} a value")
    return "gaussian" if _is_gaussian(law) else law


def _is_standard(weights):
    """Whether an object of another library draws numbers of mean 0 and variance 1."""
    if isinstance(weights, WeightLaw | str) or not callable(getattr(weights, "rvs", None)):
        return False
    moments = [getattr(weights, name, None) for name in ("mean", "var")]
    if not all(callable(moment) for moment in moments):
        return True  # taken at its word
    mean, variance = (float(moment()) for moment in moments)
    return abs(mean) < 1e-9 and abs(variance - 1) < 1e-9


def _is_gaussian(law):
    return law.zero.is_zero and law.magnitude == HALF_NORMAL
