"""The covariance SDE against quadrature of one layer, Isserlis and published formulas."""

import itertools

import mpmath
import pytest
import sympy as sp

from theory.activation import activations
from theory.covariance_entries import input_pairs
from theory.covariance_sde import CovarianceSDE
from theory.errors import AssumptionError, InitheoryError, InputError
from theory.symbols import V, covariance_entry, rho, theta, u

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)
ROOT = sp.sqrt(V11 * V22 - V12**2)
RELU = (ROOT - V12 * sp.acos(V12 / sp.sqrt(V11 * V22))) / (2 * sp.pi)

# arguments, critical exponent, drift of V12
GENERAL = [
    ({"activation": "relu"}, sp.S.Half, RELU),
    ({"activation": "relu", "c_plus": 1, "c_minus": -1}, sp.S.Half, 4 * RELU),
    ({"shaping": "x + x**2/sqrt(n)"}, sp.S.Half, V11 * V22 + 2 * V12**2 - 3 * V12),
    ({"shaping": "x + x**3/n"}, sp.S.One, 3 * V12 * (V11 + V22 - 2)),
    (
        {"shaping": "x + sin(x)/n"},
        sp.S.One,
        V12 * (sp.exp(-V11 / 2) + sp.exp(-V22 / 2) - 2 * sp.exp(-sp.S.Half)),
    ),
    (
        {"shaping": "x + cos(x)/sqrt(n)"},
        sp.S.Half,
        sp.exp(-(V11 + V22) / 2) * sp.cosh(V12) - (1 + sp.exp(-2)) * V12 / 2,
    ),
    (
        {"activation": "x + x**4"},
        sp.Rational(1, 6),
        9 * V11**2 * V22**2 + 72 * V11 * V22 * V12**2 + 24 * V12**4 - 105 * V12,
    ),
    ({"activation": "x + x**5"}, sp.Rational(1, 4), 15 * V12 * (V11**2 + V22**2 - 2)),
    ({"shaping": {4: "x**5"}}, sp.Rational(1, 4), 15 * V12 * (V11**2 + V22**2 - 2)),
]


@pytest.mark.parametrize(("arguments", "exponent", "drift"), GENERAL, ids=str)
def test_general_shaping(arguments, exponent, drift):
    sde = CovarianceSDE(**arguments)
    assert sde.critical_exponent == exponent
    matrix = sde.drift(2)
    assert sp.simplify(matrix[0, 1] - drift) == 0
    diagonal = drift.subs({V12: V11, V22: V11})
    assert sp.expand((matrix[0, 0] - diagonal).rewrite(sp.exp)) == 0
    assert matrix[0, 1] == matrix[1, 0]
    assert matrix[1, 1] == matrix[0, 0].subs(V11, V22)


def test_smooth_drift_with_symbolic_derivatives():
    f2, f3 = sp.symbols("f2 f3", real=True)
    a = sp.Symbol("a", positive=True)
    sde = CovarianceSDE(
        sp.Symbol("x") + f2 * sp.Symbol("x") ** 2 / 2 + f3 * sp.Symbol("x") ** 3 / 6, a=a
    )
    expected = (
        f2**2 / 4 * (V11 * V22 + V12 * (2 * V12 - 3)) + f3 / 2 * V12 * (V11 + V22 - 2)
    ) / a**2
    assert sp.expand(sde.drift(2)[0, 1] - expected) == 0
    b = (sp.Rational(3, 4) * f2**2 + f3) / a**2
    assert sp.expand(sde.norm.drift - b * V * (V - 1)) == 0
    assert sde.norm.diffusion == sp.sqrt(2) * V
    mean = sp.sqrt(V11 * V22) * (1 + 2 * rho**2) - sp.Rational(3, 2) * rho * (V11 + V22)
    moved = f2**2 / (4 * a**2) * mean - rho * (1 - rho**2) / 2
    assert sp.simplify(sde.correlation.drift - moved) == 0
    assert not sde.correlation.autonomous


# n (E V' - V) for n -> oo at V = [[1.3, .4], [.4, .7]], a = 0.8 (by quadrature)
QUADRATURE = [
    ("tanh", (-1.21875, 0, 0.65625)),
    ("2*(softplus(x) - log(2))", (0.1142578125, 0.0029296875, -0.0615234375)),
    ("x + 0.4*x**2 - 0.3*x**3", (-0.804375, 0.0075, 0.433125)),
]


@pytest.mark.parametrize(("name", "values"), QUADRATURE)
def test_published_quadrature(name, values):
    drift = CovarianceSDE(name, a="0.8").drift(2)
    at = {V11: sp.Rational(13, 10), V12: sp.Rational(2, 5), V22: sp.Rational(7, 10)}
    for (i, j), value in zip(((0, 0), (0, 1), (1, 1)), values, strict=True):
        assert float(drift[i, j].subs(at)) == pytest.approx(value, abs=1e-14)


@pytest.mark.parametrize(
    "arguments",
    [
        {"activation": "mish"},
        {"activation": "elu"},
        {"activation": "softsign"},
        {"activation": "snake"},
        pytest.param({"activation": "gelu", "centre": 1}, marks=pytest.mark.slow),
        {"shaping": "x + tanh(x)/n"},
        {"shaping": "x + cos(x)/sqrt(n)"},
        pytest.param(
            {"shaping": "x + log(cosh(x))/sqrt(n) + x**2*sigmoid(x)/n"}, marks=pytest.mark.slow
        ),
        {"shaping": "x + sin(x)/n + x**2/sqrt(n)", "normalised": False},
    ],
    ids=str,
)
def test_norm_drift_is_the_limit_of_one_layer(arguments):
    """n^(k* p) (c E phi_s(sqrt(V) Z)^2 - V) by quadrature at two large widths, extrapolated."""
    sde = CovarianceSDE(**arguments)
    power = sde.kernel.order * sde.shaping.exponent
    variance = mpmath.mpf("1.7")
    step = float(sde.shaping.exponent)
    with mpmath.workdps(30):
        values = []
        for width in (10**6, 4 * 10**6, 16 * 10**6):
            phi = sp.lambdify(sp.Symbol("x", real=True), sde.shaping.at(width), _MODULES)
            moment, unit = (_second_moment(phi, q) for q in (variance, mpmath.mpf(1)))
            scale = 1 / unit if sde.normalised else 1
            values.append(
                mpmath.mpf(width) ** mpmath.mpf(str(power)) * (scale * moment - variance)
            )
        ratio = mpmath.mpf(4) ** mpmath.mpf(step)
        first = [(ratio * b - a) / (ratio - 1) for a, b in itertools.pairwise(values)]
        limit = (ratio**2 * first[1] - first[0]) / (ratio**2 - 1)
    exact = float(sde.norm.drift.subs(V, sp.Rational(17, 10)).evalf(20))
    assert float(limit) == pytest.approx(exact, rel=2e-6)


def _sigmoid(y):
    return 1 / (1 + mpmath.exp(-y))


_MODULES = [
    {"sigmoid": _sigmoid, "softplus": lambda y: mpmath.log1p(mpmath.exp(y)), "Phi": mpmath.ncdf},
    "mpmath",
]


def _second_moment(phi, variance):
    root = mpmath.sqrt(variance)
    return mpmath.quad(lambda z: phi(root * z) ** 2 * mpmath.npdf(z), [-12, -5, 0, 5, 12])


def test_diffusion_is_isserlis():
    sigma = CovarianceSDE("relu").diffusion(3)
    index = input_pairs(3)
    v = covariance_entry
    for row, (a, b) in enumerate(index):
        for column, (c, d) in enumerate(index):
            fourth = v(a, b) * v(c, d) + v(a, c) * v(b, d) + v(a, d) * v(b, c)
            assert sp.expand(sigma[row, column] - (fourth - v(a, b) * v(c, d))) == 0


def test_linear_network():
    sde = CovarianceSDE("linear")
    assert sde.critical_exponent is None
    assert sde.angle.drift == 0
    assert sde.angle.diffusion == sp.sin(theta)
    assert sde.lamperti.drift == sp.tanh(u) / 2
    assert sde.log_determinant(3) == (-6, sp.sqrt(6))
    assert CovarianceSDE("hardtanh").drift(2).is_zero_matrix


@pytest.mark.parametrize(
    ("point", "drift", "mu", "sigma"),
    [
        (-0.9, 0.454769199422336, 0.0855, 0.19),
        (-0.5, 0.3044988905221147, 0.1875, 0.75),
        (0, 0.1591549430918953, 0, 1),
        (0.3, 0.09137214191774381, -0.1365, 0.91),
        (0.9, 0.004769199422336038, -0.0855, 0.19),
        (0.99, 0.0001501278665771709, -0.0098505, 0.0199),
    ],
)
def test_relu_correlation(point, drift, mu, sigma):
    correlation = CovarianceSDE("relu").correlation
    assert correlation.autonomous
    at = {rho: sp.Rational(str(point))}
    assert float(correlation.drift.subs(at).evalf()) == pytest.approx(drift + mu, rel=1e-13)
    assert float(correlation.diffusion.subs(at)) == pytest.approx(sigma)


@pytest.mark.parametrize(
    ("c_minus", "zero"),
    [(-1, 0.2252290907213136), (-2, 0.5409371215859476), (-3, 0.7603930984851619)],
)
def test_zero_of_the_relu_drift(c_minus, zero):
    drift = CovarianceSDE("relu", c_minus=c_minus).correlation.drift
    assert abs(drift.subs(rho, sp.Float(zero, 20)).evalf(20)) < 1e-15


def test_relu_angle_and_lamperti():
    sde = CovarianceSDE("relu", c_minus=-2)
    kappa = 2 / sp.pi
    angle = -kappa * (1 - theta * sp.cot(theta))
    assert sp.simplify(sde.angle.drift - angle.rewrite(sp.cos)) == 0
    constant = sp.tanh(u) / 2 + kappa * (-sp.cosh(u)) * (1 + 2 * sp.atan(sp.exp(u)) * sp.sinh(u))
    assert sp.expand(sde.lamperti.drift - constant) == 0
    assert sde.lamperti.diffusion == 1


@pytest.mark.parametrize("name", ["relu", "silu", "elu", "x + x**4"])
def test_coordinates_agree_with_the_generator(name):
    """Itô by the matrix generator: rho, theta, u and log det at a point."""
    sde = CovarianceSDE(name)
    at = {V11: sp.Rational(3, 2), V22: sp.Rational(2, 3), V12: sp.Rational(2, 7)}
    r = V12 / sp.sqrt(V11 * V22)
    here = {rho: r.subs(at), theta: sp.acos(r.subs(at)), u: -sp.atanh(r.subs(at)), **at}
    for reduced, function in (
        (sde.correlation, r),
        (sde.angle, sp.acos(r)),
        (sde.lamperti, -sp.atanh(r)),
    ):
        expected = sde.generator(function).subs(at).evalf(25)
        assert abs(reduced.drift.subs(here).evalf(25) - expected) < sp.Float("1e-18")
    drift, noise = sde.log_determinant(2)
    expected = sde.generator(sp.log(V11 * V22 - V12**2)).subs(at).evalf(25)
    assert abs(drift.subs(at).evalf(25) - expected) < sp.Float("1e-18")
    assert noise == 2


def test_log_determinant_of_relu():
    drift, _ = CovarianceSDE("relu").log_determinant(2)
    nu = (sp.sqrt(1 - rho**2) - rho * sp.acos(rho)) / (2 * sp.pi)
    expected = -3 - 2 * rho * nu / (1 - rho**2)
    value = drift.subs({V11: 4, V22: sp.Rational(1, 4), V12: sp.Rational(3, 5)}).evalf(20)
    assert abs(value - expected.subs(rho, sp.Rational(3, 5)).evalf(20)) < 1e-17


def test_skip_connections():
    lam = sp.Symbol("lam", real=True)
    plain, sde = CovarianceSDE("relu"), CovarianceSDE("relu", skip=lam)
    assert sp.expand(sde.drift(2)[0, 1] - (1 - lam**2) * plain.drift(2)[0, 1]) == 0
    assert sde.diffusion(2).equals((1 - lam**4) * plain.diffusion(2))
    assert sp.expand(sde.generator(sp.log(V11)) + (1 - lam**4)) == 0
    # an MLP run for (1 - lam^4) T with kappa/(1 + lam^2)
    half = CovarianceSDE("relu", skip="1/2").angle
    slower = CovarianceSDE("relu", c_minus=-2 / sp.sqrt(5)).angle
    assert sp.simplify(half.drift - sp.Rational(15, 16) * slower.drift) == 0
    assert half.diffusion == sp.sqrt(15) * sp.sin(theta) / 4


def test_skip_changes_explosion_as_b_over_one_plus_lambda_squared():
    plain = CovarianceSDE("x + x**3/5").explosion.solvable
    skipped = CovarianceSDE("x + x**3/5", skip="1/2").explosion.solvable
    assert skipped.alpha == plain.alpha / (1 + sp.Rational(1, 4))
    assert skipped.gamma == plain.gamma / (1 + sp.Rational(1, 4))
    assert skipped.clock == sp.Rational(15, 16)


def test_stationary_law_with_skip():
    law = CovarianceSDE("tanh", a="1/2", skip="1/2").stationary
    assert float(law.mean) == pytest.approx(0.84375)
    assert float(law.variance) == pytest.approx(0.1318, abs=5e-5)


def test_residual_networks():
    gamma = sp.Symbol("gamma_0", positive=True)
    sde = CovarianceSDE("relu", architecture="residual", gamma=gamma)
    assert sde.norm.drift == gamma**2 * V
    assert sde.diffusion(2).is_zero_matrix
    flow = gamma**2 / sp.pi * (sp.sqrt(1 - rho**2) - rho * sp.acos(rho))
    assert sp.expand(sde.correlation.drift - flow) == 0
    # the MLP whose slopes differ by sqrt(2) gamma has the same correlation flow
    mlp = CovarianceSDE("relu", c_minus=-sp.sqrt(2) * gamma)
    nu = mlp.correlation.drift + rho * (1 - rho**2) / 2
    assert sp.expand(nu - flow) == 0
    smooth = CovarianceSDE("erf", architecture="residual")
    assert sp.simplify(smooth.norm.drift.subs(V, 1)) == 1


@pytest.mark.parametrize(("gamma", "value"), [(1, "0.31804990356"), ("3/2", "0.49315606654")])
def test_residual_correlation_flow(gamma, value):
    drift = CovarianceSDE("relu", architecture="residual", gamma=gamma).correlation.drift
    f = sp.lambdify(rho, drift, "mpmath")
    with mpmath.workdps(20):
        y = mpmath.odefun(lambda t, r: f(r), 0, mpmath.mpf("0.1"))(1)
        assert abs(y - mpmath.mpf(value)) < mpmath.mpf("1e-10")


@pytest.mark.parametrize("name", activations())
def test_every_catalogue_activation_has_an_answer_or_a_reason(name):
    try:
        sde = CovarianceSDE(name)
    except AssumptionError:
        with pytest.raises(AssumptionError, match="give shaping"):
            CovarianceSDE(name)
        return
    assert sde.drift(2).shape == (2, 2)
    assert sde.explosion.explodes in (True, False)
    assert sde.explosion.statement
    assert (sde.stationary is None) == ("speed measure is infinite" in sde.stationary_reason) or (
        sde.explosion.explodes
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"activation": "relu", "skip": 1}, "lambda. < 1"),
        ({"activation": "relu", "architecture": "conv"}, "'mlp' or 'residual'"),
        ({"architecture": "residual"}, "takes an activation"),
        ({"activation": "relu", "architecture": "residual", "skip": "1/2"}, "own skip"),
        ({"shaping": "2*x + x**2/n", "normalised": False}, "must tend to x"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, words):
    with pytest.raises(InputError, match=words):
        CovarianceSDE(**arguments)


@pytest.mark.parametrize("m", [0, -1, 51, True, 1.5])
def test_number_of_inputs(m):
    with pytest.raises(InputError, match="number of inputs"):
        CovarianceSDE("relu").drift(m)


def test_presentation():
    sde = CovarianceSDE("tanh")
    assert repr(sde) == "CovarianceSDE('tanh')"
    assert "covariance SDE of tanh" in str(sde)
    assert sde.correlation.latex().startswith(r"d\rho =")
    assert str(sde.norm) == "dV = (-2*V**2 + 2*V) dt + (sqrt(2)*V) dB"


def test_symbolic_slopes_enter_as_the_square_of_their_difference():
    up, down = sp.symbols("c_plus c_minus", real=True)
    sde = CovarianceSDE("relu", c_plus="c_plus", c_minus="c_minus")
    kappa = (up - down) ** 2 / (2 * sp.pi)
    arc = sp.sqrt(1 - rho**2) - rho * sp.acos(rho)
    gap = sde.correlation.drift - kappa * arc + rho * (1 - rho**2) / 2
    names = {s: {"c_plus": up, "c_minus": down}.get(s.name, s) for s in gap.free_symbols}
    assert sp.expand(gap.xreplace(names)) == 0
    assert not sde.correlation.drift.has(sp.asin)
    cot = sp.cos(theta) / sp.sin(theta)
    gap = sde.angle.drift.xreplace(names) + kappa * (1 - theta * cot)
    assert sp.simplify(gap) == 0


@pytest.mark.parametrize("size", ["1e-3", "1e-6", "1e-9"])
def test_tiny_terms_do_not_vanish(size):
    """tanh(s x)/s has phi_3 = -2 s^2."""
    drift = CovarianceSDE(f"tanh({size}*x)").norm.drift
    assert sp.expand(drift + 2 * sp.Rational(size) ** 2 * V * (V - 1)) == 0


def test_text_says_when_a_formula_is_not_critical():
    assert "supercritical: p = 1/2" in str(CovarianceSDE(shaping="x + sin(x)/sqrt(n)"))
    assert "subcritical: p = 1" in str(CovarianceSDE(shaping="x + x**2/n"))
    assert "critical:" not in str(CovarianceSDE("relu"))
    assert "critical:" not in str(CovarianceSDE("linear"))


def test_formulas_without_second_moment_are_refused():
    with pytest.raises(InitheoryError, match="pole at x = 0"):
        CovarianceSDE(shaping="x + 1/(n*x)")
