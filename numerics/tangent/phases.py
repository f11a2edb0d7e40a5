r"""Stretches of layers along which one table of rates serves, with the numbers of every step.

With rho = s^2 q/q', omega = g sigma_w2 W/q' and beta = g sigma_b2/q' (they add up to 1),

    delta' = delta (1 + e - gamma R(delta)),  gamma = g sigma_w2 q/q',  e = gamma D - omega - beta

where R is the drop of the mean slope; without a finite D = E phi'^2, R is minus that mean and
e = rho - 1.  For phi of degree p, gamma = omega/W(1) and e = omega x - beta with x = D/W - 1 at
q = 1, which is (p-1)^2/(2p-1) if the weights are independent.  Their correlation is in W alone: a
constant that the covariance of two inputs and their variance both lose drops out of 1 - c.
"""

from dataclasses import dataclass

import numpy as np

from ..correlation_path import excess_of, homogeneous_excess
from ..kernels import load_driver
from ..variance_path import LOWEST, bends_at_zero, first_low, second_moment, variance_path
from .moments import means_at
from .rates import Rates, rates_at

__all__ = ["Phase", "Steps", "homogeneous_phases", "settling_phases"]


@dataclass(frozen=True, eq=False)
class Steps:
    """e, gamma, b = 1 - rho and the additional source of each layer (or of all of them)."""

    e: np.ndarray
    gamma: np.ndarray
    b: np.ndarray
    extra: np.ndarray


@dataclass(frozen=True, eq=False)
class Phase:
    """Layers ``start`` to ``stop`` on one table; without one q moves and rates are looked up."""

    start: int
    stop: int
    rates: Rates | None
    steps: Steps | None


def homogeneous_phases(activation, rule, given, start):
    """(q along the layers, its one phase) of phi(a x) = a^p phi(x)."""
    degree, unit = activation.homogeneity, float(activation.W(1.0))
    branch, depth = rule.branch(), rule.depth
    q, share, offset = np.empty(depth + 1), np.empty(depth), np.empty(depth)
    numbers = degree, unit, rule.weight, rule.bias, rule.keep, start
    load_driver("tangent").homogeneous(*numbers, branch, q, share, offset)
    rates = rates_at(activation, 1.0)
    if rates.level == 2:
        e = share * homogeneous_excess(degree, activation.moments) - offset
        e = _at_fixed_point(activation, rule, given, q, e)
    else:
        e = -share - offset
    sign = 1.0 if rates.level == 2 else -1.0
    mean = means_at(activation, q[:-1]) if rule.uses_mean else 0.0
    extra = rule.more_source(branch, q[1:], mean)
    steps = Steps(e, sign * share / (unit or np.inf), share + offset, extra)
    if depth and degree == 1.0 and rule.bias == 0.0 and branch.size == 1 and rule.fan_in is None:
        steps = Steps(*(field[:1].copy() for field in (e, steps.gamma, steps.b, extra)))
    return q, (Phase(0, depth, rates, steps),)


def _at_fixed_point(activation, rule, given, q, e):
    """e with all digits where q does not move any more (chi_1 - 1 of a dense layer)."""
    trivial = activation.homogeneity == 1.0 and rule.bias == 0.0
    if not rule.settles or trivial or not np.isfinite(q).all():
        return e
    still = np.abs(np.diff(q)) <= 4.5e-16 * q[:-1]
    if not still.any() or not abs(e[-1]) < 0.1:
        return e
    found = excess_of(activation, (rule.weight, rule.bias), given, float(q[-1]))
    return np.where(still & (np.abs(q[:-1] / q[-1] - 1) < 1e-14), found, e)


def settling_phases(activation, rule, given, start):
    """(q along the layers, phases) of any phi: q moves, then stays or is next to nothing."""
    if not rule.settles:
        q = _growing(activation, rule, start)
        return q, (Phase(0, rule.depth, None, None),)
    path, settled, _ = variance_path(
        activation, rule.weight, rule.bias, np.array([start]), rule.depth
    )
    q, settled = path[:, 0], int(settled[0])
    moving = max(min(settled, first_low(q) - 1), 0)
    if any(np.isinf(jump.sizes[1]) for jump in activation.jumps):
        moving = rule.depth  # no table: every layer by itself
    phases = [Phase(0, moving, None, None)] if moving else []
    if moving < rule.depth:
        phases.append(_resting(activation, rule, given, q, moving, moving < settled))
    return q, tuple(phases)


def _growing(activation, rule, start):
    """q of a network that grows, or whose layers differ."""
    branch = np.broadcast_to(rule.branch(), rule.depth)
    q = np.full(rule.depth + 1, start)
    for layer, g in enumerate(branch):
        w = second_moment(activation, q[layer : layer + 1])[0]
        q[layer + 1] = rule.keep * q[layer] + g * (rule.bias + rule.weight * w)
    return q


def _resting(activation, rule, given, q, start, low):
    """The last phase of such a network: a fixed point, or tangents at 0 where q vanishes."""
    at = float(q[start])
    numbers, b = (rule.weight, rule.bias), 1.0 - rule.keep
    bends = bends_at_zero(activation) and at >= LOWEST
    if low:  # the tangents at 0 are homogeneous of degree 1, whatever sigma_w2 is
        grown = rule.weight * activation.slope_at_zero
        b = grown / (rule.keep + grown) if rule.keep else 1.0
    if low and not bends:
        rates, e, gamma = rates_at(activation, 1.0), 0.0, 0.0
    elif low:
        rates, gamma = rates_at(activation, at), b * at / float(activation.W(at))
        e = b * (activation.gradient_at_zero / activation.slope_at_zero - 1.0)
    else:
        rates, gamma = rates_at(activation, at), rule.weight
        e = excess_of(activation, numbers, given, at) if rates.level == 2 else -b
    gamma = gamma if rates.level == 2 else -gamma
    mean = means_at(activation, at) if rule.uses_mean else 0.0
    extra = rule.more_source(rule.branch(), np.array([max(at, LOWEST)]), mean)
    steps = Steps(*(np.array([float(v)]) for v in (e, gamma, b)), extra)
    return Phase(start, rule.depth, rates, steps)
