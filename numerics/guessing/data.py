r"""``data_statistics``: what the guessing bias needs to know of a data set.

    q_a = x_a.x_a/d,    q_ab = x_a.x_b/d,    c_0 = mean q_ab / mean q_a

The mean of q_ab over pairs of different inputs comes from the sum of the inputs, that of the
squared cosines from the d×d matrix of products (or in blocks): no N×N matrix is ever held.
"""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..random_numbers import key_of
from ..result import Provenance, Result

__all__ = ["DataStatistics", "data_statistics", "rows_of", "standardised"]

_LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_BINS = 20_000
_BLOCK = 256
#: Quantiles of cosines are taken from so many inputs.
_MOST = 10_000
#: Inputs whose Gram matrix is kept.
_KEPT = 400


@dataclass(frozen=True, eq=False, repr=False)
class DataStatistics(Result):
    """Norms and pairwise covariances of ``count`` inputs of ``dimension`` numbers.

    ``mean_norm`` and ``norm_spread`` are the mean and the standard deviation of x.x/d,
    ``mean_covariance`` the mean of x.x'/d over pairs of different inputs (exact; nan for one
    input), ``mean_cosine`` and ``cosine_spread`` those of the cosines of pairs.
    ``norm_quantiles`` and ``cosine_quantiles`` are at ``levels``; the latter from at most 10 000
    inputs and to 1e-4, like the ``histogram`` of cosines on [-1, 1].  ``gram`` holds x.x'/d of
    ``kept`` inputs, all of them or a sample.
    """

    count: int
    dimension: int
    mean_norm: float
    norm_spread: float
    levels: tuple
    norm_quantiles: np.ndarray
    mean_covariance: float
    mean_cosine: float
    cosine_spread: float
    cosine_quantiles: np.ndarray
    histogram: np.ndarray
    gram: np.ndarray
    kept: np.ndarray
    preparation: str
    provenance: Provenance

    @property
    def c0(self):
        """The effective correlation, mean covariance over mean norm."""
        return self.mean_covariance / self.mean_norm

    @property
    def norm_variation(self):
        """The standard deviation of x.x/d over its mean: 0 for inputs of one norm."""
        return self.norm_spread / self.mean_norm

    @property
    def statement(self) -> str:
        """How far the data are from one norm and one correlation, in one sentence."""
        return (
            f"norms vary by {self.norm_variation:.1%} of their mean, cosines of pairs by "
            f"{self.cosine_spread:.3g} around {self.mean_cosine:.3g}; equal norms and one "
            f"correlation c0 = {self.c0:.4g} are the homogeneous picture of these data"
        )

    def __repr__(self):
        return (
            f"DataStatistics(count={self.count}, dimension={self.dimension}, "
            f"mean_norm={self.mean_norm:.5g}, c0={self.c0:.5g})"
        )

    def __str__(self):
        lines = [repr(self)]
        if self.preparation:
            lines.append(f"  inputs {self.preparation}")
        lines.append(f"  {self.statement}")
        lines.append("  quantile " + "".join(f"{level:>10.0%}" for level in self.levels))
        for name, row in (("x.x/d", self.norm_quantiles), ("cosine", self.cosine_quantiles)):
            lines.append(f"  {name:<9}" + "".join(f"{value:>10.4g}" for value in row))
        return "\n".join(lines)

    def plot(self, ax=None):
        """The density of the cosines of pairs; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        counts = self.histogram.reshape(100, -1).sum(axis=1)
        edges = np.linspace(-1, 1, 101)
        ax.stairs(counts / max(counts.sum(), 1) * 50, edges, fill=True, alpha=0.5)
        ax.axvline(self.mean_cosine, color="k", lw=0.8)
        ax.set(xlabel="cosine of two inputs", ylabel="density")
        return ax


def data_statistics(X, *, standardise=False, normalise=False, seed=0) -> DataStatistics:
    """Norms and pairwise correlations of the rows of ``X``.

    Parameters
    ----------
    X
        An array or nested list of shape (N, d), N >= 2 inputs, none of them zero.
    standardise
        Subtract from each column its mean and divide by its standard deviation first (columns
        that are constant become 0).
    normalise
        Give every input the norm x.x/d = 1 (after standardising).
    seed
        Of the sample of at most 400 inputs whose Gram matrix is kept.

    Raises InputError in one sentence for data that are empty, not finite, not of two axes, a
    single input, or hold an input that is zero.

    >>> found = data_statistics([[1, 1], [1, -1], [2, 0]])
    >>> found.count, round(found.mean_norm, 12), round(found.c0, 12)
    (3, 1.333333333333, 0.5)
    """
    x = rows_of(X, "data_statistics")
    if standardise:
        x = standardised(x)
    with np.errstate(over="ignore"):
        norms = np.einsum("ij,ij->i", x, x) / x.shape[1]
    if not np.isfinite(norms).all():
        raise InputError(
            f"data_statistics: entries up to {np.abs(x).max():.3g} are too large for floats to "
            "hold their squares; rescale the data"
        )
    if not (norms > 0).all():
        row = int(np.flatnonzero(norms == 0)[0])
        after = " after standardising" if standardise else ""
        raise InputError(
            f"data_statistics: input {row} is zero (or its square is){after}, so it has no "
            "correlation with others; drop it"
        )
    if normalise:
        x, norms = x / np.sqrt(norms)[:, None], np.ones(len(x))
    unit = x / np.sqrt(norms * x.shape[1])[:, None]
    mean, spread = _cosine_moments(unit)
    histogram = _histogram(_sample(unit, _MOST, seed)[0])
    some, kept = _sample(x, _KEPT, seed)
    done = [name for name, on in (("standardised", standardise), ("normalised", normalise)) if on]
    return DataStatistics(
        count=len(x),
        dimension=x.shape[1],
        mean_norm=float(norms.mean()),
        norm_spread=float((norms / norms.max()).std() * norms.max()),
        levels=_LEVELS,
        norm_quantiles=np.quantile(norms, _LEVELS),
        mean_covariance=_mean_covariance(x, norms),
        mean_cosine=mean,
        cosine_spread=spread,
        cosine_quantiles=_quantiles(histogram),
        histogram=histogram,
        gram=some @ some.T / x.shape[1],
        kept=kept,
        preparation=" and ".join(done),
        provenance=Provenance.of(
            "data_statistics", "", "cosine quantiles to 1e-4", seed, standardise=standardise,
            normalise=normalise,
        ),
    )  # fmt: skip


def rows_of(X, verb, least=2):
    """``X`` as a float array (N, d); InputError in one sentence otherwise."""
    try:
        array = np.asarray(X)
        if array.dtype.kind not in "fiubO":
            raise TypeError
        x = np.ascontiguousarray(array.astype(float)) if array.ndim else None
    except (TypeError, ValueError):
        x = None
    if x is None:
        raise InputError(f"{verb}: the data are not an array of real numbers of shape (N, d)")
    if x.size == 0:
        raise InputError(f"{verb}: the data are empty, of shape {x.shape}; give at least {least}")
    if x.ndim != 2:
        raise InputError(
            f"{verb}: the data have shape {x.shape}; they must be (N, d), one input a row"
        )
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise InputError(
            f"{verb}: the data hold {x[row, column]} at row {row}, column {column}; remove or "
            "fill such entries"
        )
    if len(x) < least:
        raise InputError(
            f"{verb}: the data hold one input; a class fraction needs {least} or more"
        )
    return x


def standardised(x):
    """Columns of mean 0 and standard deviation 1; constant ones become 0."""
    x = x - x.mean(axis=0)
    scale = x.std(axis=0)
    # what rounding left of a constant column is not to be blown up
    constant = scale <= 1e-12 * np.abs(x).max(initial=0.0)
    return np.where(constant, 0.0, x / np.where(constant, 1.0, scale))


def _mean_covariance(x, norms):
    """The mean of x.x'/d over pairs, from |sum of x|^2."""
    count, dimension = x.shape
    total = x.sum(axis=0)
    return float((total @ total / dimension - norms.sum()) / (count * (count - 1)))


def _cosine_moments(unit):
    """Mean and standard deviation of the cosines over pairs of different inputs."""
    count, dimension = unit.shape
    pairs = count * (count - 1)
    total = unit.sum(axis=0)
    mean = (total @ total - count) / pairs
    smaller = unit.T @ unit if dimension <= count else unit @ unit.T
    square = (np.sum(smaller**2) - count) / pairs
    return float(mean), float(np.sqrt(max(square - mean**2, 0.0)))


def _histogram(unit):
    """Counts of the cosines of pairs in equal bins of [-1, 1], by blocks of rows."""
    counts = np.zeros(_BINS, dtype=np.int64)
    for begin in range(0, len(unit), _BLOCK):
        block = unit[begin : begin + _BLOCK]
        cosines = block @ unit[begin:].T
        above = np.triu(np.ones(cosines.shape, dtype=bool), 1)
        place = ((cosines[above] + 1.0) * (_BINS / 2)).astype(np.int64)
        counts += np.bincount(np.clip(place, 0, _BINS - 1), minlength=_BINS)
    return counts


def _quantiles(histogram):
    """Quantiles at the levels, interpolated within a bin."""
    total = np.cumsum(histogram) / histogram.sum()
    first, last = np.flatnonzero(histogram)[[0, -1]]
    edges = np.linspace(-1.0, 1.0, _BINS + 1)
    inside = np.interp(_LEVELS, np.concatenate([[0.0], total]), edges)
    return np.clip(inside, edges[first], edges[last + 1])


def _sample(x, most, seed):
    """(at most ``most`` rows, their places)."""
    if len(x) <= most:
        return x, np.arange(len(x))
    random = np.random.default_rng([key_of(seed), most])
    places = np.sort(random.choice(len(x), most, replace=False))
    return x[places], places
