r"""(W - G)/q at correlation 1/2 as a function of log q: on which side of 1/2 c* lies.

At a fixed point 1 - C(c) = s^2 (1 - c) + sigma_w2 (W - G)(q, c)/q, whatever sigma_b2 and the
correlation of weights are, so that C(1/2) and 1/2 compare like (1 - s^2)/2 and sigma_w2 H(q) with
H(q) = (W - G)(q, 1/2)/q.  H is interpolated by Chebyshev series that are halved until their last
coefficients are rounding.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from ..correlation_map import CorrelationMap

__all__ = ["HalfTable", "half_table", "loss_ratio", "table_around"]

_DEGREE = 19
_PANEL = 2.0
_FINEST = 1.0 / 16
_TOLERANCE = 1e-14
_X = np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))
_TO_CHEBYSHEV = np.linalg.inv(chebyshev.chebvander(_X, _DEGREE))


def loss_ratio(activation, q):
    """H at one q > 0."""
    if activation.homogeneity is not None and q != 1.0:
        return loss_ratio(activation, 1.0) * q ** (activation.homogeneity - 1.0)
    return _ratio(activation, float(q))


@lru_cache(maxsize=4096)
def _ratio(activation, q):
    return float(CorrelationMap(activation, q).loss(0.5)) / q


@dataclass(frozen=True, eq=False)
class HalfTable:
    """Chebyshev series of log H between ``edges`` of log q."""

    edges: np.ndarray
    series: np.ndarray

    def log(self, u):
        """log H at an array of log q inside the table."""
        u = np.asarray(u, dtype=float)
        panel = np.clip(np.searchsorted(self.edges, u, "right") - 1, 0, len(self.series) - 1)
        left, right = self.edges[panel], self.edges[panel + 1]
        return chebyshev.chebval(
            (2 * u - (left + right)) / (right - left), self.series.T[:, panel], tensor=False
        )


@lru_cache(maxsize=64)
def half_table(activation, first, last) -> HalfTable:
    """The table over panels ``first`` to ``last`` (whole numbers) of width 2 in log q."""
    panels = [panel for k in range(first, last + 1) for panel in _panels(activation, k)]
    edges = np.array([left for left, _, _ in panels] + [panels[-1][1]])
    return HalfTable(edges, np.array([series for _, _, series in panels]))


def table_around(activation, q):
    """The table that covers an array of q > 0."""
    first, last = (int(np.floor(np.log(f(q)) / _PANEL)) for f in (np.min, np.max))
    return half_table(activation, first, last)


@lru_cache(maxsize=1024)
def _panels(activation, index):
    """Panels (left, right, series) that resolve cell ``index``."""
    todo, done = [(index * _PANEL, (index + 1) * _PANEL, 1.0)], []
    while todo:
        left, right, parent = todo.pop(0)
        middle, half = (left + right) / 2, (right - left) / 2
        values = np.log([loss_ratio(activation, q) for q in np.exp(middle + half * _X).tolist()])
        series = _TO_CHEBYSHEV @ values
        tail = np.abs(series[-2:]).max()
        at_noise = tail < 1e-11 and tail > parent / 4
        if tail <= _TOLERANCE or at_noise or right - left <= _FINEST:
            done.append((left, right, series))
        else:
            todo[:0] = [(left, middle, tail), (middle, right, tail)]
    return done
