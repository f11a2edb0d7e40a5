r"""Class fractions counted on finitely many inputs: laws, and their distance to a sample.

Of D independent inputs the number given to class 0 of two is binomial given G_0 = Phi(sqrt(gamma)
Z), so that

    P(count <= k) = E I_{1 - G_0}(D - k, k + 1),     Var = Var G_0 (1 - 1/D) + 1/(4 D)

with I the incomplete beta function.  The ratio of the variance of the centres to the spread, both
estimated from the same D inputs, is (c + (1 - c)/D)/((1 - c)(1 - 1/D)) on average, c = gamma/(1 +
gamma): the estimated centre keeps 1/D of the spread.
"""

import math
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.guessing.dictionary import counted_variance as variance_formula
from theory.guessing.dictionary import estimated_ratio
from theory.symbols import gamma as gamma_symbol

__all__ = [
    "count_law",
    "counted_largest",
    "counted_variance",
    "estimated_gamma",
    "ks_against",
    "ks_between",
]

_FARTHEST = 9.0


def estimated_gamma(gamma, inputs):
    """gamma as estimated from ``inputs`` >= 2 inputs, (gamma + 1/D)/(1 - 1/D).

    >>> estimated_gamma(0.0, 101)
    0.01
    """
    return _formulas()[0](inputs, gamma)


def counted_variance(variance, inputs):
    """The variance of a fraction counted on ``inputs`` inputs, of mean 1/2.

    >>> counted_variance(0.25, 7), counted_variance(0.0, 100)
    (0.25, 0.0025)
    """
    return _formulas()[1](inputs, variance)


@lru_cache(maxsize=1)
def _formulas():
    """The theory's formulas as functions of floats: the estimated gamma, the counted variance."""
    count, variance = sp.symbols("D variance", positive=True)
    return (
        sp.lambdify((count, gamma_symbol), estimated_ratio(count)),
        sp.lambdify((count, variance), variance_formula(count, variance)),
    )


def counted_largest(gamma, inputs):
    """E max(f, 1 - f) of the fraction f counted on ``inputs`` inputs, for two classes.

    From E (K - t)^+ = D g P(K' >= m) - t P(K > m) for K binomial of (D, g), K' of (D - 1, g) and
    m the whole part of t = D/2.

    >>> counted_largest(1.0, 1), round(counted_largest(1.0, 3), 12)
    (1.0, 0.833333333333)
    """
    from scipy.special import betainc

    if math.isinf(gamma):
        return 1.0
    g, weight = _fractions(gamma, inputs)
    t, m = inputs / 2.0, inputs // 2
    above = betainc(m, inputs - m, g) if m else 1.0
    excess = inputs * g * above - t * betainc(m + 1, inputs - m, g)
    return float(0.5 + 2.0 * (excess @ weight) / inputs)


def count_law(gamma, inputs, counts):
    """P(count <= k) at the whole numbers ``counts`` for two classes.

    The quadrature over Z converges exponentially; its error is about 1e-12.

    >>> count_law(1.0, 4, np.arange(5)).round(12).tolist()
    [0.2, 0.4, 0.6, 0.8, 1.0]
    """
    from scipy.special import betainc

    counts = np.asarray(counts)
    if math.isinf(gamma):
        return np.where(counts < 0, 0.0, np.where(counts < inputs, 0.5, 1.0))
    other, weight = _fractions(gamma, inputs)  # 1 - G_0 has the law of G_0
    inside = (counts >= 0) & (counts < inputs)
    law = np.where(counts < 0, 0.0, 1.0)
    for k in np.unique(counts[inside]):
        law[counts == k] = betainc(inputs - k, k + 1.0, other) @ weight
    return law


def _fractions(gamma, inputs):
    """Nodes G_0 = Phi(sqrt(gamma) z) and weights, by the trapezoidal rule in t, z = a sinh t.

    With a = 1/sqrt(gamma) (1 at most) the scale on which G_0 moves from 0 to 1 is resolved
    however large gamma is, and the step follows the width 1/sqrt(D) of a binomial law.
    """
    from scipy.special import ndtr

    a = 1.0 / math.sqrt(max(gamma, 1.0))
    step = min(0.05, 0.15 / math.sqrt(inputs))
    half = math.ceil(math.asinh(_FARTHEST / a) / step)
    t = np.arange(-half, half + 1) * step
    z = a * np.sinh(t)
    weight = np.exp(-(z**2) / 2) * np.cosh(t)
    return ndtr(math.sqrt(gamma) * z), weight / weight.sum()


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
