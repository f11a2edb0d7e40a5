"""Where nodes lie when two neurons are integrated in rotated coordinates."""

import numpy as np

from ..gaussian_panels import Feature, graded_places

__all__ = ["base_level", "equidistant", "graded"]

_WIDE = 8.0


def graded(feature, level):
    """Panel edges around a feature; at a root of the measure of a set fewer than for a pole."""
    if not feature.singular:
        return graded_places(feature, level)
    plain = Feature(feature.place, kinked=True)
    plain = graded_places(plain, level) if level else np.array([feature.place])
    steps = 8.0 ** -np.arange(1, 5 + 3 * level)
    return np.concatenate([plain, feature.place - steps, feature.place + steps])


def base_level(rule, spread):
    """The level of the panels away from features: plain ones where they would be too many."""
    return rule if spread < _WIDE else 0


def equidistant(step, shift=0.0):
    """Nodes and normalised weights; the shift keeps off the origin, where slopes are 0/0."""
    count = int(np.ceil(8.8 / step))
    z = (np.arange(-count, count + 1) + shift) * step
    weight = np.exp(-z * z / 2)
    return z, weight / weight.sum()
