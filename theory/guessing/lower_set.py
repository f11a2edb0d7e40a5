r"""The sets {y : phi(y) < phi(x)} of a function on the line, to any precision.

phi is cut into segments on which it rises, falls or is flat; on each the set is an interval with
one end at a solution of phi(y) = phi(x).  So that quadrature meets no singularity inside a panel,
``features`` lists the ends of segments and where phi takes a value that it has at one of them:
there the measure of the set has a kink or a root.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import sympy as sp

from ..pieces import pieces
from ..quadrature import number
from ..special import NUMERIC

__all__ = ["LowerSets", "Segment"]

_GRID = 240  #: places per piece at which the sign of phi' is looked at
_MOST = 64


@dataclass(frozen=True)
class Segment:
    """phi on [lower, upper] with the sign of its slope there and its values at the ends."""

    lower: mpmath.mpf
    upper: mpmath.mpf
    trend: int
    function: Callable
    slope: Callable
    values: tuple

    def preimage(self, level):
        """Where phi equals ``level``, an end if it never does."""
        below, above = sorted(self.values)
        if level <= below or level >= above:
            return self.lower if (level <= below) == (self.trend > 0) else self.upper
        left, right = self.lower, self.upper
        rising = self.trend > 0
        for _ in range(24):
            middle = (left + right) / 2
            if (self.function(middle) < level) == rising:
                left = middle
            else:
                right = middle
        return mpmath.findroot(
            lambda y: self.function(y) - level, (left, right), solver="anderson", verify=False
        )


class LowerSets:
    """The sets of phi (an expression in ``variable``) for Y = ``scale`` Z, Z standard normal.

    >>> y = sp.Symbol("y", real=True)
    >>> sets = LowerSets(y**2, y, mpmath.mpf(1))
    >>> bool(abs(sets.rank(mpmath.mpf(1)) - mpmath.erf(mpmath.sqrt(0.5))) < 1e-14)
    True
    """

    def __init__(self, phi, variable, scale):
        self.phi, self.variable, self.scale = phi, variable, scale
        self.reach = scale * (mpmath.sqrt(2 * mpmath.mp.prec * mpmath.log(2)) + 1)
        self.segments = tuple(self._cut())

    def _cut(self):
        for piece in pieces(self.phi, self.variable):
            lower, upper = (
                -self.reach if piece.lower is -sp.oo else max(number(piece.lower), -self.reach),
                self.reach if piece.upper is sp.oo else min(number(piece.upper), self.reach),
            )
            if lower < upper:
                yield from self._monotone(piece.expr, lower, upper)

    def _monotone(self, expr, lower, upper):
        function, slope = (
            sp.lambdify(self.variable, e, modules=[NUMERIC, "mpmath"])
            for e in (expr, sp.diff(expr, self.variable))
        )
        edges = [lower, *_turns(slope, lower, upper), upper]
        for left, right in pairwise(edges):
            trend = int(mpmath.sign(slope((left + right) / 2)))
            values = (_end(function, left, right), _end(function, right, left))
            yield Segment(left, right, trend, function, slope, values)

    def ends(self, x, level=None):
        """The set below x as signed ends: [(sign, e), ...] stands for sum sign 1{y < e}."""
        home = self._home(x)
        level = home.function(x) if level is None else level
        signed = []
        for segment in self.segments:
            if segment is home:
                left, right = (segment.lower, x) if segment.trend >= 0 else (x, segment.upper)
            elif segment.trend == 0:
                value = segment.values[0]
                inside = value < level or (value == level and segment.upper <= home.lower)
                left, right = (segment.lower, segment.upper) if inside else (0, 0)
            else:
                cut = segment.preimage(level)
                left, right = (segment.lower, cut) if segment.trend > 0 else (cut, segment.upper)
            if left < right:
                signed += [(1, self._far(right)), (-1, self._far(left))]
        return _without_joints(signed)

    def _far(self, end):
        return mpmath.inf * mpmath.sign(end) if abs(end) >= self.reach else end

    def value_at_zero(self):
        """phi(0), at a jump from the left."""
        return self._home(mpmath.mpf(0)).function(mpmath.mpf(0))

    def _home(self, x):
        for segment in self.segments:
            if x <= segment.upper:
                return segment
        return self.segments[-1]

    def rank(self, x):
        """F(x), the probability of the set."""
        return mpmath.fsum(s * mpmath.ncdf(e / self.scale) for s, e in self.ends(x))

    def features(self):
        """Places where F or phi is not smooth, ascending, inside the reach."""
        places = {end for s in self.segments for end in (s.lower, s.upper)}
        levels = {value for s in self.segments for value in s.values}
        for segment in self.segments:
            below, above = sorted(segment.values)
            places |= {
                segment.preimage(level)
                for level in levels
                if segment.trend and below < level < above
            }
        kept = []
        for place in sorted(places):
            if abs(place) < self.reach and (not kept or place - kept[-1] > 1e-12 * self.scale):
                kept.append(place)
        return kept

    def integrate(self, f, weight):
        """E f(Y) w(F(Y)) for an expression f and a function w."""
        value = {}
        for piece in pieces(f, self.variable):
            function = sp.lambdify(self.variable, piece.expr, modules=[NUMERIC, "mpmath"])
            value[piece.lower, piece.upper] = function
        cuts = [number(lower) for lower, _ in value if lower is not -sp.oo]
        functions = list(value.values())

        def integrand(z):
            y = self.scale * z
            here = functions[sum(y > cut for cut in cuts)]
            return here(y) * weight(self.rank(y)) * mpmath.npdf(z)

        places = {p / self.scale for p in (*self.features(), *cuts)} | {mpmath.mpf(0)}
        limit = self.reach / self.scale
        edges = [-limit, *sorted(p for p in places if abs(p) < limit), limit]
        return mpmath.quad(integrand, edges)


def _end(function, end, other):
    """The value at an end, from inside where it is not defined there."""
    try:
        value = function(end)
        if mpmath.isfinite(value):
            return value
    except (ZeroDivisionError, ValueError):
        pass
    return function(end + (other - end) * mpmath.mpf(2) ** (-mpmath.mp.prec // 2))


def _turns(slope, lower, upper):
    """The sign changes of phi' between the ends, and the ends of its zeros, refined."""
    grid = [lower + (upper - lower) * (k + mpmath.mpf("0.5")) / _GRID for k in range(_GRID)]
    near = [
        side * mpmath.mpf("1e-3") * mpmath.mpf("1.2") ** k for k in range(60) for side in (1, -1)
    ]
    grid = sorted([*grid, *(p for p in near if lower < p < upper)])
    signs = [mpmath.sign(slope(p)) for p in grid]
    turns = []
    last = None
    for place, sign in zip(grid, signs, strict=True):
        if sign == 0:
            continue
        if last is not None and sign != last[1]:
            turns.append(mpmath.findroot(slope, (last[0], place), solver="anderson", verify=False))
        last = (place, sign)
    return turns[:_MOST]


def _without_joints(signed):
    """The ends without those at which one interval continues the other."""
    kept: list = []
    for sign, end in signed:
        partner = (-sign, end)
        if partner in kept:
            kept.remove(partner)
        else:
            kept.append((sign, end))
    return [(s, e) for s, e in kept if e != -mpmath.inf]
