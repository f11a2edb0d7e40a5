r"""The power series of the law Q_theta at 0 in mpmath numbers, where it is short.

    P(Y <= y) = sqrt(2/pi) sum_k (-1/2)^k y^{2k+1} / ((2k+1) k! Gamma(1 - (2k+1)/theta)).

It converges everywhere (theta > 2), but its terms reach 1/P(Y > y) before they fall: that many
bits are added.  Its coefficients are kept, so that further values cost a polynomial each.
"""

import math

import mpmath

from .weibull_contour import Values

__all__ = ["series"]

_GUARD_BITS = 24
_MOST_TERMS = 8000
_MOST_WORK = 300_000
_BUCKET = 96
_MOST_TABLES = 64
_coefficients: dict = {}


def series(theta, y, orders=(0,)) -> Values | None:
    """Survival, cdf and density derivatives at y > 0, or None where the series is too long."""
    bits = mpmath.mp.prec
    found = _plan(float(theta), float(y), bits)
    if found is None:
        return None
    terms, peak = found
    small = max(0, -mpmath.mag(y)) * (max(orders) + 1)
    working = _BUCKET * ((bits + 2 * peak + small + _GUARD_BITS) // _BUCKET + 1)
    with mpmath.workprec(working):
        values = _terms(_table(theta, terms + max(orders), working), y * y, working)
        cdf = y * _number(sum(values), working)
        densities = tuple(_derivative(values, y, n, working) for n in orders)
        survival = 1 - cdf
        if survival <= 0 or -mpmath.mag(survival) > peak + 12:
            return None
        return Values(cdf, survival, densities, mpmath.ldexp(1, -bits - 4))


def _plan(theta, y, bits):
    """(number of terms, bits of the largest) or None."""
    if y < 1e-150:
        return 3, 2
    half = math.log(y * y / 2)
    log_saddle = theta / (theta - 2) * math.log(y * y / theta)
    if log_saddle + math.log(theta / 2) > math.log(_MOST_TERMS):
        return None

    def size(k):
        return k * half - math.lgamma(k + 1) + math.lgamma((2 * k + 1) / theta)

    top = theta / 2 * math.exp(log_saddle)
    peak = max(0, int(size(top) / math.log(2))) + 4
    goal = -(bits + peak + _GUARD_BITS) * math.log(2) + min(0.0, 2 * half)
    low, high = top, top + 8
    while size(high) > goal:
        low, high = high, 2 * high
        if low > _MOST_TERMS:
            return None
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (middle, high) if size(middle) > goal else (low, middle)
    costly = high * (2 * peak + bits / 3) > _MOST_WORK
    return (int(high) + 3, peak) if high < _MOST_TERMS and not costly else None


def _table(theta, terms, bits):
    """The coefficients of y^{2k+1} in the cdf as (mantissa, exponent)."""
    if len(_coefficients) > _MOST_TABLES:
        _coefficients.clear()
    table = _coefficients.setdefault((theta, bits), [])
    if len(table) < terms:
        with mpmath.workprec(bits + 20):
            front = mpmath.sqrt(2 / mpmath.pi)
            factor = front * mpmath.mpf(-0.5) ** len(table) / mpmath.factorial(len(table))
            for k in range(len(table), terms):
                odd = 2 * k + 1
                table.append(_parts(factor * mpmath.rgamma(1 - odd / theta) / odd))
                factor /= -2 * (k + 1)
    return table[:terms]


def _terms(table, square, bits):
    """c_k y^{2k} as whole multiples of 2^-bits."""
    factor, step = _parts(square)
    power, exponent = 1, 0
    values = []
    for mantissa, scale in table:
        shift = scale + exponent + bits
        product = mantissa * power
        values.append(product << shift if shift >= 0 else product >> -shift)
        power *= factor
        exponent += step
        excess = power.bit_length() - bits
        if excess > 0:
            power >>= excess
            exponent += excess
    return values


def _parts(value):
    sign, mantissa, exponent, _ = value._mpf_
    return (-int(mantissa) if sign else int(mantissa)), exponent


def _number(fixed, bits):
    return mpmath.ldexp(mpmath.mpf(fixed), -bits)


def _derivative(values, y, order, bits):
    """The derivative of order + 1 of the cdf, from its terms divided by y."""
    first = (order + 1) // 2  # the first power 2k + 1 that survives
    total = sum(values[k] * math.perm(2 * k + 1, order + 1) for k in range(first, len(values)))
    return _number(total, bits) / y**order
