r"""Finite Gaussian networks, exact in law, as tasks for :func:`numerics.ensemble.run`.

Given the features y of a layer, a network takes part in the next only by a Gram matrix.  Weights
correlated along rows are G P with independent G and P = I - (a/n) 1 1^T, a = 1 - sqrt(1 - kappa):
the features are then P y.  Weights correlated along columns are P G: rows drawn with the
covariance gain/n y y^T are then turned by P, and the bias, which is not, is drawn by itself.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from theory.errors import InputError
from theory.gaussian import E
from theory.network import Network
from theory.network_weights import correlations_of
from theory.symbols import n

from .ensemble import Block
from .mean_shift import shift_of
from .network_kernel import ROW_BITS, activation_kernel, network_kernels
from .random_numbers import key_of

__all__ = ["NetworkPaths", "network_paths", "numeric_gain"]


@dataclass(frozen=True, eq=False)
class NetworkPaths:
    """V (or rho of two inputs) at the ``layers`` of networks that start from a matrix V.

    A network whose norms exceed ``limit`` has exploded at that layer.
    """

    network: Network
    start: np.ndarray
    layers: tuple[int, ...]
    quantity: str = "V"
    limit: float = 1e150
    seed: int = 0
    stream: int = 0
    generator: str = "mix"

    def __call__(self, begin, count) -> Block:
        net, m = self.network, len(self.start)
        width, skip = net.width, not net.carry.is_zero
        kernels, key = self.kernels, self.key
        v = np.repeat(self.start[None], count, axis=0)
        y, burst = np.empty((m, count * width)), np.full(count, -1)
        out = np.empty_like(y) if skip else y
        values = np.empty((count, len(self.layers), m, m))
        if skip:
            kernels.draw(key, begin, 0, width, np.repeat(np.eye(m)[None], count, axis=0), y)
            kernels.gram(width, 1.0, 0.0, np.inf, 0, y, burst, v)
            kernels.place(width, self.start, v, y)
            v[:] = self.start
        seen = 0
        for layer in range(self.layers[-1] + 1):
            if layer == self.layers[seen]:
                values[:, seen] = v
                values[(burst >= 0) & (burst <= layer), seen] = np.inf
                seen += 1
            if layer == self.layers[-1]:
                break
            after = self.limit, layer + 1
            if skip:
                self._features(y, out)
                kernels.gram(width, self.gain, self.bias, *after, out, burst, v)
                self._branch(begin, layer + 1, v, out)
                y *= float(net.carry)
                out *= float(net.branch)
                y += out
                kernels.gram(width, 1.0, 0.0, *after, y, burst, v)
            else:
                if layer == 0:
                    kernels.draw(key, begin, layer, width, v, y)
                else:
                    self._branch(begin, layer, v, y)
                self._features(y, y)
                kernels.gram(width, self.gain, self.bias, *after, y, burst, v)
        return explosive_block(values, burst, self.quantity)

    def _features(self, y, out):
        """phi of a layer, and P phi for weights correlated along their rows."""
        self.activate(self.parameters, y.ravel(), out.ravel())
        if self.shifts[0]:
            self.kernels.centre(self.network.width, self.shifts[0], out)

    def _branch(self, begin, layer, v, y):
        """Rows of the layer with the matrices v, that have y as features if that matters."""
        width, share = self.network.width, self.shifts[1]
        if not share:
            self.kernels.draw(self.key, begin, layer, width, v, y)
            return
        own, bias = np.array(v), self.bias
        if bias:
            own -= bias  # v is the covariance of a row together with its bias
        self.kernels.draw(self.key, begin, layer, width, own, y)
        self.kernels.centre(width, share, y)
        if bias:
            shift = np.empty_like(y)
            key = np.uint64(key_of(int(self.key), 1))
            self.kernels.draw(key, begin, layer, width, np.full_like(v, bias), shift)
            y += shift

    @cached_property
    def kernels(self):
        return network_kernels(self.generator)

    @cached_property
    def key(self):
        return np.uint64(key_of(self.seed, self.stream))

    @cached_property
    def shifts(self):
        """a of the rows and of the columns."""
        return tuple(shift_of(kappa) for kappa in correlations_of(self.network.weights))

    @cached_property
    def activate(self):
        shaping = self.network.shaping
        return activation_kernel(self.network.phi if shaping is None else shaping.expr)

    @cached_property
    def gain(self):
        return numeric_gain(self.network)

    @property
    def bias(self):
        return float(self.network.sigma_b2)

    @cached_property
    def parameters(self):
        shaped = self.network.shaping is not None and n in self.network.shaping.expr.free_symbols
        return np.array([float(self.network.width)] if shaped else [])

    def prepare(self):
        """Compile before threads want the kernel."""
        return self.kernels, self.activate, self.gain, self.shifts, self.key


def network_paths(network, start, layers, quantity, limit, **random) -> NetworkPaths:
    """The task; InputError if the law of the weights or the sizes do not allow it."""
    if correlations_of(network.weights) is None:
        raise InputError(
            f"simulate: the law of a network with {network.law_name} weights is only to be had by "
            "drawing them; use method='brute'"
        )
    m = len(start)
    if (network.depth + 1) * ((m + 1) // 2) >= 1 << ROW_BITS:
        raise InputError(f"simulate: depth {network.depth} with {m} inputs is too deep")
    if not network.carry.is_zero and m > network.width:
        raise InputError(
            f"simulate: {m} inputs of a network with skip connections need a width of at least {m}"
        )
    start = np.ascontiguousarray(start, dtype=float)
    return NetworkPaths(network, start, tuple(layers), quantity, limit, **random)


def numeric_gain(network):
    """sigma_w2 as a float, the normaliser by quadrature."""
    return _normaliser(network.phi) if network.sigma_w2 is None else float(network.sigma_w2)


@lru_cache(maxsize=64)
def _normaliser(phi):
    return 1.0 / float(E(phi**2, 1).evalf(18))


def explosive_block(values, burst, quantity):
    """Values with the layer at which a network exploded, if any did."""
    exploded = burst >= 0
    times = np.where(exploded, burst, np.inf) if exploded.any() else None
    if quantity == "rho":
        with np.errstate(invalid="ignore"):
            v = values
            values = v[..., 0, 1] / np.sqrt(v[..., 0, 0] * v[..., 1, 1])
            values = np.clip(values, -1.0, 1.0)
    return Block(values, times)
