"""The symbolic spectrum of the Jacobian against published moments, edges and free convolution."""

import mpmath
import pytest
import sympy as sp

from theory.curvature import Curvature, g0, kappa0
from theory.errors import InputError, UnknownNameError
from theory.spectrum import JacobianSpectrum
from theory.spectrum.jacobian import DEPTH as L
from theory.spectrum.reversion import reduced_moment
from theory.spectrum.weights import z
from theory.symbols import l, q, sigma_w2


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
@pytest.mark.parametrize("k", range(1, 7))
def test_linear_gaussian_moments_are_the_fuss_catalan_numbers(depth, k):
    moment = JacobianSpectrum("linear").moment(k).subs({L: depth, sigma_w2: 1})
    assert moment == sp.binomial((depth + 1) * k, k) / (k * depth + 1)


@pytest.mark.parametrize(
    ("name", "weights", "m2"), [("relu", "gaussian", 17), ("linear", "gaussian", 9),
                          ("relu", "orthogonal", 9)],
)  # fmt: skip
def test_second_moments_at_depth_8(name, weights, m2):
    spectrum = JacobianSpectrum(name, weights)
    critical = 1 / spectrum.mu(1)
    assert spectrum.m2.subs({L: 8, sigma_w2: critical}) == m2
    assert spectrum.m1.subs({L: 8, sigma_w2: critical}) == 1


@pytest.mark.parametrize(("weights", "s_1"), [("gaussian", -1), ("orthogonal", 0)])
def test_variance_and_its_mutations(weights, s_1):
    spectrum = JacobianSpectrum("erf", weights)
    ratio = (1 + 4 * q) / sp.sqrt(1 + 8 * q)
    at = {q: sp.Rational(3, 7), L: 12, sigma_w2: sp.Rational(13, 10)}
    expected = spectrum.m1**2 * L * (ratio - 1 - s_1)
    assert abs(sp.N((spectrum.variance - expected).subs(at), 30)) < 1e-25
    difference = spectrum.m2 - spectrum.m1**2 - spectrum.variance
    assert abs(sp.N(difference.subs(at), 30)) < 1e-25
    wrong = spectrum.m1**2 * ratio**L - spectrum.m2
    assert abs(sp.N(wrong.subs(at), 30)) > 1e-3


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "hardtanh", "abs(x)"])
def test_closed_s_transforms_invert_psi(name):
    spectrum = JacobianSpectrum(name)
    w = sp.Rational(1, 7)
    at = {q: sp.Rational(4, 3)}
    u = (spectrum.slope_s_transform * z / (1 + z)).subs(z, w).subs(at)
    psi = sum(a.mass * a.value * u / (1 - a.value * u) for a in spectrum.slope_atoms)
    assert abs(sp.N(psi.subs(at) - w, 30)) < 1e-28


def test_moments_agree_with_a_contour_integral_of_the_s_transform():
    # m_k = (1/k) [w^(k-1)] (w/chi)^k with chi = w S/(1 + w), S closed for two-valued slopes
    spectrum = JacobianSpectrum("leaky_relu", "orthogonal")
    s = sp.lambdify(z, spectrum.s_transform.subs({L: 4, sigma_w2: sp.Rational(3, 2)}), "mpmath")
    for k in (1, 2, 3, 5):

        def integrand(w, k=k):
            return ((1 + w) / s(w)) ** k

        with mpmath.workdps(30):
            expected = mpmath.taylor(integrand, 0, k - 1, radius=0.01, method="quad")[-1] / k
        found = spectrum.moment(k).subs({L: 4, sigma_w2: sp.Rational(3, 2)})
        assert abs(sp.N(found, 30) / expected - 1) < 1e-12, k


def test_the_edge_is_the_one_of_fuss_and_catalan():
    edge = JacobianSpectrum("linear").largest.subs({L: 8, sigma_w2: 1})
    assert sp.simplify(edge - sp.Rational(9**9, 8**8)) == 0


def test_hard_tanh_edge_of_the_literature():
    spectrum = JacobianSpectrum("hardtanh", "orthogonal")
    variance = 1 / (2 * sp.erfinv(sp.Rational(9, 10)) ** 2)  # P(|h| < 1) = 9/10
    edge = spectrum.largest.subs({L: 20, sigma_w2: sp.Rational(10, 9)}).subs(q, variance)
    assert abs(sp.N(edge, 20) - sp.Float("5.888965170312104", 20)) < 5e-15


@pytest.mark.parametrize(
    ("name", "coefficient", "power"),
    [("erf", 8, 2), ("tanh", 8, 2), ("elu", 2 - 2 / sp.pi, 1), ("gelu", 32 / sp.pi, 1)],
)
def test_isometry_defect_at_small_variance(name, coefficient, power):
    spectrum = JacobianSpectrum(name, "orthogonal")
    found = spectrum.isometry
    assert sp.simplify(found.coefficient - coefficient) == 0
    assert found.power == power
    small = sp.Rational(1, 10**6)
    ratio = sp.N((spectrum.mu(2) / spectrum.mu(1) ** 2 - 1).subs(q, small), 30)
    assert abs(ratio / (coefficient * small**power).evalf() - 1) < 5e-3


def test_isometry_verdicts():
    assert JacobianSpectrum("linear", "orthogonal").isometry.exact
    assert JacobianSpectrum("abs(x)", "orthogonal").isometry.exact
    for name in ("relu", "leaky_relu", "sign(x)"):
        found = JacobianSpectrum(name, "orthogonal").isometry
        assert not found.exact
        assert not found.approached
    assert JacobianSpectrum("hardtanh", "orthogonal").isometry.approached
    assert not JacobianSpectrum("linear").isometry.approached


def test_moments_are_infinite_where_slopes_are_too_singular():
    spectrum = JacobianSpectrum("sign(x)*abs(x)**(3/4)")
    assert spectrum.m1.is_finite is not False
    assert spectrum.m2 is sp.oo
    assert spectrum.variance is sp.oo
    assert JacobianSpectrum("sign(x)").m1 is sp.oo


def test_symbolic_parameters_are_kept():
    alpha = sp.Symbol("alpha")
    spectrum = JacobianSpectrum("max(x,0) - alpha*max(-x,0)")
    (parameter,) = spectrum.activation.parameters
    assert sp.simplify(spectrum.mu(2) - (1 + parameter**4) / 2) == 0
    assert spectrum.s_transform is not None
    assert alpha.name == parameter.name


def test_reversion_agrees_for_numbers_and_symbols():
    r = sp.symbols("r1:5")
    values = [1.3, 2.2, 4.1, 9.5]
    for power in (0, 1):
        exact = reduced_moment(5, r, L, power).subs(dict(zip(r, values, strict=True))).subs(L, 7)
        with mpmath.workdps(30):
            number = reduced_moment(5, [mpmath.mpf(v) for v in values], mpmath.mpf(7), power)
        assert abs(float(exact) / float(number) - 1) < 1e-12


def test_bad_input_is_one_sentence():
    with pytest.raises(UnknownNameError, match="gaussian, orthogonal"):
        JacobianSpectrum("relu", weights="sparse")
    with pytest.raises(InputError, match="order 1, 2, 3"):
        JacobianSpectrum("relu").moment(0)


def test_equations_print():
    for name in ("relu", "tanh", "sign(x)"):
        for weights in ("gaussian", "orthogonal"):
            spectrum = JacobianSpectrum(name, weights)
            assert "aligned" in spectrum.latex()
            assert "S-transform" in str(spectrum)


# curvature


def test_curvature_recursion_from_the_fourth_derivative():
    # k(t) = q - g t^2/2 + k4 t^4/24; F(k) = F(q) + chi_1 (k - q) + chi_2 (k - q)^2/2
    t, g, k4, chi_1, chi_2 = sp.symbols("t g k4 chi_1 chi_2", positive=True)
    k = -g * t**2 / 2 + k4 * t**4 / 24
    image = sp.expand(chi_1 * k + chi_2 * k**2 / 2)
    speed = -2 * image.coeff(t, 2)
    fourth = 24 * image.coeff(t, 4)
    assert sp.simplify(speed - chi_1 * g) == 0
    expected = k4 / g**2 / chi_1 + 3 * chi_2 / chi_1**2
    assert sp.simplify(fourth / speed**2 - expected) == 0


@pytest.mark.parametrize("name", ["erf", "gelu"])
def test_closed_curvature_solves_its_recursion(name):
    curvature = Curvature(name)
    at = {q: sp.Rational(2, 3), sigma_w2: sp.Rational(9, 4), g0: 1, kappa0: sp.Rational(1, 5)}
    value = curvature.curvature.subs(l, 0).subs(at)
    for layer in range(1, 5):
        value = curvature.next_layer(1, value)[1].subs(at)
        assert abs(sp.N(curvature.curvature.subs({l: layer}).subs(at) - value, 25)) < 1e-20


def test_curvature_limits_by_phase():
    curvature = Curvature("erf")
    chaotic = {q: sp.S.One, sigma_w2: sp.S(4), kappa0: sp.S.One}
    deep = curvature.curvature.subs(l, 400).subs(chaotic)
    assert abs(sp.N(deep / curvature.limits["chaotic"].subs(chaotic), 20) - 1) < 1e-15
    assert curvature.limits["ordered"] is sp.oo
    assert curvature.critical_curvature.coeff(l) == 3 * curvature.chi_2
    assert Curvature("relu").curvature is sp.oo
    assert Curvature("linear").limits["critical"] == kappa0
