r"""Claims on further exact pairs: each weight law with its odd activation.

The Mellin transforms of the two laws multiply to that of a normal variable, and the activation
and its correlation map are compared with integrals.

Source: the question is of P. Wolinski and J. Arbel, arXiv:2205.12379; these pairs are derived
here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.symbols import rho, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls
from .gaussian_pairs_tools import (
    PLACES,
    Existence,
    S,
    Shown,
    X,
    arb_of,
    around,
    normal_mellin,
    on_the_right,
    product_is,
    product_survival,
    same_gammas,
)

__all__ = ["FAMILIES"]

R = sp.Rational
U = sp.erf(x / sp.sqrt(2))


# ---------------------------------------------------------------- roles exchanged


def _swap():
    for pair in (GaussianPair(theta=3), GaussianPair(weights=laws.Chi(4))):
        other = pair.swap()
        yield Symbolic(other.weights.magnitude.mellin(S), pair.factor.mellin(S))
        yield Symbolic(other.factor.mellin(S), pair.weights.magnitude.mellin(S))
    maxwell = GaussianPair(weights=laws.Maxwell()).swap()
    yield same_gammas(maxwell.weights.magnitude.mellin(S), 1 / (1 + S))  # uniform
    dual = GaussianPair(theta=4).swap().activation.expr
    yield Symbolic(on_the_right(dual), (-sp.log(sp.erfc(X / sp.sqrt(2)))) ** R(1, 4))
    yield _swapped(True)


def _swapped(exchange):
    """W phi(X) for the swapped pair of theta = 3; without exchange phi stays as it was."""
    pair = GaussianPair(theta=3)
    other = pair.swap()
    phi = other if exchange else pair

    def sampler(generator, count):
        from numerics.compile import compile
        from numerics.law_sampling import sample

        weights = sample(other.weights, count, generator)
        return weights * compile(phi)(generator.standard_normal(count))

    return Statistical(sampler, _normal_cdf, 40_000)


def _normal_cdf(z):
    from scipy.special import ndtr

    return ndtr(z)


SWAP = Claim(
    "gp.swap",
    r"Any exact pair may be exchanged: weights with the law of $\pm|\varphi(X)|$ and the quantile "
    r"map of $|W|$ as activation are exact too. Maxwell weights become uniform ones.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _swap,
    (
        Mutation("weights exchanged, phi as before", lambda: _swapped(False)),
        Mutation(
            "Maxwell weights become normal ones",
            lambda: Symbolic(
                GaussianPair(weights=laws.Maxwell()).swap().weights.magnitude.mellin(S),
                normal_mellin(),
            ),
        ),
    ),
)


# ---------------------------------------------------------------- constant factors


def _rademacher(chi=1):
    pair = GaussianPair(weights=laws.Rademacher())
    yield product_is(laws.Rademacher(), normal_mellin())
    yield Symbolic(pair.activation.expr, x)
    yield Symbolic(pair.mean_field.chi_1, chi)
    yield Symbolic(pair.mean_field.correlation_map, rho)
    yield Symbolic(laws.Rademacher().variance, 1)
    yield Existence(lambda: pair, True)


RADEMACHER = Claim(
    "gp.p-rademacher",
    r"Weights $\pm1$: $\varphi(x) = x$, or any map with $|\varphi(X)| = |N|$ in law; linear, "
    r"$\chi_1 = 1$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _rademacher,
    (
        Mutation("chi_1 = 2", lambda: _rademacher(2)),
        Mutation("phi = sign", lambda: Symbolic(
            on_the_right(GaussianPair(weights=laws.Rademacher()).activation.expr), 1)),
    ),
)  # fmt: skip


def _normal():
    yield from _sign_curve(2 / sp.pi * sp.asin(rho))
    pair = GaussianPair(weights=laws.Gaussian())
    yield product_is(laws.Gaussian(), sp.S.One)
    yield Symbolic(pair.activation.expr, sp.sign(x))
    yield Symbolic(laws.Gaussian().kurtosis, 3)  # so that of phi(X) is 1
    for k in (1, 3):  # a_k^2 of sign: series of arcsin
        curve = sp.series(2 / sp.pi * sp.asin(rho), rho, 0, 5).removeO()
        yield Symbolic(pair.mean_field.coefficient(k) ** 2, curve.coeff(rho, k))
    slope = (2 / sp.pi * sp.asin(rho)).diff(rho)
    yield Symbolic(1 / slope.subs(rho, 1), 0)
    yield Shown(lambda: pair.mean_field.chi_1 is sp.oo, "chi_1 is infinite")


def _sign_curve(stated):
    yield Symbolic(GaussianPair(weights=laws.Gaussian()).mean_field.correlation_map, stated)


NORMAL = Claim(
    "gp.p-normal",
    r"Weights $N(0,1)$: $|\varphi| = 1$ and nothing else; for $\varphi = \mathrm{sgn}$ "
    r"$C(c) = \frac2\pi\arcsin c$ and $\chi_1 = \infty$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _normal,
    (
        Mutation("C(c) = c", lambda: _sign_curve(rho)),
        Mutation(
            "tanh goes with N(0, 1)",
            lambda: _normal_weights("tanh"),
        ),
    ),
)


def _normal_weights(text):
    """P(|W phi(X)| > z) = erfc(z/sqrt 2) for W ~ N(0, 1)."""
    from scipy.special import erfc

    from theory.activation import as_activation

    phi = as_activation(text)
    tail = lambda w: erfc(w / 2**0.5)  # noqa: E731
    found = lambda point: product_survival(phi, tail, float(point["z"]))  # noqa: E731
    wanted = lambda point: sp.erfc(point["z"] / sp.sqrt(2)).n(25)  # noqa: E731
    return Numeric(found, wanted, [{"z": place} for place in PLACES], digits=9)


# ---------------------------------------------------------------- Maxwell and uniform


def _maxwell():
    pair = GaussianPair(weights=laws.Maxwell())
    yield product_is(laws.Maxwell(), 1 / (1 + S))
    yield Symbolic(pair.activation.expr, U)
    yield Symbolic(laws.Maxwell().variance, 3)
    # the density of W U by parts: int_z^oo f(w)/w dw with f = sqrt(2/pi) w^2 e^{-w^2/2}
    w = sp.Symbol("w", positive=True)
    inside = sp.sqrt(2 / sp.pi) * w * sp.exp(-(w**2) / 2)
    half_normal = sp.sqrt(2 / sp.pi) * sp.exp(-(w**2) / 2)
    yield Symbolic(half_normal.diff(w), -inside)
    yield from _maxwell_curve(6 / sp.pi * sp.asin(rho / 2))
    yield Symbolic(pair.mean_field.chi_1, 2 * sp.sqrt(3) / sp.pi)
    yield Symbolic(pair.mean_field.coefficient(1) ** 2, 3 / sp.pi)
    value = lambda: around(R("1.10265779084"), 11)  # noqa: E731
    number = sp.N(pair.mean_field.chi_1, 25)
    yield Balls(lambda: around(number, 24), value, 10, "chi_1")


def _maxwell_curve(stated):
    yield Symbolic(GaussianPair(weights=laws.Maxwell()).mean_field.correlation_map, stated)


MAXWELL = Claim(
    "gp.p-maxwell",
    r"$|W| = \chi_3$ (density $w^2e^{-w^2/2}/\sqrt{2\pi}$): $\varphi(x) = \mathrm{erf}"
    r"(x/\sqrt2)$, $Y$ uniform; $C(c) = \frac6\pi\arcsin\frac c2$, $\chi_1 = 2\sqrt3/\pi$, "
    r"$C'(0) = 3/\pi$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _maxwell,
    (
        Mutation(
            "erf(x)",
            lambda: Symbolic(GaussianPair(weights=laws.Maxwell()).activation.expr, sp.erf(x)),
        ),
        Mutation(
            "C(c) = (2/pi) arcsin c", lambda: _maxwell_curve(2 / sp.pi * sp.asin(rho))
        ),
    ),
)  # fmt: skip


def _uniform():
    pair = GaussianPair(weights=laws.Uniform())
    y = sp.Symbol("y", positive=True)
    chi = normal_mellin(S + 2) / normal_mellin(2)  # E chi_3^s = E|N|^{s+2}
    yield product_is(laws.Uniform(), chi)
    yield same_gammas(pair.factor.mellin(S), chi)
    yield Symbolic(laws.Uniform().variance, R(1, 3))
    stated = sp.erf(y / sp.sqrt(2)) - sp.sqrt(2 / sp.pi) * y * sp.exp(-(y**2) / 2)
    yield Symbolic(pair.density.pdf(y), stated.diff(y))
    for place in (R(1, 2), 2):
        yield _solves(pair, place, stated.subs(y, sp.Symbol("v")))
    yield _cusp(pair, 3)
    # P(|W| Y > z) = int_z^oo (1 - z/y) f(y) dy
    z = sp.Symbol("z", positive=True)
    inside = sp.sqrt(2 / sp.pi) * (y**2 - z * y) * sp.exp(-(y**2) / 2)
    beyond = sp.expand(sp.integrate(inside, (y, z, sp.oo)))
    yield Symbolic(beyond, 1 - sp.erf(z / sp.sqrt(2)))


def _solves(pair, place, cdf):
    """F(phi(x)) = erf(x/sqrt 2) at the toolkit's phi(x)."""
    (name,) = cdf.free_symbols
    value = pair.evaluate(place, digits=30)
    return Numeric(cdf.subs(name, value), sp.erf(place / sp.sqrt(2)), [{}], digits=22)


def _cusp(pair, factor):
    """phi(x)^3/x -> 3 at 0."""
    tiny = R(1, 10**12)
    value = pair.evaluate(tiny, digits=25) ** 3 / tiny
    return Balls(lambda: around(value, 7), lambda: arb_of(factor), 5, "phi^3/x at 0")


UNIFORM = Claim(
    "gp.p-uniform",
    r"Weights $U(-1,1)$: $\varphi(x) = F_{\chi_3}^{-1}(\mathrm{erf}(x/\sqrt2))$, $F_{\chi_3}(y) = "
    r"\mathrm{erf}(y/\sqrt2) - \sqrt{2/\pi}\,ye^{-y^2/2}$, with a cusp $(3x)^{1/3}$ at 0.",
    "derived here (Khinchine's theorem), for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _uniform,
    (
        Mutation(
            "phi'(0) finite: phi^3/x -> 0",
            lambda: _cusp(GaussianPair(weights=laws.Uniform()), R(1, 10**6)),
        ),
        Mutation(
            "chi_2 instead of chi_3",
            lambda: product_is(laws.Uniform(), normal_mellin(S + 1) / normal_mellin(1)),
        ),
    ),
)


FAMILIES = (SWAP, RADEMACHER, NORMAL, MAXWELL, UNIFORM)
