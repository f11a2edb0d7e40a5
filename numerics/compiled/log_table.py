"""Root finding on a table of W, D, S in u = log q (see numerics/table.py), compiled.

The file is self-contained: it is loaded through the kernel cache, which keys on its text.
A branch is a maximal interval of u on which B = q - sigma_w2 W is monotone; on a branch that
rises the fixed point has V' < 1.
"""

import math

import numba as nb

MAX_ENDS = 24
CELLS_PER_UNIT = 64.0
FLAGS = {"contract", "nsz"}

LOWEST, HIGHEST, FROM_START = 0, 1, 2
FOUND, AT_ZERO, NONE, BELOW_TABLE, ABOVE_TABLE = 0, 1, 2, 3, 4

TABLE = "float64[::1], float64[:,:,::1], int32[::1], float64[::1]"


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def locate(edges, cells, u):
    cell = int((u - edges[0]) * CELLS_PER_UNIT)
    cell = min(max(cell, 0), cells.size - 1)
    panel = cells[cell]
    left, right = edges[panel], edges[panel + 1]
    return panel, (2.0 * u - (left + right)) / (right - left)


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def polynomial(series, panel, k, x):
    """Degree 17 by two interleaved Horner chains in x^2: half the latency of one."""
    y = x * x
    even = series[panel, k, 16]
    odd = series[panel, k, 17]
    for j in range(14, -1, -2):
        even = even * y + series[panel, k, j]
        odd = odd * y + series[panel, k, j + 1]
    return even + x * odd


@nb.njit(
    f"int64({TABLE}, float64, float64[:])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def slope_roots(edges, series, cells, turns, level, out):
    """Places u in ascending order where S(u) = level, one per monotone piece that crosses it.

    Bracketed secant (Illinois) with a bisection at every eighth step.
    """
    count = 0
    panel, x = locate(edges, cells, turns[0])
    before = polynomial(series, panel, 2, x) - level
    for i in range(1, turns.size):
        panel, x = locate(edges, cells, turns[i])
        after = polynomial(series, panel, 2, x) - level
        if before * after < 0.0 and count < MAX_ENDS - 2:
            lo, hi, f_lo, f_hi = turns[i - 1], turns[i], before, after
            side = 0
            u = 0.5 * (lo + hi)
            for step in range(200):
                panel, x = locate(edges, cells, u)
                f = polynomial(series, panel, 2, x) - level
                if f * f_lo > 0.0:
                    lo, f_lo = u, f
                    if side == 1:
                        f_hi *= 0.5
                    side = 1
                else:
                    hi, f_hi = u, f
                    if side == -1:
                        f_lo *= 0.5
                    side = -1
                if f == 0.0 or hi - lo < 1e-14 * (1.0 + abs(lo)):
                    break
                previous = u
                u = (lo * f_hi - hi * f_lo) / (f_hi - f_lo)
                if not (lo < u < hi) or step % 8 == 7:
                    u = 0.5 * (lo + hi)
                elif abs(u - previous) < 1e-15 * (1.0 + abs(u)):
                    break
            out[count] = u
            count += 1
        before = after
    return count


@nb.njit(
    f"int64({TABLE}, float64, float64[::1], float64[::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def branch_ends(edges, series, cells, turns, sigma_w2, places, heights):
    """Ends u of the branches for one sigma_w2, and B there; returns how many ends."""
    inner = slope_roots(edges, series, cells, turns, 1.0 / sigma_w2, places[1:])
    places[0] = edges[0]
    places[inner + 1] = edges[-1]
    for i in range(inner + 2):
        panel, x = locate(edges, cells, places[i])
        heights[i] = math.exp(places[i]) - sigma_w2 * polynomial(series, panel, 0, x)
    return inner + 2


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def solve(edges, series, cells, sigma_w2, sigma_b2, lo, hi, u, rising):
    """The u in [lo, hi] with B(u) = sigma_b2, B monotone there; Newton kept in the bracket."""
    for _ in range(200):
        panel, x = locate(edges, cells, u)
        q = math.exp(u)
        excess = sigma_w2 * polynomial(series, panel, 0, x) + sigma_b2 - q
        slope = q * (sigma_w2 * polynomial(series, panel, 2, x) - 1.0)
        if (excess > 0.0) == rising:
            lo = u
        else:
            hi = u
        new = u - excess / slope
        if not (lo <= new <= hi):
            new = 0.5 * (lo + hi)
        step = new - u
        u = new
        if abs(step) < 1e-9:
            break
    return u


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def carries(a, b, sigma_b2):
    """Whether a branch with B = a, b at its ends contains sigma_b2 (each end counted once)."""
    return (a <= sigma_b2 < b) or (b <= sigma_b2 < a)


@nb.njit(
    f"int64({TABLE}, float64, float64, float64[:,::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def all_roots(edges, series, cells, turns, sigma_w2, sigma_b2, out):
    """Rows of ``out``: ends of the branches, B there, fixed points (all in u, NaN beyond)."""
    places, heights = out[0], out[1]
    out[:] = math.nan
    ends = branch_ends(edges, series, cells, turns, sigma_w2, places, heights)
    count = 0
    for i in range(ends - 1):
        if carries(heights[i], heights[i + 1], sigma_b2):
            out[2, count] = solve(
                edges,
                series,
                cells,
                sigma_w2,
                sigma_b2,
                places[i],
                places[i + 1],
                0.5 * (places[i] + places[i + 1]),
                heights[i + 1] > heights[i],
            )
            count += 1
    return ends


@nb.njit(
    f"void({TABLE}, float64[::1], float64[:,::1], float64[:,::1], int64[::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def column_branches(edges, series, cells, turns, sigma_w2, places, heights, ends):
    for j in range(sigma_w2.size):
        ends[j] = branch_ends(edges, series, cells, turns, sigma_w2[j], places[j], heights[j])


@nb.njit(fastmath=FLAGS, error_model="numpy", nogil=True)
def nearest_root(edges, series, cells, w, b, places, heights, ends, start_u, start_b):
    """The fixed point that an increasing V moves the start to; NaN if none in that direction."""
    up = start_b < b
    best = math.inf if up else -math.inf
    for k in range(ends - 1):
        if not carries(heights[k], heights[k + 1], b):
            continue
        if (up and places[k + 1] < start_u) or (not up and places[k] > start_u):
            continue
        u = solve(
            edges,
            series,
            cells,
            w,
            b,
            places[k],
            places[k + 1],
            0.5 * (places[k] + places[k + 1]),
            heights[k + 1] > heights[k],
        )
        if up and start_u <= u < best:
            best = u
        if not up and best < u <= start_u:
            best = u
    return best


@nb.njit(
    f"void({TABLE}, float64[::1], float64[::1], float64[:,::1], float64[:,::1], int64[::1],"
    "int64, float64, boolean, float64, float64, int64, int64, float64[:,::1], float64[:,::1],"
    "float64[:,::1], int8[:,::1], int8[:,::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def grid_rows(
    edges,
    series,
    cells,
    turns,
    sigma_w2,
    sigma_b2,
    places,
    heights,
    ends,
    mode,
    start_u,
    zero_is_fixed,
    zero_slope,
    zero_gradient,
    first,
    last,
    q,
    chi_1,
    chi_q,
    count,
    status,
):
    """Fill rows first..last of the arrays indexed [sigma_b2, sigma_w2]; rows are independent."""
    start_q = math.exp(start_u)
    panel, x = locate(edges, cells, start_u)
    start_w = polynomial(series, panel, 0, x)
    for i in range(first, last):
        b = sigma_b2[i]
        zero = zero_is_fixed and b == 0.0
        u1, u2 = math.nan, math.nan
        for j in range(sigma_w2.size):
            w, n = sigma_w2[j], ends[j]
            roots, chosen = 0, -1
            for k in range(n - 1):
                lo_b, hi_b = heights[j, k], heights[j, k + 1]
                if carries(lo_b, hi_b, b):
                    roots += 1
                    if hi_b > lo_b and (mode == HIGHEST or chosen < 0):
                        chosen = k
            found, u = NONE, math.nan
            zero_attracts = zero and w * zero_slope <= 1.0
            if mode == FROM_START:
                start_b = start_q - w * start_w
                u = nearest_root(
                    edges, series, cells, w, b, places[j], heights[j], n, start_u, start_b
                )
                if math.isfinite(u):
                    found = FOUND
                elif zero and start_b >= b:
                    found = AT_ZERO
            elif zero_attracts and (mode == LOWEST or chosen < 0):
                found = AT_ZERO
            elif chosen >= 0:
                lo, hi = places[j, chosen], places[j, chosen + 1]
                guess = 2.0 * u1 - u2
                if not (lo < guess < hi):
                    guess = u1
                if not (lo < guess < hi):
                    guess = 0.5 * (lo + hi)
                u = solve(edges, series, cells, w, b, lo, hi, guess, True)
                found = FOUND
            if heights[j, 0] > b and not zero:
                roots += 1
                if mode == LOWEST or found == NONE:
                    found = BELOW_TABLE
            if heights[j, n - 1] < b and found == NONE:
                found = ABOVE_TABLE
            count[i, j] = roots + 1 if zero else roots
            status[i, j] = found
            u2 = math.nan
            if found == FOUND:
                panel, x = locate(edges, cells, u)
                q[i, j] = math.exp(u)
                chi_1[i, j] = w * polynomial(series, panel, 1, x)
                chi_q[i, j] = w * polynomial(series, panel, 2, x)
                u2 = u1
                u1 = u
            elif found == AT_ZERO:
                q[i, j] = 0.0
                chi_1[i, j] = w * zero_gradient
                chi_q[i, j] = w * zero_slope
            else:
                q[i, j] = math.inf
                chi_1[i, j] = math.nan
                chi_q[i, j] = math.nan
