r"""The form in which closed expressions are returned: one for each function, and a short one.

A closed expectation is a sum of (rational function) x (square roots) x (exponential) x (Phi, Phi2,
asin, Gamma, ...).  It is converted to a canonical sum of such terms (:mod:`theory.transcendental`,
exact arithmetic in :mod:`theory.radicals`) and written down again (:mod:`theory.layout`).  Only
polynomial arithmetic is needed; no general simplifier is called.
"""

from collections.abc import Mapping

import sympy as sp

from .layout import Layout
from .radicals import Field
from .symbols import rho
from .transcendental import Elements, generators_of

__all__ = ["normal_form", "plain_signs", "positive_root"]


def normal_form(expr: sp.Expr, roots: Mapping[sp.Symbol, sp.Expr] | None = None) -> sp.Expr:
    """The canonical form of a closed expression.

    ``roots`` names symbols that stand for square roots, {s: sqrt(q)}; they are put back.

    >>> from theory.symbols import q
    >>> normal_form(q*sp.asin(q)/2 + 1/(1 + q) + q*sp.asin(q)/2 - 1/(1 + q)**2)
    q*asin(q) + q/(q + 1)**2
    >>> normal_form(sp.exp(q)*sp.sqrt(q**2 + q)*sp.erfc(sp.sqrt(q)))
    2*sqrt(q)*sqrt(q + 1)*exp(q)*Phi(-sqrt(2)*sqrt(q))
    """
    squares, roots = _square_roots(expr, roots or {})
    expr = expr.xreplace(squares)
    field = Field(generators_of(expr))
    layout = Layout(field, roots)
    return layout(Elements(field, layout)(expr)).xreplace(roots)


def _square_roots(expr, roots):
    """Positive symbols under a root as squares of new ones, so that coefficients are rational."""
    known = {root**2: s for s, root in roots.items()}
    rooted = {
        power.base
        for power in expr.atoms(sp.Pow)
        if power.base.is_Symbol and power.base.is_positive
        if power.exp.is_Rational and power.exp.q == 2
    }
    rooted |= {symbol for symbol in known if symbol in expr.free_symbols}
    names = {q: known.get(q, sp.Dummy(f"s_{q.name}", positive=True)) for q in rooted}
    squares = {q: s**2 for q, s in names.items()}
    return squares, {**roots, **{s: sp.sqrt(q) for q, s in names.items()}}


def positive_root(value: sp.Expr) -> sp.Expr:
    """The square root of a positive rational function, with known-positive factors taken apart.

    >>> from theory.symbols import q, rho
    >>> positive_root((2*q + 1)**2 * (1 - rho**2) / q)
    sqrt(1 - rho**2)*(2*q + 1)/sqrt(q)
    """
    parts = [_oriented(part) for part in sp.fraction(sp.factor(value))]
    if all(coefficient.is_negative for coefficient, _ in parts):
        parts = [(-coefficient, factors) for coefficient, factors in parts]
    numerator, denominator = (_root_of_product(*part) for part in parts)
    return numerator / denominator


def _oriented(polynomial):
    """(coefficient, [(factor, power)]), factors with one sign near q = 0 being positive there."""
    coefficient, found = sp.factor_list(polynomial)
    factors = []
    for factor, power in found:
        if _sign_near_zero(factor) < 0:
            factor, coefficient = -factor, coefficient * (-1) ** power
        factors.append((factor, power))
    return coefficient, factors


def _root_of_product(coefficient, factors):
    outside, inside = sp.S.One, coefficient
    for factor, power in factors:
        if factor.is_positive:
            outside *= factor ** sp.Rational(power, 2)
        else:
            size = factor if _sign_near_zero(factor) else sp.Abs(factor)
            outside *= size ** (power // 2)
            inside *= factor ** (power % 2)
    return outside * sp.sqrt(sp.expand(inside))


def _sign_near_zero(factor):
    """The sign of a factor such as 1 - 2 a q at vanishing variances; 0 where it vanishes too.

    A determinant is positive wherever the expectation exists, and an expectation that exists for
    some variances exists for all smaller ones.
    """
    start = factor.subs({s: 0 for s in factor.free_symbols if s.is_positive})
    if not (start.is_number and start.is_nonzero):
        return 0
    return 1 if start.is_positive else -1


def plain_signs(expr):
    """Factors that are mostly negative, or negative at rho = 0, change their sign.

    >>> from theory.symbols import q, rho
    >>> plain_signs((-q - 1) / (rho - 1))
    (q + 1)/(1 - rho)
    """
    sign, factors = sp.S.One, []
    for factor in sp.Mul.make_args(expr):
        base, exponent = factor.as_base_exp()
        if base.is_Add and exponent.is_Integer:
            minus = sum(term.could_extract_minus_sign() for term in base.args)
            if 2 * minus > len(base.args) or base.subs(rho, 0).is_negative:
                sign *= (-1) ** exponent
                factor = sp.Mul(*[(-base) ** exponent])
        factors.append(factor)
    return sp.Mul(sign, *factors)
