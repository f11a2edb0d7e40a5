r"""Gaussian expectations to any precision, by double-exponential quadrature on smooth pieces.

The integrand is cut at its breakpoints (and once more near the origin, where activations have
their features), every unbounded piece is mapped by z = z_0 ± a exp(t - e^{-t}), every bounded one
by tanh-sinh, and the trapezoidal rule in t is refined by halving its step until two successive
values agree.  For integrands analytic inside their pieces the number of correct digits doubles
with each halving.  Two variables are in :mod:`theory.plane_quadrature`.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from .errors import DivergentExpectationError, PrecisionError, UndecidedError
from .growth import growth
from .pieces import pieces
from .special import NUMERIC

__all__ = ["evaluate"]

#: A step is halved at most this often before PrecisionError.
MOST_HALVINGS = 9
_GUARD_BITS = 25
_MOST_BITS = {1: 1000, 2: 60}  # extra bits against cancellation, by number of variables
_TRAPEZOID_POINTS = 40_000


def evaluate(node, prec: int) -> sp.Float:
    """A GaussianExpectation without free symbols, as a Float of ``prec`` bits.

    Where the integrand cancels (E cos at a large variance), the precision is raised until the
    digits asked for survive; what vanishes to 300 digits is returned as 0
    (to 15 more than asked for, with two variables).

    Raises PrecisionError if successive refinements do not agree, DivergentExpectationError if the
    integral is infinite.
    """
    working = prec + _GUARD_BITS
    while True:
        with mpmath.workprec(working):
            value, magnitude = _integral(node, mpmath.ldexp(1, 21 - working))
            lost = _lost_bits(value, magnitude, working)
            if (
                lost <= _GUARD_BITS + working - prec - 30
                or working > _MOST_BITS[len(node.factors)] + prec
            ):
                noise = lost >= working - 25
                return sp.Float._new(mpmath.mpf(0 if noise else value)._mpf_, prec)
        working = prec + _GUARD_BITS + (2 * working if lost >= working - 25 else lost + 10)


def _integral(node, tolerance):
    """(value, integral of the absolute value) at the current precision."""
    from .gaussian import BOUND
    from .plane_quadrature import plane

    means = [number(m) for m in node.means]
    entries = [[number(e) for e in node.covariance.row(i)] for i in range(len(means))]
    functions = [_piecewise(f, BOUND) for f in node.factors]
    if len(means) == 2:
        return plane(node, functions, means, entries, tolerance)
    _require_existence(node.factors[0], BOUND, entries[0][0])
    return _line(functions[0], means[0], entries[0][0], tolerance)


def _lost_bits(value, magnitude, working):
    """How many leading bits cancelled in an integral."""
    if magnitude == 0:
        return 0
    if value == 0:
        return working
    return max(0, int(mpmath.log(magnitude / abs(value), 2)))


@dataclass(frozen=True)
class _Piecewise:
    """Cuts and, between them, functions of an mpmath number."""

    cuts: tuple[sp.Expr, ...]
    functions: tuple

    def places(self):
        """The cuts as numbers of the current precision."""
        return [number(c) for c in self.cuts]


@lru_cache(maxsize=512)
def _piecewise(factor, u):
    parts = pieces(factor, u)
    compiled = tuple(sp.lambdify(u, p.expr, modules=[NUMERIC, "mpmath"]) for p in parts)
    return _Piecewise(tuple(p.lower for p in parts[1:]), compiled)


def number(value):
    return (
        value._to_mpmath(mpmath.mp.prec)
        if value.is_Number
        else mpmath.mpf(sp.N(value, mpmath.mp.dps + 5)._to_mpmath(mpmath.mp.prec))
    )


def _require_existence(factor, u, variance):
    parts = pieces(factor, u)
    try:
        rate = growth(parts[0].expr, parts[-1].expr, u).largest.gaussian
    except UndecidedError:
        return
    if rate.is_number and rate.is_positive and 2 * number(rate) * variance >= 1:
        raise DivergentExpectationError(
            f"E of {factor} is infinite for variances >= {1 / (2 * rate)}; got "
            f"{mpmath.nstr(variance, 6)}"
        )


def _line(function, mean, variance, tolerance):
    """E f(mean + sqrt(variance) Z) and E |f|."""
    scale = mpmath.sqrt(variance)
    cuts = [(place - mean) / scale for place in function.places()]
    norm = 1 / mpmath.sqrt(2 * mpmath.pi)
    total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
    for f, (lower, upper) in zip(function.functions, intervals(cuts), strict=True):

        def integrand(z, f=f):
            return f(mean + scale * z) * mpmath.exp(-z * z / 2) * norm

        for start, stop in subintervals(lower, upper, -mean / scale, scale):
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
    ends = [-mpmath.inf, *cuts, mpmath.inf]
    return list(itertools.pairwise(ends))


def subintervals(lower, upper, origin, scale):
    """Cut an unbounded or wide interval at the origin of u, where activations have features."""
    # shifting the cut off a pole-free origin would cost digits; at the origin it costs nothing
    width = max(mpmath.mpf(1), 1 / scale)
    inner = [p for p in sorted({origin, mpmath.mpf(0)}) if lower < p < upper]
    inner = [p for p in inner if min(p - lower, upper - p) > width / 1000]
    if not inner and lower == -mpmath.inf and upper == mpmath.inf:
        inner = [origin]
    ends = [lower, *inner, upper]
    return list(itertools.pairwise(ends))


def _segment(integrand, lower, upper, scale, tolerance):
    """The integral over one smooth piece that does not straddle 0, and that of its modulus."""
    if upper <= 0 or lower == -mpmath.inf:  # work outwards from the end nearer to the centre
        lower, upper, mirrored = -upper, -lower, integrand

        def integrand(z):
            return mirrored(-z)

    reach = _reach(integrand, lower, upper, tolerance)
    if upper - lower > reach:
        nodes = half_line_nodes(lower, reach, scale, tolerance)
    else:
        nodes = interval_nodes(lower, upper, tolerance)
    return _refine(integrand, nodes, tolerance)


def half_line_nodes(lower, reach, scale, tolerance):
    """t -> (z, dz/dt) for z = lower + a exp(t - e^{-t}), with the range of t that matters."""
    a = min(mpmath.mpf(1), 1 / scale)
    first = -mpmath.log(-2 * mpmath.log(tolerance) + 10)
    last = mpmath.log(reach / a) + mpmath.mpf("0.05")

    def node(t):
        decay = mpmath.exp(-t)
        offset = a * mpmath.exp(t - decay)
        return lower + offset, offset * (1 + decay)

    return node, first, last


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


def interval_nodes(lower, upper, tolerance):
    """t -> (z, dz/dt) of the tanh-sinh map."""
    middle, radius = (lower + upper) / 2, (upper - lower) / 2
    last = mpmath.asinh(-mpmath.log(tolerance) / mpmath.pi * 2 + 1)

    def node(t):
        # distances to the nearer end are computed without cancellation
        half_pi = mpmath.pi / 2
        inner = half_pi * mpmath.sinh(t)
        sech = 1 / mpmath.cosh(inner)
        gap = mpmath.exp(-abs(inner)) * sech * radius
        z = upper - gap if t > 0 else lower + gap
        if t == 0:
            z = middle
        return z, radius * half_pi * mpmath.cosh(t) * sech**2

    return node, -last, last


def _refine(integrand, nodes, tolerance):
    """The trapezoidal rule in t, halving the step until two values agree."""
    node, first, last = nodes

    def sample(t):
        z, weight = node(t)
        return integrand(z) * weight if weight else mpmath.mpf(0)

    step = (last - first) / 24
    samples = [sample(first + k * step) for k in range(25)]
    total, magnitude = mpmath.fsum(samples), mpmath.fsum(samples, absolute=True)
    value, previous = total * step, mpmath.inf
    for level in range(MOST_HALVINGS):
        count = 24 * 2**level
        samples = [sample(first + (k + mpmath.mpf("0.5")) * step) for k in range(count)]
        total += mpmath.fsum(samples)
        magnitude += mpmath.fsum(samples, absolute=True)
        step /= 2
        refined = total * step
        if magnitude == 0:
            return refined, magnitude
        gap = abs(refined - value) / (magnitude * step)
        if converged(gap, previous, tolerance):
            return refined, magnitude * step
        previous, value = gap, refined
    raise PrecisionError(
        f"the quadrature reached a relative change of {mpmath.nstr(gap, 2)} only; "
        "ask for fewer digits, or write kinks as Piecewise, Max or Abs so that they are seen"
    )


def converged(gap, previous, tolerance):
    """Whether the last refinement is good enough, given its relative change and the one before.

    The number of digits doubles with each halving, so once that is seen to happen the error left
    is about gap**2; a factor 1000 is kept in hand.
    """
    return gap <= tolerance or (gap < previous**1.5 and 1000 * gap**2 < tolerance)
