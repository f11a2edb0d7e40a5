"""The kernels of finite Gaussian networks: draw pre-activations, activate, add up Gram matrices.

Several independent networks go through a layer together: ``draw`` fills the pre-activations
y[input, network, neuron] from N(0, V), ``activate`` applies phi to all of them, ``gram`` returns
to the matrices V; ``centre`` is what correlated weights do to a layer before or after they act.
A layer of one network costs O(n m^2).  Only ``activate`` is generated for each activation.  The
factor of V is a Cholesky factor with pivoting that stops at the numeric rank, so repeated or
collinear inputs stay exactly so and nothing is added to V.
"""

from functools import cache, lru_cache

import numpy as np
import sympy as sp

from theory.symbols import n, x

from .codegen import jet_source, module_source
from .kernels import load_module
from .laws.nodes import tabulated
from .random_numbers import BLOCK, random_source

__all__ = ["ROW_BITS", "activation_kernel", "network_kernels"]

#: Rows of random numbers that one network may use, as a power of two.
ROW_BITS = 24

_LAYERS = '''
part = njit(fastmath=FLAGS, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
careful = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@njit(fastmath={"contract", "nsz", "reassoc"}, error_model="numpy", no_cpython_wrapper=True)
def dot(a, b):
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@careful
def factor(v, l, rest):
    """l with l l^T = v, by pivoting; returns the rank.  ``rest`` is a working copy."""
    m = v.shape[0]
    largest = 0.0
    for i in range(m):
        largest = max(largest, v[i, i])
        for j in range(m):
            rest[i, j] = v[i, j]
            l[i, j] = 0.0
    for k in range(m):
        pivot = 0
        for i in range(m):
            if rest[i, i] > rest[pivot, pivot]:
                pivot = i
        if not rest[pivot, pivot] > 4.0e-16 * m * largest:
            return k
        root = math.sqrt(rest[pivot, pivot])
        # the pivot's row is treated like any other: equal inputs then keep equal digits
        for i in range(m):
            l[i, k] = rest[i, pivot] / root
        for i in range(m):
            for j in range(m):
                rest[i, j] -= l[i, k] * l[j, k]
    return m


@part
def combine(l, rank, z, count, begin, y):
    """y = l z, a column for each neuron."""
    for i in range(l.shape[0]):
        out, weight, line = y[i], l[i, 0], z[0]
        for b in range(count):
            out[begin + b] = weight * line[b]
        for k in range(1, rank):
            weight, line = l[i, k], z[k]
            for b in range(count):
                out[begin + b] += weight * line[b]


@njit("void(uint64, int64, int64, int64, float64[:, :, ::1], float64[:, ::1])",
      cache=True, error_model="numpy", nogil=True)
def draw(key, first, layer, width, v, y):
    """Rows of N(0, v[network]) for the networks first, first + 1, ..."""
    m = v.shape[1]
    l, rest, z = np.empty((m, m)), np.empty((m, m)), np.empty((m + 1, BLOCK))
    pairs = (m + 1) // 2
    for network in range(v.shape[0]):
        rank = factor(v[network], l, rest)
        row = np.uint64(((first + network) << ROW_BITS) + layer * pairs)
        for begin in range(0, width, BLOCK):
            count = min(BLOCK, width - begin)
            for j in range(pairs):
                normals(key, row + np.uint64(j), np.uint64(begin), count, z[2 * j], z[2 * j + 1])
            combine(l, rank, z, count, network * width + begin, y)


@njit("void(int64, float64, float64, float64, int64, float64[:, ::1], int64[::1],"
      "float64[:, :, ::1])",
      cache=True, error_model="numpy", nogil=True)
def gram(width, gain, bias, limit, layer, y, burst, v):
    """v = bias + gain/width y y^T; a network above the limit bursts and goes on as a unit one."""
    m = v.shape[1]
    for network in range(v.shape[0]):
        begin, end = network * width, (network + 1) * width
        fine = burst[network] < 0
        for i in range(m):
            for j in range(i + 1):
                total = bias + gain / width * dot(y[i, begin:end], y[j, begin:end])
                v[network, i, j] = total
                v[network, j, i] = total
            if fine and not v[network, i, i] <= limit:
                fine = False
                burst[network] = layer
        if not fine:
            for i in range(m):
                for j in range(m):
                    v[network, i, j] = 1.0 if i == j else 0.0


@njit("void(int64, float64, float64[:, ::1])", cache=True, error_model="numpy", nogil=True)
def centre(width, share, y):
    """Take ``share`` of its mean over the neurons of a network from every row."""
    for i in range(y.shape[0]):
        for begin in range(0, y.shape[1], width):
            part = y[i, begin:begin + width]
            total = 0.0
            for b in range(width):
                total += part[b]
            lost = share * (total / width)
            for b in range(width):
                part[b] -= lost


@njit("void(int64, float64[:, ::1], float64[:, :, ::1], float64[:, ::1])",
      cache=True, error_model="numpy", nogil=True)
def place(width, start, v, y):
    """Turn standard normal rows y with the Gram matrices v into rows whose Gram matrix is start.

    That is their law given their Gram matrix.
    """
    m = start.shape[0]
    l, rest, w, t = np.empty((m, m)), np.empty((m, m)), np.empty((m, m)), np.empty(m)
    rank = factor(start, l, rest)
    for network in range(v.shape[0]):
        for i in range(m):
            for j in range(i + 1):
                total = v[network, i, j]
                for k in range(j):
                    total -= w[i, k] * w[j, k]
                w[i, j] = math.sqrt(total) if i == j else total / w[j, j]
        for c in range(network * width, (network + 1) * width):
            for i in range(m):
                total = y[i, c]
                for k in range(i):
                    total -= w[i, k] * t[k]
                t[i] = total / w[i, i]
            for i in range(m):
                total = 0.0
                for k in range(rank):
                    total += l[i, k] * t[k]
                y[i, c] = total
'''

_ACTIVATE = """@njit("void(float64[::1], float64[::1], float64[::1])",
      cache=True, fastmath=FLAGS, error_model="numpy", nogil=True)
def activate(parameters, y, out):
    {unpack}
    for i in range(y.size):
        out[i] = phi(y[i]{arguments})[0]
"""


@cache
def network_kernels(generator: str):
    """The module with ``draw``, ``gram``, ``centre`` and ``place``, the same for all phi."""
    text = _LAYERS.replace("ROW_BITS", str(ROW_BITS)).replace("BLOCK", str(BLOCK))
    return load_module(random_source(generator) + text, f"finite networks ({generator})")


@lru_cache(maxsize=64)
def activation_kernel(phi: sp.Expr):
    """``activate(parameters, y, out)`` for phi, an expression in x and perhaps n.

    n is the only parameter: all widths share a kernel.
    """
    parameters = [n] if n in phi.free_symbols else []
    laws = tabulated([phi])
    jet = jet_source("phi", laws.expressions, [x, *parameters, *laws.symbols])
    names = [f"p{i}" for i in range(len(parameters) + len(laws.symbols))]
    unpack = "; ".join(f"{name} = parameters[{i}]" for i, name in enumerate(names)) or "pass"
    arguments = "".join(f", {name}" for name in names)
    driver = _ACTIVATE.format(unpack=unpack, arguments=arguments)
    kernel = load_module(module_source([jet], driver), f"the activation {phi}").activate
    return _with_tables(kernel, laws) if laws.symbols else kernel


def _with_tables(kernel, laws):
    """The kernel with the addresses of its tables after the other parameters."""

    def activate(parameters, y, out):
        kernel(np.concatenate([parameters, laws.values]), y, out)

    return activate
