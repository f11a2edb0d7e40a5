r"""Tangent kernels of finite networks, by forward and backward passes.

For a scalar output f the kernel is sum over parameters of df(x) df(x'), which is, layer by layer,

    Theta(x, x') = sum_l g_l <d^l, d'^l> [ (sigma_w2/n) <phi, phi'> + sigma_b2 ],    d^l = df/dy^l,

(n and 1 in place of sigma_w2 and sigma_b2 in the standard parametrisation, over n).  Weights of
correlation kappa are W = sqrt(sigma_w2/n) w P with independent w and P = I - (a/n) 11^T, a = 1 -
sqrt(1 - kappa), which has the covariance wanted for every kappa <= 1 and n; the first layer's are
independent.  Where w is trained, the kernel has P phi in place of phi.  Every network has a
generator of its own: no result depends on threads or on how many networks are drawn at once.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from theory.errors import InputError
from theory.matrix_laws.matrix_law import MatrixLaw

from ..blas_threads import one_blas_thread
from ..ensemble import thread_count
from ..input import variance_pair, whole
from ..mean_shift import shift_of
from ..numeric_activation import numeric_activation
from ..random_numbers import key_of
from ..result import Provenance, Result
from .empirical_convolution import convolution_kernel
from .inputs import inputs_of, whole_depth
from .rule import layer_rule

__all__ = ["EmpiricalKernel", "empirical_ntk"]


@dataclass(frozen=True, eq=False, repr=False)
class EmpiricalKernel(Result):
    """``values`` [network, input, input] and their ``mean`` with its ``standard_error``."""

    values: np.ndarray
    provenance: Provenance

    @property
    def mean(self):
        """The mean over the networks."""
        return self.values.mean(axis=0)

    @property
    def standard_error(self):
        """Of the mean; infinite for a single network."""
        if len(self.values) < 2:
            return np.full(self.values.shape[1:], np.inf)
        return self.values.std(axis=0, ddof=1) / np.sqrt(len(self.values))

    def __repr__(self):
        return f"EmpiricalKernel({self.provenance.activation}, {self.values.shape})"


def empirical_ntk(
    ntk,
    X,
    *,
    width,
    depth,
    sigma_w2,
    sigma_b2=0.0,
    samples=50,
    seed=0,
    weights=None,
    threads=None,
):
    """The tangent kernel of ``samples`` random networks of ``width`` at the inputs ``X``.

    The network of an ``NTK`` with ``depth`` layers of weights has the kernel K^depth of
    ``ntk_matrix`` in the limit of infinite width.  ``X`` has shape (N, d), or (N, positions, d)
    for a convolution; values then have the shape (N, positions, N, positions).  ``weights`` is a
    law as in :class:`theory.network.Network`, by default that of the NTK: of independent entries,
    Correlated rows, or Orthogonal for the layers above the first.  In the standard
    parametrisation the width of the ``NTK`` is not used.  With a ``weight_correlation`` kappa the
    rows of the weights above the first layer (of a convolution, over the channels at each place of
    the filter) are correlated, P w for rows w of the law; trained are the w, and in the standard
    parametrisation the weights themselves.  Returns an :class:`EmpiricalKernel`; raises
    ``InputError`` for shapes and numbers out of range, AssumptionError for other laws of matrices.

    >>> from theory.tangent import NTK
    >>> X = np.array([[1.0, 0.0], [0.6, 0.8]])
    >>> kernel = empirical_ntk(NTK("relu"), X, width=50, depth=1, sigma_w2=2, samples=2)
    >>> kernel.mean
    array([[1. , 0.6],
           [0.6, 1. ]])
    """
    from theory.network import Network

    from ..network_brute import weight_sampler
    from .weights import drawn_law

    weight, bias = variance_pair(sigma_w2, sigma_b2, "empirical_ntk")
    depth = whole_depth(depth, "empirical_ntk")
    if X is None:
        raise InputError("empirical_ntk: give the inputs X, an array of shape (N, d)")
    ntk, law = drawn_law(ntk, weights)
    activation = numeric_activation(ntk)
    data = inputs_of(X, None, weight, bias, ntk, "empirical_ntk")
    net = Network(ntk.activation, width, depth, sigma_w2=weight, sigma_b2=bias, weights=law)
    maps = depth - 1
    rule = layer_rule(ntk, weight, bias, maps, "empirical_ntk", data.dimension, net.width)
    samples = whole(samples, "samples", "empirical_ntk")
    inputs = data.rows * np.sqrt(data.dimension / weight)
    draw, key = weight_sampler(net.weights), key_of(seed)
    first = weight_sampler("gaussian") if isinstance(net.weights, MatrixLaw) else draw
    task = _Task(
        activation, rule, net.width, inputs, draw, first, key, ntk.filter_size, data.positions
    )
    workers = thread_count(threads, "empirical_ntk")
    if workers == 1:
        values = [task(index) for index in range(samples)]
    else:
        with one_blas_thread(), ThreadPoolExecutor(workers) as pool:
            values = list(pool.map(task, range(samples)))
    provenance = Provenance.of(
        "empirical_ntk",
        activation.name,
        seed=seed,
        architecture=ntk.architecture,
        parametrisation=ntk.parametrisation,
        width=net.width,
        depth=depth,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        samples=samples,
    )
    return EmpiricalKernel(np.array(values), provenance)


@dataclass(frozen=True, eq=False)
class _Task:
    """The kernel of network number ``index``."""

    activation: object
    rule: object
    width: int
    inputs: np.ndarray
    draw: object
    draw_first: object
    key: int
    filter_size: int | None
    positions: int

    def __call__(self, index):
        random = np.random.default_rng([self.key, index])
        if self.positions:
            return convolution_kernel(self, random)
        return _dense_kernel(self, random)

    def parts(self, fan_in, first=False):
        """Factors of <phi, phi'> and of the bias in the kernel of one layer."""
        if (self.rule.first_fan_in if first else self.rule.fan_in) is None:
            return self.rule.weight / fan_in, self.rule.bias
        return 1.0, 1.0

    @property
    def shift(self):
        """a = 1 - sqrt(1 - kappa): correlated weights lose a times their mean over the row."""
        return shift_of(self.rule.correlation)

    def correlated(self, matrix):
        """w P for weights whose last axis is the row, ``matrix`` itself without correlation."""
        return matrix - self.shift * matrix.mean(axis=-1, keepdims=True) if self.shift else matrix

    def seen(self, values, axis):
        """What the gradient in the trained parameters has for phi: P phi, or phi."""
        if not self.shift or self.rule.fan_in is not None:
            return values
        return values - self.shift * values.mean(axis=axis, keepdims=True)


def _dense_kernel(task, random):
    """Dense and residual networks: the output is one entry of the last layer."""
    rule, n, maps = task.rule, task.width, task.rule.depth
    phi, slope = task.activation.jet[:2]
    x = task.inputs.T
    size = 1 if maps == 0 else n
    y, _ = _linear(task, random, x, size, first=True)
    branch = np.broadcast_to(rule.branch(), maps)
    layers = []
    for place, g in enumerate(branch):
        value = phi(y)
        rows = 1 if place == maps - 1 else n
        new, matrix = _linear(task, random, value, rows)
        layers.append((task.seen(value, 0), slope(y), matrix, g))
        y = rule.skip * y[:rows] + np.sqrt(g) * new
    back = np.ones((1, x.shape[1]))
    kernel = np.zeros((x.shape[1], x.shape[1]))
    for value, rate, matrix, g in reversed(layers):
        weights, bias = task.parts(n)
        kernel += g * (back.T @ back) * (weights * (value.T @ value) + bias)
        passed = np.sqrt(g) * rate * (matrix.T @ back)
        passed[: len(back)] += rule.skip * back
        back = passed
    weights, bias = task.parts(len(x), first=True)
    return kernel + (back.T @ back) * (weights * (x.T @ x) + bias)


def _linear(task, random, values, rows, first=False):
    """(W values + b, W) with W of variance sigma_w2 / fan-in."""
    fan_in = len(values)
    draw = task.draw_first if first else task.draw
    matrix = draw(random, (rows, fan_in)) * np.sqrt(task.rule.weight / fan_in)
    matrix = matrix if first else task.correlated(matrix)
    shift = np.sqrt(task.rule.bias) * random.standard_normal((rows, 1))
    return matrix @ values + shift, matrix
