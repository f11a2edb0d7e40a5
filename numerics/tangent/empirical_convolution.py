r"""The tangent kernel of one finite convolutional network, at all pairs of output positions.

    y_{a i} = sum_j W_{j i .} phi(y_{a+j}) + b_i,   Theta = sum_l sum_{a a'} <d_a, d'_a'>
              [ (sigma_w2/(m n)) sum_j <phi_{a+j}, phi'_{a'+j}> + sigma_b2 ]

with positions taken circularly and d the derivative of one channel of one output position;
a skip adds lambda y_a to y_a of the next layer.
"""

import numpy as np

__all__ = ["convolution_kernel"]


def convolution_kernel(task, random):
    """[input, position, input, position] for one draw of the network."""
    phi, slope = task.activation.jet[:2]
    n, maps, size, keep = task.width, task.rule.depth, task.filter_size, task.rule.skip
    x = task.inputs.reshape(-1, task.positions, task.inputs.shape[1])
    y, _ = _linear(task, random, x, 1 if maps == 0 else n, first=True)
    layers = []
    for place in range(maps):
        value, rate = phi(y), slope(y)
        new, matrix = _linear(task, random, value, 1 if place == maps - 1 else n)
        layers.append((task.seen(value, 2), rate, matrix))
        y = keep * y[..., : new.shape[2]] + new
    # back[input, output position, position, channel]
    back = np.broadcast_to(
        np.eye(task.positions)[None, :, :, None], (len(x), task.positions, task.positions, 1)
    )
    kernel = 0.0
    for value, rate, matrix in reversed(layers):
        kernel = kernel + _layer(back, value, task.parts(size * n), size)
        spread = np.einsum("xobi,jin->jxobn", back, matrix)
        passed = sum(np.roll(spread[j], j - size // 2, axis=2) for j in range(size))
        passed = passed * rate[:, None]
        passed[..., : back.shape[3]] += keep * back
        back = passed
    return kernel + _layer(back, x, task.parts(size * x.shape[2], first=True), size)


def _layer(back, value, parts, size):
    """What the parameters of one layer add."""
    weights, bias = parts
    own = np.einsum("xan,zbn->xazb", value, value)
    half = size // 2
    moved = sum(np.roll(own, (j, j), axis=(1, 3)) for j in range(-half, half + 1))
    source = weights * moved + bias
    return np.einsum("xoai,zpbi,xazb->xozp", back, back, source, optimize=True)


def _linear(task, random, values, rows, first=False):
    """(the convolution of values[input, position, channel], its weights [shift, row, channel])."""
    size, channels = task.filter_size, values.shape[2]
    matrix = task.draw(random, (size, rows, channels))
    matrix = matrix * np.sqrt(task.rule.weight / (size * channels))
    matrix = matrix if first else task.correlated(matrix)
    shift = np.sqrt(task.rule.bias) * random.standard_normal(rows)
    parts = [np.roll(values, size // 2 - j, axis=1) @ matrix[j].T for j in range(size)]
    return sum(parts) + shift, matrix
