r"""Double-exponential rules: nodes that crowd towards the ends of an interval.

An unbounded interval is mapped by z = z_0 + a exp(t - e^{-t}), a bounded one by tanh-sinh, and the
trapezoidal rule in t is refined by halving its step (Takahasi & Mori 1974).  For integrands that
are analytic inside the interval the number of correct digits doubles with each halving, and
integrable singularities at the ends cost nothing.

A node is (z, dz/dt, side, gap): ``gap`` is its distance to the lower (side -1) or upper (side +1)
end, exact where z itself has rounded onto that end.
"""

import mpmath

from .errors import PrecisionError

__all__ = ["MOST_HALVINGS", "converged", "half_line_nodes", "interval_nodes", "refine"]

#: A step is halved at most this often before PrecisionError.
MOST_HALVINGS = 9


def half_line_nodes(lower, reach, scale, tolerance):
    """(node, first t, last t) on (lower, lower + reach); features have size 1/scale."""
    a = min(mpmath.mpf(1), 1 / scale)
    first = -mpmath.log(-2 * mpmath.log(tolerance) + 10)
    last = mpmath.log(reach / a) + mpmath.mpf("0.05")

    def node(t):
        decay = mpmath.exp(-t)
        offset = a * mpmath.exp(t - decay)
        return lower + offset, offset * (1 + decay), -1, offset

    return node, first, last


def interval_nodes(lower, upper, tolerance):
    """(node, first t, last t) of the tanh-sinh map onto (lower, upper)."""
    radius = (upper - lower) / 2
    last = mpmath.asinh(-mpmath.log(tolerance) / mpmath.pi * 2 + 1)

    def node(t):
        inner = mpmath.pi / 2 * mpmath.sinh(t)
        sech = 1 / mpmath.cosh(inner)
        gap = mpmath.exp(-abs(inner)) * sech * radius
        weight = radius * mpmath.pi / 2 * mpmath.cosh(t) * sech**2
        return (upper - gap, weight, 1, gap) if t > 0 else (lower + gap, weight, -1, gap)

    return node, -last, last


def refine(integrand, nodes, tolerance):
    """(integral, integral of the modulus) of ``integrand(z, side, gap)``, by halving the step."""
    node, first, last = nodes

    def sample(t):
        z, weight, side, gap = node(t)
        return integrand(z, side, gap) * weight if weight else mpmath.mpf(0)

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
