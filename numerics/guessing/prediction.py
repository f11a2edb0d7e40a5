r"""``predict_bias``: how an untrained network divides a given data set among the classes.

Two answers side by side.  The homogeneous one replaces the data by inputs of one norm and one
correlation, the means of theirs, and has laws in closed form.  The other keeps the covariances of
pairs of inputs: at infinite width it is exact for the variance of the fractions (Bassi et al.
2025, arXiv:2505.12096, for homogeneous data; the average over pairs is Fubini's theorem).
"""

import math
from dataclasses import dataclass

import numpy as np

from ..input import whole
from ..result import Provenance, Result
from .class_fraction import class_fraction
from .data import DataStatistics, data_statistics
from .finite_sample import count_law, estimated_gamma, ks_between
from .gaussian_guesses import drawn_counts, mean_over_pairs, pair_variance
from .gram_path import average_gamma, correlations_at_output
from .many_classes import largest_counts
from .random_layer import random_layer

__all__ = ["BiasPrediction", "largest_at", "matched_gamma", "predict_bias"]

_VERB = "predict_bias"
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
#: A distance between laws that a few hundred inputs can hardly show.
_CLOSE = 0.03


@dataclass(frozen=True, eq=False, repr=False)
class BiasPrediction(Result):
    """The fractions of ``classes`` classes after ``depth`` layers of weights, infinite width.

    ``q`` and ``gammas`` are the homogeneous theory in layers 1, 2, …; ``gamma`` is that of the
    output and ``gamma_finite`` what an estimate from ``count`` inputs is on average.
    ``gamma_average`` is that of the mean over pairs of their covariances at the output.
    ``variance`` is E (G - 1/K)^2 averaged over pairs of inputs, with the standard error of the
    sample of inputs, ``variance_homogeneous`` that of ``gamma``, and ``gamma_matched`` the gamma
    that has ``variance``.  ``largest`` is E max G (with the error of the draws) over the ``kept``
    inputs, ``fraction_quantiles`` those of G_0 at 5, 25, 50, 75, 95 %, ``distance`` the
    Kolmogorov distance between the law of these inputs and the homogeneous one (draws alone
    make it about 0.9/sqrt(their number)).
    ``output_correlations`` are quantiles over pairs, at 0, 5, 25, 50, 75, 95, 100 %.
    """

    label: str
    depth: int
    classes: int
    count: int
    kept: int
    q: np.ndarray
    gammas: np.ndarray
    gamma_finite: float
    gamma_average: float
    variance: float
    variance_error: float
    variance_homogeneous: float
    gamma_matched: float
    largest: float
    largest_error: float
    largest_homogeneous: float
    fraction_quantiles: np.ndarray
    distance: float
    output_correlations: np.ndarray
    draws: np.ndarray
    provenance: Provenance

    @property
    def gamma(self):
        """gamma at the output, of homogeneous data with the mean norm and covariance."""
        return float(self.gammas[-1])

    @property
    def variance_counted(self):
        """E (G - 1/K)^2 of fractions counted on the ``count`` inputs of the data."""
        chance = (1.0 - 1.0 / self.classes) / self.classes
        return self.variance * (1.0 - 1.0 / self.count) + chance / self.count

    @property
    def class_fraction(self):
        """The law of the fraction of a class in the homogeneous theory."""
        return class_fraction(gamma=self.gamma, classes=self.classes)

    @property
    def statement(self) -> str:
        """How far the homogeneous theory can be trusted for these data, in one sentence."""
        trust = (
            "the homogeneous law describes these data"
            if self.distance < _CLOSE
            else "take the variance over pairs, and gamma_matched, rather than the law of gamma"
        )
        return (
            f"the law of gamma = {self.gamma:.4g} is at Kolmogorov distance {self.distance:.3f} "
            f"from that of the data, with variance {self.variance_homogeneous:.4f} instead of "
            f"{self.variance:.4f}: {trust}"
        )

    def __repr__(self):
        return (
            f"BiasPrediction({self.label}, depth={self.depth}, classes={self.classes}, "
            f"gamma={self.gamma:.5g})"
        )

    def __str__(self):
        quantiles = ", ".join(f"{value:.3f}" for value in self.fraction_quantiles)
        return "\n".join(
            (
                repr(self),
                f"  {self.count} inputs: gamma estimated from them {self.gamma_finite:.5g}, of "
                f"the mean output covariance {self.gamma_average:.5g}, of the variance over pairs "
                f"{self.gamma_matched:.5g}",
                f"  E (G - 1/K)^2 = {self.variance:.5f} ± {self.variance_error:.2g} over pairs, "
                f"{self.variance_homogeneous:.5f} homogeneous",
                f"  E max G = {self.largest:.4f} ± {self.largest_error:.2g} over {self.kept} "
                f"inputs, {self.largest_homogeneous:.4f} homogeneous",
                f"  G_0 at 5, 25, 50, 75, 95 %: {quantiles}",
                f"  {self.statement}",
            )
        )

    def plot(self, ax=None):
        """The fractions over the data, and the homogeneous density; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        ax.hist(
            self.draws, bins=np.linspace(0, 1, 26), density=True, alpha=0.5, label="these data"
        )
        if self.classes == 2 and 0 < self.gamma < math.inf:
            g = np.linspace(0.005, 0.995, 199)
            ax.plot(g, self.class_fraction.pdf(g), "k", lw=0.8, label="homogeneous")
        ax.set(xlabel="fraction of class 0", ylabel="density", title=self.label)
        ax.legend()
        return ax


def predict_bias(
    model, data, depth, classes=2, *, sigma_w2=None, sigma_b2=None, draws=20_000, seed=0
) -> BiasPrediction:
    """The law of the class fractions of an untrained network on a data set.

    Parameters
    ----------
    model
        A GuessingBias with its variances, or a MeanField or activation with ``sigma_w2`` and
        ``sigma_b2`` (0 if left out).
    data
        An array (N, d), or its ``data_statistics``, which may standardise and normalise.
    depth
        Layers of weights, 1 or more: the guess is the largest of ``classes`` outputs.
    draws, seed
        Networks of infinite width drawn on at most 400 of the inputs, for what pairs of inputs do
        not determine.

    Layer 1 has q = sigma_b2 + sigma_w2 mean x.x/d and covariance sigma_b2 + sigma_w2 mean x.x'/d.

    >>> from theory.guessing import GuessingBias
    >>> X = np.eye(40)[:, :30] + 1.0
    >>> found = predict_bias(GuessingBias("relu", 2, 0), X, depth=1)
    >>> abs(found.variance - found.variance_homogeneous) < 2e-3
    True
    """
    layer = random_layer(model, _VERB, sigma_w2, sigma_b2)
    deep, kinds = whole(depth, "depth", _VERB), whole(classes, "classes", _VERB, 2)
    many = whole(draws, "draws", _VERB, 2)
    found = data if isinstance(data, DataStatistics) else data_statistics(data, seed=seed)
    path, gaps = layer.path(deep, *layer.start(found.mean_norm, found.mean_covariance))
    with np.errstate(divide="ignore", over="ignore"):
        # a mean covariance below 0 is what centring leaves of 0
        gammas = np.maximum(1.0 / np.asarray(gaps, dtype=float) - 1.0, 0.0)
    gamma = float(gammas[-1])
    q, c = correlations_at_output(layer, found.gram, deep)
    variance, error = mean_over_pairs(pair_variance(c, kinds))
    counts = drawn_counts(q, c, kinds, many, seed)
    inputs = len(q)
    largest = counts.max(axis=1) / inputs
    return BiasPrediction(
        label=layer.name,
        depth=deep,
        classes=kinds,
        count=found.count,
        kept=inputs,
        q=np.asarray(path, dtype=float),
        gammas=gammas,
        gamma_finite=float(estimated_gamma(gamma, found.count)),
        gamma_average=average_gamma(q, c),
        variance=variance,
        variance_error=error if inputs < found.count else 0.0,
        variance_homogeneous=float(pair_variance(np.array([_share(gamma)]), kinds)[0]),
        gamma_matched=matched_gamma(variance, kinds),
        largest=float(largest.mean()),
        largest_error=float(largest.std(ddof=1) / math.sqrt(many)),
        largest_homogeneous=largest_at(gamma, kinds),
        fraction_quantiles=np.quantile(counts[:, 0] / inputs, _LEVELS),
        distance=_distance(counts, gamma, inputs, seed),
        output_correlations=np.quantile(
            c[np.triu_indices(inputs, 1)], (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
        ),
        draws=counts[:, 0] / inputs,
        provenance=Provenance.of(
            _VERB, layer.name, "infinite width", seed, sigma_w2=layer.sigma_w2,
            sigma_b2=layer.sigma_b2, depth=deep, classes=kinds, count=found.count, draws=many,
        ),
    )  # fmt: skip


def _share(gamma):
    return 1.0 if math.isinf(gamma) else gamma / (1.0 + gamma)


def matched_gamma(variance, classes):
    """The gamma of homogeneous data with this E (G - 1/K)^2; 0 and inf at the ends."""
    largest = float(pair_variance(np.ones(1), classes)[0])
    if variance <= 0.0:
        return 0.0
    if variance >= largest:
        return math.inf
    if classes == 2:
        c = math.sin(2.0 * math.pi * variance)
    else:
        from scipy.optimize import brentq

        c = brentq(lambda t: float(pair_variance(np.array([t]), classes)[0]) - variance, 0.0, 1.0)
    return c / (1.0 - c)


def largest_at(gamma, classes):
    """E max G of homogeneous data."""
    if classes == 2:
        return 0.5 + math.atan(math.sqrt(gamma)) / math.pi
    from .agreement import expected_largest
    from .drift_ratio import drift_ratio

    return float(expected_largest(drift_ratio(gamma), classes)[0])


def _distance(counts, gamma, inputs, seed):
    """Kolmogorov distance of the drawn counts to the homogeneous law on as many inputs."""
    if counts.shape[1] > 2:
        reference = largest_counts(gamma, counts.shape[1], inputs, seed)
        return ks_between(counts.max(axis=1), reference.max(axis=1))[0]
    seen, many = np.unique(counts[:, 0], return_counts=True)
    return float(np.abs(np.cumsum(many) / len(counts) - count_law(gamma, inputs, seen)).max())
