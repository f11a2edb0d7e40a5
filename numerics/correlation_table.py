r"""W - G(1 - delta) at fixed q to full relative accuracy for every delta in (0, 2].

With delta = 1 - cos alpha and M of :mod:`correlation_map`,

    level 2:  W - G = q D delta - J,   J = q int_0^alpha (cos t - cos alpha) M(t) dt >= 0
    level 1:  W - G = q int_0^alpha M(t) dt

Both are stored as q delta alpha^r R(alpha) with R smooth and of one sign near alpha = 0
(r = 2, 1 at level 2 without and with kinks; 0, -1 at level 1 without and with jumps), in Chebyshev
panels that are halved until their last coefficients drop below the rounding of R.  The difference
of cosines is the product 2 sin((alpha+t)/2) sin((alpha-t)/2): nothing cancels, so R inherits
the relative accuracy of M, about 1e-15.

The slope kernel E phi'phi' is D - T with T = int_0^alpha M dt at level 2, and M/sin alpha at
level 1; T/alpha^r, and M (r = -1) or M/sin alpha (r = 0), are kept on the same panels.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev

from theory.errors import AssumptionError

from .correlation_map import CorrelationMap
from .gaussian_panels import gauss_legendre

__all__ = ["CorrelationTable", "correlation_table", "find_edges", "tabulate"]

DEGREE = 17
_X = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
_TO_CHEBYSHEV = np.linalg.inv(chebyshev.chebvander(_X, DEGREE))
_TO_MONOMIAL = np.zeros((DEGREE + 1, DEGREE + 1))
for _k in range(DEGREE + 1):
    _TO_MONOMIAL[_k, : _k + 1] = chebyshev.cheb2poly(np.eye(DEGREE + 1)[_k, : _k + 1])
_GAUSS_X, _GAUSS_W = gauss_legendre(24)
_TOLERANCE = 3e-15
_NOISE = 1e-12  #: a tail below this that halving does not reduce is rounding of M itself
_FINEST = 1e-5


@dataclass(frozen=True, eq=False)
class CorrelationTable:
    """R on panels ``edges`` of alpha: ``series[p]`` in powers of the panel's own x in [-1, 1].

    ``slopes`` holds the slope kernel in the same way.
    """

    q: float
    level: int
    exponent: int
    edges: np.ndarray
    series: np.ndarray
    accuracy: float
    slopes: np.ndarray | None = None

    def ratio(self, delta):
        """J/(q delta) at level 2, (W - G)/(q delta) at level 1, for an array of delta."""
        return self.ratio_at(2 * np.arcsin(np.sqrt(np.asarray(delta, dtype=float) / 2)))

    def slope(self, delta):
        """T = E phi'^2 - E phi'phi' at level 2, E phi'phi' at level 1, for an array of delta."""
        return self.slope_at(2 * np.arcsin(np.sqrt(np.asarray(delta, dtype=float) / 2)))

    def ratio_at(self, alpha):
        """The ratio at angles alpha, exact also as alpha -> pi."""
        return self._sum(self.series, alpha) * alpha**self.exponent

    def slope_at(self, alpha):
        """The slope at angles alpha."""
        value = self._sum(self.slopes, alpha)
        if self.level == 2:
            return value * alpha**self.exponent
        with np.errstate(divide="ignore"):
            return value / np.sin(alpha) if self.exponent == -1 else value

    def _sum(self, series, alpha):
        panel = np.clip(np.searchsorted(self.edges, alpha, "right") - 1, 0, len(series) - 1)
        left, right = self.edges[panel], self.edges[panel + 1]
        x = (2 * alpha - (left + right)) / (right - left)
        total = np.zeros_like(x)
        for power in range(DEGREE, -1, -1):
            total = total * x + series[panel, power]
        return total


def correlation_table(activation, q, reach=np.pi) -> CorrelationTable:
    """Tabulate R for a NumericActivation at variance q on alpha in [0, reach].

    Raises ``AssumptionError`` if phi' is unbounded (level 0), where no such form exists.

    >>> from .numeric_activation import numeric_activation
    >>> relu = correlation_table(numeric_activation("relu(x)"), 1.0)
    >>> abs(relu.ratio(0.5) - (np.sin(np.pi / 3) - np.pi / 3 / 2) / np.pi) < 1e-15
    np.True_
    """
    source = CorrelationMap(activation, q)
    edges, accuracy = find_edges(source, reach)
    return tabulate(source, edges, accuracy)


def find_edges(source, reach=np.pi):
    """Panel edges on which the reduced M of a CorrelationMap is resolved, and how well."""
    activation = source.activation
    if source.level == 0:
        raise AssumptionError(
            f"a table of 1 - C(c) was asked of {activation.name}, whose derivative is unbounded; "
            "evaluate its correlation map point by point instead"
        )
    return _adapt(source, reach)


def tabulate(source, edges, accuracy):
    """R of a CorrelationMap on given panels."""
    halves = np.diff(edges) / 2
    kernel = [
        _TO_CHEBYSHEV @ source.reduced(left + half * (1 + _X))
        for left, half in zip(edges[:-1], halves, strict=True)
    ]
    series, slopes = np.empty((2, halves.size, DEGREE + 1))
    for panel, half in enumerate(halves):
        alpha = edges[panel] + half * (1 + _X)
        values = _ratio(source, edges, kernel, alpha, panel) / alpha**source.exponent
        series[panel] = _monomial(_TO_CHEBYSHEV @ values)
        slopes[panel] = _monomial(kernel[panel])
        if source.level == 2:
            values = _drop(source, edges, kernel, alpha, panel) / alpha**source.exponent
            slopes[panel] = _monomial(_TO_CHEBYSHEV @ values)
    return CorrelationTable(
        source.q, source.level, source.exponent, edges, series, accuracy, slopes
    )


def _adapt(source, reach):
    start = np.array([0.0, 0.35, 1.2, 2.0, 2.8, np.pi])
    start = np.append(start[start < reach], reach) if reach < np.pi else start
    todo = [(left, right, 1.0) for left, right in pairwise(start)]
    done, accuracy, scale = {}, 0.0, 0.0
    tolerance = _TOLERANCE + 5e-16 * np.sqrt(source.q)
    tolerance = max(tolerance, getattr(source, "noise", 0.0))  # of a source that knows its own
    while todo:
        left, right, parent = todo.pop(0)
        half = (right - left) / 2
        values = source.reduced(left + half * (1 + _X))
        coefficients = _TO_CHEBYSHEV @ values
        scale = max(scale, np.abs(values).max())
        size = np.abs(values).max() if left == 0.0 else scale
        tail = np.abs(coefficients[-2:]).max() / size if size else 0.0
        at_noise = tail < _NOISE and tail > parent / 4
        if tail <= tolerance or at_noise or half < _FINEST:
            done[left] = right
            accuracy = max(accuracy, tail)
        else:
            middle = left + half * (2 / 3 if left == 0.0 else 1.0)
            todo[:0] = [(left, middle, tail), (middle, right, tail)]
    lefts = sorted(done)
    return np.array([*lefts, done[lefts[-1]]]), accuracy


def _ratio(source, edges, kernel, alpha, last):
    """J/(q delta) or (W - G)/(q delta) at angles of panel ``last``."""
    total = np.zeros_like(alpha)
    for panel in range(last + 1):
        t, weight, m = _kernel_nodes(source, edges, kernel, alpha, panel, last)
        if source.level == 2:
            a = alpha[:, None]
            m = m * np.sin((a + t) / 2) * np.sin((a - t) / 2)
        total += (weight * m).sum(axis=1)
    weight = np.sin(alpha / 2) ** 2
    return total / weight if source.level == 2 else total / (2 * weight)


def _drop(source, edges, kernel, alpha, last):
    """T, the integral of M up to angles of panel ``last``."""
    total = np.zeros_like(alpha)
    for panel in range(last + 1):
        _, weight, m = _kernel_nodes(source, edges, kernel, alpha, panel, last)
        total += (weight * m).sum(axis=1)
    return total


def _kernel_nodes(source, edges, kernel, alpha, panel, last):
    """Angles, weights and M for the integral over one panel, up to alpha in the last one."""
    left = np.full_like(alpha, edges[panel])
    right = alpha if panel == last else np.full_like(alpha, edges[panel + 1])
    half = (right - left)[:, None] / 2
    t = left[:, None] + half * (1 + _GAUSS_X)
    x = (t - edges[panel]) * 2 / (edges[panel + 1] - edges[panel]) - 1
    m = chebyshev.chebval(x, kernel[panel])
    return t, half * _GAUSS_W, m * np.sin(t) if source.exponent in (0, 2) else m


def _monomial(coefficients):
    return coefficients @ _TO_MONOMIAL
