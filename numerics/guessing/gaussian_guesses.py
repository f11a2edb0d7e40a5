r"""Class fractions over a given data set at infinite width, without assuming it homogeneous.

There the outputs of a class over the inputs are one Gaussian vector with the correlations c_ab,
so that for two classes, over pairs (a, b) of inputs,

    Var G_0 = mean arcsin(c_ab)/(2 pi),

exactly, and for more the chance that two inputs get one class is the mean of its value at c_ab.
What is no function of pairs comes from draws of that vector.
"""

import math

import numpy as np

from ..random_numbers import key_of
from .negative_agreement import negative_agreement

__all__ = ["drawn_counts", "mean_over_pairs", "pair_variance"]

_NODES = 20


def pair_variance(c, classes):
    """E (G - 1/K)^2 of a pair of inputs of correlation c (an array), that is P(both k) - 1/K^2.

    >>> float(pair_variance(np.array([1.0]), 2)[0])
    0.25
    """
    if classes == 2:
        return np.arcsin(c) / (2.0 * math.pi)
    from .agreement import agreement
    from .drift_ratio import drift_ratio

    def at(root):
        return np.array([agreement(drift_ratio(one_minus_c=r * r), classes) for r in root])

    # analytic in r = sqrt(1 - c) up to r = sqrt(2): 20 Chebyshev nodes on [0, 1] leave 1e-10
    fitted = np.polynomial.Chebyshev.interpolate(at, _NODES - 1, domain=[0.0, 1.0])
    found = fitted(np.sqrt(np.clip(1.0 - c, 0.0, 1.0)))
    if (c < 0).any():
        found = np.where(c < 0, negative_agreement(c, classes), found)
    return (found - 1.0 / classes) / classes


def mean_over_pairs(values):
    """(mean, its standard error) over pairs of different inputs of a symmetric matrix.

    The error is that of drawing the inputs from a population (a U-statistic).
    """
    n = len(values)
    rows = (values.sum(axis=1) - np.diag(values)) / (n - 1)
    return float(rows.mean()), float(2.0 * rows.std(ddof=1) / math.sqrt(n))


def drawn_counts(q, c, classes, draws, seed):
    """Counts [draw, class] over the inputs of ``draws`` networks of infinite width.

    Also for singular correlations, as those of repeated inputs.
    """
    values, vectors = np.linalg.eigh(c)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    root *= np.sqrt(q / q.max())[:, None]
    random = np.random.default_rng([key_of(seed, 2), classes])
    counts = np.empty((draws, classes), dtype=np.int64)
    size = max(1, 2_000_000 // (len(c) * classes))
    for begin in range(0, draws, size):
        part = min(size, draws - begin)
        noise = random.standard_normal((part * classes, len(c)))
        outputs = (noise @ root.T).reshape(part, classes, -1)
        winners = outputs.argmax(axis=1)
        for row, winner in enumerate(winners):
            counts[begin + row] = np.bincount(winner, minlength=classes)
    return counts
