r"""Covariances of many inputs of different norms and correlations through the layers.

    K'_ab = skip^2 K_ab + sigma_b2 + sigma_w2 (E phi_a phi_b - kappa E phi_a E phi_b)

pair by pair at infinite width.  Inputs of different norms go through Mehler's series,
E phi_a phi_b = sum a_n(q_a) a_n(q_b) c^n, whose rest beyond 512 terms is replaced by its value at
c = 1 times c^512: next to nothing for smooth phi, below 1e-4 of the kernel even for steps.
Average pooling over k neurons is kappa = 1 - k at sigma_w2/k.  For other pooling the distribution
of correlations is followed at the mean variance, on a table of the map.
"""

import numpy as np

from theory.errors import InputError

from ..tangent.hermite_table import hermite_table
from ..tangent.layers import Layer
from ..tangent.moments import moments_at

__all__ = ["average_gamma", "correlations_at_output", "correlations_by_layer"]

_TABLE = 65
#: Terms of Mehler's series, few if the rest is below the tolerance.
_TERMS, _TOLERANCE = (128, 512), 1e-9
#: Variances that differ relatively by less than this have one kernel.
_CLOSE = 1e-7


def correlations_at_output(layer, gram, depth):
    """(q_a, c_ab) in layer ``depth`` of pre-activations, for x.x'/d in ``gram`` [n, n]."""
    return correlations_by_layer(layer, gram, depth)[-1]


def correlations_by_layer(layer, gram, depth):
    """[(q_a, c_ab) in layer 1, ..., ``depth``]."""
    covariance = layer.sigma_b2 + layer.sigma_w2 * gram
    q = np.diag(covariance).copy()
    c = _normalised(covariance, q)
    if layer.pooling == "max":
        return _by_table(layer, q, c, depth)
    k = layer.pool_size
    kappa = 1.0 - k * (1.0 - layer.weight_correlation) if k > 1 else layer.weight_correlation
    weight = layer.sigma_w2 / k
    mean_of = _mean(layer.activation) if kappa else np.zeros_like
    found = [(q, c)]
    for _ in range(depth - 1):
        found.append(_step(layer, weight, kappa, mean_of, *found[-1]))
    return found


def average_gamma(q, c):
    """gamma of the mean covariance over pairs of different inputs, 0 if that is negative."""
    n, root = len(q), np.sqrt(q)
    mean = (root @ c @ root - q.sum()) / (n * (n - 1))
    rest = q.mean() - mean
    return max(float(mean / rest), 0.0) if rest > 0 else np.inf


def _step(layer, weight, kappa, mean_of, q, c):
    activation = layer.activation
    with np.errstate(over="ignore", invalid="ignore"):
        w, d = moments_at(activation, q)
        m = mean_of(q)
        new = layer.skip**2 * q + layer.sigma_b2 + weight * (w - kappa * m**2)
    if not (np.isfinite(new).all() and (new > 0).all()):
        raise InputError(
            "predict_bias: the variances leave the range of floats in one of the layers; take "
            "fewer layers or a sigma_w2 nearer to its critical value"
        )
    share = _shares(activation, q, new, w, d, c)
    kernel = np.sqrt(w[:, None] * w) * share - kappa * m[:, None] * m
    covariance = layer.skip**2 * c * np.sqrt(q[:, None] * q) + layer.sigma_b2 + weight * kernel
    return new, _normalised(covariance, new)


def _shares(activation, q, new, w, d, c):
    """E phi_a phi_b over its values at equal inputs."""
    if not w.any():  # phi = 0: nothing to share
        return np.ones_like(c)
    if activation.homogeneity is not None or q.max() <= (1.0 + _CLOSE) * q.min():
        every = slice(0, q.size)
        tile = Layer(activation, q, new, np.zeros((4, q.size)), d * q / w, {})
        return 1.0 - tile.maps(1.0 - c, every, every)[0]
    largest = np.abs(c[~np.eye(len(c), dtype=bool)]).max()
    for terms in _TERMS:
        a = hermite_table(activation, float(q.min()), float(q.max()), terms).at(q)
        rest = np.sqrt(np.maximum(1.0 - (a**2).sum(axis=1), 0.0))
        if rest.max() ** 2 * largest**terms < _TOLERANCE:
            break
    total = rest[:, None] * rest
    for row in a.T[::-1]:
        total *= c
        total += row[:, None] * row
    return total


def _normalised(covariance, q):
    root = np.sqrt(q)
    c = np.clip(covariance / (root[:, None] * root), -1.0, 1.0)
    np.fill_diagonal(c, 1.0)
    return c


def _mean(activation):
    """E phi(sqrt(q) Z) of an array of variances."""
    from theory.gaussian import E
    from theory.symbols import q

    from ..compile import compile

    exact = getattr(activation.exact, "activation", activation.exact)
    mean = compile(E(exact.expr, q), [q])
    return lambda values: np.asarray(mean(values), dtype=float)


def _by_table(layer, q, c, depth):
    """The map of correlations at the mean variance, by interpolation in the angle."""
    from scipy.interpolate import PchipInterpolator

    off = c[~np.eye(len(c), dtype=bool)]
    low, high = np.arccos(off.max()), np.arccos(off.min())
    angle = np.linspace(low, max(high, low + 1e-6), _TABLE)
    path, gaps = layer.path(depth, float(q.mean()), 2.0 * np.sin(angle / 2) ** 2)
    at = np.arccos(np.clip(c, off.min(), off.max()))
    found = [(q, c)]
    for mean, gap in zip(path[1:], gaps[1:], strict=True):
        inside = PchipInterpolator(angle, 1.0 - gap)(at)
        np.fill_diagonal(inside, 1.0)
        found.append((np.full(q.size, float(np.ravel(mean)[0])), inside))
    return found
