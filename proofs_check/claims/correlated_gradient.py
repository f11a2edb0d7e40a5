r"""The claim on gradients in networks whose weights are correlated within a row.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

import math

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_networks import gradient_growth, product, weights
from .correlated_tools import mean, pair, slope
from .moments import slope as slope_moment

__all__ = ["CORRELATED_GRADIENT", "back_propagated", "toolkit_growth"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_N = sp.Symbol("N", positive=True)


# ---------------------------------------------------------------- one layer, any size


def _moments(rows, size):
    """E (W^T d)_j (W^T d)_k for independent rows of covariance Sigma, and |d|^2."""
    d = sp.Matrix(sp.symbols(f"d_0:{rows}", real=True))
    sigma = sigma_w2 / size * (sp.eye(size) - _K / size * sp.ones(size, size))
    total = sp.zeros(size, size)
    for value in d:
        total += value**2 * sigma
    return total, d.dot(d)


def _second_moment(factor=lambda n: 1 - _K / n):
    """sigma_w2 (1 - kappa/N) |d|^2/N for each neuron, before the gate phi'."""
    for rows, size in ((2, 3), (3, 2), (4, 5)):
        total, squares = _moments(rows, size)
        stated = sigma_w2 / size * factor(sp.Integer(size)) * squares
        yield Symbolic(sp.expand(total[0, 0]), sp.expand(stated))


def _others():
    """Between neurons -kappa sigma_w2 |d|^2/N^2; along (1, ..., 1) the factor 1 - kappa."""
    for rows, size in ((2, 3), (3, 2)):
        total, squares = _moments(rows, size)
        yield Symbolic(total[0, 1], sp.expand(-_K * sigma_w2 * squares / size**2))
        ones = sp.ones(1, size)
        along = (ones * total * ones.T)[0] / size
        yield Symbolic(sp.expand(along), sp.expand(sigma_w2 * (1 - _K) * squares / size))


def _limit(text, factor=lambda n: 1 - _K / n):
    """The factor of a wide layer is the chi_1 of the toolkit, at every kappa."""
    steep = slope_moment(text).doit()
    wide = sp.limit(sigma_w2 * factor(_N), _N, sp.oo) * steep
    return Symbolic(MeanField(text, weight_correlation=_K).chi_1, wide)


def _forward_and_back():
    """What shrinks a perturbation of the input shrinks the gradient: the slope of C at 1."""
    for text in ("relu", "leaky_relu", "abs(x)"):
        maps = MeanField(text, weight_correlation=_K).scale_free
        yield Symbolic(maps.slope_at_one_with_bias, sigma_w2 * slope_moment(text).doit())
    for text in ("gelu", "silu"):
        at = {q: R(3, 2), sigma_w2: 1}
        found = MeanField(text, weight_correlation=1).chi_1.subs(at)
        stated = mean(1.5, (text, 1), (text, 1))
        yield Numeric(found, stated, [{}], digits=14, note=f"{text}, E phi'^2")


# ---------------------------------------------------------------- networks


def _one_layer(text, kappa, factor, statistic, width=8, samples=20_000):
    """delta = phi'(z) * W^T d of layers of 8 neurons, whose moments are known exactly."""

    def sampler(generator, count):
        import numpy as np

        gate = slope(text)(math.sqrt(1.3) * generator.standard_normal((count, width)))
        d = generator.standard_normal((count, 5))
        matrix = weights(generator, kappa, (count, 5, width)) / math.sqrt(width)
        before = np.einsum("nij,ni->nj", matrix, d)
        return statistic(before, gate * before)

    return Statistical(sampler, factor, samples)


def _mean_square(before, after):
    return (after**2).mean(axis=1)


def _off_diagonal(before, after):
    return (after.sum(axis=1) ** 2 - (after**2).sum(axis=1)) / after.shape[1]


def _uniform(before, after):
    return before.sum(axis=1) ** 2 / before.shape[1]


def _layers(factor=lambda kappa, width: 1 - kappa / width, texts=("relu", "gelu", "silu")):
    """Five rows: E delta_j^2 = (5/N) (1 - kappa/N) E phi'^2."""
    for text in texts:
        for kappa in (0.5, 1.0):
            steep = float(mean(1.3, (text, 1), (text, 1)))
            yield _one_layer(text, kappa, 5 / 8 * factor(kappa, 8) * steep, _mean_square)


def _cross():
    """E sum_{j != k} delta_j delta_k/N = -5 kappa (N - 1)/N^2 (E phi')^2, not E phi'^2."""
    for text, kappa in (("gelu", 1.0), ("relu", 1.0), ("silu", 0.5)):
        f = slope(text)
        tilt = pair(lambda u, v, f=f: f(u), 1.3, 1.3, 0.0)
        yield _one_layer(text, kappa, -5 * kappa * 7 / 64 * tilt**2, _off_diagonal)
    for kappa in (0.5, 0.9):
        yield _one_layer("relu", kappa, 5 / 8 * (1 - kappa), _uniform)


def back_propagated(text, kappa, variances, stated, which=0, size=(4, 96, 400), slack=2):
    """Growth through (depth, width, how many) networks, against the factor ``stated`` per layer.

    ``which`` = 0 tests squared gradients, 1 norms; depth/width times ``slack`` is allowed.
    """
    depth, width, networks = size

    def sampler(generator, count):
        return gradient_growth(generator, count, text, kappa, variances, 1.0, depth, width)[which]

    total = float(stated) ** depth
    return Statistical(sampler, total, networks, bias=slack * depth / width * total)


def toolkit_growth(text, kappa, variances, gradient, width=96, samples=100):
    """The toolkit's factor of squared gradients, in theory and measured in its own networks.

    Five standard errors (a false alarm in 10^6 runs) and 4/width of the factor are allowed.
    """
    from numerics.gradient_growth import gradient_growth as measured
    from theory.matrix_laws.correlated import Correlated

    weight, bias = variances
    law = Correlated(kappa)
    found = measured(
        text, width, 4, sigma_w2=weight, sigma_b2=bias, weights=law, samples=samples, q0=1.0
    )
    note = f"{text}, kappa = {kappa}, sigma_w2 = {weight:.6g}"
    yield Numeric(float(found.gradient_theory[0]), gradient, [{}], digits=10, note=note)
    rate, error = found.gradient_rate
    slack = 5 * error + 4 / width * float(gradient)
    ends = float(gradient) - slack, float(gradient) + slack
    yield Between(rate, *ends, f"{note}: {samples} networks of the toolkit, +- {error:.2g}")


def _toolkit(factor=lambda kappa: 1.0):
    for text, kappa in (("gelu", 1), ("relu", R(1, 2))):
        bias = 1 - 2.0 * product(text, (1.0, 1.0, 1.0), float(kappa))  # keeps q = 1
        chi = 2 * mean(1, (text, 1), (text, 1)) * factor(float(kappa))
        yield from toolkit_growth(text, kappa, (2.0, bias), chi)


def _networks(factor=lambda kappa: 1.0, size=(4, 96, 400)):
    """Biases that keep q = 1, so that each layer contributes chi_1(1)."""
    for text, kappa in (("gelu", 1.0), ("relu", 1.0), ("relu", 0.5)):
        bias = 1 - 2.0 * product(text, (1.0, 1.0, 1.0), kappa)
        f = slope(text)
        chi = 2.0 * pair(lambda u, v, f=f: f(u) ** 2, 1.0, 1.0, 0.0) * factor(kappa)
        yield back_propagated(text, kappa, (2.0, bias), chi, 0, size)


def _gradient():
    yield from _second_moment()
    yield from _others()
    for text in ("relu", "gelu", "erf", "elu", "leaky_relu"):
        yield _limit(text)
    yield from _forward_and_back()
    yield from _layers()
    yield from _cross()
    yield from _networks()
    yield from _toolkit()


GRADIENT = Claim(
    "corr.gradient",
    r"Squared gradients are multiplied by $\sigma_w^2(1 - \frac\kappa N)E\phi'^2 \to \chi_1$ per "
    r"layer: correlated rows do not damp gradients. Back-propagated errors of two neurons have "
    r"the covariance $-\frac\kappa{N^2}\sigma_w^2|\delta|^2(E\phi')^2$: only the direction $(1, "
    r"\ldots, 1)$ notices, by the factor $1 - \kappa$ before the gates $\phi'$.",
    "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499",
    _gradient,
    (
        Mutation(
            "chi_1 (1 - kappa/pi) for ReLU",
            lambda: [_limit("relu", lambda n: 1 - _K / sp.pi)],
        ),
        Mutation(
            "chi_1 (1 - kappa/pi), any layer",
            lambda: list(_second_moment(lambda n: 1 - _K / sp.pi)),
        ),
        Mutation(
            "chi_1 (1 - kappa/pi) for ReLU, in layers",
            lambda: list(_layers(lambda k, _: 1 - k / math.pi, ("relu",))),
        ),
        Mutation(
            "chi_1 (1 - kappa/pi), back-propagated",
            lambda: list(_networks(lambda k: 1 - k / math.pi)),
        ),
        Mutation(
            "chi_1 (1 - kappa/pi), networks of the toolkit",
            lambda: list(_toolkit(lambda k: 1 - k / math.pi)),
        ),
        Mutation("chi_1 (1 - kappa)", lambda: list(_second_moment(lambda n: 1 - _K))),
    ),
    full=lambda: list(_networks(size=(6, 500, 200))),
)

CORRELATED_GRADIENT = (GRADIENT,)
