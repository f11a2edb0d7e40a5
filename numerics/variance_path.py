"""The variance of pre-activations through the layers, for a vector of starts."""

import math

import numpy as np

from .far_tails import LARGE, far_second_moment

__all__ = ["LOWEST", "bends_at_zero", "first_low", "second_moment", "underflow", "variance_path"]

#: Below this variance a float no longer holds E phi^2 to full accuracy.
LOWEST = 1e-290


def variance_path(activation, weight, bias, start, depth):
    """q along the layers for a vector of starts, and the layer from which each is constant."""
    keep = activation.layer.keep
    path = np.empty((depth + 1, start.size))
    path[0] = start
    settled = np.full(start.size, depth, dtype=int)
    degree = activation.homogeneity
    unit = float(activation.W(1.0)) if degree is not None else None
    active = np.ones(start.size, dtype=bool)
    for layer in range(depth):
        q = path[layer]
        with np.errstate(over="ignore"):
            w = unit * q**degree if degree is not None else second_moment(activation, q)
            new = bias + weight * w if keep == 0.0 else keep * q + (bias + weight * w)
        still = np.abs(new - q) <= 4.5e-16 * q
        settled[active & still] = layer
        active &= ~still
        path[layer + 1] = np.where(active, new, q)
        if not active.any() or not np.isfinite(new[active]).any():
            path[layer + 1 :] = path[layer + 1]
            break
    return path, settled, _story(path, settled)


def second_moment(activation, q):
    w = np.where(q == 0.0, activation.at_zero**2, np.inf)
    fine = np.isfinite(q) & (q > 0.0)
    if (q[fine] > LARGE).any():
        far = fine & (q > LARGE)
        w[far] = far_second_moment(activation, q[far])
        fine &= ~far
    if fine.any():
        w[fine] = activation.W(q[fine])
    return w


def _story(path, settled):
    last, depth = path[-1], len(path) - 1
    if depth == 0:
        return "no layer was applied"
    if np.isinf(last).any():
        layer = int(np.isinf(path).any(axis=1).argmax())
        return f"q exceeds the range of floats from layer {layer} on"
    if (settled < depth).all():
        layer = int(settled.max())
        return "q is constant" if layer == 0 else f"q has settled after {layer} layers"
    return "q still moves at the last layer"


def underflow(activation, path):
    """What is said, and done, about c where q is next to nothing."""
    layer = min((first_low(q) for q in path.T), default=len(path))
    if layer == len(path):
        return ""
    if activation.homogeneity is not None and activation.at_zero == 0.0:
        fate = "c does not depend on q"
    elif bends_at_zero(activation):
        fate = "c follows the map of the one-sided tangents of the activation at 0"
    else:
        fate = "c is held"
    return f"; q is below {LOWEST:g} from layer {layer} on, where {fate}"


def bends_at_zero(activation):
    """Whether phi(0) = 0 with different slopes on the two sides."""
    jumps = [jump.sizes for jump in activation.jumps if jump.place == 0.0]
    return any(sizes[0] == 0.0 and 0.0 < abs(sizes[1]) < math.inf for sizes in jumps)


def first_low(q):
    """The layer from which q stays below the smallest usable variance, len(q) if none."""
    high = np.flatnonzero(~(q < LOWEST))
    return int(high[-1]) + 1 if high.size else 0
