r"""Distances to the normal law and between variables, each with its law under the null hypothesis.

* Kolmogorov-Smirnov: sup |F_M - Phi| of M independent values; its quantile is exact (SciPy's
  ``kstwo``).
* Product moment: the mean of (z_i^2 - 1)(z_j^2 - 1) over pairs of neurons of a network, of mean 0
  and variance 8/(n (n - 1)) if the neurons are independent N(0, 1).
* Distance correlation (Szekely, Rizzo & Bakirov, Ann. Statist. 35, 2007): 0 only for independent
  variables; the law under independence by permuting one of the two.
"""

import math

import numpy as np

__all__ = [
    "distance_correlation",
    "ks_band",
    "ks_distance",
    "pair_moment",
    "pair_moment_deviation",
]


def ks_distance(values) -> float:
    """sup |F_M - Phi| over all places, for the empirical law of ``values``.

    >>> round(ks_distance(np.array([0.0])), 12)
    0.5
    """
    from scipy.special import ndtr

    cdf = ndtr(np.sort(np.ravel(values)))
    ranks = np.arange(len(cdf) + 1) / len(cdf)
    return float(max(np.max(cdf - ranks[:-1]), np.max(ranks[1:] - cdf)))


def ks_band(count, false_alarm) -> float:
    """The distance that ``count`` normal values exceed with probability ``false_alarm``."""
    from scipy.stats import kstwo

    return float(kstwo.isf(false_alarm, count))


def pair_moment(z) -> np.ndarray:
    """For each network (first axis) the mean of (z_i^2 - 1)(z_j^2 - 1) over i != j."""
    a = z * z - 1.0
    n = z.shape[-1]
    return (a.sum(axis=-1) ** 2 - (a * a).sum(axis=-1)) / (n * (n - 1))


def pair_moment_deviation(width, networks) -> float:
    """The standard deviation of its mean over independent networks of independent neurons."""
    return math.sqrt(8.0 / (width * (width - 1) * networks))


def distance_correlation(x, y, permutations=0, seed=0):
    """(distance correlation of the samples, its values for permutations of y).

    >>> value, null = distance_correlation(np.arange(8.0), np.arange(8.0) ** 2, permutations=19)
    >>> bool(value > 0.9), len(null)
    (True, 19)
    """
    a, b = _centred(x), _centred(y)
    scale = math.sqrt(float((a * a).mean()) * float((b * b).mean()))
    if scale == 0.0:
        return 0.0, np.zeros(permutations)
    random = np.random.default_rng(seed)

    def value(order):
        return math.sqrt(max(float((a * b[np.ix_(order, order)]).mean()), 0.0) / scale)

    everything = np.arange(len(x))
    null = np.array([value(random.permutation(len(x))) for _ in range(permutations)])
    return value(everything), null


def _centred(x):
    """Pairwise distances, centred in rows and columns."""
    distance = np.abs(x[:, None] - x[None, :])
    row = distance.mean(axis=0)
    return distance - row[:, None] - row[None, :] + row.mean()
