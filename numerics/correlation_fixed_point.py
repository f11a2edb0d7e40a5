"""The attracting correlation c* of the correlation map, and its slope there.

On [0, 1] the map C is increasing and convex (its Hermite series has nonnegative coefficients), so
c* = 1 if chi_1 <= 1 and otherwise there is exactly one c* in [0, 1) and C'(c*) < 1.
"""

from dataclasses import replace

import numpy as np

from .correlation_map import CorrelationMap
from .correlation_table import correlation_table

__all__ = ["correlation_fixed_point", "decorrelates"]

#: Below this 1 - c the root is found in 1 - c on the cancellation-free form.
_NEAR_ONE = 0.1


def correlation_fixed_point(activation, q, sigma_w2, sigma_b2, chi_1):
    """(c*, 1 - c*, C'(c*)) at a fixed point q > 0 of the variance map.

    Newton's method from c = 0 on the convex C(c) - c rises to c*, kept in a bracket; close to
    1 the equation chi_1 - 1 = sigma_w2 J(delta)/(q delta) is solved for delta = 1 - c instead.
    """
    if chi_1 <= 1.0:
        return 1.0, 0.0, chi_1
    source = CorrelationMap(_finite(activation) if activation.is_singular else activation, q)
    if sigma_b2 == 0.0 and decorrelates(activation):
        return 0.0, 1.0, _slope(source, 0.0, sigma_w2)
    c, lower, upper = 0.0, 0.0, float(np.nextafter(1.0, 0.0))
    for _ in range(60):
        value = (sigma_b2 + sigma_w2 * source.product(c)) / q
        slope = _slope(source, c, sigma_w2)
        lower, upper = (c, upper) if value >= c else (lower, c)
        newton = c + (value - c) / (1.0 - slope) if slope < 1.0 else np.inf
        c, previous = newton if lower <= newton <= upper else (lower + upper) / 2, c
        if c > 1.0 - _NEAR_ONE and source.level == 2:
            delta = _near_one(activation, source, sigma_w2, chi_1)
            if delta is not None:
                return 1.0 - delta, delta, _slope(source, 1.0 - delta, sigma_w2, delta)
        if abs(c - previous) <= 4e-16 * max(c, 1e-3):
            break
    return c, 1.0 - c, _slope(source, c, sigma_w2)


def decorrelates(activation):
    """Whether C(0) = 0 without biases: for odd phi, and for weights whose rows sum to 0."""
    return activation.parity == "odd" or activation.layer.weight_correlation == 1


def _finite(activation):
    """The activation with 0 for an infinite phi, met only at outer nodes of quadrature."""

    def phi(x):
        values = activation.jet[0](x)
        return np.where(np.isfinite(values), values, 0.0)

    return replace(activation, jet=(phi, *activation.jet[1:]))


def _near_one(activation, source, sigma_w2, chi_1):
    """delta in (0, _NEAR_ONE] with sigma_w2 J/(q delta) = chi_1 - 1, or None beyond."""
    table = correlation_table(activation, source.q, reach=2 * np.arcsin(np.sqrt(_NEAR_ONE / 2)))
    target, r = (chi_1 - 1.0) / sigma_w2, source.exponent / 2
    if table.ratio(_NEAR_ONE) <= target:
        return None
    lower, upper = 0.0, _NEAR_ONE
    delta = min(upper, upper * (target / table.ratio(upper)) ** (1 / r))
    for _ in range(100):
        value = float(table.ratio(delta))
        if value > target:
            upper = delta
        else:
            lower = delta
        previous, delta = delta, delta * (target / value) ** (1 / r)
        if not lower <= delta <= upper:
            delta = (lower + upper) / 2
        if abs(delta - previous) <= 1e-15 * delta:
            break
    return float(delta)


def _slope(source, c, sigma_w2, one_minus_c=None):
    """C'(c); by central differences of the product (relative 1e-8) if phi' is unbounded."""
    if source.level:
        return sigma_w2 * source.slope(c, one_minus_c)
    step = 1e-5 * max(1.0 - c, 1e-3)
    left, right = max(c - step, 0.0), min(c + step, 1.0)
    rise = source.product(right) - source.product(left)
    return sigma_w2 * rise / ((right - left) * source.q)
