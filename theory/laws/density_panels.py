r"""int y^s f(y) dy for many complex s, by a power series next to 0 and panels beyond.

Where f(y) = sum_k a_k y^k near 0, the part up to h is sum_k a_k h^(s + k + 1)/(s + k + 1), which
continues the integral to the left of Re s = -1.  Beyond, panels of equal length in log y have
Gauss-Legendre nodes at equal places, so that the powers y^s are products of few numbers.
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath

from .density_nodes import density_function

__all__ = ["transform_by_panels"]

#: Points on the circle on which the coefficients are found, radii that are tried, panels at most.
_CIRCLE, _RADII, _MOST_PANELS = 128, (1, 0.5, 0.25), 400
#: The largest |Im s| that the panels resolve, per their length.
_PHASE = 20
#: Precisions are multiples of this.
_STEP = 96


@dataclass(frozen=True)
class _Panels:
    """a_k h^(k + 1); the places of nodes in a panel, the panels and their weights."""

    log_h: mpmath.mpf
    series: tuple
    places: tuple
    starts: tuple
    weights: tuple


def transform_by_panels(law, s):
    """The integral of y^s f(y), or None if f has no power series at 0 or is not smooth."""
    if len(law.points()) != 2:
        return None
    # few different sets of nodes: they cost as much as many values
    precision = _STEP * (-(-(mpmath.mp.prec + 20) // _STEP))
    size = abs(mpmath.im(s))
    length = mpmath.mpf(1) / 8
    while size * length > _PHASE:
        length /= 2
    with mpmath.workprec(mpmath.mp.prec + 20):
        reach = max(6, int(mpmath.ceil(mpmath.log(1 + abs(mpmath.re(s)), 2))))
        found = _panels(law, precision, length, reach)
        if found is None:
            return None
        total = mpmath.exp(s * found.log_h) * mpmath.fsum(
            a / (s + k + 1) for k, a in enumerate(found.series) if a
        )
        inner = [mpmath.exp(s * place) for place in found.places]
        for start, weights in zip(found.starts, found.weights, strict=True):
            part = mpmath.fdot(zip(inner, weights, strict=True))
            total += mpmath.exp(s * start) * part
    return +total


@lru_cache(maxsize=64)
def _panels(law, precision, length, reach):
    series = _series(law, precision)
    if series is None:
        return None
    h, coefficients = series
    high = law.points()[-1]
    f = density_function(law)
    with mpmath.workprec(precision):
        log_h = mpmath.log(h)
        whole = mpmath.isfinite(high)
        end = mpmath.log(high) if whole else None
        count = int(mpmath.ceil((end - log_h) / length)) if whole else _MOST_PANELS
        width = (end - log_h) / count if whole else length
        degree = 4 if precision <= _STEP else 5
        nodes = mpmath.calculus.quadrature.GaussLegendre(mpmath.mp).get_nodes(
            -1, 1, degree, precision
        )
        places = tuple((1 + x) / 2 * width for x, _ in nodes)
        starts, weights, peak = [], [], mpmath.mpf(0)
        power = mpmath.ldexp(1, reach) if not whole else mpmath.mpf(0)
        for k in range(count):
            start = log_h + k * width
            row = []
            for place, (_, weight) in zip(places, nodes, strict=True):
                y = mpmath.exp(start + place)
                row.append(mpmath.re(f(y)) * y * weight * width / 2)
            starts.append(start)
            weights.append(tuple(row))
            largest = max(map(abs, row))
            if not whole:
                size = largest * mpmath.exp(power * (start + width))
                peak = max(peak, size)
                if size < mpmath.ldexp(peak, -precision - 10):
                    break
        else:
            if not whole:
                return None
        return _Panels(log_h, coefficients, places, tuple(starts), tuple(weights))


@lru_cache(maxsize=64)
def _series(law, precision):
    """(h, a_k h^(k + 1)) that give f up to h to the precision, or None."""
    f, high = density_function(law), law.points()[-1]
    with mpmath.workprec(precision + 20):
        turns = [mpmath.expjpi(mpmath.mpf(2 * k) / _CIRCLE) for k in range(_CIRCLE)]
        for radius in _RADII:
            h = min(mpmath.mpf(radius), high) / 8
            try:
                values = [f(8 * h * turn) for turn in turns]
            except (ArithmeticError, ValueError, TypeError):
                continue
            found, small = [], 0
            largest = max(map(abs, values))
            for k in range(_CIRCLE // 2):
                a = mpmath.fdot(
                    (value, mpmath.conj(turns[j * k % _CIRCLE])) for j, value in enumerate(values)
                )
                a = mpmath.re(a) / _CIRCLE
                if abs(a) < mpmath.ldexp(largest, -precision):
                    a = mpmath.mpf(0)
                found.append(a / mpmath.mpf(8) ** k)
                small = small + 1 if abs(found[-1]) < mpmath.ldexp(largest, -precision - 5) else 0
                if small > 4:
                    break
            checks = (h, h / 3, 3 * h / 4)
            if all(
                abs(sum(a * (y / h) ** k for k, a in enumerate(found)) - f(y))
                <= mpmath.ldexp(largest, 6 - precision)
                for y in checks
            ):
                return h, tuple(a * h for a in found)
    return None
