r"""Claims on variance maps with infinitely many fixed points, and on deep chains of one neuron.

Source: the family is recalled from P. Wolinski and J. Arbel, arXiv:2205.12379; the formula of its
variance map and its fixed points are derived here.
"""

import math
from functools import cache
from itertools import pairwise

import sympy as sp

from theory.fixed_point_family import FixedPointFamily, absolute_moment

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls, printed
from .gaussian_pairs_distances import Distance, baseline, table
from .gaussian_pairs_tools import Shown, arb_of, weibull_pair

__all__ = ["PAIR_FIXED_POINTS"]

R = sp.Rational
ONE = (1, 2)
#: (delta, omega): M(0), M(3/10), min M, max M.
TABLE = {
    (1, 2): ("1.85933609030106587", "2.07204122666105329", "0.582583077762", "2.07382046042"),
    (R(1, 2), 6): (
        "0.999106159268415361",
        "0.998745631927982011",
        "0.994023144451",
        "1.01987176048",
    ),
    (R(99, 100), 6): (
        "1.01171958993553884",
        "1.01098564785823038",
        "1.00152489171",
        "1.05322533180",
    ),
}


# ---------------------------------------------------------------- infinitely many fixed points


def _family(key):
    return FixedPointFamily(delta=key[0], omega=key[1])


def _direct(key, place, bits=120):
    """M(u) = E Z^2 exp((2 delta/omega) sin(omega (u + log|Z|))) by Arb on pieces of [e^-30, 18].

    The rest is at most e^{2 delta/omega} (E[Z^2; |Z| < e^-30] + E[Z^2; |Z| > 18]).
    """
    from flint import acb, arb, ctx

    with ctx.workprec(bits):
        delta, omega, at = arb_of(key[0]), arb_of(key[1]), arb_of(place)

        def integrand(t, analytic):
            # z = e^t
            square = (2 * t).exp()
            wave = (2 * delta / omega * (omega * (at + t)).sin()).exp()
            return square * t.exp() * wave * (-square / 2).exp()

        top, total = arb(18).log(), acb(0)
        ends = [arb(-30 + 2 * k) for k in range(17)]
        ends = [e for e in ends if e < top] + [top]
        for left, right in pairwise(ends):
            total += acb.integral(integrand, left, right)
        front = (2 / arb.pi()).sqrt()
        left_out = (2 * delta / omega).exp() * front * (arb(-90).exp() + 20 * arb(-162).exp())
        return front * total.real + arb(0, 1) * left_out


def _infinite():
    for key, row in TABLE.items():
        for place, value in zip((0, R(3, 10)), row[:2], strict=True):
            yield _series_is(key, place, value)
            yield Balls(lambda k=key, p=place: _direct(k, p), lambda v=value: printed(v), 16)
        yield from _extrema(key, row[2:])
    # M has the period 2 pi/omega: both routes agree a period further
    yield _period(ONE, 1)
    nu = sp.Symbol("nu", positive=True)
    z = sp.Symbol("z", positive=True)
    density = sp.sqrt(2 / sp.pi) * sp.exp(-(z**2) / 2)
    yield Symbolic(
        absolute_moment(-sp.I * nu), sp.integrate(z ** (2 + nu) * density, (z, 0, sp.oo))
    )
    yield from _sequences()


def _series_is(key, place, value):
    number = _family(key).evaluate(place, 17)
    return Balls(lambda: arb_of(number), lambda: printed(value), 15, f"M({place})")


def _period(key, parts):
    """M(u + 2 pi/(parts omega)) = M(u), by the definition as an expectation and by the series."""
    family = _family(key)
    shift = 2 * sp.pi / key[1] / parts
    near = R(str(sp.N(R(1, 5) + shift, 30)))
    found = family.evaluate(R(1, 5), 17)
    return Balls(
        lambda: arb_of(found), lambda: _direct(key, near) * (1 + _tiny()), 14, "M(1/5) a period on"
    )


def _tiny():
    from flint import arb

    return arb(0, 1) * arb(10) ** -15


def _extrema(key, stated):
    """The certified extrema."""
    from numerics.fixed_point_sequences import fixed_point_sequences

    found = fixed_point_sequences(_family(key))
    for bound, value in zip((found.minimum, found.maximum), stated, strict=True):
        yield Balls(bound.ball, lambda v=value: printed(v), 9, "an extremum of M")


@cache
def _inside():
    from numerics.fixed_point_sequences import fixed_point_sequences

    return fixed_point_sequences(_family(ONE), sigma_w2=1)


def _count(count):
    return Shown(lambda: len(_inside().points) == count, f"{count} sequences for sigma_w2 = 1")


def _sequences():
    """One attracting and one repelling sequence for 1/sigma_w2 inside, none outside."""
    from numerics.fixed_point_sequences import fixed_point_sequences

    inside = _inside()
    yield _count(2)
    kinds = {point.stable for point in inside.points}
    yield Shown(lambda: kinds == {True, False}, "one attracts and one repels")
    outside = fixed_point_sequences(_family(ONE), sigma_w2=2)
    yield Shown(lambda: not outside.points, "no fixed point for sigma_w2 = 2")
    yield Symbolic(_family(ONE).ratio, sp.exp(4 * sp.pi / 2))
    for point in inside.points:
        # V(q) = q M(log(q)/2) = q at the fixed point and at the next of its sequence
        place = math.log(float(point.q)) / 2
        for further in (0.0, math.pi):
            mean = lambda _, u=place + further: float(_direct(ONE, R(str(u))).mid())  # noqa: E731
            yield Numeric(mean, 1, [{}], digits=11)


INFINITE = Claim(
    "gp.infinite-fp",
    r"$\phi(x) = x\exp(\frac\delta\omega\sin(\omega\log|x|))$ is odd and increasing for $\delta "
    r"\le 1$, and $V(q) = \sigma_w^2 q M(\frac12\log q)$ with $M(t) = \sum_n I_n(\frac{2\delta}"
    r"\omega)(-i)^n e^{in\omega t}m(n\omega)$, $m(\nu) = E|Z|^{2+i\nu}$, of period $2\pi/\omega$. "
    r"For $\sigma_w^{-2}$ strictly between the extrema of $M$ fixed points are infinitely many "
    r"geometric sequences of ratio $e^{4\pi/\omega}$, attracting and repelling ones.",
    "derived here, for a family recalled from Wolinski & Arbel, arXiv:2205.12379",
    _infinite,
    (
        Mutation("period pi/omega", lambda: _period(ONE, 2)),
        Mutation("at most one sequence of fixed points", lambda: _count(1)),
    ),
)


# ---------------------------------------------------------------- chains of one neuron


def _chain(depth, q=1.0, text=None):
    """Z^{l+1} = W phi(Z^l) of width 1 from N(0, q), by the compiled activation."""
    from numerics.compile import compile

    theta = 3
    phi = compile(weibull_pair("3")) if text is None else compile(text)

    def sampler(generator, count):
        import numpy as np

        z = math.sqrt(q) * generator.standard_normal(count)
        for _ in range(depth):
            sign = np.where(generator.random(count) < 0.5, -1, 1)
            if text is None:
                weights = generator.exponential(size=count) ** (1 / theta)
            else:
                weights = math.sqrt(2) * np.abs(generator.standard_normal(count))
            z = sign * weights * phi(z)
        return z

    return sampler


def _normal_cdf(z):
    from scipy.special import ndtr

    return ndtr(z)


def _validity():
    for depth in (1, 5, 30):
        yield Statistical(_chain(depth), _normal_cdf, 100_000)
    yield _second_moment(1, "1.5718700156", 200_000)
    yield from _study()
    yield Distance(baseline("relu", 2), 0.3250, 50_000)
    yield Distance(baseline("tanh", 2), 0.1466, 50_000)


def _second_moment(layers, stated, samples):
    """E Z^2 after layers of one neuron from N(0, 2)."""

    def sampler(generator, count):
        return _chain(layers, 2.0)(generator, count) ** 2

    return Statistical(sampler, R(stated), samples)


def _study():
    """Layers of width 10: an exact pair keeps the variance, ReLU with He's gain is not normal."""
    from numerics.preactivation_study import preactivation_study

    relu = preactivation_study("relu", width=10, depth=5, networks=2000)
    yield bool(relu.ks[-1] > 3 * relu.ks_band)
    pair = preactivation_study(
        weibull_pair("3"), width=10, depth=2, networks=2000, false_alarm=0.01
    )
    yield bool(pair.ks[-1] < 2 * pair.ks_band)


VALIDITY = Claim(
    "gp.eoc-validity",
    r"$V$ and $C$ are expectations over Gaussian pre-activations, which finite layers lack. "
    r"With an exact pair a chain of one neuron per layer is exactly $N(0,1)$ at every depth; from "
    r"$q \ne 1$ $V$ holds for one layer ($V(2) = 1.57187$ for $\theta = 3$). ReLU and tanh drift "
    r"away from $N(0,1)$ with depth and with small width.",
    "derived here; the critique is that of Wolinski & Arbel, arXiv:2205.12379",
    _validity,
    (
        Mutation(
            "a chain of ReLU neurons with He's gain stays normal",
            lambda: Statistical(_chain(1, text="relu"), _normal_cdf, 20_000),
        ),
        Mutation(
            "a chain of tanh neurons stays normal",
            lambda: Statistical(_chain(3, text="tanh"), _normal_cdf, 20_000),
        ),
        Mutation("V(2) = 2: every variance is kept", lambda: _second_moment(1, "2", 200_000)),
    ),
    full=table,
)

PAIR_FIXED_POINTS = (INFINITE, VALIDITY)
