r"""Claims on closed forms of Q_theta and on the slope of its activation.

Source: Weibull weights are those of P. Wolinski and J. Arbel, arXiv:2205.12379; the forms are
derived here.
"""

import sympy as sp

from theory.laws.closed_density import closed_density
from theory.laws.functions import LawDensity
from theory.laws.weibull_factor import WeibullFactor
from theory.special import Phi
from theory.symbols import x

from ..checks import Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls
from .gaussian_pairs_tools import arb_of, around, normal_mellin, series, weibull_pair

__all__ = ["CLOSED_LAWS"]

R = sp.Rational
Y = sp.Symbol("y", positive=True)


# ---------------------------------------------------------------- theta = 2


def _two():
    pair, positive = weibull_pair("2"), weibull_pair("2", "positive")
    yield _odd_form(sp.sqrt(2) * sp.sin(sp.pi / 2 * sp.erf(x / sp.sqrt(2))))
    yield Symbolic(positive.activation.expr, sp.sqrt(2) * sp.sin(sp.pi / 2 * Phi(x)))
    # the density of sqrt(2) sin(pi u/2), u uniform on (0, 1)
    u = sp.Symbol("u", positive=True)
    curve = sp.sqrt(2) * sp.sin(sp.pi * u / 2)
    density = pair.factor.density(curve) * curve.diff(u)
    yield Symbolic(density**2, 1, {u: (R(1, 10), R(9, 10))})
    # Box and Muller: sqrt(E) sqrt(2) cos(pi U) is normal, by moments
    for k in (1, 2, 3, 4):
        wave = sp.integrate((sp.sqrt(2) * sp.cos(sp.pi * u)) ** (2 * k), (u, 0, 1))
        yield Symbolic(sp.gamma(1 + k) * wave, normal_mellin(2 * k))


def _odd_form(stated):
    return Symbolic(weibull_pair("2").activation.expr, stated)


def _box_muller(generator, samples):
    """W phi(X) with the compiled activation."""
    import numpy as np

    from numerics.compile import compile

    size = np.sqrt(generator.exponential(size=samples))
    sign = np.where(generator.random(samples) < 0.5, -1, 1)
    return sign * size * compile(weibull_pair("2"))(generator.standard_normal(samples))


def _normal_cdf(z):
    from scipy.special import ndtr

    return ndtr(z)


TWO = Claim(
    "gp.closed2",
    r"$\theta = 2$: $Y = \sqrt2|\cos\pi U|$ has the arcsine law, $\varphi_2(x) = "
    r"\sqrt2\sin(\frac\pi2\mathrm{erf}(x/\sqrt2))$, and the positive activation is "
    r"$\sqrt2\sin(\frac\pi2\Phi(x))$: the transformation of Box and Muller.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _two,
    (
        Mutation(
            "sin(pi erf(x/sqrt 2))",
            lambda: _odd_form(sp.sqrt(2) * sp.sin(sp.pi * sp.erf(x / sp.sqrt(2)))),
        ),
        Mutation(
            "without the factor sqrt(2)",
            lambda: _odd_form(sp.sin(sp.pi / 2 * sp.erf(x / sp.sqrt(2)))),
        ),
    ),
    full=lambda: Statistical(_box_muller, _normal_cdf, 400_000),
)


# ---------------------------------------------------------------- theta = 4 and 3


def _bessel_form():
    z = Y**4 / 32
    return Y / (sp.sqrt(2) * sp.pi ** R(3, 2)) * sp.exp(-z) * sp.besselk(R(1, 4), z)


def _four():
    yield Symbolic(closed_density(WeibullFactor(4), Y), _bessel_form())
    yield from _bessel(R(1, 4))


def _bessel(order):
    from flint import arb

    for place in (R(1, 2), R(3, 2), R(5, 2)):

        def formula(place=place):
            y = arb_of(place)
            z = y**4 / 32
            front = y / (arb(2).sqrt() * arb.pi() ** arb(1.5))
            return front * (-z).exp() * z.bessel_k(arb_of(order))

        yield Balls(formula, lambda p=place: series(4, arb_of(p), 0), 30, f"f({place})")


FOUR = Claim(
    "gp.closed4",
    r"$\theta = 4$: $f_Y(y) = \frac{y}{\sqrt2\,\pi^{3/2}}e^{-y^4/32}K_{1/4}(y^4/32)$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _four,
    (Mutation("K_{1/3}", lambda: _bessel(R(1, 3))),),
)


def _three():
    yield from _tricomi(54)
    yield from _by_toolkit()


def _tricomi_at(place, scale):
    from flint import arb

    z = arb_of(place) ** 6 / scale
    constant = (2 / arb.pi()).sqrt() * arb_of(R(5, 6)).gamma() / arb_of(R(2, 3)).gamma() ** 2
    return constant * (-z).exp() * z.hypgeom_u(arb_of(R(1, 6)), arb_of(R(1, 3)))


def _tricomi(scale):
    for place in (R(1, 2), R(3, 2), R(5, 2)):
        yield Balls(
            lambda p=place: _tricomi_at(p, scale),
            lambda p=place: series(3, arb_of(p), 0),
            30,
            f"f({place})",
        )


def _by_toolkit():
    """The density of the pair and the derived Meijer G-function."""
    law = WeibullFactor(3)
    meijer = closed_density(law, Y)
    for place in (R(1, 2), R(3, 2)):
        for form in (LawDensity(law, place), meijer.subs(Y, place)):
            number = form.evalf(24)
            yield Balls(lambda n=number: around(n, 22), lambda p=place: _tricomi_at(p, 54), 20)


THREE = Claim(
    "gp.closed3",
    r"$\theta = 3$: $f_Y(y) = \sqrt{2/\pi}\,\frac{\Gamma(5/6)}{\Gamma(2/3)^2}e^{-z}"
    r"U(\frac16,\frac13,z)$ with $z = y^6/54$; for rational $\theta$ a Meijer G-function.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _three,
    (Mutation("z = y^6/27", lambda: _tricomi(27)),),
)


# ---------------------------------------------------------------- the derivative


def _derivative():
    phi = weibull_pair("2").activation.expr
    bell = sp.sqrt(2 / sp.pi) * sp.exp(-(x**2) / 2)
    inside = {x: (R(1, 10), 2)}
    stated = bell / weibull_pair("2").factor.density(phi)
    yield Symbolic(phi.diff(x) ** 2, stated**2, inside)
    for theta in ("5/2", "3", "4"):
        yield from _slope(theta, 1)


def _slope(theta, factor):
    """phi' of the toolkit against the ball series of the density at phi."""

    def stated(place):
        from flint import arb

        y = arb_of(weibull_pair(theta).evaluate(place, digits=40))
        bell = (2 / arb.pi()).sqrt() * (-(arb_of(place) ** 2) / 2).exp()
        return arb_of(factor) * bell / series(theta, y, 0)

    for place in (R(1, 2), R(2), R(3)):
        found = weibull_pair(theta).derivative(place, digits=28)
        yield Balls(lambda n=found: around(n, 26), lambda p=place: stated(p), 24, f"phi'({place})")


DERIVATIVE = Claim(
    "gp.deriv",
    r"$\varphi_\theta'(x) = \sqrt{2/\pi}\,e^{-x^2/2}/f_Y(\varphi_\theta(x))$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _derivative,
    (Mutation("the density of X instead of that of |X|", lambda: _slope("3", R(1, 2))),),
)

CLOSED_LAWS = (TWO, FOUR, THREE, DERIVATIVE)
