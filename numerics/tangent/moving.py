"""Layers whose variance still moves: rates by a surface in log q, a table, or one by one."""

import math
from dataclasses import replace

import numpy as np

from ..correlation_map import CorrelationMap
from ..correlation_surface import correlation_surface, surface_nodes
from ..correlation_table import correlation_table

__all__ = ["MovingRates"]

#: A table costs as much as this many single values.
_VALUES = 8
#: The length of a surface in log q; single values that cost as much as one of its tables.
_WIDTH, _WORTH = 4.0, 30


class MovingRates:
    """Mean slope and slope of the kernel along a path of variances, for vectors of 1 - c."""

    def __init__(self, activation, path, pairs):
        self.activation, self.pairs = activation, pairs
        self.u = np.log(path[np.isfinite(path) & (path > 0)])
        self.cells = np.floor(self.u / _WIDTH)
        self.surfaces = {}
        self.level = CorrelationMap(activation, float(path[0])).level
        self.bounded = _without_poles(activation) if self.level == 0 else activation

    def at(self, q, delta):
        """(first, second, level) at delta > 0: drops at level 2, else the slopes themselves."""
        cell = math.floor(math.log(q) / _WIDTH)
        if cell not in self.surfaces:
            inside = self.u[self.cells == cell]
            ends = inside.min(), inside.max()
            nodes = surface_nodes(*ends)
            worth = inside.size > nodes and inside.size * self.pairs > _WORTH * nodes
            self.surfaces[cell] = (
                correlation_surface(self.activation, *ends, nodes=nodes)
                if worth and self.level
                else None
            )
        surface = self.surfaces[cell]
        if surface is None and (self.level == 0 or delta.size < _VALUES):
            source = CorrelationMap(self.bounded, q)
            mean = np.array([source.loss(d) / (q * d) for d in delta])
            with np.errstate(divide="ignore"):  # at c = -1
                return mean, np.array([source.slope(1.0 - d, d) for d in delta]), 1
        table = correlation_table(self.activation, q) if surface is None else surface.at(q)
        return table.ratio(delta), table.slope(delta), table.level


def _without_poles(activation):
    """The activation with 0 for an infinite phi', met only at nodes of measure zero."""

    def slope(x):
        values = activation.jet[1](x)
        return np.where(np.isfinite(values), values, 0.0)

    return replace(activation, jet=(activation.jet[0], slope, activation.jet[2]))
