r"""Density, survival and distribution function from a Mellin transform, to any number of digits.

    f(y) = 1/(2 pi i) int M(s) y^(-s-1) ds,    P(Y > y) = 1/(2 pi i) int M(s) y^(-s) ds/s

with Re s > 0 in the latter, and P(Y <= y) is minus the latter with Re s < 0.  The contour is a
hyperbola through the saddle point, s(v) = c - A (cosh v - 1) + i B sinh v, bent to where the
transform decays; the integrand then falls off doubly exponentially in v, for which the trapezoidal
rule converges geometrically (Trefethen & Weideman 2014).  The difference of two step sizes is the
error estimate.
"""

from functools import lru_cache

import mpmath

from ..errors import PrecisionError
from .saddle import Transform, saddle

__all__ = ["invert", "quantile_bound"]

#: Nodes at most, and times that a cancellation may be answered by more precision.
_MOST_NODES = 20000
_ROUNDS = 4
_LEVELS = 9


def invert(law, kind, y):
    """(value, error estimate) of ``kind`` "density", "survival" or "cdf" at the mpmath number y.

    The value is good to the current precision in the relative sense.  Raises PrecisionError if
    that is not reached.
    """
    precision = mpmath.mp.prec
    transform = _transform(law)
    if y <= 0:
        raise PrecisionError("the inverse Mellin transform is taken at y > 0")
    extra = 25
    for _ in range(_ROUNDS):
        with mpmath.workprec(precision + extra):
            y = mpmath.mpf(y)
            sign = _direction(transform, y)
            if sign is None:
                return _beyond(kind)
            value, error, size = _integral(transform, kind, y, sign, precision)
        if value != 0 and error <= mpmath.ldexp(abs(value), 2 - precision):
            return +value, error
        lost = mpmath.mag(size) - mpmath.mag(value) if value != 0 else precision
        if lost + 30 <= extra:
            break
        extra += int(lost) + 20
    raise PrecisionError(
        f"the {kind} at {mpmath.nstr(y, 8)} was found only to an absolute error of "
        f"{mpmath.nstr(error, 3)}; ask for fewer digits"
    )


def quantile_bound(law, probability, upper):
    """A y beyond which less than ``probability`` lies: P(Y > y) <= M(s) y^(-s) for every s > 0.

    The least such y; with ``upper`` False the greatest y with a like bound of P(Y <= y), s < 0.
    """
    transform = _transform(law)
    end = transform.ends()[1 if upper else 0]
    sign = 1 if upper else -1

    def log_bound(t):
        s = mpmath.exp(t) if mpmath.isinf(end) else abs(end) / (1 + mpmath.exp(-t))
        return (mpmath.log(abs(transform(sign * s))) - mpmath.log(probability)) / s

    with mpmath.workprec(53):
        left, right = mpmath.mpf(-12), mpmath.mpf(12)
        for _ in range(30):  # a ternary search: little accuracy is needed
            third = (right - left) / 3
            if log_bound(left + third) < log_bound(right - third):
                right -= third
            else:
                left += third
        return mpmath.exp(sign * log_bound((left + right) / 2))


@lru_cache(maxsize=32)
def _transform(law):
    return Transform(law)


def _direction(transform, y):
    """To which side the contour bends: 1 left, -1 right, 0 neither; None: y is no value of Y."""
    if transform.bend is not None:
        return transform.bend
    from .numbers import digits_of

    (critical,) = digits_of(transform.supremum)
    if y < critical:
        return 1
    bounded = transform.high.is_infinite
    return None if bounded else -1 if y > critical else 0


def _beyond(kind):
    value = mpmath.mpf(1 if kind == "cdf" else 0)
    return value, mpmath.mpf(0)


def _integral(transform, kind, y, bend, precision):
    """(value, difference to twice the step, largest sum of sizes) by halving the step."""
    log_y = mpmath.log(y)
    key = _grid(transform, kind, log_y)
    previous, step = None, mpmath.mpf(1) / 4
    for level in range(_LEVELS):
        total, size = mpmath.mpf(0), mpmath.mpf(0)
        for first in range(level + 1):
            for s, weight in _nodes(transform, kind, key, bend, mpmath.mp.prec, first):
                term = weight * mpmath.exp(-s * log_y)
                total += term.imag
                size += abs(term)
        h = step / 2**level
        value, size = total * h / mpmath.pi, size * h / mpmath.pi
        if previous is not None:
            error = abs(value - previous)
            if error <= mpmath.ldexp(abs(value), -precision):
                break
            if error <= mpmath.ldexp(size, 12 - mpmath.mp.prec):
                break  # what is left is rounding
        previous = value
    scale = y if kind == "density" else 1
    return value / scale, error / scale, size / scale


def _grid(transform, kind, log_y):
    """A multiple of 2^-k near log y whose saddle point serves y as well: nodes are shared."""
    for k in range(3, 40):
        position = int(mpmath.nint(mpmath.ldexp(log_y, k)))
        found = _saddle(transform, kind, k, position)
        if found.width <= mpmath.ldexp(1, k):
            break
    return k, position


@lru_cache(maxsize=4096)
def _saddle(transform, kind, k, position):
    return saddle(transform, kind, mpmath.ldexp(mpmath.mpf(position), -k))


@lru_cache(maxsize=512)
def _nodes(transform, kind, key, bend, precision, level):
    """(s, M(s) s'(v)) at the nodes that a level adds to the coarser ones, until they vanish."""
    point = _saddle(transform, kind, *key)
    with mpmath.workprec(precision):
        spread = min(2 * point.width, point.room)
        bent = bend * spread / 2
        step = mpmath.ldexp(1, -2 - level)
        log_y = mpmath.ldexp(mpmath.mpf(key[1]), -key[0])
        nodes, small, peak = [], 0, mpmath.mpf(0)
        index, stride = (0, 1) if level == 0 else (1, 2)
        while small < 4 * 2 ** max(level - 1, 0):
            v = index * step
            cosh, sinh = mpmath.cosh(v), mpmath.sinh(v)
            s = mpmath.mpc(point.c - bent * (cosh - 1), spread * sinh)
            weight = transform(s) * mpmath.mpc(-bent * sinh, spread * cosh)
            if kind != "density":
                weight = weight / s if kind == "survival" else -weight / s
            if index == 0:
                weight /= 2
            nodes.append((s, weight))
            size = abs(weight * mpmath.exp(-s * log_y))
            peak = max(peak, size)
            small = small + 1 if size <= mpmath.ldexp(peak, -precision) else 0
            index += stride
            if len(nodes) > _MOST_NODES:
                raise PrecisionError("the Mellin transform decays too slowly to be inverted")
        return tuple(nodes)
