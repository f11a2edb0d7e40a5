"""Iterating 1 - c and the tangent kernel on a table of rates, compiled.

The file is self-contained: it is loaded through the kernel cache, which keys on its text.
Panels, rates and slopes are those of numerics/tangent/rates.py.  A step is

    delta <- delta (1 + e - g R(delta))
    k     <- k (1 + e - g T(delta)) + a [b - delta (b + e - g R(delta))] + extra

with compensated sums; no fast-math, which would remove them.
"""

import math

import numba as nb
import numpy as np

LANES = 16
FLAGS = {"contract"}
HUGE = 1e300


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def sum17(c, x):
    y = x * x
    even = ((((c[16] * y + c[14]) * y + c[12]) * y + c[10]) * y + c[8]) * y + c[6]
    odd = ((((c[17] * y + c[15]) * y + c[13]) * y + c[11]) * y + c[9]) * y + c[7]
    even = ((even * y + c[4]) * y + c[2]) * y + c[0]
    odd = ((odd * y + c[5]) * y + c[3]) * y + c[1]
    return even + x * odd


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def sum7(c, x):
    y = x * x
    even = ((c[6] * y + c[4]) * y + c[2]) * y + c[0]
    odd = ((c[7] * y + c[5]) * y + c[3]) * y + c[1]
    return even + x * odd


@nb.njit(error_model="numpy", inline="always")
def tuple7(c):
    return c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]


@nb.njit(error_model="numpy", inline="always")
def tuple17(c):
    rest = c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15], c[16], c[17]
    return (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]) + rest  # noqa: RUF005


@nb.njit(error_model="numpy", inline="always")
def power(s, r):
    if r == 1.0:
        return s
    if r == 2.0:
        return s * s
    if r == 0.0:
        return 1.0
    return s**r


@nb.njit(error_model="numpy")
def find(lower, delta, p):
    while p > 0 and delta < lower[p]:
        p -= 1
    while p < lower.size - 2 and delta >= lower[p + 1]:
        p += 1
    return p


@nb.njit(fastmath=FLAGS, error_model="numpy")
def rates(lower, centre, scale, far, powers, ratio, slope, delta, p):
    """R and T at one delta of panel p."""
    s = math.sqrt(max(1.0 - 0.5 * delta, 0.0) if far[p] else 0.5 * delta)
    x = (s - centre[p]) * scale[p]
    value = sum17(ratio[p], x)
    drop = sum17(slope[p], x)
    return value * power(s, powers[p, 0]), drop * power(s, powers[p, 1])


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def advance(state, i, u, v, a, b, extra):
    """The next delta and k of a lane from its rates, with what their sums lose."""
    d, k = state[0, i], state[2, i]
    up = d * u + state[1, i]
    total = d + up
    more = k * v + (a * (b - d * (b + u)) + extra) + state[3, i]
    state[1, i] = up - (total - d)
    state[0, i] = total if total > 0.0 else 0.0
    total = k + more if abs(k) < HUGE else k * (1.0 + v)
    state[3, i] = more - (total - k) if abs(total) < HUGE else 0.0
    state[2, i] = total


@nb.njit(fastmath=FLAGS, error_model="numpy")
def step7(state, ratio, slope, centre, scale, square, e, g, a, b, extra):
    """One layer of all lanes in a panel of 8 terms; written so that it vectorises."""
    ratios, slopes = tuple7(ratio), tuple7(slope)
    for i in range(LANES):
        s = math.sqrt(0.5 * state[0, i])
        x = (s - centre) * scale
        w = s * s if square else s
        u = e - g * (sum7(ratios, x) * w)
        v = e - g * (sum7(slopes, x) * w)
        advance(state, i, u, v, a, b, extra)


@nb.njit(fastmath=FLAGS, error_model="numpy")
def step17(state, ratio, slope, centre, scale, square, e, g, a, b, extra):
    """One layer of all lanes in a panel of 18 terms; written so that it vectorises."""
    ratios, slopes = tuple17(ratio), tuple17(slope)
    for i in range(LANES):
        s = math.sqrt(0.5 * state[0, i])
        x = (s - centre) * scale
        w = s * s if square else s
        u = e - g * (sum17(ratios, x) * w)
        v = e - g * (sum17(slopes, x) * w)
        advance(state, i, u, v, a, b, extra)


@nb.njit(fastmath=FLAGS, error_model="numpy")
def step(state, place, lower, centre, scale, far, powers, ratio, slope, e, g, a, b, extra):
    """The same for lanes anywhere."""
    for i in range(LANES):
        d = state[0, i]
        value, drop = 0.0, 0.0
        if d > 0.0:
            place[i] = find(lower, d, place[i])
            value, drop = rates(lower, centre, scale, far, powers, ratio, slope, d, place[i])
        elif powers[0, 1] <= 0.0:
            drop = np.inf if powers[0, 1] < 0.0 else sum17(slope[0], -1.0)
        u = e - g * value if d > 0.0 else 0.0
        advance(state, i, u, e - g * drop, a, b, extra)
        state[0, i] = min(state[0, i], 2.0)


@nb.njit(error_model="numpy")
def inside(state, low, high):
    """Whether all lanes lie in [low, high) and none is 0."""
    outside = 0
    for i in range(LANES):
        d = state[0, i]
        outside += (d < low) | (d >= high) | (d <= 0.0)
    return outside == 0


@nb.njit(error_model="numpy")
def panel_of(state, lower):
    """The panel that holds all lanes, -1 if there is none."""
    p = find(lower, state[0, 0], 0)
    return p if inside(state, lower[p], lower[p + 1]) else -1


@nb.njit(
    "void(float64[::1], float64[::1], float64[::1], boolean[::1], float64[:,::1],"
    "float64[:,::1], float64[:,::1], float64[::1], float64[::1], float64, float64[::1],"
    "float64[::1], int64, int64, float64[:,::1], int64[::1], int64, float64[:,:],"
    "float64[:,:])",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def iterate(
    lower,
    centre,
    scale,
    far,
    powers,
    ratio,
    slope,
    e,
    g,
    a,
    b,
    extra,
    first,
    last,
    pairs,
    rows,
    row,
    out_delta,
    out_k,
):
    """Layers ``first`` + 1, ..., ``last`` of ``pairs``: rows delta, its lost part, k, its lost.

    The step from layer l takes entry l - ``first`` of e, g, b, extra, or their only entry.
    Layers named in ``rows`` from place ``row`` on are written to the outputs.
    """
    start = row
    state = np.empty((4, LANES))
    place = np.zeros(LANES, np.int64)
    many = e.size > 1
    square = powers[0, 0] == 2.0
    plain = powers[0, 0] == powers[0, 1] and (square or powers[0, 0] == 1.0)
    for begin in range(0, pairs.shape[1], LANES):
        count = min(LANES, pairs.shape[1] - begin)
        for i in range(LANES):
            place[i] = 0
            for j in range(4):
                state[j, i] = pairs[j, begin + min(i, count - 1)]
        p, row, low, high, r, t = -1, start, 0.0, 0.0, ratio[0], slope[0]
        for layer in range(first, last):
            at = layer - first if many else 0
            el, gl, bl, xl = e[at], g[at], b[at], extra[at]
            if p < 0 or not inside(state, low, high):
                p = panel_of(state, lower)
                if p >= 0:
                    low, high, r, t = lower[p], lower[p + 1], ratio[p], slope[p]
            if p == 0 and plain:
                step7(state, r, t, centre[p], scale[p], square, el, gl, a, bl, xl)
            elif p > 0 and plain and not far[p]:
                step17(state, r, t, centre[p], scale[p], square, el, gl, a, bl, xl)
            else:
                step(
                    state,
                    place,
                    lower,
                    centre,
                    scale,
                    far,
                    powers,
                    ratio,
                    slope,
                    el,
                    gl,
                    a,
                    bl,
                    xl,
                )
            if row < rows.size and rows[row] == layer + 1:
                for i in range(count):
                    out_delta[row, begin + i] = state[0, i]
                    out_k[row, begin + i] = state[2, i]
                row += 1
        for i in range(count):
            for j in range(4):
                pairs[j, begin + i] = state[j, i]


@nb.njit(
    "void(float64, float64, float64, float64, float64, float64, float64[::1], float64[::1],"
    "float64[::1], float64[::1])",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def homogeneous(degree, unit, weight, bias, keep, start, branch, q, share, offset):
    """q along layers of phi with W = unit q^degree; the shares of weights and bias in each."""
    many = branch.size > 1
    q[0] = start
    for layer in range(share.size):
        b = branch[layer] if many else branch[0]
        v = q[layer]
        if v == 0.0 and bias == 0.0:  # below the range of floats
            share[layer], offset[layer], q[layer + 1] = 1.0, 0.0, 0.0
            continue
        x = b * weight * unit
        if degree != 1.0:
            x *= v ** (degree - 1.0)
        y = b * bias / v
        total = keep + x + y
        if bias == 0.0 and keep == 0.0:
            share[layer], offset[layer] = 1.0, 0.0
        else:
            share[layer], offset[layer] = x / total, y / total
        q[layer + 1] = v * total
