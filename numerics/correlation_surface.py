"""Correlation tables for a whole range of variances, by interpolation in log q.

At fixed alpha the tabulated R is as smooth in log q as the moments are, so tables at fourteen
Chebyshev nodes per unit of log q, on common panels in alpha, give the table at any q in between
to about 1e-14.  Transients of ``propagate`` and the c* of phase diagrams use it.
"""

from dataclasses import dataclass

import numpy as np

from .correlation_fixed_point import correlation_fixed_point, decorrelates
from .correlation_map import CorrelationMap
from .correlation_table import CorrelationTable, find_edges, tabulate
from .kernels import load_driver
from .scale_free import bounded_star, tangents_at_zero
from .table import moment_table

__all__ = [
    "CorrelationSurface",
    "correlation_fixed_points",
    "correlation_surface",
    "surface_nodes",
]

_NODES = 14
_WIDTH = 1.0
_BLOCK = 20_000  #: points whose interpolation weights are held at a time


@dataclass(frozen=True, eq=False)
class CorrelationSurface:
    """Tables at Chebyshev nodes ``u`` of log q, on common panels."""

    u: np.ndarray
    level: int
    exponent: int
    edges: np.ndarray
    series: np.ndarray
    accuracy: float
    slopes: np.ndarray

    def weights(self, q):
        """Barycentric weights of the nodes for each of an array of variances."""
        n = self.u.size
        barycentric = (-1.0) ** np.arange(n) * np.sin(np.pi * (np.arange(n) + 0.5) / n)
        distance = np.log(np.atleast_1d(q))[:, None] - self.u
        exact = distance == 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = barycentric / distance
            weights = terms / terms.sum(axis=1, keepdims=True)
        hit = exact.any(axis=1)
        weights[hit] = exact[hit].astype(float)
        return weights

    def at(self, q):
        """The correlation table at one variance inside the range."""
        weights = self.weights(q)[0]
        series, slopes = (np.tensordot(weights, s, axes=1) for s in (self.series, self.slopes))
        return CorrelationTable(
            float(q), self.level, self.exponent, self.edges, series, self.accuracy, slopes
        )


def surface_nodes(lower, upper):
    """How many Chebyshev nodes give 1e-14 for log q in [lower, upper].

    The moments are analytic in q off the negative axis, so in log q up to the height pi: an error
    of rho^-n with rho the sum of half axes of the largest ellipse in this strip.
    """
    axis = np.pi / max((upper - lower) / 2, 0.25)
    return int(np.ceil(33.0 / np.log(axis + np.hypot(1.0, axis))))


def correlation_surface(activation, lower, upper, reach=np.pi, nodes=_NODES):
    """The surface for log q in [lower, upper], about one unit apart with the default ``nodes``.

    Raises ``AssumptionError`` if phi' is unbounded, as :func:`correlation_table` does.
    """
    middle, half = (lower + upper) / 2, max((upper - lower) / 2, 1e-9)
    u = middle + half * np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    sources = [CorrelationMap(activation, np.exp(value)) for value in u]
    found = [find_edges(sources[i], reach) for i in (0, nodes - 1)]
    edges = np.unique(np.round(np.concatenate([edges for edges, _ in found]), 14))
    edges[-1] = reach
    tables = [tabulate(source, edges, found[0][1]) for source in sources]
    return CorrelationSurface(
        u,
        tables[0].level,
        tables[0].exponent,
        edges,
        np.array([table.series for table in tables]),
        max(accuracy for _, accuracy in found),
        np.array([table.slopes for table in tables]),
    )


def correlation_fixed_points(activation, q, code, sigma_w2, sigma_b2, chi_1):
    """(1 - c*, C'(c*)) at fixed points q of phases ``code``; NaN where there is none.

    All are arrays of one shape, of a layer without a skip connection.
    """
    gap, slope = np.zeros(q.shape), chi_1.copy()
    chaotic = (code == 1) & (q > 0)
    gap[code == 3] = np.nan
    if chaotic.any():
        points = (a[chaotic] for a in (q, sigma_w2, sigma_b2, chi_1))
        gap[chaotic], slope[chaotic] = _chaotic_points(activation, *points)
    return gap, slope


def _chaotic_points(activation, q, weight, bias, chi_1):
    if activation.homogeneity == 1.0 and not hasattr(activation, "bounded_star"):
        return _of_lines(activation, weight, chi_1)
    if CorrelationMap(activation, float(q[0])).level == 0:
        return _one_by_one(activation, q, weight, bias, chi_1)
    driver = load_driver("correlation")
    delta, slope = np.empty(q.size), np.empty(q.size)
    u = np.log(q)
    cell = np.floor(u / _WIDTH).astype(int)
    for index in np.unique(cell):
        here = np.flatnonzero(cell == index)
        if here.size < 8:
            delta[here], slope[here] = _one_by_one(
                activation, q[here], weight[here], bias[here], chi_1[here]
            )
            continue
        surface = correlation_surface(activation, u[here].min(), u[here].max(), np.pi / 2)
        for part in np.array_split(here, here.size // _BLOCK + 1):
            moment = (
                moment_table(activation).D(q[part]) if surface.level == 2 else np.zeros(part.size)
            )
            gap, chi = np.empty(part.size), np.empty(part.size)
            driver.star_points(
                surface.weights(q[part]),
                surface.edges,
                surface.series,
                surface.level,
                surface.exponent,
                moment,
                np.ascontiguousarray(weight[part]),
                gap,
                chi,
            )
            delta[part], slope[part] = np.minimum(gap, 1.0), chi
    if decorrelates(activation):
        delta[bias == 0.0] = 1.0  # c* = 0 exactly
    return delta, slope


def _of_lines(activation, weight, chi_1):
    """Two lines: c* depends on sigma_w2 alone."""
    places, back = np.unique(np.stack([weight, chi_1]), axis=1, return_inverse=True)
    sides = tangents_at_zero(activation)
    found = np.array([bounded_star(*sides, *point)[1:] for point in places.T])
    return found[back.ravel()].T


def _one_by_one(activation, q, weight, bias, chi_1):
    found = [
        correlation_fixed_point(activation, *point)
        for point in zip(q, weight, bias, chi_1, strict=True)
    ]
    return np.array([gap for _, gap, _ in found]), np.array([slope for *_, slope in found])
