"""The algebra of gamma quotients against values at points."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError
from theory.laws.beta_power import BetaPower
from theory.laws.discrete import Constant
from theory.laws.gamma_asymptotics import near_zero_of, tail_of
from theory.laws.gamma_quotient import GammaQuotient
from theory.laws.generalized_gamma import GeneralizedGamma
from theory.laws.mellin_law import MellinLaw
from theory.laws.quotient import HALF_NORMAL, quotient
from theory.laws.weibull_factor import WeibullFactor

s = sp.Symbol("s")
theta = sp.Symbol("theta", positive=True)
k = sp.Symbol("k", positive=True)
HALF = sp.Rational(1, 2)
FORMULAS = [
    2 ** (s / 2) * sp.gamma((1 + s) / 2) / sp.sqrt(sp.pi),
    sp.gamma(1 + s),
    sp.gamma(1 + s / 3),
    sp.gamma(2 * s + 1) / sp.gamma(s + 1),
    sp.gamma(s / 2 + 3) / sp.gamma(s / 2 + 1),
    1 / ((1 + s) * (s + 3)),
    (s + 2) / (s + 1) * sp.exp(2 * s),
    sp.factorial(s) / 3**s,
    1 / sp.cos(sp.pi * s / 2),
    sp.beta(1 + s, 2) * 2,
]


@pytest.mark.parametrize("top", FORMULAS, ids=str)
@pytest.mark.parametrize("below", FORMULAS, ids=str)
def test_quotients_have_the_right_values(top, below):
    found = GammaQuotient.from_expr(top, s) / GammaQuotient.from_expr(below, s)
    at = sp.Rational(37, 100)
    exact = sp.N((top / below).subs(s, at), 25)
    assert abs(sp.N(found(at), 25) - exact) < 1e-20
    assert (GammaQuotient.from_expr(top, s) / GammaQuotient.from_expr(top, s)).is_one


def test_gauss_multiplication_is_used_both_ways():
    product = sp.gamma(s + sp.Rational(1, 3)) * sp.gamma(s + sp.Rational(2, 3)) * sp.gamma(s + 1)
    merged = GammaQuotient.from_expr(product, s)
    assert merged.upper == ((1, 3),)
    assert (merged / GammaQuotient.from_expr(sp.gamma(3 * s + 1), s)).upper == ()


def test_symbols_cancel():
    one = GammaQuotient.from_expr(sp.gamma(1 + s / theta), s)
    other = GammaQuotient.from_expr(sp.gamma(s / theta), s)
    assert (one / other).upper in (((1, 1),), ())
    assert sp.simplify((one / other)(s) - s / theta) == 0


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (HALF_NORMAL, Constant(1)),
        (Constant(3), HALF_NORMAL.scaled(sp.Rational(1, 3))),
        (GeneralizedGamma(1, 3), WeibullFactor(3)),
        (GeneralizedGamma(1, theta), WeibullFactor(theta)),
        (WeibullFactor(theta), GeneralizedGamma(1, theta)),
        (GeneralizedGamma(1, 2), BetaPower(HALF, HALF, HALF, sp.sqrt(2))),
        (GeneralizedGamma(3 * HALF, 2, sp.sqrt(2)), BetaPower(1, 1)),
        (BetaPower(1, 1), GeneralizedGamma(3 * HALF, 2, sp.sqrt(2))),
        (GeneralizedGamma(k / 2, 2, sp.sqrt(2)), BetaPower(HALF, k / 2 - HALF, HALF)),
    ],
    ids=str,
)
def test_quotients_of_the_normal_law_are_recognised(factor, expected):
    assert quotient(HALF_NORMAL, factor) == expected


@pytest.mark.parametrize(
    "law",
    [
        GeneralizedGamma(sp.Rational(5, 2), 3, 2),
        BetaPower(2, 3, HALF, 5),
        GeneralizedGamma(HALF, theta),
    ],
    ids=str,
)
def test_tail_and_zero_follow_from_the_transform(law):
    transform = law.gamma_quotient
    tail, zero = tail_of(transform), near_zero_of(transform)
    assert sp.simplify(tail.index - law.tail.index) in (0, sp.nan)
    assert sp.simplify(tail.rate - law.tail.rate) == 0
    assert sp.simplify(zero.exponent - law.near_zero.exponent) == 0
    assert sp.simplify(zero.coefficient / law.near_zero.coefficient) == 1


def test_a_product_of_exponentials_has_the_tail_of_bessels_function():
    # P(E E' > y) = 2 sqrt(y) K_1(2 sqrt(y))
    law = MellinLaw(sp.gamma(1 + s) ** 2, s)
    assert (law.tail.index, law.tail.rate) == (HALF, 2)
    assert law.near_zero.exponent == 1
    assert law.near_zero.coefficient is None  # y log(1/y)
    for point in ("0.01", "1", "30"):
        root = mpmath.sqrt(mpmath.mpf(point))
        expected = 2 * root * mpmath.besselk(1, 2 * root)
        assert abs(law.survival_digits(mpmath.mpf(point)) / expected - 1) < 1e-13


def test_other_formulas_are_refused():
    with pytest.raises(InputError, match="no quotient of gamma functions"):
        GammaQuotient.from_expr(sp.gamma(s**2 + 1), s)
