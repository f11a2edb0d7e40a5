r"""Paths of the covariance SDE of m inputs, dV = b dt + V^{1/2} dH V^{1/2}, kept positive.

Half a flow of the drift, noise, flows and noises, half a flow, on the Cholesky factor of V (see
``sde_matrix_kernel``).  Explosion is decided by the norms V_ii, whose drift is that of one input.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError
from theory.gaussian import GaussianExpectation
from theory.symbols import V, covariance_entry, rho

from .compile import compile
from .ensemble import Block
from .random_numbers import key_of
from .sde_coordinate import coordinate_of
from .sde_flow import explosion_of
from .sde_matrix_kernel import drift_kernel, noise_kernel

__all__ = ["BLOCK_PATHS", "MatrixPaths", "matrix_paths"]

BLOCK_PATHS = 1 << 11


@dataclass(frozen=True, eq=False)
class MatrixPaths:
    """A task for :func:`numerics.ensemble.run`: V (or rho of two inputs) at the ``records``."""

    sde: object
    start: np.ndarray
    h: float
    records: tuple[int, ...]
    quantity: str = "V"
    seed: int = 0
    stream: int = 0
    generator: str = "mix"

    def __call__(self, begin, count) -> Block:
        if self.noise == 0.0 and count > 1:  # all paths are one
            return Block(np.repeat(self(begin, 1).values, count, axis=0))
        m = len(self.start)
        key, shake = np.uint64(key_of(self.seed, self.stream)), noise_kernel(self.generator)
        factor = np.repeat(_factor(self.start)[:, None], count, axis=1)
        shape = () if self.quantity == "rho" else (m, m)
        values = np.empty((count, len(self.records), *shape))
        bursts = _Bursts(self, count) if self.explosion is not None else None
        if bursts:
            bursts.stop(factor, 0)
        self._flow(0.5 * self.h, factor)
        step = 0
        for i, record in enumerate(self.records):
            for k in range(step, record):
                if bursts:
                    bursts.stop(factor, k)
                if k > 0:
                    self._flow(self.h, factor)
                if self.noise > 0.0:
                    shake(key, begin, k, self.noise * self.h, m, factor)
            step = record
            if bursts:
                bursts.stop(factor, record)
            seen = factor.copy()
            self._flow(0.5 * self.h, seen)
            matrices = _matrices(seen, m)
            if bursts:
                bursts.show(matrices, record)
            values[:, i] = _correlation(matrices) if self.quantity == "rho" else matrices
        return Block(values, bursts.times if bursts else None)

    @cached_property
    def noise(self):
        """What multiplies Sigma."""
        return float(self.sde.noise_factor)

    @cached_property
    def explosion(self):
        if self.noise == 0.0:
            return None
        return explosion_of(coordinate_of(self.sde.norm))

    @cached_property
    def still(self):
        """Whether there is no drift at all."""
        return self.sde.cross_drift == 0 and self.sde.norm.drift == 0

    def prepare(self):
        """Build kernels and tables before threads want them."""
        return self.explosion, self.still or self._drift, noise_kernel(self.generator)

    @cached_property
    def _drift(self):
        cross, norm = self.sde.cross_drift, self.sde.norm.drift
        if all(len(node.means) == 1 for node in cross.atoms(GaussianExpectation)):
            return drift_kernel(cross, norm)
        if self.noise > 0.0:
            raise InputError(
                f"simulate: the drift of {self.sde.name} holds a two-point expectation without "
                "closed form, too slow for paths; simulate a Network with this shaping instead"
            )
        return _slow_flow(cross, norm)

    def _flow(self, time, factor):
        if not self.still:
            self._drift(time, len(self.start), factor)


class _Bursts:
    """Which paths of a block were stopped, where, and when they explode."""

    def __init__(self, task, count):
        self.task = task
        self.ceiling = np.exp(task.explosion.ceiling(task.h))
        self.since = np.full(count, np.inf)
        self.kept = None
        self.times = np.full(count, np.inf)

    def stop(self, factor, step):
        """Take note of paths that are above the ceiling for the first time; hold the others."""
        if self.kept is None:
            self.kept = np.zeros_like(factor)
        held = np.isfinite(self.since)
        factor[:, held] = self.kept[:, held]
        new = ~held & ~(_norms(factor).max(axis=0) <= self.ceiling)
        self.since[new] = max(step - 0.5, 0.0) * self.task.h
        self.kept[:, new] = factor[:, new]

    def show(self, matrices, record):
        """V at a record: infinite after the explosion, scaled along the drift before."""
        held = np.flatnonzero(np.isfinite(self.since))
        if not held.size:
            return
        explosion = self.task.explosion
        y = np.log(_norms(self.kept[:, held]).max(axis=0))
        burst = self.since[held] + explosion.time(y)
        left = burst - record * self.task.h
        gone = left <= 0.0
        there = _matrices(self.kept[:, held], len(self.task.start))
        scale = np.exp(explosion.place(np.where(gone, 1.0, left)) - y)
        matrices[held] = np.where(gone[:, None, None], np.inf, there * scale[:, None, None])
        self.times[held[gone]] = burst[gone]


def matrix_paths(sde, start, h, records, quantity, **random) -> MatrixPaths:
    """The task of a CovarianceSDE from the matrix ``start``.

    Raises InputError if its drift holds a parameter without a value.
    """
    coordinate_of(sde.norm)
    names = {"V11", "V22", "rho", "V"}
    strangers = {str(s) for s in sde.cross_drift.free_symbols | sde.noise_factor.free_symbols}
    if strangers - names:
        unknown = ", ".join(sorted(strangers - names))
        raise InputError(
            f"simulate: the drift of {sde.name} depends on {unknown}; give every parameter a value"
        )
    return MatrixPaths(sde, np.asarray(start, float), h, tuple(records), quantity, **random)


def _slow_flow(cross, norm):
    """The function ``flow(h, m, l)`` of ``drift_kernel`` by quadrature, for one path."""
    cross = compile(cross, [covariance_entry(1, 1), covariance_entry(2, 2), rho])
    norm = compile(norm, [V])

    def drift(v):
        first, second = np.tril_indices(len(v), -1)
        size = np.diag(v)
        b = np.diag(np.atleast_1d(norm(size)))
        if len(v) > 1:
            root = np.sqrt(size[first] * size[second])
            r = np.clip(v[first, second] / root, -1.0, 1.0)
            b[first, second] = b[second, first] = cross(size[first], size[second], r)
        return b

    def flow(h, m, factor):
        v = _matrices(factor, m)[0]
        k1 = drift(v)
        k2 = drift(v + 0.5 * h * k1)
        k3 = drift(v + 0.5 * h * k2)
        k4 = drift(v + h * k3)
        factor[:, 0] = _factor(v + (h / 6.0) * (k1 + 2.0 * (k2 + k3) + k4))

    return flow


def _factor(v):
    """The Cholesky factor of a semidefinite matrix, as a row of its lower entries."""
    m = len(v)
    lower = np.zeros((m, m))
    for j in range(m):
        rest = v[j:, j] - lower[j:, :j] @ lower[j, :j]
        if rest[0] > 1e-15 * v[j, j]:
            lower[j:, j] = rest / np.sqrt(rest[0])
    return lower[np.tril_indices(m)]


def _matrices(factor, m):
    lower = np.zeros((factor.shape[1], m, m))
    rows, columns = np.tril_indices(m)
    lower[:, rows, columns] = factor.T
    return lower @ lower.transpose(0, 2, 1)


def _norms(factor):
    """V_ii of every path: the rows of squares of the factor, added up."""
    squares, norms, begin = factor**2, [], 0
    while begin < len(factor):
        size = len(norms) + 1
        norms.append(squares[begin : begin + size].sum(axis=0))
        begin += size
    return np.array(norms)


def _correlation(v):
    with np.errstate(invalid="ignore"):
        return v[:, 0, 1] / np.sqrt(v[:, 0, 0] * v[:, 1, 1])
