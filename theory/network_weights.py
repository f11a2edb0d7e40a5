"""The law of the weights of a network: what may be given, and its scale."""

from dataclasses import replace

import sympy as sp

from .errors import InputError, UnknownNameError
from .laws.quotient import HALF_NORMAL
from .laws.weight_law import WeightLaw
from .matrix_laws.correlated import Correlated
from .matrix_laws.matrix_law import MatrixLaw
from .matrix_laws.reader import as_matrix_law
from .parser import exact

__all__ = [
    "WEIGHT_LAWS",
    "correlations_of",
    "default_weights",
    "name_of",
    "own_variance",
    "standard_weights",
]

#: Laws with a generator of their own; each is scaled to mean 0 and variance 1.
WEIGHT_LAWS = ("gaussian", "rademacher", "uniform", "laplace")

#: A longer name, such as that of a large matrix, is cut to its class.
_LONGEST = 80


def name_of(weights) -> str:
    """The name of a law, whatever its factor."""
    if isinstance(weights, WeightLaw):
        return str(replace(weights, factor=sp.S.One))
    name = weights if isinstance(weights, str) else repr(weights)
    return name if len(name) <= _LONGEST else f"{type(weights).__name__}(...)"


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


def own_variance(weights, sigma_w2):
    """sigma_w2 as given, else as the law of matrices fixes it, if it does."""
    own = weights.sigma_w2 if isinstance(weights, MatrixLaw) else None
    return own if sigma_w2 is None else sigma_w2


def standard_weights(weights, width):
    """One of WEIGHT_LAWS, a law of matrices, one of variance 1, or an object that draws such."""
    if isinstance(weights, str) and weights in WEIGHT_LAWS:
        return weights
    if _is_standard(weights):
        return weights
    try:
        law = as_matrix_law(weights)
    except UnknownNameError as error:
        raise InputError(f"Network: {error}") from None
    if isinstance(law, WeightLaw):
        law = law.standardised
    if law.free_symbols:
        name = min(map(str, law.free_symbols))
        raise InputError(f"Network: give the parameter {name} of the weight law {law} a value")
    if isinstance(law, MatrixLaw):
        _check_width(law, width)
        return law
    return "gaussian" if _is_gaussian(law) else law


def correlations_of(weights):
    """(kappa along rows, kappa along columns) of normal weights; None for any other law."""
    if isinstance(weights, Correlated) and weights.entries is None:
        row = weights.axis == "row"
        kappa = weights.correlation
        return (kappa, sp.S.Zero) if row else (sp.S.Zero, kappa)
    return (sp.S.Zero, sp.S.Zero) if weights == "gaussian" else None


def _check_width(law, width):
    if width == 1 and isinstance(law, Correlated) and law.correlation == 1:
        raise InputError(
            f"Network: at width 1 the weights of {law} are all 0, as a single weight is its own "
            "mean; take a larger width or a smaller correlation"
        )


def _is_standard(weights):
    """Whether an object of another library draws numbers of mean 0 and variance 1."""
    if isinstance(weights, WeightLaw | MatrixLaw | str) or not callable(
        getattr(weights, "rvs", None)
    ):
        return False
    moments = [getattr(weights, name, None) for name in ("mean", "var")]
    if not all(callable(moment) for moment in moments):
        return True  # taken at its word
    mean, variance = (float(moment()) for moment in moments)
    return abs(mean) < 1e-9 and abs(variance - 1) < 1e-9


def _is_gaussian(law):
    return law.zero.is_zero and law.magnitude == HALF_NORMAL
