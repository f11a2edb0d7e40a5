r"""Gaussian expectations to any precision, by double-exponential quadrature on smooth pieces.

The integrand is cut at its breakpoints (and once more near the origin, where activations have
their features), every unbounded piece is mapped by z = z_0 ± a exp(t - e^{-t}), every bounded one
by tanh-sinh, and the trapezoidal rule in t is refined by halving its step until two successive
values agree.  For integrands analytic inside their pieces the number of correct digits doubles
with each halving.  Two variables are integrated one inside the other.
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from .errors import DivergentExpectationError, PrecisionError, UndecidedError
from .growth import growth
from .pieces import pieces
from .special import NUMERIC

__all__ = ["evaluate"]

_MOST_HALVINGS = 9
_GUARD_BITS = 25


def evaluate(node, prec: int) -> sp.Float:
    """A GaussianExpectation without free symbols, as a Float of ``prec`` bits.

    Raises PrecisionError if successive refinements do not agree, DivergentExpectationError if the
    integral is infinite.
    """
    from .gaussian import BOUND

    with mpmath.workprec(prec + _GUARD_BITS):
        means = [_number(m) for m in node.means]
        entries = [[_number(e) for e in node.covariance.row(i)] for i in range(len(means))]
        functions = [_piecewise(f, BOUND) for f in node.factors]
        tolerance = mpmath.ldexp(1, -prec - 4)
        if len(means) == 1:
            _require_existence(node.factors[0], BOUND, entries[0][0])
            value = _line(functions[0], means[0], entries[0][0], tolerance)
        else:
            value = _plane(functions, means, entries, tolerance)
        return sp.Float._new(mpmath.mpf(value)._mpf_, prec)


@dataclass(frozen=True)
class _Piecewise:
    """Cuts and, between them, functions of an mpmath number."""

    cuts: tuple[sp.Expr, ...]
    functions: tuple

    def places(self):
        """The cuts as numbers of the current precision."""
        return [_number(c) for c in self.cuts]


@lru_cache(maxsize=512)
def _piecewise(factor, u):
    parts = pieces(factor, u)
    compiled = tuple(sp.lambdify(u, p.expr, modules=[NUMERIC, "mpmath"]) for p in parts)
    return _Piecewise(tuple(p.lower for p in parts[1:]), compiled)


def _number(value):
    return value._to_mpmath(mpmath.mp.prec) if value.is_Number else mpmath.mpf(
        sp.N(value, mpmath.mp.dps + 5)._to_mpmath(mpmath.mp.prec)
    )


def _require_existence(factor, u, variance):
    parts = pieces(factor, u)
    try:
        rate = growth(parts[0].expr, parts[-1].expr, u).largest.gaussian
    except UndecidedError:
        return
    if rate.is_number and rate.is_positive and 2 * _number(rate) * variance >= 1:
        raise DivergentExpectationError(
            f"E of {factor} is infinite for variances >= {1 / (2 * rate)}; got "
            f"{mpmath.nstr(variance, 6)}"
        )


def _line(function, mean, variance, tolerance):
    """E f(mean + sqrt(variance) Z)."""
    scale = mpmath.sqrt(variance)
    cuts = [(place - mean) / scale for place in function.places()]
    norm = 1 / mpmath.sqrt(2 * mpmath.pi)
    total = mpmath.mpf(0)
    for f, (lower, upper) in zip(function.functions, _intervals(cuts), strict=True):

        def integrand(z, f=f):
            return f(mean + scale * z) * mpmath.exp(-z * z / 2) * norm

        for start, stop in _subintervals(lower, upper, -mean / scale, scale):
            total += _segment(integrand, start, stop, scale, tolerance)
    return total


def _intervals(cuts):
    ends = [-mpmath.inf, *cuts, mpmath.inf]
    return list(zip(ends, ends[1:], strict=False))


def _subintervals(lower, upper, origin, scale):
    """Cut an unbounded or wide interval at the origin of u, where activations have features."""
    # shifting the cut off a pole-free origin would cost digits; at the origin it costs nothing
    width = max(mpmath.mpf(1), 1 / scale)
    inner = [p for p in sorted({origin, mpmath.mpf(0)}) if lower < p < upper]
    inner = [p for p in inner if min(p - lower, upper - p) > width / 1000]
    if not inner and lower == -mpmath.inf and upper == mpmath.inf:
        inner = [origin]
    ends = [lower, *inner, upper]
    return list(zip(ends, ends[1:], strict=False))


def _segment(integrand, lower, upper, scale, tolerance):
    """The integral over one smooth piece."""
    if lower == -mpmath.inf:
        mirrored = _segment(lambda z: integrand(-z), -upper, mpmath.inf, scale, tolerance)
        return mirrored
    if upper == mpmath.inf:
        nodes = _half_line_nodes(integrand, lower, scale, tolerance)
    elif max(abs(lower), abs(upper)) > 40 and upper - lower > 80:
        nodes = _half_line_nodes(integrand, lower, scale, tolerance, upper)
    else:
        nodes = _interval_nodes(lower, upper, tolerance)
    return _refine(integrand, nodes, tolerance)


def _half_line_nodes(integrand, lower, scale, tolerance, upper=mpmath.inf):
    """t -> (z, dz/dt) for z = lower + a exp(t - e^{-t}), with the range of t that matters."""
    reach = _reach(integrand, lower, tolerance)
    a = min(mpmath.mpf(1), 1 / scale)
    bits = -mpmath.log(tolerance)
    first = -mpmath.log(2 * bits + 10)
    last = mpmath.log(reach / a) + mpmath.mpf("0.05")

    def node(t):
        decay = mpmath.exp(-t)
        offset = a * mpmath.exp(t - decay)
        return lower + offset, offset * (1 + decay)

    return node, first, last


def _reach(integrand, lower, tolerance):
    """How far beyond ``lower`` the integrand stays above the tolerance."""
    bits = -mpmath.log(tolerance)
    reach = mpmath.sqrt(lower * lower + 2 * bits) - (lower if lower > 0 else 0) + 2
    if lower < 0:
        reach += -lower
    largest = max(abs(integrand(lower + reach * k / 24)) for k in range(1, 25))
    for _ in range(40):
        tail = max(abs(integrand(lower + reach * (1 + mpmath.mpf(k) / 8))) for k in range(4))
        largest = max(largest, tail)
        if tail <= tolerance * largest or largest == 0:
            return reach * mpmath.mpf("1.2")
        reach *= mpmath.mpf("1.5")
    raise DivergentExpectationError(
        "the integrand does not decay under the Gaussian weight: the expectation is infinite"
    )


def _interval_nodes(lower, upper, tolerance):
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
    node, first, last = nodes

    def sample(t):
        z, weight = node(t)
        return integrand(z) * weight if weight else mpmath.mpf(0)

    step = (last - first) / 24
    total = mpmath.fsum(sample(first + k * step) for k in range(25))
    value = total * step
    previous_gap = None
    for level in range(_MOST_HALVINGS):
        count = 24 * 2**level
        total += mpmath.fsum(sample(first + (k + mpmath.mpf("0.5")) * step) for k in range(count))
        step /= 2
        refined = total * step
        gap = abs(refined - value)
        size = abs(refined) + tolerance
        if gap <= tolerance * size:
            return refined
        # convergence is quadratic: the next error is about gap**2 in relative terms
        squared = (gap / size) ** 2
        if previous_gap is not None and gap < previous_gap**1.5 and squared * 1000 < tolerance:
            return refined
        previous_gap, value = gap / size, refined
    raise PrecisionError(
        f"the quadrature reached a relative change of {mpmath.nstr(gap / size, 2)} only; "
        "ask for fewer digits, or write kinks as Piecewise, Max or Abs so that they are seen"
    )


def _plane(functions, means, covariance, tolerance):
    """E f(X) g(Y): the outer integral over X, the inner over Y given X."""
    f, g = functions
    variance, cross, other = covariance[0][0], covariance[0][1], covariance[1][1]
    gain = cross / variance
    spread = other - gain * cross
    scale, narrow = mpmath.sqrt(variance), mpmath.sqrt(spread)
    norm = 1 / mpmath.sqrt(2 * mpmath.pi)
    inner_tolerance = tolerance / 16

    def conditional(x):
        return _line(g, means[1] + gain * (x - means[0]), spread, inner_tolerance)

    cuts = [(place - means[0]) / scale for place in f.places()]
    # where the conditional mean of Y crosses a kink of g, its expectation turns within `narrow`
    smooth_cuts = [((p - means[1]) / gain) / scale for p in g.places()]
    total = mpmath.mpf(0)
    for piece, (lower, upper) in zip(f.functions, _intervals(cuts), strict=True):

        def integrand(z, piece=piece):
            x = means[0] + scale * z
            weight = mpmath.exp(-z * z / 2) * norm
            return piece(x) * weight * conditional(x)

        ends = [lower, *sorted(c for c in smooth_cuts if lower < c < upper), upper]
        for start, stop in zip(ends, ends[1:], strict=False):
            for left, right in _subintervals(start, stop, -means[0] / scale, scale):
                sharp = max(scale, abs(gain) * scale / narrow if smooth_cuts else scale)
                total += _segment(integrand, left, right, sharp, tolerance)
    return total
