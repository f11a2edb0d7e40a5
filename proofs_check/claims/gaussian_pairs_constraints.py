r"""Claims on what W phi(X) ~ N(0, 1) asks of the weights and of the activation.

Source: the question is of P. Wolinski and J. Arbel, arXiv:2205.12379; statements and proofs are
derived here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian import E
from theory.gaussian_constraints import gaussian_constraints
from theory.gaussian_pair import GaussianPair
from theory.symbols import x

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .gaussian_pairs_tools import (
    Existence,
    S,
    normal_mean,
    normal_mellin,
    weibull_pair,
)

__all__ = ["CONSTRAINTS"]

R = sp.Rational
THETA = sp.Symbol("theta", positive=True)
W = sp.Symbol("w", positive=True)


# ---------------------------------------------------------------- tails

THETA_W, THETA_Y = sp.symbols("theta_W theta_Y", positive=True)
DUAL = 2 * THETA / (THETA - 2)
ABOVE = {THETA: (R(21, 10), 12)}


def _tails():
    # w^theta_W + (z/w)^theta_Y is least where both powers of z agree: w = z^a
    share = sp.solve(sp.Eq(THETA_W * W, THETA_Y * (1 - W)), W)[0]
    yield Symbolic(share * THETA_W, 1 / (1 / THETA_W + 1 / THETA_Y))
    yield Symbolic((share * THETA_W).subs({THETA_W: THETA, THETA_Y: DUAL}), 2, ABOVE)
    yield Symbolic(GaussianPair(theta=THETA).factor.tail.index, DUAL, ABOVE)
    yield Symbolic(2 / DUAL, 1 - 2 / THETA, ABOVE)
    for theta in ("3", "5"):
        yield _slope(theta, 1 - 2 / R(theta))
    # bounded weights: |phi| ~ |x|/b; tails like those of a normal: |phi| bounded
    yield Symbolic(GaussianPair(weights=laws.Uniform(2)).asymptotics.infinity, x / 2)
    yield Symbolic(GaussianPair(weights=laws.Chi(3)).asymptotics.infinity, 1)
    for text in ("x*exp(x**2/16)", "x**3"):
        yield gaussian_constraints(text)["growth"].status == "violated"
    yield Existence(lambda: GaussianPair(activation="x**3"), False)
    yield Existence(lambda: GaussianPair(weights=laws.Weibull(R(3, 2))), False)


def _slope(theta, stated):
    """log(phi(2x)/phi(x))/log 2 far out; the logarithm in the tail leaves O(log x/x^2)."""

    def exponent(_):
        near, far = (weibull_pair(theta).evaluate(10**5 * k, digits=20) for k in (1, 2))
        return sp.log(far / near, 2).n(15)

    return Numeric(exponent, stated, [{}], digits=7)


TAIL = Claim(
    "gp.tail",
    r"If $-\log P(|W|>w) \asymp w^{\theta_W}$ and $-\log P(|\varphi(X)|>y) \asymp y^{\theta_Y}$ "
    r"then $1/\theta_W + 1/\theta_Y = 1/2$, so $\theta_W \ge 2$, and a $|\varphi|$ that does not "
    r"decrease in $|x|$ grows like $|x|^{1-2/\theta_W}$: like $|x|/b$ for weights bounded by $b$, "
    r"bounded for weights with Gaussian tails, and never faster than linearly.",
    "derived here, for the constraints of Wolinski & Arbel, arXiv:2205.12379",
    _tails,
    (
        Mutation("exponent 1 - 1/theta", lambda: _slope("3", R(2, 3))),
        Mutation(
            "x^3 has weights", lambda: Existence(lambda: GaussianPair(activation="x**3"), True)
        ),
        Mutation(
            "1/theta_W + 1/theta_Y = 1",
            lambda: Symbolic(GaussianPair(theta=THETA).factor.tail.index, THETA / (THETA - 1)),
        ),
    ),
)


# ---------------------------------------------------------------- the behaviour at zero


def _zero():
    # (i) simple poles at -1 of both transforms would make a double one
    pole = (1 + S) ** 2
    yield Symbolic(sp.limit(pole * normal_mellin(), S, -1), 0)
    yield Symbolic(sp.limit((1 + S) * normal_mellin(), S, -1), sp.sqrt(2 / sp.pi))
    yield Symbolic(sp.limit((1 + S) * laws.Uniform().mellin(S), S, -1), 1)
    # (iii) phi'(0) = E|W|^-1 and f_Y(0) = sqrt(2/pi)/E|W|^-1
    yield from _slope_is(lambda law: law.magnitude.mellin(-1))
    theta = sp.Symbol("theta", positive=True)
    smooth = GaussianPair(theta=theta)
    yield Symbolic(smooth.asymptotics.series(2), x * sp.gamma(1 - 1 / theta), {theta: (2, 9)})
    near = smooth.factor.near_zero
    inverse = smooth.weights.magnitude.mellin(-1)
    yield Symbolic(near.coefficient, sp.sqrt(2 / sp.pi) / inverse, {theta: (2, 9)})
    # (ii) needs the Lipschitz zero: uniform weights have a pair with a cusp
    yield laws.Uniform().abs_moment(-1) is sp.oo
    yield Existence(lambda: GaussianPair(weights=laws.Uniform()), True)
    # and tanh has a simple zero
    yield sp.Eq(sp.tanh(x).diff(x).subs(x, 0), 1)
    yield Existence(lambda: GaussianPair(activation="x**3"), False)
    yield _divergence(sp.sqrt(2 / sp.pi))


def _slope_is(inverse):
    w = sp.Symbol("w", positive=True)
    for law in (laws.Maxwell(), laws.Rayleigh(), laws.Chi(5)):
        phi = GaussianPair(weights=law).activation.expr
        yield Symbolic(phi.diff(x).subs(x, 0), inverse(law))
        density = 2 * law.density.subs(sp.Symbol("w", real=True), w)
        yield Symbolic(sp.integrate(sp.expand(density / w), (w, 0, sp.oo)), inverse(law))


def _divergence(rate):
    """P(|W tanh X| <= e)/e grows by f_W(0) f_Y(0) log 10 for each factor 1/10, W uniform."""
    import numpy as np

    def growth(_):
        values = [
            normal_mean(lambda x, e=e: np.minimum(1.0, e / np.tanh(x))) / e for e in (1e-4, 1e-5)
        ]
        return (values[1] - values[0]) / np.log(10)

    return Numeric(growth, rate, [{}], digits=3)


ZERO = Claim(
    "gp.zero",
    r"If $|W|$ and $|\varphi(X)|$ both had densities bounded below near 0, that of the product "
    r"would grow like $f_{|W|}(0)f_Y(0)\log(1/z)$. So a zero at which $\varphi$ is Lipschitz "
    r"asks for $E|W|^{-1} < \infty$, and for a $C^1$ activation with its only zero at 0 "
    r"$|\varphi'(0)| = E|W|^{-1}$, $f_Y(0) = \sqrt{2/\pi}/E|W|^{-1}$. Without such a zero "
    r"$E|W|^{-1} = \infty$ is possible: uniform weights.",
    "derived here, for the constraints of Wolinski & Arbel, arXiv:2205.12379",
    _zero,
    (
        Mutation(
            "tanh with uniform weights: the density at 0 is finite", lambda: _divergence(0)
        ),
        Mutation(
            "E|W|^-1 < oo for every pair",
            lambda: Existence(lambda: GaussianPair(weights=laws.Uniform()), False),
        ),
        Mutation(
            "phi'(0) = 1/E|W|", lambda: _slope_is(lambda law: 1 / law.magnitude.mellin(1))
        ),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- the range


def _half(probability):
    return CertifiedValue(E(sp.Heaviside(-x, R(1, 2)), 1), probability)


def _vanishing(text):
    return gaussian_constraints(text)["range"].numbers["P(phi(X) = 0)"]


def _range():
    yield _half(R(1, 2))
    for text in ("relu", "max(x - 1, 0)", "x - min(max(x, -1), 1)"):
        yield Existence(lambda t=text: GaussianPair(activation=t), False)
    yield Symbolic(_vanishing("relu"), R(1, 2))
    yield Symbolic(_vanishing("x - min(max(x, -1), 1)").rewrite(sp.erf), sp.erf(1 / sp.sqrt(2)))
    # a law with an atom at 0 among the weights, in the same way
    yield Existence(
        lambda: GaussianPair(weights=laws.Sparse(laws.Gaussian(), R(1, 4))), False, "AtomAtZero"
    )


RANGE = Claim(
    "gp.range",
    r"$\varphi$ cannot vanish with positive probability, because $W\varphi(X)$ would: ReLU "
    r"($P = \frac12$), hard shrinkage and the like have no weights at all, and weights with an "
    r"atom at 0 no activation.",
    "derived here, for the constraints of Wolinski & Arbel, arXiv:2205.12379",
    _range,
    (
        Mutation(
            "ReLU has weights", lambda: Existence(lambda: GaussianPair(activation="relu"), True)
        ),
        Mutation("P(relu(X) = 0) = 1/4", lambda: _half(R(1, 4))),
    ),
)

CONSTRAINTS = (TAIL, ZERO, RANGE)
