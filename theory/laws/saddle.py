r"""Saddle points of M(s) y^(-s), M(s) y^(-s)/s and -M(s) y^(-s)/s on the real axis.

For a law these are the Mellin transforms of positive functions (density, survival function and
distribution function) and so log-convex in s: each has one minimum inside its strip, and on a line
through the minimum the absolute value is greatest there.  Little accuracy is needed: the place
changes the cost of the inversion, not its value.
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from ..errors import PrecisionError
from .numbers import digits_of

__all__ = ["Saddle", "Transform", "saddle"]

#: Bits of the search for a saddle point, its steps, and the greatest logarithm of a place.
_BITS = 53
_BISECTIONS = 24
_FARTHEST = 60
_LEAST_ROOM = mpmath.mpf(2) ** -10


@dataclass(frozen=True)
class Saddle:
    """The place ``c``, 1/sqrt of the second derivative of the logarithm, and the room around."""

    c: mpmath.mpf
    width: mpmath.mpf
    room: mpmath.mpf


class Transform:
    """M as a function of mpmath numbers, with its poles and the directions in which it decays.

    ``bend`` is 1 if M decays faster than any exponential towards Re s = -oo (off the real axis),
    -1 towards +oo, 0 if unknown, and None if it decays towards the left only for y below the
    critical value ``supremum``, and towards the right above it.
    """

    def __init__(self, law):
        self.law = law
        self.low, self.high = law.strip
        self.quotient = law.gamma_quotient
        self.bend, self.supremum = 0, None
        if self.quotient is not None:
            self._find_bend()

    def _find_bend(self):
        quotient = self.quotient
        growth = sp.N(quotient.slope_sum, 30)
        self.bend = 0 if abs(growth) < 1e-20 else 1 if growth > 0 else -1
        if self.bend == 0:
            slopes = [abs(alpha) ** alpha for _, alpha in quotient.upper]
            slopes += [abs(beta) ** -beta for _, beta in quotient.lower]
            self.bend, self.supremum = None, quotient.base * sp.Mul(*slopes)

    @lru_cache(maxsize=8)  # noqa: B019  one transform lives as long as its law is in use
    def factors(self, precision):
        """The parameters of the gamma quotient at a precision."""
        with mpmath.workprec(precision):
            quotient = self.quotient
            pairs = [
                [digits_of(*pair) for pair in side] for side in (quotient.upper, quotient.lower)
            ]
            return *digits_of(quotient.constant, quotient.base), *pairs

    def ends(self):
        """The strip as mpmath numbers."""
        return tuple(
            sign * mpmath.inf if end.is_infinite else digits_of(end)[0]
            for end, sign in ((self.low, -1), (self.high, 1))
        )

    def __call__(self, s):
        """M(s) at the current precision."""
        if self.quotient is None:
            return mpmath.mpmathify(self.law.mellin_digits(s))
        constant, base, upper, lower = self.factors(mpmath.mp.prec)
        value = constant * mpmath.exp(s * mpmath.log(base))
        for a, alpha in upper:
            value *= mpmath.gamma(a + alpha * s)
        for b, beta in lower:
            value *= mpmath.rgamma(b + beta * s)
        return value

    def log_slopes(self, c):
        """The first two derivatives of log M at the real ``c``."""
        if self.quotient is None:
            step = mpmath.mpf(2) ** -12 * max(min(1, self._room(c)), _LEAST_ROOM)
            low, mid, high = (mpmath.log(mpmath.re(self(c + k * step))) for k in (-1, 0, 1))
            values = (high - low) / (2 * step), (high - 2 * mid + low) / step**2
            return tuple(mpmath.re(value) for value in values)
        _, base, upper, lower = self.factors(mpmath.mp.prec)
        first, second = mpmath.log(base), mpmath.mpf(0)
        for factors, sign in ((upper, 1), (lower, -1)):
            for a, alpha in factors:
                first += sign * alpha * mpmath.psi(0, a + alpha * c)
                second += sign * alpha**2 * mpmath.psi(1, a + alpha * c)
        return first, second

    def _room(self, c):
        low, high = self.ends()
        return min(c - low, high - c)


def saddle(transform, kind, log_y):
    """The saddle point for ``kind`` "density", "survival" or "cdf" at y = exp(log_y)."""
    with mpmath.workprec(_BITS):
        low, high = transform.ends()
        if kind == "survival":
            low = mpmath.mpf(0)
        elif kind == "cdf":
            high = mpmath.mpf(0)

        def slopes(c):
            first, second = transform.log_slopes(c)
            if kind != "density":
                first, second = first - 1 / c, second + 1 / c**2
            return first - log_y, second

        c = _zero(slopes, low, high)
        if transform.quotient is None and mpmath.isfinite(low):
            # the end of the strip may be no pole, and no saddle is before it then
            c = max(c, low + min(high - low, 1) / 8)
        if not low < c < high:
            raise PrecisionError(
                "no saddle point was found inside the strip of the Mellin transform"
            )
        second = slopes(c)[1]
        room = min(c - low, high - c)
        width = 1 / mpmath.sqrt(second) if second > 0 else min(mpmath.mpf(1), room)
        return Saddle(c, width, room)


def _inside(low, high, t):
    """An increasing map of the line onto the open interval."""
    if mpmath.isinf(low) and mpmath.isinf(high):
        return mpmath.sinh(t)
    if mpmath.isinf(high):
        return low + mpmath.exp(t)
    if mpmath.isinf(low):
        return high - mpmath.exp(-t)
    return low + (high - low) / (1 + mpmath.exp(-t))


def _zero(slopes, low, high):
    """Where the increasing first slope changes sign inside the open interval."""
    left, right = mpmath.mpf(-1), mpmath.mpf(1)
    while left > -_FARTHEST and not slopes(_inside(low, high, left))[0] < 0:
        left *= 2
    while right < _FARTHEST and not slopes(_inside(low, high, right))[0] > 0:
        right *= 2
    for _ in range(_BISECTIONS):
        middle = (left + right) / 2
        if slopes(_inside(low, high, middle))[0] < 0:
            left = middle
        else:
            right = middle
    return _inside(low, high, (left + right) / 2)
