"""Density, distribution function and quantiles of Q_theta as mpmath numbers.

Quantiles are found by Newton's method on log(-log P(Y > y)) as a function of log y, which is
nearly linear both at 0 (slope 1) and at infinity (slope theta').
"""

from functools import lru_cache

import mpmath

from ..errors import PrecisionError
from .weibull_contour import contour
from .weibull_float import float_quantile
from .weibull_series import series

__all__ = ["cdf", "density", "quantile", "survival"]

_GUARD_BITS = 12
_START_BITS = 40
_MOST_STEPS = 60
#: Below this exponent the law has a peak too sharp for double precision.
_SMALLEST_FLOAT = 2.001
#: Below this one the law is the arcsine law but for its end.
_NEAR_TWO = 2.2


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
        short = series(theta, y, (order,)) or contour(theta, y, (order,), tails=False)
        (value,) = short.densities
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
        value = _values(theta, y).survival
    return +value


def cdf(theta, y):
    """P(Y <= y)."""
    if y <= 0:
        return mpmath.mpf(0)
    if theta == 2:
        root = mpmath.sqrt(2)
        return 2 * mpmath.asin(y / root) / mpmath.pi if y < root else mpmath.mpf(1)
    with mpmath.extraprec(_GUARD_BITS):
        value = _values(theta, y).cdf
    return +value


def _values(theta, y, orders=(0,)):
    """By the series where it is short, otherwise by the contour."""
    return series(theta, y, orders) or contour(theta, y, orders)


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
            value = _solve(theta, p, survival)
    return +value


def _solve(theta, p, survival):
    """The y with P(Y <= y) = p, or P(Y > y) = survival, for theta > 2."""
    goal = mpmath.mp.prec
    y, bits = _near(theta, -mpmath.log1p(-p) if p is not None else -mpmath.log(survival))
    for _ in range(_MOST_STEPS):
        bits = min(3 * bits, goal)
        with mpmath.workprec(bits + _GUARD_BITS):
            step, left = _correction(theta, y, p, survival)
            y += step
            bits = max(_GUARD_BITS, min(bits, int(-mpmath.log(left, 2)) if left else bits))
        if bits >= goal:
            return y
    raise PrecisionError("a quantile was not found; ask for fewer digits")


def _correction(theta, y, p, survival):
    """(dy, the relative error that it leaves): a Taylor polynomial at y inverted.

    It is that of P(Y <= y), or of log P(Y > y) in the upper half.
    """
    if p is not None:
        values = _values(theta, y, (0, 1, 2, 3))
        slopes = values.densities
        gap = p - values.cdf
    else:
        with mpmath.extraprec(4 * max(0, mpmath.mag(mpmath.log(survival)))):
            values = _values(theta, y, (0, 1, 2, 3))
            slopes = _logarithmic([-f / values.survival for f in values.densities])
            gap = mpmath.log(survival) - mpmath.log(values.survival)
    slope, *rest = slopes
    ratios = [c / slope / mpmath.factorial(k + 2) for k, c in enumerate(rest)]
    step = first = gap / slope
    for _ in range(6):  # fixed points of dy = gap/f - sum_k c_k dy^{k+2}: one order each
        step = first - sum(c * step ** (k + 2) for k, c in enumerate(ratios))
    scale = max(abs(c) ** (mpmath.mpf(1) / (k + 1)) for k, c in enumerate(ratios))
    return step, abs(step / y) * (4 * abs(step) * scale) ** 4


def _logarithmic(a):
    """The derivatives of log S from a_k = S^{(k)}/S, k = 1, …, 4."""
    a1, a2, a3, a4 = a
    return (
        a1,
        a2 - a1**2,
        a3 - 3 * a1 * a2 + 2 * a1**3,
        a4 - 4 * a1 * a3 - 3 * a2**2 + 12 * a1**2 * a2 - 6 * a1**4,
    )


def _near(theta, target):
    """(a y with -log P(Y > y) = target nearly, how many bits of it are right)."""
    with mpmath.workprec(_START_BITS + max(0, -mpmath.mag(theta - 2))):
        start = _start(theta, target)
        if theta > _SMALLEST_FLOAT and 1e-4 < target < 1e6:
            try:
                return mpmath.mpf(float_quantile(float(theta), float(target), float(start))), 28
            except (ArithmeticError, ValueError):
                pass
        return _solved_slowly(theta, target, start), _START_BITS // 2


def _solved_slowly(theta, target, start):
    """By Newton's method in a few digits."""
    place, low, high = mpmath.log(start), -mpmath.inf, mpmath.inf
    wanted = mpmath.log(target)
    for _ in range(_MOST_STEPS):
        height, slope = _height(theta, mpmath.exp(place))
        gap = height - wanted
        if abs(gap) < mpmath.ldexp(1, -_START_BITS // 2):
            return mpmath.exp(place - gap / slope)
        low, high = (place, high) if gap < 0 else (low, place)
        following = place - gap / slope
        if not low < following < high:
            following = (low + high) / 2
        place = following
    raise PrecisionError("a quantile was not found; ask for fewer digits")


def _height(theta, y):
    """(log(-log S), its derivative in log y)."""
    values = _values(theta, y)
    hazard = -mpmath.log1p(-values.cdf) if values.cdf < 0.5 else -mpmath.log(values.survival)
    return mpmath.log(hazard), y * values.densities[0] / (values.survival * hazard)


@lru_cache(maxsize=64)
def _constants(theta, bits):
    dual = 2 * theta / (theta - 2)
    first = mpmath.sqrt(2 / mpmath.pi) * mpmath.rgamma(1 - 1 / theta)
    return dual, first


def _start(theta, target):
    """Where the leading terms at 0 and at infinity cross the target: the smaller place.

    Next to theta = 2 the place of the arcsine law instead, unless that is too near its end.
    """
    dual, first = _constants(theta, mpmath.mp.prec)
    height = _tail_height(theta, target)
    if theta < _NEAR_TWO and height is None:
        return mpmath.sqrt(2) * mpmath.sin(-mpmath.pi / 2 * mpmath.expm1(-target))
    height = target if height is None else height
    near = target / first
    far = mpmath.exp(mpmath.log(dual * height) / dual + mpmath.log(theta) / theta)
    return min(near, far)


def _tail_height(theta, target):
    """h = C y^theta' with C = theta^{-theta'/theta}/theta' where it is above 1, else None.

    P(Y > y) ~ sqrt(theta - 2)/(2 pi h) e^{-h}.
    """
    rest = target - mpmath.log(2 * mpmath.pi / mpmath.sqrt(theta - 2))
    if not 1 < rest < target:
        return None
    h = rest
    for _ in range(4):
        h = h * (1 + rest - mpmath.log(h)) / (1 + h)
    return h
