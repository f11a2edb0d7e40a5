"""Dead units and dead networks against quadrature, published numbers and exact enumeration."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.activation import Activation
from theory.dead_units import DeadUnits
from theory.dead_units.networks import LayerOff
from theory.dead_units.zero_set import zero_set
from theory.errors import AssumptionError, InputError, UndecidedError
from theory.matrix_laws.correlated import Correlated
from theory.mean_field import MeanField
from theory.symbols import l, n, q, q1, q2, rho, sigma_w2

HALF = sp.Rational(1, 2)


def density(x, y, r):
    """The density of two standard normal variables of correlation r."""
    s = 1 - r**2
    return mpmath.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * s)) / (2 * mpmath.pi * mpmath.sqrt(s))


def rectangles(intervals, r):
    """P(X, Y both in the intervals) by a double integral cut at 12."""
    cut = [(max(low, -12), min(high, 12)) for low, high in intervals]
    with mpmath.workdps(15):
        return sum(
            mpmath.quad(lambda x, y: density(x, y, r), a, b)
            for a, b in itertools.product(cut, repeat=2)
        )


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("relu", [(-sp.oo, 0)], [(-sp.oo, 0)]),
        ("max(x - 1, 0)", [(-sp.oo, 1)], [(-sp.oo, 1)]),
        ("relu6", [(-sp.oo, 0)], [(-sp.oo, 0), (6, sp.oo)]),
        ("hardswish", [(-sp.oo, -3)], [(-sp.oo, -3)]),
        ("hardsigmoid", [(-sp.oo, -3)], [(-sp.oo, -3), (3, sp.oo)]),
        ("Piecewise((x, x > 2), (x, x < -2), (0, True))", [(-2, 2)], [(-2, 2)]),
        ("min(x, 0) + max(x - 1, 0)", [(0, 1)], [(0, 1)]),
        ("hardtanh", [], [(-sp.oo, -1), (1, sp.oo)]),
        ("gelu", [], []),
        ("max(x, 0) - alpha*max(-x, 0)", [], []),
    ],
)
def test_the_set_on_which_a_unit_is_off(text, value, slope):
    phi = Activation(text)
    assert list(zero_set(phi).intervals) == value
    assert list(zero_set(phi, "slope").intervals) == slope


def test_a_symbolic_threshold_and_an_identity_in_disguise():
    shifted = DeadUnits("max(x - b, 0)").at(b=1)
    assert abs(shifted.one_input.subs(q, 4).evalf(15) - mpmath.ncdf(0.5)) < 1e-14
    disguised = Activation("(sin(x)**2 + cos(x)**2 - 1)*exp(-x**2) + max(x, 0)")
    assert zero_set(disguised).intervals == ((-sp.oo, 0),)


def test_no_unit_of_a_smooth_activation_is_ever_off():
    smooth = DeadUnits("tanh")
    assert (smooth.one_input, smooth.two_inputs, smooth.layer(2, 3)) == (0, 0, 0)
    assert smooth.region is sp.S.EmptySet
    assert "no unit is ever off" in str(smooth)


@pytest.mark.parametrize("r", [-0.7, 0.9])
def test_two_inputs_of_relu_by_a_double_integral(r):
    exact = float(DeadUnits("relu").two_inputs.subs(rho, r))
    assert abs(exact - rectangles([(-12, 0)], r)) < 1e-8
    # the wrong sign and the wrong period are refused
    angle = float(sp.asin(r))
    assert abs(exact - (0.25 - angle / (2 * np.pi))) > 0.02
    assert abs(exact - (0.25 + angle / np.pi)) > 0.02


@pytest.mark.parametrize(
    ("text", "what", "intervals"),
    [
        ("hardtanh", "slope", [(-12, -1), (1, 12)]),
        ("Piecewise((x, x > 2), (x, x < -2), (0, True))", "value", [(-2, 2)]),
        ("hardswish", "value", [(-12, -3)]),
    ],
)
def test_two_inputs_of_any_set_by_a_double_integral(text, what, intervals):
    exact = DeadUnits(text, what=what).two_inputs.subs({q1: 1, q2: 1, rho: sp.Rational(2, 5)})
    assert abs(float(exact) - rectangles(intervals, 0.4)) < 1e-9


def test_orthants_that_are_known():
    relu = DeadUnits("relu")
    for many in range(1, 8):
        assert relu.inputs(many, 0) == sp.Rational(1, 2**many)
        assert relu.inputs(many, HALF) == sp.Rational(1, many + 1)
        assert relu.inputs(many, 1) == HALF
    assert relu.inputs(2, -1) == 0
    assert relu.inputs(5, sp.Rational(-1, 4)) == 0
    assert relu.inputs([[1, 1, 0], [1, 1, 0], [0, 0, 4]]) == sp.Rational(1, 4)
    shifted = DeadUnits("max(x - 1, 0)")
    assert shifted.inputs(3, 0).subs(q, 1) == shifted.one_input.subs(q, 1) ** 3


def test_four_inputs_by_three_formulas():
    """One factor, Plackett's path and imaginary factors against Schlaefli's even formula."""
    relu = DeadUnits("relu")
    factor = relu.inputs(4, sp.Rational(1, 3))
    matrix = sp.Matrix(4, 4, lambda i, j: 1 if i == j else sp.Rational(1, 3))
    from theory.dead_units.joint_probability import _path_orthant

    assert abs(factor.evalf(20) - _path_orthant(matrix).evalf(20)) < 1e-18
    negative = sp.Rational(-1, 5)
    matrix = sp.Matrix(4, 4, lambda i, j: 1 if i == j else negative)
    imaginary = relu.inputs(4, negative).evalf(20)
    assert abs(imaginary - _path_orthant(matrix).evalf(20)) < 1e-18
    # an odd number of variables reduces to the pairs and quadruples among them
    five = relu.inputs(5, negative).evalf(20)
    pair, triple = (relu.inputs(k, negative).evalf(20) for k in (2, 3))
    assert abs(2 * five - (1 - 5 * HALF + 10 * pair - 10 * triple + 5 * imaginary)) < 1e-17


def test_a_general_matrix_of_four_and_what_is_out_of_reach():
    relu = DeadUnits("relu")
    decay = [[HALF ** abs(i - j) for j in range(6)] for i in range(6)]
    four = relu.inputs([row[:4] for row in decay[:4]])
    draws = np.random.default_rng(0).standard_normal((400_000, 4))
    root = np.linalg.cholesky(np.array([row[:4] for row in decay[:4]], dtype=float))
    share = ((draws @ root.T) < 0).all(axis=1).mean()
    p = float(four.evalf(15))
    assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / 400_000)
    with pytest.raises(UndecidedError, match="dead_units computes"):
        relu.inputs(decay)


@pytest.mark.parametrize(
    ("kappa", "value"), [(0, "0.25"), ("1/2", "0.219692349196"), (1, "0.172677802964")]
)
def test_antipodal_inputs_of_relu(kappa, value):
    found = DeadUnits("relu", weight_correlation=kappa).antipodal().evalf(12)
    assert abs(found - sp.Float(value, 15)) < 1e-12
    k = float(sp.S(kappa))
    plus = 0.25 + np.arcsin(k / (np.pi - k)) / (2 * np.pi)
    other = 0.25 + np.arcsin(-k / np.pi) / (2 * np.pi)
    assert k == 0 or min(abs(float(found) - plus), abs(float(found) - other)) > 1e-3


def test_deeper_layers_with_biases_by_the_recursion_of_relu():
    """u and -u in layer 1; in layers 2 to 4 the arc-cosine kernel, less kappa = 1/2 of a mean."""
    variance, cov = 0.7, -0.7 + 2 * 0.1
    for _ in range(3):
        r = cov / variance
        kernel = np.sqrt(1 - r * r) + r * (np.pi - np.arccos(r)) - 0.5
        cov = 0.1 + 2.2 * variance * kernel / (2 * np.pi)
        variance = 0.1 + 1.1 * variance * (1 - 0.5 / np.pi)
    found = DeadUnits("relu", weight_correlation=HALF).antipodal(4, sigma_b2="1/10")
    here = found.subs({q: 0.7, sigma_w2: 2.2}).evalf()
    assert abs(here - (0.25 + np.arcsin(cov / variance) / (2 * np.pi))) < 1e-13
    assert DeadUnits("relu").at_depth(3, 1, sigma_b2=1) == HALF


def test_antipodal_inputs_of_another_activation_by_quadrature():
    """max(x - 1/2, 0) with biases: the correlation and the variance of layer 2 by hand."""
    gain, bias, variance = 1.5, 0.2, 2.0
    phi = lambda x: max(x - 0.5, 0.0)  # noqa: E731
    r = 2 * bias / variance - 1
    with mpmath.workdps(15):
        s = mpmath.sqrt(variance)
        second = mpmath.quad(lambda z: phi(s * z) ** 2 * mpmath.npdf(z), [0.5 / s, 12])
        cross = mpmath.quad(
            lambda x, y: phi(s * x) * phi(s * y) * density(x, y, r), [0.5 / s, 9], [0.5 / s, 9]
        )
        next_variance = gain * second + bias
        correlation = float((gain * cross + bias) / next_variance)
        limit = float(0.5 / mpmath.sqrt(next_variance))
        expected = mpmath.quad(lambda x, y: density(x, y, correlation), [-12, limit], [-12, limit])
    found = DeadUnits("max(x - 1/2, 0)").antipodal(2, sigma_b2="1/5")
    value = found.subs({q: 2, sp.Symbol("sigma_w2", positive=True): sp.Rational(3, 2)})
    assert abs(float(value.evalf(12)) - float(expected)) < 1e-6


def test_depth_leads_to_the_fixed_point():
    """c* of relu at kappa = 1/2 is 0.72663 (the root of a transcendental equation)."""
    theory = DeadUnits("relu", weight_correlation=HALF)
    probability, equation = theory.deep
    c = sp.Symbol("c", real=True)
    star = sp.nsolve(equation.lhs - equation.rhs, c, 0.7)
    assert abs(star - sp.Float("0.7266299342356772", 17)) < 1e-12
    limit = float(probability.subs(c, star))
    gaps = [limit - float(theory.at_depth(k, 0, sigma_b2=0).evalf(15)) for k in (1, 2, 3)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert abs(limit - (0.25 + np.arcsin(0.7266299342356772) / (2 * np.pi))) < 1e-12


def test_layers_that_are_off():
    relu = DeadUnits("relu", weight_correlation=HALF)
    value = relu.layer(3, 10)
    assert value == 1 - sp.Rational(7, 8) ** 10
    assert abs(value - (1 - sp.Rational(1, 2**30))) > 0.2  # 1 - 2^(-N L) is another thing
    assert relu.layer().subs({n: 3, l: 10}) == value
    large = relu.layer(2000, 10**6).evalf(20)
    with mpmath.workdps(700):
        expected = 1 - (1 - mpmath.mpf(2) ** -2000) ** (10**6)
        assert abs(mpmath.mpf(large) / expected - 1) < 1e-18
    assert LayerOff(HALF, 60, 10**9).evalf(15) == pytest.approx(10**9 * 2.0**-60, rel=1e-9)
    assert relu.layer(2000, 10**6).rewrite(sp.Pow).subs(n, 2) is not None


def test_where_the_formula_for_layers_is_exact():
    assert DeadUnits("relu").conditions[0]
    assert not DeadUnits("hardswish").conditions[0]
    assert not DeadUnits("relu6", weight_correlation=1).conditions[0]
    assert DeadUnits("relu6").conditions[0]
    assert not DeadUnits("relu", weights="rademacher").conditions[0]
    assert DeadUnits("relu", weights="uniform").conditions[0]


def test_correlated_columns_make_the_units_of_a_layer_dependent():
    """Two units of correlation -kappa/(2 - kappa): 1/4 + asin/(2 pi) for a layer of two."""
    columns = DeadUnits("relu", weights=Correlated(HALF, axis="column"))
    once = columns.layer(2, 1)
    assert abs(float(once) - (0.25 + np.arcsin(-1 / 3) / (2 * np.pi))) < 1e-14
    with pytest.raises(AssumptionError, match="columns"):
        columns.layer(n, 3)


def alive_on_both(width, depth):
    """P(alive on x and -x) of two layers by enumeration of the signs of layer 1, kappa = 0."""
    total = sp.S.Zero
    for signs in itertools.product((0, 1), repeat=width):
        if 0 < sum(signs) < width:
            total += sp.Rational(1, 2**width)
    # in layer 2 both see independent normal numbers: each unit is on with probability 1/2
    return total * (1 - sp.Rational(1, 2**width)) ** (2 * (depth - 1))


@pytest.mark.parametrize("width", [2, 3, 5])
def test_two_layers_on_a_line_are_exact(width):
    bounds = DeadUnits("relu").born_dead(width, 2)
    a = 1 - sp.Rational(1, 2**width)
    assert bounds.exact
    assert bounds.lower == 1 - 2 * a**2 + alive_on_both(width, 2)
    assert DeadUnits("relu").born_dead(width, 1).upper == 0


@pytest.mark.parametrize("kappa", [-1, 0, HALF, 1])
@pytest.mark.parametrize("dimension", [1, 3])
def test_bounds_are_ordered_and_below_one_input(kappa, dimension):
    theory = DeadUnits("relu", weight_correlation=kappa)
    for width, depth in ((2, 3), (3, 6), (4, 20)):
        bounds = theory.born_dead(width, depth, dimension)
        lower, upper = float(bounds.lower.evalf()), float(bounds.upper)
        assert 0 <= lower <= upper < float(theory.layer(width, depth))


def test_bounds_of_wide_networks_keep_their_digits():
    bounds = DeadUnits("relu").born_dead(2000, 200)
    # to the first order in e = 2^-2000 the upper bound is (L - 2) e
    ratio = bounds.upper / (198 * sp.Float(2, 40) ** -2000)
    assert abs(ratio - 1) < 1e-25
    assert 0 < bounds.lower < bounds.upper * sp.Float(2, 40) ** -1980


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.layer(0, 3), "width = 0"),
        (lambda d: d.layer(3, 0), "depth = 0"),
        (lambda d: d.layer(2.5, 3), "width = 2.5"),
        (lambda d: d.at_depth(0), "depth = 0"),
        (lambda d: d.inputs(3, "-2/3"), "between -1/2 and 1"),
        (lambda d: d.inputs([[1, 2], [2, 1]]), "positive semidefinite"),
        (lambda d: d.inputs([[1, 2]]), "square"),
        (lambda d: d.inputs([[1, 0], [HALF, 1]]), "symmetric"),
        (lambda d: d.inputs([[0, 0], [0, 1]]), "positive"),
        (lambda d: d.inputs(3), "square"),
        (lambda d: DeadUnits(d.mean_field, what="sign"), "'value' or 'slope'"),
        (lambda d: DeadUnits("relu", weight_correlation=1).layer(1, 3), "width >= 2"),
        (lambda d: d.antipodal(sigma_b2=-1), "cannot be negative"),
    ],
    ids=range(13),
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call(DeadUnits("relu"))
    assert "\n" not in str(caught.value)


def test_what_does_not_apply_says_so():
    with pytest.raises(AssumptionError, match="skip connection"):
        DeadUnits(MeanField("relu", skip=1)).layer(3, 3)
    with pytest.raises(AssumptionError, match="dead_study"):
        DeadUnits("relu6").born_dead(3, 3)
    with pytest.raises(AssumptionError, match="normal weights"):
        DeadUnits("relu", weights="uniform").born_dead(3, 3)


def test_an_exponent_of_unknown_sign_is_asked_for():
    with pytest.raises(UndecidedError, match="depends on a"):
        DeadUnits("relu(x)**a")
    assert DeadUnits(Activation("relu(x)**a", a=3)).one_input == HALF
    assert DeadUnits("max(x, 0) - alpha*max(-x, 0)").one_input == 0


def test_texts():
    theory = DeadUnits("relu", weight_correlation="kappa")
    assert repr(theory) == "DeadUnits('relu', weight_correlation=kappa)"
    assert r"\arcsin" in theory.latex()
    assert "Interval(-oo, 0)" in str(theory)
    assert theory.at(kappa=1).weight_correlation == 1
