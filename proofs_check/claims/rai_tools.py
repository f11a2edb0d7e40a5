r"""Second routes for claims on asymmetric initialization: one ReLU layer by quadrature, networks.

Nothing here uses the toolkit's theory.  The replaced entry has the law Beta(2, 1), v = sqrt(U); it
stands at one of the N places of the weights (the slot of the bias is left alone).
"""

import math
from functools import lru_cache

from .correlated_networks import weights

__all__ = ["drawn_units", "grown_networks", "grown_particles", "law_after", "normal_growth"]


def _entry(generator, size):
    import numpy as np

    return np.sqrt(generator.random(size))


def _matrix(generator, kappa, weight, rows, width):
    """(rows, width): rows of weights with one positive entry each."""
    import numpy as np

    matrix = weights(generator, kappa, (rows, width)) * math.sqrt(weight / width)
    place = generator.integers(0, width, rows)
    matrix[np.arange(rows), place] = _entry(generator, rows)
    return matrix


def drawn_units(generator, count, kappa, weight, values):
    """y = w^T h of ``count`` rows; ``values`` is a vector h, or the width of independent (z)_+."""
    import numpy as np

    if not isinstance(values, int):
        h = np.asarray(values, dtype=float)
        return _matrix(generator, kappa, weight, count, len(h)) @ h
    found = np.empty(count)
    for start in range(0, count, 2000):
        size = min(2000, count - start)
        h = np.maximum(generator.standard_normal((size, values)), 0.0)
        matrix = _matrix(generator, kappa, weight, size, values)
        found[start : start + size] = (matrix * h).sum(axis=1)
    return found


# ---------------------------------------------------------------- the layer after N(0, 1)


@lru_cache(maxsize=1)
def _nodes():
    """Nodes of t = v (z)_+ and weights; the half z < 0 gives t = 0."""
    import numpy as np

    node, mass = np.polynomial.legendre.leggauss(60)
    z, dz = 5 * (1 + node), 5 * mass
    dz = dz * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    v, dv = (1 + node) / 2, mass / 2
    t = np.append(0.0, np.outer(z, v).ravel())
    return t, np.append(0.5, np.outer(dz, 2 * v * dv).ravel())


def normal_part(kappa, weight):
    """a of the layer after y ~ N(0, 1): s = 1/2, m = 1/sqrt(2 pi)."""
    return math.sqrt(weight * (0.5 - kappa / (2 * math.pi)))


def law_after(kappa, weight):
    """(distribution function, E relu(y)^2, E relu(y)) of y = a Z + v (z)_+."""
    import numpy as np
    from scipy.special import ndtr

    a, (t, mass) = normal_part(kappa, weight), _nodes()
    grid = np.linspace(-8 * a, 8 * a + 8, 1500)
    values = ndtr((grid[:, None] - t) / a) @ mass
    bell = np.exp(-t * t / (2 * a * a)) / math.sqrt(2 * math.pi)
    second = ((a * a + t * t) * ndtr(t / a) + a * t * bell) @ mass
    first = (t * ndtr(t / a) + a * bell) @ mass
    return (lambda y: np.interp(y, grid, values)), float(second), float(first)


# ---------------------------------------------------------------- growth


def grown_particles(generator, count, kappa, weight, depth=24, size=4000, last=8):
    """(growth of s per layer over the ``last`` layers, P(y <= 0)) of ``count`` populations."""
    import numpy as np

    y = generator.standard_normal((count, size))
    rows = np.arange(count)[:, None]
    log_growth, off = np.zeros(count), np.zeros(count)
    for layer in range(depth + 1):
        h = np.maximum(y, 0.0)
        s = (h * h).mean(axis=1, keepdims=True)
        if layer > depth - last:
            log_growth += np.log(s[:, 0]) / last
            off += (y <= 0).mean(axis=1) / last
        h /= np.sqrt(s)
        spread = 1 - kappa * h.mean(axis=1, keepdims=True) ** 2
        y = np.sqrt(weight * spread) * generator.standard_normal((count, size))
        y += _entry(generator, (count, size)) * h[rows, generator.integers(0, size, y.shape)]
    return np.exp(log_growth), off


def grown_networks(generator, count, kappa, weight, depth=9, width=200, last=4):
    """The growth of s per layer over the ``last`` layers of ``count`` networks."""
    import numpy as np

    found = np.empty(count)
    for number in range(count):
        h, squares = np.maximum(generator.standard_normal(width), 0.0), []
        for _ in range(depth):
            h = np.maximum(_matrix(generator, kappa, weight, width, width) @ h, 0.0)
            squares.append((h * h).mean())
        found[number] = (squares[-1] / squares[-1 - last]) ** (1 / last)
    return found


def normal_growth(kappa, weight):
    """The growth if y were normal in every layer, with the mean and variance of a layer."""
    second, first, growth = 0.5, 1 / math.sqrt(2 * math.pi), 1.0
    for _ in range(200):
        mean = 2 / 3 * first
        spread = math.sqrt(weight * (second - kappa * first**2) + second / 2 - mean**2)
        below = math.erfc(-mean / spread / math.sqrt(2)) / 2
        bell = math.exp(-((mean / spread) ** 2) / 2) / math.sqrt(2 * math.pi)
        after = (spread**2 + mean**2) * below + spread * mean * bell
        growth = after / second
        second, first = 1.0, (mean * below + spread * bell) / math.sqrt(after)
    return growth
