r"""Spectra of finite products of random matrices, compared with the limit.

The product D_L W_L ... D_1 W_1 is kept as U diag(d) T with U orthogonal, d graded (as logarithms)
and T well conditioned, so that small singular values keep their relative accuracy however deep the
network is; at the end a one-sided Jacobi method, which respects such grading, finds them.
"""

import math
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.linalg import lapack, qr

from theory.errors import InputError
from theory.spectrum.weights import WEIGHTS

from ..blas_threads import one_blas_thread
from ..input import whole
from ..matrix_sampling import matrix_drawer
from ..result import Provenance, Result
from .slope_law import slope_law

__all__ = ["SpectrumSample", "sample_spectrum"]

#: Draws of standardised entries.
_ENTRIES = {
    "gaussian": lambda random, shape: random.standard_normal(shape),
    "rademacher": lambda random, shape: random.integers(0, 2, shape) * 2.0 - 1.0,
    "uniform": lambda random, shape: random.uniform(-math.sqrt(3), math.sqrt(3), shape),
}
_SMALLEST = 1e-280
_COMPARED = 100  #: more values are compared with an interpolated limit
_LARGE = 600  # matrices for which BLAS may start threads
_EVERY = 8  # layers between two decompositions


@dataclass(frozen=True, eq=False, repr=False)
class SpectrumSample(Result):
    """``values``: squared singular values, one row for each product, ascending.

    ``distance`` is the Kolmogorov-Smirnov distance of all of them to the limit.
    """

    label: str
    n: int
    values: np.ndarray
    distance: float
    provenance: Provenance

    def __repr__(self):
        return f"SpectrumSample({self.label}, n={self.n}, KS={self.distance:.4g})"

    def threshold(self, false_alarm=1e-3) -> float:
        """The distance that ``n`` independent values exceed with at most this probability.

        By the Dvoretzky-Kiefer-Wolfowitz inequality with the values of one product.  Singular
        values repel each other and spread much less than independent ones, and several products
        less still, so the rate is an upper bound once n is much larger than the depth.
        """
        if not 0 < false_alarm < 1:
            raise InputError(f"threshold: false_alarm = {false_alarm} must lie between 0 and 1")
        return math.sqrt(math.log(2.0 / false_alarm) / (2.0 * self.n))

    def agrees(self, false_alarm=1e-3) -> bool:
        """Whether the distance is below ``threshold(false_alarm)``."""
        return self.distance <= self.threshold(false_alarm)

    @property
    def moments(self):
        """The sampled m_1 and m_2."""
        return float(self.values.mean()), float((self.values**2).mean())


def sample_spectrum(spectrum, n, samples, seed, entries="gaussian") -> SpectrumSample:
    """Squared singular values of products of n x n matrices with the law of ``spectrum``."""
    n, samples = whole(n, "n", "sample"), whole(samples, "samples", "sample")
    if entries not in _ENTRIES:
        raise InputError(f"sample: entries = {entries!r}; choose one of {', '.join(_ENTRIES)}")
    law, draw = slope_law(spectrum._activation, spectrum.q), _weights(spectrum, entries)
    # small products gain nothing from threads, and lose much on a busy machine
    with one_blas_thread() if n < _LARGE else nullcontext():
        rows = [
            _one(spectrum, law, n, np.random.default_rng([seed, number]), draw)
            for number in range(samples)
        ]
    values = np.array(rows)
    return SpectrumSample(
        repr(spectrum).split(":")[0] + ")",
        n,
        values,
        _distance(values.ravel(), spectrum),
        Provenance.of("sample", spectrum.activation, seed=seed, n=n, samples=samples),
    )


def _weights(spectrum, entries):
    """A function (random, shape) that draws the weights of a layer, of scale 1."""
    if spectrum.weights not in WEIGHTS:
        return matrix_drawer(spectrum.weights)
    if spectrum._g:
        return lambda random, shape: _ENTRIES[entries](random, shape) / math.sqrt(shape[1])
    return lambda random, shape: _haar(shape[0], random)


def _one(spectrum, law, n, random, draw):
    basis, logs, rest = np.eye(n), np.zeros(n), np.eye(n)
    gain = math.sqrt(spectrum.sigma_w2)
    matrix, rank = np.eye(n), n
    for layer in range(1, spectrum.depth + 1):
        weights = draw(random, (n, n))
        slopes = np.sqrt(law.draw(n, random))
        rank = min(rank, int(np.count_nonzero(slopes)))
        matrix = (gain * slopes)[:, None] * (weights @ matrix)
        if layer % _EVERY == 0 or layer == spectrum.depth:
            basis, logs, rest = _absorb(matrix @ basis, logs, rest)
            matrix = np.eye(n)
    values = _squared(logs, rest)
    values[: n - rank] = 0.0  # what rounding has left of them
    return values


def _haar(n, random):
    """A Haar distributed orthogonal matrix: QR of Gaussian entries, signs made unique."""
    basis, upper = np.linalg.qr(random.standard_normal((n, n)))
    return basis * np.where(np.diag(upper) < 0, -1.0, 1.0)


def _absorb(left, logs, rest):
    """U, log d and T of left * diag(d) * rest, by a QR decomposition with column pivoting."""
    top = logs.max() if np.isfinite(logs.max()) else 0.0
    basis, upper, order = qr(left * np.exp(logs - top), pivoting=True)
    size = np.abs(np.diag(upper))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(size[:, None] > 0, upper / size[:, None], 0.0)
        logs = np.log(size) + top
    empty = size == 0
    scaled[empty, empty] = 1.0
    return basis, logs, scaled @ rest[order]


def _squared(logs, rest):
    """Squared singular values of diag(exp(logs)) * rest, ascending."""
    top = logs.max()
    if not np.isfinite(top):
        return np.zeros(len(logs))
    order = np.argsort(-logs)
    graded = np.exp(logs[order] - top)[:, None] * rest[order]
    sva, _, _, work, _, info = lapack.dgejsv(graded.T, joba=0, jobu=3, jobv=3)
    if info != 0:
        sva, work = np.linalg.svd(graded, compute_uv=False), np.ones(2)
    values = sva * (work[0] / work[1])
    return np.sort(values**2 * math.exp(2 * top))


def _distance(values, spectrum):
    """KS distance; values that underflowed are only compared as a group."""
    values = np.sort(values)
    distinct = values[values > _SMALLEST]
    n = len(values)
    if not len(distinct):
        return abs(1.0 - spectrum.atom)
    # a hair to either side, so that an atom of the limit is not split by rounding
    below = np.searchsorted(values, distinct, side="left") / n
    upto = np.searchsorted(values, distinct, side="right") / n
    above = np.max(upto - _cdf(spectrum, distinct * (1 + 1e-9)))
    return float(max(above, np.max(_cdf(spectrum, distinct * (1 - 1e-9)) - below)))


def _cdf(spectrum, values):
    """The limit's cdf at ascending values; of many, interpolated between some."""
    if len(values) <= _COMPARED or spectrum.smallest == spectrum.largest:
        return spectrum.cdf(values)
    logs = np.log(values)
    near = np.geomspace(1e-4, 0.05, 10)
    ends = np.concatenate([near, np.linspace(0.05, 0.5, _COMPARED // 2)])
    shares = np.unique(np.concatenate([[0.0], ends, 1.0 - ends, [1.0]]))
    places = np.unique(np.quantile(logs, shares))
    return PchipInterpolator(places, spectrum.cdf(np.exp(places)))(logs)
