r"""Second routes for claims on the guessing bias: averages over the data come first.

Nothing here but ``propagated`` and ``law_of``, the toolkit's side of comparisons, uses
:mod:`theory.guessing` or :mod:`numerics.guessing`.  The mean-field theory fixes two inputs and
averages over networks; here a neuron's average over the data comes first and its variance over
neurons second, so that no correlation of two inputs occurs.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import sympy as sp

__all__ = [
    "ACTIVATIONS",
    "agreement_on_grid",
    "bias_of",
    "bias_path",
    "drawn_outputs",
    "law_of",
    "normal_cdf",
    "normal_density",
    "normal_quantile",
    "one_layer",
    "propagated",
]

_REACH = 9.0


def _gelu(z):
    from scipy.special import ndtr

    return z * ndtr(z)


def _tanh(z):
    import numpy as np

    return np.tanh(z)


def _relu(z):
    import numpy as np

    return np.maximum(z, 0.0)


def _softplus(z):
    import numpy as np

    return np.logaddexp(0.0, z)


#: Activations typed in, functions of an array.
ACTIVATIONS: dict[str, Callable] = {
    "gelu": _gelu,
    "linear": lambda z: z,
    "relu": _relu,
    "softplus": _softplus,
    "tanh": _tanh,
    "x**2 - 1": lambda z: z * z - 1.0,
}


# ---------------------------------------------------------------- the normal law


def normal_quantile(p) -> sp.Expr:
    """Phi^-1, typed in."""
    return sp.sqrt(2) * sp.erfinv(2 * p - 1)


def normal_cdf(h) -> sp.Expr:
    """Phi, typed in."""
    return (1 + sp.erf(h / sp.sqrt(2))) / 2


def normal_density(h) -> sp.Expr:
    """phi, typed in."""
    return sp.exp(-(h**2) / 2) / sp.sqrt(2 * sp.pi)


# ---------------------------------------------------------------- infinite width


def one_layer(text: str, centre: float, spread: float) -> tuple[float, float]:
    """(E mu'^2, E s'^2) of phi(Y), Y ~ N(mu, spread) over the data and mu ~ N(0, centre).

    mu' is the mean of phi over the data and s'^2 its variance.  The inner average uses
    Gauss-Legendre panels that meet at 0, the only kink there is; the outer function is smooth.
    """
    import numpy as np

    total = centre + spread
    node, weight = np.polynomial.legendre.leggauss(16)
    width = 0.75 * math.sqrt(min(spread, total))
    half = math.ceil(_REACH * math.sqrt(total) / width) + math.ceil(_REACH)
    edges = np.arange(-half, half) * width
    y = (edges[:, None] + width / 2 * (1 + node)).ravel()
    dy = np.tile(width / 2 * weight, len(edges))
    phi = ACTIVATIONS[text](y)
    if centre == 0:
        mu, mass = np.zeros(1), np.ones(1)
    else:
        step = 0.2 * min(1.0, math.sqrt(spread / centre))
        z = np.arange(-math.ceil(_REACH / step), math.ceil(_REACH / step) + 1) * step
        mu, mass = math.sqrt(centre) * z, step * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    law = np.exp(-((y - mu[:, None]) ** 2) / (2 * spread)) / math.sqrt(2 * math.pi * spread)
    mean = law @ (phi * dy)
    return float(mass @ mean**2), float(mass @ (law @ (phi * phi * dy) - mean**2))


@lru_cache(maxsize=64)
def bias_path(text: str, weight: float, bias: float, depth: int, inputs: float = 0.0) -> tuple:
    """((sigma_mu^2, sigma_y^2) of layers 1 to ``depth``) for inputs of mean square 1.

    ``inputs`` is the squared length of the mean input over the dimension.
    """
    path = [(bias + weight * inputs, weight * (1 - inputs))]
    for _ in range(depth - 1):
        centre, spread = one_layer(text, *path[-1])
        path.append((bias + weight * centre, weight * spread))
    return tuple(path)


def bias_of(text: str, weight: float, bias: float, depth: int, inputs: float = 0.0) -> float:
    """gamma = sigma_mu^2/sigma_y^2 of layer ``depth``."""
    centre, spread = bias_path(text, weight, bias, depth, inputs)[-1]
    return centre / spread


@lru_cache(maxsize=64)
def propagated(text: str, weight: float, bias: float, depth: int, inputs: float = 0.0):
    """gamma of layers 1 to ``depth`` by the correlation map of the toolkit."""
    from numerics.guessing.propagation import propagate_bias
    from theory.guessing import GuessingBias

    gb = GuessingBias(text, weight, bias)
    return propagate_bias(gb, depth=depth - 1, data_correlation=inputs).gamma


@lru_cache(maxsize=32)
def law_of(classes: int, c: float):
    """The toolkit's law of the fraction of one class at the correlation c."""
    from numerics.guessing.class_fraction import class_fraction

    return class_fraction(c=float(c), classes=classes)


@lru_cache(maxsize=16)
def _joint(c):
    """(density, distribution function) of a standard normal pair on a tensor grid, and weights."""
    import numpy as np
    from scipy.special import ndtr

    node, weight = np.polynomial.legendre.leggauss(12)
    # integrals from -1 to each node of the Lagrange polynomials, through Legendre's
    values = np.polynomial.legendre.legvander(node, 11)
    primitive = np.stack(
        [
            np.polynomial.legendre.legval(
                node, np.polynomial.legendre.legint(np.eye(12)[k], lbnd=-1)
            )
            for k in range(12)
        ],
        axis=1,
    )
    inside = primitive @ np.linalg.inv(values)
    panels = math.ceil(6.5 / math.sqrt(1 - c * c)) + 14
    edges = np.linspace(-8.5, 8.5, panels + 1)
    half = (edges[1] - edges[0]) / 2
    x = edges[:-1, None] + half * (1 + node)
    flat, mass = x.ravel(), np.tile(half * weight, panels)
    spread = math.sqrt(1 - c * c)
    bell = np.exp(-flat * flat / 2) / math.sqrt(2 * math.pi)
    slope = bell * ndtr((flat[:, None] - c * flat) / spread)  # d/dx P(X <= x, Y <= y), [y, x]
    slope = slope.reshape(len(flat), panels, 12)
    whole = half * slope @ weight
    before = np.concatenate([np.zeros((len(flat), 1)), np.cumsum(whole, axis=1)[:, :-1]], axis=1)
    below = (before[:, :, None] + half * slope @ inside.T).reshape(len(flat), -1)
    twist = (flat[:, None] - c * flat) / spread
    density = bell * np.exp(-twist * twist / 2) / (math.sqrt(2 * math.pi) * spread)
    return density, below, mass


def agreement_on_grid(classes: int, c: float) -> float:
    """K int int phi_2(x, y; c) Phi_2(x, y; c)^(K-1) dx dy as it stands, on a tensor grid."""
    density, below, mass = _joint(c)
    return float(classes * mass @ (density * below ** (classes - 1)) @ mass)


# ---------------------------------------------------------------- finite networks


def drawn_outputs(generator, networks, text, variances, shape, width):
    """Pre-activations [network, neuron, input] of the last of some layers of random networks.

    ``shape`` is (layers, outputs, inputs).  The inputs are orthogonal with mean square 1, so that
    the first layer is normal with covariance sigma_b^2 + sigma_w^2 delta_ab at any width.
    """
    import numpy as np

    (weight, bias), (layers, outputs, inputs) = variances, shape
    sizes = [width] * (layers - 1) + [outputs]

    def affine(part, size):
        return part * math.sqrt(weight) + math.sqrt(bias) * generator.standard_normal(
            (networks, size, 1)
        )

    z = affine(generator.standard_normal((networks, sizes[0], inputs)), sizes[0])
    for size in sizes[1:]:
        features = ACTIVATIONS[text](z)
        matrix = generator.standard_normal((networks, size, features.shape[1]))
        z = affine(matrix @ features / np.sqrt(features.shape[1]), size)
    return z
