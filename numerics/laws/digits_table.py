r"""Values of the activations of any law at the nodes of a table, from digits at fewer places.

log(phi(x)/x^q) and log phi' are smooth: they are evaluated in mpmath at Chebyshev nodes of panels
that are halved until the coefficients have decayed, and interpolated to the nodes of the table.
This takes seconds where the digits of a law take milliseconds; laws known by a gamma quotient
alone are inverted in double precision (:mod:`numerics.laws.mellin_floats`).
"""

import math
from functools import lru_cache
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp
from scipy.special import erfcx

from theory.errors import InitheoryError, PrecisionError
from theory.laws.positive_law import PositiveLaw

from .far import far_of
from .pieces import END, nodes

__all__ = ["digits_values"]

_DEGREES = 16
_DIGITS = 22
_ENOUGH = 2e-14
_WORST = 1e-10
_HALVINGS = 3
_MOST_DIGITS = 1500
#: Ends of the table where the digits of a law fail further out (survival 1e-481), and for a
#: bounded law, whose values then need as many digits as the survival has zeros.
_FAR_ENDS, _BOUNDED_ENDS = (END, 400.0, 47.0), (26.0, 14.0, 9.5)


def digits_values(law, kind: str, bits: int) -> tuple:
    """The fields of ``numerics.laws.table._Values``."""
    exponent = law.near_zero.exponent
    share = 0.0 if exponent.is_infinite else float(1 / exponent)
    q = share if kind == "odd" and share > 0.0 else 1.0
    right = _interpolant(law, kind, 1, q, share)
    end = right.end
    places = nodes(bits)
    edge = right.at_end(q, share, kind)
    far = far_of(law, end, *edge)
    if law.support[1].is_finite:
        right.error = max(right.error, abs(edge[0] / float(law.support[1]) - 1.0))
    logs = right(np.minimum(places, end**q))
    x = places ** (1.0 / q)
    inside = np.exp(logs[0]) * (places if kind == "odd" else 1.0)
    slope = np.exp(logs[1] + (q - 1.0) * np.log(x))
    beyond = x > end
    values = np.stack(
        [np.where(beyond, _beyond(far[0], x), inside), np.where(beyond, _beyond(far[1], x), slope)]
    )
    if kind == "odd":
        return bits, values, None, far, q, 0.0, 0.0, right.error
    left = _interpolant(law, kind, -1, 1.0, share)
    logs = left(np.minimum(places, left.end))
    logs = logs + np.where(places > left.end, share * _mills_decay(places, left.end), 0.0)
    lowest = float(law.support[0]) if share == 0.0 else 0.0
    error = max(right.error, left.error)
    return bits, values, np.exp(logs), far, 1.0, 0.5 * share, lowest, error


class _Interpolant:
    """Two functions of a >= 0 by Chebyshev panels of 1 + a."""

    def __init__(self, function, marks, end):
        self.end = end
        self._function = function
        self._panels = []
        self.error = 0.0
        for low, high in pairwise(marks):
            self._add(low, high, _HALVINGS)
        self._starts = np.array([low for low, _, _ in self._panels])

    def _add(self, low, high, halvings):
        theta = np.pi * (np.arange(_DEGREES) + 0.5) / _DEGREES
        places = low + (high - low) * (1.0 + np.cos(theta)) / 2.0
        values = np.array([self._function(a) for a in places]).T
        transform = np.cos(np.arange(_DEGREES)[:, None] * theta) * (2.0 / _DEGREES)
        transform[0] /= 2.0
        series = values @ transform.T
        rest = np.abs(series[:, -2:]).sum(axis=1)
        if halvings and (rest > _ENOUGH * (1.0 + np.abs(series).max(axis=1))).any():
            middle = (low + high) / 2.0
            self._add(low, middle, halvings - 1)
            self._add(middle, high, halvings - 1)
            return
        self.error = max(self.error, float(rest.max()))
        self._panels.append((low, high, series))

    def __call__(self, places):
        found = np.empty((2, *places.shape))
        which = np.searchsorted(self._starts, places, side="right") - 1
        for i, (low, high, series) in enumerate(self._panels):
            here = which == i
            u = (2.0 * places[here] - (low + high)) / (high - low)
            found[:, here] = np.polynomial.chebyshev.chebval(u, series.T)
        return found

    def at_end(self, q, share, kind):
        """phi and phi' at the end."""
        first, second = self(np.array([self.end**q]))[:, 0]
        factor = self.end**q if kind == "odd" and share > 0.0 else 1.0
        return math.exp(first) * factor, math.exp(second) * self.end ** (q - 1.0)


@lru_cache(maxsize=32)
def _interpolant(law, kind, side, q, share):
    def function(a):
        return _logarithms(law, kind, side, q, share, a)

    ends = _FAR_ENDS if side > 0 else _FAR_ENDS[-1:]
    if side > 0 and _only_transform(law) and _floats(law) is not None:
        ends = _FAR_ENDS[1:]  # further out doubles lose the digits of logarithms
    if side > 0 and law.support[1].is_finite:
        ends = _BOUNDED_ENDS
    for end in ends[:-1]:
        try:
            found = _Interpolant(function, _marks(end**q), end)
        except (InitheoryError, ArithmeticError, ValueError):
            continue  # the digits of some laws fail at survivals like 1e-1000000
        if found.error < _WORST:
            return found
    return _Interpolant(function, _marks(ends[-1] ** q), ends[-1])


def _marks(end):
    marks = [0.0, 0.5]
    while marks[-1] < end:
        marks.append(1.45 * (marks[-1] + 1.0) - 1.0)
    return [*marks[:-1], end]


def _logarithms(law, kind, side, q, share, a):
    """log(phi/a) and log phi' - (q - 1) log x, or on the left of both plus share x^2/2."""
    if _only_transform(law) and (found := _floats(law)) is not None:
        return _float_logarithms(found, kind, side, q, share, float(a))
    bounded = side > 0 and law.support[1].is_finite
    digits = _DIGITS + (int(0.44 * float(a) ** (2.0 / q)) if bounded else 0)
    while True:
        found, lost = _at_digits(law, kind, side, q, share, a, digits, bounded)
        if lost + _DIGITS <= digits or not bounded:
            return found
        digits = lost + _DIGITS + 5 if found is not None else 2 * digits
        if digits > _MOST_DIGITS:
            raise PrecisionError(f"{law} ends too sharply for a table of its quantiles")


def _at_digits(law, kind, side, q, share, a, digits, bounded):
    """The two logarithms with so many digits, and how many the end of a bounded law costs."""
    lost = 0
    with mpmath.workdps(digits):
        x = mpmath.mpf(float(a)) ** (1 / mpmath.mpf(q)) * side
        root = mpmath.sqrt(2)
        if kind == "odd":
            weight = 2
            p, survival = mpmath.erf(x / root), mpmath.erfc(x / root)
        else:
            weight = 1
            p, survival = mpmath.erfc(-x / root) / 2, mpmath.erfc(x / root) / 2
        try:
            y = law.quantile_digits(p=p) if p < 0.5 else law.quantile_digits(survival=survival)
        except PrecisionError:
            if bounded:  # no number of so many digits lies between the quantile and the end
                return None, digits
            raise
        if bounded:
            gap = 1 - y / mpmath.mpf(sp.N(law.support[1], digits)._to_mpmath(mpmath.mp.prec))
            if gap <= 0:
                return None, digits
            lost = int(-mpmath.log10(gap))
        density = law.density_digits(y)
        slope = weight * mpmath.npdf(x) / density
        first, second = mpmath.log(y), mpmath.log(slope)
        if kind == "odd":
            return (float(first - mpmath.log(a)), float(second - (q - 1) * mpmath.log(x))), lost
        if side < 0:
            first, second = first + share * x * x / 2, second + share * x * x / 2
        return (float(first), float(second)), lost


def _only_transform(law):
    """Whether the digits of a law come from its Mellin transform alone."""
    return type(law).quantile_digits is PositiveLaw.quantile_digits


def _floats(law):
    from .mellin_floats import mellin_floats

    return mellin_floats(law)


def _float_logarithms(law, kind, side, q, share, a):
    """The same in double precision."""
    x = a ** (1.0 / q)
    root, weight = x / math.sqrt(2.0), 2.0 if kind == "odd" else 1.0
    # the logarithm of P(|X| > x) or P(X > x), and of the other side of the middle
    far = math.log(weight * erfcx(root) / 2.0) - root * root
    if kind == "odd":
        upper = root > 0.47
        log_p = far if upper else math.log(math.erf(root))
    else:
        upper, log_p = side > 0, far
    log_y = law.log_quantile(log_p, upper)
    log_slope = math.log(weight / math.sqrt(2.0 * math.pi)) - root * root
    log_slope -= law.logarithm("density", log_y)
    if kind == "odd":
        return log_y - math.log(a), log_slope - (q - 1.0) * math.log(x)
    if side < 0:
        return log_y + share * root * root, log_slope + share * root * root
    return log_y, log_slope


def _beyond(far, x):
    c, x = far.coefficients, np.maximum(x, far.end)
    length = np.log(x)
    return np.exp(c[0] + c[1] * length + (c[2] * length + c[3]) / x**2)


def _mills_decay(places, end):
    """log of the ratio of Mills's ratio at -a and at -end, nearly log(end/a)."""
    return np.log(end / places)
