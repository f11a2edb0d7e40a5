r"""Two-variable Gaussian expectations E f(X) g(Y) to any precision.

Two rules, both of which evaluate f and g once per node of one variable only:

* smooth f and g: with X + Y and X - Y as coordinates (they are independent), a trapezoidal lattice
  hits f and g on equally spaced points, and the double sum is multiplications only;
* otherwise: the double-exponential nodes that suit the cuts of f and of g, in a tensor product
  with the joint density.

Both are refined by halving until they settle.
"""

import mpmath
import sympy as sp

from .bound import BOUND
from .double_exponential import MOST_HALVINGS, converged, half_line_nodes, interval_nodes
from .errors import DivergentExpectationError, PrecisionError, UndecidedError
from .growth import growth
from .pieces import pieces
from .quadrature import intervals, number, subintervals
from .symbols import x as symbol_x

__all__ = ["plane", "plane_reach"]

_MOST_LATTICE_POINTS = 600_000
_MOST_PAIRS = 6_000_000


def plane(node, functions, means, covariance, tolerance):
    """E f(X) g(Y): a lattice rule for smooth functions, else a tensor rule on their own nodes."""
    scales = [mpmath.sqrt(covariance[i][i]) for i in (0, 1)]
    correlation = covariance[0][1] / (scales[0] * scales[1])
    reach = plane_reach(node, scales, correlation, tolerance)
    if not any(f.cuts or f.bends for f in functions):

        def rule(level):
            return _lattice_sum(functions, means, scales, correlation, reach, level)

        value = _refine_plane(rule, tolerance)
        if value is not None:
            return value

    def tensor(level):
        step = mpmath.ldexp(mpmath.mpf(1) / 3, -level)
        grids = [
            _axis(f, m, s, step, correlation, reach, tolerance)
            for f, m, s in zip(functions, means, scales, strict=True)
        ]
        return _tensor_sum(grids, correlation, tolerance)

    value = _refine_plane(tensor, tolerance)
    if value is None:
        raise PrecisionError(
            "the two-variable quadrature did not converge; ask for fewer digits, or a correlation "
            "further from 1 and -1"
        )
    return value


def _refine_plane(rule, tolerance):
    """Refine a rule that returns (value, magnitude), or None if too large, until it settles."""
    value, previous = None, mpmath.inf
    for level in range(MOST_HALVINGS):
        result = rule(level)
        if result is None:
            return None
        refined, magnitude = result
        if magnitude == 0:
            return refined, magnitude
        if value is not None:
            gap = abs(refined - value) / magnitude
            if converged(gap, previous, tolerance):
                return refined, magnitude
            previous = gap
        value = refined
    return None


def plane_reach(node, scales, correlation, tolerance):
    """How many standard deviations matter, given the growth of the factors."""
    exponential, gaussian = [mpmath.mpf(0)] * 2, [mpmath.mpf(0)] * 2
    for i, factor in enumerate(node.factors):
        parts = pieces(factor, BOUND)
        try:
            rate = growth(parts[0].expr, parts[-1].expr, BOUND).largest
        except UndecidedError:
            continue
        if rate.gaussian is sp.oo:
            raise DivergentExpectationError(
                f"E of a product with {factor.xreplace({BOUND: symbol_x})} is infinite: it grows "
                "faster than any Gaussian decays"
            )
        gaussian[i] = number(rate.gaussian) * scales[i] ** 2 if rate.gaussian.is_number else 0
        if rate.exponential.is_positive and rate.exponential.is_finite:
            exponential[i] = number(rate.exponential) * scales[i]
    shift = max(exponential) + abs(correlation) * min(exponential)
    widening = _widening(gaussian, correlation)
    return (mpmath.sqrt(-2 * mpmath.log(tolerance)) + 3 + shift) * widening


def _widening(rates, rho):
    """How much wider than the Gaussian the integrand is, for factors exp(rate_i z_i²).

    The matrix R^-1 - 2 diag(rates) must be positive definite; its inverse is the covariance.
    """
    g, h = rates
    if g <= 0 and h <= 0:
        return mpmath.mpf(1)
    spread = 1 - rho**2
    first, second, cross = 1 / spread - 2 * g, 1 / spread - 2 * h, -rho / spread
    determinant = first * second - cross**2
    if determinant <= 0 or first + second <= 0:
        raise DivergentExpectationError(
            "the expectation of the product is infinite at these variances: the factors grow "
            "faster than the joint Gaussian decays"
        )
    v, w, c = second / determinant, first / determinant, -cross / determinant
    ratios = (v, w, (v + w + 2 * c) / (2 + 2 * rho), (v + w - 2 * c) / (2 - 2 * rho))
    return max(mpmath.mpf(1), mpmath.sqrt(max(ratios)))


def _lattice_sum(functions, means, scales, correlation, reach, level):
    """(sum, sum of absolute values) of the trapezoidal rule in the sum and the difference.

    With a, b = sqrt((1 ± rho)/2), X = m_1 + s_1 (alpha + beta), Y = m_2 + s_2 (alpha - beta) for
    independent alpha ~ N(0, a²), beta ~ N(0, b²).  The step of the wider one is a multiple of that
    of the narrower, so that f and g are met on one lattice.  None if it would be too large.
    """
    widths = [mpmath.sqrt((1 + correlation) / 2), mpmath.sqrt((1 - correlation) / 2)]
    step = mpmath.ldexp(min(widths), -level)
    strides = [max(1, int(w / min(widths))) for w in widths]
    counts = [
        int(mpmath.ceil(reach * w / (step * k))) for w, k in zip(widths, strides, strict=True)
    ]
    if counts[0] * counts[1] * 4 > _MOST_LATTICE_POINTS:
        return None
    sums, differences = (
        [(k * i, _lattice_weight(k * i * step / w, k * step / w)) for i in range(-n, n + 1)]
        for w, k, n in zip(widths, strides, counts, strict=True)
    )
    first, second = (
        _Lattice(f.parts[0].function, m, s * step)
        for f, m, s in zip(functions, means, scales, strict=True)
    )
    total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
    for i, weight in sums:
        products = [w * first[i + j] * second[i - j] for j, w in differences]
        total += weight * mpmath.fsum(products)
        magnitude += weight * mpmath.fsum(products, absolute=True)
    return total, magnitude


def _lattice_weight(z, step):
    return step * mpmath.npdf(z)


class _Lattice(dict):
    """Values f(mean + k step) by k, computed when first asked for."""

    def __init__(self, function, mean, step):
        super().__init__()
        self.at = lambda k: function(mean + k * step)

    def __missing__(self, k):
        value = self[k] = self.at(k)
        return value


def _axis(function, mean, scale, step, correlation, reach, tolerance):
    """(z, f(mean + scale z) dz) on double-exponential nodes, z within reach of the Gaussian."""
    narrow = mpmath.sqrt(1 - correlation**2)
    cuts = [(place - mean) / scale for place in function.places()]
    bends = [(place - mean) / scale for place in function.bends]
    nodes = []
    for part, (lower, upper) in zip(function.parts, intervals(cuts), strict=True):
        for start, stop in subintervals(lower, upper, -mean / scale, scale, bends):
            value_at = part.near(start == lower, stop == upper)
            mirrored = stop <= 0 or start == -mpmath.inf
            near, far = (-stop, -start) if mirrored else (start, stop)
            if near > reach:
                continue
            if far - near > reach:
                # 1/narrow: the joint density varies on that scale as well
                sharpness = max(scale, 1 / narrow)
                rule = half_line_nodes(near, reach - min(near, 0), sharpness, tolerance)
            else:
                rule = interval_nodes(near, far, tolerance)
            node, first, last = rule
            count = int(mpmath.ceil((last - first) / step))
            for k in range(count + 1):
                z, weight, side, gap = node(first + k * step)
                z, side = (-z, -side) if mirrored else (z, side)
                if weight:
                    value = value_at(mean + scale * z, side, scale * gap) * weight * step
                    nodes.append((z, value))
    return [(z, value) for z, value in nodes if value]


def _tensor_sum(grids, correlation, tolerance):
    """sum_ij F_i G_j n2(x_i, y_j), and the same sum of absolute values.

    Pairs whose product is far below the tolerance are skipped.
    """
    spread = 1 - correlation**2
    weighted = []
    for grid in grids:
        rows = [(z, v * mpmath.exp(-z * z / (2 * spread))) for z, v in grid]
        weighted.append([(z, v, float(z), float(mpmath.log(abs(v)))) for z, v in rows])
    first, second = weighted
    if len(first) * len(second) > _MOST_PAIRS:
        return None
    coupling = correlation / spread
    slope, cutoff = float(coupling), float(mpmath.log(tolerance)) - 8
    total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
    for x, value, x_float, x_log in first:
        rate, line = coupling * x, slope * x_float
        near = [
            (y, v) for y, v, y_float, y_log in second if x_log + y_log + line * y_float > cutoff
        ]
        products = [v * mpmath.exp(rate * y) for y, v in near]
        total += value * mpmath.fsum(products)
        magnitude += abs(value) * mpmath.fsum(products, absolute=True)
    norm = 1 / (2 * mpmath.pi * mpmath.sqrt(spread))
    return total * norm, magnitude * norm
