r"""Paths of one-dimensional SDEs by splitting: half a flow, noise, flows and noises, half a flow.

In the coordinate of constant noise (``sde_coordinate``) both parts are exact, the flow up to its
table (``sde_flow``), so the scheme is of weak order 2, cannot leave the interval and does not mind
a drift that enters from an end of it.  A drift that explodes is stopped where noise can no longer
turn it back; the path then explodes at the time the drift takes from there.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError

from .ensemble import Block
from .random_numbers import key_of
from .sde_coordinate import Coordinate, coordinate_of
from .sde_flow import explosion_of, flow, flow_table
from .sde_kernel import line_kernel

__all__ = ["BLOCK_PATHS", "LinePaths", "line_paths", "longest_step"]

#: Paths that one call of the kernel moves; results do not depend on it.
BLOCK_PATHS = 1 << 14


@dataclass(frozen=True, eq=False)
class LinePaths:
    """A task for :func:`numerics.ensemble.run`: v at the steps ``records``, each of length ``h``.

    ``seed`` and ``stream`` key the random numbers.
    """

    coordinate: Coordinate
    start: float
    h: float
    records: tuple[int, ...]
    seed: int = 0
    stream: int = 0
    generator: str = "mix"

    def __call__(self, begin, count) -> Block:
        key, noise = np.uint64(key_of(self.seed, self.stream)), self.coordinate.noise
        y, moved = np.full(count, self.entered), np.zeros(count)
        if self.lost:
            moved += 0.5
        values = np.empty((count, len(self.records)))
        times = None if self.explosion is None else np.full(count, np.inf)
        table, step = self.whole, 0
        for i, record in enumerate(self.records):
            if not self.lost:
                line_kernel(self.generator)(
                    *(key, begin, step, record - step, noise * np.sqrt(self.h)),
                    *(table.cells, table.low, table.inverse_width, self.ceiling),
                    *(y, moved),
                )
            step = record
            values[:, i] = self._seen(y, moved, record, times)
        return Block(values, times)

    @cached_property
    def explosion(self):
        """When the drift alone explodes; None if it does not."""
        return explosion_of(self.coordinate)

    @cached_property
    def ceiling(self):
        return np.inf if self.explosion is None else self.explosion.ceiling(self.h)

    @property
    def lost(self):
        """Whether the start is already where nothing stops the explosion."""
        return bool(self.coordinate.forward(np.array([self.start]))[0] > self.ceiling)

    @cached_property
    def entered(self):
        """y after half a flow from the start."""
        y = self.coordinate.forward(np.array([self.start]))
        if self.lost:
            return float(y[0])
        return float(flow(self.coordinate, y, 0.5 * self.h)[0])

    @cached_property
    def whole(self):
        return flow_table(self.coordinate, self.h, self.entered, self.ceiling)

    @cached_property
    def half(self):
        return flow_table(self.coordinate, 0.5 * self.h, self.entered, self.ceiling)

    def prepare(self):
        """Build tables and kernels before threads want them."""
        return self.entered, self.whole, self.half, line_kernel(self.generator)

    def _seen(self, y, moved, record, times):
        """v at a record, half a flow after the noise; fills in the times of explosions so far."""
        end = self.half(np.minimum(y, self.ceiling))
        if self.explosion is None:
            return self.coordinate.back(end)
        with np.errstate(over="ignore"):
            value = self.coordinate.back(end)
        stopped = y > self.ceiling
        if stopped.any():
            since = (moved[stopped] - 0.5) * self.h
            burst = since + self.explosion.time(y[stopped])
            now = record * self.h
            gone = burst <= now
            left = self.explosion.place(np.where(gone, 1.0, burst - now))
            value[stopped] = np.where(gone, np.inf, self.coordinate.back(left))
            times[np.flatnonzero(stopped)[gone]] = burst[gone]
        return value


def line_paths(reduced, start, h, records, **random) -> LinePaths:
    """The task of a ReducedSDE from ``start``, at least one record.

    Raises InputError if the start is not inside the interval of the SDE (an end is allowed where
    the drift enters from it).
    """
    coordinate = coordinate_of(reduced)
    task = LinePaths(coordinate, start, h, tuple(records), **random)
    low, high = coordinate.interval
    name = reduced.variable
    if not low <= start < high or (start == low and not np.isfinite(task.entered)):
        ends = f"({low:g}, {high:g})"
        raise InputError(
            f"simulate: {name} = {start:g} at the start must lie in {ends}; at an end of it "
            f"{name} does not move"
        )
    return task


def longest_step(reduced) -> float:
    """The longest step that tells explosions of a ReducedSDE from returns; inf without any."""
    coordinate = coordinate_of(reduced)
    explosion = explosion_of(coordinate) if coordinate.noise > 0.0 else None
    return np.inf if explosion is None else explosion.longest_step
