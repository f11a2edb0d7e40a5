"""Numbers at sample points: to refute an identity quickly before it is proved by rewriting.

A sample can show that two expressions differ or that a function is not real somewhere; it is
never used to conclude that something holds.
"""

import sympy as sp

from .symbols import x

__all__ = ["sample_points", "sample_values", "vanishes"]


def sample_points(lower, upper):
    """A few exact points inside an interval, including far ones."""
    fractions = [sp.Rational(k, 97) for k in (1, 7, 31, 50, 83, 96)]
    if lower is -sp.oo and upper is sp.oo:
        return [sp.Rational(p, 7) for p in (-300, -61, -9, -2, 1, 3, 11, 59, 307)]
    if lower is -sp.oo:
        return [upper - sp.Rational(p, 7) for p in (1, 5, 30, 350)]
    if upper is sp.oo:
        return [lower + sp.Rational(p, 7) for p in (1, 5, 30, 350)]
    return [lower + (upper - lower) * f for f in fractions]


def sample_values(symbols):
    """Plausible values of parameters, distinct, not special and above 2, as some must be."""
    ordered = sorted(symbols, key=lambda s: s.name)
    return {s: 2 + sp.Rational(7 + 4 * k, 6 + 3 * k) for k, s in enumerate(ordered)}


def vanishes(difference, piece=None):
    """Whether an expression is identically zero: refuted by numbers, else proved by rewriting."""
    if difference.is_zero:
        return True
    values = sample_values(difference.free_symbols - {x})
    bounds = (-sp.oo, sp.oo) if piece is None else (piece.lower, piece.upper)
    for point in sample_points(*(b.subs(values) for b in bounds))[:4]:
        number = difference.subs(values).subs(x, point).evalf(30)
        if not number.is_number or abs(number) > sp.Float("1e-20"):
            return False
    for rewritten in (
        lambda e: sp.expand(e),
        lambda e: sp.simplify(e),
        lambda e: sp.simplify(e.rewrite(sp.exp)),
        lambda e: sp.simplify(sp.expand(e.rewrite(sp.erf).rewrite(sp.exp))),
    ):
        if rewritten(difference).is_zero:
            return True
    return False
