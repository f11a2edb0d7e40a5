r"""int y^s f(y) dy in closed form, where the density f is a sum of simple terms.

y^a exp(-b y^p)  on (0, oo):   b^(-(a + 1 + s)/p) Gamma((a + 1 + s)/p)/p,
y^a              on (0, h):    h^(a + 1 + s)/(a + 1 + s).
"""

from functools import lru_cache

import sympy as sp

__all__ = ["closed_transform"]


@lru_cache(maxsize=256)
def closed_transform(formula, y, bound, s) -> sp.Expr | None:
    """E Y^s for a density proportional to ``formula`` in y < ``bound``, or None.

    >>> y, s = sp.Symbol("y", positive=True), sp.Symbol("s")
    >>> closed_transform(1 - y**2, y, sp.S.One, s)
    3/((s + 1)*(s + 3))
    """
    terms = [_term(t, y, bound, s) for t in sp.Add.make_args(sp.expand(formula, power_exp=False))]
    if None in terms:
        return None
    value = sp.Add(*terms)
    mass = value.subs(s, 0)
    if mass.is_zero or mass.has(sp.nan, sp.zoo):
        return None
    if bound is not sp.oo:
        shared = sp.powsimp(value / bound**s)
        if shared.is_rational_function(s):
            return bound**s * sp.factor(sp.together(shared / mass))
    return value / mass


def _term(term, y, bound, s):
    factor, rest = term.as_independent(y)
    power, fall = sp.S.Zero, None
    for part in sp.Mul.make_args(rest):
        root, exponent = part.as_base_exp()
        if root == y and not exponent.has(y):
            power += exponent
        elif isinstance(part, sp.exp) and fall is None:
            fall = part.exp
        elif part != 1:
            return None
    end = power + 1
    if not end.is_positive:
        return None
    if bound is not sp.oo:
        return factor * bound ** (end + s) / (end + s) if fall is None else None
    if fall is None:
        return None
    rate, shape = (-fall).as_independent(y, as_Add=False)
    root, p = shape.as_base_exp()
    if root != y or p.has(y) or not (p.is_positive and rate.is_positive):
        return None
    return factor * rate ** (-(end + s) / p) * sp.gamma((end + s) / p) / p
