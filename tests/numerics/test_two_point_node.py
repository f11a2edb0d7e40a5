"""The quick two-point witness agrees with what is known in closed form, or exactly."""

import math

import pytest
import sympy as sp

from numerics.two_point_node import two_point_node
from theory.errors import InputError
from theory.gaussian import E2
from theory.symbols import q, rho, x

ROOTS = [sp.Rational(3, 11), sp.Rational(-5, 13), sp.Rational(19, 20)]


@pytest.mark.parametrize("correlation", ROOTS, ids=str)
@pytest.mark.parametrize("variance", [sp.Rational(1, 10), sp.Rational(7, 3), 40], ids=str)
def test_the_arcsine_law_of_erf(variance, correlation):
    value = two_point_node(E2("erf(x)", "erf(x)", variance, variance, correlation))
    v, c = float(variance), float(correlation)
    assert value == pytest.approx(2 / math.pi * math.asin(2 * v * c / (1 + 2 * v)), rel=1e-12)


@pytest.mark.parametrize("correlation", ROOTS, ids=str)
def test_the_arccosine_kernel_of_relu_with_two_variances(correlation):
    v, w, c = 0.7, 2.3, float(correlation)
    node = E2("max(x, 0)", "max(x, 0)", sp.Rational(7, 10), sp.Rational(23, 10), correlation)
    expected = math.sqrt(v * w) * (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / 2
    assert two_point_node(node) == pytest.approx(expected / math.pi, rel=1e-12)


def test_sheppards_formula_for_jumps():
    node = E2("sign(x)", "sign(x)", 1, 1, sp.Rational(1, 2))
    assert two_point_node(node) == pytest.approx(1 / 3, rel=1e-12)


def test_an_infinite_slope_is_integrated():
    node = E2("sign(x)*sqrt(abs(x))", "sign(x)*sqrt(abs(x))", 1, 1, sp.Rational(999, 1000))
    bound = math.sqrt(2 / math.pi)  # E |Z|, the value at correlation 1
    assert 0.97 * bound < two_point_node(node) < bound


def test_a_wrong_kernel_would_be_noticed():
    node = E2("erf(x)", "erf(x)", 1, 1, sp.Rational(1, 2))
    mutated = 2 / math.pi * math.asin(1 / 4)  # 2 q c/(1 + 4 q) for 2 q c/(1 + 2 q)
    assert abs(two_point_node(node) - mutated) > 1e-2


def test_a_symbol_without_value_is_refused():
    with pytest.raises(InputError, match="q, rho must be given"):
        two_point_node(E2("tanh(x)", "tanh(x)", q, q, rho))


def test_a_function_without_numeric_form_is_refused():
    with pytest.raises(InputError, match="zeta"):
        two_point_node(E2(sp.zeta(2 + x**2), sp.zeta(2 + x**2), 1, 1, sp.Rational(1, 2)))


def test_only_rounding_may_exceed_a_correlation_of_one():
    from numerics.two_point_node import correlation
    from theory.errors import InputError

    assert correlation(1 + 1e-13) == 1.0
    with pytest.raises(InputError):
        correlation(1.5)


@pytest.mark.parametrize("variance", [1, 1000])
def test_a_bump_far_narrower_than_the_gaussian(variance):
    node = E2("exp(-100*(x-3)**2)", "tanh(x)", variance, variance, sp.Rational(1, 2))
    assert two_point_node(node) == pytest.approx(float(node.evalf(12)), rel=1e-10)
