"""Moments of the Jacobian as numbers: slope moments to 30 digits, then series reversion."""

import math

import mpmath
import numpy as np
import sympy as sp

from theory.spectrum.reversion import reduced_moment
from theory.spectrum.slopes import slope_moment
from theory.symbols import q as variance_symbol

from .slope_law import slope_law

__all__ = ["spectrum_moments", "spectrum_variance"]

_DIGITS = 30


def _slope_moments(activation, q, k):
    """E phi'(sqrt(q) Z)^(2j) for j = 1..k as mpmath numbers; infinite where they are."""
    if q == 0.0 or getattr(activation.exact, "activation", None) is None:
        law = slope_law(activation, q)
        x, weight = law.nodes(np.array([-1.0]))
        return [mpmath.mpf(law.mean) ** j * float(x**j @ weight) for j in range(1, k + 1)]
    found = []
    for j in range(1, k + 1):
        moment = slope_moment(activation.exact.activation, j)
        if moment.is_infinite:
            found.append(mpmath.inf)
            continue
        at = moment.subs(variance_symbol, _exact(q))
        found.append(mpmath.mpf(at.evalf(_DIGITS)._to_mpmath(120)))
    return found


def _exact(number):
    return sp.Rational(number)


def spectrum_moments(activation, q, sigma_w2, depth, power, k):
    """[m_1, ..., m_k] of squared singular values as floats."""
    with mpmath.workdps(_DIGITS + 2 * k):
        mus = _slope_moments(activation, q, k)
        ratios = [mu / mus[0] ** (j + 2) for j, mu in enumerate(mus[1:])]
        found = []
        for order in range(1, k + 1):
            if any(mpmath.isinf(mu) for mu in mus[:order]):
                found.append(math.inf)
                continue
            reduced = reduced_moment(order, ratios, mpmath.mpf(depth), power)
            found.append(float((sigma_w2 * mus[0]) ** (depth * order) * reduced))
    return found


def spectrum_variance(activation, q, sigma_w2, depth, power):
    """m_1^2 L (mu_2/mu_1^2 - 1 + g), without cancellation between m_2 and m_1^2."""
    with mpmath.workdps(_DIGITS):
        first, second = _slope_moments(activation, q, 2)
        if mpmath.isinf(second):
            return math.inf
        spread = second / first**2 - 1 + power
        if abs(spread) < mpmath.mpf(10) ** (3 - _DIGITS):
            return 0.0
        return float((sigma_w2 * first) ** (2 * depth) * depth * spread)
