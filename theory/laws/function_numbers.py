"""The functions of a law as mpmath numbers, where the law itself does not see the argument's sign.

Probabilities are computed as the smaller of the two sides, so that neither tiny nor far arguments
lose digits.
"""

from functools import lru_cache

import mpmath

__all__ = ["activation_digits", "density_at_activation", "density_digits", "survival_digits"]

_GUARD_BITS = 10


def activation_digits(law, x, kind):
    """sgn(x) F^{-1}(erf(|x|/sqrt 2)) for the kind 'odd', F^{-1}(Phi(x)) for 'positive'."""
    if kind == "odd":
        if x == 0:
            return mpmath.mpf(0)
        value = _odd(law, abs(x), mpmath.mp.prec)
        return -value if x < 0 else value
    return _positive(law, x, mpmath.mp.prec)


# quadratures come back to the same places: for f(phi) and for phi', and on both sides of 0


@lru_cache(maxsize=4096)
def _odd(law, x, prec):
    with mpmath.workprec(prec + _GUARD_BITS + 2 * max(0, mpmath.mag(x))):
        size = x / mpmath.sqrt(2)
        if size < 0.5:
            value = law.quantile_digits(p=mpmath.erf(size))
        else:
            value = law.quantile_digits(survival=mpmath.erfc(size))
    return +value


@lru_cache(maxsize=4096)
def _positive(law, x, prec):
    with mpmath.workprec(prec + _GUARD_BITS + 2 * max(0, mpmath.mag(x))):
        tail = mpmath.erfc(abs(x) / mpmath.sqrt(2)) / 2
        value = law.quantile_digits(survival=tail) if x > 0 else law.quantile_digits(p=tail)
    return +value


def density_digits(law, y, order=0):
    """The derivative of the given order of f(|y|) in y."""
    size = abs(y)
    sign = -1 if y < 0 and order % 2 else 1
    if y == 0 and order % 2:
        return mpmath.mpf(0)
    if order == 0:
        return law.density_digits(size)
    derivative = getattr(law, "density_derivative_digits", None)
    if derivative is not None:
        return sign * derivative(size, order)
    # a circle that stays on the right of the origin, by differences of raised precision
    return sign * mpmath.diff(law.density_digits, size, order)


def density_at_activation(law, x, kind, order=0):
    """f(phi(x)): phi(x) may be so near the end of the support that its distance needs bits."""
    with mpmath.extraprec(_bits_at_the_end(law, x)):
        return density_digits(law, activation_digits(law, x, kind), order)


def _bits_at_the_end(law, x):
    return 0 if law.support[1].is_infinite else 20 + int(2 * x * x)


def survival_digits(law, y):
    """P(Y > y)."""
    return mpmath.mpf(1) if y <= 0 else law.survival_digits(y)
