r"""Pre-activations of finite random networks with any law of the weights, layer by layer.

    Z_{l+1} = n^{-1/2} W_l phi(Z_l) + b_l,    Z_1 with independent N(0, q_0) entries

Given a layer, the rows of the next are independent, and with Gaussian weights exactly normal, so
that no weight is drawn then.  Normal weights correlated along rows see the layer less a share of
its mean, and those correlated along columns give such a layer.  Networks are cut into blocks of a
size that depends on the shape alone; block k has the generator of (key, k), and results do not
depend on the threads.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .random_numbers import key_of

__all__ = ["LayerSampler", "in_blocks"]

#: So many weights of a layer are drawn at a time.
_WEIGHTS = 1 << 18
_FAR = 1e150


@dataclass(frozen=True, eq=False)
class LayerSampler:
    """``phi`` on arrays, ``draw(random, shape)`` for weights (None: Gaussian), their variance.

    ``shares`` are what normal weights correlated along rows and columns take of the mean.
    """

    phi: Callable
    draw: Callable | None
    gain: float
    bias: float
    shares: tuple[float, float] = (0.0, 0.0)

    def next(self, z, width, random):
        """The layer [network, input, neuron] of ``width`` neurons after z, the same shape."""
        y = _centred(self.phi(z), self.shares[0])
        networks, _, fan_in = y.shape
        if self.draw is None:
            new = _centred(self._gaussian(y, width, random), self.shares[1])
        else:
            weights = self.draw(random, (networks, fan_in, width))
            new = np.matmul(y, weights) / math.sqrt(fan_in)
        if self.bias:
            new += math.sqrt(self.bias) * random.standard_normal((networks, 1, width))
        if not np.isfinite(new).all():
            new = np.nan_to_num(new, nan=_FAR, posinf=_FAR, neginf=-_FAR)
        return np.clip(new, -_FAR, _FAR)

    def _gaussian(self, y, width, random):
        """Rows of N(0, gain/n y y^T): exact, and O(width) for each input."""
        networks, inputs, fan_in = y.shape
        normal = random.standard_normal((networks, inputs, width))
        covariance = self.gain / fan_in * np.matmul(y, np.swapaxes(y, 1, 2))
        if inputs == 1:
            return np.sqrt(covariance) * normal
        # two inputs: the Cholesky factor by hand, with no failure at correlation 1
        first = np.sqrt(covariance[:, 0, 0])
        safe = np.where(first > 0, first, 1.0)
        cross = covariance[:, 0, 1] / safe
        rest = np.sqrt(np.maximum(covariance[:, 1, 1] - cross**2, 0.0))
        one = first[:, None] * normal[:, 0]
        two = cross[:, None] * normal[:, 0] + rest[:, None] * normal[:, 1]
        return np.stack([one, two], axis=1)


def _centred(z, share):
    """Less a share of the mean over the neurons."""
    return z - share * z.mean(axis=-1, keepdims=True) if share else z


def in_blocks(task, networks, weights, seed, stream, threads, progress=None):
    """task(generator, count) for blocks of networks, in order.

    ``weights`` is how many weights a network draws for its largest layer.
    """
    size = max(1, _WEIGHTS // max(1, weights))
    key = key_of(seed, stream)
    counts = [min(size, networks - begin) for begin in range(0, networks, size)]

    def one(k):
        return task(np.random.default_rng([key, k]), counts[k])

    done, found = 0, []
    with ThreadPoolExecutor(threads) as pool:
        for k, result in enumerate(pool.map(one, range(len(counts)))):
            found.append(result)
            done += counts[k]
            if progress is not None:
                progress(done, networks)
    return found
