r"""The claim on odd activations, whose networks without biases have no guessing bias.

Derived here, for networks of A. Bassi, M. Baity-Jesi, A. Lucchi, C. Albert and E. Francazi,
arXiv:2505.12096, and E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

from functools import lru_cache

import sympy as sp

from theory.guessing import GuessingBias
from theory.symbols import gamma, q, sigma_b2, sigma_w2, x

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .guessing_tools import bias_of, drawn_outputs, one_layer, propagated

__all__ = ["ODD"]

R = sp.Rational
SOURCE = "derived here, for the networks of Bassi et al., arXiv:2505.12096"
_ODD = ("tanh", "erf", "sin", "x**3", "asinh(x)", "x/(1 + x**2)")


@lru_cache(maxsize=32)
def _second_layer(text):
    """gamma_2 of the toolkit from c_1 = 0."""
    return GuessingBias(text).gamma_recursion.subs(gamma, 0)


def _odd():
    for text in _ODD:
        yield Symbolic(_second_layer(text).subs(sigma_b2, 0).doit(), 0)
    for text in ("tanh", "x**3"):
        grid = [{"l": layer} for layer in range(1, 7)]
        found = propagated(text, 0.3, 0.0, 6)
        yield Numeric(lambda p, f=found: f[p["l"] - 1], 0, grid, digits=15, absolute=True)
    yield Numeric(bias_of("tanh", 1.7, 0.0, 5), 0, [{}], digits=15, absolute=True)
    yield from _formula()
    yield from _positive(("relu", "exp(x)", "abs(x)", "x**2", "gelu"))
    yield from _even()


def _formula():
    """gamma_2 = (sigma_b^2 + sigma_w^2 m^2)/(sigma_w^2 (W - m^2)), m = E phi, W = E phi^2."""
    for text, mean, second in (
        ("relu", sp.sqrt(q / (2 * sp.pi)), q / 2),
        ("abs(x)", sp.sqrt(2 * q / sp.pi), q),
        ("x**2", q, 3 * q**2),
        ("exp(x)", sp.exp(q / 2), sp.exp(2 * q)),
        ("sin(x) + 2", sp.Integer(2), 4 + (1 - sp.exp(-2 * q)) / 2),
    ):
        stated = (sigma_b2 + sigma_w2 * mean**2) / (sigma_w2 * (second - mean**2))
        yield Symbolic(_second_layer(text), stated)
    for text in ("gelu", "softplus"):
        centre, spread = one_layer(text, 0.0, 1.3)
        stated = (0.2 + 1.7 * centre) / (1.7 * spread)
        values = {sigma_w2: R("1.7"), sigma_b2: R("0.2"), q: R("1.3")}
        yield Numeric(_second_layer(text).subs(values), stated, [{}], digits=11, note=text)


def _positive(texts):
    """gamma_2 > 0 without biases, at q = sigma_w2 = 1."""
    for text in texts:
        found = _second_layer(text).subs({sigma_b2: 0, q: 1, sigma_w2: 1}).doit()
        yield Certified(sp.Gt(found, 0, evaluate=False))


def _even():
    """phi = y^2 - q_1 has E phi(sqrt(q_1) Z) = 0: no bias in layer 2, but in layer 3."""
    a = sp.Symbol("a", positive=True)
    gb = GuessingBias(x**2 - a, sigma_b2=0)
    yield Symbolic(gb.gamma_recursion.subs(gamma, 0).subs(q, a), 0)
    variance = gb.recursion.variance
    yield Symbolic(variance, sigma_w2 * (3 * q**2 - 2 * a * q + a**2))
    # q stays at a for this weight only, where V' = 2
    weight = 1 / (2 * a)
    yield Symbolic(variance.subs(sigma_w2, weight).subs(q, a), a)
    yield Symbolic(variance.subs(sigma_w2, weight).diff(q).subs(q, a), 2)
    yield Symbolic(variance.diff(q, 2), 6 * sigma_w2)
    found = propagated("x**2 - 1", 1.0, 0.0, 3)
    yield Numeric(found[1], 0, [{}], digits=14, absolute=True)
    # q_2 = 2, E phi = q_2 - 1 and Var phi = 2 q_2^2
    yield Numeric(found[2], R(1, 8), [{}], digits=12)
    yield Numeric(bias_of("x**2 - 1", 1.0, 0.0, 3), R(1, 8), [{}], digits=12)
    yield _no_covariance("x**2 - 1")
    yield _no_covariance("tanh")


def _no_covariance(text, expected=0):
    """E Y(a) Y(b) in layer 2 of networks of width 8 without biases."""

    def sampler(generator, count):
        z = drawn_outputs(generator, count, text, (1.0, 0.0), (2, 8, 2), 8)
        return (z[:, :, 0] * z[:, :, 1]).mean(axis=1)

    return Statistical(sampler, expected, 8000)


ODD_NEUTRAL = Claim(
    "igb.odd-neutral",
    r"$\phi$ odd, $\sigma_b = 0$, $c_0 = 0$: $\gamma_l = 0$ in every layer. From $c_1 = 0$ any "
    r"$\phi$ has $\gamma_2 = \frac{\sigma_b^2 + \sigma_w^2(E\phi)^2}{\sigma_w^2\mathrm{Var}\,"
    r"\phi}$, so without biases a bias needs $E\phi(\sqrt{q_1}Z) \ne 0$; being not odd is not "
    r"enough: $\phi = y^2 - q_1$ has $\gamma_2 = 0$.",
    SOURCE,
    _odd,
    (
        Mutation(
            "every function that is not odd has gamma_2 > 0",
            lambda: list(_positive(("relu", "x**2", "x**2 - 1"))),
        ),
        Mutation(
            "y^2 - q_1 has the bias of y^2, in networks",
            lambda: _no_covariance("x**2 - 1", 1),
        ),
    ),
)

ODD = (ODD_NEUTRAL,)
