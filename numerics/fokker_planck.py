r"""The Fokker-Planck equation of a one-dimensional diffusion, solved without time stepping.

F(w, t) = P(W_t <= w) solves F_t = D F_ww - c F_w.  Its Laplace transform solves

    D G'' - c G' - lambda G = -1{w >= w_0},

here by collocation at Chebyshev points, panel by panel (w_0 is the edge of two panels), and F is
the integral of e^(lambda t) G over a parabola around the negative axis, which gains a factor 2.85
per node (Weideman and Trefethen 2007).  States at an end of the space count as -oo or oo, so that
a law with killing or explosion is the same problem with another condition at that end: G = 0 or
1/lambda where it is not reached, G' = 0 at an absorbing barrier, none at an end reached by the
drift (there the equation itself is the condition).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from scipy.linalg import solve_banded

from .fokker_planck_panels import DEGREE, chebyshev_nodes, differentiation, interior_nodes

__all__ = ["Distribution", "solve"]


@dataclass(frozen=True)
class Distribution:
    """F on panels: ``edges`` of w, ``coefficients`` (panel, order) in Chebyshev polynomials.

    ``rates`` are 0, or the rate of an unbounded panel; ``error`` is the largest difference to a
    solution with fewer nodes on every panel and fewer on the contour.
    """

    edges: np.ndarray
    rates: np.ndarray
    coefficients: np.ndarray
    error: float

    def __call__(self, w, order=0):
        """F (order 0) or the density of W (order 1) at an array of w; flat outside the panels."""
        w = np.asarray(w, dtype=float)
        last = len(self.rates) - 1
        index = np.clip(np.searchsorted(self.edges, w, side="right") - 1, 0, last)
        s, slope = self._local(np.clip(w, self.edges[0], self.edges[-1]), index)
        if order == 0:
            return _clenshaw(self.coefficients[index], s)
        inside = (w >= self.edges[0]) & (w <= self.edges[-1])
        derivative = chebyshev.chebder(self.coefficients, axis=1)
        return np.where(inside, slope * _clenshaw(derivative[index], s), 0.0)

    def _local(self, w, index):
        """The variable s in [-1, 1] of each panel, and ds/dw."""
        lower, upper, rate = self.edges[index], self.edges[index + 1], self.rates[index]
        with np.errstate(invalid="ignore"):
            s = (2.0 * w - lower - upper) / (upper - lower)
            slope = 2.0 / (upper - lower)
            above = np.exp(-rate * (w - lower))
            below = np.exp(rate * (w - upper))
        s = np.where(np.isinf(upper), 1.0 - 2.0 * above, s)
        s = np.where(np.isinf(lower), 2.0 * below - 1.0, s)
        slope = np.where(np.isinf(upper), 2.0 * rate * above, slope)
        return s, np.where(np.isinf(lower), 2.0 * rate * below, slope)

    def on_panel(self, index, s):
        """(w, dF/ds) at points s in (-1, 1) of one panel."""
        lower, upper, rate = self.edges[index], self.edges[index + 1], self.rates[index]
        if np.isinf(upper):
            w = lower - np.log((1.0 - s) / 2) / rate
        elif np.isinf(lower):
            w = upper + np.log((1.0 + s) / 2) / rate
        else:
            w = (lower + upper + (upper - lower) * s) / 2
        return w, chebyshev.chebval(s, chebyshev.chebder(self.coefficients[index]))


def solve(panels, ends, start, time, steps=1, nodes=32) -> Distribution:
    """F at ``time`` from ``start``, with the panels and ends of :func:`panels`.

    ``nodes`` are those of the contour, for each of ``steps`` equal steps in time.
    """
    fine = _solve(panels, ends, start, time, steps, DEGREE, nodes)
    coarse = _solve(panels, ends, start, time, steps, DEGREE - 4, nodes - nodes // 5)
    at = chebyshev_nodes(DEGREE - 4)
    error = np.max(np.abs(chebyshev.chebval(at, fine.T) - chebyshev.chebval(at, coarse.T)))
    error = float(error) if np.isfinite(error) else np.inf
    edges = np.array([panels[0].lower, *(p.upper for p in panels)])
    return Distribution(edges, np.array([p.rate for p in panels]), fine, error)


def _solve(panels, ends, start, time, steps, degree, nodes):
    """Chebyshev coefficients of F, one row per panel."""
    theta = (2 * np.arange(nodes // 2) + 1) * np.pi / nodes
    z = nodes * (0.1309 - 0.1194 * theta**2 + 0.2500j * theta)
    weights = 2.0 / nodes * np.exp(z) * nodes * (-0.2388 * theta + 0.2500j) * steps / time
    system = _Collocation(panels, ends, degree)
    values = np.repeat([[float(p.lower >= start)] for p in panels], degree + 1, axis=1)
    for _ in range(steps):
        values = np.imag(np.tensordot(weights, system.resolvent(z * steps / time, values), 1))
    return values @ np.linalg.inv(chebyshev.chebvander(chebyshev_nodes(degree), degree)).T


class _Collocation:
    """The equation D G'' - c G' - lambda G = -F on every panel, values at Chebyshev nodes.

    Each panel is solved for its two edge values; equal slopes at the edges then give a tridiagonal
    system.
    """

    def __init__(self, panels, ends, degree):
        self.ends, self.degree = ends, degree
        size, count = degree + 1, len(panels)
        self.steps, self.masses = np.zeros((2, count, size, size))
        self.slopes = np.array([_edge_slopes(panel, degree) for panel in panels])
        for k, panel in enumerate(panels):
            left, right = self._free(k, count)
            rows = slice(0 if left else 1, size if right else degree)
            points = degree - 1 + left + right
            self.steps[k, rows], self.masses[k, rows] = _equation(panel, points, degree)
            if not left:
                self.steps[k, 0, 0] = 1.0
            if not right:
                self.steps[k, -1, -1] = 1.0
        if ends[0] == "barrier":
            self.steps[0, 0] = self.slopes[0, 0] / np.max(np.abs(self.slopes[0, 0]))
        if ends[1] == "barrier":
            self.steps[-1, -1] = self.slopes[-1, 1] / np.max(np.abs(self.slopes[-1, 1]))

    def _free(self, k, count):
        """Whether the equation itself is the condition at the left and the right edge."""
        return (
            k == 0 and self.ends[0] == "reached",
            k == count - 1 and self.ends[1] == "reached",
        )

    def resolvent(self, places, values):
        """G at the nodes for every lambda in ``places``, from F: (lambda, panel, node)."""
        count, size = values.shape
        matrices = self.steps - places[:, None, None, None] * self.masses
        right = np.zeros((len(places), count, size, 3), dtype=complex)
        right[..., 0, 0] = right[..., -1, 1] = 1.0
        right[..., 2] = -np.einsum("kij,kj->ki", self.masses, values)
        if self.ends[1] in ("far", "entrance"):
            right[:, -1, -1, 2] = 1.0 / places
        local = np.linalg.solve(matrices, right)
        local[~np.isfinite(local)] = np.nan
        # d G/dw at the (left, right) edge of each panel for each of the three right-hand sides
        slope = np.einsum("kei,lkij->lkej", self.slopes, local)
        edges = np.zeros((len(places), count + 1), dtype=complex)
        for row, s in zip(edges, slope, strict=True):
            row[1:-1] = _edge_values(s)
        with np.errstate(invalid="ignore", over="ignore"):
            left, right = edges[:, :-1, None] * local[..., 0], edges[:, 1:, None] * local[..., 1]
            return local[..., 2] + left + right


def _edge_values(slope):
    """The values at the inner edges that make the slopes equal there."""
    left, right = slope[1:, 0], slope[:-1, 1]
    band = np.zeros((3, len(left)), dtype=complex)
    band[1] = right[:, 1] - left[:, 0]
    band[0, 1:] = -left[:-1, 1]
    band[2, :-1] = right[1:, 0]
    if not (np.isfinite(band).all() and np.isfinite(left).all() and np.isfinite(right).all()):
        return np.full(len(left), np.nan)  # too long a time step; shows as an infinite error
    scale = 1.0 / np.abs(band[1])
    source = (left[:, 2] - right[:, 2]) * scale
    band[1] *= scale
    band[0, 1:] *= scale[:-1]
    band[2, :-1] *= scale[1:]
    return solve_banded((1, 1), band, source)


def _equation(panel, points, degree):
    """D d^2/dw^2 - c d/dw and the factor of lambda at so many points, on values at the nodes.

    On an unbounded panel the equation is divided by c ds/dw, which leaves smooth coefficients.
    """
    value, first, second = differentiation(degree, tuple(interior_nodes(points)))
    slope, bend = _map(panel, interior_nodes(points))
    nodes = interior_nodes(DEGREE + 1) if panel.rate else chebyshev_nodes(DEGREE)
    resample = _interpolation(tuple(nodes), points)
    if panel.rate:
        noise, velocity = resample @ (panel.noise / panel.velocity), np.ones(points)
        weight = resample @ (1.0 / (panel.velocity * _map(panel, nodes)[0]))
    else:
        noise, velocity, weight = resample @ panel.noise, resample @ panel.velocity, 1.0 / slope
    step = (noise * slope)[:, None] * second + (noise * bend - velocity)[:, None] * first
    scale = 1.0 / np.max(np.abs(step), axis=1, keepdims=True)
    return scale * step, scale * weight[:, None] * value


def _map(panel, s):
    """ds/dw and its derivative in s, on the variable s in [-1, 1] of a panel."""
    if np.isinf(panel.upper):
        return panel.rate * (1.0 - s), -panel.rate * np.ones_like(s)
    if np.isinf(panel.lower):
        return panel.rate * (1.0 + s), panel.rate * np.ones_like(s)
    return np.full_like(s, 2.0 / (panel.upper - panel.lower)), np.zeros_like(s)


def _edge_slopes(panel, degree):
    """Rows for dF/dw at both edges of a panel."""
    ends = (-1.0, 1.0)
    return _map(panel, np.array(ends))[0][:, None] * differentiation(degree, ends)[1]


@lru_cache(maxsize=64)
def _interpolation(nodes, points):
    """From values at nodes to values at so many interior points."""
    degree = len(nodes) - 1
    to_coefficients = np.linalg.inv(chebyshev.chebvander(np.array(nodes), degree))
    return chebyshev.chebvander(interior_nodes(points), degree) @ to_coefficients


def _clenshaw(coefficients, s):
    """Chebyshev sums, one row of coefficients per point."""
    before, current = np.zeros_like(s), np.zeros_like(s)
    for a in np.moveaxis(coefficients[..., :0:-1], -1, 0):
        before, current = current, a + 2.0 * s * current - before
    return coefficients[..., 0] + s * current - before
