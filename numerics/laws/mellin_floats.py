r"""Quantiles and densities from a gamma quotient in double precision.

The hyperbola of :mod:`theory.laws.mellin_inversion`, through the saddle point and bent to where
the transform decays, with the trapezoidal rule in NumPy.  What is summed is the integrand relative
to its value at the saddle, so that nothing underflows in the tails.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.special import loggamma, polygamma, psi

from theory.errors import PrecisionError
from theory.laws.saddle import Transform

__all__ = ["MellinFloats", "mellin_floats"]

_STEPS, _REACH = 0.06, 5.5
_NEWTON, _BISECTIONS = 80, 70


@lru_cache(maxsize=16)
def mellin_floats(law):
    """The functions of a law, or None if its transform is no quotient that decays to one side."""
    if law.free_symbols or law.gamma_quotient is None or not law.gamma_quotient.upper:
        return None
    transform = Transform(law)
    return None if transform.bend in (None, 0) else MellinFloats(transform)


class MellinFloats:
    """log P(Y > y), log P(Y <= y) and log f(y) of a law as functions of log y."""

    def __init__(self, transform):
        constant, base, upper, lower = transform.factors(60)
        self.low, self.high = (float(end) for end in transform.ends())
        self.bend = transform.bend
        self.start, self.rate = math.log(constant), math.log(base)
        self.last = dict.fromkeys(("survival", "cdf"), self.rate)
        signed = [(*pair, 1) for pair in upper] + [(*pair, -1) for pair in lower]
        self.factors = [tuple(map(float, factor)) for factor in signed]

    def log_quantile(self, log_probability, upper):
        """log y with log P(Y > y), or log P(Y <= y), as given: Newton's method in log y.

        It starts from the answer before, as neighbours are asked for one after the other.
        """
        kind, sign = ("survival", -1.0) if upper else ("cdf", 1.0)
        t, step = self.last[kind], 1.0
        low, high = -math.inf, math.inf
        for _ in range(_NEWTON):
            value, slope = self._both(kind, t)
            gap = value - log_probability  # falls in t for the survival function
            if gap * sign < 0:
                low = t
            else:
                high = t
            # a tail like exp(-y^k): logarithms of the logarithms are straighter
            if upper and value < -1.0 and log_probability < -1.0:
                move = math.log(log_probability / value) * value / -slope
            else:
                move = -gap / (sign * slope)
            if upper:
                move = min(max(move, -1.0), 1.0)
            new = t + move
            if abs(move) <= 1e-8:  # the next move is its square
                self.last[kind] = new
                return new
            if not low < new < high:
                if math.isinf(low) or math.isinf(high):
                    new, step = t + step * (1.0 if math.isinf(high) else -1.0), 2.0 * step
                else:
                    new = (low + high) / 2.0
            if high - low <= 1e-15 * (1.0 + abs(t)):
                return new
            t = new
        raise PrecisionError("a quantile was not found in double precision")

    def _both(self, kind, t):
        """(log probability, y f(y)/probability)."""
        value = self.logarithm(kind, t)
        return value, math.exp(self.logarithm("density", t) + t - value)

    def logarithm(self, kind, t):
        """log of "density", "survival" or "cdf" at y = e^t."""
        c, width, room = self._saddle(kind, t)
        spread = min(2.0 * width, room)
        bent = self.bend * spread / 2.0
        v = np.arange(0.0, _REACH, _STEPS)
        cosh, sinh = np.cosh(v), np.sinh(v)
        s = c - bent * (cosh - 1.0) + 1j * spread * sinh
        peak = self._log(complex(c)).real - c * t
        exponent = self._log(s) - s * t
        exponent -= exponent[0]
        terms = np.exp(np.where(exponent.real > -750.0, exponent, -750.0))
        terms = terms * (-bent * sinh + 1j * spread * cosh)
        if kind != "density":
            terms = terms / (s if kind == "survival" else -s)
        terms[0] /= 2.0
        total = float(terms.imag.sum()) * _STEPS / math.pi
        if not total > 0.0:
            raise PrecisionError("the inverse Mellin transform has lost its sign")
        return peak + math.log(total) - (t if kind == "density" else 0.0)

    def _log(self, s):
        return (
            self.start
            + s * self.rate
            + sum(sign * loggamma(a + alpha * s) for a, alpha, sign in self.factors)
        )

    def _slopes(self, c):
        first, second = self.rate, 0.0
        for a, alpha, sign in self.factors:
            first += sign * alpha * psi(a + alpha * c)
            second += sign * alpha * alpha * _trigamma(a + alpha * c)
        return first, second

    def _saddle(self, kind, t):
        """(c, 1/sqrt of the second derivative, the room beside c)."""
        low = 0.0 if kind == "survival" else self.low
        high = 0.0 if kind == "cdf" else self.high
        left, right = -40.0, 40.0
        for _ in range(_BISECTIONS):
            middle = (left + right) / 2.0
            c = _inside(low, high, middle)
            first, second = self._slopes(c)
            if kind != "density":
                first, second = first - 1.0 / c, second + 1.0 / c**2
            if first < t:
                left = middle
            else:
                right = middle
            if right - left < 1e-3:
                break
        room = min(c - low, high - c)
        return c, 1.0 / math.sqrt(second) if second > 0 else min(1.0, room), room


def _inside(low, high, t):
    if math.isinf(low):
        return math.sinh(t) if math.isinf(high) else high - math.exp(-t)
    if math.isinf(high):
        return low + math.exp(t)
    return low + (high - low) / (1.0 + math.exp(-t))


def _trigamma(z):
    if z > 0.0:
        return float(polygamma(1, z))
    return (math.pi / math.sin(math.pi * z)) ** 2 - float(polygamma(1, 1.0 - z))
