r"""Functions on an interval by their values at Gauss-Legendre nodes of graded panels.

A function H that grows at most like t^2 is interpolated as H/(1 + t^2), a polynomial on each
panel; beyond the last panel that quotient is taken as constant.  Panels grow geometrically with
the distance from the places where H varies, so that H = c t^2 + d t + ... costs a few of them for
each power of ten.
"""

from functools import lru_cache

import numpy as np

from ..gaussian_panels import Feature, gauss_legendre, graded_places

__all__ = ["FAR", "NEAR", "Grid", "grid"]

#: Where an unbounded interval ends, for a power tail and for a light one.
FAR, NEAR = 2.0**22, 2.0**8


class Grid:
    """Nodes on panels between ``edges``, with ``size`` in each.

    >>> g = Grid(np.array([0.0, 1.0, 2.0]), 12)
    >>> places = np.array([0.5, 1.75])
    >>> values = g.matrix(places, np.ones(2), np.arange(2), 2) @ (np.exp(g.nodes) / g.weight)
    >>> np.allclose(values, np.exp(places), rtol=1e-13)
    True
    """

    def __init__(self, edges, size):
        places, self._to_nodes = _legendre(size)
        self.edges, self.size = edges, size
        self._half = np.diff(edges) / 2
        self.nodes = (edges[:-1, None] + self._half[:, None] * (1 + places)).ravel()
        self.weight = 1.0 + self.nodes**2

    def matrix(self, points, shares, row, count):
        """The matrix that sums ``shares`` times H at ``points`` into ``count`` rows.

        It acts on nodal values of H/(1 + t^2), whose Legendre coefficients it goes through.
        """
        inside = np.clip(points, self.edges[0], self.edges[-1])
        panels = self._half.size
        panel = np.clip(np.searchsorted(self.edges, inside, "right") - 1, 0, panels - 1)
        local = (inside - self.edges[panel]) / self._half[panel] - 1.0
        group = row * panels + panel
        total = np.empty((self.size, count * panels))
        below, here = np.zeros_like(local), shares * (1.0 + points**2)
        for order in range(self.size):
            total[order] = np.bincount(group, weights=here, minlength=count * panels)
            ahead = (2 * order + 1) * local * here - order * below
            below, here = here, ahead / (order + 1)
        return (total.T @ self._to_nodes).reshape(count, self.nodes.size)


def grid(low, high, scale, places, level=0) -> Grid:
    """The grid of functions that vary on the length ``scale`` near 0 and near ``places``."""
    features = [Feature(0.0, kinked=True, width=scale)]
    features += [Feature(place, width=scale) for place in places]
    edges = np.concatenate([graded_places(f, 2 + 2 * (level // 2)) for f in features])
    octaves = 2.0 ** np.arange(7, np.ceil(np.log2(max(-low, high, 256.0))))
    edges = np.concatenate([edges, octaves, -octaves])
    edges = np.unique(np.concatenate([edges[(low < edges) & (edges < high)], [low, high]]))
    # panels that are a rounding error long are of no use
    keep = np.concatenate([[True], np.diff(edges) > 1e-9 * (scale + np.abs(edges[1:]))])
    keep[-1] = True
    return Grid(edges[keep], 12 + 4 * level)


@lru_cache(maxsize=8)
def _legendre(size):
    places, weights = gauss_legendre(size)
    orders = np.arange(size) + 0.5
    values = np.polynomial.legendre.legvander(places, size - 1)
    return places, (values * orders).T * weights
