"""Kernel maps of many pairs of inputs with variances of their own, compiled.

The file is self-contained: it is loaded through the kernel cache, which keys on its text.
All functions fill a tile [row, column]; ``gap`` is 1 - f and ``slope`` df/dc of the normalised
kernel f(c) = G / sqrt(W W').
"""

import math

import numba as nb
import numpy as np

FLAGS = {"contract", "nsz"}
CHUNK = 64


@nb.njit(fastmath=FLAGS, error_model="numpy", inline="always")
def sum17(c, p, x):
    y = x * x
    even = c[p, 16]
    odd = c[p, 17]
    for j in range(14, -1, -2):
        even = even * y + c[p, j]
        odd = odd * y + c[p, j + 1]
    return even + x * odd


@nb.njit(error_model="numpy", inline="always")
def power(s, r):
    if r == 1.0:
        return s
    if r == 2.0:
        return s * s
    if r == 0.0:
        return 1.0
    return s**r


@nb.njit(
    "void(float64[:,:], float64[::1], float64[::1], float64[::1], boolean[::1], float64[:,::1],"
    "float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], float64[::1], float64[::1],"
    "float64[::1], float64[::1], float64, float64[:,::1], float64[:,::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def by_table(
    delta,
    lower,
    centre,
    scale,
    far,
    powers,
    ratio,
    slopes,
    ratio2,
    slopes2,
    top,
    norm,
    u,
    v,
    sign,
    gap,
    slope,
):
    """From rates R and T: gap = norm delta (top - R), slope = norm (top - T).

    With two tables, of log variances 0 and 1, the pair (i, j) lies at (u[i] + v[j]) / 2.
    """
    panels = lower.size - 1
    two = ratio2.shape[0] > 0
    for i in range(delta.shape[0]):
        p = 0
        for j in range(delta.shape[1]):
            d = min(max(delta[i, j], 0.0), 2.0)
            while p > 0 and d < lower[p]:
                p -= 1
            while p < panels - 1 and d >= lower[p + 1]:
                p += 1
            s = math.sqrt(1.0 - 0.5 * d) if far[p] else math.sqrt(0.5 * d)
            x = (s - centre[p]) * scale[p]
            first, second, t, n = sum17(ratio, p, x), sum17(slopes, p, x), top[0], norm[0]
            if two:
                w = 0.5 * (u[i] + v[j])
                first += w * (sum17(ratio2, p, x) - first)
                second += w * (sum17(slopes2, p, x) - second)
                t += w * (top[1] - t)
                n += w * (norm[1] - n)
            first *= power(s, powers[p, 0])
            second *= power(s, powers[p, 1])
            if d == 0.0 and powers[0, 0] < 0.0:
                first = 0.0
            gap[i, j] = n * d * (t - sign * first)
            slope[i, j] = n * (t - sign * second)


@nb.njit(
    "void(float64[:,:], float64[:,::1], float64[:,::1], int64, float64[:,::1], float64[:,::1])",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def by_series(delta, left, right, terms, gap, slope):
    """f(c) = sum_n left[i, n] right[n, j] c^n and its derivative, by Horner's scheme."""
    c, value, rate = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for i in range(delta.shape[0]):
        row = left[i]
        for begin in range(0, delta.shape[1], CHUNK):
            count = min(CHUNK, delta.shape[1] - begin)
            for j in range(count):
                c[j] = 1.0 - delta[i, begin + j]
                value[j] = 0.0
                rate[j] = 0.0
            for n in range(terms - 1, -1, -1):
                a = row[n]
                if a == 0.0:
                    for j in range(count):
                        rate[j] = rate[j] * c[j] + value[j]
                        value[j] = value[j] * c[j]
                    continue
                column = right[n, begin : begin + count]
                for j in range(count):
                    rate[j] = rate[j] * c[j] + value[j]
                    value[j] = value[j] * c[j] + a * column[j]
            for j in range(count):
                gap[i, begin + j] = 1.0 - value[j]
                slope[i, begin + j] = rate[j]


@nb.njit(
    "void(float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1],"
    "float64[:,::1], float64)",
    fastmath=FLAGS,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def advance(delta, k, gap, slope, left, right, gain):
    """The next 1 - c and K / sqrt(q q') from gap and slope, in place.

    Rows of ``left`` and ``right``: the square roots of the shares of skip, weights and bias in
    the next variance (they are unit vectors), and of the bias part of the source; two more rows
    are those of the mean of phi, in the variance and in the source.
    """
    means = left.shape[0] > 4
    for i in range(delta.shape[0]):
        keep, weights, bias, source = left[0, i], left[1, i], left[2, i], left[3, i]
        mean, known = (left[4, i], left[5, i]) if means else (0.0, 0.0)
        for j in range(delta.shape[1]):
            a, b, c = keep - right[0, j], weights - right[1, j], bias - right[2, j]
            skip, branch = keep * right[0, j], weights * right[1, j]
            g = gap[i, j]
            d = 0.5 * (a * a + b * b + c * c) + skip * delta[i, j] + branch * g
            k[i, j] = (skip + branch * slope[i, j]) * k[i, j]
            k[i, j] += gain * branch * (1.0 - g) + source * right[3, j]
            if means:
                d += 0.5 * (mean - right[4, j]) ** 2
                k[i, j] += known * right[5, j]
            delta[i, j] = min(max(d, 0.0), 2.0)


@nb.njit(
    "void(float64[:,::1], float64[:,::1], float64, float64[:,::1])",
    fastmath={"contract", "nsz", "reassoc"},
    error_model="numpy",
    nogil=True,
    cache=True,
)
def gram(left, right, bias, out):
    """Scalar products of rows plus ``bias``."""
    for i in range(left.shape[0]):
        for j in range(right.shape[0]):
            total = 0.0
            for k in range(left.shape[1]):
                total += left[i, k] * right[j, k]
            out[i, j] = total + bias


@nb.njit(
    "float64(float64[:,:], float64[::1], float64[::1])",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def largest(delta, left, right):
    """The largest |c| of a tile, equal inputs (of variances left[i], right[j]) left out."""
    low, high = 1.0, 1.0
    for i in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            d = delta[i, j]
            if d < low and (d > 0.0 or left[i] != right[j]):
                low = d
            high = max(high, d)
    return min(max(1.0 - low, high - 1.0), 1.0)


@nb.njit(
    "void(float64[:,:], float64[::1], float64[::1], float64[::1], float64[:,::1],float64[:,::1])",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def equal_inputs(delta, left, right, own, gap, slope):
    """Set the maps where two inputs are equal; ``own`` is the slope at c = 1."""
    for i in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            if delta[i, j] == 0.0 and left[i] == right[j]:
                gap[i, j] = 0.0
                slope[i, j] = own[i]
