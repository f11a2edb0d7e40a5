r"""Claims on what W phi(X) ~ N(0, 1) says about moments and characteristic functions.

Source: the question is of P. Wolinski and J. Arbel, arXiv:2205.12379; statements and proofs are
derived here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian import E
from theory.gaussian_pair import GaussianPair
from theory.symbols import x

from ..checks import Certified, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .gaussian_pairs_tools import Existence, S, law_mean, normal_mean, normal_mellin, weibull_pair

__all__ = ["PAIR_MOMENTS"]

R = sp.Rational
THETA = sp.Symbol("theta", positive=True)
T, W = sp.symbols("t w", positive=True)


# ---------------------------------------------------------------- moments


def _symbolic_pairs():
    k = sp.Symbol("k", positive=True)
    yield GaussianPair(theta=THETA)
    yield GaussianPair(weights=laws.Chi(k))
    yield GaussianPair(weights=laws.Subbotin(THETA))


def _moments():
    for pair in _symbolic_pairs():
        yield _product(pair, S, normal_mellin())
        yield _product(pair, 2, 1)
        yield _product(pair, 4, 3)
    yield Symbolic(E(x**4, 1).doit(), normal_mellin(4))
    yield CertifiedValue(E(sp.Abs(x) ** R(3, 2), 1), normal_mellin(R(3, 2)))
    yield _kurtoses(lambda one, other: one * other)
    kurtosis = sp.gamma(1 + 4 / THETA) / sp.gamma(1 + 2 / THETA) ** 2
    yield Symbolic(laws.Weibull(THETA).kurtosis, kurtosis)
    for theta in (2, R(5, 2), 4, 40):
        yield Certified(sp.Lt(kurtosis.subs(THETA, theta), 3, evaluate=False))
    for theta in (R(5, 2), 3, 10):
        fourth = lambda _, t=theta: law_mean(t, lambda x, y, slope: y**4)  # noqa: E731
        yield Numeric(fourth, 3 / laws.Weibull(theta).abs_moment(4), [{}], digits=9)
    for weights in (laws.Laplace(), laws.Student(5), laws.Logistic()):
        yield Existence(lambda w=weights: GaussianPair(weights=w), False)
        yield Certified(sp.Gt(weights.kurtosis, 3, evaluate=False))


def _product(pair, s, value):
    return Symbolic(pair.weights.magnitude.mellin(s) * pair.factor.mellin(s), value)


def _kurtoses(combine):
    pair = GaussianPair(theta=3)
    other = pair.density.moment(4) / pair.density.moment(2) ** 2
    return Numeric(combine(pair.weights.kurtosis, other), sp.S(3), [{}], digits=20)


MOMENTS = Claim(
    "gp.moments",
    r"If $W\varphi(X) \sim N(0,1)$ then $E|W|^s\,E|\varphi(X)|^s = "
    r"2^{s/2}\Gamma(\frac{1+s}2)/\sqrt\pi$ for $\Re s > -1$. So $EW^2E\varphi^2 = 1$ and the "
    r"kurtoses $E\xi^4/(E\xi^2)^2$ multiply to 3: neither exceeds 3, which excludes Laplace, "
    r"logistic and Student weights.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _moments,
    (
        Mutation("the kurtoses add up to 6", lambda: _kurtoses(lambda a, b: (a + b) / 2)),
        Mutation("E W^4 E phi^4 = 2", lambda: _product(GaussianPair(theta=THETA), 4, 2)),
        Mutation(
            "Laplace weights are possible",
            lambda: Existence(lambda: GaussianPair(weights=laws.Laplace()), True),
        ),
    ),
)


# ---------------------------------------------------------------- characteristic function


def _transform():
    # Maxwell: psi(t) = (1 - t^2) e^{-t^2/2}, Y uniform; y e^{-t^2 y^2/2} is the antiderivative
    wave = sp.exp(-(T**2) * W**2 / 2)
    yield Symbolic((W * wave).diff(W), (1 - T**2 * W**2) * wave)
    yield Symbolic(sp.exp(-(T**2) / 2), (W * wave).subs(W, 1))
    density = laws.Maxwell().density.subs(sp.Symbol("w", real=True), W)
    psi = 2 * sp.integrate(sp.expand(density) * sp.cos(T * W), (W, 0, sp.oo))
    yield Symbolic(psi, (1 - T**2) * sp.exp(-(T**2) / 2))
    # term by term: E W^2k E Y^2k/(2k)! = 1/(2^k k!)
    pair = GaussianPair(theta=THETA)
    for k in (1, 2, 3, 5):
        term = pair.weights.abs_moment(2 * k) * pair.density.moment(2 * k) / sp.factorial(2 * k)
        yield Symbolic(term, 1 / (2**k * sp.factorial(k)))
    for theta in ("5/2", "3", "4"):
        yield _cosines(theta, 1)


def _cosines(theta, scale, half=0.5):
    """E cos(t W phi(X)) by the power series of the characteristic function of W."""
    import numpy as np

    from numerics.compile import compile

    pair = weibull_pair(theta)
    phi = compile(pair)

    def mean(point):
        t = float(point["t"])
        powers = [float(pair.weights.abs_moment(2 * k)) for k in range(60)]
        spread = [c / float(sp.factorial(2 * k)) * (-1) ** k for k, c in enumerate(powers)]
        inside = lambda x: np.polynomial.polynomial.polyval((t * scale * phi(x)) ** 2, spread)  # noqa: E731
        return normal_mean(inside)

    grid = [{"t": R(1, 2)}, {"t": sp.S.One}]
    return Numeric(mean, lambda point: sp.exp(-R(half) * point["t"] ** 2).n(25), grid, digits=9)


CF = Claim(
    "gp.cf",
    r"With the characteristic function $\psi_W$ of symmetric weights the condition reads "
    r"$E\,\psi_W(t\varphi(X)) = e^{-t^2/2}$ for all $t$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _transform,
    (
        Mutation("exp(-t^2)", lambda: _cosines("3", 1, sp.S.One)),
        Mutation(
            "Weibull weights scaled to variance 1, phi as before",
            lambda: _cosines("3", float(1 / sp.sqrt(sp.gamma(R(5, 3))))),
        ),
    ),
)

PAIR_MOMENTS = (MOMENTS, CF)
