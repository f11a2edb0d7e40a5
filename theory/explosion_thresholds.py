"""At which values of a parameter explosion begins: exact zeros of the deciding coefficient."""

import sympy as sp
from sympy.core.relational import Relational

from .errors import InputError
from .pieces import compare
from .special import sigmoid, softplus

__all__ = ["deciding_expression", "exact_thresholds"]

_SHORT = 20  # operations of a root that is worth writing out


def deciding_expression(
    condition: sp.Basic, symbol: sp.Symbol | None = None
) -> tuple[sp.Expr, sp.Symbol]:
    """(the expression whose sign decides, the parameter); InputError if there is not one of each.

    >>> b = sp.Symbol("b", real=True)
    >>> deciding_expression(b**2 > 2)
    (b**2 - 2, b)
    """
    if condition in (sp.true, sp.false):
        raise InputError("whether V explodes depends on no parameter here; leave one symbolic")
    if not isinstance(condition, Relational):
        raise InputError(f"the condition {condition} is not one inequality; give some parameters")
    free = sorted(condition.free_symbols, key=str)
    if symbol is None and len(free) != 1:
        raise InputError(f"say which of the parameters {free} to solve for")
    symbol = free[0] if symbol is None else symbol
    if isinstance(symbol, str):
        named = [s for s in free if s.name == symbol]
        symbol = named[0] if named else sp.Symbol(symbol)
    if symbol not in free:
        raise InputError(f"the condition {condition} does not depend on {symbol}")
    return condition.gts - condition.lts, symbol


def exact_thresholds(
    condition: sp.Basic, symbol: sp.Symbol | None = None
) -> tuple[sp.Expr, ...] | None:
    """The zeros of the deciding expression in ``symbol``, ascending, or None if SymPy has none.

    >>> b = sp.Symbol("b", real=True)
    >>> exact_thresholds(b**2 > 2)
    (-sqrt(2), sqrt(2))
    """
    expr, symbol = deciding_expression(condition, symbol)
    found: set = set()
    for factor in sp.Mul.make_args(sp.factor(expr)):
        zeros = _zeros(factor, symbol) if factor.has(symbol) else ()
        if zeros is None:
            return None
        found |= set(zeros)
    ordered: list = []
    for zero in sorted(found, key=sp.default_sort_key):
        ordered.insert(sum(compare(zero, other) > 0 for other in ordered), zero)
    return tuple(ordered)


def _zeros(expr, symbol):
    """All real zeros, in terms of y = e^symbol where that makes the expression rational."""
    y = sp.Dummy("y", positive=True)
    plain = expr.rewrite(sp.exp) if expr.has(sigmoid, softplus, sp.tanh, sp.cosh) else expr
    numerator = sp.numer(sp.together(plain))
    exponentials = numerator.subs(symbol, sp.log(y))
    exponentials = sp.numer(sp.together(sp.expand_power_exp(exponentials)))
    if not numerator.has(sp.exp) and numerator.is_polynomial(symbol):
        return _polynomial_zeros(numerator, symbol)
    if exponentials.is_polynomial(y):
        zeros = _polynomial_zeros(exponentials, y)
        return None if zeros is None else [sp.log(z) for z in zeros if z.is_positive]
    try:
        solutions = sp.solveset(numerator, symbol, sp.S.Reals)
    except NotImplementedError:
        return None
    return list(solutions) if isinstance(solutions, sp.FiniteSet) else None


def _polynomial_zeros(expr, symbol):
    polynomial = sp.Poly(expr, symbol)
    if polynomial.free_symbols_in_domain:
        return None
    roots = sp.roots(polynomial)  # in radicals where these are short
    if sum(roots.values()) == polynomial.degree() and all(
        root.is_real is not None and sp.count_ops(root) < _SHORT for root in roots
    ):
        return [root for root in roots if root.is_real]
    if not (polynomial.domain.is_QQ or polynomial.domain.is_ZZ):
        return None
    return list(dict.fromkeys(sp.real_roots(polynomial)))
