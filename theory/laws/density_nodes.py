r"""int y^s f(y) dy over (0, oo) or (0, b), for many s, by nodes that are kept.

Each smooth panel is mapped to the line so that the integrand falls off exponentially or faster;
the step of the trapezoidal rule is halved until two steps agree.
"""

from functools import lru_cache
from itertools import pairwise

import mpmath
import sympy as sp

from ..errors import InputError, PrecisionError

__all__ = ["density_function", "transform_by_nodes"]

_LEVELS = 8


@lru_cache(maxsize=64)
def density_function(law):
    """The formula of a law as a function of mpmath numbers."""
    formula, y, _ = law.args
    return sp.lambdify(y, formula, "mpmath")


def transform_by_nodes(law, s):
    """The integral of y^s f(y), to the current precision unless it cancels."""
    precision = mpmath.mp.prec
    with mpmath.workprec(precision + 15):
        previous, total, size = None, mpmath.mpf(0), mpmath.mpf(0)
        for level in range(_LEVELS):
            for branch in _nodes(law, precision + 15, level):
                part, absolute = _sum(branch, s, precision)
                total, size = total + part, size + absolute
            step = mpmath.ldexp(1, -2 - level)
            value = total * step
            if previous is not None:
                error = abs(value - previous)
                if error <= mpmath.ldexp(abs(value), 4 - precision):
                    return +value
                if s != 0 and error <= mpmath.ldexp(size * step, -precision):
                    return +value  # what is left is rounding
            previous = value
    problem = InputError if s == 0 else PrecisionError
    raise problem(
        f"the integral of y^s times {law.args[0]} does not converge: give a positive density with "
        "a finite integral"
    )


def _sum(branch, s, precision):
    """(sum, sum of sizes) outwards along a branch, until twelve terms in a row are negligible."""
    total, size, small = mpmath.mpf(0), mpmath.mpf(0), 0
    for log_y, weight in branch:
        term = weight * mpmath.exp(s * log_y)
        total += term
        size += abs(term)
        small = small + 1 if abs(term) <= mpmath.ldexp(size, -precision - 20) else 0
        if small > 12:
            break
    return total, size


@lru_cache(maxsize=256)
def _nodes(law, precision, level):
    """Branches of (log y, f(y) y'(t)) at the t of step 2^-(2 + level) new at this level."""
    return tuple(
        _Branch(law, precision, level, low, high, sign)
        for low, high in pairwise(law.points())
        for sign in (1, -1)
    )


class _Branch:
    """The nodes of a panel on one side of its middle, computed as far as they are asked for."""

    def __init__(self, law, precision, level, low, high, sign):
        self._kept = []
        self._more = self._generate(law, precision, level, low, high, sign)

    def __iter__(self):
        yield from self._kept
        while (node := next(self._more, None)) is not None:
            self._kept.append(node)
            yield node

    @staticmethod
    def _generate(law, precision, level, low, high, sign):
        f = density_function(law)
        first, stride = (1, 2) if level else (0 if sign > 0 else 1, 1)
        for k in range(first, 4 * precision << (2 + level), stride):
            with mpmath.workprec(precision):
                log_y, y, slope = _place(low, high, sign * k * mpmath.ldexp(1, -2 - level))
                if not low < y < high or slope == 0:
                    return
                weight = mpmath.re(f(y) * slope)
            yield log_y, weight
            if abs(weight) < mpmath.ldexp(1, -5 * precision):
                return


def _place(low, high, t):
    """(log y, y, dy/dt) of the map of the line onto (low, high).

    From 0 on log y grows like t, so that y^s oscillates no faster than in a Fourier integral.
    """
    if mpmath.isinf(high) and low == 0:
        y = mpmath.exp(t)
        return t, y, y
    if low == 0:
        y = high / (1 + mpmath.exp(-t))
        return mpmath.log(y), y, y / (1 + mpmath.exp(t))
    u = mpmath.pi / 2 * mpmath.sinh(t)
    du = mpmath.pi / 2 * mpmath.cosh(t)
    if mpmath.isinf(high):
        y = low + mpmath.exp(u)
        return mpmath.log(y), y, mpmath.exp(u) * du
    share = 1 / (1 + mpmath.exp(-2 * u))
    y = low + (high - low) * share
    return mpmath.log(y), y, (high - low) * 2 * du * share * (1 - share)
