"""One finite network with an asymmetric law of its weights, all of them drawn."""

import numpy as np

from ..law_sampling import sample
from .particles import measured

__all__ = ["draw_layer", "network"]

_FAR = 1e300


def draw_layer(law, kappa, sigma_w2, sigma_b2, width, fan_in, generator):
    """(W, b) of one layer, shapes (width, fan_in) and (width,)."""
    weights = generator.standard_normal((width, fan_in))
    if kappa:
        # (I - (c/N) 1 1^T)^2 = I - (kappa/N) 1 1^T
        weights -= (1.0 - np.sqrt(1.0 - kappa)) * weights.mean(axis=1, keepdims=True)
    weights *= np.sqrt(sigma_w2 / fan_in)
    bias = np.sqrt(sigma_b2) * generator.standard_normal(width)
    place = generator.integers(0, fan_in + law.bias_slot, width)
    entry = sample(law.entry, width, generator)
    rows = np.nonzero(place < fan_in)[0]
    weights[rows, place[rows]] = entry[rows]
    bias[place == fan_in] = entry[place == fan_in]
    return weights, bias


def network(phi, law, setting, generator, width):
    """The moments by layer of one network, as rows of ``measured``."""
    kappa, sigma_w2, sigma_b2, depth, q0, c0, _ = setting
    y = generator.standard_normal((1 if c0 is None else 2, width))
    if c0 is not None:
        y[1] = c0 * y[0] + np.sqrt((1.0 - c0) * (1.0 + c0)) * y[1]
    y *= np.sqrt(q0)
    rows = np.empty((depth + 1, 5))
    for layer in range(depth + 1):
        values = phi(y.ravel()).reshape(y.shape)
        rows[layer] = measured(y, values, 0.0)
        if layer < depth:
            weights, bias = draw_layer(law, kappa, sigma_w2, sigma_b2, width, width, generator)
            y = np.clip(values @ weights.T + bias, -_FAR, _FAR)
    return rows
