"""One finite network with an asymmetric law of its weights, all of them drawn."""

import numpy as np

from ..matrix_sampling import sample_asymmetric
from .particles import measured

__all__ = ["network"]


@np.errstate(over="ignore", invalid="ignore")  # told of by measured
def network(phi, law, setting, generator, width):
    """The moments by layer of one network, as rows of ``measured``."""
    _, sigma_w2, sigma_b2, depth, q0, c0, _ = setting
    y = generator.standard_normal((1 if c0 is None else 2, width))
    if c0 is not None:
        y[1] = c0 * y[0] + np.sqrt((1.0 - c0) * (1.0 + c0)) * y[1]
    y *= np.sqrt(q0)
    rows = np.empty((depth + 1, 5))
    for layer in range(depth + 1):
        values = phi(y.ravel()).reshape(y.shape)
        rows[layer] = measured(y, values, 0.0)
        if layer < depth:
            weights, bias = sample_asymmetric(law, width, width, sigma_w2, sigma_b2, generator)
            y = values @ weights.T + bias
    return rows
