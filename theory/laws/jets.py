"""Taylor coefficients of the functions of a law at a point."""

import sympy as sp

from ..errors import UndecidedError
from .functions import LawActivation, LawDensity
from .regularity import is_smooth_at_zero
from .small_argument import activation_series, density_series

__all__ = ["law_jet"]


def law_jet(expr, place, count: int) -> list[sp.Expr]:
    """The first ``count`` coefficients of ``expr`` as a function of its argument at ``place``.

    Raises UndecidedError where the function is not smooth there.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> x = sp.Symbol("x", real=True)
    >>> law_jet(LawActivation(WeibullFactor(3), x), sp.S(0), 3)
    [0, gamma(2/3), 0]
    """
    if place.is_zero and not _is_regular_at_zero(expr):
        raise UndecidedError(f"{expr} is not smooth where its argument vanishes")
    if place.is_zero and isinstance(expr, LawActivation) and expr.kind == "odd":
        odd = activation_series(expr.law, count // 2 + 1)
        return [odd[k // 2] if k % 2 else sp.S.Zero for k in range(count)]
    if place.is_zero and isinstance(expr, LawDensity):
        order = expr.order
        even = density_series(expr.law, (count + order) // 2 + 1)
        whole = [sp.S.Zero if k % 2 else even[k // 2] for k in range(count + order)]
        return [whole[k + order] * sp.ff(k + order, order) for k in range(count)]
    y = sp.Dummy("y", real=True)
    found, derivative = [], expr.func(expr.law, y, *expr.args[2:])
    for k in range(count):
        found.append(derivative.subs(y, place) / sp.factorial(k))
        derivative = derivative.diff(y)
    return found


def _is_regular_at_zero(expr):
    return (isinstance(expr, LawActivation) and expr.kind == "positive") or is_smooth_at_zero(
        expr.law
    )
