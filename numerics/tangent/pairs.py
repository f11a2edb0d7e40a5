r"""1 - c and K/q of many pairs of inputs of one variance, through the layers.

The last column of the state is delta = 0: one input with itself, the diagonal of the kernel.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..kernels import load_driver
from .moments import means_at
from .moving import MovingRates
from .phases import homogeneous_phases, settling_phases
from .rates import has_unit_table

__all__ = ["follow"]

_LANES = 16
#: Fewer layers times pairs than this are not worth a second thread.
_WORTH = 10**6


def follow(activation, rule, given, start, gaps, kernels, rows):
    """(q, 1 - c, K/q) at the layers ``rows`` from variance ``start``.

    ``gaps`` and ``kernels`` hold 1 - c and K/q of the pairs, the last of them with gap 0.
    """
    find = homogeneous_phases if has_unit_table(activation) else settling_phases
    q, phases = find(activation, rule, given, start)
    delta, k = np.empty((2, rows.size, gaps.size))
    state = np.zeros((4, gaps.size))
    state[0], state[2] = gaps, kernels
    row = 0
    if rows[0] == 0:
        delta[0], k[0], row = gaps, kernels, 1
    for phase in phases:
        walk = _moving if phase.rates is None else _compiled
        walk(activation, rule, q, phase, state, (rows, row, delta, k))
        row = int(np.searchsorted(rows, phase.stop, "right"))
    return q[rows], delta, k


def _compiled(activation, rule, q, phase, state, record):
    rows, row, delta, k = record
    steps, driver = phase.steps, load_driver("tangent")

    def part(columns):
        some = np.ascontiguousarray(state[:, columns])
        driver.iterate(
            *phase.rates.arrays,
            *(steps.e, steps.gamma, rule.gain, steps.b, steps.extra),
            *(phase.start, phase.stop, some, rows, row, delta[:, columns], k[:, columns]),
        )
        state[:, columns] = some

    size, layers = state.shape[1], phase.stop - phase.start
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    blocks = -(-size // _LANES)
    if threads == 1 or blocks == 1 or layers * size < _WORTH:
        part(slice(0, size))
        return
    each = -(-blocks // min(threads, blocks)) * _LANES
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, [slice(i, min(i + each, size)) for i in range(0, size, each)]))


def _moving(activation, rule, q, phase, state, record):
    """The same steps in NumPy, with the rates looked up in every layer."""
    rows, row, delta, k = record
    source = MovingRates(activation, q[phase.start : phase.stop + 1], state.shape[1] - 1)
    branch = np.broadcast_to(rule.branch(), rule.depth)
    for layer in range(phase.start, phase.stop):
        old, new, g = float(q[layer]), float(q[layer + 1]), float(branch[layer])
        if not np.isfinite(new):
            state[0, state[0] > 0.0], state[2] = np.nan, np.nan
        else:
            _step(activation, rule, source, (old, new, g), state)
        if row < rows.size and rows[row] == layer + 1:
            delta[row], k[row] = state[0], state[2]
            row += 1


def _step(activation, rule, source, numbers, state):
    q, new, g = numbers
    delta, lost, k, k_lost = state
    apart = delta > 0.0
    gamma, b = g * rule.weight * q / new, g * _branch_variance(activation, rule, q) / new
    top = float(activation.D(q))
    first, second = np.zeros((2, delta.size))
    level = 1
    if apart.any():
        first[apart], second[apart], level = source.at(q, delta[apart])
    if level == 2:
        e = gamma * top - b
        u, v = e - gamma * first, e - gamma * second
    else:
        u, v = gamma * first - b, gamma * second - b
        v[~apart] = gamma * top - b
    u[~apart] = 0.0
    step = delta * u + lost
    total = np.clip(delta + step, 0.0, 2.0)
    mean = means_at(activation, q) if rule.uses_mean else 0.0
    extra = rule.more_source(g, new, mean)
    with np.errstate(invalid="ignore", over="ignore"):
        more = k * v + rule.gain * (b - delta * (b + u)) + extra + k_lost
        state[1] = step - (total - delta)
        state[0] = total
        grown = np.where(np.abs(k) < 1e300, k + more, k * (1.0 + v))
        state[3] = np.where(np.abs(grown) < 1e300, more - (grown - k), 0.0)
    state[2] = grown


def _branch_variance(activation, rule, q):
    return rule.bias + rule.weight * float(activation.W(q))
