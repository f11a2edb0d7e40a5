r"""(W - G)/q at correlation 1/2 as a function of log q: on which side of 1/2 c* lies.

At a fixed point 1 - C(c) = s^2 (1 - c) + sigma_w2 (W - G)(q, c)/q, whatever sigma_b2 and the
correlation of weights are, so that C(1/2) and 1/2 compare like (1 - s^2)/2 and sigma_w2 H(q) with
H(q) = (W - G)(q, 1/2)/q.  H is interpolated by Chebyshev series that are halved until their last
coefficients are rounding.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from numpy.polynomial import chebyshev

from theory.errors import DivergentExpectationError, PrecisionError
from theory.gaussian import GaussianExpectation
from theory.mean_field import MeanField
from theory.symbols import q as variance
from theory.symbols import rho

from ..compile import compile
from ..correlation_map import CorrelationMap

__all__ = ["HalfTable", "half_table", "is_within_reach", "loss_ratio", "table_around"]

_DEGREE = 19
_PANEL = 2.0
_FINEST = 1.0 / 16
_FAR = 6.0  #: from here on closed forms are used where they exist
_FARTHER = 20.0  #: from here on what slow quadrature would take is left out
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
    closed_form = _closed_ratio(activation) if q >= _FAR else None
    if closed_form is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(closed_form(q))
    return float(CorrelationMap(activation, q).loss(0.5)) / q


@lru_cache(maxsize=64)
def _closed_ratio(activation):
    """H compiled from closed forms of W and G, or None; W - G keeps its digits away from q = 0.

    Quadrature of a smooth phi that turns often is slow at large q, and hopeless far out.
    """
    mf = activation.exact
    if activation.jumps or type(mf) is not MeanField:
        return None
    own, pair = mf.second_moment.doit(), mf.kernel_at_q.subs(rho, sp.Rational(1, 2)).doit()
    if own.has(GaussianExpectation) or pair.has(GaussianExpectation):
        return None
    return compile((own - pair) / variance, [variance])


def _settles(activation, q):
    """Whether coarse quadrature does for a smooth phi without closed form at this large q."""
    if activation.jumps or type(activation.exact) is not MeanField:
        return True
    return _closed_ratio(activation) is not None or CorrelationMap(activation, q).is_fast


def is_within_reach(activation, q):
    """Whether H can be had at q: numbers are finite, and quadrature takes no minutes."""
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            if q >= _FARTHER and not _settles(activation, q):
                return False
            values = loss_ratio(activation, q), float(activation.W(q))
        except (DivergentExpectationError, PrecisionError, OverflowError):
            return False
    return all(0.0 < value < math.inf for value in values)


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
