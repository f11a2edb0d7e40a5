r"""Panels on which a one-dimensional diffusion is resolved, and where they may end.

In the coordinate u of unit noise (du = dw/sqrt(2D)), with drift a(u) and A = int a du, Girsanov's
theorem bounds the density from a start u_0 after time T by

    p(u) <= N(u; u_0, T) exp(A(u) - A(u_0) + k T),    k = -min(a^2 + a')/2,

so the panels stop where this is below e^(-45).  Towards an end that the drift reaches in finite
time the bound never falls; there the last panel is unbounded, with the variable zeta =
exp(-r |w - w_K|) on (0, 1], 2r the exponential rate of the drift.  The law is smooth in zeta.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from theory.errors import InputError, PrecisionError

__all__ = ["DEGREE", "Panel", "chebyshev_nodes", "differentiation", "interior_nodes", "panels"]

DEGREE = 20
_SMALL = -45.0
_DEVIATIONS = 10.0
_MOST_PANELS = 600
_FAST = 40.0  # an unbounded panel starts where the flight to the end takes less than T/_FAST


def chebyshev_nodes(degree):
    """The Chebyshev-Lobatto points, ascending from -1 to 1."""
    return -np.cos(np.pi * np.arange(degree + 1) / degree)


@lru_cache(maxsize=64)
def differentiation(degree, at):
    """Matrices of value, first and second derivative at points, from values at the nodes.

    >>> value, first, second = differentiation(4, (0.0, 0.5))
    >>> np.round(second @ chebyshev_nodes(4) ** 2, 12)
    array([2., 2.])
    """
    nodes = chebyshev_nodes(degree)
    at = np.array(at)
    basis = np.eye(degree + 1)
    to_coefficients = np.linalg.inv(chebyshev.chebvander(nodes, degree))
    return tuple(
        np.stack([chebyshev.chebval(at, chebyshev.chebder(b, k)) for b in basis], axis=1)
        @ to_coefficients
        for k in range(3)
    )


_FIRST = differentiation(DEGREE, tuple(chebyshev_nodes(DEGREE)))[1]
_FROM_NODES = np.linalg.inv(chebyshev.chebvander(chebyshev_nodes(DEGREE), DEGREE))


@dataclass(frozen=True)
class Panel:
    """[``lower``, ``upper``] with D and c at its nodes; ``rate`` > 0 if one end is infinite."""

    lower: float
    upper: float
    noise: np.ndarray = field(repr=False)
    velocity: np.ndarray = field(repr=False)
    rate: float = 0.0


@dataclass(frozen=True)
class _Stretch:
    """Of one panel: the differences of u and of A, the least a^2 + a', a flight of 10 deviations.

    ``flight`` is the time that a path takes which noise pushes outward at 10/sqrt(T), whatever
    the drift does against it.
    """

    u: float
    potential: float
    least: float
    flight: float


def panels(coefficients, start, step, barriers, entrance, time):
    """The panels, ascending, and how they end: 'far', 'barrier', 'reached' or 'entrance'.

    ``step`` is the shortest time to resolve, ``time`` the whole.  ``start`` is a place w, or -inf
    or inf for an ``entrance`` at an end of the state space; ``barriers`` are the w of absorbing
    barriers (infinite where there is none).
    """
    if entrance:
        direction = 1 if start < 0 else -1
        first, start = _entrance(coefficients, -direction, time)
        others, end = _walk(coefficients, start, direction, (step, time), barriers, fast=True)
        ends = ("entrance", end) if direction > 0 else (end, "entrance")
        return sorted([first, *others], key=lambda p: p.lower), ends
    below, lower = _walk(coefficients, start, -1, (step, time), barriers)
    above, upper = _walk(coefficients, start, 1, (step, time), barriers)
    return sorted([*below, *above], key=lambda p: p.lower), (lower, upper)


def _walk(coefficients, start, direction, times, barriers, fast=False):
    """Panels from ``start`` towards one side."""
    barrier = barriers[0] if direction < 0 else barriers[1]
    step, time = times
    noise, velocity = coefficients([start])[:, 0]
    if not noise > 0:
        raise InputError("law: the noise is zero at the start; choose another start")
    spread = np.sqrt(2.0 * noise * step)
    first = 0.6 * spread if fast else min(0.6 * spread, 8.0 * noise / (abs(velocity) + 1e-300))
    layer = np.inf
    if np.isfinite(barrier):  # a drift through the barrier leaves a layer of width D/c before it
        noise, velocity = coefficients([barrier])[:, 0]
        layer = 6.0 * noise / (abs(velocity) + 1e-300)
    found, place, stretches, width = [], start, [], first
    while len(found) < _MOST_PANELS:
        ahead = abs(barrier - place)
        width = min(width, ahead if ahead <= layer else max(0.6 * ahead, layer))
        panel, width = _resolved(coefficients, place, direction, width, step)
        found.append(panel)
        place = panel.upper if direction > 0 else panel.lower
        stretches.append(_stretch(panel, direction, time))
        if place == barrier:
            return found, "barrier"
        outward = direction * (panel.velocity[-1] if direction > 0 else panel.velocity[0])
        beyond = outward > 0 and sum(s.flight for s in stretches) > time
        if beyond or _bound(stretches, time) < _SMALL:
            return found, "far"
        free = np.isinf(barrier)
        rate = _exit_rate(coefficients, place, direction, time) if free else 0.0
        if rate:
            found.append(_unbounded(coefficients, place, direction, rate))
            return found, "reached"
        width = min(1.6 * width, first + 0.7 * abs(place - start) if not fast else np.inf)
    raise PrecisionError(
        f"law: the state spreads over more than {_MOST_PANELS} panels; lower T, or state the "
        "drift in another variable (the logarithm, say)"
    )


def _resolved(coefficients, place, direction, width, time):
    """The widest panel not wider than ``width`` on which D, c and the law are resolved."""
    nodes = chebyshev_nodes(DEGREE)
    for _ in range(60):
        other = place + direction * width
        lower, upper = sorted((place, other))
        noise, velocity = coefficients((lower + upper) / 2 + width / 2 * nodes)
        inward = -direction * velocity
        steep = np.max(np.maximum(inward, 0.0) / noise) * width > 6.0
        wide = width > 0.8 * _spread(noise, velocity, width, time)
        smooth = all(_smooth(f, coefficients.resolution) for f in (noise, velocity))
        if smooth and not (steep or wide):
            return Panel(lower, upper, noise, velocity), width
        width /= 2
    raise PrecisionError(
        f"law: drift or diffusion is not smooth near w = {place:g} of the coordinate; the law "
        "needs coefficients that are smooth in pieces"
    )


def _spread(noise, velocity, width, time):
    """The width of the law that noise and an expanding flow make in a time."""
    expansion = max(0.0, float(np.min(_FIRST @ velocity)) * 2.0 / width)
    exponent = min(2.0 * expansion * time, 40.0)
    growth = np.expm1(exponent) / exponent if exponent > 1e-8 else 1.0
    return np.sqrt(2.0 * np.max(noise) * time * growth)


def _smooth(values, resolution):
    coefficients = np.abs(_FROM_NODES @ values)
    return np.max(coefficients[-3:]) <= resolution * max(np.max(np.abs(values)), 1.0)


def _stretch(panel, direction, time):
    half = (panel.upper - panel.lower) / 2
    slope = _FIRST @ panel.noise / half
    sigma = np.sqrt(2.0 * panel.noise)
    # du/dw = 1/sigma and a = c/sigma + D'/(2 sigma), as the drift of W is c + D'
    a = panel.velocity / sigma + slope / (2.0 * sigma)
    least = np.min(a**2 + sigma * (_FIRST @ a) / half)
    speed = sigma * (np.maximum(direction * a, 0.0) + _DEVIATIONS / np.sqrt(time))
    u, potential, flight = (half * _integral(f) for f in (1.0 / sigma, a / sigma, 1.0 / speed))
    return _Stretch(u, direction * potential, least, flight)


def _integral(values):
    coefficients = _FROM_NODES @ values
    return float(sum(2.0 * c / (1.0 - k * k) for k, c in enumerate(coefficients) if k % 2 == 0))


def _bound(stretches, time):
    """The logarithm of the bound of the density at the end of the stretches.

    A start further on reaches further (paths from two starts can be coupled without crossing), so
    the least of the bounds from every later start holds too.
    """
    u = potential = 0.0
    least, best = 0.0, np.inf
    for stretch in reversed(stretches):
        u += stretch.u
        potential += stretch.potential
        least = min(least, stretch.least)
        best = min(best, potential - u * u / (2.0 * time) - 0.5 * least * time)
    return best


def _exit_rate(coefficients, place, direction, time):
    """The exponential rate of an outward drift that reaches the end soon, else 0."""
    ahead = place + direction * np.array([0.0, 6.0, 12.0])
    noise, velocity = coefficients(ahead)
    outward = direction * velocity
    if outward[0] <= 0 or outward[1] <= 0 or outward[2] <= 0:
        return 0.0
    rate = np.log(outward[2] / outward[1]) / 6.0
    nearby = np.log(outward[1] / outward[0]) / 6.0
    if rate < 0.4 or abs(nearby - rate) > 0.25 * rate:
        return 0.0
    if np.log(noise[2] / noise[1]) / 6.0 > 0.9 * rate:
        raise InputError(
            "law: the noise itself carries the state to the end of its space, so that the SDE "
            "needs a boundary condition; give an absorbing barrier inside"
        )
    return float(rate) / 2 if outward[0] * rate * time > _FAST else 0.0


def _unbounded(coefficients, place, direction, rate):
    nodes = interior_nodes(DEGREE + 1)
    zeta = (1.0 - direction * nodes) / 2
    noise, velocity = coefficients(place - direction * np.log(zeta) / rate)
    lower, upper = (place, np.inf) if direction > 0 else (-np.inf, place)
    return Panel(lower, upper, noise, velocity, rate)


def interior_nodes(count):
    """The Gauss-Chebyshev points, ascending; an unbounded panel has no value at its end."""
    return -np.cos(np.pi * (np.arange(count) + 0.5) / count)


def _entrance(coefficients, direction, time):
    """The unbounded panel at an end that the state enters from, and where it begins."""
    for step in range(1, 400):
        place = direction * 0.25 * step
        _, velocity = coefficients([place, place + 6.0 * direction, place + 12.0 * direction])
        inward = -direction * velocity
        if np.min(inward) <= 0:
            continue
        rate = np.log(inward[2] / inward[1]) / 6.0
        if rate > 0.4 and inward[0] * rate * time > _FAST:
            return _unbounded(coefficients, place, direction, float(rate) / 2), place
        if rate <= 0.4 and step > 60:
            break
    raise InputError(
        "law: the start is an end of the state space that the SDE never leaves; start inside"
    )
