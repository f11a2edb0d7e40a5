r"""A formula in x and n as a series  x + sum_k n^{-k p} h_k(x).

The common measure p of the exponents of n is read off the formula.  Breakpoints that stay put as
n grows become breakpoints of h_k, those that run off to infinity matter less than any power of n
under a Gaussian law and are dropped.
"""

import math
from functools import partial

import sympy as sp

from .errors import AssumptionError, InputError, UndecidedError
from .local_expansion import Expansion, tidy
from .pieces import pieces
from .sampling import vanishes
from .symbols import n, x

__all__ = ["expand_formula"]


def expand_formula(expr: sp.Expr) -> tuple[Expansion, sp.Expr]:
    """A formula in x and n in powers of eps = n^(-p), and p.

    >>> expansion, p = expand_formula(x + sp.tanh(x) / n)
    >>> expansion.coefficient(1), p
    (tanh(x), 1)
    """
    w = sp.Dummy("w", positive=True)
    formula, p = _in_powers_of(w, expr)
    parts = [(piece, _power_series(piece.expr, w, expr)) for piece in _fixed_pieces(formula, w)]
    leading = [series(0) for _, series in parts]
    scale = sp.diff(leading[0], x)
    if scale.has(x) or scale.is_zero or any(not vanishes(part - scale * x) for part in leading):
        raise AssumptionError(
            f"{expr} tends to {leading[-1]} as n grows, not to a multiple of x, so it is no "
            "shaping; write x + n**(-p)*h(x), or sqrt(n)*phi(x/sqrt(n))"
        )

    degrees = [sp.expand(piece.expr).as_poly(w) for piece, _ in parts]
    last = None if None in degrees else max(d.degree() for d in degrees)
    return Expansion(partial(_term, parts, scale), last, scale), p


def _term(parts, scale, k):
    values = [tidy(series(k) / scale) for _, series in parts]
    branches = [(v, x <= piece.upper) for v, (piece, _) in zip(values, parts, strict=True)]
    return sp.piecewise_fold(sp.Piecewise(*branches[:-1], (values[-1], True)))


def _in_powers_of(w, expr):
    """(the formula with n = w^(-1/p), p): p is the common measure of the exponents of n."""
    exponents = {power.exp for power in expr.atoms(sp.Pow) if power.base == n}
    bare = expr.xreplace({power: sp.Dummy() for power in expr.atoms(sp.Pow) if power.base == n})
    if bare.has(n):
        exponents.add(sp.S.One)
    if not exponents:
        raise InputError(f"{expr} does not depend on the width n; write x + n**(-p)*h(x), say")
    first = min(exponents, key=sp.default_sort_key)
    unit = first if not first.is_number else sp.S.One
    unit = -unit if unit.could_extract_minus_sign() else unit
    ratios = [sp.cancel(e / unit) for e in exponents]
    if not all(ratio.is_Rational for ratio in ratios):
        raise InputError(
            f"the exponents of n in {expr} have no common measure; use multiples of one p"
        )
    common = math.lcm(*(ratio.q for ratio in ratios))
    step = sp.Rational(math.gcd(*(int(ratio * common) for ratio in ratios)), common)
    p = unit * step
    powers = {n**e: w ** (-ratio / step) for e, ratio in zip(exponents, ratios, strict=True)}
    return expr.xreplace(powers), p


def _fixed_pieces(formula, w):
    """The smooth pieces whose ends stay put as w -> 0; InputError for ends that move."""
    kept = []
    for piece in pieces(formula):
        ends = [_limit_of_end(end, w) for end in (piece.lower, piece.upper)]
        if any(end is None for end in ends):
            raise UndecidedError(
                f"the breakpoint of {formula} between {piece.lower} and {piece.upper} moves with "
                "n; only breakpoints that stay put, or grow with n, are supported"
            )
        if ends[0] is not sp.oo and ends[1] is not -sp.oo and ends[0] != ends[1]:
            kept.append(type(piece)(*ends, piece.expr))
    return kept


def _limit_of_end(end, w):
    if not end.has(w):
        return end
    limit = sp.limit(end, w, 0, "+")
    return limit if limit in (sp.oo, -sp.oo) else None


def _power_series(expr, w, whole):
    """k -> the coefficient of w^k: each term is a power of w times an analytic function."""
    factors = []
    for term in sp.Add.make_args(sp.expand_mul(expr)):
        shift, rest = sp.S.Zero, []
        for factor in sp.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if base == w:
                shift += exponent
            else:
                rest.append(factor)
        factors.append((shift, sp.Mul(*rest)))

    coefficient = partial(_coefficient, tuple(factors), w, whole)
    lowest = min((shift for shift, _ in factors), default=0)
    for k in range(int(lowest), 0):
        if not vanishes(coefficient(k)):
            raise AssumptionError(
                f"{whole} grows without bound as n grows; a shaping tends to x, so subtract its "
                "value at x = 0 or scale it"
            )
    return coefficient


def _coefficient(factors, w, whole, k):
    total = []
    for shift, rest in factors:
        order = k - shift
        if order < 0 or (order > 0 and not rest.has(w)):
            continue
        value = sp.diff(rest, w, order).subs(w, 0) / sp.factorial(order)
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.AccumBounds):
            raise UndecidedError(
                f"{whole} has no expansion in powers of 1/n; write it as x + n**(-p)*h(x) + ..."
            )
        total.append(value)
    return sp.expand(sp.Add(*total))
