r"""Every fixed point q = V(q) = sigma_b2 + sigma_w2 W(q), with its stability.

W = E phi(sqrt(q) Z)^2, less kappa (E phi)^2 for correlated weights; a skip connection is taken
back at the end.  V' = 1 exactly where S(q) = W'(q) = 1/sigma_w2; between two such places
B(q) = q - sigma_w2 W(q) is monotone and carries one root of B(q) = sigma_b2 or none.  Roots found
on the table of W are polished with the moments themselves.  Sources: Poole et al. 2016
(1606.05340), Schoenholz et al. 2017 (1611.01232) for the depth scales.
"""

import math
from dataclasses import replace

import numpy as np

from theory.errors import DivergentExpectationError, PrecisionError

from .correlation_fixed_point import correlation_fixed_point
from .fixed_point_record import FixedPoint, FixedPoints
from .input import variance_pair
from .kernels import load_driver
from .numeric_activation import numeric_activation
from .result import Provenance
from .scale_free import star_at, star_at_zero
from .table import HIGHEST_LOG, LOWEST_LOG, moment_table

__all__ = ["FixedPoint", "FixedPoints", "criticality_tolerance", "fixed_points"]

_ROUNDING = 2e-14  #: |V(q)/q - 1| up to this is rounding of the table
_FLAT = 1e-11  #: |V(q)/q - 1| at the end of the table below which it is not extended
_FARTHEST = 1e40  #: up to here the moments of bounded activations are sought outside the table
NEUTRAL = 1e-15  #: |V' - 1| up to which a homogeneous activation of degree 1 preserves q
_MARGINAL = 1e-15  #: |chi - 1| at q = 0 up to which q = 0 is marginal


def fixed_points(model, sigma_w2, sigma_b2=0.0) -> FixedPoints:
    """Every fixed point of the variance map, ascending; empty if V(q) > q for every q.

    ``model`` is a MeanField, with its options, or anything that names an activation;
    ``sigma_w2`` > 0 and ``sigma_b2`` >= 0 are numbers.  q and chi_1 are accurate to about
    2e-16/|1 - chi_q| and 1e-15 relative to that.  Raises ``InputError`` for anything else (arrays:
    use ``phase_diagram``).

    >>> [round(point.q, 12) for point in fixed_points("gelu", 2.5, 0.01)]
    [0.029266084286, 0.616475959956]
    >>> print(fixed_points("relu", 3, 1).statement)
    V(q) > q for every q >= 0: there is no fixed point and q_l grows without bound
    """
    sigma_w2, sigma_b2 = variance_pair(sigma_w2, sigma_b2, "fixed_points")
    activation = numeric_activation(model)
    provenance = Provenance.of(
        "fixed_points",
        activation.name,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        **activation.layer.inputs,
    )
    if activation.layer.skip != 0:
        points, statement = with_skip(activation, sigma_w2, sigma_b2)
    else:
        points, statement = _solved(activation, sigma_w2, sigma_b2)
    return FixedPoints(tuple(points), activation.name, sigma_w2, sigma_b2, statement, provenance)


def _solved(activation, sigma_w2, sigma_b2):
    solve = _linear if activation.homogeneity == 1.0 else _general
    return solve(activation, sigma_w2, sigma_b2)


def criticality_tolerance(chi_1, chi_q):
    """|chi_1 - 1| up to which a point is called critical: its own rounding error.

    q carries the relative error 4e-16/|1 - chi_q|, and chi_1 moves by at most as much.
    """
    if not math.isfinite(chi_1):
        return 0.0
    return 8e-16 * max(chi_1, 1.0) * (1.0 + 1.0 / max(abs(1.0 - chi_q), 1e-8))


def _general(activation, sigma_w2, sigma_b2):
    """The roots on the table, extended until none can lie outside it."""
    zero = sigma_b2 == 0.0 and activation.at_zero == 0.0
    table, ends, places, heights, roots = _search(activation, sigma_w2, sigma_b2, zero)
    found = [(float(u), 1) for u in roots if np.isfinite(u)]
    for place, height in zip(places[1 : ends - 1], heights[1 : ends - 1], strict=True):
        touch = math.exp(place)
        if abs(height - sigma_b2) <= 8e-15 * touch:
            found = [(u, m) for u, m in found if abs(u - place) > 1e-5] + [(float(place), 2)]
    u, excess = _resolved(table, sigma_w2, sigma_b2)
    grows = excess.size > 0 and u[-1] > table.edges[-1] - 1.0 and excess[-1] < 0.0
    points = [_zero(activation, sigma_w2, u, excess)] if zero else []
    for place, multiplicity in sorted(found):
        if u.size and u[0] < place < u[-1]:
            points.append(_point(activation, math.exp(place), sigma_w2, sigma_b2, multiplicity))
    statement = _statement(points, table, grows)
    if grows and _is_bounded(activation):
        beyond = _beyond(activation, table.q_range[1], sigma_w2, sigma_b2)
        points += beyond
        statement = _statement(points, table, False) if beyond else _unreached(points, table)
    return points, statement


def _resolved(table, sigma_w2, sigma_b2):
    """log q and 1 - V(q)/q where that exceeds rounding.

    What lies below the first or above the last of these places is a root of rounding noise: there
    V(q) = q to all digits, as next to q = 0 when chi = 1.
    """
    u = np.linspace(table.edges[0], table.edges[-1], 16 * len(table.series) + 1)
    q = np.exp(u)
    with np.errstate(over="ignore"):
        excess = 1.0 - sigma_b2 / q - sigma_w2 * (table.evaluate(0, u) / q)
    clear = np.abs(excess) > _ROUNDING
    return u[clear], excess[clear]


def _is_bounded(activation):
    """Whether phi is known to be bounded, so that V(q) <= sigma_b2 + sigma_w2 sup phi^2."""
    growth = getattr(getattr(activation.exact, "activation", None), "growth", None)
    return growth is not None and growth.is_bounded


def _beyond(activation, q, sigma_w2, sigma_b2):
    """The first fixed point above q and below _FARTHEST, by iterating V from q."""
    try:
        for _ in range(200):
            previous, q = q, sigma_b2 + sigma_w2 * float(activation.W(q))
            if not q < _FARTHEST:
                return []
            if abs(q - previous) <= 4e-16 * q:
                return [_point(activation, q, sigma_w2, sigma_b2, 1)]
    except (DivergentExpectationError, PrecisionError):
        pass
    return []


def _search(activation, sigma_w2, sigma_b2, zero):
    driver = load_driver("log_table")
    lower, upper = math.log(1e-9), math.log(1e5)
    while True:
        table = moment_table(activation, lower, upper)
        out = np.empty((3, driver.MAX_ENDS))
        ends = driver.all_roots(*table.arrays, sigma_w2, sigma_b2, out)
        places, heights, roots = out
        below = heights[0] > sigma_b2 and not zero
        near_zero = zero and abs(sigma_w2 * activation.slope_at_zero - 1.0) < 1e-6
        if (below or near_zero) and lower > LOWEST_LOG:
            lower = LOWEST_LOG
        elif _undecided(table, sigma_w2, sigma_b2, heights[ends - 2 : ends]) and (
            upper < HIGHEST_LOG and table.edges[-1] >= upper - 0.5
        ):
            upper = min(HIGHEST_LOG, upper + 5.0)
        else:
            return table, ends, places, heights, roots


def _undecided(table, sigma_w2, sigma_b2, last):
    """Whether B, at the end of the table, is on its way to sigma_b2 and not there yet."""
    slope = 1.0 - sigma_w2 * float(table.evaluate(2, table.edges[-1]))
    if abs(slope) < 1e-12 or abs(last[1] - sigma_b2) < _FLAT * math.exp(table.edges[-1]):
        return False
    return last[1] < sigma_b2 if slope > 0 else last[1] > sigma_b2


def _point(activation, q, sigma_w2, sigma_b2, multiplicity):
    """Polish a root by Newton's method with the moments themselves and linearise there."""
    if multiplicity == 1:
        for _ in range(3):
            w, s = float(activation.W(q)), float(activation.S(q))
            slope = sigma_w2 * s - 1.0
            step = (sigma_w2 * w + sigma_b2 - q) / slope if slope else math.inf
            if not abs(step) < 1e-6 * q:
                break
            q -= step
            if abs(step) < 1e-15 * q:
                break
    chi_q = sigma_w2 * float(activation.S(q)) if multiplicity == 1 else 1.0
    chi_1 = sigma_w2 * float(activation.D(q))
    critical = abs(chi_1 - 1.0) <= criticality_tolerance(chi_1, chi_q)
    c_star, gap, chi_c = correlation_fixed_point(
        activation, q, sigma_w2, sigma_b2, 1.0 if critical else chi_1
    )
    phase = "critical" if critical else "ordered" if chi_1 < 1.0 else "chaotic"
    return FixedPoint(
        q,
        chi_q,
        chi_1,
        abs(chi_q) < 1.0 and multiplicity == 1,
        c_star,
        gap,
        chi_c,
        phase,
        multiplicity,
    )


def _zero(activation, sigma_w2, u=(), excess=()):
    """The fixed point q = 0 that exists when phi(0) = 0 and sigma_b2 = 0.

    If chi = 1 to rounding, the sign of q - V(q) at the smallest resolved q tells its stability.
    """
    chi = sigma_w2 * activation.slope_at_zero
    marginal = abs(chi - 1.0) <= _MARGINAL
    stable = len(u) > 0 and bool(excess[0] > 0.0) if marginal else chi < 1.0
    if activation.slope_at_zero != activation.gradient_at_zero:
        chi_1 = sigma_w2 * activation.gradient_at_zero
        star = star_at_zero(activation)
        phase = "chaotic" if chi_1 > chi else "ordered"
        return FixedPoint(0.0, chi, chi_1, stable, *star, phase)
    phase = "critical" if marginal else "ordered" if chi < 1.0 else "chaotic"
    return FixedPoint(0.0, chi, chi, stable, 1.0, 0.0, chi, phase)


def _linear(activation, sigma_w2, sigma_b2):
    """Homogeneous of degree 1: V(q) = sigma_b2 + s q with s = sigma_w2 W(1) = chi_q."""
    slope = sigma_w2 * float(activation.W(1.0))
    chi_1 = sigma_w2 * float(activation.D(1.0))
    neutral = abs(slope - 1.0) <= NEUTRAL
    if neutral and sigma_b2 == 0.0:
        star = _scale_free(activation, chi_1)
        point = FixedPoint(1.0, 1.0, chi_1, False, *star, q_range=(0.0, math.inf))
        return [point], (
            "V(q) = q: every variance q > 0 is a fixed point, neither attracting "
            "nor repelling; q = 1 stands for all of them"
        )
    if slope < 1.0 and not neutral and sigma_b2 > 0.0:
        q = sigma_b2 / (1.0 - slope)
        critical = abs(chi_1 - 1.0) <= NEUTRAL
        phase = "critical" if critical else "ordered" if chi_1 < 1.0 else "chaotic"
        chi_1 = 1.0 if critical else chi_1
        star = star_at(activation, q, sigma_w2, sigma_b2, chi_1)
        return [FixedPoint(q, slope, chi_1, True, *star, phase)], "one fixed point, attracting"
    if sigma_b2 == 0.0:
        kind = "attracting" if slope < 1.0 else "repelling: q_l grows without bound"
        return [_zero(activation, sigma_w2)], f"only q = 0 is fixed, {kind}"
    return [], "V(q) > q for every q >= 0: there is no fixed point and q_l grows without bound"


def _scale_free(activation, chi_1):
    """(c*, 1 - c*, C'(c*), phase) of the map of a homogeneous activation with V(q) = q."""
    if activation.slope_at_zero != activation.gradient_at_zero:
        star = star_at_zero(activation)
        return *star, "chaotic" if chi_1 > 1.0 else "ordered"
    return 1.0, 0.0, 1.0, "critical" if abs(chi_1 - 1.0) <= 1e-14 else "ordered"


def _unreached(points, table):
    """What is known of a bounded phi with V(q) > q at the end of the table."""
    known = f"{len(points)} found" if points else "none found"
    return (
        f"{known} below q = {table.q_range[1]:.3g}, where V(q) > q; "
        "phi is bounded, so a fixed point lies beyond it, out of reach of the moments"
    )


def _statement(points, table, grows):
    if not points:
        return (
            "V(q) > q for every q >= 0: there is no fixed point and q_l grows without bound"
            if grows
            else f"no fixed point for q in {table.q_range}"
        )
    attracting = sum(point.stable for point in points)
    count = {1: "one fixed point", 2: "two fixed points", 3: "three fixed points"}.get(
        len(points), f"{len(points)} fixed points"
    )
    kinds = (
        f"{attracting} attracting"
        if len(points) > 1
        else ("attracting" if attracting else "not attracting")
    )
    zero = points[0]
    if zero.q == 0.0 and zero.phase == "critical":
        kinds += "; q = 0 is marginal and " + (
            "attracts slower than exponentially" if zero.stable else "does not attract"
        )
    tail = f"; above q = {points[-1].q:.6g} q_l grows without bound" if grows else ""
    return f"{count}, {kinds}{tail}"


def with_skip(activation, sigma_w2, sigma_b2):
    """Points and statement of a layer with a skip connection, from the layer without it."""
    layer, plain = activation.layer, activation.without_skip
    if layer.grows:
        zero = sigma_b2 == 0.0 and plain.at_zero == 0.0
        chi = layer.keep + sigma_w2 * np.array([plain.slope_at_zero, plain.gradient_at_zero])
        points = [FixedPoint(0.0, *map(float, chi), False, 1.0, 0.0, float(chi[1]), "chaotic")]
        reason = f"|skip| >= 1 ({layer.skip})"
        if not zero:
            return [], f"V(q) > q for every q >= 0, as {reason}: q_l grows without bound"
        return points, f"only q = 0 is fixed and V(q) > q elsewhere, as {reason}"
    branch = layer.branch
    points, statement = _solved(plain, sigma_w2 / branch, sigma_b2 / branch)
    return [_taken_back(point, layer) for point in points], statement


def _taken_back(point, layer):
    """A fixed point of the layer without the skip, with the slopes of the layer with it."""
    chi_q = layer.slope(point.chi_q)
    attracts = point.stable if point.chi_q > -1.0 else abs(chi_q) < 1.0
    chi_c = point.chi_c
    if point.q == 0.0 and point.chi_q != point.chi_1:  # C' of vanishing signals
        chi_c = (layer.keep + layer.branch * point.chi_q * chi_c) / chi_q
    else:
        chi_c = layer.slope(chi_c)
    return replace(
        point,
        chi_q=chi_q,
        chi_1=layer.slope(point.chi_1),
        stable=attracts and point.multiplicity == 1,
        chi_c=chi_c,
    )
