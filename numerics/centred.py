r"""psi = phi - phi(0) with all its digits next to 0, where the difference itself has none.

Variances of phi are needed where q -> 0: with weights whose rows sum to 0 nothing else of phi is
left there.  On |x| < radius, psi is x times a polynomial that interpolates psi/x computed in 40
digits; the radius is halved until the polynomial is exact to the last digit of a double.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp
from numpy.polynomial import chebyshev

from theory.errors import InitheoryError
from theory.pieces import compare, jumps, pieces
from theory.symbols import x

__all__ = ["Centred", "centred", "centred_pieces"]

_DEGREE = 12
_DIGITS = 40
_HALVINGS = 12
_ACCURACY = mpmath.mpf("2e-17")


@dataclass(frozen=True)
class Centred:
    """``value`` is phi(0), and psi = x (c_0 + c_1 x + ...) for |x| < ``radius`` (0: nowhere).

    ``left`` and ``right`` are the coefficients on the two sides of 0; empty where the plain
    difference loses nothing.
    """

    value: float
    radius: float = 0.0
    left: tuple[float, ...] = ()
    right: tuple[float, ...] = ()

    def function(self, phi):
        """psi on arrays, from phi on arrays."""
        if self.value == 0.0:
            return phi

        def psi(points):
            points = np.asarray(points, dtype=float)
            result = phi(points) - self.value
            for side, here in ((self.left, points < 0), (self.right, points >= 0)):
                near = here & (np.abs(points) < self.radius)
                if side and near.any():
                    near_points = points[near]
                    result[near] = near_points * np.polyval(side[::-1], near_points)
            return result

        return psi


@lru_cache(maxsize=64)
def centred(phi) -> Centred:
    """Of an expression in x without parameters; phi itself if it jumps at 0 or is 0 there.

    >>> centred(sp.exp(x)).right[:2]
    (1.0, 0.5)
    """
    value = phi.subs(x, 0)
    if any(place == 0 for place, _ in jumps(phi)) or value.is_zero or not value.is_finite:
        return Centred(0.0)
    around = [p for p in pieces(phi) if compare(p.lower, 0) <= 0 <= compare(p.upper, 0)]
    reach = min(
        [float(abs(end)) for p in around for end in (p.lower, p.upper) if end != 0], default=1.0
    )
    radius = min(1.0, reach)
    for _ in range(_HALVINGS):
        found = [_interpolated(p.expr - value, radius) for p in around]
        if None not in found:
            return Centred(float(value), radius, found[0], found[-1])
        radius /= 2
    return Centred(float(value))


def centred_pieces(phi):
    """(lower, upper, psi, phi) on each piece, cut at +-radius unless psi is a polynomial."""
    near = centred(phi)
    radius = sp.Rational(near.radius)
    parts = []
    for part in pieces(phi):
        psi = sp.expand(part.expr - phi.subs(x, 0)) if near.value else part.expr
        inner = () if psi.is_polynomial(x) or not radius else (-radius, radius)
        inner = [p for p in inner if compare(part.lower, p) < 0 < compare(part.upper, p)]
        for lower, upper in pairwise([part.lower, *inner, part.upper]):
            close = inner and compare(-radius, lower) <= 0 and compare(upper, radius) <= 0
            side = near.left if compare(upper, 0) <= 0 else near.right
            parts.append((lower, upper, _horner(side) if close else psi, part.expr))
    return parts


def _horner(coefficients):
    total = sp.Float(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + sp.Float(coefficient)
    return x * total


def _interpolated(psi, radius):
    """Coefficients of psi/x on [-radius, radius], None if the degree does not suffice."""
    count = _DEGREE + 6  # even: no node at 0
    try:
        with mpmath.workdps(_DIGITS):
            nodes = [mpmath.cos(mpmath.pi * (k + 0.5) / count) for k in range(count)]
            values = [_digits(psi, radius * node) / (radius * node) for node in nodes]
            series = [
                mpmath.fsum(
                    v * mpmath.cos(j * mpmath.pi * (k + 0.5) / count) for k, v in enumerate(values)
                )
                * (1 if j == 0 else 2)
                / count
                for j in range(count)
            ]
            size = max(abs(v) for v in values)
            if max(abs(a) for a in series[_DEGREE + 1 :]) > _ACCURACY * size:
                return None
            powers = [mpmath.mpf(0)] * (_DEGREE + 1)
            for j, a in enumerate(series[: _DEGREE + 1]):
                for power, factor in enumerate(chebyshev.cheb2poly([0] * j + [1])):
                    powers[power] += a * int(factor)
            noise = size * mpmath.mpf(10) ** (10 - _DIGITS)
            powers = [p if abs(p) > noise else mpmath.mpf(0) for p in powers]
            return tuple(float(p / mpmath.mpf(radius) ** k) for k, p in enumerate(powers))
    except (InitheoryError, ArithmeticError, ValueError, AttributeError):
        return None


def _digits(psi, point):
    number = sp.N(psi.subs(x, sp.Float(point, _DIGITS)), _DIGITS)
    return mpmath.mpf(number._mpf_) if number.is_Float else mpmath.mpf(str(number))
