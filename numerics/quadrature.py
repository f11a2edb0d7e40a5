r"""Nodes and weights for E f(m + s Z), Z standard normal, for many (m, s) at once.

All rules are in z and give weights without the Gaussian density, which the summing kernel
multiplies in.  Rules come in nested or paired groups, so that each value has an error estimate:

``half_lines``   double exponential, z = a exp(t - exp(-t)) with a = min(1, 1/s): nodes cluster at
                 0 on every scale from 1/s down, so a kink or an integrable singularity at 0 costs
                 nothing and neither does a large s.  Takahasi and Mori, Publ. RIMS 9 (1974) 721.
``panels``       Gauss--Legendre with 12 and 20 points on panels that end at the breakpoints and
                 are graded geometrically towards them.
``trapezoid``    z = (k + 0.37) h: exponentially accurate for entire integrands that oscillate.
                 Trefethen and Weideman, SIAM Review 56 (2014) 385.

A rule is returned as a list of :class:`Nodes`, one per (side or piece) and group.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from .gaussian_panels import gauss_legendre

__all__ = [
    "REACH",
    "Nodes",
    "edges",
    "half_line",
    "half_lines",
    "panel_nodes",
    "panels",
    "trapezoid",
]

#: Half width of the range of z: exp(-REACH**2/2) = 2e-29; the caller widens it where f grows.
REACH = 11.5
#: Trapezoid steps are FIRST_STEP * STEP_RATIO**level.  An error is an alias of some frequency of
#: the integrand; under repeated halving the same alias can survive many steps unnoticed, with an
#: irrational ratio of steps it cannot.
FIRST_STEP = 0.4863
STEP_RATIO = (np.sqrt(5.0) - 1.0) / 2.0
_NORMALISATION = 1.0 / np.sqrt(2.0 * np.pi)
_DENSITY = 14  # nodes per unit of t
_LANES = 8
_FIRST = {"regular": -4.5, "singular": -6.4}


@dataclass(frozen=True)
class Nodes:
    """Nodes of many integrals, one after the other: those of integral i are start[i]:start[i+1].

    ``group`` tells the sums of one rule apart; ``place`` is +1 or -1 for the half line or the
    index of the piece of the integrand.
    """

    group: int
    place: int
    start: np.ndarray
    z: np.ndarray
    w: np.ndarray


def half_lines(s: np.ndarray, reach: np.ndarray, ends: str = "regular") -> list[Nodes]:
    """Double exponential nodes on (0, reach) and (-reach, 0), for each scale in ``s``.

    Groups 0, 1, 2 hold every fourth node, the nodes half way between these and all others: with
    sums A0, A1, A2 the rules of step 2/7, 1/7 and 1/14 are 4 A0, 2 (A0 + A1) and A0 + A1 + A2.
    Group 3 holds the first node and one at the far end: what they add bounds what was cut off.
    """
    if len(s) == 1:  # a single variance, often asked for again
        return list(_half_lines_at(float(s[0]), float(reach[0]), ends))
    return _half_lines(s, reach, ends)


def half_line(s: float, reach: float = REACH) -> Nodes:
    """The regular nodes on (0, reach) for one scale, all groups in a row.

    Its five "integrals" are the groups 0, 1, 2 of :func:`half_lines` and, as the last two, the
    first node and the far end.
    """
    a = min(1.0, 1.0 / s)
    return _half_line_in_units(reach) if a == 1.0 else _half_line(a, reach)


@lru_cache(maxsize=8)
def _half_line_in_units(reach):
    return _half_line(1.0, reach)


def _half_line(a, reach):
    g, dg = _template(_FIRST["regular"])
    n = int(np.searchsorted(g, reach / a))
    parts = [
        (slice(0, n, 4), (n + 3) // 4),
        (slice(2, n, 4), (n + 1) // 4),
        (slice(1, n, 2), n // 2),
    ]
    start = [0]
    for _, count in parts:
        start.append(start[-1] - (-count // _LANES) * _LANES)
    start += [start[-1] + 1, start[-1] + 2]
    z, w = np.full(start[-1], a), np.zeros(start[-1])
    for (part, count), first in zip(parts, start[:3], strict=True):
        np.multiply(g[part], a, out=z[first : first + count])
        np.multiply(dg[part], a, out=w[first : first + count])
    z[-2:] = a * g[0], reach
    w[-2:] = a * dg[0] * _DENSITY, _NORMALISATION
    return Nodes(0, 1, np.array(start), z, w)


@lru_cache(maxsize=128)
def _half_lines_at(s, reach, ends):
    return tuple(_half_lines(np.array([s]), np.array([reach]), ends))


def _half_lines(s, reach, ends):
    g, dg = _template(_FIRST[ends])
    a = np.minimum(1.0, 1.0 / s)
    count = np.searchsorted(g, reach / a)
    index = np.arange(count.max())
    rule = []
    for group, chosen in enumerate((index[::4], index[2::4], index[1::2])):
        inside = np.searchsorted(chosen, count)
        used = -(-inside // _LANES) * _LANES  # whole vectors; what fills them weighs nothing
        column = np.arange(used.max())[None, :]
        padded = np.append(chosen, np.zeros(used.max() - len(chosen), dtype=int))
        keep, counts = column < used[:, None], column < inside[:, None]
        z = np.where(counts, g[padded], 1.0) * a[:, None]
        w = np.where(counts, dg[padded], 0.0) * a[:, None]
        rule += _both_sides(group, _starts(used), z[keep], w[keep])
    z = np.stack([a * g[0], reach], 1)
    w = np.stack([a * dg[0] * _DENSITY, np.full_like(reach, _NORMALISATION)], 1)
    return rule + _both_sides(3, _starts(np.full(len(s), 2)), z.ravel(), w.ravel())


def edges(m, s, places, reach, bends=()) -> np.ndarray:
    """Ascending panel edges in z, one row per integral, from -reach to reach.

    ``places`` are breakpoints in x = m + s z; 0 is always added, since an activation has its
    features at distances of order one from there, and so are the ``bends``, (place, width) each.
    Repeated edges bound panels of width zero.
    """
    farthest = float(np.max(reach * s + np.abs(m)))
    marks = np.concatenate([_graded_marks(places, farthest), *_around(bends, farthest)])
    graded = (marks[None, :] - m[:, None]) / s[:, None]
    widest = float(np.max(reach))
    gaussian = np.array([1.0, 2.0, 3.5, 5.0, 7.0, 9.0, *np.arange(REACH, widest, 1.75)])
    gaussian = np.concatenate([-gaussian[::-1], [0.0], gaussian])
    ends = np.stack([-reach, reach], 1)
    every = np.concatenate([graded, np.broadcast_to(gaussian, (len(s), gaussian.size)), ends], 1)
    return np.sort(np.clip(every, -reach[:, None], reach[:, None]), axis=1)


def panels(m, s, places, reach, bends=()) -> list[Nodes]:
    """Gauss--Legendre nodes on the panels of :func:`edges`: 12 (group 0) and 20 (group 1) each.

    ``place`` of the result counts the pieces between consecutive ``places``.  Group 3 holds the
    two ends of the range.
    """
    every = edges(m, s, places, reach, bends)
    lower, upper = every[:, :-1], every[:, 1:]
    middle = m[:, None] + s[:, None] * (lower + upper) / 2
    piece = np.searchsorted(places, middle)
    rule = []
    for place in range(len(places) + 1):
        keep = (piece == place) & (upper > lower)
        count = np.count_nonzero(keep, axis=1)
        if not count.any():
            continue
        for group, n in enumerate((12, 20)):
            z, w = panel_nodes(lower[keep], upper[keep], n)
            rule.append(Nodes(group, place, _starts(count * n), z.ravel(), w.ravel()))
    weight = np.full_like(reach, _NORMALISATION)
    for end in (-reach, reach):
        piece = np.searchsorted(places, m + s * end)
        for place in np.unique(piece):
            here = piece == place
            start = _starts(here.astype(np.int64))
            rule.append(Nodes(3, int(place), start, end[here], weight[here]))
    return rule


def panel_nodes(lower, upper, n) -> tuple[np.ndarray, np.ndarray]:
    """Gauss--Legendre nodes and weights, one row for each panel (lower, upper)."""
    x, w = _legendre(n)
    half = (upper - lower) / 2
    return lower[:, None] + half[:, None] * (1.0 + x), half[:, None] * (w * _NORMALISATION)


def trapezoid(level: int, reach: np.ndarray) -> Nodes:
    """All nodes of the trapezoid rule on (-reach, reach) with step number ``level``."""
    h = FIRST_STEP * STEP_RATIO**level
    k = np.arange(-np.ceil(np.max(reach) / h), np.ceil(np.max(reach) / h) + 1)
    z = np.tile((k + 0.37) * h, len(reach))
    start = _starts(np.full(len(reach), len(k)))
    return Nodes(0, 0, start, z, np.full(len(z), h * _NORMALISATION))


def _graded_marks(places, farthest):
    """Places in x, and between and beyond them marks at distances 1/2, 1, 2, 4, ... from each."""
    places = np.unique(np.append(places, 0.0))
    octaves = max(1, int(np.ceil(np.log2(farthest + np.max(np.abs(places)) + 1.0))) + 1)
    distances = 0.5 * 2.0 ** np.arange(min(octaves, 1000))
    marks = [places, places[0] - distances, places[-1] + distances]
    for low, high in pairwise(places):
        inner = distances[distances <= (high - low) / 2]
        marks += [low + inner, high - inner]
    return np.unique(np.concatenate(marks))


def _around(bends, farthest):
    """For each bend its place and marks at distances of width 2^k / 2."""
    for place, width in bends:
        if abs(place) <= farthest + width:
            octaves = max(1, int(np.ceil(np.log2(2 * farthest / width))) + 2)
            distances = 0.5 * width * 2.0 ** np.arange(octaves)
            yield np.concatenate([place - distances, [place], place + distances])


def _both_sides(group, start, z, w):
    return [Nodes(group, 1, start, z, w), Nodes(group, -1, start, -z, w)]


def _starts(counts):
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


@cache
def _template(first):
    """exp(t - exp(-t)) and its derivative times the step, for t from ``first`` to 60."""
    t = np.arange(round(first * _DENSITY), 60 * _DENSITY) / _DENSITY
    g = np.exp(t - np.exp(-t))
    return g, g * (1.0 + np.exp(-t)) * (_NORMALISATION / _DENSITY)


@cache
def _legendre(n):
    return gauss_legendre(n)
