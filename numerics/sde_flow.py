"""The flow of a one-dimensional drift over a fixed time, tabulated; and the time to explosion.

A splitting scheme alternates the exact flow of dy/dt = g(y) with Gaussian increments.  The flow is
integrated once for the fixed step and kept as D(y) = flow(y) - y on a fine table of lines.  A
drift that reaches infinity in finite time has no flow there: with tau(y) the time it takes, paths
with tau(y) <= 2 h are stopped, because noise can no longer turn them back, and explode tau(y)
later.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from theory.errors import InputError

from .sde_coordinate import Coordinate

__all__ = ["Explosion", "FlowTable", "explosion_of", "flow", "flow_table"]

#: Cells of the table for each unit of y.
_CELLS = 64
#: The points of Gauss's rule on [0, 1].
_GAUSS = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)
#: The bits of a cell that hold the rise.
_LOW_BITS = (1 << 24) - 1
#: The table reaches from here to here, beyond which the drift is linear to double precision.
_LOW, _HIGH = -24.0, 24.0
#: A path is stopped when the drift alone would explode within so many steps.
_STOP = 2.0
#: How much less likely a return is made by the drift beyond the ceiling, as a power of e.
_BARRIER = 12.0
#: The last w at which the drift is looked at: V = exp(80).
_LAST = 80.0


@dataclass(frozen=True, eq=False)
class FlowTable:
    """D(y) as a straight line in each cell: of 64 bits, 40 hold its start and 24 its rise.

    The line of a cell is the best one in the mean, so errors average out (each is below 10^-6 h);
    one word for a cell means one load for a step.  The first and the last line go on for ever.
    """

    low: float
    cells: np.ndarray

    @property
    def inverse_width(self):
        return float(_CELLS)

    def __call__(self, y):
        """flow(y), by the formula of the kernel."""
        place = (y - self.low) * _CELLS
        cell = np.clip(place, 0, len(self.cells) - 1).astype(int)
        word = self.cells[cell]
        start, rise = (word & ~_LOW_BITS).view(float), (word << 40).view(float)
        return y + (start + rise * (place - cell))


@dataclass(frozen=True, eq=False)
class Explosion:
    """Time to explosion under the drift alone, tabulated as log tau on a grid of w."""

    coordinate: Coordinate
    w: np.ndarray
    log_tau: np.ndarray
    longest_step: float

    def time(self, y):
        """tau(y): infinite where the drift does not lead to infinity."""
        w = self.coordinate.to_w(y)
        log_tau = np.interp(w, self.w, self.log_tau, left=np.inf)
        return np.exp(np.where(w > self.w[-1], self.log_tau[-1] - (w - self.w[-1]), log_tau))

    def place(self, tau):
        """The y from which the drift explodes after ``tau``."""
        w = np.interp(-np.log(tau), -self.log_tau, self.w)
        return self.coordinate.from_w(w)

    def ceiling(self, step):
        """Above this y a path is stopped; at least that far the flow over a step is finite."""
        return float(self.place(_STOP * step))


def flow(coordinate, y, time, substeps=None):
    """The flow of the drift over ``time`` from an array ``y``, by classical Runge-Kutta in w."""
    w = np.atleast_1d(coordinate.to_w(y))
    count = substeps or _substeps(time)
    h, f = time / count, coordinate.speed
    for _ in range(count):
        k1 = f(w)
        k2 = f(w + 0.5 * h * k1)
        k3 = f(w + 0.5 * h * k2)
        k4 = f(w + h * k3)
        w = coordinate.to_w(coordinate.from_w(w + (h / 6.0) * (k1 + 2.0 * (k2 + k3) + k4)))
    return coordinate.from_w(w)


@lru_cache(maxsize=32)
def flow_table(coordinate, time, start, ceiling=np.inf):
    """The flow over ``time`` on a table that holds ``start`` and ends at ``ceiling``."""
    low, high = _LOW, _HIGH
    if coordinate.tame == "none":
        low, high = _not_stiff(coordinate, start, time)
    elif coordinate.tame != "right":
        entered = float(flow(coordinate, np.array([-np.inf]), time)[0])
        if np.isfinite(entered):  # the flow forgets where it entered
            low = min(low, entered - 8.0)
    # one cell more, so that the stopped paths' last step is inside
    high = min(high, np.ceil(ceiling * _CELLS) / _CELLS + 1.0 / _CELLS)
    low = np.floor(low * _CELLS) / _CELLS
    # the line through two Gauss points is the best one in the mean for a parabola
    cells = np.arange(round((high - low) * _CELLS))[:, None]
    y = low + (cells + _GAUSS) / _CELLS
    move = flow(coordinate, y.ravel(), time).reshape(y.shape) - y
    if not np.isfinite(move).all():
        where = float(coordinate.back(y[~np.isfinite(move)][0]))
        raise InputError(f"simulate: the drift is not finite at {where:g}; take more steps")
    rise = (move[:, 1] - move[:, 0]) / (_GAUSS[1] - _GAUSS[0])
    return FlowTable(float(low), _packed(move[:, 0] - _GAUSS[0] * rise, rise))


def _packed(start, rise):
    """Two columns of floats in one of words, each rounded to the bits it gets."""
    upper = (start.view(np.int64) + (1 << 23)) & ~_LOW_BITS
    return upper | (((rise.view(np.int64) + (1 << 39)) >> 40) & _LOW_BITS)


def _substeps(time):
    return max(8, int(np.ceil(128 * time)))


def _not_stiff(coordinate, start, time):
    """Around the start, where explicit steps are stable; beyond, the flow forgets where it was."""
    y = np.linspace(start - _HIGH, start + _HIGH, 2 * int(_HIGH) * _CELLS + 1)
    with np.errstate(all="ignore"):
        slope = np.diff(coordinate.speed(y)) * _CELLS * time / _substeps(time)
        stiff = np.flatnonzero(~(np.abs(slope) < 1.5))
    middle = len(slope) // 2
    below, above = stiff[stiff < middle], stiff[stiff >= middle]
    first = below[-1] + 1 if below.size else 0
    last = above[0] if above.size else len(slope)
    if last - first < 8 * _CELLS:
        raise InputError(
            f"simulate: the drift is too steep at {start:g} for {coordinate.name}; take more steps"
        )
    return y[first], y[last]


@lru_cache(maxsize=32)
def explosion_of(coordinate) -> Explosion | None:
    """The times to explosion of the drift, None if it does not explode.

    Whether the integral of 1/speed converges at infinity is read off from its values over
    [20, 40] and [40, 80], where the drifts of this theory are powers or exponentials.
    """
    if not np.isinf(coordinate.interval[1]) or coordinate.tame != "left":
        return None
    cells = 60 * 32
    edges = np.linspace(_LAST - 60.0, _LAST, cells + 1)
    if not _converges(coordinate, edges):
        return None
    edges = np.linspace(0.0, _LAST, int(_LAST) * 32 + 1)
    inverse = _inverse_speeds(coordinate, edges)
    outward = np.cumprod((inverse >= 0.0).all(axis=1)[::-1])[::-1].astype(bool)
    used = outward & (inverse > 0.0).all(axis=1)
    pieces = _integrals(inverse, edges)[used]
    tail = pieces[-1] / max(np.expm1(np.log(pieces[-2] / pieces[-1])), 1e-3)
    tau = np.cumsum(np.append(tail, pieces[::-1]))[::-1]
    first = int(np.flatnonzero(used)[0])
    w = edges[first : first + len(tau)]
    return Explosion(coordinate, w, np.log(tau), _longest_step(coordinate, w, tau, inverse[used]))


def _longest_step(coordinate, w, tau, inverse):
    """The longest step for which paths are stopped where they return with probability e^-12.

    That is where 2 g/s^2, integrated over y, has grown by 12 since the drift points outward.
    """
    slope = (1.0 / inverse) / np.expm1(-(w[:-1, None] + (w[1] - w[0]) * 0.5)) ** 2
    barrier = np.cumsum(_integrals(slope, w)) * 2.0 / coordinate.noise**2
    sure = int(np.searchsorted(barrier, _BARRIER))
    return float(tau[min(sure + 1, len(tau) - 1)] / _STOP)


_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def _converges(coordinate, edges):
    inverse = _inverse_speeds(coordinate, edges)
    if not (inverse >= 0.0).all():
        return False
    if not inverse.any():
        return True
    pieces = _integrals(inverse, edges)
    third = len(pieces) // 3
    return bool(pieces[third:].sum() < 0.9 * pieces[:third].sum())


def _inverse_speeds(coordinate, edges):
    """1/speed at eight points of each cell; 0 where the speed overflows."""
    width = edges[1] - edges[0]
    w = edges[:-1, None] + 0.5 * width * (1.0 + _POINTS)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        speed = np.asarray(coordinate.speed(w.ravel())).reshape(w.shape)
        return np.where(np.isfinite(speed), 1.0 / speed, 0.0)


def _integrals(inverse, edges):
    return 0.5 * (edges[1] - edges[0]) * (inverse @ _WEIGHTS)
