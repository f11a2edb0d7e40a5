"""chi_1 - 1 at a fixed point to its last digit.

Near criticality delta_l solves delta' = (chi_1 - 1) delta - s delta^(1+1/a): an error of one
rounding in chi_1 costs 1e-10 of delta after 10^6 layers.  So where chi_1 is close to 1 the fixed
point and chi_1 are computed once with 45 digits from the symbolic moments, for sigma_w2 and
sigma_b2 exactly as given (a float is the binary number that it is), and the weight correlation and
the skip connection of the layer.
"""

import mpmath
import sympy as sp

from theory.errors import PrecisionError
from theory.laws.functions import LAW_FUNCTIONS
from theory.symbols import q as q_symbol

__all__ = ["exact_excess"]

_DIGITS = 45


def exact_excess(activation, q_star, sigma_w2, sigma_b2, chi_q, chi_1):
    """chi_1 - 1 as a float of full relative accuracy, near the approximate fixed point q_star.

    ``sigma_w2``, ``sigma_b2`` are as the user gave them.  Falls back on ``chi_1 - 1`` where
    chi_1 is not within 0.1 of 1, or no symbolic moments or not enough digits are to be had (45
    digits of an activation given by its law take minutes).
    """
    if activation.exact is None or not abs(chi_1 - 1.0) < 0.1:
        return chi_1 - 1.0
    second = activation.exact.branch_moment.doit()
    slope = activation.exact.slope_moment.doit()
    if second.has(*LAW_FUNCTIONS):
        return chi_1 - 1.0
    skip = activation.layer.skip
    weight, bias = (sp.sympify(v, strict=True) for v in (sigma_w2, sigma_b2))
    with mpmath.workdps(_DIGITS + 5):
        try:
            weight, bias, keep = (_digits(value) for value in (weight, bias, skip**2))
            q = mpmath.mpf(q_star)
            for _ in range(6 if chi_q != 1.0 else 0):  # else V(q) = q to first order
                residual = bias + weight * _at(second, q) - (1 - keep) * q
                step = residual / (1 - chi_q)
                q += step
                if abs(step) < mpmath.mpf(10) ** (5 - _DIGITS) * q:
                    break
            return float(weight * _at(slope, q) - (1 - keep))
        except PrecisionError:
            return chi_1 - 1.0


def _at(expr, q):
    return _digits(expr, {q_symbol: sp.Float(q, _DIGITS + 5)})


def _digits(expr, values=None):
    number = sp.N(expr, _DIGITS, subs=values) if values else sp.N(expr, _DIGITS)
    if isinstance(expr, sp.Float):
        return mpmath.mpf(expr._mpf_)
    if not number.is_Float and not number.is_Rational:
        raise PrecisionError(f"{expr} has no decimal value")
    return mpmath.mpf(number._mpf_ if number.is_Float else sp.Float(number, _DIGITS)._mpf_)
