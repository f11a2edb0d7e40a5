"""Finite networks with every weight drawn: slow, for any law of the weights, for comparison.

Inputs are n-vectors with the Gram matrix V_0 n in a uniformly random position, and W_0 is drawn
from the same law as the other weights.  For Gaussian weights this has the law of
``network_exact``; for other laws it differs by corrections that vanish as n grows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError
from theory.network import Network

from .compile import compile
from .network_exact import explosive_block, numeric_gain
from .random_numbers import key_of

__all__ = ["BrutePaths", "brute_paths", "weight_sampler"]

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

    def prepare(self):
        return self.gain, self.activate(np.zeros(1)), self.root

    def _one(self, path, out):
        """Fill in the covariances of one network; returns the layer of explosion, or -1."""
        net, n = self.network, self.network.width
        random = np.random.default_rng([key_of(self.seed, self.stream), path])
        draw = weight_sampler(net.weights)
        carry, branch, bias = float(net.carry), float(net.branch), float(net.sigma_b2) ** 0.5
        skip = carry != 0.0
        z = np.linalg.qr(random.standard_normal((n, len(self.start))))[0] @ self.root * n**0.5
        v = self.start
        if not skip:
            z = draw(random, (n, n)) @ z / n**0.5
        wanted = dict(zip(self.layers, range(len(self.layers)), strict=True))
        for layer in range(self.layers[-1] + 1):
            if layer in wanted:
                out[wanted[layer]] = v
            if layer == self.layers[-1]:
                break
            with np.errstate(over="ignore", invalid="ignore"):
                y = self.activate(z)
                new = (self.gain / n) ** 0.5 * (draw(random, (n, n)) @ y)
                new += bias * random.standard_normal((n, 1))
                z = carry * z + branch * new
                v = z.T @ z / n if skip else float(net.sigma_b2) + self.gain / n * (y.T @ y)
            if not np.max(np.diag(v)) <= self.limit:
                return layer + 1
        return -1


def weight_sampler(weights):
    """A function of (generator, shape) that draws the weights of a :class:`Network`."""
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
