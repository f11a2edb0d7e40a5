r"""P(X_1, ..., X_n all in a union of intervals) as numbers, for centred Gaussian variables.

One and two variables by Phi and Phi_2, more by drawing them one after the other within the
intervals (A. Genz 1992, J. Comput. Graph. Stat. 1, 141, who does it for one interval), on points
of low discrepancy, with an error from independent scrambles.
"""

import math
from itertools import product

import numpy as np

__all__ = ["interval_array", "off_on_all", "off_on_one"]

#: Scrambled Sobol points, and how many independent scrambles give the error.
_POINTS, _REPEATS = 1 << 13, 8
#: Pivots below this are those of a singular matrix.
_SINGULAR = 1e-8
#: Correlations this near to 1 and -1 are these.
_ROUNDING = 1e-15
#: Relative accuracy of Phi_2.
_EXACT = 1e-14
#: What no point met has a probability below this, except with probability e^-7.
_UNSEEN = 7.0 / (_POINTS * _REPEATS)


def interval_array(zeros):
    """The intervals of a ZeroSet without symbols as floats, (k, 2)."""
    return np.array([[float(end) for end in pair] for pair in zeros.intervals]).reshape(-1, 2)


def off_on_one(intervals, q):
    """P(X in the intervals), X ~ N(0, q), elementwise in q.

    >>> float(off_on_one(np.array([[-np.inf, 0.0]]), 2.0))
    0.5
    """
    from scipy.special import ndtr

    root = np.sqrt(np.asarray(q, dtype=float))
    total = np.zeros_like(root)
    for low, high in intervals:
        # the tail that is small is subtracted
        upper = low > 0
        a, b = (-high, -low) if upper else (low, high)
        total = total + ndtr(b / root) - ndtr(a / root)
    return total


def off_on_all(intervals, q, c, seed=0):
    """(probability, error) for variances q (n,) and correlations c (n, n).

    The error is that of rounding for n <= 2, else three standard deviations of the estimates; of
    a probability that no point met, a bound.
    """
    q = np.asarray(q, dtype=float)
    if not len(intervals):
        return 0.0, 0.0
    if len(q) == 1:
        return float(off_on_one(intervals, q)[0]), _EXACT
    if len(q) == 2:
        return _pair(intervals, np.sqrt(q), float(c[0, 1])), _EXACT
    low, high = (intervals[:, k] / np.sqrt(q)[:, None] for k in (0, 1))
    return _summary(_in_sequence(low, high, np.asarray(c, dtype=float), seed))


def _pair(intervals, root, c):
    from ..guessing.bivariate_cdf import both_below

    if 1.0 - abs(c) < _ROUNDING:
        c = math.copysign(1.0, c)
    sine = math.sqrt((1.0 - c) * (1.0 + c))
    total = 0.0
    for left, right in product(intervals, repeat=2):
        for (h, sign), (k, other) in product(_ends(left), _ends(right)):
            total += sign * other * _below(both_below, h / root[0], k / root[1], c, sine)
    return min(max(total, 0.0), 1.0)


def _ends(interval):
    return (interval[1], 1.0), (interval[0], -1.0)


def _below(cdf, h, k, c, sine):
    """Phi_2 with infinite places and correlations ±1."""
    from scipy.special import ndtr

    if -np.inf in (h, k):
        return 0.0
    if h == np.inf or k == np.inf:
        return float(ndtr(min(h, k)))
    if h == 0.0 and k == 0.0:
        return 0.25 + math.atan2(c, sine) / (2.0 * math.pi)
    if sine == 0.0:
        return float(ndtr(min(h, k)) if c > 0 else max(0.0, ndtr(h) - ndtr(-k)))
    return float(cdf(h, k, c, sine))


def _in_sequence(low, high, c, seed):
    """Independent estimates: one variable after the other, each drawn within the intervals.

    Given the variables before, the next is normal; the product of the probabilities that it is in
    the intervals has the right mean, and little spread on scrambled Sobol points.
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import qmc

    n, estimates = len(c), []
    order = np.argsort((ndtr(high) - ndtr(low)).sum(axis=1), kind="stable")
    low, high, factor = low[order], high[order], _factor(c[np.ix_(order, order)])
    for repeat in range(_REPEATS):
        random = np.random.default_rng([seed, repeat])
        points = qmc.Sobol(max(n - 1, 1), rng=random).random(_POINTS)
        weight, z = np.ones(_POINTS), np.zeros((n, _POINTS))
        for i in range(n):
            mean = factor[i, :i] @ z[:i]
            deviation = max(factor[i, i], 1e-150)
            below = (low[i][:, None] - mean) / deviation
            above = (high[i][:, None] - mean) / deviation
            mirrored = below + above > 0  # where the upper tail is the small one
            first = ndtr(np.where(mirrored, -above, below))
            mass = ndtr(np.where(mirrored, -below, above)) - first
            shares = mass.cumsum(axis=0)
            weight = weight * shares[-1]
            if i == n - 1:
                break
            place = points[:, i] * shares[-1]
            chosen = np.minimum((place > shares).sum(axis=0), len(mass) - 1)
            pick = chosen, np.arange(_POINTS)
            inside = np.clip(place - shares[pick] + mass[pick], 0.0, mass[pick])
            x = ndtri(np.clip(first[pick] + inside, 1e-300, 1.0 - 1e-16))
            z[i] = np.where(mirrored[pick], -x, x)
        estimates.append(weight.mean())
    return np.array(estimates)


def _factor(c):
    """The lower Cholesky factor of a covariance that may be singular."""
    n, factor = len(c), np.zeros_like(c)
    for i in range(n):
        for j in range(i):
            rest = c[i, j] - factor[i, :j] @ factor[j, :j]
            factor[i, j] = rest / factor[j, j] if factor[j, j] > _SINGULAR else 0.0
        factor[i, i] = math.sqrt(max(c[i, i] - factor[i, :i] @ factor[i, :i], 0.0))
    return factor


def _summary(values):
    if not values.any():
        return 0.0, _UNSEEN
    error = 3.0 * values.std(ddof=1) / math.sqrt(len(values))
    return float(min(max(values.mean(), 0.0), 1.0)), float(max(error, _EXACT * values.mean()))
