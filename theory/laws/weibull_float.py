"""The contour of :mod:`theory.laws.weibull_contour` in double precision: where Newton starts.

e^u erfc(z) = e^{u - z^2} w(iz) with Faddeeva's function w by Weideman's rational approximation
(SIAM J. Numer. Anal. 31 (1994) 1497).
"""

import cmath
import math
from functools import lru_cache

__all__ = ["float_quantile"]

_TERMS = 28
_NODES = 40


@lru_cache(maxsize=1)
def _weideman():
    """(L, the coefficients of the polynomial, highest first)."""
    count = 2 * _TERMS
    scale = math.sqrt(_TERMS / math.sqrt(2))
    angles = [k * math.pi / count for k in range(-count + 1, count)]
    places = [scale * math.tan(angle / 2) for angle in angles]
    values = [math.exp(-t * t) * (scale * scale + t * t) for t in places]
    coefficients = [
        sum(v * math.cos(n * angle) for v, angle in zip(values, angles, strict=True)) / (2 * count)
        for n in range(1, _TERMS + 1)
    ]
    return scale, coefficients[::-1]


def _faddeeva(z):
    """w(z) for Im z >= 0."""
    scale, coefficients = _weideman()
    below = scale - 1j * z
    ratio = (scale + 1j * z) / below
    total = 0j
    for c in coefficients:
        total = total * ratio + c
    return 2 * total / below**2 + 1 / (math.sqrt(math.pi) * below)


def _survival(theta, y):
    """(log S(y), f(y)/S(y)) for theta > 2."""
    power, ratio = theta / (theta - 2), 2 / theta
    log_saddle = power * math.log(y * y / theta)
    kappa = max(math.exp(log_saddle), 2.0)
    gauss = y * y / 2 * kappa**ratio
    top = kappa - gauss
    step = min(math.pi / _NODES, 0.35 / math.sqrt(kappa * (1 - ratio) + 1))
    tail = bell = 0.0
    for k in range(10_000):
        t = k * step
        if t >= math.pi:
            break
        if k == 0:
            u, squared, turn = complex(kappa), complex(gauss), 0.5
        else:
            s, sa = math.sin(t), math.sin(ratio * t)
            stretch = sa / (ratio * s)
            r = math.exp(min(power * math.log(stretch), 300.0))
            u = kappa * r * cmath.exp(1j * t)
            squared = gauss * r / stretch * cmath.exp(1j * ratio * t)
            turn = 1 - 1j * power * (ratio * math.cos(ratio * t) / sa - math.cos(t) / s)
        exponent = u - squared - top
        if exponent.real < -40:
            break
        z = cmath.sqrt(squared)
        weight = cmath.exp(exponent) * turn
        tail += (weight * _faddeeva(1j * z)).real
        bell += (weight * z).real
    survival = tail * step / math.pi
    density = 2 * bell * step / (math.pi**1.5 * y)
    return math.log(survival) + top, density / survival


def float_quantile(theta, target, start) -> float:
    """The y with -log P(Y > y) = ``target``, from a lower guess; ArithmeticError if not found."""
    place, wanted = math.log(start), math.log(target)
    low, high = -math.inf, math.inf
    for _ in range(60):
        y = math.exp(place)
        log_survival, rate = _survival(theta, y)
        if log_survival >= 0:
            raise ArithmeticError("too close to zero for double precision")
        gap = math.log(-log_survival) - wanted
        slope = y * rate / -log_survival
        if abs(gap) < 1e-9:
            return math.exp(place - gap / slope)
        low, high = (place, high) if gap < 0 else (low, place)
        following = place - gap / slope
        if not low < following < high:
            following = (low + high) / 2
        place = following
    raise ArithmeticError("Newton's method did not settle in double precision")
