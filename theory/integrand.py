"""What an integrand is, however it is written: its smooth pieces in one form.

Gaussian expectations do not see null sets, so an integrand is the list of its pieces.  On each,
erf and erfc are written by Phi, tanh by the logistic function, sinh and cosh by exponentials, and
the result is expanded.  Two integrands that agree here are equal almost everywhere.
"""

from functools import lru_cache
from itertools import permutations, product

import sympy as sp

from . import pieces
from .bound import BOUND
from .canonical import canonical
from .errors import InitheoryError
from .special import Phi, sigmoid, softplus

__all__ = ["content", "half_reflection", "is_even", "law_key", "standard_pieces"]

_MOST_OPERATIONS = 200


@lru_cache(maxsize=4096)
def standard_pieces(factor: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr, sp.Expr], ...]:
    """(lower end, upper end, expression) of each piece of a function of BOUND, left to right.

    >>> standard_pieces((BOUND + abs(BOUND))**2 / 4) == standard_pieces(sp.Max(BOUND, 0)**2)
    True
    >>> u = BOUND
    >>> standard_pieces(sp.tanh(u)) == standard_pieces(2*sigmoid(2*u) - 1)
    True
    """
    try:
        found = [(p.lower, p.upper, p.expr) for p in pieces.pieces(factor, BOUND)]
    except (InitheoryError, NotImplementedError):
        found = [(-sp.oo, sp.oo, factor)]
    merged: list = []
    for lower, upper, expr in found:
        smooth = _standard(expr)
        if merged and merged[-1][2] == smooth:
            lower = merged.pop()[0]
        merged.append((lower, upper, smooth))
    return tuple(merged)


def _standard(expr):
    if expr.is_polynomial(BOUND):
        return sp.expand(expr)
    if sp.count_ops(expr) > _MOST_OPERATIONS:
        return expr
    if expr.is_rational_function(BOUND):
        return sp.cancel(expr)
    expr = canonical(expr).replace(sp.erf, lambda a: 2 * Phi(sp.sqrt(2) * a) - 1)
    expr = expr.replace(sp.erfc, lambda a: 2 * Phi(-sp.sqrt(2) * a))
    expr = expr.replace(sp.tanh, lambda a: 2 * sigmoid(2 * a) - 1)
    expr = expr.replace(sp.sinh, lambda a: (sp.exp(a) - sp.exp(-a)) / 2)
    expr = expr.replace(sp.cosh, lambda a: (sp.exp(a) + sp.exp(-a)) / 2)
    for function, reflect in _REFLECTIONS:
        expr = expr.replace(function, reflect)
    return sp.expand(expr)


def _complement(function):
    """f(-a) = 1 - f(a)."""

    def rewrite(argument):
        argument = sp.expand(argument)
        if argument.could_extract_minus_sign():
            return 1 - function(-argument)
        return function(argument)

    return rewrite


def _softplus(argument):
    argument = sp.expand(argument)
    if argument.could_extract_minus_sign():
        return softplus(-argument) + argument
    return softplus(argument)


_REFLECTIONS = ((Phi, _complement(Phi)), (sigmoid, _complement(sigmoid)), (softplus, _softplus))


def _mirrored(factor):
    return factor.xreplace({BOUND: -BOUND})


@lru_cache(maxsize=4096)
def half_reflection(factor: sp.Expr) -> sp.Expr | None:
    """(f(u) + f(-u))/2 if that is a constant (0 for an odd function), else None.

    >>> half_reflection(sp.sin(BOUND)), half_reflection(sigmoid(BOUND)), half_reflection(BOUND**2)
    (0, 1/2, None)
    """
    total = standard_pieces(factor + _mirrored(factor))
    if len(total) != 1 or total[0][2].has(BOUND):
        return None
    return total[0][2] / 2


@lru_cache(maxsize=4096)
def is_even(factor: sp.Expr) -> bool:
    """Whether f(-u) = f(u) visibly."""
    return standard_pieces(factor) == standard_pieces(_mirrored(factor))


@lru_cache(maxsize=4096)
def content(factor: sp.Expr) -> sp.Rational:
    """The rational number that is pulled out of an integrand, with its sign.

    Its size is the greatest rational that divides every coefficient of every piece; its sign is
    that of the integrand, or of its mirror image, at a fixed point.

    >>> content((BOUND + abs(BOUND))**2), content(-sp.exp(BOUND) - 1)
    (4, -1)
    """
    if factor == BOUND:
        return sp.S.One
    numbers = [
        abs(term.as_coeff_Mul()[0])
        for _, _, expr in standard_pieces(factor)
        for term in sp.Add.make_args(expr)
        if term != 0
    ]
    if not numbers or not all(number.is_Rational for number in numbers):
        return sp.S.One
    size = sp.Rational(sp.igcd(0, *(n.p for n in numbers)), sp.ilcm(1, *(n.q for n in numbers)))
    return -size if _is_negative(factor) else size


def _is_negative(factor):
    """The sign of the one of f(u), f(-u) that comes first when signs are ignored."""
    versions = []
    for mirrored in (factor, _mirrored(factor)):
        plus, minus = standard_pieces(mirrored), standard_pieces(-mirrored)
        versions.append((min(_pieces_key(plus), _pieces_key(minus)), plus))
    shown = min(versions, key=lambda version: version[0])[1]
    for place in _PLACES:
        for lower, upper, expr in shown:
            if (lower < place) == True and (place < upper) == True:  # noqa: E712
                value = expr.subs(BOUND, place).evalf(15)
                if value.is_number and value.is_zero is False and value.is_extended_real:
                    return bool(value < 0)
    return shown[-1][2].could_extract_minus_sign()


#: Where the sign of an integrand is read off; all but special integrands vanish at none.
_PLACES = tuple(map(sp.Rational, ("37/41", "-37/41", "97/31", "-97/31", "613/41", "-613/41")))


def _pieces_key(shown):
    return tuple(sp.default_sort_key(end) for piece in shown for end in piece)


def law_key(factors, means, covariance) -> tuple:
    """The same for equal expectations: reflections and the order of variables do not count."""
    d = len(factors)
    versions = []
    for flips in product((1, -1), repeat=d):
        shown = [
            standard_pieces(f if sign == 1 else _mirrored(f))
            for f, sign in zip(factors, flips, strict=True)
        ]
        centre = [sign * m for m, sign in zip(means, flips, strict=True)]
        for order in permutations(range(d)):
            spread = [flips[i] * flips[j] * covariance[i, j] for i in order for j in order]
            ends = [sp.Tuple(*(end for piece in shown[i] for end in piece)) for i in order]
            versions.append((*ends, *(centre[i] for i in order), *spread))
    return min(versions, key=lambda version: tuple(map(sp.default_sort_key, version)))
