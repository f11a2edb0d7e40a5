r"""Fixed points on a grid of (sigma_w2, sigma_b2) as arrays: the numbers behind phase diagrams.

Nothing is followed from point to point except a starting guess: for each sigma_w2 the branches of
B(q) = q - sigma_w2 W(q) are known (:mod:`table`), so a saddle-node cannot be missed and rows are
independent of each other and of the number of threads.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .kernels import load_driver
from .scale_free import star_at_zero
from .table import HIGHEST_LOG, LOWEST_LOG, moment_table

__all__ = ["correlations_on_grid", "fixed_points_on_grid", "phase_codes"]

#: Half width of the band |chi_1 - 1| called critical: the accuracy of chi_1 on the table.
CRITICAL_WIDTH = 1e-13


def fixed_points_on_grid(activation, weights, biases, mode, start, threads):
    """(q, chi_1, chi_q, count), arrays [i_sigma_b2, j_sigma_w2]; see ``PhaseDiagram``.

    ``mode`` and ``start`` (a log q) say which fixed point, as in compiled/log_table.py.
    """
    layer, plain = activation.layer, activation.without_skip
    if layer.grows:
        return _growing(plain, weights, biases)
    if layer.skip != 0:
        weights, biases = weights / layer.branch, biases / layer.branch
    if activation.homogeneity == 1.0:
        q, chi_1, chi_q, count = _linear(plain, weights, biases)
    else:
        q, chi_1, chi_q, count = _on_table(plain, weights, biases, mode, start, threads)
    return q, layer.slope(chi_1), layer.slope(chi_q), count


def phase_codes(q, chi_1, chi_q, width=CRITICAL_WIDTH):
    """0 ordered, 1 chaotic, 2 critical, 3 divergent, as int8.

    Where q = 0 and chi_1 differs from V', the correlation of vanishing signals has the slope
    chi_1/V' at 1, and this decides.
    """
    code = (chi_1 > 1.0).astype(np.int8)
    code[np.abs(chi_1 - 1.0) <= width] = 2
    code[np.isnan(chi_1)] = 3
    vanishing = (q == 0.0) & (chi_1 != chi_q)
    code[vanishing] = (chi_1 > chi_q)[vanishing]
    return code


def correlations_on_grid(activation, weights, biases, q, chi_1, chi_q, code):
    """(1 - c*, C'(c*)) on the grid; NaN where there is no fixed point."""
    from .correlation_surface import correlation_fixed_points

    layer, plain = activation.layer, activation.without_skip
    if layer.grows:
        return np.where(code == 3, np.nan, 0.0), np.where(code == 3, np.nan, chi_1)
    grid = [np.broadcast_to(a, q.shape) / layer.branch for a in (weights, biases[:, None])]
    gap, slope = correlation_fixed_points(
        plain, q, code, *grid, (chi_1 - layer.keep) / layer.branch
    )
    slope = layer.slope(slope)
    vanishing = (q == 0.0) & (chi_1 != chi_q)
    if vanishing.any():
        _, gap[vanishing], inner = star_at_zero(plain)
        chi = chi_q[vanishing]
        slope[vanishing] = (layer.keep + (chi - layer.keep) * inner) / chi
    return gap, slope


def _growing(activation, weights, biases):
    """|skip| >= 1: no fixed point but q = 0, which repels."""
    shape = biases.size, weights.size
    zero = (biases == 0.0) & (activation.at_zero == 0.0)
    count = np.broadcast_to(zero[:, None], shape).astype(np.int8)
    return np.full(shape, np.inf), np.full(shape, np.nan), np.full(shape, np.nan), count


def _on_table(activation, weights, biases, mode, start, threads):
    """Run the driver; where it reports a root outside the table, extend the table and repeat."""
    driver = load_driver("log_table")
    lower, upper = math.log(1e-9), math.log(1e5)
    while True:
        table = moment_table(activation, min(lower, start), max(upper, start))
        *arrays, status, top = _run(
            driver, table, activation, weights, biases, mode, start, threads
        )
        if lower > LOWEST_LOG and (status == driver.BELOW_TABLE).any():
            lower = LOWEST_LOG
            continue
        undecided = (status == driver.ABOVE_TABLE) & (top > 1e-12)
        if upper < HIGHEST_LOG and undecided.any() and table.edges[-1] >= upper - 0.5:
            upper += 5.0
            continue
        return arrays


def _run(driver, table, activation, weights, biases, mode, start, threads):
    shape = biases.size, weights.size
    places, heights = np.empty((2, weights.size, driver.MAX_ENDS))
    ends = np.empty(weights.size, dtype=np.int64)
    driver.column_branches(*table.arrays, weights, places, heights, ends)
    q, chi_1, chi_q = (np.empty(shape) for _ in range(3))
    count, status = (np.empty(shape, dtype=np.int8) for _ in range(2))
    zero_is_fixed = activation.at_zero == 0.0
    slope = activation.slope_at_zero if zero_is_fixed else 0.0
    gradient = activation.gradient_at_zero if zero_is_fixed else 0.0

    def rows(first, last):
        driver.grid_rows(
            *table.arrays,
            weights,
            biases,
            places,
            heights,
            ends,
            mode,
            start,
            zero_is_fixed,
            slope,
            gradient,
            first,
            last,
            q,
            chi_1,
            chi_q,
            count,
            status,
        )

    bounds = np.linspace(0, biases.size, 8 * threads + 1).astype(int)
    if threads == 1 or q.size < 20_000:
        rows(0, biases.size)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(rows, bounds[:-1].tolist(), bounds[1:].tolist()))
    if not activation.has_slope:
        chi_1[np.isfinite(q) & (q > 0)] = np.inf
    top = 1.0 - weights * float(table.evaluate(2, table.edges[-1]))
    return q, chi_1, chi_q, count, status, top


def _linear(activation, weights, biases):
    """Degree 1: V(q) = sigma_b2 + s q; q = 1 stands for the line s = 1, sigma_b2 = 0."""
    chi_q = np.broadcast_to(weights * float(activation.W(1.0)), (biases.size, weights.size)).copy()
    chi_1 = np.broadcast_to(weights * float(activation.D(1.0)), chi_q.shape).copy()
    bias = np.broadcast_to(biases[:, None], chi_q.shape)
    neutral = np.abs(chi_q - 1.0) <= 1e-15
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where((chi_q < 1.0) & ~neutral, bias / (1.0 - chi_q), np.inf)
    q[neutral & (bias == 0.0)] = 1.0
    count = ((bias == 0.0) | np.isfinite(q)).astype(np.int8)
    nowhere = np.isinf(q)
    chi_q[nowhere], chi_1[nowhere] = np.nan, np.nan
    return q, chi_1, chi_q, count
