r"""The correlation map near perfect correlation at the edge of chaos,

    1 - C(1 - u) = u - sum_j s_j u^(e_j) log(1/u)^(k_j),     1 < e_1 < e_2 < ...,

read off the expansion of the two-point expectation (:mod:`theory.near_one`), which knows about
kinks, jumps of higher derivatives, power singularities and colliding exponents.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from ..equation import closed
from ..errors import UndecidedError
from ..gaussian import GaussianExpectation
from ..near_one import near_one
from ..normal_form import normal_form
from ..sampling import vanishes
from ..symbols import q, rho

__all__ = ["Term", "critical_expansion", "tidy", "vanishes_visibly"]


@dataclass(frozen=True)
class Term:
    """``coefficient`` * u^``exponent`` * log(1/u)^``logarithm``."""

    coefficient: sp.Expr
    exponent: sp.Rational
    logarithm: int = 0


@lru_cache(maxsize=128)
def critical_expansion(mean_field) -> tuple[Term, ...]:
    """The terms s_j u^(e_j) log(1/u)^(k_j) that decide the universal part of the depth law.

    These are all with e_j <= 2 e_1 - 1 and the leading one; empty for an affine activation.
    Raises UndecidedError where exponents depend on parameters without values.

    >>> from theory.mean_field import MeanField
    >>> critical_expansion(MeanField("relu"))
    (Term(coefficient=2*sqrt(2)/(3*pi), exponent=3/2, logarithm=0),)
    """
    slope = closed(mean_field.slope_moment)
    for order in (sp.Integer(2), sp.Integer(3)):
        terms = _terms_up_to(mean_field.kernel_at_q, slope, order)
        leading = min((term.exponent for term in terms), default=None)
        if leading is not None and 2 * leading - 1 <= order:
            return tuple(t for t in terms if t.exponent <= 2 * leading - 1)
    if terms:  # the order of the leading term exceeds two only where a term of order two vanishes
        raise UndecidedError(f"1 - C(1 - u) = u - O(u^{leading}) is flatter than of second order")
    return ()


def _terms_up_to(kernel, slope, order):
    u = sp.Dummy("u", positive=True)
    found = _powers(near_one(kernel, order).xreplace({1 - rho: u}), u)
    terms = []
    for (exponent, logarithm), value in sorted(found.items()):
        if exponent <= 1 or exponent > order:
            continue
        coefficient = (-1) ** logarithm * value / (q * slope)
        if not _is_zero(coefficient):
            terms.append(Term(tidy(coefficient), exponent, logarithm))
    return terms


def _powers(expr, u):
    """{(exponent, power of log u): coefficient} of a sum of products of powers and logarithms."""
    if not expr.has(u):
        return {(sp.S.Zero, 0): expr}
    if expr.is_Add:
        total: dict = {}
        for part in expr.args:
            for key, value in _powers(part, u).items():
                total[key] = total.get(key, sp.S.Zero) + value
        return total
    if expr.is_Mul:
        total = {(sp.S.Zero, 0): sp.S.One}
        for factor in expr.args:
            part = _powers(factor, u)
            product: dict = {}
            for (a, i), value in total.items():
                for (b, j), other in part.items():
                    product[a + b, i + j] = product.get((a + b, i + j), sp.S.Zero) + value * other
            total = product
        return total
    if isinstance(expr, sp.log):
        return {(sp.S.Zero, 1): sp.S.One}
    base, power = expr.as_base_exp()
    if base == u:
        return {(power, 0): sp.S.One}
    if power.is_Integer and power > 0:
        return _powers(sp.Mul(*[base] * int(power), evaluate=False), u)
    raise UndecidedError(f"the expansion near perfect correlation contains {expr}")


def _is_zero(expr):
    return vanishes_visibly(expr) if expr.has(GaussianExpectation) else vanishes(expr)


def vanishes_visibly(expr: sp.Expr) -> bool:
    """Whether an expression is 0 as it stands.

    SymPy's assumptions tell no more of sums with Gaussian expectations, and are slow there.
    """
    return bool(expr == 0 if expr.has(GaussianExpectation) else expr.is_zero)


def tidy(expr: sp.Expr) -> sp.Expr:
    """The normal form of a closed expression; others are left as they are."""
    if not isinstance(expr, sp.Expr) or expr.has(GaussianExpectation):
        return expr
    try:
        found = normal_form(expr)
    except (NotImplementedError, ValueError, RecursionError):
        return expr
    return min((expr, found), key=sp.count_ops)
