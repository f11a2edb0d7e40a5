"""Gaussian means E f(m + s Z) by Gauss-Legendre panels placed where f and the density vary.

A panel never contains a kink of f in its interior, is at most a few standard deviations long, and
near the places where f itself varies (its kinks and the origin) is not longer than its distance to
them.  Sixteen nodes then integrate functions analytic in a strip of half width about 1.5 to the
last digit; ``level`` adds a finer grading and is how a caller checks the answer.

All means of one call share s, so that the inner integral of a two-point expectation is one pass
over flat arrays.
"""

from dataclasses import dataclass

import mpmath
import numpy as np

__all__ = ["REACH", "Feature", "expectations", "gauss_legendre", "gaussian_nodes", "graded_places"]

#: The density at this many standard deviations is 2e-20 of its peak.
REACH = 9.5


@dataclass(frozen=True)
class Feature:
    """A place where an integrand varies: smooth, with a jump of a derivative, or singular.

    ``width`` is the scale on which it varies there, if that is below 1.
    """

    place: float
    kinked: bool = False
    singular: bool = False
    width: float = 1.0


def graded_places(feature, level=0):
    """Panel edges around a feature: its place if not smooth, and a geometric grading."""
    steps = np.array([1.0, 2.0, 3.0, 4.5, 6.5, 10.0, 18.0, 40.0, 100.0])
    if feature.width < 1:
        octaves = int(np.ceil(-np.log2(feature.width)))
        steps = np.concatenate([feature.width * 2.0 ** np.arange(-1, octaves), steps])
    if feature.singular:
        steps = np.concatenate([3.0 ** np.arange(-30 - 4 * level, 0), steps])
    for _ in range(level // 2):
        middles = (steps[1:] + steps[:-1]) / 2
        steps = np.sort(np.concatenate([[steps[0] / 2], steps, middles]))
    sharp = feature.kinked or feature.singular or feature.width < 1
    own = [feature.place] if sharp else []
    return np.concatenate([feature.place - steps[::-1], own, feature.place + steps])


def gaussian_nodes(edges, scale=1.0, reach=REACH, level=0):
    """Nodes and weights (density included) for each row of inner panel edges of shape (n, k).

    ``scale`` is the length of one standard deviation on the axis of f: from level 1 on panels
    are also short on that axis, which functions that oscillate to infinity need.  Returns flat
    ``z``, ``weight`` and the ``row`` each node belongs to.
    """
    panels = int(np.ceil(reach / 1.2 * (1 + 0.5 * level)))
    if level:
        panels = max(panels, min(int(2 * reach * scale * level / 5), 400))
    base = np.linspace(-reach, reach, panels + 1)
    edges = np.clip(np.atleast_2d(edges), -reach, reach)
    count = edges.shape[0]
    edges = np.sort(np.hstack([np.broadcast_to(base, (count, base.size)), edges]), axis=1)
    left, width = edges[:, :-1], np.diff(edges, axis=1)
    row, column = np.nonzero(width > 0)
    left, half = left[row, column], width[row, column] / 2
    z = (left + half)[:, None] + half[:, None] * _NODES
    weight = half[:, None] * _WEIGHTS * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return z.ravel(), weight.ravel(), np.repeat(row, _NODES.size)


def gauss_legendre(count):
    """Nodes and weights on [-1, 1], each correctly rounded.

    NumPy's own weights carry 7e-15 for 16 nodes, which every expectation would inherit.

    >>> nodes, weights = gauss_legendre(16)
    >>> abs(weights.sum() - 2) < 1e-15
    np.True_
    """
    nodes, weights = np.empty(count), np.empty(count)
    with mpmath.workdps(30):
        for i, start in enumerate(np.polynomial.legendre.leggauss(count)[0]):
            x = mpmath.mpf(float(start))
            for _ in range(2):
                below, here = mpmath.mpf(1), x
                for n in range(2, count + 1):
                    below, here = here, ((2 * n - 1) * x * here - (n - 1) * below) / n
                slope = count * (below - x * here) / (1 - x * x)
                x -= here / slope
            nodes[i], weights[i] = float(x), float(2 / ((1 - x * x) * slope**2))
    return nodes, weights


_NODES, _WEIGHTS = gauss_legendre(16)


def expectations(function, means, deviation, features, reach=REACH, level=0):
    """E f(m + s Z) for every m of ``means`` (1-D) and one s >= 0.

    >>> value = expectations(np.abs, [0.0], 1.0, [Feature(0.0, kinked=True)])[0]
    >>> abs(value**2 - 2 / np.pi) < 4e-15
    np.True_
    """
    means = np.asarray(means, dtype=float)
    if deviation == 0.0:
        return np.asarray(function(means), dtype=float)
    places = [graded_places(feature, level) for feature in features]
    places = np.concatenate(places) if places else np.empty(0)
    with np.errstate(over="ignore"):
        edges = (places[None, :] - means[:, None]) / deviation
    z, weight, row = gaussian_nodes(edges, deviation, reach, level)
    values = function(means[row] + deviation * z)
    return np.bincount(row, weights=weight * values, minlength=means.size)
