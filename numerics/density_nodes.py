r"""E f(X) f(Y) by nodes that all correlations share: fast where X and Y vary more than f does.

With F_i = w_i f(x_i) on Gauss-Legendre panels of the line,

    E f(X) f(Y) = sum_ij F_i F_j n2(x_i, x_j; q, rho),

in which f is evaluated once and nodes where it is negligible, as phi'' is away from the bends of
phi, are left out.  Panels resolve f and are no longer than a few standard deviations sqrt(q) sin t
of Y given X.  Nearer to rho = 1 or -1 they would be too many, but there f is almost linear in Y
given X, and a smooth one is averaged by few equidistant nodes.
"""

import numpy as np

from .gaussian_panels import REACH, Feature, gauss_legendre, graded_places

__all__ = ["DensityNodes", "settled_nodes"]

_NODES, _WEIGHTS = gauss_legendre(16)
#: The longest panel in conditional standard deviations, and the most nodes at level 0.
_PANEL, _MOST = 2.5, 500
_NEGLIGIBLE = 1e-22
_WIDTHS = (1.0, 1 / 16, 1 / 256)
#: The step of equidistant nodes, in widths of f.
_STEP = 0.2


class DensityNodes:
    """The nodes of a function at variance q, by the length of the panels.

    >>> nodes = DensityNodes(lambda x: np.exp(-x * x / 2), 30.0, ())
    >>> exact = 1 / np.sqrt(31**2 - 15**2)
    >>> abs(nodes.mean(0.5, 0.5) / exact - 1) < 1e-13
    np.True_
    """

    def __init__(self, f, q, features, level=0):
        self.f, self.q, self.level, self._known = f, q, level, {}
        self.smooth = not any(feature.kinked or feature.singular for feature in features)
        self.width = min([1.0, *(feature.width for feature in features)])
        self.places = [graded_places(feature) for feature in (Feature(0.0), *features)]

    def mean(self, rho, one_minus_rho):
        """E f(X) f(Y), or None where that takes too many nodes."""
        found = self.sums(rho, one_minus_rho)
        return None if found is None else found[0]

    def sums(self, rho, one_minus_rho):
        """E f(X) f(Y) and the same sum of absolute values, or None."""
        sine_squared = one_minus_rho * (1.0 + rho)
        if not sine_squared > 0.0:
            return None
        if self.smooth and self.q * sine_squared < 1.0:
            return self._conditional(rho, np.sqrt(self.q * sine_squared))
        nodes = self._nodes(np.floor(np.log2(np.sqrt(self.q * sine_squared))))
        if nodes is None:
            return None
        x, values = nodes
        scaled = x / np.sqrt(2 * self.q * sine_squared)
        if rho >= 0:
            exponent = (scaled[:, None] - scaled) ** 2
            common = x / np.sqrt(self.q * (1.0 + rho))
            exponent += common[:, None] * common
        else:
            exponent = (scaled[:, None] + scaled) ** 2
            common = x / np.sqrt(self.q * one_minus_rho)
            exponent -= common[:, None] * common
        np.negative(exponent, out=exponent)
        density = np.exp(exponent, out=exponent)
        size = 2 * np.pi * self.q * np.sqrt(sine_squared)
        return float(values @ (density @ values)) / size, float(
            np.abs(values) @ (density @ np.abs(values))
        ) / size

    def _conditional(self, rho, deviation):
        """The same sums by E[f(Y) | X] on equidistant nodes."""
        nodes = self._nodes(np.inf)
        if nodes is None:
            return None
        x, values = nodes
        step = min(0.5, _STEP * self.width / deviation) / 2**self.level
        count = int(np.ceil(REACH / step))
        z = np.arange(-count, count + 1) * step
        weight = np.exp(-z * z / 2)
        inner = self.f((rho * x[:, None] + deviation * z).ravel()).reshape(x.size, z.size)
        density = np.exp(-x * x / (2 * self.q)) / np.sqrt(2 * np.pi * self.q)
        outer, weight = values * density, weight / weight.sum()
        return float(outer @ (inner @ weight)), float(np.abs(outer) @ (np.abs(inner) @ weight))

    def _nodes(self, octave):
        if octave not in self._known:
            self._known[octave] = self._placed(_PANEL * 2.0**octave)
        return self._known[octave]

    def _placed(self, longest):
        reach = REACH * np.sqrt(self.q)
        edges = np.concatenate([np.linspace(-reach, reach, 17), *self.places])
        edges = np.unique(np.clip(edges, -reach, reach))
        x, weight = _on_panels(edges)
        size = np.abs(weight * self.f(x)) * np.exp(-x * x / (2 * self.q))
        worth = (size > _NEGLIGIBLE * size.max()).reshape(-1, _NODES.size).any(axis=1)
        pieces = np.where(worth, np.maximum(np.ceil(np.diff(edges) / longest), 1), 0)
        pieces *= 2**self.level
        if not 0 < pieces.sum() * _NODES.size <= _MOST * 2**self.level:
            return None
        parts = [
            left + (right - left) * np.arange(count) / count
            for left, right, count in zip(edges[:-1], edges[1:], pieces.astype(int), strict=True)
            if count
        ]
        lengths = np.repeat(np.diff(edges)[worth] / pieces[worth], pieces[worth].astype(int))
        left = np.concatenate(parts)
        half = lengths[:, None] / 2
        x = (left[:, None] + half + half * _NODES).ravel()
        return x, (half * _WEIGHTS).ravel() * self.f(x)


def settled_nodes(f, q, features, correlations, tolerance):
    """Nodes whose means at some correlations agree with those on panels half as long, or None."""
    places = [(rho, 1.0 - rho) for rho in correlations]
    near = 0.05 / q
    if not any(feature.kinked or feature.singular for feature in features):
        places += [(1.0 - near, near), (near - 1.0, 2.0 - near)]
    for width in _WIDTHS:  # f may be steeper at the origin than was announced
        sharp = (*features, Feature(0.0, width=width)) if width < 1.0 else features
        fine = DensityNodes(f, q, sharp)
        for level in (1, 2):
            coarse, fine = fine, DensityNodes(f, q, sharp, level)
            if all(_agree(coarse.sums(*place), fine.sums(*place), tolerance) for place in places):
                return coarse
    return None


def _agree(first, second, tolerance):
    if first is None or second is None or not np.isfinite(second[1]):
        return False
    return abs(first[0] - second[0]) <= tolerance * second[1]


def _on_panels(edges):
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half + half * _NODES).ravel(), (half * _WEIGHTS).ravel()
