r"""Kernel matrices of one-dimensional convolutions with circular padding.

For a filter of m positions every layer, the first included, averages over them:

    B_{ab} = sigma_b2 + mean_j sigma_w2 (G - kappa m m')_{a+j, b+j},
    Q'_{ab} = s^2 Q_{ab} + B_{ab},
    K'_{ab} = s^2 K_{ab} + mean_j sigma_w2 E[phi' phi']_{a+j, b+j} K_{a+j, b+j} + B_{ab}

for position a of one input and b of the other, with s the weight of a skip and kappa the
correlation of the weights at one place of the filter; the first layer has neither.
"""

from dataclasses import replace

import numpy as np

from theory.errors import InputError

from .layers import layer_of

__all__ = ["convolution_matrix"]


def convolution_matrix(ntk, activation, rule, data, threads, first):
    """(K, Q) of shape (N, P, N, P) for inputs of P positions; (N, P, M, P) for M more inputs.

    ``first`` is the number of sites of the N inputs.
    """
    from .matrix import in_parallel

    positions, size = data.positions, ntk.filter_size
    if size > positions:
        raise InputError(
            f"ntk_matrix: the filter spans {size} positions and the inputs have {positions}; "
            "take longer inputs or a smaller filter_size"
        )
    inputs, more = first // positions, (data.q.size - first) // positions
    raw = replace(data, bias=0.0)
    q = _mean_sites(data.q - data.bias, positions, size) + data.bias
    if not (q > 0).all():
        raise InputError("ntk_matrix: an input is zero under a whole filter and sigma_b2 is 0")
    layers, branch_rule = [], replace(rule, skip=0.0)
    for _ in range(rule.depth):
        layers.append(layer_of(activation, branch_rule, 1.0, q))
        branch = layers[-1].new - rule.bias
        q = rule.keep * q + _mean_sites(branch, positions, size) + rule.bias
    kernel, covariance = np.empty((2, inputs, positions, more or inputs, positions))

    def tile(index):
        rows = slice(index * positions, (index + 1) * positions)
        columns = slice(first if more else rows.start, data.q.size)
        product = raw.covariance(rows, columns)
        q_tile = _mean_pairs(product, positions, size) + rule.bias
        k = rule.start(q_tile)
        own = np.arange(positions)
        for layer in layers:
            left, right = layer.q[rows, None], layer.q[columns]
            delta = np.clip(1.0 - q_tile / np.sqrt(left * right), 0.0, 2.0)
            if not more:
                delta[own, own] = 0.0
            gap, slope = layer.maps(delta, rows, columns)
            if not more:
                gap[own, own], slope[own, own] = 0.0, layer.slope[rows]
            both = layer.product(1, rows, columns)
            rate = _mean_pairs(slope * both / np.sqrt(left * right) * k, positions, size)
            product = both * (1.0 - gap)
            known = rule.gain * product
            if len(layer.shares) > 4:
                product += layer.product(4, rows, columns)
                known += layer.product(5, rows, columns)
            branch = _mean_pairs(product, positions, size) + rule.bias
            k = rule.keep * k + rate
            k += branch if rule.fan_in is None else _mean_pairs(known, positions, size) + 1.0
            q_tile = rule.keep * q_tile + branch
        for target, values in ((kernel, k), (covariance, q_tile)):
            block = values.reshape(positions, -1, positions)
            if more:
                target[index] = block
                continue
            target[index, :, index:] = block
            target[index:, :, index] = block.transpose(1, 2, 0)

    in_parallel(tile, range(inputs), threads)
    return kernel, covariance


def _shifts(size):
    return range(-(size // 2), size // 2 + 1)


def _mean_sites(values, positions, size):
    """The mean over the filter of a quantity of each position of each input."""
    sites = values.reshape(-1, positions)
    return (sum(np.roll(sites, j, axis=1) for j in _shifts(size)) / size).ravel()


def _mean_pairs(values, positions, size):
    """The mean over simultaneous shifts of the position in the rows and in the columns."""
    pairs = values.reshape(positions, -1, positions)
    total = sum(np.roll(pairs, (j, j), axis=(0, 2)) for j in _shifts(size))
    return (total / size).reshape(values.shape)
