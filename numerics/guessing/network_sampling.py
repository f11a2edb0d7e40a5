r"""Finite random classifiers on many inputs: centres and spreads of neurons, fractions of guesses.

Node i of a layer has over the inputs the mean mu_i and the variance sigma_i^2.  For each network
and layer the means over nodes of mu_i^2 and sigma_i^2 are kept, measured and as expected given
the layer before (the latter is free of the chance of N nodes): their ratio is that network's
gamma.  The classes are the first neurons of the last layer, the next neurons a second classifier
on the same hidden layers, and so on: given these, such readouts are independent.
"""

from dataclasses import dataclass

import numpy as np

from ..layer_sampling import in_blocks

__all__ = ["NetworkSample", "sample_networks"]


@dataclass(frozen=True, eq=False)
class NetworkSample:
    """``centre``, ``spread`` and the ``expected`` ones [network, layer]; ``counts`` [network,
    readout, class]."""

    centre: np.ndarray
    spread: np.ndarray
    expected_centre: np.ndarray
    expected_spread: np.ndarray
    counts: np.ndarray


def sample_networks(
    layer, width, depth, networks, readouts, data, seed, threads, progress=None
) -> NetworkSample:
    """Draw ``networks`` networks of ``depth`` layers of weights; see :class:`NetworkSample`.

    ``readouts`` is (how many, classes), ``data`` an array (N, d), or (N, d) for fresh N(0, 1)
    inputs for every network.  The last layer is as wide as the others.
    """
    fresh = isinstance(data, tuple)
    inputs, dimension = data if fresh else data.shape
    many, classes = readouts

    def task(random, count):
        return [one(random) for _ in range(count)]

    def one(random):
        x = random.standard_normal((inputs, dimension)) if fresh else data
        rows = np.empty((4, depth))
        rows[2:, 0] = _of_linear(layer, x.T)
        z = layer.first(x, width, random)
        rows[:2, 0] = _moments(z)
        for k in range(1, depth):
            rows[2:, k] = _of_linear(layer, layer.features(z)) + layer.skip**2 * rows[:2, k - 1]
            z = layer.next(z, width, random)
            rows[:2, k] = _moments(z)
        winners = z[: many * classes].reshape(many, classes, -1).argmax(axis=1)
        return rows, [np.bincount(row, minlength=classes) for row in winners]

    layer.phi(np.zeros(1))  # compiled before threads want it
    work = width * max(inputs, width, dimension)
    blocks = in_blocks(task, networks, work, seed, 0, threads, progress)
    rows, counts = zip(*(found for block in blocks for found in block), strict=True)
    return NetworkSample(*np.moveaxis(np.array(rows), 1, 0), np.array(counts))


def _moments(z):
    """Means over the rows of the squared mean and the variance over the columns."""
    mean = z.mean(axis=1)
    return np.mean(mean**2), np.mean(z.var(axis=1))


def _of_linear(layer, m):
    """What the moments of W m + b are expected to be."""
    centre, spread = _moments(m)
    return np.array([layer.sigma_b2 + layer.sigma_w2 * centre, layer.sigma_w2 * spread])
