"""Kernel matrices of many inputs, tile by tile."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from theory.errors import InputError

from ..input import variance_pair
from ..kernels import load_driver
from ..numeric_activation import numeric_activation
from ..result import Provenance, Result
from .inputs import block_size, inputs_of, start_tile, whole_depth, with_more
from .layers import layers_of_matrix
from .moments import spread_of
from .rule import layer_rule

__all__ = ["KernelMatrix", "ntk_matrix"]


@dataclass(frozen=True, eq=False, repr=False)
class KernelMatrix(Result):
    """``ntk`` is K^L of all pairs of inputs, ``nngp`` their covariance q^L (None if not kept).

    NumPy functions take the result itself for ``ntk``.
    """

    ntk: np.ndarray
    nngp: np.ndarray | None
    provenance: Provenance

    def __array__(self, dtype=None, copy=None):
        return np.array(self.ntk, dtype=dtype, copy=copy)

    def __repr__(self):
        return f"KernelMatrix({self.provenance.activation}, {self.ntk.shape})"

    @property
    def condition_number(self):
        """The largest eigenvalue of the kernel over the least."""
        values = np.linalg.eigvalsh(self.ntk)
        return float(values[-1] / values[0]) if values[0] > 0 else np.inf


def ntk_matrix(
    ntk,
    X=None,
    X2=None,
    *,
    depth,
    sigma_w2,
    sigma_b2=0.0,
    gram=None,
    nngp=False,
    block=None,
    threads=None,
):
    r"""K^L(x_i, x_j) of N inputs for L = ``depth`` layers of weights.

    ``X`` has shape (N, d), or (N, positions, d) for a convolution, and K^1 = q^1 = sigma_b2 +
    sigma_w2 <x, x'>/d.  ``gram`` may be given instead: the matrix <x_i, x_j>/d.  Inputs may have
    different norms.  With ``X2``, M more inputs, the result is K^L(X, X2) of shape (N, M): with
    test inputs first and training inputs second it is the ``test_kernel`` of ``kernel_training``.
    Tiles of ``block`` rows are computed on ``threads`` threads, which changes
    no digit; memory beyond the result is a few tiles.  With ``nngp`` the covariances are kept too.

    The result of a convolution has the shape (N, positions, N, positions).  Relative accuracy is
    about 1e-13 of sqrt(K_ii K_jj) (1e-12 for activations with kinks away from 0 and inputs of
    different norms).  Returns a :class:`KernelMatrix`.  Raises ``InputError`` for depth < 1,
    shapes that do not fit, inputs that are zero or not finite.

    >>> from theory.tangent import NTK
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0]]) * 2**0.5
    >>> kernel = ntk_matrix(NTK("relu"), X, depth=2, sigma_w2=2)
    >>> np.round(np.asarray(kernel) * np.pi, 12)
    array([[12.56637061,  2.        ],
           [ 2.        , 12.56637061]])
    """
    weight, bias = variance_pair(sigma_w2, sigma_b2, "ntk_matrix")
    given = numeric_activation(ntk.mean_field)
    activation = spread_of(given)
    depth = whole_depth(depth)
    data = inputs_of(X, gram, weight, bias, ntk)
    first = data.q.size
    if X2 is not None:
        data = with_more(data, X2, weight, bias, ntk)
    rule = layer_rule(ntk, weight, bias, depth - 1, "ntk_matrix", data.dimension)
    if ntk.layout.is_convolution and data.positions:
        from .convolution import convolution_matrix

        kernel, covariance = convolution_matrix(ntk, activation, rule, data, threads, first)
    else:
        layers = layers_of_matrix(activation, rule, data.q)
        size = block_size(block, data)
        make = _matrix if X2 is None else partial(_cross, first)
        kernel, covariance = make(rule, data, layers, nngp, size, threads)
    provenance = Provenance.of(
        "ntk_matrix",
        given.name,
        architecture=ntk.architecture,
        parametrisation=ntk.parametrisation,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        depth=depth,
    )
    return KernelMatrix(kernel, covariance if nngp else None, provenance)


def _matrix(rule, data, layers, nngp, block, threads):
    size = data.q.size
    kernel = np.empty((size, size))
    covariance = np.empty((size, size)) if nngp else None
    last = layers[-1].new if layers else data.q
    own = _diagonal(rule, data, layers)

    def tile(begin):
        rows, columns = slice(begin, min(begin + block, size)), slice(begin, size)
        place = np.arange(rows.start, rows.stop)
        found = _tile(rule, data, layers, last, rows, columns)
        for matrix, values, diagonal in zip((kernel, covariance), found, (own, last), strict=True):
            if matrix is not None:
                matrix[rows, columns] = values
                matrix[place, place] = diagonal[rows]
                matrix[columns, rows] = matrix[rows, columns].T

    in_parallel(tile, range(0, size, block), threads)
    return kernel, covariance


def _cross(first, rule, data, layers, nngp, block, threads):
    """The first inputs of ``data`` against the others."""
    kernel = np.empty((first, data.q.size - first))
    covariance = np.empty_like(kernel) if nngp else None
    last = layers[-1].new if layers else data.q

    def tile(begin):
        rows = slice(begin, min(begin + block, first))
        found = _tile(rule, data, layers, last, rows, slice(first, data.q.size))
        for matrix, values in zip((kernel, covariance), found, strict=True):
            if matrix is not None:
                matrix[rows] = values

    in_parallel(tile, range(0, first, block), threads)
    return kernel, covariance


def _tile(rule, data, layers, last, rows, columns):
    """(K, q) of a tile; entries of an input with itself are less accurate."""
    delta, k = start_tile(data, rule, rows, columns)
    for layer in layers:
        gap, slope = layer.maps(delta, rows, columns)
        left, right = (np.ascontiguousarray(layer.shares[:, s]) for s in (rows, columns))
        load_driver("tangent_matrix").advance(delta, k, gap, slope, left, right, rule.gain)
    root = np.sqrt(last)
    scale = root[rows, None] * root[columns]
    return k * scale, (1.0 - delta) * scale


def _diagonal(rule, data, layers):
    """K(x, x) of every input."""
    k = rule.start(data.q) / data.q
    for layer in layers:
        skip, branch, _, source, *means = layer.shares**2
        k = (skip + branch * layer.slope) * k + rule.gain * branch + source
        k += means[1] if means else 0.0
    return k * (layers[-1].new if layers else data.q)


def in_parallel(task, pieces, threads):
    """Run ``task`` on all pieces; the order does not matter."""
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"ntk_matrix: threads = {threads!r} must be a whole number >= 1, or None")
    first, *rest = pieces
    task(first)  # fills the tables that all tiles share
    if threads == 1 or len(rest) < 2:
        for piece in rest:
            task(piece)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(task, rest))
