r"""Where an activation vanishes, and how: what decides the law of |phi(X)| near 0.

A zero where |phi| ~ c |x - x_0|^m contributes P(|phi(X)| <= e) ~ const e^(1/m), and a zero with
m = 1 the amount n(x_0)/c to the density of |phi(X)| at 0 for each of its sides (n: that of X).
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from ..activation import Activation
from ..errors import InitheoryError
from ..special import NUMERIC
from ..symbols import x
from ..validation import local_exponent
from .functions import LawActivation

__all__ = ["Zero", "flat_probability", "zeros"]

#: Zeros are searched on this interval and grid; beyond, a normal variable has probability 1e-33.
_END, _STEPS = 12, 1920


@dataclass(frozen=True)
class Zero:
    """At ``place`` |phi| ~ slope |x - place|^order; one entry for each side ('+' or '-')."""

    place: sp.Expr
    side: str
    order: sp.Expr
    slope: sp.Expr

    @property
    def density(self) -> sp.Expr:
        """Its share of the density of |phi(X)| at 0, for order 1; 0 below it."""
        if (self.order - 1).is_negative:
            return sp.S.Zero
        return sp.exp(-(self.place**2) / 2) / sp.sqrt(2 * sp.pi) / self.slope


def flat_probability(phi: Activation) -> sp.Expr:
    """P(phi(X) = 0), the mass of the pieces on which phi is 0.

    >>> flat_probability(Activation("relu(x)"))
    1/2
    """
    from ..special import Phi

    total = sp.S.Zero
    for piece in phi.pieces:
        if piece.expr.is_zero:
            ends = [_below(end, Phi) for end in (piece.lower, piece.upper)]
            total += ends[1] - ends[0]
    return total


@lru_cache(maxsize=64)
def zeros(phi: Activation) -> tuple[Zero, ...]:
    """Every side of every isolated zero that is found: exact at 0 and at breakpoints.

    >>> [(zero.side, zero.order, zero.slope) for zero in zeros(Activation("tanh(x)"))]
    [('-', 1, 1), ('+', 1, 1)]
    """
    factor, node = phi.expr.as_independent(x, as_Add=False)
    if isinstance(node, LawActivation) and node.args[1] == x:
        return _of_law(node, sp.Abs(factor))
    exact = {sp.S.Zero, *(piece.lower for piece in phi.pieces[1:])}
    found = []
    for place in sorted(exact, key=sp.default_sort_key):
        for side in "-+":
            expr = _piece(phi, place, side)
            if expr is None or expr.is_zero or not _vanishes(expr, place):
                continue
            order = local_exponent(expr, place, side)
            if order.is_positive:
                found.append(Zero(place, side, order, _slope(expr, place, side, order)))
    if not phi.parameters:
        found.extend(_numeric(phi, exact))
    return tuple(found)


def _of_law(node, factor):
    """The zero at 0 of an odd quantile map, from P(Y <= y) ~ c y^e."""
    near = node.args[0].near_zero
    if str(node.args[2]) != "odd" or not near.exponent.is_finite or near.coefficient is None:
        return ()
    order = 1 / near.exponent
    slope = factor * (sp.sqrt(2 / sp.pi) / near.coefficient) ** order
    return tuple(Zero(sp.S.Zero, side, order, sp.simplify(slope)) for side in "-+")


def _below(end, Phi):
    if end.is_infinite:
        return sp.S.One if end is sp.oo else sp.S.Zero
    return sp.S.Half if end.is_zero else Phi(end)


def _piece(phi, place, side):
    """The expression of phi next to ``place``, or None if the order of the places is open."""
    for piece in phi.pieces:
        left, right = place - piece.lower, piece.upper - place
        if side == "-":
            inside = left.is_extended_positive and right.is_extended_nonnegative
        else:
            inside = left.is_extended_nonnegative and right.is_extended_positive
        if inside:
            return piece.expr
    return None


def _vanishes(expr, place):
    value = expr.subs(x, place)
    return bool(value.is_zero) or (value.is_number and sp.simplify(value) == 0)


def _slope(expr, place, side, order):
    """lim |phi|/|x - place|^order."""
    if order == 1:
        slope = sp.diff(expr, x).subs(x, place)
        if slope.is_finite and not slope.has(sp.nan):
            return sp.Abs(sp.simplify(slope))
    t = sp.Dummy("t", positive=True)
    near = expr.subs(x, place + t if side == "+" else place - t)
    return sp.Abs(sp.limit(near / t**order, t, 0, "+"))


def _numeric(phi, exact):
    """Zeros between the exact places, from sign changes and touching minima on a grid."""
    known = [float(place) for place in exact]
    f = sp.lambdify(x, phi.expr, modules=[NUMERIC, "mpmath"])
    grid = [-_END + 2 * _END * (k + 0.4142) / _STEPS for k in range(_STEPS)]
    with mpmath.workdps(30):
        values = [_real(f, point) for point in grid]
        for k in range(1, _STEPS - 1):
            place = _root(f, grid[k - 1 : k + 2], values[k - 1 : k + 2])
            if place is None or any(abs(place - other) < 1e-6 for other in known):
                continue
            known.append(place)
            yield from _sides(f, place)


def _root(f, points, values):
    """A zero between the first two points, or one that touches near the middle one."""
    first, second, third = values
    if None in values:
        return None
    try:
        if mpmath.sign(first) != mpmath.sign(second):
            return mpmath.findroot(f, points[:2], solver="anderson", tol=1e-40)
        if abs(first) > abs(second) < abs(third):
            place = mpmath.findroot(lambda p: mpmath.diff(f, p), points[1])
            close = points[0] < place < points[2] and abs(f(place)) < 1e-20
            return place if close else None
    except (ValueError, ZeroDivisionError):
        return None
    return None


def _sides(f, place):
    """Both sides of a zero, its order to the nearest rational of small denominator."""
    for side, step in (("-", -1), ("+", 1)):
        near = [abs(_real(f, place + step * h) or 0) for h in (mpmath.mpf("1e-5"), 1e-6)]
        if not all(near):
            continue
        order = sp.Rational(str(mpmath.log10(near[0] / near[1]))).limit_denominator(12)
        slope = sp.Float(near[1] * mpmath.mpf(10) ** (6 * mpmath.mpf(order.p) / order.q), 6)
        yield Zero(sp.Float(place, 25), side, order, slope)


def _real(f, point):
    try:
        return mpmath.re(f(mpmath.mpf(point)))
    except (InitheoryError, ZeroDivisionError, ValueError, TypeError):
        return None
