"""Double-exponential rules in Arb arithmetic, with tables of nodes kept between calls.

The maps are those of :mod:`theory.double_exponential`.  An integrand takes (z, side, gap): the
node, the nearer end (-1 lower, 1 upper) and its exact distance to it.
"""

import math

import mpmath

from theory.double_exponential import MOST_HALVINGS, converged

from .balls import midpoint

__all__ = ["HalfLine", "Interval", "refine"]

_FIRST_STEP = 2  # the coarsest step is 2**-2
_TABLES = {}
_MOST_TABLES = 24


class HalfLine:
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


class Interval:
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


def refine(function, rule, tolerance, floor):
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
            relative = abs(refined - value) / (magnitude * step)
            if not relative.is_finite():
                return None
            gap = midpoint(relative)
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
