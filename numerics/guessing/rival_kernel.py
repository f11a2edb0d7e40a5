r"""Compiled loops over centres: where one class must stand, and what all classes get.

A class at m and rivals at -gap_j (the highest at 0), all with unit spread, give the class

    H(m) = int phi(y - m) F(y) dy,    F(y) = prod_j Phi(y + gap_j),

a log-concave integrand.  Sums run over the lattice of the trapezoidal rule around its peak, and in
logarithms, so that H and 1 - H are found down to 1e-300.
"""

import math
from functools import lru_cache

import numpy as np

from ..kernels import load_module
from ..vector_functions import source

__all__ = ["fractions_of", "lattice_step", "share_curves", "shares_at"]

_DRIVERS = '''
@njit("void(float64[::1], float64, float64, int64, float64[::1])", fastmath=FLAGS)
def log_below(gaps, start, step, count, out):
    """log F on the lattice."""
    for i in range(count):
        out[i] = 0.0
    for j in range(gaps.size):
        for i in range(count):
            t = start + step * i + gaps[j]
            tail = Phi(-abs(t))
            out[i] += select(t > 0.0, log1p(-tail), log(tail))


@njit("int64(float64[::1], float64, float64, int64, float64, int64)")
def peak(logs, start, step, count, m, place):
    """The index of the largest term, from an index near it."""
    while place + 1 < count:
        here, there = start + step * place - m, start + step * (place + 1) - m
        if logs[place + 1] - 0.5 * there * there <= logs[place] - 0.5 * here * here:
            break
        place += 1
    while place > 0:
        here, there = start + step * place - m, start + step * (place - 1) - m
        if logs[place - 1] - 0.5 * there * there <= logs[place] - 0.5 * here * here:
            break
        place -= 1
    return place


@njit("UniTuple(float64, 3)(float64[::1], float64, float64, int64, float64, int64)", fastmath=SUM)
def sums(logs, start, step, count, m, place):
    """(log of the integral, its first and its second derivative in m over it)."""
    reach = int(8.5 / step) + 1
    lower, upper = max(0, place - reach), min(count, place + reach + 1)
    top = logs[place] - 0.5 * (start + step * place - m) ** 2
    s0, s1, s2 = 0.0, 0.0, 0.0
    for i in range(lower, upper):
        t = start + step * i - m
        e = exp(logs[i] - 0.5 * t * t - top)
        s0 += e
        s1 += e * t
        s2 += e * (t * t - 1.0)
    return top + math.log(s0 * step * 0.3989422804014327), s1 / s0, s2 / s0


@njit(
    "void(float64[:, ::1], float64[::1], float64, float64, int64, float64[:, :, ::1])",
    cache=True, nogil=True,
)
def curves(gaps, places, start, step, count, out):
    below, above = np.empty(count), np.empty(count)
    for n in range(gaps.shape[0]):
        log_below(gaps[n], start, step, count, below)
        for i in range(count):
            above[i] = math.log(-math.expm1(below[i])) if below[i] < 0.0 else -math.inf
        upper = False
        at = 0
        for k in range(places.size):
            m = places[k]
            if not upper:
                at = peak(below, start, step, count, m, at)
                found, first, second = sums(below, start, step, count, m, at)
                upper = found > -0.6931471805599453
            if upper:
                at = peak(above, start, step, count, m, at)
                found, first, second = sums(above, start, step, count, m, at)
            out[n, k, 0] = found
            out[n, k, 1] = abs(first)
            out[n, k, 2] = second / first
            out[n, k, 3] = 1.0 if upper else 0.0


@njit("void(float64[:, ::1], float64, float64[:, ::1])", cache=True, nogil=True)
def fractions(centres, step, out):
    """Every class's fraction for every row of centres, each to its own relative accuracy."""
    rows, classes = centres.shape
    gaps, lowest_peak = np.empty(classes), 0.0
    for n in range(rows):
        top = -math.inf
        for k in range(classes):
            top = max(top, centres[n, k])
        lowest = 0.0
        for k in range(classes):
            gaps[k] = min(top - centres[n, k], 80.0)
            lowest = max(lowest, gaps[k])
        lowest = min(lowest, 56.0)
        start = -step * math.ceil((0.5 * lowest + 9.0) / step)
        count = int((13.0 - start) / step) + 1
        all_below = np.empty(count)
        one = np.empty(count)
        log_below(gaps, start, step, count, all_below)
        at = 0
        for k in range(classes):
            for i in range(count):
                t = start + step * i + gaps[k]
                tail = Phi(-abs(t))
                one[i] = all_below[i] - select(t > 0.0, log1p(-tail), log(tail))
            at = peak(one, start, step, count, -gaps[k], at)
            found, first, second = sums(one, start, step, count, -gaps[k], at)
            out[n, k] = math.exp(found) if top - centres[n, k] < 56.0 else 0.0


@njit("void(float64[:, :, ::1], float64[::1], float64, float64[::1], float64, float64[::1], "
      "boolean, float64[::1], float64[:, ::1])", cache=True, nogil=True)
def shares(curves, places, root, top, spread, queries, of_largest, weights, out):
    """Quintic interpolation of m in w = Phi^{-1}(H), and the conditional laws there."""
    last = places.size - 1
    for n in range(top.size):
        w, first, second = curves[0, n], curves[1, n], curves[2, n]
        bar = top[n] / spread
        above = Phi(-bar)
        share = weights[n] / above if of_largest else weights[n]
        k = 0
        for i in range(queries.size):
            q = queries[i]
            while k + 2 <= last and w[k + 1] <= q:
                k += 1
            if q <= w[0] or q >= w[last]:
                end = 0 if q <= w[0] else last
                rate = 1.0 / first[end]
                m = places[end] + rate * (q - w[end])
            else:
                h = w[k + 1] - w[k]
                t = (q - w[k]) / h
                a, b = h / first[k], h / first[k + 1]
                c = -0.5 * h * h * second[k] / first[k] ** 3
                d = -0.5 * h * h * second[k + 1] / first[k + 1] ** 3
                rise = places[k + 1] - places[k] - a - c
                turn, twist = b - a - 2.0 * c, d - c
                c3 = 10.0 * rise - 4.0 * turn + twist
                c4 = -15.0 * rise + 7.0 * turn - 2.0 * twist
                c5 = 6.0 * rise - 3.0 * turn + twist
                m = places[k] + t * (a + t * (c + t * (c3 + t * (c4 + t * c5))))
                rate = (a + t * (2.0 * c + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)))) / h
            x = m / (root * spread)
            v = x + bar
            density = 0.3989422804014327 * exp(-0.5 * v * v) * rate / (root * spread)
            if not of_largest:
                below = Phi(v)
                out[0, i] += share * below
                out[4, i] += share * below * (1.0 - above)
                out[1, i] += share * Phi(-v)
                out[2, i] += share * density
                out[3, i] += 1.0
            elif x <= 0.0:
                out[1, i] += weights[n]
            else:
                if x < 1e-4:
                    part = 1.0 - x * (0.5 * bar - x * (bar * bar - 1.0) / 6.0)
                    part *= x * 0.3989422804014327 * exp(-0.5 * bar * bar)
                else:
                    part = above - Phi(-v)
                out[0, i] += share * part
                out[1, i] += share * Phi(-v)
                out[2, i] += share * density
                out[3, i] += 1.0
'''


@lru_cache(maxsize=1)
def _kernel():
    text = source(["exp", "log", "log1p", "Phi", "select"])
    head = 'import numpy as np\n\nSUM = {"contract", "nsz", "reassoc"}\n'
    return load_module(f"{text}\n\n\n{head}{_DRIVERS}", "the fractions of many classes")


def lattice_step(classes):
    """The step of the trapezoidal rule: F narrows like 1/sqrt(2 log K)."""
    return 1 / 4 if classes <= 10 else 1 / 8


def share_curves(gaps, places, step):
    """w = Phi^{-1}(H) and its two derivatives at the places m, for each row of ``gaps``.

    ``gaps`` [row, rival] are not negative with a 0 in each row; the result has shape (3, rows,
    places).
    """
    from scipy.special import ndtri_exp

    lowest, highest = places[0], places[-1]
    start = -step * math.ceil((9.0 - min(lowest, 0.0) / 2.0) / step)
    end = 13.0 + max(highest, 0.0) / 2.0
    out = np.empty((len(gaps), len(places), 4))
    count = int((end - start) / step) + 1
    _kernel().curves(np.minimum(gaps, 150.0), places, start, step, count, out)
    logs, first, bend, upper = np.moveaxis(out, 2, 0)
    side = np.where(upper == 1.0, -1.0, 1.0)
    w = side * ndtri_exp(logs)
    slope = np.exp(logs + np.log(first) + (w**2 + math.log(2.0 * math.pi)) / 2.0)
    return w, slope, slope * (bend + w * slope)


def fractions_of(centres, classes):
    """The fractions of all classes, the last axis, given the centres in units of the spread.

    >>> fractions_of(np.zeros((1, 4)), 4).round(14).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    rows = np.ascontiguousarray(centres, dtype=float).reshape(-1, classes)
    out = np.empty_like(rows)
    _kernel().fractions(rows, lattice_step(classes), out)
    return out.reshape(np.shape(centres))


def shares_at(curves, places, root, top, spread, queries, of_largest, weights, out):
    """Add to ``out`` each row's cdf, sf and density at the ``queries``, 1 where not 0, and for
    one class cdf times Phi(b)."""
    curves = np.ascontiguousarray(curves)
    _kernel().shares(curves, places, root, top, spread, queries, of_largest, weights, out)
