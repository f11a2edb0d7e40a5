r"""Finite random networks, layer by layer: which units are off, and which networks are dead.

Given a layer, the rows of normal weights give rows of pre-activations on n inputs that are exactly
normal with the covariance sigma_w2/N (m m^T - kappa/N sum m sum m^T) + sigma_b2, which is drawn
instead of the weights where that is cheaper.  Blocks of networks have their own generators: no
result depends on the number of threads.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.matrix_laws.correlated import Correlated

from ..layer_sampling import in_blocks
from ..matrix_sampling import matrix_drawer
from ..mean_shift import shift_of

__all__ = ["DeadSample", "NetworkSampler", "sample_dead"]

_FAR = 1e150
#: Narrower layers have their weights drawn, whatever the law.
_WIDE = 64


@dataclass(frozen=True)
class DeadSample:
    """Sums over networks, by layer.

    ``units`` and ``units_square`` are those of the fraction of units that are off on all inputs
    and of its square, ``single`` those of the fraction off on the first; ``first`` counts the
    networks with a layer so far that is all off on the first input, ``every`` those with one for
    each input.
    """

    units: np.ndarray
    units_square: np.ndarray
    single: np.ndarray
    first: np.ndarray
    every: np.ndarray


@dataclass(frozen=True, eq=False)
class NetworkSampler:
    """``phi`` on arrays, the ``law`` of matrices, ``intervals`` of the zero set (k, 2).

    ``rescale`` says that a common factor of a layer changes nothing: it is then divided out.
    """

    phi: Callable
    law: object
    intervals: np.ndarray
    sigma_w2: float
    sigma_b2: float
    rescale: bool

    def layer(self, m, width, random):
        """Pre-activations [network, unit, input] that follow values m of the same form."""
        networks, fan_in, inputs = m.shape
        if self._by_rows and inputs < fan_in and fan_in >= _WIDE:
            y = self._rows(m, width, random)
        else:
            w = matrix_drawer(self.law)(random, (networks, width, fan_in))
            y = math.sqrt(self.sigma_w2) * np.matmul(w, m)
        if self.sigma_b2:
            y += math.sqrt(self.sigma_b2) * random.standard_normal((networks, width, 1))
        return np.clip(np.nan_to_num(y, nan=_FAR), -_FAR, _FAR)

    @property
    def _by_rows(self):
        """Whether rows are independent and normal."""
        law = self.law
        return isinstance(law, Correlated) and law.axis == "row" and law.entries is None

    def _rows(self, m, width, random):
        m = m - shift_of(self.law.correlation) * m.mean(axis=1, keepdims=True)
        m *= math.sqrt(self.sigma_w2 / m.shape[1])
        inputs = m.shape[2]
        normal = random.standard_normal((len(m), width, inputs))
        if inputs == 1:
            return normal * np.sqrt((m**2).sum(axis=1, keepdims=True))
        # m = Q R with orthonormal columns of Q: G m has the law of G' R
        return np.matmul(normal, np.linalg.qr(m, mode="r"))

    def off(self, y):
        """Where a unit is off."""
        found = np.zeros(y.shape, dtype=bool)
        for low, high in self.intervals:
            found |= (y >= low) & (y <= high)
        return found

    def values(self, y):
        """phi of a layer, divided by its size where that changes nothing."""
        m = self.phi(y)
        if self.rescale:
            size = np.abs(m).max(axis=(1, 2), keepdims=True)
            m = m / np.where(size > 0, size, 1.0)
        return m


def sample_dead(sampler, width, depth, networks, inputs, seed, stream, threads, progress=None):
    """The DeadSample of networks of ``depth`` layers of ``width`` units.

    ``inputs`` is an array (n, d), or a number of N(0, 1) inputs of ``width`` numbers, fresh for
    each network.
    """
    fixed = not isinstance(inputs, int)
    n, d = inputs.shape if fixed else (inputs, width)

    def task(random, count):
        if fixed:
            m = np.broadcast_to(inputs.T, (count, d, n))
        else:
            m = random.standard_normal((count, d, n))
        dead = np.zeros((count, n), dtype=bool)
        sums = np.zeros((5, depth))
        for k in range(depth):
            y = sampler.layer(m, width, random)
            off = sampler.off(y)
            dead |= off.all(axis=1)
            share = off.all(axis=2).mean(axis=1)
            single = off[..., 0].mean()
            sums[:, k] = (
                share.sum(),
                (share**2).sum(),
                single * count,
                dead[:, 0].sum(),
                dead.all(axis=1).sum(),
            )
            m = sampler.values(y)
        return sums

    largest = width * max(width, d, 4 * n)
    blocks = in_blocks(task, networks, largest, seed, stream, threads, progress)
    return DeadSample(*np.sum(blocks, axis=0))
