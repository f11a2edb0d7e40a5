r"""All Hermite integrals of one smooth piece at once, in ball arithmetic.

    I_n = \int_a^b f(m + s z) He_n(z)/\sqrt{n!} n(z) dz,    n = 0, ..., N,

by Gauss-Legendre rules on panels that share the values of f among all n.  On a panel of half
length h the rule with p nodes is exact to degree 2p - 1, and Chebyshev coefficients of a function
bounded by M in the Bernstein ellipse of parameter r are at most 2 M r^-k, so its error is at most

    (64/15) h M r^(-2p) / (1 - r^-2).

f is bounded by its balls on rectangles that cover the ellipse, which also shows that it is
analytic there; the Hermite factor by Mehler's kernel: for every 0 < t < 1 and z = x + i y

    |He_n(z)|^2 / n! <= t^-n (1 - t^2)^(-1/2) exp(t x^2/(1 + t) + t y^2/(1 - t)).

Sources: Trefethen, Approximation Theory and Approximation Practice, thm 19.3, for the error;
the second line is Mehler's formula at (z, conj z), all of whose terms are nonnegative.
"""

import math
from functools import lru_cache

from .gaussian_segments import Segment

__all__ = ["hermite_coefficients", "hermite_integrals"]

_ELLIPSES = (4.0, 2.8, 2.0, 1.5)
_MOST_NODES = 160
_DEEPEST = 24  # halvings of a panel
_FINEST = 4  # halvings of a rectangle
_LONGEST = 2.0


def hermite_coefficients(integral, variance, terms):
    r"""Balls of E f(\sqrt q Z) He_n(Z)/\sqrt{n!}, n = 0, ..., terms, of a GaussianIntegral of f.

    ``variance`` is a positive ball.  Pieces with a branch point go through the integrator of
    :mod:`numerics.gaussian_segments`, one index at a time.
    """
    from flint import arb

    mean, spread = arb(0), variance.sqrt()
    cutoff, _ = integral.tail_bound(mean, variance.upper(), spread, [], terms)
    totals = [arb(0)] * (terms + 1)
    for segment in integral.segments:
        found = _of_segment(segment, mean, spread, cutoff, terms)
        if found is None:
            return [integral(mean, variance, (), n) for n in range(terms + 1)]
        totals = [a + b for a, b in zip(totals, found, strict=True)]
    for n in range(terms + 1):
        for sign in (1, -1):
            tail = integral.one_tail(sign, mean, variance.upper(), spread, cutoff, [], n)
            if tail is None:
                return [integral(mean, variance, (), n) for n in range(terms + 1)]
            totals[n] += arb(0, (tail / arb(n).fac().sqrt()).abs_upper())
    return totals


def _of_segment(segment, mean, spread, cutoff, terms):
    """The integrals over one segment within the cut-off, or None."""
    from flint import arb

    if segment.piece.expr.is_zero:
        return [arb(0)] * (terms + 1)
    if type(segment) is not Segment:
        return None
    low = segment.standard(segment.lower([]), mean, spread, -cutoff)
    high = segment.standard(segment.upper([]), mean, spread, cutoff)
    if low.lower() >= high.upper():
        return [arb(0)] * (terms + 1)
    found = hermite_integrals(segment.program, mean, spread, low.mid(), high.mid(), terms)
    if found is None:
        return None
    for end in (low, high):
        if not end.is_exact():  # its radius times a bound of the integrand there
            height = segment.program.real([mean + spread * end])
            height *= _weight(end.mid(), arb(end.rad()), arb(0), terms)
            found = [ball + arb(0, (end.rad() * height).abs_upper()) for ball in found]
    return found if all(ball.is_finite() for ball in found) else None


def hermite_integrals(program, mean, spread, start, stop, terms):
    """I_0, ..., I_terms between ``start`` and ``stop``, exact balls; None if f is not analytic.

    ``program`` is the BallProgram of f in one symbol; ``mean`` and ``spread`` are balls.
    """
    from flint import arb, arb_mat, ctx

    totals = arb_mat(terms + 1, 1)
    error = arb(0)
    count = max(1, math.ceil(float(stop - start) / _LONGEST))
    waiting = [
        (start + (stop - start) * k / count, start + (stop - start) * (k + 1) / count, 0)
        for k in reversed(range(count))
    ]
    while waiting:
        a, b, depth = waiting.pop()
        a, b = a.mid(), b.mid()  # neighbours share their ends exactly
        rule = _rule(program, mean, spread, a, b, terms, ctx.prec)
        if rule is None:
            if depth == _DEEPEST:
                return None
            middle = ((a + b) / 2).mid()
            waiting += [(middle, b, depth + 1), (a, middle, depth + 1)]
            continue
        nodes, bound = rule
        totals += _panel(program, mean, spread, a, b, terms, nodes)
        error += bound
    found, scale = [], 1 / (2 * arb.pi()).sqrt()
    for n in range(terms + 1):
        scale = scale / arb(n).sqrt() if n else scale
        found.append(scale * totals[n, 0] + arb(0, error.abs_upper()))
    return found


def _panel(program, mean, spread, a, b, terms, count):
    from flint import arb, arb_mat

    half, middle = (b - a) / 2, (a + b) / 2
    points, weights = [], []
    for node, weight in _legendre(count, _precision()):
        z = middle + half * node
        points.append(z)
        value = program.real([mean + spread * z])
        weights.append([value * weight * half * (-z * z / 2).exp()])
    table = [[arb(1)] * count, points]
    for n in range(1, terms):
        last, older = table[-1], table[-2]
        table.append([z * p - n * o for z, p, o in zip(points, last, older, strict=True)])
    return arb_mat(table[: terms + 1]) * arb_mat(weights)


def _rule(program, mean, spread, a, b, terms, bits):
    """(number of nodes, error bound), or None if the panel is to be cut."""
    from flint import arb

    half, middle = (b - a) / 2, (a + b) / 2
    for size in _ELLIPSES:
        long, short = half * (size + 1 / size) / 2, half * (size - 1 / size) / 2
        largest = _largest(program, mean, spread, middle, long, short)
        if largest is None:
            continue
        weight = _weight(middle, long, short, terms)
        scale = arb(64) / 15 * half * largest * weight / (1 - arb(size) ** -2)
        target = float(scale.abs_upper().log() / arb(2).log()) + bits if scale != 0 else 0.0
        nodes = max(2, math.ceil(target / (2 * math.log2(size))))
        nodes += nodes % 2
        if nodes <= _MOST_NODES:
            return nodes, (scale * arb(size) ** (-2 * nodes)).abs_upper()
    return None


def _largest(program, mean, spread, middle, long, short):
    """A bound of |f| in the ellipse; f is real on the line, so its upper half will do."""
    from flint import acb, arb

    largest = arb(0)
    waiting = [(middle - long, middle + long, arb(0), short, 0)]
    while waiting:
        left, right, low, high, depth = waiting.pop()
        z = acb(left.union(right), low.union(high))
        value = program.complex([mean + spread * z], True)
        if value.is_finite():
            largest = largest.max(abs(value).abs_upper())
            continue
        if depth == _FINEST:
            return None
        centre, level = (left + right) / 2, (low + high) / 2
        waiting += [
            (x0, x1, y0, y1, depth + 1)
            for x0, x1 in ((left, centre), (centre, right))
            for y0, y1 in ((low, level), (level, high))
            if _meets_ellipse(x0, x1, y0, middle, long, short)
        ]
    return largest


def _meets_ellipse(left, right, low, middle, long, short):
    """Whether a rectangle above the axis may meet the ellipse."""
    from flint import arb

    gap = arb.max(arb.max(left - middle, middle - right), arb(0))
    return not (gap / long) ** 2 + (low / short) ** 2 > 1


def _weight(middle, long, short, terms):
    """A bound of |He_n(z) exp(-z^2/2)| / sqrt(n!) in the ellipse, n <= terms."""
    from flint import arb

    nearest = arb.max(abs(middle) - long, arb(0))
    best = max(float(short) / math.sqrt(terms + 1), 0.5 / (terms + 1))
    free = arb(min(0.5, best))  # 1 - t
    t = 1 - free
    exponent = short**2 / (2 * free) - nearest**2 / (2 * (1 + t))
    return t ** (-arb(terms) / 2) * (1 - t * t) ** (-arb(1) / 4) * exponent.exp()


def _precision():
    from flint import ctx

    return ctx.prec


@lru_cache(maxsize=512)
def _legendre(count, bits):
    """Nodes and weights of the Gauss-Legendre rule on [-1, 1]."""
    from flint import arb, ctx

    with ctx.workprec(bits):
        return tuple(arb.legendre_p_root(count, k, weight=True) for k in range(count))
