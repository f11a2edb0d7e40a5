"""The tangent kernel along the layers against certified digits, limits and other routes."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from numerics.propagate import propagate
from numerics.result import load
from numerics.tangent.digits import ntk_digits
from numerics.two_point import two_point
from theory import symbols
from theory.errors import InputError
from theory.symbols import q as q_symbol
from theory.tangent import NTK
from theory.tangent.symbols import K, K_diagonal, input_dimension
from theory.tangent.symbols import L as depth

HALF, TENTH = sp.Rational(1, 2), sp.Rational(1, 10)
ERF_EDGE = sp.pi * sp.sqrt(3) / 4, HALF - sp.sqrt(3) / 2 * sp.asin(HALF)
RELU = {10: 0.3237087223194727, 100: 0.27329211117993457, 1000: 0.2533546461523555}
RELU |= {10**4: 0.25042356276932676, 10**5: 0.250051007656376}


def test_relu_on_its_edge_of_chaos():
    """K^L/(L q) of Hayou, Doucet & Rousseau's recursion; K^L(x, x) = L q exactly."""
    path = propagate(NTK("relu"), 2, 0, depth=10**5, q0=1.0, c0=0.1)
    for layers, value in RELU.items():
        assert path.ntk[layers - 1] / layers == pytest.approx(value, rel=1e-13)
        assert path.ntk_diagonal[layers - 1] == layers


@pytest.mark.parametrize(
    ("phi", "variances", "q0"), [("relu", (2, 0), 1), ("erf", ERF_EDGE, HALF)]
)
def test_deep_kernels_against_certified_digits(phi, variances, q0):
    rows = [9, 99, 999, 9999]
    exact = ntk_digits(NTK(phi), *variances, depth=9999, q0=q0, c0=TENTH, layers=rows)
    path = propagate(NTK(phi), *variances, depth=9999, q0=float(q0), c0=[0.1, 0.7], layers=rows)
    for row in range(len(rows)):
        assert path.ntk[row, 0] == pytest.approx(float(exact.ntk[row]), rel=2e-15)
        assert path.one_minus_c[row, 0] == pytest.approx(1 - float(exact.c[row]), rel=1e-11)


def test_ten_million_layers_reach_a_third():
    """K/(L q) = 1/3 - log L/L + O(1/L) for erf at q = 1/2 (gamma = -3)."""
    last = 10**7 - 1
    path = propagate(NTK("erf"), *ERF_EDGE, depth=last, c0=0.1, layers=[last])
    assert path.ntk[0] / path.ntk_diagonal[0] == pytest.approx(1 / 3, abs=2e-6)
    assert path.ntk[0] / path.ntk_diagonal[0] < 1 / 3 - 1e-6


@pytest.mark.parametrize("p", [sp.Rational(3, 4), sp.Rational(3, 5), sp.Rational(9, 10)])
def test_power_family_tends_to_its_ratio(p):
    """phi = sgn(x)|x|^p at q = 1: K/(L q) -> (2p - 1)/(4p), with an error like log(L)/L."""
    moment = 2 ** (p - 1) * sp.gamma(p - HALF) / sp.sqrt(sp.pi)
    variances = 1 / (p**2 * moment), (1 - 1 / p) ** 2
    ntk = NTK(f"sign(x)*abs(x)**({p})")
    path = propagate(ntk, *variances, depth=10**5, q0=1.0, c0=0.1, layers=[999, 10**5 - 1])
    printed = {"3/4": 0.1728952807, "3/5": 0.0868303067, "9/10": 0.2498442229}[str(p)]
    assert path.ntk[0] / 1000 == pytest.approx(printed, rel=1e-9)
    limit = float((2 * p - 1) / (4 * p))
    assert abs(path.ntk[1] / 1e5 - limit) < 1e-3 * limit * (4 if p == sp.Rational(9, 10) else 1)


def test_power_family_by_another_route():
    """Two layers of |x|^p, p = 4/5, with mpmath's hypergeometric function."""
    p, c = mpmath.mpf(4) / 5, mpmath.mpf("0.5")
    mean = 2 ** (p / 2) * mpmath.gamma((p + 1) / 2) / mpmath.sqrt(mpmath.pi)
    product = lambda c: mean**2 * mpmath.hyp2f1(-p / 2, -p / 2, 0.5, c * c)  # noqa: E731
    weight = 1.3
    q1 = weight * 2**p * mpmath.gamma(p + 0.5) / mpmath.sqrt(mpmath.pi) + 0.2
    expected = weight * mpmath.diff(product, c) * c + weight * product(c) + 0.2
    path = propagate(NTK("abs(x)**(4/5)"), weight, 0.2, depth=1, q0=1.0, c0=0.5)
    assert path.q[1] == pytest.approx(float(q1), rel=1e-14)
    assert path.ntk[1] == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize("phi", ["tanh", "elu", "hardtanh", "x*erf(x)"])
def test_moving_variances_against_quadrature(phi):
    """Three layers far from the fixed point, by E phi phi and E phi'phi' themselves."""
    from numerics.numeric_activation import numeric_activation

    activation = numeric_activation(phi)
    f, g = activation.jet[:2]
    marks = {"f_features": activation.features, "g_features": activation.features}
    weight, bias, q, c, k = 1.4, 0.1, 2.5, 0.3, 0.75
    path = propagate(NTK(phi), weight, bias, depth=3, q0=q, c0=c)
    for layer in range(1, 4):
        source = bias + weight * two_point(f, f, q, q, c, **marks)
        k = weight * two_point(g, g, q, q, c, **marks) * k + source
        q = bias + weight * float(activation.W(q))
        c = source / q
        assert path.ntk[layer] == pytest.approx(k, rel=1e-12)


def test_many_pairs_agree_with_single_ones():
    c0 = np.linspace(-1, 1, 37)
    several = propagate(NTK("tanh"), 1.8, 0.05, depth=60, q0=1.5, c0=c0)
    for index in (0, 11, 36):
        one = propagate(NTK("tanh"), 1.8, 0.05, depth=60, q0=1.5, c0=c0[index])
        np.testing.assert_allclose(one.ntk, several.ntk[:, index], rtol=2e-12, atol=1e-13)
    np.testing.assert_allclose(several.ntk[:, -1], several.ntk_diagonal[:, -1], rtol=1e-14)


def test_nearly_equal_inputs_on_the_edge():
    """With 1 - c = 1e-12 the kernel at L = 100 is still that of equal inputs: no uniformity."""
    path = propagate(NTK("relu"), 2, 0, depth=99, q0=1.0, one_minus_c0=1e-12)
    assert 0.999 < path.ntk[-1] / 100 < 1


def test_homogeneous_kernels_scale_with_sigma():
    """K^L = (sigma_w2/2)^(L-1) times that of the edge of chaos, from the same first layer."""
    edge, other = (propagate(NTK("relu"), w, 0, depth=20, q0=1.0, c0=0.3) for w in (2, 3))
    np.testing.assert_allclose(other.ntk, 1.5 ** np.arange(21) * edge.ntk, rtol=1e-13)


@pytest.mark.parametrize("weight", [1, 2, 5])
def test_residual_diagonal_and_ratio(weight):
    """K^L(x, x) = (1+h)^(L-1) q (1 + (L-1) r), and K/K(x, x) -> 1/4 for every sigma_w2."""
    h = weight / 2
    path = propagate(NTK("relu", "residual"), weight, 0, depth=10**5, c0=0.1)
    np.testing.assert_allclose(
        path.diagonal_over_q[::1000], 1 + np.arange(0, 10**5 + 1, 1000) * h / (1 + h), rtol=1e-13
    )
    assert path.ntk_ratio[-1] == pytest.approx(0.25, abs=5e-4)
    assert "exceeds" in path.statement


def test_scaled_and_stable_residual_networks():
    """Ratios of the 1/sqrt(l) network; the limit of the 1/sqrt(L) one solves k' = (f'-1)k + f."""
    scaled = propagate(NTK("relu", "scaled-residual"), 8, 0, depth=10**4, c0=0.1)
    assert scaled.ntk_ratio[100] == pytest.approx(0.3052686540089377, rel=1e-13)
    assert scaled.ntk_ratio[10**4] == pytest.approx(0.28689883943600286, rel=1e-13)
    steps = 2000
    stable = propagate(NTK("relu", "stable-residual"), 2, 0, depth=steps, c0=0.1)
    assert stable.ntk_over_q[-1] == pytest.approx(0.424115397539225, abs=1 / steps)
    assert stable.diagonal_over_q[-1] == pytest.approx(2, abs=1 / steps)


def test_standard_parametrisation_is_affine_in_the_width():
    """K_std = slope K_std + n G + 1 from K^1 = n (q c - sigma_b2)/sigma_w2 + 1."""
    n, weight, bias, c = 50, 1.7, 0.2, 0.4
    ntk = NTK("relu", parametrisation="standard", width=n)
    path = propagate(ntk, weight, bias, depth=1, q0=1.0, c0=c)
    angle = np.arccos(c)
    product = (np.sqrt(1 - c * c) + c * (np.pi - angle)) / (2 * np.pi)
    slope = weight * (np.pi - angle) / (2 * np.pi)
    first = n * (c - bias) / weight + 1
    assert path.ntk[0] == pytest.approx(first, rel=1e-14)
    assert path.ntk[1] == pytest.approx(slope * first + n * product + 1, rel=1e-13)


def test_a_jump_makes_the_diagonal_infinite():
    path = propagate(NTK("sign"), 1.5, 0.05, depth=3, q0=1.55, c0=0.3)
    assert np.isinf(path.ntk_diagonal[1:]).all()
    assert np.isfinite(path.ntk).all()
    assert "infinite" in path.statement


def test_ordered_phase_without_bias():
    """tanh at sigma_w2 = 1/2: q -> 0, where the kernel is that of a linear network."""
    path = propagate(NTK("tanh"), 0.5, 0, depth=3000, q0=1.0, c0=0.5)
    assert np.isfinite(path.ntk_over_q).all()
    growth = np.diff(path.ntk_over_q[-10:])
    np.testing.assert_allclose(growth, path.c[-9:], rtol=1e-9)


def test_saved_and_loaded(tmp_path):
    path = propagate(NTK("erf"), 1.5, 0.05, depth=20, c0=0.5)
    again = load(path.save(tmp_path / "path.npz"))
    np.testing.assert_array_equal(again.ntk, path.ntk)
    assert "ntk" in str(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"depth": -1}, "depth"),
        ({"c0": 1.5}, "outside"),
        ({"c0": float("nan")}, "outside"),
        ({"q0": [1.0, 2.0], "c0": [0.1, 0.2, 0.3]}, "broadcast"),
        ({"layers": [3, 2]}, "increase"),
        ({"c0": np.zeros(1000), "depth": 10**6}, "layers="),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises(InputError, match=words):
        propagate(NTK("tanh"), 1.5, 0.05, **{"depth": 5, "q0": 1.0, **options})


def test_residual_networks_need_a_start_and_standard_ones_a_width():
    with pytest.raises(InputError, match="q0"):
        propagate(NTK("tanh", "residual"), 1.5, 0.05, depth=3, c0=0.5)
    with pytest.raises(InputError, match="width"):
        propagate(NTK("relu", parametrisation="standard"), 2, 0, depth=3, c0=0.5)


def test_critical_elu_loses_no_digit():
    """(K/(L q) - 1/3) sqrt(L) -> -b/(5 a^(3/2)) = -0.40266 for ELU at q = 1."""
    edge = NTK("elu").mean_field.edge_of_chaos
    weight, bias = (e.subs(q_symbol, 1) for e in (edge.sigma_w2, edge.sigma_b2))
    last = 10**6
    path = propagate(NTK("elu"), weight, bias, depth=last, q0=1.0, c0=0.1, layers=[last - 1])
    assert (path.ntk[0] / last - 1 / 3) * last**0.5 == pytest.approx(-0.39654, abs=2e-5)


def test_a_pole_of_the_derivative():
    """phi = sqrt|x|: E phi'phi' is finite off the diagonal, K(x, x) is not."""
    half, c = mpmath.mpf(1) / 2, mpmath.mpf("0.3")
    mean = 2 ** (half / 2) * mpmath.gamma((half + 1) / 2) / mpmath.sqrt(mpmath.pi)
    product = lambda c: mean**2 * mpmath.hyp2f1(-half / 2, -half / 2, 0.5, c * c)  # noqa: E731
    expected = 1.3 * mpmath.diff(product, c) * c + 1.3 * product(c) + 0.1
    path = propagate(NTK("sqrt(abs(x))"), 1.3, 0.1, depth=1, q0=1.0, c0=0.3)
    assert path.ntk[1] == pytest.approx(float(expected), rel=1e-9)
    assert path.ntk_diagonal[1] == np.inf


def test_an_overflow_is_said():
    path = propagate(NTK("exp(x)"), 1.3, 0.1, depth=6, q0=1.2, c0=0.3)
    assert "exceeds" in path.statement
    assert path.ntk_diagonal[1] > path.ntk[1] > 0


@pytest.mark.parametrize("parametrisation", ["ntk", "standard"])
@pytest.mark.parametrize(
    "architecture", ["dense", "conv", "residual", "scaled-residual", "stable-residual"]
)
def test_the_symbolic_recursion_gives_the_same_numbers(architecture, parametrisation):
    """Two layers of the recursion that is printed, number by number."""
    width = {"width": 40} if parametrisation == "standard" else {}
    ntk = NTK("erf", architecture, parametrisation, **width)
    path = propagate(ntk, 1.7, 0.2, depth=2, q0=0.9, c0=0.3)
    rule, q, c = ntk.recursion, 0.9, 0.3
    fixed = {symbols.sigma_w2: 1.7, symbols.sigma_b2: 0.2, input_dimension: 40, depth: 2}
    here = {symbols.q1: q, symbols.q2: q, **fixed}
    k, own = (float(rule.start.subs({**here, symbols.rho: r})) for r in (c, 1))
    for layer in (1, 2):
        at = {symbols.q: q, symbols.q1: q, symbols.q2: q, symbols.rho: c, **fixed}
        at |= {symbols.l: layer, K: k, K_diagonal: own}
        k, own = float(rule.ntk.subs(at)), float(rule.ntk_diagonal.subs(at))
        q, c = float(rule.variance.subs(at)), float(rule.correlation.subs(at))
    assert path.ntk[2] == pytest.approx(k, rel=1e-13)
    assert path.ntk_diagonal[2] == pytest.approx(own, rel=1e-13)


def test_a_variance_below_the_range_of_floats_leaves_no_nan():
    found = propagate(NTK("relu"), 1e-300, 0, depth=5, q0=1.0, c0=0.1)
    assert np.isfinite(found.ntk).all()
    assert found.ntk[-1] == found.q[-1] == 0.0
    # K/q is chi_1-free: that of the critical network
    critical = propagate(NTK("relu"), 2, 0, depth=5, q0=1.0, c0=0.1)
    assert np.allclose(found.ntk_over_q, critical.ntk_over_q, rtol=1e-13)


def test_more_layers_than_memory_holds_are_one_sentence():
    with pytest.raises(InputError, match="do not fit into memory"):
        propagate(NTK("relu"), 2, 0, depth=10**30, q0=1.0, c0=0.1)


def test_a_residual_network_whose_variance_grows_far():
    # an independent product rule on equidistant nodes, fifty layers of tanh
    found = propagate(
        NTK("tanh", architecture="residual"), 1, 0.1, depth=50, q0=1.0, c0=[0.1, 0.9]
    )
    exact = [32.687433498043795, 194.74316902604124]
    assert np.allclose(found.ntk[-1], exact, rtol=1e-12)
    assert abs(found.ntk_diagonal[-1, 0] / 2792.8684918151457 - 1) < 1e-12
