"""Density, distribution function and quantiles of Q_theta as mpmath numbers.

Quantiles are found by Newton's method on log(-log P(Y > y)) as a function of log y, which is
nearly linear both at 0 (slope 1) and at infinity (slope theta').
"""

from functools import lru_cache

import mpmath

from theory.errors import PrecisionError

from .weibull_contour import contour

__all__ = ["cdf", "density", "quantile", "survival"]

_GUARD_BITS = 12
_START_BITS = 40
_MOST_STEPS = 60


def density(theta, y, order=0):
    """The density of Q_theta at y >= 0, or its derivative of the given order."""
    if y < 0:
        return mpmath.mpf(0)
    if theta == 2:
        if y >= mpmath.sqrt(2):
            return mpmath.mpf(0)
        if order:
            return mpmath.diff(lambda t: density(theta, t), y, order)
        return 2 / (mpmath.pi * mpmath.sqrt(2 - y * y))
    if y == 0:
        return _density_at_zero(theta, order)
    with mpmath.extraprec(_GUARD_BITS):
        value = contour(theta, y, order, tails=False).density
    return +value


def _density_at_zero(theta, order):
    if order % 2:
        return mpmath.mpf(0)
    k = order // 2
    even = mpmath.sqrt(2 / mpmath.pi) * mpmath.rgamma(1 - (order + 1) / theta)
    return even * mpmath.factorial(order) / mpmath.factorial(k) * mpmath.mpf(-0.5) ** k


def survival(theta, y):
    """P(Y > y)."""
    if y <= 0:
        return mpmath.mpf(1)
    if theta == 2:
        root = mpmath.sqrt(2)
        if y >= root:
            return mpmath.mpf(0)
        return 2 * mpmath.atan2(mpmath.sqrt((root - y) * (root + y)), y) / mpmath.pi
    with mpmath.extraprec(_GUARD_BITS):
        value = contour(theta, y).survival
    return +value


def cdf(theta, y):
    """P(Y <= y)."""
    if y <= 0:
        return mpmath.mpf(0)
    if theta == 2:
        root = mpmath.sqrt(2)
        return 2 * mpmath.asin(y / root) / mpmath.pi if y < root else mpmath.mpf(1)
    with mpmath.extraprec(_GUARD_BITS):
        value = contour(theta, y).cdf
    return +value


def quantile(theta, p=None, survival=None):
    """The y with P(Y <= y) = p, or with P(Y > y) = survival."""
    if p is not None and p > 0.5 and survival is None:
        with mpmath.extraprec(max(0, -mpmath.mag(1 - p))):
            p, survival = None, 1 - p
    if p == 0 or survival == 1:
        return mpmath.mpf(0)
    if p == 1 or survival == 0:
        return mpmath.sqrt(2) if theta == 2 else mpmath.inf
    with mpmath.extraprec(_GUARD_BITS):
        if theta == 2:
            angle = p if p is not None else 1 - survival
            value = mpmath.sqrt(2) * mpmath.sin(mpmath.pi * angle / 2)
        else:
            target = -mpmath.log1p(-p) if p is not None else -mpmath.log(survival)
            value = _solve(theta, target)
    return +value


def _solve(theta, target):
    """The y with -log P(Y > y) = target."""
    goal = mpmath.mp.prec
    with mpmath.workprec(_START_BITS):
        y = _start(theta, target)
        place, low, high = mpmath.log(y), -mpmath.inf, mpmath.inf
        wanted = mpmath.log(target)
        for _ in range(_MOST_STEPS):
            height, slope = _height(theta, mpmath.exp(place))
            gap = height - wanted
            if abs(gap) < mpmath.ldexp(1, -_START_BITS // 2):
                place -= gap / slope
                break
            low, high = (place, high) if gap < 0 else (low, place)
            following = place - gap / slope
            if not low < following < high:
                following = (low + high) / 2
            place = following
        else:
            raise PrecisionError("a quantile was not found; ask for fewer digits")
    bits = _START_BITS // 2
    while bits < goal:
        bits = min(2 * bits - 4, goal + 4)
        with mpmath.workprec(bits + 8):
            height, slope = _height(theta, mpmath.exp(place))
            place = place - (height - mpmath.log(target)) / slope
    return mpmath.exp(place)


def _height(theta, y):
    """(log(-log S), its derivative in log y)."""
    values = contour(theta, y)
    hazard = -mpmath.log1p(-values.cdf) if values.cdf < 0.5 else -mpmath.log(values.survival)
    return mpmath.log(hazard), y * values.density / (values.survival * hazard)


@lru_cache(maxsize=64)
def _constants(theta, bits):
    dual = 2 * theta / (theta - 2)
    first = mpmath.sqrt(2 / mpmath.pi) * mpmath.rgamma(1 - 1 / theta)
    return dual, first


def _start(theta, target):
    """Where the leading terms at 0 and at infinity cross the target: the smaller place."""
    dual, first = _constants(theta, mpmath.mp.prec)
    near = target / first
    # C y^theta' = target with C = theta^{-theta'/theta}/theta'
    far = mpmath.exp(mpmath.log(dual * target) / dual + mpmath.log(theta) / theta)
    return min(near, far)
