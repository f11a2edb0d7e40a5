"""The levels of phi as Gauss nodes of any precision, with the ends of {phi < s} at each.

The range of phi is cut at the levels of the ends of its monotone segments and at phi(0).  Each
part is swept by x along one segment: next to a cut along a segment that ends there, so that the
ends on other segments are smooth functions of x, too.  A part that no segment covers is a jump: an
atom.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import mpmath

__all__ = ["LevelNode", "level_nodes"]


@dataclass(frozen=True)
class LevelNode:
    """A level with its ``weight``, signed ``ends`` in standard units, and whether above phi(0)."""

    weight: mpmath.mpf
    ends: tuple
    above: bool


def level_nodes(sets, origin, level):
    """The nodes for LowerSets; ``origin`` is phi(0), each ``level`` shortens the panels."""
    found = []
    segments = [s for s in sets.segments if s.trend]
    cuts = sorted({v for s in sets.segments for v in s.values} | {origin})
    small = mpmath.ldexp(max(map(abs, cuts)), -mpmath.mp.prec + 8)
    for low, high in pairwise(cuts):
        if high - low <= small:
            continue
        middle, above = (low + high) / 2, (low + high) / 2 > origin
        cover = [s for s in segments if min(s.values) <= low and max(s.values) >= high]
        if not cover:
            ends = _ends(sets, middle, None, None)
            found.append(LevelNode(high - low, ends, above))
        for start, stop, cut in ((low, middle, low), (middle, high, high)):
            sweeps = [
                (cut not in s.values, right - left, i, left, right)
                for i, s in enumerate(cover)
                for left, right in [sorted((s.preimage(start), s.preimage(stop)))]
            ]
            for _, _, i, left, right in [min(sweeps)] if sweeps else []:
                for x, step in _swept(left, right, sets.scale, level):
                    slope = abs(cover[i].slope(x))
                    if slope:
                        ends = _ends(sets, cover[i].function(x), cover[i], x)
                        found.append(LevelNode(slope * step, ends, above))
    return found


def _ends(sets, level, home, x):
    """The set below a level as signed ends in standard units; +oo counts as no end at all."""
    signed: dict = {}
    for segment in sets.segments:
        left, right = segment.lower, segment.upper
        if segment.trend == 0:
            if not segment.values[0] < level:
                continue
        else:
            cut = x if segment is home else segment.preimage(level)
            left, right = (left, cut) if segment.trend > 0 else (cut, right)
        if left < right:
            signed[right] = signed.get(right, 0) + 1
            signed[left] = signed.get(left, 0) - 1
    return tuple((sign, end / sets.scale) for end, sign in signed.items() if sign)


def _swept(left, right, scale, level):
    """Gauss-Legendre nodes in x on panels short in standard units and near the origin."""
    edges, step = {left, right}, mpmath.mpf(1)
    while step < max(abs(left), abs(right)):
        edges |= {e for e in (-step, step) if left < e < right}
        step *= 2
    if left < 0 < right:
        edges.add(mpmath.mpf(0))
    longest = scale * mpmath.mpf("1.6") * mpmath.mpf("0.7") ** level
    for start, stop in pairwise(sorted(edges)):
        count = int(mpmath.ceil((stop - start) / longest))
        half = (stop - start) / (2 * count)
        for panel in range(count):
            middle = start + half * (2 * panel + 1)
            for node, weight in _gauss(12 + mpmath.mp.prec // 7, mpmath.mp.prec):
                yield middle + half * node, half * weight


@lru_cache(maxsize=16)
def _gauss(count, _prec):
    """The Gauss-Legendre rule with ``count`` nodes at the working precision."""
    nodes = []
    for i in range(1, count + 1):
        z = mpmath.cos(mpmath.pi * (i - mpmath.mpf("0.25")) / (count + mpmath.mpf("0.5")))
        for _ in range(2 + mpmath.mp.prec.bit_length()):
            below, here = mpmath.mpf(1), z
            for n in range(2, count + 1):
                below, here = here, ((2 * n - 1) * z * here - (n - 1) * below) / n
            slope = count * (below - z * here) / (1 - z * z)
            step = here / slope
            z -= step
            if abs(step) < mpmath.ldexp(1, 4 - mpmath.mp.prec // 2):
                break
        below, here = mpmath.mpf(1), z
        for n in range(2, count + 1):
            below, here = here, ((2 * n - 1) * z * here - (n - 1) * below) / n
        slope = count * (below - z * here) / (1 - z * z)
        nodes.append((z, 2 / ((1 - z * z) * slope**2)))
    return nodes
