r"""Claims on the dictionary between the two orders of averaging, and on finitely many inputs.

Sources: E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809; A. Bassi, M. Baity-Jesi,
A. Lucchi, C. Albert and E. Francazi, arXiv:2505.12096, Theorem 3.1.
"""

import math

import sympy as sp

from theory.guessing.dictionary import (
    correlation_of,
    estimated_ratio,
    estimated_variance,
    gamma_of,
    gamma_of_gap,
)
from theory.symbols import gamma, rho, sigma_b2, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .guessing_tools import bias_of, drawn_outputs

__all__ = ["DICTIONARY"]

R = sp.Rational
BASSI = "Bassi et al., arXiv:2505.12096, Theorem 3.1"
_GAP = {rho: (R(1, 50), R(49, 50))}
_RATIO = gamma / (1 + gamma)


# ---------------------------------------------------------------- c and gamma


def _inversion(c_of=_RATIO):
    yield Symbolic(correlation_of(), c_of)
    yield Symbolic(gamma_of(c_of), gamma)
    yield Symbolic(gamma_of(rho), rho / (1 - rho), _GAP)
    yield Symbolic(gamma_of_gap(1 - rho), gamma_of(rho), _GAP)
    yield Symbolic(correlation_of(gamma_of(rho)), rho, _GAP)


def _total_variance():
    """Any network and any data: three networks and three inputs with symbols for everything."""
    y = sp.Matrix(3, 3, sp.symbols("y_0:9", real=True))  # [network, input]
    p = sp.Matrix(sp.symbols("p_0:3", positive=True))
    network = sp.Matrix(sp.symbols("w_0:3", positive=True))
    means = y * p
    second = sum(network[w] * p[a] * y[w, a] ** 2 for w in range(3) for a in range(3))
    inside = sum(network[w] * p[a] * (y[w, a] - means[w]) ** 2 for w in range(3) for a in range(3))
    drift = sum(network[w] * means[w] ** 2 for w in range(3))
    pair = sum(
        network[w] * p[a] * p[b] * y[w, a] * y[w, b]
        for w in range(3)
        for a in range(3)
        for b in range(3)
    )
    certain = {p[2]: 1 - p[0] - p[1]}
    yield Symbolic(sp.expand((second - drift - inside).subs(certain)), 0)
    yield Symbolic(sp.expand(pair - drift), 0)


def _tiny_networks():
    """ReLU networks of width 3 on two inputs drawn from five: both identities without bias."""

    def outputs(generator, count):
        import numpy as np

        z = drawn_outputs(generator, count, "relu", (2.0, 0.2), (4, 1, 5), 3)[:, 0]
        a, b = generator.integers(5, size=(2, count))
        rows = np.arange(count)
        return z, z[rows, a], z[rows, b]

    def covariance(generator, count):
        z, one, other = outputs(generator, count)
        return one * other - z.mean(axis=1) ** 2

    def variance(generator, count):
        z, one, _ = outputs(generator, count)
        return one**2 - z.mean(axis=1) ** 2 - z.var(axis=1)

    yield Statistical(covariance, 0, 20_000)
    yield Statistical(variance, 0, 20_000)


def _sampled(c_of):
    """E Y(a) Y(b) = c E Y(a)^2 in layer 2 of ReLU at sigma_b = 0, where gamma = 1/(pi - 1)."""
    c = float(c_of.subs(gamma, 1 / (math.pi - 1)))

    def sampler(generator, count):
        z = drawn_outputs(generator, count, "relu", (2.0, 0.0), (2, 8, 2), 16)
        return (z[:, :, 0] * z[:, :, 1] - c * z[:, :, 0] ** 2).mean(axis=1)

    return Statistical(sampler, 0, 8000)


def _wide_networks(layers=4, width=64):
    """gamma of layer 4 of ReLU at sigma_b = 0, from c of networks of width 64."""

    ratio = bias_of("relu", 2.0, 0.0, layers)
    c = ratio / (1 + ratio)

    def sampler(generator, count):
        z = drawn_outputs(generator, count, "relu", (2.0, 0.0), (layers, 16, 2), width)
        return (z[:, :, 0] * z[:, :, 1] - c * z[:, :, 0] ** 2).mean(axis=1)

    # corrections of the order depth/width
    return Statistical(sampler, 0, 4000, bias=0.02)


def _dictionary():
    yield from _inversion()
    yield from _total_variance()
    yield from _tiny_networks()
    yield _sampled(_RATIO)


DICTIONARY_CLAIM = Claim(
    "igb.dictionary",
    r"$q_{aa} = \sigma_\mu^2 + \sigma_y^2$ and $q_{ab} = \sigma_\mu^2$ for independent inputs $a "
    r"\ne b$ of one law, hence $c = \gamma/(1+\gamma)$, $\gamma = c/(1-c)$. Both identities are "
    r"exact at any width (law of total variance); infinite width is needed only for all pairs to "
    r"have the same $c$ and for normal laws.",
    BASSI + "; exactness at any width derived here",
    _dictionary,
    (
        Mutation("c = gamma/(2 + gamma)", lambda: list(_inversion(gamma / (2 + gamma)))),
        Mutation("c = sqrt(gamma/(1 + gamma))", lambda: list(_inversion(sp.sqrt(_RATIO)))),
        Mutation("c = gamma/(2 + gamma), in networks", lambda: _sampled(gamma / (2 + gamma))),
        Mutation("c = sqrt(gamma/(1 + gamma)), in networks", lambda: _sampled(sp.sqrt(_RATIO))),
    ),
    full=_wide_networks,
)


# ---------------------------------------------------------------- finitely many inputs

_D = sp.Symbol("D", positive=True)
_CENTRE, _SPREAD = sp.symbols("q_ab s", positive=True)  # s = q_aa - q_ab


def _estimates(count, keep=1):
    """E mu_hat^2 and E s_hat^2 from D exchangeable values; ``keep`` = 0 drops the terms 1/D."""
    return _CENTRE + keep * _SPREAD / count, _SPREAD * (1 - keep / count)


def _exact_moments(keep=1):
    for count in (2, 3, 5):
        covariance = _SPREAD * sp.eye(count) + _CENTRE * sp.ones(count, count)
        mean = sp.ones(count, count) / count
        centre, spread = _estimates(sp.Integer(count), keep)
        yield Symbolic((covariance * mean).trace() / count, centre)
        yield Symbolic((covariance * (sp.eye(count) - mean)).trace() / count, spread)
    centre, spread = _estimates(_D, keep)
    ratio = sp.cancel((centre / spread).subs(_CENTRE, gamma * _SPREAD))
    above_one = {_D: (2, 40)}
    yield Symbolic(estimated_ratio(_D), ratio, above_one)
    c = _RATIO
    stated = (c + keep * (1 - c) / _D) / ((1 - c) * (1 - keep / _D))
    yield Symbolic(estimated_ratio(_D), stated, above_one)
    yield Symbolic(estimated_ratio(_D, 0), stated.subs(gamma, 0), above_one)
    # a linear layer of D inputs: where recursions over the data start
    first = {_CENTRE: sigma_b2, _SPREAD: sigma_w2}
    yield Symbolic(centre.subs(first), sigma_b2 + keep * sigma_w2 / _D, above_one)


def _sampled_moments(keep=1, inputs=4):
    """Layer 2 of ReLU networks: q_aa = 2 q/2 = 1 and q_ab = 1/pi, exact at any width."""
    centre = 1 / math.pi
    spread = 1 - centre

    def mean(generator, count):
        z = drawn_outputs(generator, count, "relu", (1.0, 0.0), (2, 8, inputs), 16) * math.sqrt(2)
        return (z.mean(axis=2) ** 2).mean(axis=1)

    def variance(generator, count):
        z = drawn_outputs(generator, count, "relu", (1.0, 0.0), (2, 8, inputs), 16) * math.sqrt(2)
        return z.var(axis=2).mean(axis=1)

    yield Statistical(mean, centre + keep * spread / inputs, 6000)
    yield Statistical(variance, spread * (1 - keep / inputs), 6000)


def _finite_data():
    yield from _exact_moments()
    yield Symbolic(estimated_ratio(_D, 0), 1 / (_D - 1), {_D: (2, 40)})
    yield from _toolkit_numbers()
    yield from _sampled_moments()
    yield from _sampled_moments(inputs=2)
    yield from _counted()


def _toolkit_numbers():
    from numerics.guessing.finite_sample import estimated_gamma

    grid = [{"gamma": ratio, "D": count} for ratio in (0, 0.25, 3) for count in (2, 30, 1000)]

    def stated(p):
        c = p["gamma"] / (1 + p["gamma"])
        return (c + (1 - c) / p["D"]) / ((1 - c) * (1 - 1 / p["D"]))

    yield Numeric(lambda p: estimated_gamma(p["gamma"], p["D"]), stated, grid, digits=13)


def _counted():
    """Fractions counted on D inputs: binomial given G; uniform on 0, 1, ..., D at gamma = 1."""
    from numerics.guessing.finite_sample import count_law, counted_variance

    grid = [{"k": k} for k in range(7)]
    found = count_law(1.0, 6, list(range(7)))
    yield Numeric(lambda p: found[p["k"]], lambda p: (p["k"] + 1) / 7, grid, digits=11)
    uniform = sum((R(k, 6) - R(1, 2)) ** 2 for k in range(7)) / 7
    yield Symbolic(estimated_variance(6, 1), uniform)
    yield Numeric(lambda _: counted_variance(1 / 12, 6), uniform, [{}], digits=13)


FINITE_DATA = Claim(
    "igb.finite-data",
    r"With a node's mean and (biased) variance estimated from $D$ inputs: $E\hat\mu^2 = q_{ab} + "
    r"(q_{aa}-q_{ab})/D$, $E\hat s^2 = (q_{aa}-q_{ab})(1-1/D)$ and their ratio is "
    r"$\frac{c+(1-c)/D}{(1-c)(1-1/D)}$, which at $c = 0$ is $1/(D-1)$, not 0. A recursion over "
    r"$D$ data starts at $\sigma_b^2 + \sigma_w^2/D$.",
    "derived here, for the averages of Francazi et al., arXiv:2306.00809",
    _finite_data,
    (
        Mutation("without the terms 1/D", lambda: list(_exact_moments(keep=0))),
        Mutation(
            "without the terms 1/D, in networks on 4 inputs",
            lambda: list(_sampled_moments(keep=0)),
        ),
    ),
)


DICTIONARY = (DICTIONARY_CLAIM, FINITE_DATA)
