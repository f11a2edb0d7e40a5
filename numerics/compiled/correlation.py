"""Iterating and inverting 1 - C(1 - delta) on a correlation table, compiled.

The file is self-contained: it is loaded through the kernel cache, which keys on its text.
``edges`` and ``series`` are those of numerics/correlation_table.py; the ratio there is
J/(q delta) at level 2 and (W - G)/(q delta) at level 1.
"""

import math

import numba as nb
import numpy as np

FLAGS = {"contract", "nsz"}


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def ratio(edges, series, exponent, delta, panel):
    """The tabulated ratio at delta, and the panel found (a hint for the next call)."""
    alpha = 2.0 * math.asin(math.sqrt(min(0.5 * delta, 1.0)))
    last = edges.size - 2
    while panel > 0 and alpha < edges[panel]:
        panel -= 1
    while panel < last and alpha >= edges[panel + 1]:
        panel += 1
    left, right = edges[panel], edges[panel + 1]
    x = (2.0 * alpha - (left + right)) / (right - left)
    y = x * x
    even = series[panel, 16]
    odd = series[panel, 17]
    for j in range(14, -1, -2):
        even = even * y + series[panel, j]
        odd = odd * y + series[panel, j + 1]
    value = even + x * odd
    if exponent == 2:
        value *= alpha * alpha
    elif exponent == 1:
        value *= alpha
    elif exponent == -1:
        value /= alpha
    return value, panel


@nb.njit(
    "void(float64[::1], float64[:,::1], int64, int64, float64[::1], float64[::1],float64[:,::1])",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def iterate(edges, series, level, exponent, drift, gain, path):
    """Fill rows 1.. of ``path`` (layers first) from row 0; ``drift`` and ``gain`` hold a value for
    each layer, or one for all.

    Level 2: delta <- delta (1 + drift - gain ratio); the increment is added with a compensated sum
    (no fast-math here).  Level 1: delta <- delta (drift + gain ratio).
    """
    moves = 1 if drift.size > 1 else 0
    for i in range(path.shape[1]):
        delta, lost, panel = path[0, i], 0.0, 0
        for step in range(path.shape[0] - 1):
            if delta > 0.0:
                value, panel = ratio(edges, series, exponent, delta, panel)
                e, g = drift[moves * step], gain[moves * step]
                if level == 2:
                    increment = delta * (e - g * value) + lost
                    total = delta + increment
                    lost = increment - (total - delta)
                    delta = total
                else:
                    delta = delta * (e + g * value)
                delta = min(max(delta, 0.0), 2.0)
            path[step + 1, i] = delta


@nb.njit(
    "void(float64[:,::1], float64[::1], float64[:,:,::1], int64, int64, float64[::1],"
    "float64[::1], float64[::1], float64[::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def star_points(weights, edges, nodes, level, exponent, slope, sigma_w2, delta, chi):
    """delta = 1 - c* and chi = sigma_w2 E phi'phi' there, at points whose series are
    weights[i] @ nodes (nodes: node, panel, power).

    Solves P(delta) = 1/sigma_w2 with P the mean of E phi'phi' over [1 - delta, 1], a decreasing
    function: P = slope - ratio at level 2 (``slope`` is E phi'^2), P = ratio at level 1.
    ``edges`` ends at alpha = pi/2, that is delta = 1, beyond which there is no root.  The slope of
    the map is P + delta dP/ddelta.
    """
    panels, size = edges.size - 1, weights.shape[1]
    ends = np.zeros((size, panels))
    for k in range(size):
        for panel in range(panels):
            for j in range(18):
                ends[k, panel] += nodes[k, panel, j]
    row = np.empty(18)
    for i in range(delta.size):
        target = slope[i] - 1.0 / sigma_w2[i] if level == 2 else 1.0 / sigma_w2[i]
        sign = 1.0 if level == 2 else -1.0
        found = panels - 1
        for panel in range(panels):
            value = 0.0
            for k in range(size):
                value += weights[i, k] * ends[k, panel]
            if sign * (value * edges[panel + 1] ** exponent - target) >= 0.0:
                found = panel
                break
        for j in range(18):
            row[j] = 0.0
        for k in range(size):
            w = weights[i, k]
            for j in range(18):
                row[j] += w * nodes[k, found, j]
        left, right = edges[found], edges[found + 1]
        low, high = left, right
        alpha = 0.5 * (left + right)
        value, rise = 0.0, 0.0
        for _ in range(100):
            x = (2.0 * alpha - (left + right)) / (right - left)
            v, d = row[17], 0.0
            for j in range(16, -1, -1):
                d = d * x + v
                v = v * x + row[j]
            power = alpha**exponent
            value = v * power
            rise = 2.0 / (right - left) * d * power + exponent * value / alpha
            f = sign * (value - target)
            if f > 0.0:
                high = alpha
            else:
                low = alpha
            new = alpha - sign * f / rise
            if not (low <= new <= high):
                new = 0.5 * (low + high)
            step = new - alpha
            alpha = new
            if abs(step) <= 1e-15 * alpha:
                break
        sine = math.sin(0.5 * alpha)
        delta[i] = 2.0 * sine * sine
        change = value + delta[i] * rise / math.sin(alpha)
        chi[i] = sigma_w2[i] * (slope[i] - change if level == 2 else change)
