r"""E f(X) g(Y) of analytic f, g to many digits: the lattice of the sum and the difference, in Arb.

The rule of :mod:`theory.plane_quadrature`: X + Y and X - Y are independent, so that a trapezoidal
lattice in them meets f and g on equally spaced points of one axis each, and the double sum is
multiplications only.  Steps are halved until two values agree; with them the digits double.
"""

import math

import mpmath

from theory.double_exponential import MOST_HALVINGS, converged

from .balls import midpoint

__all__ = ["lattice"]

_MOST_POINTS = 6_000_000
_SIZED = 3  # levels at which the sum of sizes is computed as well; it hardly changes


def lattice(functions, means, scales, correlation, reach, tolerance):
    """(value, sum of the absolute values) as balls, or None if it does not settle.

    ``functions`` map balls to balls; ``means``, ``scales`` and ``correlation`` are balls;
    ``reach`` is in standard deviations.
    """
    axes = [_Axis(f, m, s) for f, m, s in zip(functions, means, scales, strict=True)]
    value, magnitude, previous = None, None, mpmath.inf
    for level in range(MOST_HALVINGS):
        found = _sums(axes, correlation, float(reach), level, level < _SIZED)
        if found is None:
            return None
        refined, magnitude = found[0], found[1] if level < _SIZED else magnitude
        if not refined.is_finite():
            return None
        if magnitude == 0:
            return refined, magnitude
        if value is not None:
            gap = midpoint(abs(refined - value) / magnitude)
            if converged(gap, previous, tolerance):
                return refined, magnitude
            previous = gap
        value = refined
    return None


def _sums(axes, correlation, reach, level, sized):
    """The sum with a step of 2**-level of the narrower direction, if ``sized`` with its size."""
    from flint import arb

    widths = [((1 + correlation) / 2).sqrt().mid(), ((1 - correlation) / 2).sqrt().mid()]
    narrow = min(widths)
    strides = [max(1, int(float(w / narrow))) for w in widths]
    step = narrow * arb(2) ** -level
    spacings = [(step * k / w).mid() for w, k in zip(widths, strides, strict=True)]
    counts = [int(reach / float(spacing)) + 1 for spacing in spacings]
    if 4 * counts[0] * counts[1] > _MOST_POINTS:
        return None
    rows, shares = map(_weights, spacings, counts)
    shares = shares[:0:-1] + shares
    last = strides[0] * counts[0] + strides[1] * counts[1]
    first, second = (axis.values(step, last) for axis in axes)
    mirrored = _parity(first) == _parity(second) != 0
    total, magnitude = arb(0), arb(0)
    for i in range(0 if mirrored else -counts[0], counts[0] + 1):
        # the corners of the rectangle are further out than its sides
        height = math.sqrt(max(0.0, reach**2 - (i * float(spacings[0])) ** 2))
        n = min(counts[1], int(height / float(spacings[1])) + 1)
        centre, k = last + strides[0] * i, strides[1]
        up = first[centre - k * n : centre + k * n + 1 : k]
        down = second[centre - k * n : centre + k * n + 1 : k][::-1]
        weights = shares[counts[1] - n : counts[1] + n + 1]
        terms = [w * f * g for w, f, g in zip(weights, up, down, strict=True)]
        weight = rows[abs(i)] * (2 if mirrored and i else 1)
        total += weight * sum(terms, arb(0))
        if sized:
            magnitude += weight * sum(map(abs, terms), arb(0))
    return total, magnitude


def _parity(values):
    """1 or -1 if the values are even or odd about their middle, else 0."""
    half = len(values) // 2
    pairs = list(zip(values[:half], values[:half:-1], strict=True))
    if all(a == b for a, b in pairs):
        return 1
    return -1 if all(a == -b for a, b in pairs) else 0


def _weights(spacing, count):
    """The trapezoidal weights of a standard normal at 0, spacing, ..., count * spacing."""
    from flint import arb

    norm = spacing / (2 * arb.pi()).sqrt()
    return [((-((k * spacing) ** 2) / 2).exp() * norm).mid() for k in range(count + 1)]


class _Axis:
    """Values of one function on lattices whose steps are halved; none is computed twice."""

    def __init__(self, function, mean, scale):
        self._function, self._mean, self._scale = function, mean, scale
        self._known = {}

    def values(self, step, last):
        """The values at mean + scale step k for -last <= k <= last."""
        spacing, result = (self._scale * step).mid(), []
        for k in range(-last, last + 1):
            place = (spacing * k).mid()
            key = place.man_exp()
            if key not in self._known:
                self._known[key] = self._function(self._mean + place).mid()
            result.append(self._known[key])
        return result
