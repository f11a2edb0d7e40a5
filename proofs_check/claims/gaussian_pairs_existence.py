r"""Claims on the law of |phi(X)| for Weibull weights: its moments, and when it exists.

Source: Weibull weights are those of P. Wolinski and J. Arbel, arXiv:2205.12379; the law, the
criterion and its proof are derived here.
"""

from itertools import pairwise

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.laws.weibull_factor import WeibullFactor

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls, ball
from .gaussian_pairs_tools import (
    Existence,
    S,
    Shown,
    arb_of,
    law_mean,
    normal_mean,
    weibull_pair,
)

__all__ = ["EXISTENCE"]

R = sp.Rational
THETA = sp.Symbol("theta", positive=True)
RANGE = {THETA: (2, 9)}
T = sp.Symbol("t", positive=True)


def _stated(s, theta=THETA):
    return 2 ** (s / 2) * sp.gamma((1 + s) / 2) / sp.sqrt(sp.pi) / sp.gamma(1 + s / theta)


# ---------------------------------------------------------------- deconvolution


def _deconvolution():
    # |M_Y(it)|^2 by |Gamma(1/2 + iy)|^2 = pi/cosh(pi y), |Gamma(1 + iy)|^2 = pi y/sinh(pi y)
    for y in (R(1, 3), 2, 7):
        yield _reflection(R(1, 2), y, lambda v: 1 / v.cosh())
        yield _reflection(1, y, lambda v: v / v.sinh())
    yield Certified(_modulus(3) < 1, {T: (R(1, 10), 40)})
    yield Certified(sp.Gt(_modulus(R(3, 2)).subs(T, 20), 1, evaluate=False))
    for theta in (R(3, 2), R(9, 5)):
        yield Existence(lambda v=theta: GaussianPair(theta=v), False)
    yield from _two_points()


def _reflection(a, y, stated):
    from flint import acb, arb

    def modulus():
        value = acb(arb_of(a), arb_of(y)).gamma()
        return value.real**2 + value.imag**2

    right = lambda: stated(arb.pi() * arb_of(y)) * (arb.pi() if a != 1 else 1)  # noqa: E731
    return Balls(modulus, right, 30, f"|Gamma({a} + {y} i)|^2")


def _modulus(theta):
    """|M_Y(it)|^2, at most 1 for a law."""
    u = sp.pi * T / theta
    return sp.sinh(u) / (u * sp.cosh(sp.pi * T / 2))


def _two_points():
    """E|W|^{it} = (a^{it} + b^{it})/2 = 0 at t = pi/log(b/a)."""
    gap = sp.Symbol("b", positive=True)
    turn = sp.pi / sp.log(gap) * sp.log(gap)
    yield Symbolic(1 + sp.cos(turn), 0)
    yield Symbolic(sp.sin(turn), 0)
    for b in (R(11, 10), 2):
        make = lambda b=b: GaussianPair(weights=laws.TwoPoint(1, b))  # noqa: E731
        yield Existence(make, False, "ZeroOfTransform")
        yield _zero_near(make, sp.pi / sp.log(b))
    near = laws.TwoPoint(1, R(11, 10)).kurtosis
    yield Certified(sp.Lt(near, R(102, 100), evaluate=False))


def _zero_near(make, stated):
    """The certified disc that holds a zero, on the imaginary axis, holds i ``stated``."""
    from flint import arb

    proof = make().certificate
    centre = lambda: arb_of(proof.centre / sp.I) + arb(0, 1) * arb_of(proof.radius)  # noqa: E731
    return Balls(centre, lambda: ball(stated), 3, "the place of the zero")


DECONVOLUTION = Claim(
    "gp.infdiv",
    r"Weights have an activation iff $\log|W|$ is a convolution factor of $\log|N|$: iff "
    r"$2^{it/2}\Gamma(\frac{1+it}2)/(\sqrt\pi\,E|W|^{it})$ is positive definite. So "
    r"$E|W|^{it} \ne 0$ for all $t$, which excludes $|W| \in \{a, b\}$ with equal probabilities "
    r"(zero at $t = \pi/\log(b/a)$) however small its kurtosis, and Weibull weights with $\theta "
    r"< 2$, for which the function exceeds 1 in modulus.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _deconvolution,
    (
        Mutation(
            "a kurtosis near 1 suffices: |W| = 1 or 11/10",
            lambda: Existence(lambda: GaussianPair(weights=laws.TwoPoint(1, R(11, 10))), True),
        ),
        Mutation(
            "the zero lies at 2 pi/log(b/a)",
            lambda: _zero_near(
                lambda: GaussianPair(weights=laws.TwoPoint(1, 2)), 2 * sp.pi / sp.log(2)
            ),
        ),
        Mutation(
            "|M_Y(it)| <= 1 for theta = 3/2",
            lambda: Certified(_modulus(R(3, 2)) < 1, {T: (R(1, 10), 40)}),
        ),
    ),
)


# ---------------------------------------------------------------- moments of Q_theta


def _moments():
    yield from _transform(_stated(S))
    u = sp.Symbol("u", positive=True)
    arcsine = sp.sqrt(2) * sp.sin(sp.pi * u / 2)
    for k in (2, 4, 6):
        yield Symbolic(sp.integrate(arcsine**k, (u, 0, 1)), _stated(sp.S(k), 2))
    for theta in (R(5, 2), 3, 10):
        for s in (R(-1, 2), 1, R(7, 3)):
            yield _by_density(theta, s)
            yield _by_activation(theta, s)


def _transform(stated):
    yield Symbolic(WeibullFactor(THETA).mellin(S), stated, RANGE)
    product = sp.gamma(1 + S / THETA) * stated
    yield Symbolic(product, 2 ** (S / 2) * sp.gamma((1 + S) / 2) / sp.sqrt(sp.pi), RANGE)


def _by_density(theta, s):
    """E Y^s by integrating the density along a contour."""
    power = float(s)
    value = lambda _: law_mean(theta, lambda x, y, slope: y**power)  # noqa: E731
    return Numeric(value, _stated(sp.S(s), theta), [{}], digits=7)


def _by_activation(theta, s):
    """E|phi(X)|^s of the compiled activation."""
    from numerics.compile import compile

    phi = compile(weibull_pair(theta))
    value = lambda _: normal_mean(lambda x: phi(x) ** float(s))  # noqa: E731
    return Numeric(value, _stated(sp.S(s), theta), [{}], digits=7)


MELLIN = Claim(
    "gp.mellin",
    r"For Weibull weights $P(|W|>w) = e^{-w^\theta}$ the law $Q_\theta$ of $Y = |\varphi(X)|$ has "
    r"$EY^s = 2^{s/2}\Gamma(\frac{1+s}2)/(\sqrt\pi\,\Gamma(1+s/\theta))$.",
    "derived here, for the weights of Wolinski & Arbel, arXiv:2205.12379",
    _moments,
    (
        Mutation("Gamma(1 + 2s/theta)", lambda: _transform(_stated(S, THETA / 2))),
        Mutation(
            "Gamma(1 + s/theta) in the numerator",
            lambda: _transform(_stated(S) * sp.gamma(1 + S / THETA) ** 2),
        ),
    ),
)


# ---------------------------------------------------------------- existence


def _existence():
    p, alpha = sp.symbols("p alpha", positive=True)
    arcsine = sp.gamma(p + R(1, 2)) / (sp.sqrt(sp.pi) * sp.gamma(1 + p))
    mittag = sp.gamma(1 + p) / sp.gamma(1 + alpha * p)
    law = WeibullFactor(2 / alpha).gamma_quotient.to_expr(2 * p)
    yield Symbolic(2**p * arcsine * mittag, law, {alpha: (R(1, 5), 1)})
    angle = sp.Symbol("u", positive=True)
    for k in (1, 2, 3):  # B = cos^2(pi U)
        moment = sp.integrate(sp.cos(sp.pi * angle) ** (2 * k), (angle, 0, 1))
        yield Symbolic(moment, arcsine.subs(p, k))
    for theta in (2, R(401, 200), 3, 50):
        yield Existence(lambda v=theta: GaussianPair(theta=v), True, "Factorisation")
    for theta in (R(3, 2), R(9, 5), R(19, 10)):
        yield Existence(lambda v=theta: GaussianPair(theta=v), False)
    # Stirling: log (E Y^s)^{1/s} = (1/2 - 1/theta) log s + O(1) -> -oo for theta < 2
    root = sp.Symbol("s", positive=True)
    for theta in (R(3, 2), R(19, 10)):
        growth = (sp.loggamma((1 + root) / 2) - sp.loggamma(1 + root / theta)) / root
        rate = sp.limit(growth.diff(root) * root, root, sp.oo)
        yield Symbolic(sp.limit(rate, root, sp.oo), R(1, 2) - 1 / theta)
    for theta, size in ((R(3, 2), 2), (R(9, 5), 3), (R(19, 10), 4)):
        yield _negative_at(theta, size)
    for theta, k in ((R(3, 2), 3), (R(9, 5), 14), (R(19, 10), 37), (R(199, 100), 662)):
        yield _falls_first(theta, k)


def _negative_at(theta, size):
    how = f"theta = {theta}: the first negative determinant has size {size}"
    return Shown(lambda: _first_negative(theta) == size, how)


def _moment(theta, k):
    """E Y^{2k} = (2k)!/(2^k k! Gamma(1 + 2k/theta)) as a ball."""
    from flint import arb

    odd = arb(2) ** k * (k + arb(1) / 2).gamma() / arb.pi().sqrt()
    return odd / (1 + 2 * k / arb_of(theta)).gamma()


def _first_negative(theta, largest=16):
    """The size of the first shifted Hankel matrix [E Y^{2(i+j+1)}] with a negative determinant."""
    from flint import arb_mat, ctx

    with ctx.workprec(600):
        for size in range(1, largest):
            rows = [[_moment(theta, i + j + 1) for j in range(size)] for i in range(size)]
            determinant = arb_mat(rows).det()
            if determinant < 0:
                return size
            if not determinant > 0:
                return None
    return None


def _falls_first(theta, k):
    how = f"theta = {theta}: (E Y^2j)^(1/2j) increases for j < {k} and falls to j = {k}"
    return Shown(lambda: _peak(theta, k), how)


def _peak(theta, k):
    from flint import ctx

    with ctx.workprec(200):
        logs = [_moment(theta, j).log() / (2 * j) for j in range(1, k + 1)]
        rising = all(a < b for a, b in pairwise(logs[:-1]))
        return bool(rising and logs[-1] < logs[-2])


EXISTS = Claim(
    "gp.exists",
    r"$Q_\theta$ exists iff $\theta \ge 2$: then $Y^2 = 2BM_\alpha$ in law with an arcsine "
    r"variable $B$ and an independent Mittag-Leffler variable, $EM_\alpha^p = "
    r"\Gamma(1+p)/\Gamma(1+\alpha p)$, $\alpha = 2/\theta$. For $\theta < 2$ "
    r"$(EY^s)^{1/s} \to 0$ although it may not fall: it first does at $s = 2k$, $k = 3, 14, 37, "
    r"662$ for $\theta = 1.5, 1.8, 1.9, 1.99$, and shifted Hankel determinants of $EY^{2k}$ are "
    r"first negative at size 2, 3, 4, 13.",
    "derived here, for the weights of Wolinski & Arbel, arXiv:2205.12379",
    _existence,
    (
        Mutation(
            "a law exists for theta = 1.8",
            lambda: Existence(lambda: GaussianPair(theta=R(9, 5)), True),
        ),
        Mutation(
            "the norm falls first at k = 4 for theta = 1.5",
            lambda: _falls_first(R(3, 2), 4),
        ),
        Mutation(
            "no law for theta = 3", lambda: Existence(lambda: GaussianPair(theta=3), False)
        ),
    ),
    full=lambda: _negative_at(R(199, 100), 13),
)  # fmt: skip

EXISTENCE = (DECONVOLUTION, MELLIN, EXISTS)
