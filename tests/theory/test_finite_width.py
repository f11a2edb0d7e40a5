"""One layer of finite width: exact moments, the SDE at a width, the unshaped limit."""

import math

import mpmath
import pytest
import sympy as sp
from scipy import stats

from theory.covariance_sde import CovarianceSDE
from theory.errors import AssumptionError, InputError
from theory.finite_linear import log_determinant_step, second_moment_step, second_moments
from theory.finite_width import at_width, delta_method, kappa, one_step
from theory.residual_fluctuation import asymmetry_kernel, residual_log_norm_variance
from theory.symbols import V, covariance_entry, n, rho
from theory.unshaped import unshaped_limit

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)
LEAKY = "max(x, 0) + alpha*min(x, 0)"

# rho: C, mu_1, sigma_1^2 of ReLU (30-digit quadrature)
RELU = [
    ("-1/2", 0.1089977810442294, 0.2547143354261043, 0.1572501539551192),
    ("0", 1 / mpmath.pi, 0.238732414637843, 0.54405467360948),
    ("3/10", 0.4827442838354876, 0.06451967966397534, 0.6194962274718469),
    ("9/10", 0.9095383988446721, -0.1207810633084492, 0.0536815386700944),
]


def polar(f, r, degree=4):
    """E f(u, v) for f homogeneous and correlation r: E R^2 = 2, E R^4 = 8, times the angles."""
    angle = mpmath.acos(r)
    kinks = [mpmath.pi / 2, 3 * mpmath.pi / 2]
    kinks += [(angle + k) % (2 * mpmath.pi) for k in kinks]
    cuts = sorted([0, *kinks, 2 * mpmath.pi])
    around = mpmath.quad(lambda a: f(mpmath.cos(a), mpmath.cos(a - angle)), cuts)
    return {2: 2, 4: 8}[degree] * around / (2 * mpmath.pi)


@pytest.mark.parametrize(("place", "c", "mean", "variance"), RELU)
def test_one_step_of_relu(place, c, mean, variance):
    found = [float(v) for v in one_step("relu").at(sp.Rational(place))]
    assert found == pytest.approx([float(c), mean, variance], abs=2e-15)


@pytest.mark.parametrize("alpha", ["1/10", "-1/2", "-1"])
@pytest.mark.parametrize("place", ["-3/5", "3/10"])
def test_one_step_of_two_slopes_by_angular_quadrature(alpha, place):
    slope, r = mpmath.mpf(sp.Rational(alpha).p) / sp.Rational(alpha).q, float(sp.Rational(place))

    def phi(y):
        return y if y > 0 else slope * y

    with mpmath.workdps(25):
        c = 2 / (1 + slope**2)
        k22 = c**2 * polar(lambda u, v: phi(u) ** 2 * phi(v) ** 2, r)
        k31 = c**2 * polar(lambda u, v: phi(u) ** 3 * phi(v), r)
        m = c**2 * polar(lambda u, v: phi(u) ** 4, r) - 1
        big = c * polar(lambda u, v: phi(u) * phi(v), r, degree=2)
        vc, vab, vac = k22 - big**2, k22 - 1, k31 - big
        variance = vc + big**2 / 2 * (m + vab) - 2 * big * vac
        mean = 3 * big * m / 4 + big * vab / 4 - vac
    step = one_step(LEAKY.replace("alpha", f"({alpha})"))
    found = [float(v) for v in step.at(sp.Rational(place))]
    assert found == pytest.approx([float(big), float(mean), float(variance)], abs=1e-13)
    assert float(step.norm_variance) == pytest.approx(float(m), abs=1e-13)


def test_a_shorter_bias_is_wrong():
    """Without C (K22 - 1)/4 the bias of the ratio misses the table."""
    c, k22, k31 = 0.4827442838354876, 4 * 0.4888638689553781, 4 * 0.5859564589769072
    short = 0.75 * c * 5 - (k31 - c)
    full = short + 0.25 * c * (k22 - 1)
    assert abs(full - 0.06451967966397534) < 1e-14 < abs(short - full)


def test_one_step_of_a_linear_network():
    step = one_step("linear")
    assert step.map == rho
    assert sp.expand(step.mean + rho * (1 - rho**2) / 2) == 0
    assert sp.expand(step.variance - (1 - rho**2) ** 2) == 0


def test_the_norm_variance_of_two_slopes():
    alpha = sp.Symbol("alpha", real=True)
    expected = 6 * (1 + alpha**4) / (1 + alpha**2) ** 2 - 1
    assert sp.simplify(one_step(LEAKY).norm_variance - expected) == 0


def test_the_delta_method_on_a_known_ratio():
    """log of a mean of n squares: bias -M/(2n), variance M/n."""
    a, m = sp.symbols("a m", positive=True)
    assert delta_method(sp.log(a), [a], [1], sp.Matrix([[m]])) == (-m / 2, m)


def test_other_activations_have_no_one_step_moments():
    with pytest.raises(AssumptionError, match="no chain of its own"):
        one_step("tanh")


@pytest.mark.parametrize("slopes", [(0, -1), (1, -1), (0, -2), ("1/2", "-1")])
def test_kappa_at_a_width(slopes):
    up, down = (sp.Rational(s) for s in slopes)
    found = kappa(CovarianceSDE("relu", c_plus=up, c_minus=down))
    s_up, s_down = 1 + up / sp.sqrt(n), 1 + down / sp.sqrt(n)
    assert sp.simplify(found - n * (s_up - s_down) ** 2 / (s_up**2 + s_down**2) / sp.pi) == 0
    limit = (up - down) ** 2 / (2 * sp.pi)
    assert sp.limit(found, n, sp.oo) == limit
    first = sp.limit(sp.sqrt(n) * (found / limit - 1), n, sp.oo)
    assert first == -(up + down)  # the order n^(-1/2) that a comparison must not lose


def test_the_drift_at_a_width_tends_to_the_limit():
    sde = CovarianceSDE("relu")
    gap = at_width(sde, n).correlation.drift - sde.correlation.drift
    place = sp.Rational(3, 10)
    assert sp.limit(gap.subs(rho, place), n, sp.oo) == 0
    assert at_width(sde, n).norm.drift == 0
    assert at_width(sde, 50).correlation.autonomous


@pytest.mark.parametrize(
    ("activation", "entries"),
    [
        ("tanh", (-1.21875, 0, 0.65625)),
        ("softplus", (0.1142578125, 0.0029296875, -0.0615234375)),
        ("x + 0.4*x**2 - 0.3*x**3", (-0.804375, 0.0075, 0.433125)),
    ],
)
def test_the_drift_of_a_smooth_shaping(activation, entries):
    """n (E V' - V) at n = 10^5 and V = ((1.3, .4), (.4, .7)), a = .8; the limit is published."""
    sde = CovarianceSDE(activation, a=sp.Rational(4, 5))
    values = {V11: sp.Rational(13, 10), V12: sp.Rational(2, 5), V22: sp.Rational(7, 10)}
    drift, limit = at_width(sde, 10**5).drift(2), sde.drift(2)
    for place, entry in zip(((0, 0), (0, 1), (1, 1)), entries, strict=True):
        assert abs(float(limit[place].subs(values)) - entry) < 1e-14
        assert abs(float(drift[place].subs(values).evalf(15)) - entry) < 1.5e-4


def test_the_drift_at_a_width_of_a_polynomial_is_exact():
    """phi = x + x^3/6 in s phi(x/s): moments of a Gaussian by hand, n = s^2 = 4."""
    found = at_width(CovarianceSDE("x + x**3/6"), 4).norm.drift
    second = V + 2 * 3 * V**2 / 24 + 15 * V**3 / 24**2  # E (y + y^3/24)^2
    expected = 4 * (second / second.subs(V, 1) - V)
    assert sp.simplify(found - expected) == 0


def test_skip_connections_scale_the_drift_at_a_width():
    sde = CovarianceSDE("relu", skip=sp.Rational(3, 5))
    plain = kappa(CovarianceSDE("relu"), 100)
    assert sp.simplify(at_width(sde, 100).cross_drift.subs(rho, 0) / sp.sqrt(V11 * V22)) == (
        sp.simplify(plain * sp.Rational(16, 25))
    )


def test_bad_widths():
    with pytest.raises(InputError, match="whole number"):
        at_width(CovarianceSDE("relu"), 0)
    with pytest.raises(AssumptionError, match="no shaping"):
        at_width(CovarianceSDE("relu", architecture="residual"), 100)
    with pytest.raises(AssumptionError, match="not two slopes"):
        kappa(CovarianceSDE("x + x**3/6"), 10)


def test_log_determinant_of_a_linear_layer():
    mean, variance = log_determinant_step(3, 300)
    assert abs(float(300 * mean) + 6.0217784) < 5e-8
    assert abs(float(300 * variance) - 6.0402911) < 5e-8
    one, spread = log_determinant_step(1, 50)
    # E log(chi_n^2/n) by quadrature of the density
    for power, expected in ((1, one), (2, spread + one**2)):
        by_quadrature = stats.chi2(50).expect(lambda y, p=power: math.log(y / 50) ** p)
        assert abs(float(expected) - by_quadrature) < 1e-9
    with pytest.raises(InputError, match="1 <= m <= width"):
        log_determinant_step(5, 4)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_log_determinant_tends_to_the_sde(m):
    mean, variance = log_determinant_step(m, 10**7)
    assert abs(float(10**7 * mean) + m * (m + 1) / 2) < 1e-5
    assert abs(float(10**7 * variance) - 2 * m) < 1e-5


def test_second_moments_of_a_linear_network():
    """Wishart: E V11' V22' = V11 V22 + 2 V12^2/n, E V12'^2 = V12^2 + (V11 V22 + V12^2)/n."""
    assert second_moment_step(n) == sp.Matrix([[1, 2 / n], [1 / n, 1 + 1 / n]])
    assert (n * (second_moment_step(n) - sp.eye(2))).eigenvals() == {2: 1, -1: 1}
    a, b = second_moments(200, 200, (1, 0))
    # t = 1: A = (e^2 + 2/e)/3, B = (e^2 - 1/e)/3
    assert abs(float(a) - float((sp.exp(2) + 2 * sp.exp(-1)) / 3)) < 3e-2
    assert abs(float(b) - float((sp.exp(2) - sp.exp(-1)) / 3)) < 3e-2


@pytest.mark.parametrize(
    ("alpha", "m", "k", "start"),
    [
        ("0", 2, 0.3001054387190354, 44.41321980490211),
        ("1/10", 1.96078815802, 0.240678619171, 69.0533844276492),
        ("-1/2", 1.36, 0.540189789694, 13.7077838904019),
        ("-1", 1, 0.600210877438, 11.1033049512255),
    ],
)
def test_unshaped_limit(alpha, m, k, start):
    """40-digit angular quadrature at 1 - rho = 1e-8; here derived and exact."""
    found = unshaped_limit(LEAKY.replace("alpha", f"({alpha})"))
    assert float(found.m) == pytest.approx(m, abs=5e-12)
    assert float(found.k) == pytest.approx(k, abs=5e-13)
    assert float(found.start) == pytest.approx(start, abs=5e-13 * start)
    assert found.collapse == -found.m


@pytest.mark.parametrize("alpha", ["0", "-1/2"])
def test_unshaped_coefficients_are_limits_of_one_step(alpha):
    phi = LEAKY.replace("alpha", f"({alpha})")
    found, step, small = unshaped_limit(phi), one_step(phi), sp.Rational(1, 10**8)
    c, mean, variance = (v.evalf(40) for v in step.at(1 - small))
    assert abs((small - (1 - c)) / small ** sp.Rational(3, 2) - found.k) < 1e-3
    assert abs(mean / small + found.m) < 1e-3
    assert abs(variance / small**2 - 4 * found.m) < 1e-2


def test_the_sign_of_the_ito_term():
    found = unshaped_limit("relu")
    q, t = sp.Symbol("q", positive=True), sp.Symbol("t", positive=True)
    assert sp.limit(found.drift / q, t, sp.oo) == 2
    assert found.diffusion == 2 * sp.sqrt(2) * q
    assert sp.simplify(found.drift.subs(q, found.start) - 2 * found.start) == 0
    with pytest.raises(AssumptionError, match="linear"):
        unshaped_limit("linear")


@pytest.mark.parametrize(
    ("gamma", "value"),
    [
        ("1", 6.456631232439),
        pytest.param("3/2", 19.10816652237, marks=pytest.mark.slow),
    ],
)
def test_fluctuation_of_a_residual_network(gamma, value):
    gamma = sp.Rational(gamma)
    found = float(residual_log_norm_variance("relu", gamma, 1).evalf(15))
    assert abs(found - value) < 1e-10 * value
    assert found > 1.1 * 4 * gamma**2  # the martingale part alone is not enough
    assert residual_log_norm_variance("linear", gamma, 1).doit() == 4 * gamma**2


def test_the_asymmetry_kernel():
    r = sp.Rational(1, 3)
    closed = 2 / sp.pi * (3 * r * sp.sqrt(1 - r**2) + (1 + 2 * r**2) * sp.asin(r))
    assert sp.simplify(asymmetry_kernel().subs(rho, r) - closed) == 0
    by_angle = polar(lambda u, v: mpmath.sign(u * v) * u**2 * v**2, mpmath.mpf(1) / 3)
    assert abs(float(closed) - float(by_angle)) < 1e-12
