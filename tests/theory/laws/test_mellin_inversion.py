"""Numerical inversion of Mellin transforms against laws with known functions."""

import mpmath
import pytest
import sympy as sp

from theory.errors import UndecidedError
from theory.laws.beta_power import BetaPower
from theory.laws.beta_prime_power import BetaPrimePower
from theory.laws.generalized_gamma import GeneralizedGamma
from theory.laws.mellin_inversion import invert
from theory.laws.mellin_law import MellinLaw
from theory.laws.quotient import HALF_NORMAL, quotient

HALF = sp.Rational(1, 2)
KNOWN = [
    HALF_NORMAL,
    GeneralizedGamma(1, 3),
    GeneralizedGamma(2, HALF),
    BetaPower(HALF, HALF, HALF, sp.sqrt(2)),
    BetaPower(2, sp.Rational(7, 2)),
    BetaPrimePower(HALF, 3, HALF),
    BetaPrimePower(HALF, HALF, HALF),
]


@pytest.mark.parametrize("law", KNOWN, ids=str)
@pytest.mark.parametrize(("digits", "places"), [(15, ("0.001", "6")), (40, ("1.3",))])
def test_known_laws(law, digits, places):
    blind = MellinLaw.of(law.gamma_quotient)
    with mpmath.workdps(digits):
        for place in places:
            point = mpmath.mpf(place)
            for kind in ("density", "survival", "cdf"):
                value, error = invert(blind, kind, point)
                exact = getattr(law, f"{kind}_digits")(point)
                assert abs(value - exact) <= abs(exact) * mpmath.mpf(10) ** (2 - digits)
                assert error <= abs(exact) * mpmath.mpf(10) ** (1 - digits)


def subbotin_factor(theta, point):
    """sqrt(2/pi) Gamma(1/theta) sum_k (-y^2/2)^k/(k! Gamma(-2k/theta)): the series of residues."""
    with mpmath.extradps(30):
        theta, point = mpmath.mpf(theta), mpmath.mpf(point)
        front = mpmath.sqrt(2 / mpmath.pi) * mpmath.gamma(1 / theta)
        terms = (
            (-(point**2) / 2) ** k / mpmath.factorial(k) * mpmath.rgamma(-2 * k / theta)
            for k in range(1, 200)
        )
        return front * mpmath.fsum(terms)


@pytest.mark.parametrize("theta", [3, 4, sp.Rational(7, 2)])
@pytest.mark.parametrize("digits", [15, 30])
def test_the_factor_of_subbotin_weights_is_its_series(theta, digits):
    law = quotient(HALF_NORMAL, GeneralizedGamma(1 / sp.sympify(theta), theta))
    with mpmath.workdps(digits):
        for place in ("0.2", "1.3", "2.1"):
            value = law.density_digits(mpmath.mpf(place))
            exact = subbotin_factor(mpmath.mpf(sp.N(theta, digits)), place)
            assert abs(value / exact - 1) < mpmath.mpf(10) ** (2 - digits)


@pytest.mark.parametrize(("theta", "rate"), [(sp.Rational(7, 2), 10)])
def test_subbotin_weights_times_their_factor_are_normal(theta, rate):
    weight = GeneralizedGamma(1 / sp.sympify(theta), theta)
    factor = quotient(HALF_NORMAL, weight)
    # the integrand vanishes doubly exponentially at both ends of log y
    places = [mpmath.mpf(k) / rate for k in range(-12 * rate // 5, 8 * rate // 5)]
    densities = [factor.density_digits(mpmath.exp(t)) * mpmath.exp(t) for t in places]
    for z in (mpmath.mpf("0.3"), mpmath.mpf("1.7")):
        value = sum(
            density * weight.survival_digits(z * mpmath.exp(-t)) / rate
            for t, density in zip(places, densities, strict=True)
        )
        assert abs(value - mpmath.erfc(z / mpmath.sqrt(2))) < 2e-8


def test_products_of_bounded_laws_up_to_their_supremum():
    # U |sin(pi V/2)|: P(> y) = (2/pi) int_(arcsin y) (1 - y/sin u) du
    law = MellinLaw.of(BetaPower(1, 1).gamma_quotient * BetaPower(HALF, HALF, HALF).gamma_quotient)
    assert law.support == (0, 1)
    for text in ("0.5", "0.99", "0.99999999"):
        point = mpmath.mpf(text)
        value = law.survival_digits(point)
        with mpmath.extradps(30):
            y = mpmath.mpf(point)
            a = mpmath.asin(y)
            inner = y * mpmath.log(mpmath.tan(a / 2))
            exact = 2 / mpmath.pi * (mpmath.pi / 2 - a + inner)
        assert abs(value / exact - 1) < 1e-12
    assert law.survival_digits(mpmath.mpf(2)) == 0
    assert law.cdf_digits(mpmath.mpf(2)) == 1


def test_far_quantiles_keep_their_relative_precision():
    law = quotient(HALF_NORMAL, GeneralizedGamma(sp.Rational(1, 3), 3))
    tiny = mpmath.erfc(mpmath.mpf(38) / mpmath.sqrt(2))
    far = law.quantile_digits(survival=tiny)
    assert abs(law.survival_digits(far) / tiny - 1) < 1e-11
    near = law.quantile_digits(p=mpmath.mpf("1e-200"))
    assert abs(law.cdf_digits(near) / mpmath.mpf("1e-200") - 1) < 1e-11


def test_what_cannot_be_a_law_says_so():
    # the normal law over the Laplace law has moments whose norms decrease
    law = quotient(HALF_NORMAL, GeneralizedGamma(1, 1))
    with pytest.raises(UndecidedError, match="no law"):
        law.density_digits(mpmath.mpf(1))
