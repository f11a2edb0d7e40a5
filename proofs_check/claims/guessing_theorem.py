r"""The claim that averages over networks and over data in either order give the same two moments.

Source: A. Bassi, M. Baity-Jesi, A. Lucchi, C. Albert and E. Francazi, arXiv:2505.12096,
Theorem 3.1; the layers are counted as derived here.
"""

import math

import sympy as sp

from theory.gaussian import E2
from theory.guessing.dictionary import first_layer
from theory.symbols import q, rho, sigma_b2, sigma_w2, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .guessing_tools import bias_path, drawn_outputs

__all__ = ["EQUIVALENCE"]

R = sp.Rational
_M, _S = sp.symbols("m s", positive=True)  # sigma_mu^2 and sigma_y^2


def _theorem():
    yield from _first_layer(sigma_b2)
    yield from _both_orders()
    yield from _along_the_layers()
    yield _first_covariance(R(3, 10))
    yield _second_covariance()


def _first_layer(stated):
    """q_ab^1: the covariance of sum_j W_j a_j + b over W and b, for orthogonal inputs."""
    n = 3
    inputs = sp.Matrix([[1, 1, 1], [sp.sqrt(R(3, 2)), -sp.sqrt(R(3, 2)), 0]])
    covariance = sigma_w2 / n * inputs * inputs.T + sigma_b2 * sp.ones(2, 2)
    yield Symbolic(covariance[0, 1], stated)
    yield Symbolic(covariance[0, 0], sigma_w2 + sigma_b2)
    found = first_layer()
    yield Symbolic(found.q, covariance[0, 0])
    yield Symbolic(found.c * found.q, stated)
    yield Symbolic(found.gamma, stated / (covariance[0, 0] - covariance[0, 1]))


def _both_orders():
    """E_mu (E_data phi)^2 equals E phi(u) phi(v), in closed form for five activations."""
    for phi, centre in _averaged_over_data():
        stated = centre.subs({_M: rho * q, _S: (1 - rho) * q})
        yield Symbolic(E2(phi, phi, q, q, rho).doit(), stated, {rho: (0, 1)})


def _averaged_over_data():
    """(phi, the variance of a node's centre): the data first, the networks second."""
    z = sp.Symbol("z", real=True)
    for phi in (x, x**2, x**3 - x):
        over_data = _normal_mean(phi.subs(x, x + z), z, _S)
        yield phi, _normal_mean(over_data**2, x, _M)
    # E exp(mu + Z) = exp(mu + s/2), and E exp(2 mu + s) = exp(2 m + s)
    yield sp.exp(x), sp.exp(2 * _M + _S)
    # E erf(mu + Z) = erf(mu/sqrt(1 + 2 s)); the square of an error function has an arcsine
    scaled = _M / (1 + 2 * _S)
    yield "erf", 2 / sp.pi * sp.asin(2 * scaled / (1 + 2 * scaled))


def _normal_mean(f, variable, variance):
    """E f(Z), Z ~ N(0, variance), of a polynomial: E Z^2k = (2k - 1)!! variance^k."""
    terms = sp.Poly(f, variable).terms()
    return sp.expand(
        sum(
            value * sp.factorial2(k - 1) * variance ** sp.Rational(k, 2)
            for (k,), value in terms
            if k % 2 == 0
        )
    )


def _along_the_layers():
    """c and q of the mean-field theory against centres and spreads, layer by layer."""
    from numerics.guessing.propagation import propagate_bias
    from theory.guessing import GuessingBias

    for text, weight, bias, depth in (
        ("relu", 2.0, 0.3, 8),
        ("tanh", 2.48, 0.1, 8),
        ("gelu", 2.5, 0.2, 5),
    ):
        found = propagate_bias(GuessingBias(text, weight, bias), depth=depth - 1)
        path = bias_path(text, weight, bias, depth)
        grid = [{"layer": layer} for layer in range(depth)]

        def total(p, path=path):
            return sum(path[p["layer"]])

        def shared(p, path=path):
            return path[p["layer"]][0]

        yield Numeric(lambda p, t=found: t.q[p["layer"]], total, grid, digits=11, note=text)
        covariance = lambda p, t=found: t.q[p["layer"]] * t.c[p["layer"]]  # noqa: E731
        yield Numeric(covariance, shared, grid, digits=11, note=text)
        ratio = lambda p, t=found: t.gamma[p["layer"]]  # noqa: E731
        of = lambda p, s=shared, a=total: s(p) / (a(p) - s(p))  # noqa: E731
        yield Numeric(ratio, of, grid, digits=11, note=text)


def _covariance(layers, expected, variances, text="relu"):
    """The mean product of the pre-activations of two inputs, exact at any width up to layer 2."""

    def sampler(generator, count):
        z = drawn_outputs(generator, count, text, variances, (layers, 8, 2), 8)
        return (z[:, :, 0] * z[:, :, 1]).mean(axis=1)

    return Statistical(sampler, expected, samples=8000)


def _first_covariance(expected):
    return _covariance(1, expected, (2.0, 0.3))


def _second_covariance():
    """Layer 2: the arc-cosine kernel of the first layer, q = 2.3, c = 0.3/2.3."""
    c = 0.3 / 2.3
    kernel = 2.3 * (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / (2 * math.pi)
    return _covariance(2, 0.3 + 2 * kernel, (2.0, 0.3))


THEOREM = Claim(
    "igb.thm31",
    r"Inputs with $q_{aa}^{(0)} = 1$, $q_{ab}^{(0)} = 0$, width to infinity first, then the "
    r"number of data: $q_{aa}^{(l)} = \sigma_\mu^2 + \sigma_y^2$, $q_{ab}^{(l)} = \sigma_\mu^2$ "
    r"in every layer $l \ge 1$ of pre-activations, so $c = \gamma/(1+\gamma)$. Layer 0 is the "
    r"input: $q_{ab}^{(1)} = \sigma_b^2$.",
    "Bassi et al., arXiv:2505.12096, Theorem 3.1",
    _theorem,
    (
        Mutation(
            "layer 0 read as the first pre-activation: q_ab = 0 in layer 1",
            lambda: list(_first_layer(sp.S.Zero)),
        ),
        Mutation("the same in networks of width 8", lambda: _first_covariance(0)),
    ),
)

EQUIVALENCE = (THEOREM,)
