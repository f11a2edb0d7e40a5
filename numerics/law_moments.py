"""Means of functions against a law known by its distribution function on panels."""

import math

import numpy as np
from numpy.polynomial import chebyshev

from theory.errors import InputError

__all__ = ["integral", "moments"]

# below this the tail of a distribution function is rounding, and the tail is left out
_TAIL = 3e-13
_DECISIVE = 1e-2
_MOST_PIECES = 500  # more are halved only if the function is noise


def moments(found, coordinate, mass):
    """(mean, its error, variance, its error) of the part of mass ``mass`` inside.

    Infinite where they diverge; None where nothing is left or rounding decides.
    """
    if mass < 1e-8:
        return None, math.inf, None, math.inf
    finite = [_finite_moment(found, coordinate, k) for k in (1, 2)]
    if not finite[0]:
        return math.inf, 0.0, math.inf, 0.0
    mean, mean_error = (v / mass for v in integral(found, coordinate, lambda x: x))
    if not finite[1]:
        return mean, mean_error, math.inf, 0.0
    second = integral(found, coordinate, lambda x: (x - mean) ** 2)
    variance, error = (v / mass for v in second)
    error += 2.0 * mean_error**2
    resolved = error <= _DECISIVE * variance
    size = abs(mean) + (math.sqrt(variance) if resolved else 0.0)
    return (
        mean if mean_error <= _DECISIVE * size else None,
        mean_error,
        variance if resolved else None,
        error,
    )


def integral(found, coordinate, function):
    """(int f(x(w)) dF(w), its error): panels are halved until 20 and 30 Gauss points agree."""
    total = size = rough = 0.0
    parts = _parts(found)
    pending = [(k, a, b, 0) for k, a, b in parts]
    while pending:
        values = [_piece(found, coordinate, function, *cut[:3]) for cut in pending]
        size = max(size, sum(abs(fine) for _, fine in values) + abs(total))
        halves = []
        for (k, a, b, depth), (coarse, fine) in zip(pending, values, strict=True):
            if abs(fine - coarse) <= 1e-13 * size or depth == 40 or len(pending) > _MOST_PIECES:
                total, rough = total + fine, rough + abs(fine - coarse)
            else:
                halves += [(k, a, (a + b) / 2, depth + 1), (k, (a + b) / 2, b, depth + 1)]
        pending = halves
    return float(total), float(_left_out(found, coordinate, function, parts) + rough)


def _finite_moment(found, coordinate, order):
    """Towards an end at infinity the density of w decays like e^(-2 r w), and x grows like e^w."""
    if coordinate.kind in ("tanh", "identity"):
        return True
    tails = [
        found.rates[k]
        for k, end, grows in (
            (0, found.edges[0], math.isinf(coordinate.lower)),
            (-1, found.edges[-1], math.isinf(coordinate.upper)),
        )
        if math.isinf(end) and grows and _loses(found, k)
    ]
    return not any(2.0 * rate < order + 0.05 for rate in tails)


def _loses(found, k):
    end = float(found(found.edges[k]))
    return (end if k == 0 else 1.0 - end) > _TAIL


def _parts(found):
    """(panel, from s, to s) without the tails that are rounding."""
    lowest = float(found(found.edges[0]))
    highest = float(found(found.edges[-1]))
    s = np.linspace(-1.0, 1.0, 41)
    kept = []
    for k in range(len(found.rates)):
        values = chebyshev.chebval(s, found.coefficients[k])
        inside = (values > lowest + _TAIL) & (values < highest - _TAIL)
        if not inside.any():
            continue
        first, last = np.flatnonzero(inside)[[0, -1]]
        # towards an end that is reached the law has no tail to leave out
        first = 0 if k == 0 and math.isinf(found.edges[0]) else max(first - 1, 0)
        ends = k == len(found.rates) - 1 and math.isinf(found.edges[-1])
        last = 40 if ends else min(last + 1, 40)
        kept.append((k, s[first], s[last]))
    return kept


def _left_out(found, coordinate, function, parts):
    """A bound of the contribution of the tails, if f p falls there."""
    (first, a, _), (last, _, b) = parts[0], parts[-1]
    total = 0.0
    for k, s in ((first, a), (last, b)):
        w, _ = found.on_panel(k, np.array([0.999999 * s]))
        if not math.isinf(found.edges[0 if s < 0 else -1]):
            total += 30.0 * _TAIL * abs(float(_values(function, coordinate, w)[0]))
    return total


def _piece(found, coordinate, function, k, a, b):
    results = []
    for count in (20, 30):
        s, weight = np.polynomial.legendre.leggauss(count)
        w, density = found.on_panel(k, (a + b) / 2 + (b - a) / 2 * s)
        values = _values(function, coordinate, w)
        results.append((b - a) / 2 * float(np.sum(weight * density * values)))
    return results


def _values(function, coordinate, w):
    values = np.asarray(function(coordinate.state(w)), dtype=float)
    if not np.isfinite(values).all():
        raise InputError("expect: the function is not finite on the state space")
    return np.broadcast_to(values, w.shape)
