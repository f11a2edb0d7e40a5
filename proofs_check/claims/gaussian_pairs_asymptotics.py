r"""Claims on the activation of Weibull weights at 0, at infinity, and for large theta.

Source: Weibull weights are those of P. Wolinski and J. Arbel, arXiv:2205.12379; the expansions are
derived here.
"""

import sympy as sp

from theory.gaussian_pair import GaussianPair
from theory.laws.weibull_factor import WeibullFactor
from theory.symbols import x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls
from .gaussian_pairs_tools import Shown, around, contour, weibull_pair

__all__ = ["ASYMPTOTICS"]

R = sp.Rational
THETA = sp.Symbol("theta", positive=True)
ABOVE = {THETA: (R(21, 10), 9)}
DUAL = 2 * THETA / (THETA - 2)
RATE = THETA ** (-DUAL / THETA) / DUAL


# ---------------------------------------------------------------- at zero


def _at_zero():
    g, c = sp.gamma(1 - 1 / THETA), sp.Symbol("c", real=True)
    # sqrt(pi/2) F(g x + c x^3) = x + c x^3/g - (g x)^3/(6 Gamma(1 - 3/theta)) + ... is x - x^3/6
    third = c / g - g**3 / (6 * sp.gamma(1 - 3 / THETA)) + R(1, 6)
    stated = g / 6 * (g**3 / sp.gamma(1 - 3 / THETA) - 1)
    yield Symbolic(third.subs(c, stated), 0, ABOVE)
    found = sp.Poly(GaussianPair(theta=THETA).asymptotics.series(5), x)
    yield Symbolic(found.coeff_monomial(x), g, ABOVE)
    yield Symbolic(found.coeff_monomial(x**3), stated, ABOVE)
    three = GaussianPair(theta=3).asymptotics.zero
    yield Symbolic(three, sp.gamma(R(2, 3)) * (x - x**3 / 6))
    # for theta = 2 by differentiation
    phi = weibull_pair("2").activation.expr
    yield Symbolic(phi.diff(x).subs(x, 0), sp.gamma(R(1, 2)))
    taylor = sp.series(phi, x, 0, 5).removeO().coeff(x, 3)
    # 1/Gamma(1 - 3/2) = -1/(2 sqrt(pi))
    yield Symbolic(taylor, stated.subs(THETA, 2))
    for theta in ("5/2", "3", "10"):
        yield _near(theta, sp.gamma(1 - 1 / R(theta)))


def _near(theta, slope):
    """phi(x)/x at x = 1e-9, O(x^2) from the slope."""
    value = weibull_pair(theta).evaluate(R(1, 10**9), digits=25) * 10**9
    number = sp.N(slope, 25)
    return Balls(lambda: around(value, 17), lambda: around(number, 24), 15, f"phi'(0), {theta}")


AT_ZERO = Claim(
    "gp.slope0",
    r"$\varphi_\theta(x) = gx + \frac g6[g^3/\Gamma(1-3/\theta) - 1]x^3 + \dots$ with $g = "
    r"\varphi_\theta'(0) = \Gamma(1-1/\theta)$; for $\theta = 3$ the cubic coefficient is $-g/6$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _at_zero,
    (
        Mutation("g = 1/Gamma(1 + 1/theta)", lambda: _near("3", 1 / sp.gamma(R(4, 3)))),
        Mutation(
            "the cubic coefficient is -g/6 for every theta",
            lambda: Symbolic(
                sp.Poly(GaussianPair(theta=4).asymptotics.series(5), x).coeff_monomial(x**3),
                -sp.gamma(R(3, 4)) / 6,
            ),
        ),
    ),
)


# ---------------------------------------------------------------- at infinity


def _at_infinity():
    y, u = sp.symbols("y u", positive=True)
    # the exponent u - (y^2/2) u^{2/theta} at its saddle point
    exponent = u - y**2 / 2 * u ** (2 / THETA)
    saddle = (y**2 / THETA) ** (THETA / (THETA - 2))
    grid = [{THETA: a, y: b} for a in (R(5, 2), 3, 7) for b in (R(1, 2), 2)]
    yield Numeric(exponent.diff(u).subs(u, saddle), 0, grid, digits=20, absolute=True)
    yield Numeric(exponent.subs(u, saddle), -RATE * y**DUAL, grid, digits=20)
    # the Gaussian integral across it: sqrt(2/pi) e^{-C y^theta'} u^{1/theta - 1}/sqrt(2 pi h'')
    second = exponent.diff(u, 2).subs(u, saddle)
    front = sp.sqrt(2 / sp.pi) * saddle ** (1 / THETA - 1) / sp.sqrt(2 * sp.pi * second)
    yield Numeric(front, sp.sqrt(THETA * DUAL / 2) / (sp.pi * y), grid, digits=20)
    stated = _constant(THETA)
    places = [{THETA: a} for a in (R(5, 2), 3, 7)]
    yield Numeric((2 * RATE) ** (-1 / DUAL), stated, places, digits=20)
    tail = WeibullFactor(THETA).tail
    yield Numeric(tail.rate, RATE, places, digits=20)
    leading = GaussianPair(theta=THETA).asymptotics.infinity
    at = [{THETA: a, x: 7} for a in (R(5, 2), 3, 7)]
    yield Numeric(leading, stated * x ** (1 - 2 / THETA), at, digits=20)
    yield Symbolic(sp.limit(stated.subs(THETA, 2 + u), u, 0), sp.sqrt(2))
    yield Symbolic(sp.limit(stated, THETA, sp.oo), 1)
    yield _far("3", _constant(R(3)))
    for theta in ("3", "4", "10"):
        for place, error in ((8, 6e-4), (15, 7e-5), (25, 2e-5)):
            yield _refined(theta, place, error)
    yield _density_tail()


def _constant(theta):
    return (theta / (theta - 2)) ** (R(1, 2) - 1 / theta) * theta ** (1 / theta)


def _far(theta, constant):
    """phi(x) x^{2/theta - 1} at 10^7: O(log x/x^2) from the constant."""
    place = sp.Integer(10) ** 7
    root = R(theta)
    scaled = weibull_pair(theta).evaluate(place, digits=25) * place ** (2 / root - 1)
    value, number = sp.N(scaled, 20), sp.N(constant, 20)
    return Balls(lambda: around(value, 11), lambda: around(number, 19), 10, f"K, {theta}")


def _refined(theta, place, error):
    """C phi^theta' = x^2/2 - log x + log((theta - 2)/(2 pi))/2 + o(1)."""
    root = R(theta)
    height = place**2 / sp.S(2) - sp.log(place) + sp.log((root - 2) / (2 * sp.pi)) / 2
    stated = (height / RATE.subs(THETA, root)) ** (1 / DUAL.subs(THETA, root))
    toolkit = weibull_pair(theta).asymptotics.refined.subs(x, place)
    gaps = [
        abs(sp.N(form / weibull_pair(theta).evaluate(place, digits=20) - 1, 10))
        for form in (stated, toolkit)
    ]
    how = f"theta = {theta}, x = {place}: relative error {float(max(gaps)):.2g} below {error:g}"
    return Shown(lambda: bool(max(gaps) < error), how)


def _density_tail():
    grid = [{"t": 3, "y": 5}, {"t": 10, "y": 9}]

    def stated(point):
        theta = sp.Integer(point["t"])
        dual = DUAL.subs(THETA, theta)
        rate = RATE.subs(THETA, theta)
        size = sp.sqrt(theta * dual / 2) / (sp.pi * point["y"])
        return (size * sp.exp(-rate * point["y"] ** dual)).n(20)

    return Numeric(
        lambda point: float(contour(point["t"], point["y"])[1][0]), stated, grid, digits=2
    )


AT_INFINITY = Claim(
    "gp.tail-const",
    r"$\theta > 2$: $f_Y(y) \sim \frac{\sqrt{\theta\theta'/2}}{\pi y}e^{-Cy^{\theta'}}$, $C = "
    r"\theta^{-\theta'/\theta}/\theta'$, $\theta' = 2\theta/(\theta-2)$; so $\varphi_\theta(x) "
    r"\sim K x^{1-2/\theta}$, $K = (\frac\theta{\theta-2})^{1/2-1/\theta}\theta^{1/\theta}$, and "
    r"$C\varphi^{\theta'} = \frac{x^2}2 - \log x + \frac12\log\frac{\theta-2}{2\pi} + o(1)$. $K "
    r"\to \sqrt2$ for $\theta \to 2$ and $1$ for $\theta \to \infty$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _at_infinity,
    (
        Mutation("K = theta^(1/theta)", lambda: _far("3", sp.Integer(3) ** R(1, 3))),
        Mutation("the refined form is right to 1e-6 at x = 8", lambda: _refined("3", 8, 1e-6)),
    ),
)


# ---------------------------------------------------------------- large theta


def _large():
    form = GaussianPair(theta=THETA).asymptotics.large_theta
    yield Symbolic(sp.log(form / x), _exponent(THETA, 1), {x: (1, 2), **ABOVE})
    for theta in (200, 1000):
        for place in (R(1, 2), R(1), R(2)):
            yield _remainder(theta, place, 1)
    # not uniformly: phi(x)/x = O(x^{-2/theta})
    yield Symbolic(sp.limit(x ** (-2 / R(50)), x, sp.oo), 0)
    yield _limit(2)
    yield Symbolic(GaussianPair(theta=sp.oo).activation.expr, x)


def _exponent(theta, sign):
    return sign * sp.EulerGamma / theta + sp.pi**2 / (12 * theta**2) * (1 - x**2)


def _remainder(theta, place, sign):
    """theta^3 times what is left of log(phi/x) is bounded: it is below 4 here."""
    value = weibull_pair(theta).evaluate(place, digits=25)
    left = sp.log(value / place) - _exponent(R(theta), sign).subs(x, place)
    scaled = abs(sp.N(left, 12)) * theta**3
    how = f"theta = {theta}, x = {place}: remainder {float(scaled):.3g} theta^-3"
    return Shown(lambda: bool(scaled < 4), how)


def _limit(stated):
    value = weibull_pair(1000).evaluate(2, digits=20)
    number = sp.N(stated, 20)
    return Numeric(value, number, [{}], digits=3)


LARGE = Claim(
    "gp.large-theta",
    r"$\varphi_\theta(x) = x\exp[\frac\gamma\theta + \frac{\pi^2}{12\theta^2}(1-x^2) + "
    r"O(\theta^{-3})]$ for fixed $x$: for $\theta \to \infty$ weights become $\pm1$ and the "
    r"activation the identity, locally uniformly but not on the whole line.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _large,
    (
        Mutation("the limit is sign(x)", lambda: _limit(1)),
        Mutation("-gamma/theta", lambda: _remainder(1000, R(1), -1)),
    ),
)

ASYMPTOTICS = (AT_ZERO, AT_INFINITY, LARGE)
