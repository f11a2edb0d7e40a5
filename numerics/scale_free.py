r"""The correlation of signals that a kink at 0 makes scale-free: q -> 0, or phi of degree 1.

For phi(x) = r x, l x on the two sides of 0 and weights of correlation kappa,

    c' = (E phi(u) phi(v) - kappa (E phi)^2) / (E phi^2 - kappa (E phi)^2),

whatever sigma_w2 is.  The linear part of phi drops out of c = c', and with c = cos(theta) it reads

    sin(theta) - theta cos(theta) = kappa (1 - cos(theta)).
"""

import math

import numpy as np

__all__ = [
    "angle_of",
    "bounded_star",
    "scale_free_star",
    "star_at",
    "star_at_zero",
    "tangents_at_zero",
]

_SMALL = 0.8


def angle_of(kappa):
    """theta of the attracting correlation: 0 for kappa <= 0, pi/2 for kappa = 1.

    >>> round(math.cos(angle_of(0.5)), 15)
    0.726629934235677
    """
    if kappa <= 0.0:
        return 0.0
    if kappa >= 1.0:
        return math.pi / 2
    from scipy.optimize import brentq

    angle = brentq(lambda t: _ratio(t) - kappa, 0.0, math.pi / 2, xtol=1e-300, rtol=1e-12)
    excess = (_ratio(angle) - kappa) * 2 * math.sin(angle / 2) ** 2
    return angle - excess / (math.sin(angle) * (angle - kappa))


def scale_free_star(left, right, kappa):
    """(c*, 1 - c*, slope there) of the map above for one-sided slopes ``left`` and ``right``."""
    angle = angle_of(kappa) if left != right else 0.0
    size = (left**2 + right**2) / 2 - kappa * (right - left) ** 2 / (2 * math.pi)
    slope = ((left**2 + right**2) * (math.pi - angle) + 2 * left * right * angle) / (2 * math.pi)
    gap = 2 * math.sin(angle / 2) ** 2 if angle < math.pi / 2 else 1.0
    return (math.cos(angle) if angle < math.pi / 2 else 0.0), gap, slope / size


def bounded_star(left, right, sigma_w2, chi_1):
    """(c*, 1 - c*, C'(c*)) of such a phi at a finite fixed point.

    There C(c) = 1 - sigma_w2 (W - G)/q, free of kappa and sigma_b2: it is the map above with the
    kappa that makes sigma_w2 its norm-preserving variance.
    """
    if chi_1 <= 1.0:
        return 1.0, 0.0, chi_1
    effective = 2 * math.pi * (chi_1 - 1.0) / (sigma_w2 * (right - left) ** 2)
    return scale_free_star(left, right, effective)


def tangents_at_zero(activation):
    """The slopes of a NumericActivation to the left and to the right of 0."""
    return tuple(float(slope) for slope in activation.jet[1](np.array([-1e-300, 1e-300])))


def star_at_zero(activation):
    """(c*, 1 - c*, slope there) of vanishing signals behind a NumericActivation, pooled or not."""
    if hasattr(activation, "scale_free_star"):
        return activation.scale_free_star()
    return scale_free_star(*tangents_at_zero(activation), activation.layer.kappa)


def star_at(activation, q, sigma_w2, sigma_b2, chi_1):
    """The same at a finite fixed point q of an activation of degree 1."""
    if hasattr(activation, "bounded_star"):
        return activation.bounded_star(q, sigma_w2, sigma_b2, chi_1)
    return bounded_star(*tangents_at_zero(activation), sigma_w2, chi_1)


def _ratio(angle):
    """(sin t - t cos t)/(1 - cos t), which increases from 0 to 1 on [0, pi/2]."""
    if angle < _SMALL:
        # sum of (-1)^k t^(2k+1) (1/(2k)! - 1/(2k+1)!), from k = 1 with the sign turned
        term, total = angle / 2, 0.0
        for k in range(1, 14):
            total += term * (2 * k) / (2 * k + 1)
            term *= -(angle**2) / ((2 * k + 1) * (2 * k + 2))
        return total * angle**2 / (2 * math.sin(angle / 2) ** 2) if angle else 0.0
    return (math.sin(angle) - angle * math.cos(angle)) / (2 * math.sin(angle / 2) ** 2)
