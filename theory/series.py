r"""SymPy's ``series`` for Gaussian expectations: which of the expansions a limit calls for.

``node`` depends on a symbol t -> 0+ that SymPy has put in place of the user's variable:

- every covariance proportional to t: :mod:`theory.small_variance`;
- every covariance proportional to 1/t: :mod:`theory.large_variance`;
- a correlation 1 - k t or -1 + k t, k > 0: :mod:`theory.near_one`;
- otherwise Taylor's series, whose coefficients are derivatives of the expectation.
"""

import sympy as sp

from .errors import InputError
from .gaussian import GaussianExpectation

__all__ = ["leading_term", "nseries", "one_sided", "series_terms"]

_MOST = 12


def nseries(expr: sp.Expr, t: sp.Symbol, order, logx=None) -> sp.Expr:
    """The terms of a multiple of one expectation, t -> 0+, with exponents up to ``order``.

    >>> from theory.gaussian import E, E2
    >>> from theory.symbols import q, rho
    >>> E("max(x, 0) + cos(x)", q).series(q, 0, 2)
    1 - q/2 + sqrt(2)*sqrt(q)/(2*sqrt(pi)) + O(q**2)
    >>> E2("sign(x)", "sign(x)", 1, 1, rho).series(rho, 0, 4)
    2*rho/pi + rho**3/(3*pi) + O(rho**4)
    """
    (node,) = expr.atoms(GaussianExpectation)
    rest = expr.xreplace({node: sp.S.One})
    if rest.has(t):
        _, start = rest.leadterm(t)
        order = order - start
        rest = rest.nseries(t, n=order + abs(start) + 1).removeO()
    found = sp.expand(rest * series_terms(node, t, max(order, 0)))
    return found if logx is None else found.subs(sp.log(t), logx)


def one_sided(expr, variable, place, side):
    """``side``, or "-" where ``variable`` is a correlation that cannot pass ``place`` = 1."""
    nodes = [n for n in expr.atoms(GaussianExpectation) if len(n.factors) == 2]
    if place != 1 or side != "+" or not nodes or variable is None:
        return side
    above = [
        sp.cancel(n.covariance[0, 1] ** 2 / (n.covariance[0, 0] * n.covariance[1, 1])).subs(
            variable, 2
        )
        for n in nodes
    ]
    return "-" if any(r.is_number and r > 1 for r in above) else side


def series_terms(node: GaussianExpectation, t: sp.Symbol, order) -> sp.Expr:
    """All terms of ``node`` with exponent <= ``order`` of t -> 0+; some may be higher."""
    entries = [e for e in node.covariance if e != 0]
    outside = any(part.has(t) for part in (*node.means, *node.factors))
    if not outside and all(not sp.cancel(e / t).has(t) for e in entries):
        return node.near_zero(order, t)
    if not outside and all(not sp.cancel(e * t).has(t) for e in entries):
        s = sp.Dummy("s", positive=True)
        return node.subs(t, 1 / s).near_infinity(order, s).subs(s, 1 / t)
    expansion = _at_perfect_correlation(node, t, order) if len(node.factors) == 2 else None
    return _taylor(node, t, order) if expansion is None else expansion


def _at_perfect_correlation(node, t, order):
    first, second, cross = node.covariance[0, 0], node.covariance[1, 1], node.covariance[0, 1]
    if first.has(t) or second.has(t) or any(p.has(t) for p in (*node.means, *node.factors)):
        return None
    scale = sp.sqrt(first) * sp.sqrt(second)
    rho = sp.cancel(cross / scale)
    end = rho.subs(t, 0)
    if end not in (1, -1):
        return None
    rate = sp.cancel((end - rho) * end / t)
    if not rate.is_positive or rate.has(t):
        raise InputError(
            f"the correlation {rho} leaves [-1, 1]; approach 1 from below with dir='-', and -1 "
            "from above"
        )
    r = sp.Dummy("r", real=True)
    plain = GaussianExpectation(
        node.factors, node.means, [[first, r * scale], [r * scale, second]]
    )
    if end == 1:
        return plain.near_one(order).subs(r, rho)
    return plain.near_minus_one(order).subs(r, rho)


def _taylor(node, t, order):
    total, derivative = sp.S.Zero, node
    for k in range(int(sp.floor(order)) + 1):
        total += derivative.subs(t, 0).doit() * t**k / sp.factorial(k)
        derivative = derivative.diff(t)
    return total


def leading_term(expr: sp.Expr, t: sp.Symbol) -> sp.Expr:
    """The first term of the expansion that does not vanish."""
    for order in range(_MOST):
        found = nseries(expr, t, order)
        if found != 0:
            return found.as_leading_term(t)
    raise InputError(f"the expansion of {expr} vanishes to order {_MOST}")
