r"""Gaussian expectations of many digits by double-exponential quadrature in Arb arithmetic.

The rule of :mod:`theory.double_exponential`, with its nodes kept between calls and the integrand
run as a :class:`BallProgram`: some fifteen times faster than mpmath at a thousand digits.  Two
variables go through a lattice (:mod:`numerics.fast_lattice`) or the certified rule in the plane.
What they cannot do they decline by None, and mpmath answers then.
"""

import itertools

import mpmath
import sympy as sp

from theory.bends import far_bends
from theory.bound import BOUND
from theory.errors import DivergentExpectationError, PrecisionError, UndecidedError
from theory.pieces import pieces, singular_at
from theory.plane_quadrature import plane_reach

from .ball_rules import HalfLine, Interval, refine
from .balls import BallProgram, binary_ball, midpoint
from .fast_lattice import lattice

__all__ = ["integral"]


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
        return None if found is None else tuple(midpoint(v) for v in found)


def _two_variables(node, tolerance):
    """By the lattice if both factors are analytic, else by the certified rule in the plane."""
    means = tuple(_number(m) for m in node.means)
    entries = tuple(_number(node.covariance[i, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    return _by_lattice(node, means, entries, tolerance) or _by_balls(
        node, means, entries, tolerance
    )


def _by_lattice(node, means, entries, tolerance):
    parts = [tuple(pieces(factor, BOUND)) for factor in node.factors]
    if any(len(part) > 1 or far_bends(part, BOUND) for part in parts):
        return None
    scales = [entries[0].sqrt(), entries[2].sqrt()]
    correlation = entries[1] / (scales[0] * scales[1])
    reach = plane_reach(node, [midpoint(s) for s in scales], midpoint(correlation), tolerance)
    programs = [BallProgram(part[0].expr, (BOUND,)) for part in parts]
    functions = [lambda z, program=program: program.real([z]) for program in programs]
    found = lattice(functions, means, scales, correlation, reach, tolerance)
    return None if found is None else tuple(midpoint(v) for v in found)


def _by_balls(node, means, entries, tolerance):
    from .gaussian_pairs import pair_ball

    bits = int(-mpmath.log(tolerance, 2)) + 1
    ball = pair_ball(*node.factors, BOUND, (), means, entries, (), bits)
    if not ball.is_finite():
        return None
    if not ball.rad() < abs(ball) * _ball(4 * tolerance):
        return None
    value = midpoint(ball)
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
        return refine(outward, HalfLine(lower, unit, reach, tolerance), tolerance, floor)
    return refine(outward, Interval(lower, upper, tolerance), tolerance, floor)


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


def _number(value):
    return BallProgram(value, ()).real([])


def _ball(value):
    return binary_ball(mpmath.mpf(value)._mpf_)
