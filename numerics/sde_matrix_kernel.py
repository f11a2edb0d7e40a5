"""Kernels for the matrix SDE dV = b dt + V^{1/2} dH V^{1/2} of m inputs.

With V = L L^T, L lower triangular, the noise alone is dL = L dT, T lower triangular with variance
1/2 on the diagonal and 1 below it (H = T + T^T up to a rotation that does not change the law), and
a drift that scales column i by exp(-i t/2).  The step for the noise composes the flows of single
entries of T symmetrically, each with its own normal, so V stays positive semidefinite, log det V
has its exact law for b = 0, and the law of V is right to second order.  The step for the drift is
a classical Runge-Kutta step of dV/dt = b(V), then a Cholesky factorisation; b is exchangeable: its
entries are functions of V_ii, V_jj and the correlation alone.
"""

from functools import cache, lru_cache

from theory.symbols import V, covariance_entry, rho

from .codegen import jet_source, module_source
from .kernels import load_module
from .random_numbers import random_source

__all__ = ["drift_kernel", "noise_kernel"]

#: Matrices are held as rows of entries (1,1), (2,1), (2,2), (3,1), ...; the columns are paths.
_BLOCK = 64

_DRIFT = '''
part = njit(fastmath=FLAGS, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@part
def drift(v, m, count, b):
    p = 0
    for i in range(m):
        second = v[p + i]
        q = 0
        for j in range(i):
            first, both, out = v[q + j], v[p + j], b[p + j]
            for c in range(count):
                r = both[c] / math.sqrt(first[c] * second[c])
                r = select(r > 1.0, 1.0, select(r < -1.0, -1.0, r))
                out[c] = cross(first[c], second[c], r)[0]
            q += j + 1
        out = b[p + i]
        for c in range(count):
            out[c] = norm(second[c])[0]
        p += i + 1


@part
def add(v, h, b, count, out):
    for p in range(v.shape[0]):
        x, y, z = v[p], b[p], out[p]
        for c in range(count):
            z[c] = x[c] + h * y[c]


@part
def square(l, m, begin, count, v):
    p = 0
    for i in range(m):
        q = 0
        for j in range(i + 1):
            out = v[p + j]
            for c in range(count):
                out[c] = 0.0
            for k in range(j + 1):
                x, y = l[p + k], l[q + k]
                for c in range(count):
                    out[c] += x[begin + c] * y[begin + c]
            q += j + 1
        p += i + 1


@part
def root(v, m, count, begin, l):
    """Cholesky; a pivot that is zero to rounding leaves a column of zeros."""
    p = 0
    for i in range(m):
        q = 0
        for j in range(i + 1):
            x, out, whole = v[p + j], l[p + j], l[q + j]
            for k in range(j):
                y, z = l[p + k], l[q + k]
                for c in range(count):
                    x[c] -= y[begin + c] * z[begin + c]
            if i == j:
                for c in range(count):
                    out[begin + c] = math.sqrt(select(x[c] > 0.0, x[c], 0.0))
            else:
                for c in range(count):
                    none = whole[begin + c] == 0.0
                    out[begin + c] = select(none, 0.0, x[c]) / select(none, 1.0, whole[begin + c])
            q += j + 1
        p += i + 1


@njit("void(float64, int64, float64[:, ::1])", cache=True, error_model="numpy", nogil=True)
def flow(h, m, l):
    """dV/dt = b(V) over a time h for V = l l^T, in place."""
    size = l.shape[0]
    v, w, b, total = (np.empty((size, BLOCK)), np.empty((size, BLOCK)), np.empty((size, BLOCK)),
                      np.empty((size, BLOCK)))
    for begin in range(0, l.shape[1], BLOCK):
        count = min(BLOCK, l.shape[1] - begin)
        square(l, m, begin, count, v)
        drift(v, m, count, b)
        add(v, h / 6.0, b, count, total)
        for stage in range(3):
            add(v, h if stage == 2 else h / 2.0, b, count, w)
            drift(w, m, count, b)
            add(total, h / 6.0 if stage == 2 else h / 3.0, b, count, total)
        root(total, m, count, begin, l)
'''

_NOISE = '''
part = njit(fastmath=FLAGS, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@part
def scale_columns(l, m, begin, count, time, z, index):
    """Column k of l times exp(N(0, time/2) - k time/2), k = 1, 2, ..."""
    size = math.sqrt(0.5 * time)
    for k in range(m):
        line, fall = z[index + k], 0.5 * (k + 1) * time
        for c in range(count):
            line[c] = exp(size * line[c] - fall)
        for i in range(k, m):
            out = l[i * (i + 1) // 2 + k]
            for c in range(count):
                out[begin + c] *= line[c]


@part
def add_column(l, m, source, to, begin, count, size, line):
    """Column ``to`` gains a random multiple of column ``source``, which is further right."""
    for i in range(source, m):
        p = i * (i + 1) // 2
        x, out = l[p + source], l[p + to]
        for c in range(count):
            out[begin + c] += size * line[c] * x[begin + c]


@njit("void(uint64, int64, int64, float64, int64, float64[:, ::1])",
      cache=True, error_model="numpy", nogil=True)
def shake(key, first, step, time, m, l):
    """The noise over a time ``time`` for the paths first, first + 1, ... in place."""
    below = m * (m - 1) // 2
    pairs = (2 * m + max(2 * below - 1, 0) + 1) // 2
    z = np.empty((2 * pairs, BLOCK))
    for begin in range(0, l.shape[1], BLOCK):
        count = min(BLOCK, l.shape[1] - begin)
        for pair in range(pairs):
            row = np.uint64(step * pairs + pair)
            normals(key, row, np.uint64(first + begin), count, z[2 * pair], z[2 * pair + 1])
        scale_columns(l, m, begin, count, 0.5 * time, z, 0)
        index, p = m, 0
        while index < m + 2 * below - 1:
            source = 1
            while source * (source + 1) // 2 <= p:
                source += 1
            size = math.sqrt(time if p == below - 1 else 0.5 * time)
            to = p - source * (source - 1) // 2
            add_column(l, m, source, to, begin, count, size, z[index])
            index += 1
            p = index - m if index < m + below else m + 2 * below - 2 - index
        scale_columns(l, m, begin, count, 0.5 * time, z, index)
'''


@lru_cache(maxsize=64)
def drift_kernel(cross, norm):
    """The compiled function ``flow(h, m, l)`` of a drift.

    ``cross`` is the drift of V12 in V11, V22 and rho, ``norm`` that of V.
    """
    arguments = [covariance_entry(1, 1), covariance_entry(2, 2), rho]
    jets = [jet_source("cross", [cross], arguments), jet_source("norm", [norm], [V])]
    driver = "import numpy as np\n" + _DRIFT.replace("BLOCK", str(_BLOCK))
    text = module_source(jets, driver, needs=["select"])
    return load_module(text, f"the matrix SDE with the drift {cross}").flow


@cache
def noise_kernel(generator: str):
    """The compiled function ``shake(key, first, step, time, m, l)``."""
    text = random_source(generator, ["exp"]) + _NOISE.replace("BLOCK", str(_BLOCK))
    return load_module(text, f"the noise of the matrix SDE ({generator})").shake
