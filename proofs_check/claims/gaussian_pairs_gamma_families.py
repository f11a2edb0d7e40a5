r"""Claims on exact pairs of chi, of Subbotin's and of the exchanged Weibull weights.

Source: the question is of P. Wolinski and J. Arbel, arXiv:2205.12379; these pairs are derived
here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.laws.functions import LawDensity
from theory.symbols import x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls
from .gaussian_pairs_tools import (
    PLACES,
    Existence,
    S,
    X,
    arb_of,
    around,
    contour,
    normal_mean,
    normal_mellin,
    on_the_right,
    product_is,
    same_gammas,
    survives,
)

__all__ = ["GAMMA_FAMILIES"]

R = sp.Rational
U = sp.erf(x / sp.sqrt(2))


def _chi_tail(k):
    def survival(w):
        from scipy.special import gammaincc

        return gammaincc(float(k) / 2, w * w / 2)

    return survival


# ---------------------------------------------------------------- chi


def _chi():
    k = sp.Symbol("k", positive=True)
    pair = GaussianPair(weights=laws.Chi(k))
    # Y^2 of the law Beta(1/2, (k-1)/2)
    beta = sp.gamma(R(1, 2) + S / 2) * sp.gamma(k / 2)
    beta /= sp.gamma(R(1, 2)) * sp.gamma(k / 2 + S / 2)
    above = {k: (R(11, 10), 9)}
    yield Symbolic(pair.factor.mellin(S), beta, above)
    yield Symbolic(laws.Chi(k).variance, k, above)
    for order, phi in (
        (1, sp.sign(x)),
        (2, sp.sin(sp.pi / 2 * U)),
        (3, U),
        (5, 2 * sp.sin(sp.asin(U) / 3)),
    ):
        yield Symbolic(GaussianPair(weights=laws.Chi(order)).activation.expr, phi)
    # k = 5: Y has the density 3(1 - y^2)/2, so F(2 sin a) = 3 sin a - 4 sin^3 a = sin 3a
    y, a = sp.symbols("y a", positive=True)
    yield Symbolic(GaussianPair(weights=laws.Chi(5)).density.pdf(y), R(3, 2) * (1 - y**2))
    cdf = sp.integrate(R(3, 2) * (1 - y**2), y)
    yield Symbolic(cdf.subs(y, 2 * sp.sin(a)), sp.expand_trig(sp.sin(3 * a)))
    for order in (R(13, 10), R(4), R(15, 2)):
        yield _beta_quantile(order)
    yield from _none_below(R(1, 2))
    yield Existence(lambda: GaussianPair(weights=laws.Chi(R(13, 10))), True)


def _beta_quantile(order):
    """I_{1/2,(k-1)/2}(phi(x)^2) = erf(x/sqrt 2)."""
    import mpmath

    pair = GaussianPair(weights=laws.Chi(order))

    def beta(point):
        value = mpmath.mpf(str(pair.evaluate(point["x"], digits=30))) ** 2
        b = mpmath.mpf(order.p - order.q) / (2 * order.q)
        return mpmath.betainc(0.5, b, 0, value, regularized=True)

    wanted = lambda point: sp.erf(point["x"] / sp.sqrt(2)).n(30)  # noqa: E731
    return Numeric(beta, wanted, [{"x": R(1, 2)}, {"x": R(5, 4)}], digits=10)


def _none_below(order, exists=False):
    """E|W|^s has its first pole at -k, inside (-1, 0) for k < 1."""
    quotient = laws.Chi(order).magnitude.gamma_quotient
    yield Symbolic(sp.Integer(quotient.order_at(-order)), 1)
    yield Existence(lambda: GaussianPair(weights=laws.Chi(order)), exists)


CHI = Claim(
    "gp.p-chi",
    r"$|W| = \chi_k$ for real $k \ge 1$: $Y^2 \sim \mathrm{Beta}(\frac12, \frac{k-1}2)$, $EW^2 = "
    r"k$. $\varphi$ is sgn for $k = 1$, $\sin(\frac\pi2\mathrm{erf}(x/\sqrt2))$ for 2, "
    r"$\mathrm{erf}(x/\sqrt2)$ for 3, $2\sin(\frac13\arcsin\mathrm{erf}(x/\sqrt2))$ for 5. There "
    r"is no pair for $k < 1$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _chi,
    (
        Mutation("a pair for k = 1/2", lambda: _none_below(R(1, 2), True)),
        Mutation(
            "k = 5: sin(arcsin(erf)/3)",
            lambda: Symbolic(
                GaussianPair(weights=laws.Chi(5)).activation.expr, sp.sin(sp.asin(U) / 3)
            ),
        ),
    ),
    full=lambda: [survives(laws.Chi(k), _chi_tail(k), 8) for k in (2, 3, 4, 5, R(15, 2))],
)


# ---------------------------------------------------------------- the dual of Weibull weights


def _dual():
    for theta in (R(5, 2), 4):
        pair = GaussianPair(theta=theta).swap()
        stated = (-sp.log(sp.erfc(X / sp.sqrt(2)))) ** (1 / sp.S(theta))
        yield _elementary(pair, stated)
        yield Symbolic(pair.weights.variance, 1 / sp.gamma(1 + 2 / sp.S(theta)))
        yield Existence(lambda p=pair: p, True)
    yield _dual_product(4, R(1, 4))


def _elementary(pair, stated):
    return Symbolic(on_the_right(pair.activation.expr), stated)


def _dual_product(theta, power):
    """P(|W phi(X)| > z) with |W| ~ Q_theta by a contour in floats."""
    import numpy as np
    from scipy.special import log_ndtr

    def survival(w):
        return contour(theta, np.minimum(w, 40.0))[0]

    def found(point):
        z = float(point["z"])
        height = lambda x: np.maximum(-np.log(2) - log_ndtr(-x), 1e-300)  # noqa: E731
        return normal_mean(lambda x: survival(z / height(x) ** float(power)))

    wanted = lambda point: sp.erfc(point["z"] / sp.sqrt(2)).n(25)  # noqa: E731
    return Numeric(found, wanted, [{"z": place} for place in PLACES], digits=7)


DUAL = Claim(
    "gp.p-weibull-dual",
    r"$|W| \sim Q_\theta$: $\varphi(x) = \mathrm{sgn}(x)(-\log\mathrm{erfc}(|x|/\sqrt2))^{1/"
    r"\theta}$, elementary, with a cusp at 0, and $EW^2 = 1/\Gamma(1+2/\theta)$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _dual,
    (
        Mutation("exponent 1/3 for theta = 4", lambda: _dual_product(4, R(1, 3))),
        Mutation(
            "without the logarithm",
            lambda: _elementary(
                GaussianPair(theta=4).swap(), (1 - sp.erfc(X / sp.sqrt(2))) ** R(1, 4)
            ),
        ),
    ),
)


# ---------------------------------------------------------------- Subbotin


def _subbotin():
    theta = sp.Symbol("theta", positive=True)
    law = laws.Subbotin(theta)
    above = {theta: (R(21, 10), 9)}
    yield Symbolic(law.variance, sp.gamma(3 / theta) / sp.gamma(1 / theta), above)
    factor = normal_mellin() * sp.gamma(1 / theta) / sp.gamma((1 + S) / theta)
    yield Symbolic(GaussianPair(weights=law).factor.mellin(S), factor, above)
    yield product_is(law, factor)
    # size-biased sqrt(2 M): E Y^s = E (2M)^{(s+1)/2}/E (2M)^{1/2}, E M^p as for Mittag-Leffler
    mittag = 2 ** (S / 2) * sp.gamma(1 + (S + 1) / 2) / sp.gamma(1 + (S + 1) / theta)
    mittag *= sp.gamma(1 + 1 / theta) / sp.gamma(R(3, 2))
    yield same_gammas(factor, mittag, above)
    for value in (3, 4):
        yield from _density(value, 0)
        yield Existence(lambda v=value: GaussianPair(weights=laws.Subbotin(v)), True)
    yield Existence(lambda: GaussianPair(weights=laws.Subbotin(R(3, 2))), False)
    yield Symbolic(GaussianPair(weights=laws.Subbotin(2)).activation.expr, sp.sign(x) * sp.sqrt(2))
    yield survives(laws.Subbotin(4), _subbotin_tail(4), 6)


def _subbotin_tail(theta):
    def survival(w):
        from scipy.special import gammaincc

        return gammaincc(1 / theta, w**theta)

    return survival


def _sum(theta, y, shift):
    """sqrt(2/pi) Gamma(1/theta) sum_k (-y^2/2)^k/(k! Gamma(-(2k + shift)/theta)) as a ball.

    1/Gamma(-v) is at most Gamma(1 + v)/pi, and those bounds fall as for the density of Q_theta.
    """
    from flint import arb

    root, half = arb_of(theta), y * y / 2
    total, term, k = arb(0), arb(1), 0
    while True:
        v = (2 * k + shift) / root
        total += term * (-v).rgamma()
        ratio = half * (1 + v) ** (2 / root) / (k + 1)
        bound = abs(term) * (1 + v).gamma() / arb.pi()
        if k > 8 and ratio < 0.5 and bound < arb(10) ** -60:
            total += arb(0, (2 * bound).upper())
            return (2 / arb.pi()).sqrt() * (1 / root).gamma() * total
        term *= -half / (k + 1)
        k += 1


def _density(theta, shift):
    law = GaussianPair(weights=laws.Subbotin(theta)).factor
    for place in (R(1, 2), R(3, 2)):
        number = LawDensity(law, place).evalf(22)
        yield Balls(
            lambda n=number: around(n, 18),
            lambda p=place: _sum(theta, arb_of(p), shift),
            16,
            f"f({place})",
        )


SUBBOTIN = Claim(
    "gp.p-subbotin",
    r"Density proportional to $e^{-|w|^\theta}$, $\theta \ge 2$: $f_Y = \sqrt{2/\pi}\,"
    r"\Gamma(\frac1\theta)\sum_k\frac{(-y^2/2)^k}{k!\,\Gamma(-2k/\theta)}$, the size-biased "
    r"$\sqrt{2M_{2/\theta}}$, and $EW^2 = \Gamma(3/\theta)/\Gamma(1/\theta)$. $\theta = 2$ gives "
    r"$|\varphi| = \sqrt2$; there is no pair for $\theta < 2$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _subbotin,
    (
        Mutation("1/Gamma(-(2k+1)/theta)", lambda: _density(3, 1)),
        Mutation(
            "a pair for theta = 3/2",
            lambda: Existence(lambda: GaussianPair(weights=laws.Subbotin(R(3, 2))), True),
        ),
    ),
)

GAMMA_FAMILIES = (CHI, DUAL, SUBBOTIN)
