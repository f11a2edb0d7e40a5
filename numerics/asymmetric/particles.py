r"""Populations of neurons, each layer drawn from the one below: y_i = a Z_i + v_i phi(y_J(i)).

A population is one wide layer whose normal part follows from its own s and m, so that its
particles interact; independent populations give honest errors.  The random numbers of a population
depend on the seed and its number alone.  For phi of degree 1 the values are rescaled in each
layer, and the logarithm of the scale is kept.
"""

import numpy as np

from theory.errors import PrecisionError

from ..law_sampling import sample

__all__ = ["measured", "population"]


@np.errstate(over="ignore", invalid="ignore")  # told of by measured
def population(phi, law, setting, generator, size):
    """The moments by layer of one population, as rows of :func:`measured`.

    ``setting`` is (kappa, sigma_w2, sigma_b2, depth, q0, c0, rescaled).
    """
    kappa, sigma_w2, sigma_b2, depth, q0, c0, rescaled = setting
    y = np.sqrt(q0) * _pair(generator, size, c0)
    rows, log_scale = np.empty((depth + 1, 5)), 0.0
    for layer in range(depth + 1):
        values = phi(y.ravel()).reshape(y.shape)
        second, first = np.mean(values**2, axis=1), np.mean(values, axis=1)
        rows[layer] = measured(y, values, log_scale)
        if layer == depth:
            break
        if rescaled and second[0] > 0.0:
            unit = np.sqrt(second[0])
            values, second, first = values / unit, second / second[0], first / unit
            log_scale += np.log(unit)
        bias = sigma_b2 * np.exp(-2.0 * log_scale) if sigma_b2 else 0.0
        variances = bias + sigma_w2 * (second - kappa * first**2)
        cross = 0.0
        if c0 is not None:
            common = np.mean(values[0] * values[1]) - kappa * first[0] * first[1]
            cross = bias + sigma_w2 * common
        y = _normal_part(generator, size, variances, cross)
        place = generator.integers(0, size, size, dtype=np.int32)
        y += sample(law.entry, size, generator) * values[:, place]
    return rows


def measured(y, values, log_scale):
    """(log s, log E y^2, m/sqrt(s), P(y <= 0), c) of a layer with values phi(y), one or two rows.

    ``log_scale`` is the logarithm of the unit of y.  In a layer of zeros the ratios are 0.
    """
    with np.errstate(over="ignore"):
        second, square = np.mean(values[0] ** 2), np.mean(y**2, axis=1)
    if not np.isfinite([second, *square]).all():
        raise PrecisionError(
            "squares of the signal exceed the range of floats; take fewer layers or smaller "
            "weights"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        norm = np.sqrt(square[0]) * np.sqrt(square[-1])
        c = np.mean(y[0] * y[-1]) / norm if norm > 0.0 else 0.0
        return (
            np.log(second) + 2 * log_scale,
            np.log(square[0]) + 2 * log_scale,
            np.mean(values[0]) / np.sqrt(second) if second > 0.0 else 0.0,
            np.mean(y[0] <= 0.0),
            c,
        )


def _normal_part(generator, size, variances, cross):
    if len(variances) == 1:
        return np.sqrt(variances[0]) * generator.standard_normal((1, size))
    root = np.sqrt(variances)
    c = cross / (root[0] * root[1]) if root.all() else 0.0
    return root[:, None] * _pair(generator, size, np.clip(c, -1.0, 1.0))


def _pair(generator, size, c):
    """One row of normals, or two of correlation c."""
    if c is None:
        return generator.standard_normal((1, size))
    z, w = generator.standard_normal((2, size))
    return np.stack([z, c * z + np.sqrt((1.0 - c) * (1.0 + c)) * w])
