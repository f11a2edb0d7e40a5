r"""A law with a gamma quotient as a product of independent powers of gamma and beta variables.

Gamma(a + alpha s)/Gamma(b + alpha s) with a < b is a power of a beta variable of shapes a and
b - a; a factor of the numerator that is left over is a power of a gamma variable.
"""

import sympy as sp

from .base_variables import renumbered
from .beta_power import BetaPower
from .gamma_normal_form import common_slope, split
from .generalized_gamma import GeneralizedGamma

__all__ = ["construction_of"]


def construction_of(quotient) -> sp.Expr | None:
    """The product in base variables, or None if the factors do not pair off like this.

    >>> from .gamma_quotient import GammaQuotient
    >>> s = sp.Symbol("s")
    >>> construction_of(GammaQuotient.from_expr(sp.gamma(1 + s)**2, s))
    ExponentialVariable(1)*ExponentialVariable(3)
    """
    factors = quotient.upper + quotient.lower
    if any(alpha.is_positive is not True for _, alpha in factors):
        return None
    found = _paired(list(quotient.upper), list(quotient.lower))
    base = quotient.base
    if found is None and (step := common_slope(factors)) is not None:
        _, base, upper, lower = split(
            quotient.constant, base, *(quotient.upper, quotient.lower), step
        )
        found = _paired(list(upper), list(lower))
    if found is None:
        return None
    recipe, used = base, 1
    for law in found:
        part = renumbered(law.construction, used)
        used += 2
        recipe *= part
    return recipe


def _paired(upper, lower):
    """Laws whose product it is: each lower factor takes the nearest upper one below it."""
    laws = []
    for b, beta in sorted(lower, key=sp.default_sort_key):
        below = [(a, alpha) for a, alpha in upper if alpha == beta and (b - a).is_positive]
        if not below:
            return None
        nearest = below[0]
        for candidate in below[1:]:
            if (candidate[0] - nearest[0]).is_positive:
                nearest = candidate
        upper.remove(nearest)
        laws.append(BetaPower(nearest[0], b - nearest[0], beta))
    if any(a.is_positive is not True for a, _ in upper):
        return None
    return laws + [GeneralizedGamma(a, 1 / alpha) for a, alpha in upper]
