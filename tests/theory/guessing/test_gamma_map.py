"""One layer of gamma: published recursions, first principles, mutations."""

import math

import pytest
import sympy as sp

from theory.gaussian import E2, E
from theory.guessing import GuessingBias
from theory.symbols import gamma, q, sigma_b2, sigma_w2

VALUES = {gamma: sp.Rational(7, 5), q: sp.Rational(3, 2), sigma_w2: 2, sigma_b2: sp.S(1) / 3}


def relu_g(ratio):
    return (2 * ratio / sp.pi) * sp.atan(sp.sqrt(2 * ratio + 1)) + sp.sqrt(2 * ratio + 1) / sp.pi


def test_relu_is_the_published_recursion():
    step = GuessingBias("relu").recursion
    spread = q / (1 + gamma)
    centre = sigma_w2 / 2 * spread * relu_g(gamma) + sigma_b2
    rest = sigma_w2 / 2 * spread * (1 + gamma - relu_g(gamma))
    for value in (sp.Rational(1, 9), sp.S(3)):
        at = VALUES | {gamma: value}
        assert abs((step.centre - centre).subs(at).evalf(30)) < sp.Float("1e-28")
        assert abs((step.spread - rest).subs(at).evalf(30)) < sp.Float("1e-28")
        # mutated: arctan(sqrt(gamma + 1))
        wrong = rest.replace(sp.atan, lambda a: sp.atan(sp.sqrt(gamma + 1)))
        assert abs((step.spread - wrong).subs(at).evalf()) > 1e-3


def test_relu_at_zero_bias_is_free_of_scales():
    ratio = GuessingBias("relu", sigma_b2=0).gamma_recursion
    assert ratio.free_symbols == {gamma}
    assert sp.simplify(ratio.subs(gamma, 0) - 1 / (sp.pi - 1)) == 0


#: gamma_l of ReLU without biases, from gamma_1 = 0
RELU = {
    2: "0.466942206924259858",
    3: "0.975234861638612",
    4: "1.53052906248304",
    5: "2.13433967947684",
    6: "2.78710918170201",
    11: "6.78425265124249",
    21: "18.3905470235139",
    51: "81.3855218021477",
    101: "278.57534504201",
    1001: "23184.8613743763",
}


def test_relu_path_without_biases():
    step = sp.lambdify(gamma, GuessingBias("relu", sigma_b2=0).gamma_recursion, "mpmath")
    import mpmath

    with mpmath.workdps(25):
        ratio = mpmath.mpf(0)
        for layer in range(2, 1002):
            ratio = step(ratio)
            if layer in RELU:
                assert abs(ratio / mpmath.mpf(RELU[layer]) - 1) < mpmath.mpf("4e-15")
            if layer in (2, 3, 4):
                c = {2: "0.318309886183791", 3: "0.493731090200372", 4: "0.604825720112945"}
                assert abs(ratio / (1 + ratio) - mpmath.mpf(c[layer])) < 1e-15


@pytest.mark.parametrize("text", ["erf", "sin(x)", "x**3 - x"])
def test_every_activation_against_its_expectations(text):
    gb = GuessingBias(text)
    phi, c = gb.activation, gamma / (1 + gamma)
    centre = sigma_b2 + sigma_w2 * E2(phi, phi, q, q, c)
    total = sigma_b2 + sigma_w2 * E(phi.expr**2, q)
    raw = (centre / (total - centre)).subs(VALUES).evalf(9)
    assert abs(gb.gamma_recursion.subs(VALUES).evalf(15) / raw - 1) < 1e-8


@pytest.mark.parametrize("text", ["erf", "gelu", "sin(x)", "relu", "leaky_relu"])
def test_closed_where_the_kernel_is(text):
    assert GuessingBias(text).recursion.is_closed
    assert not GuessingBias("tanh").recursion.is_closed


def test_at_a_fixed_point_it_is_the_correlation_map():
    gb = GuessingBias("erf", sigma_w2=2, sigma_b2="1/10")
    place = sp.Float("1.046255360121432544", 25)  # where V(q) = q, found here to 19 digits
    assert abs(gb.recursion.variance.subs(q, place).evalf(20) / place - 1) < 1e-17
    values = {q: place, gamma: sp.Rational(2, 3)}
    moving = gb.gamma_recursion.subs(values).evalf(20)
    settled = gb.recursion.at_fixed_point.subs(values).evalf(20)
    assert abs(moving / settled - 1) < 1e-15


def test_linear_layers_add_what_the_biases_give():
    gb = GuessingBias("linear")
    spread = q / (1 + gamma)
    expected = gamma + sigma_b2 / (sigma_w2 * spread)
    assert sp.simplify(gb.gamma_recursion - expected) == 0


def test_bias_without_biases_needs_a_gaussian_mean():
    # second layer from c_1 = 0: (E phi)^2/Var phi; zero for odd phi and for x^2 - q
    assert GuessingBias("tanh", sigma_b2=0).gamma_recursion.subs(gamma, 0) == 0
    shifted = GuessingBias("x**2 - 1", sigma_b2=0).gamma_recursion.subs(gamma, 0)
    assert sp.simplify(shifted.subs(q, 1)) == 0
    assert sp.simplify(shifted.subs(q, 2)) == sp.Rational(1, 8)
    relu = GuessingBias("relu").gamma_recursion.subs(gamma, 0).subs({q: 1, sigma_w2: 1})
    mean2, square = 1 / (2 * math.pi), 0.5
    expected = (0.3 + mean2) / (square - mean2)
    assert abs(float(relu.subs(sigma_b2, sp.Rational(3, 10))) - expected) < 1e-14


def test_correlated_weights_leave_the_spread():
    plain = GuessingBias("relu").recursion
    tied = GuessingBias("relu", weight_correlation=1).recursion
    assert sp.simplify(plain.spread - tied.spread) == 0
    # rows of weights that sum to 0 remove the mean: gamma_2 = 0 from gamma_1 = 0
    assert sp.simplify(tied.ratio.subs({gamma: 0, sigma_b2: 0})) == 0
