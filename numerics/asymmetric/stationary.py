r"""The stationary law of a wide layer with one positive entry in each row of its weights.

y = a Z + t with t' = r v phi(a Z + t), where r is the change of scale from layer to layer: 1 where
scales settle, 1/sqrt(growth) for phi of degree 1, whose values are taken in units of a.  Functions
are pushed backwards, H(t) -> E H(t'): what is smooth stays smooth there, so that values on a grid
(:mod:`numerics.asymmetric.grid`) give the law of t as weights of its nodes, to rounding.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from theory.errors import AssumptionError

from ..gaussian_panels import Feature, gaussian_nodes, graded_places
from .entry_rule import entry_rule
from .grid import FAR, NEAR, grid

__all__ = ["Shape", "StationaryLaw"]

_PROBE = 2.0**40
_SHORT = 2.0**-6


@dataclass(frozen=True, eq=False)
class Shape:
    """Moments in the stationary state: s = E phi(y)^2, m = E phi(y), E y^2, P(y <= 0).

    ``places`` and ``weights`` are the law of the asymmetric part v phi(y_prev) of y, whose normal
    part has deviation ``deviation``.
    """

    s: float
    m: float
    off: float
    mean: float
    second: float
    deviation: float
    places: np.ndarray
    weights: np.ndarray

    def density(self, y):
        """The density of y."""
        z = (np.asarray(y, dtype=float)[..., None] - self.places) / self.deviation
        normal = np.exp(-z * z / 2) / (self.deviation * np.sqrt(2 * np.pi))
        return normal @ self.weights


class StationaryLaw:
    """Stationary shapes of an activation and an entry law; ``level`` makes all grids finer."""

    def __init__(self, activation, law, level=0):
        self.phi, self.level = activation.jet[0], level
        self.homogeneous = activation.homogeneity == 1.0
        # without a scale of its own phi may vary on a short one
        near = Feature(0.0, kinked=True, width=1.0 if self.homogeneous else _SHORT)
        self.features = (near, *activation.features)
        self.bends = [f.place for f in activation.features if f.place != 0.0]
        self.rule = entry_rule(law, level)
        self.far = FAR * 4.0**level
        self._name, self._known = activation.name, {}

    @cached_property
    def ends(self):
        """(inf phi, sup phi), not beyond the far end."""
        probes = np.geomspace(1e-4, self.far, 6001)
        with np.errstate(all="ignore"):
            values = self.phi(np.concatenate([-probes, [0.0], probes, self.bends]))
        values = values[np.isfinite(values)]
        low, high = values.min(), values.max()
        margin = 1e-3 * (high - low)
        low, high = low - margin * (low != 0.0), high + margin * (high != 0.0)
        return max(min(low, 0.0), -self.far), min(max(high, 0.0), self.far)

    @cached_property
    def least_growth(self):
        """E v^2 times the growth of squares by phi at infinity: growth without normal weights.

        AssumptionError if phi grows faster than linearly.
        """
        far = np.array([-_PROBE, _PROBE])
        with np.errstate(all="ignore"):
            slope, nearer = self.phi(far) / far, self.phi(far / 1024) / (far / 1024)
        if not (np.abs(slope) < 2 * np.abs(nearer) + 1e-6).all():
            raise AssumptionError(
                f"{self._name} grows faster than linearly, and no law of the pre-activations "
                "stays put; take an activation of at most linear growth"
            )
        left, right = slope
        steps = np.zeros((2, 2))  # from the side (-, +) of y to the side of phi(y)
        steps[0, int(left < 0)], steps[1, int(right > 0)] = left**2, right**2
        return self.rule.second * float(np.abs(np.linalg.eigvals(steps)).max())

    def at(self, deviation, shrink=1.0) -> Shape:
        """The shape for a normal part of this ``deviation`` and ``shrink`` = r."""
        nodes, step, first, second = self.operator(deviation, shrink)
        one = 1.0 / nodes.weight
        anchor = np.zeros(one.size)
        anchor[np.argmin(np.abs(nodes.nodes))] = 1.0
        bordered = np.eye(one.size) - step + np.outer(one, anchor)
        law = np.linalg.solve(bordered.T, anchor) / nodes.weight
        return Shape(
            s=float(law @ second),
            m=float(law @ first),
            off=float(law @ ndtr(-nodes.nodes / deviation)),
            mean=float(law @ nodes.nodes),
            second=float(deviation**2 + law @ nodes.nodes**2),
            deviation=float(deviation),
            places=nodes.nodes,
            weights=law,
        )

    def operator(self, deviation, shrink=1.0):
        """(grid, H -> E H(t'), E phi(y), E phi(y)^2) given t at its nodes.

        The matrix acts on nodal values of H/(1 + t^2).
        """
        nodes, push = self._entry(deviation, shrink)
        z, share, row = self._normal(nodes.nodes, deviation)
        values = self.phi(deviation * z + nodes.nodes[row])
        values[~np.isfinite(values)] = 0.0  # at a pole that an integral does not see
        count = nodes.nodes.size
        forward = nodes.matrix(shrink * values, share, row, count)
        first = np.bincount(row, weights=share * values, minlength=count)
        second = np.bincount(row, weights=share * values**2, minlength=count)
        return nodes, (forward / nodes.weight[:, None]) @ push, first, second

    def tail_index(self, shrink=1.0):
        """p with P(|t| > x) ~ x^-p: E (r c v)^p = 1, as t' ~ r c v t far out; oo for light tails.

        c^2 is the growth of squares by phi (H. Kesten 1973, for products of random numbers).
        """
        factors = shrink * np.sqrt(self.least_growth / self.rule.second) * self.rule.places
        if factors.max() <= 1.0 + 1e-9:
            return np.inf

        def excess(p):
            with np.errstate(over="ignore"):
                return np.log(self.rule.weights @ factors**p)

        high = 4.0
        while excess(high) < 0.0 and high < 1e3:
            high *= 2.0
        return brentq(excess, 2.0, high) if excess(2.0) < 0.0 <= excess(high) else np.inf

    def _end(self, deviation, shrink):
        """Where t may be cut: beyond, a tail t^-p leaves less than rounding."""
        index = self.tail_index(shrink)
        octaves = max(np.log2(NEAR), min(np.ceil(44.0 / (index - 2.0)), np.log2(FAR)))
        octaves += 2 * self.level + np.log2(max(deviation * shrink, deviation, 1.0))
        return min(2.0 ** np.ceil(octaves), self.far)

    def _entry(self, deviation, shrink):
        """The grid for this deviation and the matrix of H(u) -> E H(v u) on it."""
        scale = 2.0 ** min(np.floor(np.log2(deviation)), 0.0)
        end = self._end(deviation, shrink)
        if (scale, end) not in self._known:
            low, high = self.ends
            reach = max(1.0, self.rule.places.max())
            low, high = max(low * reach, -end), min(high * reach, end)
            found = grid(low, high, scale, self.bends, self.level)
            u, v = found.nodes, self.rule.places
            row = np.repeat(np.arange(u.size), v.size)
            shares = np.tile(self.rule.weights, u.size)
            push = found.matrix(np.outer(u, v).ravel(), shares, row, u.size)
            self._known[scale, end] = found, push / found.weight[:, None]
        return self._known[scale, end]

    def _normal(self, means, deviation):
        """Nodes of Z for each mean, cut where phi bends, and where phi varies."""
        places = np.concatenate([graded_places(f, self.level) for f in self.features])
        edges = (places - means[:, None]) / deviation
        return gaussian_nodes(edges, deviation, level=self.level)
