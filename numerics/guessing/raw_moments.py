"""Moments of Phi(sqrt(gamma) Z), and of the larger of it and its complement."""

import math

import numpy as np

from theory.errors import InputError

__all__ = ["moment_order", "raw_moment"]

_STEP, _REACH = 1 / 16, 9.0


def raw_moment(root, k, largest=False):
    """E Phi(root Z)^k, or E Phi(root |Z|)^k, at each number of ``root`` = sqrt(gamma).

    The law of T = root Z beyond the step of Phi is exact, so that a large root costs no digits.

    >>> round(raw_moment(1.0, 4), 15), round(raw_moment(math.inf, 5), 15)
    (0.2, 0.5)
    """
    order = moment_order(k)
    values = [_raw_moment(float(r), order, largest) for r in np.ravel(root)]
    return np.reshape(values, np.shape(root)) if np.ndim(root) else values[0]


def moment_order(k):
    """k as an int, 0 or more."""
    whole = isinstance(k, int | np.integer) and not isinstance(k, bool)
    if not whole or k < 0:
        raise InputError(f"moment: k = {k!r} must be a whole number, 0 or more")
    return int(k)


def _raw_moment(root, order, largest):
    from scipy.special import log_ndtr

    if order == 0 or (largest and math.isinf(root)):
        return 1.0
    if math.isinf(root):
        return 0.5
    if root <= 1.0:
        z = np.arange(0.0, _REACH, _STEP) + _STEP / 2
        upper, lower = order * log_ndtr(root * z), order * log_ndtr(-root * z)
        if largest:
            # one-sided: the rule of midpoints is not for a function with an end, Gauss's is
            z, weights = _panels(_REACH)
            return float((2.0 * weights * _normal(z) * np.exp(order * log_ndtr(root * z))).sum())
        return float(_STEP * (_normal(z) * (np.exp(upper) + np.exp(lower))).sum())
    t, weights = _panels(_REACH + math.sqrt(2.0 * math.log(1.0 + order)))
    upper, lower = order * log_ndtr(t), order * log_ndtr(-t)
    density = _normal(t / root) / root
    if largest:
        return 1.0 + float((2.0 * weights * density * np.expm1(upper)).sum())
    return 0.5 + float((weights * density * (np.expm1(upper) + np.exp(lower))).sum())


def _normal(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2.0 * math.pi)


def _panels(end, count=18, nodes=16):
    """Gauss-Legendre nodes and weights on ``count`` equal parts of [0, end]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = end / count / 2.0
    middle = half * (2.0 * np.arange(count) + 1.0)
    return (middle[:, None] + half * x).ravel(), np.tile(half * w, count)
