r"""Class fractions counted on finitely many inputs: laws, and their distance to a sample.

Of D independent inputs the number given to class 0 of two is binomial given G_0 = Phi(sqrt(gamma)
Z), so that

    P(count <= k) = E I_{1 - G_0}(D - k, k + 1),     Var = Var G_0 (1 - 1/D) + 1/(4 D)

with I the incomplete beta function.  The ratio of the variance of the centres to the spread, both
estimated from the same D inputs, is (c + (1 - c)/D)/((1 - c)(1 - 1/D)) on average, c = gamma/(1 +
gamma): the estimated centre keeps 1/D of the spread.
"""

import math

import numpy as np

__all__ = ["count_law", "counted_variance", "estimated_gamma", "ks_against", "ks_between"]

_FARTHEST = 9.0
_MOST_NODES = 20_000


def estimated_gamma(gamma, inputs):
    """gamma as estimated from ``inputs`` >= 2 inputs, (gamma + 1/D)/(1 - 1/D).

    >>> estimated_gamma(0.0, 101)
    0.01
    """
    return (gamma * inputs + 1.0) / (inputs - 1.0)


def counted_variance(variance, inputs):
    """The variance of a fraction counted on ``inputs`` inputs, of mean 1/2.

    >>> counted_variance(0.25, 7), counted_variance(0.0, 100)
    (0.25, 0.0025)
    """
    return variance * (1.0 - 1.0 / inputs) + 0.25 / inputs


def count_law(gamma, inputs, counts):
    """P(count <= k) at the whole numbers ``counts`` for two classes.

    By the trapezoidal rule in Z, whose step resolves the width 1/sqrt(gamma D) on which a
    binomial law turns; the error is below 1e-9 for gamma D < 1e6.

    >>> count_law(1.0, 4, np.arange(5)).round(12).tolist()
    [0.2, 0.4, 0.6, 0.8, 1.0]
    """
    from scipy.special import betainc, ndtr

    counts = np.asarray(counts)
    if math.isinf(gamma):
        return np.where(counts < 0, 0.0, np.where(counts < inputs, 0.5, 1.0))
    step = min(0.05, 0.5 / math.sqrt(1.0 + gamma * inputs))
    half = min(math.ceil(_FARTHEST / step), _MOST_NODES // 2)
    z = np.linspace(-_FARTHEST, _FARTHEST, 2 * half + 1)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    other = ndtr(-math.sqrt(gamma) * z)
    inside = (counts >= 0) & (counts < inputs)
    law = np.where(counts < 0, 0.0, 1.0)
    for k in np.unique(counts[inside]):
        law[counts == k] = betainc(inputs - k, k + 1.0, other) @ weight
    return law


def ks_against(counts, gamma, inputs):
    """(distance, p-value) of counts of class 0 to their law; the p-value is conservative.

    The law has steps; Kolmogorov's null law, used here, is that of a continuous one, beyond which
    the distance is less often.
    """
    from scipy.stats import kstwo

    seen, many = np.unique(np.asarray(counts), return_counts=True)
    after = np.cumsum(many) / many.sum()
    before = after - many / many.sum()
    law, left = (count_law(gamma, inputs, k) for k in (seen, seen - 1))
    distance = float(max(np.abs(after - law).max(), np.abs(before - left).max()))
    return distance, float(kstwo.sf(distance, many.sum()))


def ks_between(one, two):
    """(distance, p-value) of two samples."""
    from scipy.stats import ks_2samp

    found = ks_2samp(one, two, method="asymp")
    return float(found.statistic), float(found.pvalue)
