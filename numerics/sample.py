"""A sample: the outcome of many simulated paths or networks, with its sampling error."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from .ensemble import Ensemble, Scale
from .input import probabilities
from .result import Provenance, Result, write_csv

__all__ = ["SHARES", "Sample", "sample_of", "scale_of"]

#: The quantiles that are shown.
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
_AXIS = {"rho": r"$\rho$", "V": r"$\log V$", "theta": r"$\theta$", "u": "$u$"}


def scale_of(quantity) -> Scale:
    """Where a quantity is counted: log((1 + rho)/(1 - rho)), or arsinh of 5e7 times it."""
    if quantity == "rho":

        def forward(rho):
            with np.errstate(divide="ignore"):
                return np.log1p(rho) - np.log1p(-rho)

        return Scale(forward, lambda y: np.tanh(0.5 * y), -36.0, 36.0)
    return Scale(lambda v: np.arcsinh(5e7 * v), lambda y: np.sinh(y) / 5e7, -100.0, 100.0)


@dataclass(frozen=True, eq=False, repr=False)
class Sample(Result):
    """``values`` of a quantity on ``paths`` independent paths, the first axis.

    ``quantity`` is ``"rho"`` (a correlation), ``"V"`` (a squared norm, or an m×m covariance) or
    the variable of a reduced SDE, such as ``"theta"``.
    If places were asked for (times of an SDE, layers of a network), they are the second axis and
    listed in ``places``; otherwise the values are those at the end.  ``values`` is None if only
    statistics were kept.

    Exploded paths are never averaged over silently: ``exploded`` counts them, ``explosion_times``
    says when (in time, or in layers), V is infinite there and so is its mean.  ``survivors`` are
    the statistics of the others.
    """

    label: str
    quantity: str
    paths: int
    places: np.ndarray
    values: np.ndarray | None
    finite: np.ndarray
    survivor_mean: np.ndarray
    survivor_variance: np.ndarray
    counts: np.ndarray | None
    explosion_times: np.ndarray
    statement: str
    provenance: Provenance

    @property
    def exploded(self) -> int:
        """How many paths exploded by the end."""
        return len(self.explosion_times)

    @property
    def mean(self):
        """The mean over all paths: infinite for V if a path exploded.

        Raises InputError for a correlation of exploded paths, which has no value.
        """
        return self._over_all(self.survivor_mean)

    @property
    def variance(self):
        """The variance (of the distribution, with divisor ``paths``)."""
        return self._over_all(self.survivor_variance)

    @property
    def standard_error(self):
        """The standard deviation of ``mean``; infinite for one path, which cannot tell it."""
        if self.paths == 1:
            return _plain(np.full(np.shape(self.variance), np.inf))
        return _plain(np.sqrt(self.variance / (self.paths - 1)))

    def survivors(self):
        """(number, mean, variance) of the paths that did not explode."""
        return _plain(self.finite), _plain(self.survivor_mean), _plain(self.survivor_variance)

    def quantiles(self, p=SHARES):
        """The values below which a share ``p`` (a number or an array, the first axis) lies.

        Without ``p`` those of 10, 25, 50, 75 and 90 %.  An exploded path counts as larger than any
        number.  From a histogram (``values`` None) they are good to about 10^-5 in log V or
        artanh(rho).
        """
        p = probabilities(p, "quantiles")
        self._require_numbers("quantiles")
        if self.values is not None:
            method = "inverted_cdf" if self.exploded else "linear"
            return _plain(np.quantile(self.values, p, axis=0, method=method))
        scale = scale_of(self.quantity)
        flat = self.counts.reshape(-1, scale.bins)
        rows = [_histogram_quantiles(row, p.ravel(), self.paths, scale) for row in flat]
        return _plain(np.array(rows).T.reshape(*p.shape, *self.counts.shape[:-1]))

    def exploded_by(self, t):
        """The share of paths exploded by ``t``, elementwise."""
        order = np.sort(self.explosion_times)
        return _plain(np.searchsorted(order, t, side="right") / self.paths)

    def correlation(self, i=1, j=2):
        """rho of inputs i and j (from 1) on every path, from kept matrices V."""
        if self.values is None or self.quantity != "V" or self.values.ndim < 3:
            raise InputError("correlation: this sample holds no matrices; simulate with V0=matrix")
        v = self.values
        with np.errstate(invalid="ignore"):
            return v[..., i - 1, j - 1] / np.sqrt(v[..., i - 1, i - 1] * v[..., j - 1, j - 1])

    def __len__(self):
        return self.paths

    def __repr__(self):
        return f"Sample({self.label}, {self.quantity}, paths={self.paths})"

    def __str__(self):
        lines = [repr(self), f"  {self.statement}"]
        number, mean, variance = self.survivors()
        if np.size(mean) <= 16:
            lines.append(f"  mean      {mean}")
            lines.append(f"  +-        {np.sqrt(variance / np.maximum(number, 1))}")
            lines.append(f"  variance  {variance}")
        if np.ndim(mean) == 0 and not (self.exploded and self.quantity == "rho"):
            found = "  ".join(f"{v:.6g}" for v in self.quantiles())
            lines.append(f"  quantiles {found}  (10, 25, 50, 75, 90 %)")
        if self.exploded:
            lines.append(f"  exploded  {self.exploded} (mean and variance are of the others)")
        return "\n".join(lines)

    def plot(self, ax=None):
        """The density of the (last recorded) values, log V for a norm; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        if np.ndim(self.survivor_mean) > len(self.places):
            raise InputError("plot: draw one entry, such as correlation(1, 2), of a matrix sample")
        values, weights = self._points()
        if not len(values):
            raise InputError("plot: every path exploded, so there is no density to draw")
        name = _AXIS.get(self.quantity, self.quantity)
        ax.hist(values, bins=100, weights=weights, density=True, histtype="stepfilled", alpha=0.6)
        ax.set(xlabel=name, ylabel="density", title=self.label)
        return ax

    def to_xarray(self):
        """An xarray DataArray of the values."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        self._require_values("to_xarray")
        axes = ["path"]
        coordinates = {}
        if len(self.places):
            axes.append("place")
            coordinates["place"] = self.places
        axes += [f"input_{k}" for k in range(1, self.values.ndim - len(axes) + 1)]
        return xarray.DataArray(self.values, dims=axes, coords=coordinates, name=self.quantity)

    def to_csv(self, path):
        """One row for each path."""
        self._require_values("to_csv")
        flat = self.values.reshape(self.paths, -1)
        names = [self.quantity]
        if flat.shape[1] > 1:
            names = [f"{self.quantity}_{k}" for k in range(flat.shape[1])]
        write_csv(path, dict(zip(names, flat.T, strict=True)))
        return path

    def _over_all(self, value):
        self._require_numbers("mean")
        return _plain(np.where(self.finite < self.paths, np.inf, value))

    def _require_numbers(self, what):
        if self.quantity == "rho" and (self.finite < self.paths).any():
            gone = self.paths - int(self.finite.min())
            raise InputError(
                f"{what}: {gone} of {self.paths} paths exploded or died and have no correlation; "
                "ask survivors() for the others"
            )

    def _require_values(self, what):
        if self.values is None:
            raise InputError(f"{what}: only statistics were kept; simulate with keep='values'")

    def _points(self):
        """Values to draw and their weights, of the last place."""
        if self.values is not None:
            last = self.values[:, -1] if len(self.places) else self.values
            last = last[np.isfinite(last)]
            return (np.log(last) if self.quantity == "V" else last), None
        scale = scale_of(self.quantity)
        counts = self.counts[-1] if len(self.places) else self.counts
        width = (scale.high - scale.low) / scale.bins
        middle = scale.back(scale.low + width * (np.arange(scale.bins) + 0.5))
        used = counts > 0
        middle = np.log(middle[used]) if self.quantity == "V" else middle[used]
        return middle, counts[used]


def sample_of(ensemble: Ensemble, paths, squeeze, **fields) -> Sample:
    """The sample of an ensemble; ``squeeze`` drops the axis of places, which is then 1 long."""

    def cut(array, axis):
        return array.squeeze(axis) if squeeze and array is not None else array

    return Sample(
        paths=paths,
        values=cut(ensemble.values, 1),
        finite=cut(ensemble.finite, 0),
        survivor_mean=cut(ensemble.mean, 0),
        survivor_variance=cut(ensemble.variance, 0),
        counts=cut(ensemble.counts, 0),
        explosion_times=ensemble.explosion_times,
        **fields,
    )


def _histogram_quantiles(counts, p, paths, scale):
    """Linear within a bin; infinite where the rest of the paths exploded."""
    width = (scale.high - scale.low) / scale.bins
    total = np.cumsum(counts)
    wanted = p * paths
    bin_ = np.minimum(np.searchsorted(total, wanted, side="left"), scale.bins - 1)
    before = np.where(bin_ > 0, total[bin_ - 1], 0)
    share = np.clip((wanted - before) / np.maximum(counts[bin_], 1), 0.0, 1.0)
    value = scale.back(scale.low + width * (bin_ + share))
    return np.where(wanted > total[-1], np.inf, value)


def _plain(array):
    """A number if it is one, else the array."""
    return np.asarray(array).item() if np.ndim(array) == 0 else array
