"""Moments, distribution functions and quantiles of the families against quadrature."""

import mpmath
import pytest
import sympy as sp

from theory.laws.beta_power import BetaPower
from theory.laws.beta_prime_power import BetaPrimePower
from theory.laws.closed_law import (
    HyperbolicSecantMagnitude,
    LogisticMagnitude,
    LogNormal,
    TruncatedHalfNormal,
)
from theory.laws.density_law import DensityLaw, law_of_density
from theory.laws.discrete import Constant, Discrete
from theory.laws.generalized_gamma import GeneralizedGamma

HALF = sp.Rational(1, 2)
y = sp.Symbol("y", positive=True)
LAWS = [
    GeneralizedGamma(1, 3),
    GeneralizedGamma(HALF, 2, sp.sqrt(2)),
    GeneralizedGamma(sp.Rational(5, 2), sp.Rational(3, 2), 2),
    BetaPower(1, 1, 1, 3),
    BetaPower(HALF, HALF, HALF, sp.sqrt(2)),
    BetaPower(HALF, 2, HALF),
    BetaPower(2, 2, 3),
    BetaPower(2, sp.Rational(7, 2)),
    BetaPrimePower(HALF, HALF, HALF),
    BetaPrimePower(HALF, 3, HALF, sp.sqrt(6)),
    BetaPrimePower(1, 4),
    LogisticMagnitude(),
    HyperbolicSecantMagnitude(),
    TruncatedHalfNormal(2),
    LogNormal(HALF),
    GeneralizedGamma(1, 3).scaled(2),
    LogisticMagnitude().scaled(HALF),
    DensityLaw((1 + y**2) * sp.exp(-(y**2) / 2), y),
    DensityLaw(sp.cos(y), y, sp.pi / 2),
]


def ends(law):
    high = law.support[1]
    return [0, 0.25, 1] if high is sp.oo else [0, mpmath.mpf(sp.N(high, 30))]


def integral(f, law):
    """Over the support, with infinity reached through y = 1/v."""
    points = ends(law)
    value = mpmath.quad(f, points)
    if law.support[1] is sp.oo:
        value += mpmath.quad(lambda v: f(1 / v) / v**2, [0, 0.01, 0.1, 1])
    return value


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("s", [0, sp.Rational(1, 3), 2])
def test_moments_are_integrals_of_the_density(law, s):
    if law.moment(s) is sp.oo:
        pytest.skip("infinite")
    value = integral(lambda v: v ** mpmath.mpf(s) * law.density_digits(v), law)
    assert abs(value - sp.N(law.moment(s), 20)) < 2e-8


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_expressions_are_the_digits(law):
    point = sp.Rational(7, 10)
    for kind in ("density", "survival", "cdf"):
        if isinstance(law, DensityLaw) and kind != "density":
            continue
        digits = getattr(law, f"{kind}_digits")(mpmath.mpf(7) / 10)
        expr = getattr(law, kind)(point)
        assert abs(sp.N(expr, 15) - digits) < 1e-13, kind


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("p", ["1e-6", "0.3", "0.9"])
def test_quantiles_invert_the_distribution_function(law, p):
    p = mpmath.mpf(p)
    value = law.quantile_digits(p=p)
    assert abs(law.cdf_digits(value) / p - 1) < 1e-12
    assert abs(law.quantile_digits(survival=1 - p) / value - 1) < 1e-9
    if (closed := law.quantile(sp.Rational(str(p)))) is not None:
        assert abs(sp.N(closed, 15) / value - 1) < 1e-11


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_behaviour_at_zero(law):
    if law.near_zero.exponent is sp.oo:
        return
    point = mpmath.mpf("1e-10")
    exponent, coefficient = (
        sp.N(v, 20) for v in (law.near_zero.exponent, law.near_zero.coefficient)
    )
    assert abs(law.cdf_digits(point) / (coefficient * point**exponent) - 1) < 1e-3


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_behaviour_at_infinity(law):
    tail = law.tail
    if tail.rate is None:
        return
    if tail.index is sp.oo:
        rate = mpmath.mpf(sp.N(tail.rate, 20))
        assert law.survival_digits(rate * (1 - mpmath.mpf("1e-6"))) > 0
        assert law.cdf_digits(rate * 1.01) == 1
        return
    index, rate = float(tail.index), float(tail.rate)
    if index == 0:
        ratio = law.survival_digits(mpmath.mpf(2e5)) / law.survival_digits(mpmath.mpf(1e5))
        assert abs(mpmath.log(ratio, 2) + rate) < 1e-3
        return
    far = mpmath.mpf(2000 / rate) ** (1 / index)
    if not isinstance(law, DensityLaw):
        assert abs(-mpmath.log(law.survival_digits(far)) / 2000 - 1) < 0.02


def test_discrete_laws():
    law = Discrete((1, 3), (sp.Rational(1, 4), sp.Rational(3, 4)))
    assert law.mellin(1) == sp.Rational(5, 2)
    assert law.survival_digits(mpmath.mpf(2)) == 0.75
    assert law.quantile_digits(p=0.2) == 1
    assert law.quantile(sp.Rational(1, 2)) == 3
    assert Constant(2).scaled(3) == Constant(6)


@pytest.mark.parametrize(
    ("formula", "bound", "law"),
    [
        (y**2 * sp.exp(-(y**4)), sp.oo, GeneralizedGamma(sp.Rational(3, 4), 4)),
        (sp.exp(-3 * y), sp.oo, GeneralizedGamma(1, 1, sp.Rational(1, 3))),
        (sp.S.One, sp.S(3), BetaPower(1, 1, 1, 3)),
        ((1 - y**2) ** 2, sp.S.One, BetaPower(HALF, 3, HALF)),
        (1 / (1 + y**2) ** 3, sp.oo, BetaPrimePower(HALF, sp.Rational(5, 2), HALF)),
    ],
)
def test_densities_of_families_are_recognised(formula, bound, law):
    assert law_of_density(formula, y, bound) == law


def test_quantiles_next_to_a_sharp_end_are_found_by_the_gap():
    """At b = 3/20 the gap to the end is survival^(20/3)."""
    law = BetaPower(sp.Rational(1, 2), sp.Rational(3, 20), sp.Rational(1, 2), 1)
    with mpmath.workdps(220):
        survival = mpmath.mpf(10) ** -21
        y = law.quantile_digits(survival=survival)
        assert 0 < 1 - y < mpmath.mpf(10) ** -135
        assert abs(law.survival_digits(y) / survival - 1) < mpmath.mpf(10) ** -60
