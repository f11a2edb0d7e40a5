"""Inequalities between parameters, in the simplest form that is found."""

import sympy as sp

__all__ = ["nonnegative", "tidied"]


def nonnegative(expr: sp.Expr) -> sp.Basic:
    """expr >= 0, solved for the parameter if there is one that it is linear in.

    >>> theta = sp.Symbol("theta", positive=True)
    >>> nonnegative(sp.Rational(1, 2) - 1 / theta)
    theta >= 2
    """
    expr = sp.factor(sp.together(expr))
    if expr.is_number:
        return sp.sympify(bool(expr >= 0), strict=True)
    if expr.is_nonnegative:
        return sp.true
    if expr.is_negative:
        return sp.false
    kept = sp.S.One
    for factor in sp.Mul.make_args(expr):
        if factor.is_positive:
            continue
        if factor.is_negative:
            kept = -kept
        else:
            kept *= factor
    kept = sp.expand(kept)
    for symbol in sorted(kept.free_symbols, key=str):
        if sp.degree(kept, symbol) != 1 if kept.is_polynomial(symbol) else True:
            continue
        slope = kept.coeff(symbol, 1)
        if not slope.is_number:
            continue
        bound = sp.expand(-kept.coeff(symbol, 0) / slope)
        return symbol >= bound if slope.is_positive else symbol <= bound
    return kept >= 0


def tidied(condition: sp.Basic) -> sp.Basic:
    """Bounds on the same parameter joined, and every implied one left out.

    >>> theta = sp.Symbol("theta", positive=True)
    >>> tidied(sp.And(theta >= 2, theta >= 1))
    theta >= 2
    """
    if isinstance(condition, sp.Or):
        return sp.Or(*map(tidied, condition.args))
    if not isinstance(condition, sp.And):
        return condition
    bounds: dict = {}
    others = []
    for item in condition.args:
        if isinstance(item, sp.Ge | sp.Le) and item.rhs.is_number and item.lhs.is_Symbol:
            key = (item.lhs, type(item))
            best = sp.Max if isinstance(item, sp.Ge) else sp.Min
            bounds[key] = best(bounds.get(key, item.rhs), item.rhs)
        else:
            others.append(item)
    return sp.And(*others, *(kind(symbol, bound) for (symbol, kind), bound in bounds.items()))
