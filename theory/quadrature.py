r"""Gaussian expectations to any precision, by double-exponential quadrature on smooth pieces.

The integrand is cut at its breakpoints and once more near the origin, where activations have
their features; each part is integrated by :mod:`theory.double_exponential`.  Entire integrands
that oscillate too fast for that get the plain trapezoidal rule.  Two variables are in
:mod:`theory.plane_quadrature`.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from .bends import far_bends
from .double_exponential import half_line_nodes, interval_nodes, refine
from .errors import DivergentExpectationError, InputError, PrecisionError
from .pieces import pieces, singular_at
from .special import NUMERIC

__all__ = [
    "PiecewiseFunction",
    "SmoothPart",
    "intervals",
    "line",
    "number",
    "piecewise",
    "singular",
    "subintervals",
]

_TRAPEZOID_POINTS = 40_000


@dataclass(frozen=True)
class SmoothPart:
    """One smooth piece: as a function of u, and next to a singular end of the distance to it."""

    function: Callable
    from_lower: Callable | None
    from_upper: Callable | None

    def near(self, left: bool, right: bool) -> Callable:
        """(u, side, distance) -> value on a subinterval that does or does not reach the ends."""
        special = {-1: self.from_lower if left else None, 1: self.from_upper if right else None}

        def value(u, side=0, distance=None):
            function = special.get(side)
            return self.function(u) if function is None else function(distance)

        return value


@dataclass(frozen=True)
class PiecewiseFunction:
    """Cuts and, between them, the smooth parts; ``bends`` are narrow features away from 0."""

    cuts: tuple[sp.Expr, ...]
    parts: tuple[SmoothPart, ...]
    bends: tuple[float, ...] = ()

    def places(self):
        """The cuts as numbers of the current precision."""
        return [number(c) for c in self.cuts]


@lru_cache(maxsize=512)
def piecewise(factor, u):
    found = pieces(factor, u)
    cuts = tuple(p.lower for p in found[1:])
    return PiecewiseFunction(cuts, tuple(_part(p, u) for p in found), far_bends(tuple(found), u))


def _part(piece, u):
    distance = sp.Dummy("d", positive=True)
    ends = []
    for place, inward in ((piece.lower, 1), (piece.upper, -1)):
        if place.is_finite is False or not singular_at(piece.expr, u, place):
            ends.append(None)
            continue
        near = piece.expr.subs(u, place + inward * distance)
        near = sp.cancel(near) if near.is_rational_function(distance) else near
        ends.append(_compile(distance, near))
    return SmoothPart(_compile(u, piece.expr), *ends)


def _compile(variable, expr):
    return sp.lambdify(variable, expr, modules=[NUMERIC, "mpmath"])


def singular(expr, u, place):
    return expr.subs(u, place).has(sp.zoo, sp.nan, sp.oo, -sp.oo)


def number(value):
    """A SymPy number as an mpmath number of the current precision."""
    if not value.is_Number:
        value = sp.N(value, mpmath.mp.dps + 5)
    if not (value.is_extended_real and value.is_finite):
        raise InputError(
            f"the law of a Gaussian expectation needs finite real numbers; got {value}"
        )
    return mpmath.mpf(value._to_mpmath(mpmath.mp.prec))


def line(function, mean, variance, tolerance):
    """E f(mean + sqrt(variance) Z) and E |f|."""
    scale = mpmath.sqrt(variance)
    cuts = [(place - mean) / scale for place in function.places()]
    bends = [(place - mean) / scale for place in function.bends]
    norm = 1 / mpmath.sqrt(2 * mpmath.pi)
    total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
    for part, (lower, upper) in zip(function.parts, intervals(cuts), strict=True):
        for start, stop in subintervals(lower, upper, -mean / scale, scale, bends):
            value_at = part.near(start == lower, stop == upper)

            def integrand(z, side=0, gap=None, value_at=value_at):
                distance = None if gap is None else scale * gap
                return value_at(mean + scale * z, side, distance) * mpmath.exp(-z * z / 2) * norm

            try:
                value, size = _segment(integrand, start, stop, scale, tolerance)
            except PrecisionError:
                if cuts:
                    raise
                return _trapezoid(integrand, tolerance)
            total += value
            magnitude += size
    return total, magnitude


def _trapezoid(integrand, tolerance):
    """The plain trapezoidal rule on the whole line: best for entire, oscillating integrands.

    Steps shrink by the golden ratio: under halving, the alias of a frequency may survive several
    steps unchanged and pass for convergence.
    """
    reach = max(
        _reach(f, mpmath.mpf(0), mpmath.inf, tolerance)
        for f in (integrand, lambda z: integrand(-z))
    )
    golden = (mpmath.sqrt(5) - 1) / 2
    step, previous = mpmath.mpf(1) / 4, None
    while 2 * reach / step < _TRAPEZOID_POINTS:
        count = int(reach / step) + 1
        samples = [integrand((k + golden) * step) for k in range(-count, count + 1)]
        value, size = mpmath.fsum(samples) * step, mpmath.fsum(samples, absolute=True) * step
        if previous is not None and abs(value - previous) <= tolerance * size:
            return value, size
        previous, step = value, step * golden
    raise PrecisionError(
        f"the quadrature did not settle with {_TRAPEZOID_POINTS} points: the integrand oscillates "
        "too fast at this variance; ask for fewer digits"
    )


def intervals(cuts):
    """The intervals between the cuts, the unbounded ones included."""
    return list(itertools.pairwise([-mpmath.inf, *cuts, mpmath.inf]))


def subintervals(lower, upper, origin, scale, bends=()):
    """Cut an unbounded or wide interval at the origin of u, where activations have features.

    ``bends`` are the places of narrow features elsewhere, where it is always cut.
    """
    width = min(mpmath.mpf(1), 1 / scale)
    inner = [p for p in sorted({origin, mpmath.mpf(0)}) if lower < p < upper]
    inner = [p for p in inner if min(p - lower, upper - p) > width / 1000]
    if not inner and lower == -mpmath.inf and upper == mpmath.inf:
        inner = [origin]
    inner = sorted({*inner, *(b for b in bends if lower < b < upper)})
    return list(itertools.pairwise([lower, *inner, upper]))


def _segment(integrand, lower, upper, scale, tolerance):
    """The integral over one smooth piece that does not straddle 0, and that of its modulus."""
    if upper <= 0 or lower == -mpmath.inf:  # work outwards from the end nearer to the centre
        lower, upper, mirrored = -upper, -lower, integrand

        def integrand(z, side=0, gap=None):
            return mirrored(-z, -side, gap)

    reach = _reach(integrand, lower, upper, tolerance)
    if upper - lower > reach:
        nodes = half_line_nodes(lower, reach, scale, tolerance)
    else:
        nodes = interval_nodes(lower, upper, tolerance)
    return refine(integrand, nodes, tolerance)


def _reach(integrand, lower, upper, tolerance):
    """How far beyond ``lower`` the integrand stays above the tolerance."""
    bits = -mpmath.log(tolerance)
    reach = mpmath.sqrt(lower * lower + 2 * bits) - lower + 2
    if lower + reach > upper:
        return upper
    largest = max(abs(integrand(lower + reach * k / 24)) for k in range(1, 25))
    for _ in range(40):
        tail = max(abs(integrand(lower + reach * (1 + mpmath.mpf(k) / 8))) for k in range(4))
        largest = max(largest, tail)
        if tail <= tolerance * largest or largest == 0:
            return reach * mpmath.mpf("1.2")
        reach *= mpmath.mpf("1.5")
        if lower + reach > upper:
            return upper
    raise DivergentExpectationError(
        "the integrand does not decay under the Gaussian weight: the expectation is infinite"
    )
