"""Mean-field consequences of Gaussian pairs: published digits, closed forms, inequalities."""

import pytest
import sympy as sp

from theory.errors import InputError
from theory.gaussian_pair import GaussianPair
from theory.gaussian_pair_mean_field import PairMeanField
from theory.mean_field import MeanField
from theory.symbols import q, rho

ODD = {
    "2": "1.27797559658193 0.371075914464823 0.899518673386980 0.7383025393 1.2421437583",
    "3": "1.0464301876644 0.693128028930 0.980196713847 0.6010835643 1.5718700156",
    "4": "1.015583334249 0.809710566679 0.992942167920 0.5588538825 1.7155605016",
}
POSITIVE = {
    "2": "0.81056946914 0.17158179742 0.22672492053 0",
    "3": "0.72071301760 0.27067642087 0.29488839474 0.26162642683",
}


def agrees(value, printed):
    digits = len(printed.partition(".")[2])
    return abs(value - sp.Float(printed, 30)) <= sp.Float(10) ** -digits * sp.Float("0.51")


@pytest.mark.parametrize("theta", ODD)
def test_published_numbers_of_odd_pairs(theta):
    found = GaussianPair(theta=theta).mean_field.numbers(15)
    values = found.chi_1, found.chi_q, found.correlation_slope(0)
    values += found.variance("0.5"), found.variance(2)
    for value, printed in zip(values, ODD[theta].split(), strict=True):
        assert agrees(value, printed), (value, printed)
    assert agrees(found.variance(1), "1.00000000000000")


@pytest.mark.parametrize("theta", POSITIVE)
def test_published_numbers_of_positive_pairs(theta):
    theory = GaussianPair(theta=theta, kind="positive").mean_field
    found = theory.numbers(14)
    values = found.correlation(0), found.correlation_slope(0), found.chi_1, found.chi_q
    for value, printed in zip(values, POSITIVE[theta].split(), strict=True):
        assert agrees(value, printed), (value, printed)
    assert theory.phase == "ordered"
    assert found.attracting_correlation == sp.Float(1, 14)
    assert abs(found.depth_scale + 1 / sp.log(found.chi_1)) < 1e-12
    assert found.critical_bias is None


def test_the_sum_over_hermite_coefficients_is_the_gradient_factor():
    found = GaussianPair(theta=3).mean_field.numbers(15)
    weighted = sum(k * a for k, a in enumerate(found.coefficients))
    assert abs(weighted - found.chi_1) < 1e-11
    assert abs(sum(found.coefficients) - 1) < 1e-13


def test_maxwell_weights_in_closed_form():
    theory = GaussianPair(weights="chi(3)").mean_field
    assert sp.simplify(theory.correlation_map - 6 / sp.pi * sp.asin(rho / 2)) == 0
    assert theory.chi_1 == 2 * sp.sqrt(3) / sp.pi
    assert sp.simplify(theory.variance_map.subs(q, 1)) == 1
    assert sp.simplify(theory.coefficient(1) ** 2 - 3 / sp.pi) == 0
    numbers = theory.numbers(30)
    assert abs(numbers.chi_1 - theory.chi_1.evalf(30)) < 1e-28
    assert abs(numbers.correlation("1/2") - 6 / sp.pi * sp.asin(sp.Rational(1, 4))) < 1e-28
    assert abs(numbers.chi_q - theory.chi_q.evalf(30)) < 1e-28


@pytest.mark.parametrize(("theta", "bound"), [("3", "0.740984554"), ("10", "0.962134677")])
def test_the_fixed_point_attracts_by_the_kurtosis_of_the_weights(theta, bound):
    low, high = GaussianPair(theta=theta).mean_field.chi_q_bounds
    assert low == -sp.Rational(1, 2)
    assert agrees(high.evalf(20), bound)


def test_odd_pairs_are_chaotic_with_a_reason_and_linear_ones_critical():
    theory = GaussianPair(theta=3).mean_field
    assert theory.phase == "chaotic"
    assert "sum k a_k^2 > sum a_k^2 = 1" in theory.reason
    assert GaussianPair(weights="Rademacher").mean_field.phase == "critical"
    assert abs(theory.numbers().depth_scale - sp.Float("49.995")) < 5e-4


def test_normal_weights_have_no_gradient_factor():
    theory = GaussianPair(weights="norm").mean_field
    assert theory.chi_1 is sp.oo
    assert theory.phase == "chaotic"
    assert theory.numbers().chi_1 is sp.oo
    assert sp.simplify(theory.correlation_map - 2 / sp.pi * sp.asin(rho)) == 0


def test_a_bias_of_the_critical_variance_makes_the_pair_critical():
    bare = GaussianPair(theta=2).mean_field.numbers(15)
    assert agrees(bare.critical_bias, "0.21751")
    theory = GaussianPair(theta=2, sigma_b2="1/5").mean_field
    found = theory.numbers(15)
    assert abs(found.chi_1 - bare.chi_1 * sp.Rational(4, 5)) < 1e-13
    assert abs(found.chi_q - bare.chi_q * sp.Rational(4, 5)) < 1e-13
    assert abs(found.variance(1) - 1) < 1e-13
    assert abs(found.correlation(1) - 1) < 1e-12
    c = found.attracting_correlation
    assert 0 < c < 1
    assert abs(found.correlation(c) - c) < 1e-12
    critical = GaussianPair(theta=2, sigma_b2=sp.Rational(str(bare.critical_bias))).mean_field
    assert abs(critical.numbers().chi_1 - 1) < 1e-13


def test_images_of_two_inputs_are_not_jointly_normal():
    pair = GaussianPair(theta=2)
    found = pair.mean_field.numbers(15)
    kurtosis = pair.weights.kurtosis.evalf(20)
    assert abs(found.joint_fourth_moment(0) - kurtosis) < 1e-12
    assert abs(found.joint_fourth_moment(1) - 3) < 1e-12
    assert found.joint_fourth_moment("0.5") > 1 + 2 * found.correlation("0.5") ** 2 + 0.5


def test_the_theory_of_the_activation_is_the_same():
    pair = GaussianPair(weights="chi(3)")
    general = MeanField(pair)
    slope = general.slope_moment.subs(q, 1).doit() * pair.weights.variance
    assert sp.simplify(slope - PairMeanField(pair).chi_1) == 0


def test_bad_arguments():
    found = GaussianPair(theta=2).mean_field
    with pytest.raises(InputError, match="digits must be"):
        found.numbers(0)
    with pytest.raises(InputError, match="lies in"):
        found.numbers().correlation(2)
    with pytest.raises(InputError, match="must be positive"):
        found.numbers().variance(0)
    with pytest.raises(InputError, match="needs a value of theta"):
        GaussianPair(theta="theta").mean_field.numbers().chi_q  # noqa: B018
