"""Finite networks with every weight drawn: slow, for any law of the weights.

With independent weights, inputs are n-vectors with the Gram matrix V_0 n in a uniformly random
position, and W_0 is drawn from the same law as the other weights.  For Gaussian weights this has
the law of ``network_exact``; for other laws it differs by corrections that vanish as n grows.
With a law of matrices the first pre-activations are N(0, V_0 (x) I_n), as in ``network_exact``.

The V of a layer is sigma_b2 + (sigma_w2/n) sum_i phi phi^T of the layer before (less its part
along 1 where rows are correlated), which is the covariance of a row given that layer, or nearly.
Where it is not, with rows of other covariances and with asymmetric ones, V is z z^T/n itself.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError
from theory.matrix_laws.asymmetric import Asymmetric
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.matrix_laws.orthogonal import Orthogonal
from theory.network import Network

from .compile import compile
from .matrix_sampling import matrix_drawer, sample_asymmetric
from .mean_shift import shift_of
from .network_exact import explosive_block, numeric_gain
from .random_numbers import key_of

__all__ = ["BrutePaths", "brute_paths", "layer_sampler", "weight_sampler"]

#: Laws of mean 0 and variance 1 as functions of a numpy Generator and a shape.
_LAWS = {
    "gaussian": lambda random, size: random.standard_normal(size),
    "rademacher": lambda random, size: 2.0 * random.integers(0, 2, size) - 1.0,
    "uniform": lambda random, size: random.uniform(-(3**0.5), 3**0.5, size),
    "laplace": lambda random, size: random.laplace(0.0, 0.5**0.5, size),
}


@dataclass(frozen=True, eq=False)
class BrutePaths:
    """The same task as :class:`numerics.network_exact.NetworkPaths`, one generator a network."""

    network: Network
    start: np.ndarray
    layers: tuple[int, ...]
    quantity: str = "V"
    limit: float = 1e150
    seed: int = 0
    stream: int = 0

    def __call__(self, begin, count):
        m = len(self.start)
        values = np.full((count, len(self.layers), m, m), np.inf)
        burst = np.full(count, -1)
        for path in range(count):
            burst[path] = self._one(begin + path, values[path])
        return explosive_block(values, burst, self.quantity)

    @cached_property
    def gain(self):
        return numeric_gain(self.network)

    @cached_property
    def activate(self):
        return compile(self.network.phi)

    @cached_property
    def root(self):
        """A square root of the start, also if it is singular."""
        values, vectors = np.linalg.eigh(self.start)
        return vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T

    @cached_property
    def layer(self):
        return layer_sampler(self.network, self.gain)

    @cached_property
    def seen(self):
        """What share of its mean a layer loses on the way to V; None if V is not of that form."""
        law = self.network.weights
        if isinstance(law, Correlated):
            return shift_of(law.correlation) if law.axis == "row" else 0.0
        return None if isinstance(law, MatrixLaw) and not isinstance(law, Orthogonal) else 0.0

    def prepare(self):
        return self.gain, self.activate(np.zeros(1)), self.root, self.layer, self.seen

    def _one(self, path, out):
        """Fill in the covariances of one network; returns the layer of explosion, or -1."""
        net, n = self.network, self.network.width
        random = np.random.default_rng([key_of(self.seed, self.stream), path])
        carry, branch = float(net.carry), float(net.branch)
        skip = carry != 0.0
        z, v = self._first(random, skip), self.start
        wanted = dict(zip(self.layers, range(len(self.layers)), strict=True))
        for layer in range(self.layers[-1] + 1):
            if layer in wanted:
                out[wanted[layer]] = v
            if layer == self.layers[-1]:
                break
            with np.errstate(over="ignore", invalid="ignore"):
                y = self.activate(z)
                weights, bias = self.layer(random)
                z = carry * z + branch * (weights @ y + bias)
                v = z.T @ z / n if skip or self.seen is None else self._row_covariance(y)
            if not np.max(np.diag(v)) <= self.limit:
                return layer + 1
        return -1

    def _first(self, random, skip):
        """Pre-activations whose Gram matrix is the start (with a skip connection), or has it as
        its mean."""
        net, n, m = self.network, self.network.width, len(self.start)
        normal = random.standard_normal((n, m))
        if isinstance(net.weights, MatrixLaw) and not skip:
            return normal @ self.root
        frame, upper = np.linalg.qr(normal)
        frame *= np.copysign(1.0, np.diag(upper))  # as it comes, its first row has fixed signs
        z = frame @ self.root * n**0.5
        return z if skip else weight_sampler(net.weights)(random, (n, n)) @ z / n**0.5

    def _row_covariance(self, y):
        """Of a row of the next layer, its bias included, given the features [neuron, input]."""
        y = y - self.seen * y.mean(axis=0)
        return float(self.network.sigma_b2) + self.gain / len(y) * (y.T @ y)


def layer_sampler(network, gain):
    """A function of a generator that draws the weights, scaled, and the biases of one layer."""
    law, n, bias = network.weights, network.width, float(network.sigma_b2)
    if isinstance(law, Asymmetric):

        def asymmetric(random):
            weights, shift = sample_asymmetric(law, n, n, gain, bias, random)
            return weights, shift[:, None]

        return asymmetric
    draw = weight_sampler(law)

    def layer(random):
        weights = draw(random, (n, n))
        weights *= (gain / n) ** 0.5
        return weights, bias**0.5 * random.standard_normal((n, 1))

    return layer


def weight_sampler(weights):
    """A function of (generator, shape) that draws the weights of a :class:`Network`.

    Their scale is sigma_w2 = fan_in, so that independent ones have variance 1.
    """
    if isinstance(weights, MatrixLaw):
        drawn = matrix_drawer(weights)
        return lambda random, size: drawn(random, size) * size[-1] ** 0.5
    return _LAWS[weights] if isinstance(weights, str) else _drawn_by(weights)


def _drawn_by(law):
    return lambda random, size: np.asarray(law.rvs(size=size, random_state=random), dtype=float)


def brute_paths(network, start, layers, quantity, limit, **random) -> BrutePaths:
    """The task; InputError if there are more inputs than neurons."""
    if len(start) > network.width:
        raise InputError(
            f"simulate: {len(start)} inputs in general position need a width of at least that"
        )
    return BrutePaths(network, np.asarray(start, float), tuple(layers), quantity, limit, **random)
