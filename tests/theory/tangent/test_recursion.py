"""The recursion of the tangent kernel: tables to all digits, parametrisations, architectures."""

import mpmath
import pytest
import sympy as sp

from theory.errors import AssumptionError, InitheoryError, InputError, UnknownNameError
from theory.mean_field import MeanField
from theory.symbols import n, q, q1, q2, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import K, K_diagonal, L, input_dimension

HALF, TENTH = sp.Rational(1, 2), sp.Rational(1, 10)

#: K^L(c0) of ReLU at sigma_w2 = 2, q = 1, and of erf at the edge of chaos of q = 1/2.
RELU = {
    (2, "-1/2"): "-0.0576688856224373086",
    (3, "0"): "0.685708636282942492",
    (4, "1/10"): "1.1586182296837989",
    (6, "1/2"): "2.46289313245802128",
    (10, "9/10"): "5.81344415029016555",
}
ERF = {
    (2, "-1/2"): "-0.395884158796307078",
    (3, "0"): "0.127235722178041082",
    (5, "1/10"): "0.500431909708330349",
    (8, "1/2"): "1.76062619911785623",
    (10, "9/10"): "4.00208942681482715",
}


@pytest.fixture(autouse=True)
def thirty_digits():
    with mpmath.workdps(30):
        yield


def carried_out(ntk, start, depth, **weights):
    """(K^depth, K^depth(x, x)) of inputs of one variance, by the maps evaluated at numbers."""
    values = {sigma_w2: weights["sigma_w2"], sigma_b2: weights["sigma_b2"]}
    recursion = ntk.recursion
    same = {q1: q, q2: q}
    maps = [
        sp.lambdify([q, rho, K, K_diagonal], expr.subs(same).subs(values), "mpmath")
        for expr in (
            recursion.variance,
            recursion.correlation,
            recursion.ntk,
            recursion.ntk_diagonal,
        )
    ]
    variance, c = (mpmath.mpf(sp.Rational(v).p) / sp.Rational(v).q for v in start)
    state = (variance, c, variance * c, variance)
    for _ in range(depth - 1):
        state = tuple(f(*state) for f in maps)
    return state[2:]


@pytest.mark.parametrize(("place", "printed"), RELU.items(), ids=str)
def test_critical_relu_kernels(place, printed):
    depth, c = place
    found, diagonal = carried_out(NTK("relu"), (1, c), depth, sigma_w2=2, sigma_b2=0)
    assert abs(found - mpmath.mpf(printed)) < 1e-17
    assert diagonal == depth
    if depth <= 4:
        value = NTK("relu").critical_kernel(depth).subs(q, 1).subs(rho, sp.Rational(c))
        assert abs(value.evalf(25) - sp.Float(printed, 20)) < 1e-17


@pytest.mark.parametrize(("place", "printed"), ERF.items(), ids=str)
def test_critical_erf_kernels(place, printed):
    depth, c = place
    edge = MeanField("erf").edge_of_chaos
    point = {name: getattr(edge, name).subs(q, HALF) for name in ("sigma_w2", "sigma_b2")}
    found, diagonal = carried_out(NTK("erf"), (HALF, c), depth, **point)
    assert abs(found - mpmath.mpf(printed)) < 1e-17
    assert abs(diagonal - depth / mpmath.mpf(2)) < 1e-25
    if depth <= 5:
        value = NTK("erf").critical_kernel(depth).subs(q, HALF).subs(rho, sp.Rational(c))
        assert abs(value.evalf(25) - sp.Float(printed, 20)) < 1e-17


def test_two_layers_of_relu_in_closed_form():
    found = NTK("relu").critical_kernel(2).subs(q, 1)
    expected = (sp.sqrt(1 - rho**2) + 2 * rho * (sp.pi - sp.acos(rho))) / sp.pi
    for c in (-HALF, TENTH, sp.Rational(9, 10)):
        assert abs((found - expected).subs(rho, c).evalf(30)) < 1e-28


def test_kernel_of_unequal_norms_is_homogeneous():
    kernel = NTK("relu").kernel(3).subs({sigma_w2: 2, sigma_b2: 0, rho: TENTH})
    assert (
        abs(kernel.subs({q1: 4, q2: 9}).evalf(20) - 6 * sp.Float("0.787871508162058506")) < 1e-15
    )


def test_weights_only_rescale_a_homogeneous_kernel():
    """K_sigma^L = chi^L K_EOC for the same inputs: chi^(L-1) for the same first layer."""
    kernel = NTK("relu").kernel(3).subs({q1: 1, q2: 1, sigma_b2: 0, rho: TENTH})
    ratio = (kernel.subs(sigma_w2, 3) / kernel.subs(sigma_w2, 2)).evalf(25)
    assert abs(ratio - sp.Rational(3, 2) ** 2) < 1e-22


@pytest.mark.parametrize(
    ("weight", "values"),
    [
        (2, {2: "0.261545596972780881", 6: "0.941754245943335023", 10: "1.62298028804318492"}),
        (1, {2: "0.207697064648520587", 6: "0.650863389337676757", 10: "1.09991268123358949"}),
    ],
)
def test_residual_relu_kernels(weight, values):
    ntk, h = NTK("relu", "residual"), sp.Rational(weight, 2)
    law = ntk.depth_law["critical"]
    for depth, printed in values.items():
        found, diagonal = carried_out(ntk, (1, TENTH), depth, sigma_w2=weight, sigma_b2=0)
        assert abs(found / (1 + h) ** (depth - 1) - mpmath.mpf(printed)) < 1e-17
        exact = law.diagonal.subs({q: 1, sigma_w2: weight, L: depth})
        assert exact == (1 + h) ** (depth - 1) * (1 + (depth - 1) * h / (1 + h))
        assert abs(diagonal - exact) < 1e-25


def test_scaled_residual_branches_carry_the_layer():
    kernel = NTK("relu", "scaled-residual").kernel(3)
    start = {q1: 1, q2: 1, sigma_w2: 2, sigma_b2: 0, rho: 1}
    # h_l = 1/l: q doubles, then grows by 3/2; K(x, x) = q (1 + 1/2 + 1/3)
    assert sp.simplify(kernel.subs(start)) == 3 * (1 + HALF + sp.Rational(1, 3))


def test_stable_residual_converges_to_its_differential_equation():
    """c(1), k(1) of relu at T = sigma_w2/2 = 1, from an integration of maps by Euler's rule."""
    maps = NTK("relu", "stable-residual").depth_law["critical"].maps
    point = {sigma_w2: 2, sigma_b2: 0}
    rates = [
        sp.lambdify([q, rho, K, K_diagonal], maps[name].subs(point), "math")
        for name in ("variance", "correlation", "ntk", "ntk_diagonal")
    ]

    def euler(steps):
        state = (1.0, 0.1, 0.1, 1.0)
        for _ in range(steps):
            state = tuple(s + f(*state) / steps for s, f in zip(state, rates, strict=True))
        return mpmath.matrix([state[1], state[2] / state[0], state[3] / state[0]])

    coarse, fine = euler(2000), euler(4000)
    exact = 2 * fine - coarse
    for found, expected in zip(exact, (0.318049903557713, 0.424115397539225, 2.0), strict=True):
        assert abs(found - expected) < 1e-6


def test_standard_parametrisation_changes_the_source_only():
    ours, standard = NTK("erf").recursion, NTK("erf", parametrisation="standard").recursion
    assert standard.slope == ours.slope
    assert standard.covariance == ours.covariance
    moment = (ours.diagonal_source - sigma_b2) / sigma_w2
    assert sp.simplify(standard.diagonal_source - (n * moment + 1)) == 0
    assert standard.start.subs(rho, 0) == 1 - input_dimension * sigma_b2 / sigma_w2
    wide = NTK("erf", parametrisation="standard", width=512).recursion
    assert wide.diagonal_source == standard.diagonal_source.subs(n, 512)


def test_a_convolution_averages_over_its_filter():
    ntk = NTK("relu", "conv", filter_size=5)
    covariance, kernel = ntk.recursion.positions
    assert covariance.rhs.has(sp.Sum)
    assert kernel.rhs.atoms(sp.Indexed)
    assert ntk.recursion.ntk == NTK("relu").recursion.ntk
    assert NTK("relu").recursion.positions is None


def test_a_jump_makes_the_diagonal_infinite():
    recursion = NTK("sign(x)").recursion
    assert recursion.diagonal_slope is sp.oo
    assert recursion.slope.subs({q1: 1, q2: 1, rho: 0, sigma_w2: 1}) == 2 / sp.pi
    rows = {row.name: row for row in recursion.equations()}
    assert "infinite" in rows["ntk_diagonal"].note


@pytest.mark.parametrize("text", ["tanh", "elu", "x*sigmoid(beta*x)"])
def test_definitions_hold_untouched_expectations(text):
    recursion, mf = NTK(text).recursion, MeanField(text)
    assert recursion.definitions["variance"] == sigma_b2 + sigma_w2 * mf.second_moment
    assert recursion.definitions["diagonal_slope"] == sigma_w2 * mf.slope_moment


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: NTK("relu", "transformer"), UnknownNameError, "dense, conv, residual"),
        (lambda: NTK("relu", parametrisation="mup"), UnknownNameError, "ntk, standard"),
        (lambda: NTK("relu", filter_size=3), InputError, "no filter"),
        (lambda: NTK("relu", "conv", filter_size=4), InputError, "odd"),
        (lambda: NTK("relu", width=10), InputError, "standard"),
        (lambda: NTK("relu", parametrisation="standard", width=0), InputError, "positive"),
        (lambda: NTK("relu").kernel(0), InputError, "layers"),
        (lambda: NTK("relu").kernel(True), InputError, "layers"),
        (lambda: NTK("sign(x)").critical_kernel(2), AssumptionError, "no edge of chaos"),
        (lambda: NTK("relu", "residual").critical_kernel(2), AssumptionError, "residual"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, error, word):
    with pytest.raises(error, match=word) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_objects_print_themselves():
    ntk = NTK("relu", "conv", parametrisation="standard", filter_size=5)
    assert (
        repr(ntk) == "NTK('relu', architecture='conv', filter_size=5, parametrisation='standard')"
    )
    assert "1/4" in str(NTK("relu"))
    assert NTK("relu").latex().startswith(r"\begin{aligned}")
    assert NTK("x*sigmoid(beta*x)").at(beta=1).activation.parameters == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"architecture": ["dense"]}, "no architecture"),
        ({"architecture": None}, "no architecture"),
        ({"parametrisation": "standard", "width": "a b"}, "width is a positive integer"),
        ({"parametrisation": "standard", "width": [3]}, "width is a positive integer"),
        ({"parametrisation": "standard", "width": True}, "width is a positive integer"),
        ({"weight_correlation": 1.5}, "exceeds 1"),
        ({"skip": "x"}, "depends on x"),
    ],
)
def test_options_that_do_not_fit_are_one_sentence(options, words):
    with pytest.raises(InitheoryError, match=words):
        NTK("relu", **options)


def test_a_number_of_inputs_is_a_count():
    law = NTK("relu").depth_law["critical"]
    for inputs in ("a b", 0, 1.5, True, [2]):
        with pytest.raises(InitheoryError, match="positive integer"):
            law.condition_number(inputs)


def test_a_phase_that_is_none_gets_one_sentence():
    laws = NTK("relu").depth_law
    assert "edge" not in laws
    with pytest.raises(UnknownNameError, match="'ordered', 'critical', 'chaotic'"):
        laws["edge"]
