r"""Random layers with correlated rows for claims on them, drawn matrix by matrix.

W = sqrt(sigma_w2/N) G (I - (a/N) 1 1^T), G independent N(0, 1), a = 1 - sqrt(1 - kappa).  A layer
of N neurons whose pre-activations are independent pairs has moments that are known exactly: with
P = E phi phi', M = E phi, M' = E phi'

    E y_a y_b = sigma_b2 + sigma_w2 (P - kappa (M M' + (P - M M')/N)),

so that a test of them needs no allowance for the width.
"""

import math

from ..checks import Statistical
from .correlated_tools import pair, phi, slope

__all__ = ["deep_pairs", "gradient_growth", "layer_products", "product", "weights"]


def weights(generator, kappa, shape):
    """sqrt(N) W/sigma_w with rows of covariance I - (kappa/N) 1 1^T: shape (..., rows, N)."""
    normal = generator.standard_normal(shape)
    a = 1 - math.sqrt(1 - kappa)
    return normal - a * normal.mean(axis=-1, keepdims=True)


def product(text, state, kappa, width=math.inf):
    """The factor of sigma_w2 in E y_a y_b of a layer of this width; ``state`` = (q_a, q_b, c)."""
    q_a, q_b, c = state
    f = phi(text)
    both = pair(lambda u, v: f(u) * f(v), q_a, q_b, c)
    apart = pair(lambda u, v: f(u) * f(v), q_a, q_b, 0.0)
    return both - kappa * (apart + (both - apart) / width)


def layer_products(text, state, kappa, expected, width=16, samples=4000, variances=(1.5, 0.2)):
    """E y_a y_b of one layer of networks against ``expected``, the factor of sigma_w2 in it."""
    q_a, q_b, c = state
    weight, bias = variances

    def sampler(generator, count):
        import numpy as np

        first, other = generator.standard_normal((2, count, width, 1))
        z_a = math.sqrt(q_a) * first
        z_b = math.sqrt(q_b) * (c * first + math.sqrt(1 - c * c) * other)
        matrix = weights(generator, kappa, (count, 8, width)) * math.sqrt(weight / width)
        shift = math.sqrt(bias) * generator.standard_normal((count, 8, 1))
        f = phi(text)
        y_a, y_b = (matrix @ f(z) + shift for z in (z_a, z_b))
        return np.mean(y_a * y_b, axis=(1, 2))

    return Statistical(sampler, bias + weight * float(expected), samples)


def deep_pairs(generator, networks, text, kappa, variances, start, depth, width):
    """(q, c) of the layers 1 to ``depth`` of each network, arrays [network, layer].

    The pre-activations of layer 0 have exactly the covariance of ``start`` = (q, c).
    """
    import numpy as np

    weight, bias = variances
    q, c = start
    f = phi(text)
    lengths, cosines = np.empty((2, networks, depth))
    for number in range(networks):
        z = math.sqrt(q) * _orthogonal_pair(generator, width)
        z[1] = c * z[0] + math.sqrt(1 - c * c) * z[1]
        for layer in range(depth):
            matrix = weights(generator, kappa, (width, width)) * math.sqrt(weight / width)
            z = f(z) @ matrix.T + math.sqrt(bias) * generator.standard_normal(width)
            squares = (z * z).mean(axis=1)
            lengths[number, layer] = squares.mean()
            cosines[number, layer] = (z[0] * z[1]).mean() / math.sqrt(squares[0] * squares[1])
    return lengths, cosines


def _orthogonal_pair(generator, width):
    """Two orthogonal vectors of mean square 1, rows."""
    import numpy as np

    basis, _ = np.linalg.qr(generator.standard_normal((width, 2)))
    return basis.T * math.sqrt(width)


def gradient_growth(generator, networks, text, kappa, variances, q, depth, width):
    """(|delta^0|^2/|delta^L|^2, q^L/q^0) of each network, back-propagated through its own weights.

    delta^l = phi'(z^l) * W^T delta^(l+1), and delta^L is drawn at random.
    """
    import numpy as np

    weight, bias = variances
    f, steep = phi(text), slope(text)
    gradients, lengths = np.empty((2, networks))
    for number in range(networks):
        z = math.sqrt(q) * generator.standard_normal(width)
        first, layers = (z * z).mean(), []
        for _ in range(depth):
            matrix = weights(generator, kappa, (width, width)) * math.sqrt(weight / width)
            layers.append((steep(z), matrix))
            z = matrix @ f(z) + math.sqrt(bias) * generator.standard_normal(width)
        lengths[number] = (z * z).mean() / first
        delta = generator.standard_normal(width)
        last = (delta * delta).mean()
        for gate, matrix in reversed(layers):
            delta = gate * (matrix.T @ delta)
        gradients[number] = (delta * delta).mean() / last
    return gradients, lengths
