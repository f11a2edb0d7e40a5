r"""Other parametrisations of the correlation of weights, all mapped to kappa.

With Sigma = sigma_w2/N (I - (kappa/N) 1 1^T): Sigma^-1 = N/sigma_w2 (I + (k/N) 1 1^T) for
kappa = k/(1 + k); two weights of variance v = sigma_w2/N (1 - kappa/N) have the correlation
coefficient rho = -kappa/(N - kappa).
"""

import sympy as sp

from ..errors import InputError
from .arguments import fan, positive_scale, real_number

__all__ = ["normalised_form", "pair_form", "precision_form"]


def precision_form(k) -> sp.Expr:
    """kappa = k/(1 + k) for k > -1; 1 for k = oo."""
    if isinstance(k, str | float | sp.Expr) and k in ("oo", sp.oo):
        return sp.S.One
    k = real_number(k, "k", "a number > -1, a symbol or oo")
    if (k + 1).is_nonpositive or ((k + 1).is_number and not (k + 1).is_positive):
        raise InputError(
            f"k = {k} must exceed -1, where I + (k/N) 1 1^T stops being positive definite"
        )
    return sp.cancel(k / (1 + k))


def pair_form(rho, fan_in, variance) -> tuple[sp.Expr, sp.Expr]:
    """(kappa, sigma_w2) = (-rho N/(1 - rho), N variance (1 - rho))."""
    size = _pairs(fan_in)
    least = -1 / (size - 1)
    if isinstance(rho, float) and size.is_number and abs(rho - float(least)) < 1e-15:
        rho = least  # what -1/(N - 1) is in floating point
    rho = _named_like(real_number(rho, "rho", "a correlation coefficient"), size)
    if (1 - rho).is_nonpositive or (1 + (size - 1) * rho).is_negative:
        raise InputError(
            f"rho = {rho} cannot be the correlation of every two of fan_in = {size} weights; it "
            f"lies in -1/(fan_in - 1) <= rho < 1"
        )
    variance = positive_scale(variance, "variance")
    return sp.cancel(-rho * size / (1 - rho)), sp.cancel(size * variance * (1 - rho))


def normalised_form(k, fan_in) -> sp.Expr:
    """kappa = N k/(1 + (N - 1) k) for -1/(N - 1) < k <= 1."""
    size = _pairs(fan_in)
    k = _named_like(real_number(k, "k", "a number <= 1 or a symbol"), size)
    below = 1 + (size - 1) * k
    if (k - 1).is_positive or below.is_nonpositive:
        raise InputError(
            f"k = {k} gives no covariance of fan_in = {size} weights; it lies in "
            "-1/(fan_in - 1) < k <= 1"
        )
    return sp.cancel(size * k / below)


def _pairs(fan_in):
    size = fan(fan_in, "fan_in", symbolic=True)
    if size == 1:
        raise InputError("fan_in = 1: a row of one weight has no pair to correlate; give >= 2")
    return size


def _named_like(value, size):
    """``value`` with the symbols of ``size`` where it has others of the same name."""
    known = {s.name: s for s in size.free_symbols}
    return value.xreplace({s: known.get(s.name, s) for s in value.free_symbols})
