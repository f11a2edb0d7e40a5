r"""The levels of phi as a measure: int g(s) ds over its range, g a function of {y : phi(y) < s}.

The sets of :mod:`numerics.guessing.level_sets` have ends e_r(s).  Where phi is monotone a level s
is phi(x) and ds is |phi'(x)| dx, with an atom at each jump.  Otherwise the range is cut at the
levels of turns and kinks and each part is swept by x along one run: next to a cut along a run
that ends there, so that the ends of the other runs, too, are smooth functions of x.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from ..gaussian_panels import Feature, gauss_legendre, graded_places

__all__ = ["REACH", "LevelMeasure", "level_measure"]

#: Standard deviations kept, as by the moments.
REACH = 12.0
_LONGEST = 1.2
_NODES, _WEIGHTS = gauss_legendre(16)


@dataclass(frozen=True, eq=False)
class LevelMeasure:
    """Levels with ``weight`` ds (N,); ``ends`` (R, N) in standard deviations, ``signs`` (R,)."""

    ends: np.ndarray
    signs: np.ndarray
    weight: np.ndarray
    rank: np.ndarray


def level_measure(plain, sets, q, level=0) -> LevelMeasure:
    """The measure at variance q of a plain NumericActivation with its LevelSets.

    >>> from ..numeric_activation import numeric_activation
    >>> from .level_sets import level_sets
    >>> square = numeric_activation("x**2")
    >>> found = level_measure(square, level_sets(*square.jet[:2], 12.0), 1.0)
    >>> bool(abs((found.weight * (1 - found.rank)).sum() - 1) < 1e-13)  # E X^2
    True
    """
    scale = np.sqrt(q)
    kinks = [f.place for f in plain.features]
    places = [graded_places(f, level) for f in (Feature(0.0), *plain.features)]
    places = np.concatenate([*places, kinks])
    if sets.monotone is not None:
        z, dz = _nodes(-REACH, REACH, places / scale, level)
        slope = np.abs(plain.jet[1](scale * z))
        steps = [(j.place, abs(j.sizes[0])) for j in plain.jumps if j.sizes[0]]
        z = np.append(z, [place / scale for place, _ in steps])
        weight = np.append(slope * scale * dz, [size for _, size in steps])
        return _measure(sets, z[None, :], weight)
    found, weights = [], []
    for left, right in _swept(plain.jet[0], sets, kinks, scale * REACH):
        z, dz = _nodes(left / scale, right / scale, places / scale, level)
        weight = np.abs(plain.jet[1](scale * z)) * scale * dz
        kept = weight > 0.0
        found.append(sets.ends(scale * z[kept]) / scale)
        weights.append(weight[kept])
    return _measure(sets, np.concatenate(found, axis=1), np.concatenate(weights))


def _measure(sets, ends, weight):
    rank = np.clip(sets.constant + sets.signs @ ndtr(ends), 0.0, 1.0)
    return LevelMeasure(np.clip(ends, -REACH, REACH), sets.signs, weight, rank)


def _nodes(left, right, places, level):
    """Gauss-Legendre nodes and weights between two places, on panels that end at ``places``."""
    edges = np.unique(np.concatenate([[left, right], np.clip(places, left, right)]))
    longest = _LONGEST / (1 + level)
    edges = [
        start + (stop - start) * np.arange(count) / count
        for start, stop in pairwise(edges)
        for count in [int(np.ceil((stop - start) / longest))]
    ]
    edges = np.append(np.concatenate(edges), right)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + _NODES)).ravel(), (half * _WEIGHTS).ravel()


def _swept(phi, sets, kinks, reach):
    """Intervals of x whose images cover the range of phi once."""
    runs = sets.runs
    spans = [sorted((run.sign * run.values[0], run.sign * run.values[-1])) for run in runs]
    inside = np.array([k for k in kinks if abs(k) < reach])
    levels = np.unique(np.concatenate([np.ravel(spans), phi(inside) if inside.size else inside]))
    for low, high in pairwise(levels):
        if high - low <= 1e-14 * np.abs(levels).max():
            continue
        open_ = [i for i, (a, b) in enumerate(spans) if a <= low and b >= high]
        middle = (low + high) / 2
        for start, stop, cut in ((low, middle, low), (middle, high, high)):
            sweeps = []
            for i in open_:
                x = np.sort(sets.between(i, np.array([start, stop])))
                sweeps.append((cut not in spans[i], x[1] - x[0], *x))
            if sweeps:
                yield min(sweeps)[2:]
