r"""``dead_study``: dead units and dead networks of finite width, beside 1 - (1 - p^N)^L.

A network is dead on an input from the first layer on whose units are all off; without biases the
later layers are 0 then.  Networks of several widths are drawn, and counted layer by layer.
"""

import math
from dataclasses import dataclass

import numpy as np

from theory.errors import AssumptionError, InputError
from theory.matrix_laws.correlated import Correlated

from ..blas_threads import one_blas_thread
from ..compile import compile
from ..ensemble import thread_count
from ..guessing.random_layer import random_layer
from ..input import finite, whole
from ..progress import reporting
from ..result import Provenance, Result
from .networks import NetworkSampler, sample_dead
from .orthants import interval_array
from .setting import as_dead_units, first_covariance, input_rows, scale_free

__all__ = ["DeadStudy", "dead_study"]

_VERB = "dead_study"


@dataclass(frozen=True, eq=False, repr=False)
class DeadStudy(Result):
    """Counts of dead networks and fractions of dead units, [width, layer].

    ``first`` networks of ``networks`` are dead on the first input by a layer, ``every`` on each of
    the inputs; ``expected`` is 1 - (1 - p^N)^L for the first (nan where p is not known without the
    variance), and ``exact`` whether it holds at every width.  ``units`` is the mean fraction of
    units that are off on all inputs, with its standard error over networks; ``single`` that of
    those off on the first.
    """

    label: str
    what: str
    widths: np.ndarray
    networks: int
    inputs: int
    first: np.ndarray
    every: np.ndarray
    expected: np.ndarray
    exact: bool
    units: np.ndarray
    units_error: np.ndarray
    single: np.ndarray
    provenance: Provenance

    @property
    def depth(self):
        """Layers."""
        return self.first.shape[1]

    @property
    def layers(self):
        """1, 2, …"""
        return np.arange(1, self.depth + 1)

    @property
    def dead(self):
        """The fraction of networks that are dead on the first input, [width, layer]."""
        return self.first / self.networks

    @property
    def born_dead(self):
        """The fraction that is dead on each of the inputs."""
        return self.every / self.networks

    @property
    def z_scores(self):
        """(dead - expected) in binomial standard errors, [width, layer]; 0 where both are 0."""
        p = self.expected
        error = np.sqrt(p * (1.0 - p) / self.networks)
        difference = self.dead - p
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((error == 0) & (difference == 0), 0.0, difference / error)

    def interval(self, confidence=0.95, every=False):
        """Clopper and Pearson's interval for the probability of being dead: (lower, upper)."""
        from scipy.stats import beta

        level = finite(confidence, "confidence", _VERB)
        if not 0 < level < 1:
            raise InputError(f"{_VERB}: confidence = {level:g} must lie between 0 and 1")
        k, n, tail = self.every if every else self.first, self.networks, (1.0 - level) / 2
        lower = np.where(k > 0, beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0)
        upper = np.where(k < n, beta.isf(tail, k + 1, np.maximum(n - k, 1)), 1.0)
        return lower, upper

    @property
    def statement(self) -> str:
        """How the counts compare with the formula, in a sentence."""
        if np.isnan(self.expected).any():
            return "no formula at finite width: p depends on the variance, or units on each other"
        worst = float(np.abs(self.z_scores).max())
        kind = "exact" if self.exact else "approximate"
        return f"1 - (1 - p^N)^L, {kind} here, is met within {worst:.2g} standard errors"

    def __repr__(self):
        return (
            f"DeadStudy({self.label}, widths={self.widths.tolist()}, depth={self.depth}, "
            f"networks={self.networks}, inputs={self.inputs})"
        )

    def __str__(self):
        lines = [repr(self), f"  {self.statement}"]
        lines.append(
            f"  {'width':>6}{'layer':>6}{'dead on one':>13}{'expected':>12}{'on all':>10}"
            f"{'units off':>11}{'error':>9}"
        )
        shown = {0, 1, 2, 4, 9, self.depth - 1}
        for i, width in enumerate(self.widths):
            for k in sorted(shown & set(range(self.depth))):
                lines.append(
                    f"  {width:>6}{k + 1:>6}{self.dead[i, k]:>13.5g}{self.expected[i, k]:>12.5g}"
                    f"{self.born_dead[i, k]:>10.4g}{self.units[i, k]:>11.5g}"
                    f"{self.units_error[i, k]:>9.1g}"
                )
        return "\n".join(lines)

    def plot(self, ax=None):
        """The fraction of dead networks by depth and width, with 95 % bars and the formula."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        low, high = self.interval()
        for i, width in enumerate(self.widths):
            bars = [self.dead[i] - low[i], high[i] - self.dead[i]]
            (line, *_) = ax.errorbar(
                self.layers, self.dead[i], bars, fmt=".", label=f"N = {width}"
            )
            ax.plot(self.layers, self.expected[i], color=line.get_color(), lw=0.8)
            if self.inputs > 1:
                ax.plot(self.layers, self.born_dead[i], "x", color=line.get_color())
        ax.set(
            xlabel="layers L",
            ylabel="dead networks",
            title=f"{self.label}: lines 1 - (1 - p$^N$)$^L$"
            + (", crosses: dead on all inputs" if self.inputs > 1 else ""),
        )
        ax.legend()
        return ax

    def to_xarray(self):
        """The counts and fractions as an xarray Dataset over widths and layers."""
        import xarray

        names = ("first", "every", "expected", "units", "units_error", "single")
        return xarray.Dataset(
            {name: (("width", "layer"), getattr(self, name)) for name in names},
            coords={"width": self.widths, "layer": self.layers},
        )


def dead_study(
    model,
    width=3,
    depth=10,
    X=None,
    *,
    inputs=1,
    networks=10_000,
    sigma_w2=None,
    sigma_b2=None,
    what=None,
    weights=None,
    seed=0,
    threads=None,
    progress=None,
) -> DeadStudy:
    """Draw ``networks`` random networks of each ``width`` and count units and layers that are off.

    Parameters
    ----------
    model
        A DeadUnits, a MeanField, or anything that describes an activation, with a value for every
        parameter.
    width, depth
        Units of every layer (a number, or several), and layers.
    X, inputs
        Inputs (n, d), the same for all networks; without them, ``inputs`` of N(0, 1) numbers, as
        many as the width, fresh for each network.
    sigma_w2, sigma_b2
        Variances; sigma_w2 may be left out where nothing depends on it.
    what, weights
        As in DeadUnits; ``weights`` is any law of :mod:`theory.weights` that can be drawn.
    seed, threads, progress
        The counts depend on the seed, not on threads.

    Raises InputError for sizes < 1, width 1 at weight_correlation = 1, inputs that layer 1 maps to
    0, and networks with skip connections.

    >>> study = dead_study("relu", width=3, depth=10, networks=20_000)
    >>> bool(abs(study.dead[0, -1] - 0.736924) < 4 * 0.0032), study.exact
    (True, True)
    """
    dead = as_dead_units(model, what, weights)
    sizes = np.array([whole(n, "width", _VERB) for n in np.atleast_1d(width).tolist()])
    layers, many = whole(depth, "depth", _VERB), whole(networks, "networks", _VERB, 2)
    exact = dead.conditions[0]
    expected = np.array([_expected(dead, int(n), layers) for n in sizes])
    free = scale_free(dead, sigma_b2)
    if free and sigma_w2 is None:
        sigma_w2 = 1.0
    layer = random_layer(dead.mean_field, _VERB, sigma_w2, sigma_b2)
    law = dead.mean_field.weights
    sampler = NetworkSampler(
        compile(dead.activation),
        Correlated(dead.weight_correlation) if law is None else law,
        interval_array(dead.zeros),
        layer.sigma_w2,
        layer.sigma_b2,
        free,
    )
    if X is None:
        seen = whole(inputs, "inputs", _VERB)
    else:
        seen = input_rows(X, _VERB)
        first_covariance(seen, layer.weight_correlation, layer.sigma_b2, _VERB)
    workers = thread_count(threads, _VERB)
    sampler.phi(np.zeros(1))  # compiled before threads want it
    with reporting(progress, "networks") as report, one_blas_thread():
        samples = [
            sample_dead(sampler, int(n), layers, many, seen, seed, k, workers, report)
            for k, n in enumerate(sizes)
        ]
    units = np.array([s.units for s in samples]) / many
    square = np.array([s.units_square for s in samples]) / many
    return DeadStudy(
        label=layer.name,
        what=dead.what,
        widths=sizes,
        networks=many,
        inputs=seen if isinstance(seen, int) else len(seen),
        first=np.array([s.first for s in samples]).astype(np.int64),
        every=np.array([s.every for s in samples]).astype(np.int64),
        expected=expected,
        exact=exact,
        units=units,
        units_error=np.sqrt(np.maximum(square - units**2, 0.0) / (many - 1)),
        single=np.array([s.single for s in samples]) / many,
        provenance=Provenance.of(
            _VERB, layer.name, "counts of independent networks", seed,
            sigma_w2=layer.sigma_w2, sigma_b2=layer.sigma_b2, depth=layers, what=dead.what,
            weights=str(sampler.law), networks=many,
        ),
    )  # fmt: skip


def _expected(dead, width, depth):
    """The formula by layer, nan where it asks for a variance."""
    try:
        one = dead.layer(width, 1)
    except AssumptionError:
        if dead.mean_field.skip != 0:
            raise
        return np.full(depth, np.nan)
    if one.free_symbols:
        return np.full(depth, np.nan)
    p = float(one.evalf(17))
    if p == 1.0:
        return np.ones(depth)
    return -np.expm1(np.arange(1, depth + 1) * math.log1p(-p))
