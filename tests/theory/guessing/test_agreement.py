"""The probability of the same guess: closed forms, published values, limits and mutations."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError
from theory.guessing.agreement import Agreement, agreement, classes, fraction_variance
from theory.guessing.agreement_quadrature import agreement_integral
from theory.special import NUMERIC

#: 2-D grids, about 1e-8 (K = 4) and 1e-7 (K = 10)
PUBLISHED = {
    (3, "1/5"): ("0.407635802263", 2e-12),
    (3, "1/2"): ("0.534637820240", 2e-12),
    (3, "9/10"): ("0.790818244769", 2e-12),
    (4, "1/5"): ("0.32506869", 1e-8),
    (4, "9/10"): ("0.75032684", 1e-8),
    (10, "1/2"): ("0.2938099", 1e-7),
}


@pytest.mark.parametrize(("count", "c"), PUBLISHED, ids=[f"{k}-{c}" for k, c in PUBLISHED])
def test_published_values(count, c):
    text, tolerance = PUBLISHED[count, c]
    assert (
        abs(float(agreement(count, c=c).evalf(9 if count > 3 else 15)) - float(text)) < tolerance
    )


@pytest.mark.parametrize(("count", "gap"), [(2, "1e-25"), (3, "0.8"), (3, "1e-3")])
def test_the_integral_agrees_with_the_closed_forms_at_every_gap(count, gap):
    with mpmath.workdps(20):
        gap = mpmath.mpf(gap)
        c = 1 - sp.Rational(str(gap))
        exact = mpmath.mpf(str(Agreement(count, c).evalf(40)))
        # 1 - A is of the order sqrt(gap): relative to it
        assert abs(agreement_integral(count, gap) - exact) < mpmath.mpf(10) ** -19


def test_the_integral_is_that_of_the_orthant_probabilities():
    c, count = mpmath.mpf("0.6"), 4
    joint = NUMERIC["Phi2"]
    step = mpmath.mpf("0.45")
    total = mpmath.fsum(
        mpmath.exp(-(x * x - 2 * c * x * y + y * y) / (2 * (1 - c * c))) * joint(x, y, c) ** 3
        for x in mpmath.arange(-6.3, 6.31, step)
        for y in mpmath.arange(-6.3, 6.31, step)
        if abs(x - y) < 5.5
    )
    direct = count * total * step**2 / (2 * mpmath.pi * mpmath.sqrt(1 - c * c))
    assert abs(direct - float(agreement(count, c="3/5").evalf(12))) < 1e-7


def test_limits_and_small_numbers_of_classes():
    c = sp.Symbol("c", real=True)
    assert agreement(classes, c=0) == 1 / classes
    assert agreement(classes, sp.oo) == 1
    assert Agreement(2, c) == sp.S.Half + sp.asin(c) / sp.pi
    assert sp.limit(Agreement(3, c), c, 0) == sp.Rational(1, 3)
    assert sp.simplify(Agreement(3, c).subs(c, 1)) == 1


def test_variance_of_a_fraction():
    gamma = sp.Symbol("gamma", nonnegative=True)
    binary = sp.asin(gamma / (1 + gamma)) / (2 * sp.pi)
    assert sp.simplify(fraction_variance(2, gamma) - binary) == 0
    assert fraction_variance(5, 0) == 0


def test_a_wrong_arccosine_is_refuted():
    c = sp.Rational(1, 5)
    wrong = sp.Rational(1, 3) + 3 * (sp.acos(c) ** 2 - sp.acos(c / 2) ** 2) / (4 * sp.pi**2)
    assert abs((Agreement(3, c) - wrong).evalf()) > 0.01


def test_a_general_value_typesets_and_rewrites():
    value = agreement(4, c="1/3")
    assert sp.latex(value) == r"A_{4}\left(\frac{1}{3}\right)"
    assert value.rewrite(sp.Integral).has(sp.Integral)


@pytest.mark.parametrize("count", [1, 0, -2, 2.5, True])
def test_a_classifier_has_at_least_two_classes(count):
    with pytest.raises(InputError):
        agreement(count, 1)


def test_correlation_and_gamma_exclude_each_other():
    with pytest.raises(InputError, match="not both"):
        agreement(3, 1, c="1/2")
    with pytest.raises(InputError, match="between 0 and 1"):
        agreement(3, c="-1/2")
