"""The bivariate normal distribution function near correlations 1 and -1."""

import numpy as np
from scipy.special import ndtr, owens_t

__all__ = ["bivariate_cdf", "both_below"]


def bivariate_cdf(h, k, first, second):
    """Phi2(h, k; rho) from the slopes (k - rho h)/(h sqrt(1 - rho^2)), (h - rho k)/(k ...).

    >>> root = np.sqrt(3.0)
    >>> bivariate_cdf(*(np.array([v]) for v in (1e-9, 1e-9, 1 / root, 1 / root))).round(6)
    array([0.333333])
    """
    opposite = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    total = (ndtr(h) + ndtr(k)) / 2 - owens_t(h, first) - owens_t(k, second)
    total = total - np.where(opposite, 0.5, 0.0)
    zero = (h == 0) & (k == 0)
    if zero.any():
        total = np.where(zero, 0.25, total)  # a single point of the plane
    return total


def both_below(x, y, rho, sine):
    """Phi2(x, y; rho) with sine = sqrt(1 - rho^2)."""
    if (x == 0).any() or (y == 0).any():  # the slopes are infinite there; step aside
        x, y = (np.where(z == 0, 1e-200, z) for z in (x, y))
    return np.clip(
        bivariate_cdf(x, y, (y - rho * x) / (x * sine), (x - rho * y) / (y * sine)), 0.0, 1.0
    )
