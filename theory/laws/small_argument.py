r"""Power series at 0 of a density and of the odd activation of a law, exact, to any order.

The density is the sum of the residues of E Y^s y^{-s-1} at the poles s = -1, -3, …; the activation
solves F(phi(x)) = erf(x/sqrt 2), order by order.
"""

from functools import lru_cache

import sympy as sp

from ..errors import UndecidedError
from .regularity import is_smooth_at_zero

__all__ = ["activation_series", "density_series"]


@lru_cache(maxsize=256)
def density_series(law, count: int) -> tuple[sp.Expr, ...]:
    """The coefficients of y^0, y^2, …, ``count`` of them; UndecidedError if f(|y|) is not smooth.

    >>> from .weibull_factor import WeibullFactor
    >>> density_series(WeibullFactor(3), 2)
    (sqrt(2)/(sqrt(pi)*gamma(2/3)), 0)
    """
    if not is_smooth_at_zero(law):
        raise UndecidedError(f"the density of {law} has no Taylor series at 0")
    transform = law.gamma_quotient.normal()
    found = []
    for k in range(count):
        place = sp.Integer(-2 * k - 1)
        regular = transform.order_at(place) <= 0
        found.append(sp.S.Zero if regular else sp.simplify(transform.residue_at(place)))
    return tuple(found)


@lru_cache(maxsize=256)
def activation_series(law, count: int) -> tuple[sp.Expr, ...]:
    """The coefficients of x, x^3, …, ``count`` of them, in the odd activation of the law.

    >>> from .weibull_factor import WeibullFactor
    >>> activation_series(WeibullFactor(3), 2)
    (gamma(2/3), -gamma(2/3)/6)
    """
    cdf = [c / (2 * k + 1) for k, c in enumerate(density_series(law, count))]
    front = sp.sqrt(2 / sp.pi)
    normal = [
        front * sp.Rational(-1, 2) ** k / ((2 * k + 1) * sp.factorial(k)) for k in range(count)
    ]
    found: list[sp.Expr] = []
    for m in range(count):
        # F(phi) at order 2m + 1 without the new coefficient, from the powers of phi/x in x^2
        known = sp.S.Zero
        series = [*found, *[sp.S.Zero] * (count - m)]
        power = [sp.S.One, *[sp.S.Zero] * m]
        for k in range(m + 1):
            factor = series if k == 0 else _product(series, series, m)
            power = _product(power, factor, m)
            if m - k >= 0:
                known += cdf[k] * power[m - k]
        found.append(sp.factor_terms(sp.expand((normal[m] - known) / cdf[0])))
    return tuple(found)


def _product(first, second, order):
    return [sum(first[i] * second[k - i] for i in range(k + 1)) for k in range(order + 1)]
