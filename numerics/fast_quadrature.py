r"""Gaussian expectations of many digits by double-exponential quadrature in Arb arithmetic.

The rule of :mod:`theory.double_exponential`, with its nodes kept between calls and the integrand
run as a :class:`BallProgram`: some fifteen times faster than mpmath at a thousand digits.  Two
variables go through the certified rule in the plane.  Either declines by None what it cannot do,
and mpmath answers then.
"""

import itertools
import math

import mpmath
import sympy as sp

from theory.bends import far_bends
from theory.bound import BOUND
from theory.double_exponential import MOST_HALVINGS, converged
from theory.errors import DivergentExpectationError, PrecisionError, UndecidedError
from theory.pieces import pieces, singular_at

from .balls import BallProgram, binary_ball

__all__ = ["integral"]

_FIRST_STEP = 2  # the coarsest step is 2**-2
_TABLES = {}
_MOST_TABLES = 24


def integral(node, tolerance):
    """(value, integral of the absolute value) in mpmath numbers, or None.

    ``node`` is a GaussianExpectation without free symbols, ``tolerance`` the relative error, both
    at the precision of mpmath.
    """
    from flint import ctx

    # two variables: digits are lost in 1 - rho^2
    with ctx.workprec(mpmath.mp.prec + (10 if len(node.factors) == 1 else 100)):
        try:
            if len(node.factors) == 2:
                return _two_variables(node, tolerance)
            mean, variance = (_number(v) for v in (node.means[0], node.covariance[0, 0]))
            found = _line(node.factors[0], mean, variance.sqrt(), tolerance)
        except (PrecisionError, UndecidedError, DivergentExpectationError):
            return None  # a growth bound that is too wide shows nothing; the caller decides
        return None if found is None else tuple(_mpf(v) for v in found)


def _two_variables(node, tolerance):
    from .gaussian_pairs import pair_ball

    bits = int(-mpmath.log(tolerance, 2)) + 1
    means = tuple(_number(m) for m in node.means)
    entries = tuple(_number(node.covariance[i, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    ball = pair_ball(*node.factors, BOUND, (), means, entries, (), bits)
    if not ball.is_finite():
        return None
    if not ball.rad() < abs(ball) * _ball(4 * tolerance):
        return None
    value = _mpf(ball)
    return value, abs(value)  # certified: nothing has cancelled


def _line(factor, mean, scale, tolerance):
    from flint import arb

    ends = [(place - mean) / scale for place in map(_number, _cuts(factor))]
    smooth = pieces(factor, BOUND)
    parts = [_Part(piece) for piece in smooth]
    bends = [((arb(place) - mean) / scale).mid() for place in far_bends(tuple(smooth), BOUND)]
    origin, width = (-mean / scale).mid(), float((1 / scale).mid())
    total, magnitude, late = arb(0), arb(0), []
    for k, part in enumerate(parts):
        lower = ends[k - 1].mid() if k else None
        upper = ends[k].mid() if k < len(ends) else None
        for start, stop in _subintervals(lower, upper, origin, min(1.0, width), bends):
            function = part.near(start is lower, stop is upper, mean, scale)
            found = _segment(function, start, stop, scale, tolerance)
            if found is None:
                late.append((function, start, stop))
                continue
            total += found[0]
            magnitude += found[1]
    for segment in late:  # a far tail of size 1e-1000 need not have digits of its own
        found = _segment(*segment, scale, tolerance, _ball(tolerance) * magnitude)
        if found is None:
            return None
        total += found[0]
        magnitude += found[1]
    norm = (2 * arb.pi()).sqrt()
    return total / norm, magnitude / norm


def _cuts(factor):
    return [piece.lower for piece in pieces(factor, BOUND)[1:]]


def _subintervals(lower, upper, origin, width, bends):
    """Cut at 0, at the origin of u and at bends; None is an infinite end."""
    from flint import arb

    inner = []
    for place in sorted({origin, arb(0)}):
        left = lower is None or place - lower > width / 1000
        right = upper is None or upper - place > width / 1000
        if (
            left
            and right
            and (lower is None or lower < place)
            and (upper is None or place < upper)
        ):
            inner.append(place)
    for place in bends:
        if (lower is None or lower < place) and (upper is None or place < upper):
            inner.append(place)
    inner = sorted(set(inner))
    ends = [lower, *inner, upper]
    return list(itertools.pairwise(ends))


class _Part:
    """A smooth piece as a program, and as one of the distance to a singular end."""

    def __init__(self, piece):
        self._whole = BallProgram(piece.expr, (BOUND,))
        distance = sp.Dummy("d", positive=True)
        self._ends = []
        for place, inward in ((piece.lower, 1), (piece.upper, -1)):
            if place.is_finite is False or not singular_at(piece.expr, BOUND, place):
                self._ends.append(None)
                continue
            near = piece.expr.subs(BOUND, place + inward * distance)
            near = sp.cancel(near) if near.is_rational_function(distance) else near
            self._ends.append(BallProgram(near, (distance,)))

    def near(self, left, right, mean, scale):
        """(z, side, gap) -> the piece times exp(-z^2/2)."""
        programs = {-1: self._ends[0] if left else None, 1: self._ends[1] if right else None}
        whole = self._whole

        def value(z, side, gap):
            program = programs[side]
            weight = (-z * z / 2).exp()
            if program is None:
                return whole.real([mean + scale * z]) * weight
            return program.real([scale * gap]) * weight

        return value


def _segment(function, lower, upper, scale, tolerance, floor=0):
    """The integral over (lower, upper), which does not straddle 0, or None.

    Errors below ``floor`` do not count.
    """
    from flint import arb

    if upper is not None and (upper <= 0 or lower is None):
        lower, upper = -upper, (None if lower is None else -lower)

        def outward(z, side, gap):
            return function(-z, -side, gap)
    else:
        outward = function
    reach = _reach(outward, lower, upper, tolerance)
    if reach is None:
        return None
    if upper is None or upper - lower > reach:
        unit = (1 / scale).mid() if scale > 1 else arb(1)
        return _refine(outward, _HalfLine(lower, unit, reach, tolerance), tolerance, floor)
    return _refine(outward, _Interval(lower, upper, tolerance), tolerance, floor)


def _reach(function, lower, upper, tolerance):
    """How far beyond ``lower`` the integrand stays above the tolerance."""
    from flint import arb

    bits = -float(mpmath.log(tolerance))
    start = float(lower.mid())
    reach = (start * start + 2 * bits) ** 0.5 - start + 2
    width = float("inf") if upper is None else float((upper - lower).mid())
    if reach >= width:
        return reach

    def size(share):
        gap = (arb(reach) * share).mid()
        return abs(function((lower + gap).mid(), -1, gap)).abs_upper()

    largest = max(size(arb(k) / 24) for k in range(1, 25))
    for _ in range(40):
        tail = max(size(1 + arb(k) / 8) for k in range(4))
        if not (tail.is_finite() and largest.is_finite()):
            return None
        largest = max(largest, tail)
        if tail <= largest * _ball(tolerance):
            return 1.2 * reach
        reach *= 1.5
        if reach >= width:
            return reach
    return None


class _HalfLine:
    """z = lower + a exp(t - exp(-t)): (integrand's arguments, weight) by the index of t."""

    def __init__(self, lower, unit, reach, tolerance):
        self._lower, self._unit = lower, unit
        self.first = -math.log(-2 * float(mpmath.log(tolerance)) + 10)
        self.last = math.log(reach / float(unit)) + 0.05

    kind = "half line"

    @staticmethod
    def entry(t):
        decay = (-t).exp()
        offset = (t - decay).exp()
        return offset, offset * (1 + decay)

    def node(self, entry, t):
        offset, weight = entry
        gap = self._unit * offset
        return (self._lower + gap, -1, gap), self._unit * weight


class _Interval:
    """The tanh-sinh map onto (lower, upper)."""

    def __init__(self, lower, upper, tolerance):
        self._lower, self._upper, self._radius = lower, upper, (upper - lower) / 2
        self.last = math.asinh(-float(mpmath.log(tolerance)) / math.pi * 2 + 1)
        self.first = -self.last

    kind = "interval"

    @staticmethod
    def entry(t):
        from flint import arb

        half_pi = arb.pi() / 2
        size = abs(t)
        inner = half_pi * size.sinh()
        sech = 1 / inner.cosh()
        return (-inner).exp() * sech, half_pi * size.cosh() * sech * sech

    def node(self, entry, t):
        share, weight = entry
        gap = self._radius * share
        place = (self._upper - gap, 1, gap) if t > 0 else (self._lower + gap, -1, gap)
        return place, self._radius * weight


def _refine(function, rule, tolerance, floor):
    """(integral, integral of the modulus), by halving the step; None if it does not settle."""
    from flint import arb

    total, magnitude, value, previous = arb(0), arb(0), None, mpmath.inf
    for level in range(_FIRST_STEP, _FIRST_STEP + MOST_HALVINGS + 2):
        for index, entry in _entries(rule, level):
            place, weight = rule.node(entry, index)
            part = function(*place) * weight
            total += part
            magnitude += abs(part)
        step = arb(2) ** -level
        refined = total * step
        if not refined.is_finite():
            return None
        if magnitude == 0:
            return refined, magnitude
        if value is not None:
            if level > _FIRST_STEP + 2 and abs(refined - value) <= floor:
                return refined, magnitude * step
            gap = _mpf(abs(refined - value) / (magnitude * step))
            if converged(gap, previous, tolerance):
                return refined, magnitude * step
            previous = gap
        value = refined
    return None


def _entries(rule, level):
    """New (index, table entry) of a level: all at the first, odd indices later; t = index h."""
    from flint import arb, ctx

    key = rule.kind, level, ctx.prec
    if key not in _TABLES:
        if len(_TABLES) >= _MOST_TABLES:
            _TABLES.clear()
        _TABLES[key] = {}
    table, scale = _TABLES[key], 2**level
    low, high = int(rule.first * scale), int(rule.last * scale) + 1
    for index in range(low, high + 1):
        if level > _FIRST_STEP and index % 2 == 0:
            continue
        entry = table.get(index)
        if entry is None:
            entry = table[index] = rule.entry(arb(index) / scale)
        yield index, entry


def _number(value):
    return BallProgram(value, ()).real([])


def _ball(value):
    return binary_ball(mpmath.mpf(value)._mpf_)


def _mpf(ball):
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))
