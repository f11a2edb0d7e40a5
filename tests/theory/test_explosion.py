"""Explosion, its law and the stationary law, against published numbers and other routes."""

import mpmath
import pytest
import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.density_integral import DensityIntegral
from theory.errors import InputError, PrecisionError, UndecidedError
from theory.explosion_thresholds import exact_thresholds
from theory.explosion_time import ExplosionTime
from theory.feller import boundary, explosion_condition
from theory.logistic_norm import logistic_norm
from theory.scale_function import scale_density
from theory.symbols import V0, V, lambda_

ONE = sp.S.One

# b, V0, P(T < oo), E[T | T < oo], L(1)
LAW = [
    ("3/16", 1, 0.1132169149095144, 2.794867386549916, 0.01546905388538924),
    ("1/2", 1, 0.1987480430987992, 1.760806779990966, 0.05044308198584734),
    ("3/4", "1/2", 0.08839820036319872, 1.806033890554251, 0.02056695154467658),
    ("3/4", 1, 0.2373735086493307, 1.392166564502947, 0.07642593932105849),
    ("3/4", 2, 0.5233354681948329, 0.9687082508919186, 0.2343310434972654),
    ("6/pi", 1, 0.3197171663383973, 0.7443281961608108, 0.1640855791849521),
    ("2", 1, 0.3233235838169365, 0.7199300945508171, 0.1691664674400247),
    ("5", 1, 0.3840393451669369, 0.3599699222386925, 0.2723226121404441),
]

# b, V0, P(T <= t) at t = 1/4, 1/2, 1, 2, 4
CDF = [
    ("3/4", 1, (1.90578544444e-5, 0.0116344011687, 0.0985541167928, 0.195117621204, 0.2321672172)),
    ("2", 1, (0.0065636124368, 0.116982955781, 0.263560063205, 0.317109838329, 0.323226300549)),
    ("2", 2, (0.197758160239, 0.569063448274, 0.722969659369, 0.758356358813, 0.761843476608)),
    ("1", 1, (1.430932142683e-4, 0.0265722927608, 0.141831509279, 0.234623021988, 0.261753751641)),
]


def _time(b):
    b = sp.sympify(b)
    return ExplosionTime(logistic_norm(b * V * (V - 1), ONE))


@pytest.mark.parametrize(("b", "start", "probability", "mean", "laplace"), LAW)
def test_published_law(b, start, probability, mean, laplace):
    time, start = _time(b), sp.sympify(start)
    assert float(time.norm.probability.subs(V0, start)) == pytest.approx(probability, rel=1e-14)
    assert time.mean(V0=start) == pytest.approx(mean, rel=1e-13)
    value = time.laplace.subs({lambda_: 1, V0: start}).evalf(16)
    assert float(value) == pytest.approx(laplace, rel=1e-13)


@pytest.mark.parametrize(("b", "start", "values"), CDF)
def test_published_distribution(b, start, values):
    time = _time(b)
    for t, value in zip(("1/4", "1/2", 1, 2, 4), values, strict=True):
        assert time.cdf(t, V0=start) == pytest.approx(value, rel=2e-11)


def test_laplace_transform_solves_its_equation():
    """w = L(V0) solves V^2 w'' + g w' = lambda w, for every solvable drift."""
    for drift in (2 * V * (V - 1), 3 * V**3 - V, sp.sqrt(V) * V - V / 3):
        noise = sp.Rational(3, 4)
        w = logistic_norm(drift, noise).laplace.subs(lambda_, sp.Rational(2, 3))
        g = drift.subs(V, V0)
        residual = noise * V0**2 * w.diff(V0, 2) + g * w.diff(V0) - sp.Rational(2, 3) * w
        assert abs(residual.subs(V0, sp.Rational(5, 4)).evalf(25)) < 1e-20
        far = w.subs(V0, 40000).evalf(20)
        assert abs(far - 1) < 2e-2


@pytest.mark.parametrize(
    "drift", [2 * V * (V - 1), 3 * V**3 - V, V**2 + V / 2, sp.sqrt(V) * V - V]
)
def test_probability_is_the_ratio_of_scale_functions(drift):
    norm = logistic_norm(drift, ONE)
    s = sp.lambdify(V, scale_density(drift), "mpmath")
    start = mpmath.mpf("0.8")
    with mpmath.workdps(25):
        ratio = mpmath.quad(s, [0, start]) / mpmath.quad(s, [0, start, 3, 10, mpmath.inf])
    assert abs(norm.probability.subs(V0, sp.Rational(4, 5)).evalf(20) - ratio) < 1e-15


def test_two_inversions_agree():
    time = _time("2")
    transform = sp.lambdify(lambda_, time.laplace.subs(V0, 1) / lambda_, "mpmath")
    with mpmath.workdps(25):
        other = mpmath.invertlaplace(transform, mpmath.mpf(1), method="dehoog", degree=40)
    assert time.cdf(1, V0=1) == pytest.approx(float(other), rel=1e-10)


def test_density_and_moments_are_consistent():
    time = _time("2")
    p = float(time.norm.probability.subs(V0, 1))
    slope = (time.cdf("1.001", V0=1) - time.cdf("0.999", V0=1)) / 0.002
    assert time.pdf(1, V0=1) == pytest.approx(slope, rel=1e-5)
    second = time.moment(2)(V0=1)
    assert float(time.variance.subs(V0, 1)) == pytest.approx(second - time.mean(V0=1) ** 2)
    step = sp.Rational(1, 10**6)
    values = [time.laplace.subs({lambda_: k * step, V0: 1}).evalf(40) for k in (1, 2, 3)]
    slope = (4 * values[1] - 3 * values[0] - values[2]) / (2 * step)
    assert float(-slope / p) == pytest.approx(time.mean(V0=1), rel=1e-5)


def test_skip_only_changes_the_clock_and_b():
    skipped = CovarianceSDE("sinh(x)", skip="1/2").explosion.time
    plain = _time(sp.Rational(4, 5))
    assert skipped.cdf(1, V0=1) == pytest.approx(plain.cdf(sp.Rational(15, 16), V0=1), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "explodes"),
    [
        ("tanh", False),
        ("atan", False),
        ("sin", False),
        ("erf(sqrt(pi)*x/2)", False),
        ("softplus", True),
        ("silu", True),
        ("gelu", True),
        ("sinh(x)", True),
        ("exp(x) - 1", True),
        ("1 - exp(-x)", True),
        ("relu", False),
        ("linear", False),
    ],
)
def test_explosion_of_activations(name, explodes):
    explosion = CovarianceSDE(name).explosion
    assert explosion.explodes is explodes
    assert explosion.condition == (sp.true if explodes else sp.false)
    if not explodes:
        assert explosion.probability == 0
        assert explosion.time is None
    else:
        assert "strictly between 0 and 1" in explosion.statement


def test_condition_is_three_quarters_phi2_squared_plus_phi3():
    f2, f3 = sp.symbols("f2 f3", real=True)
    y = sp.Symbol("x")
    explosion = CovarianceSDE(y + f2 * y**2 / 2 + f3 * y**3 / 6).explosion
    assert explosion.condition == (3 * f2**2 + 4 * f3 > 0)
    assert explosion.explodes is None
    assert explosion.probability.subs({f2: 0, f3: 1, V0: 1}) == 1 - 2 * sp.exp(-1)
    assert explosion.probability.subs({f2: 0, f3: -1, V0: 1}) == 0


@pytest.mark.parametrize(
    ("shaping", "statement"),
    [
        ("x + cos(x)/sqrt(n)", "converges to its stationary law"),
        ("x + sin(x)/n", "V tends to 0 almost surely"),
        ("x + tanh(x)/n", "V tends to 0 almost surely"),
        ("x + erf(x)/n", "V tends to 0 almost surely"),
        ("x + cos(x)/sqrt(n) + x**3/n", "explodes in finite time almost surely"),
        ("x + x**3/n", "strictly between 0 and 1"),
        ("x + exp(x)/n", "strictly between 0 and 1"),
    ],
)
def test_feller_test_on_general_drifts(shaping, statement):
    assert statement in CovarianceSDE(shaping=shaping).explosion.statement


def test_boundaries():
    log_growth = boundary(V * 3, sp.oo)  # attracts without being reached in finite time
    assert log_growth.attracts
    assert not log_growth.reached
    assert not boundary(V, sp.S.Zero).attracts
    assert boundary(V / 2, sp.S.Zero).attracts
    assert not boundary(sp.S.One - V, sp.S.Zero).attracts
    b = sp.Symbol("b", real=True)
    with pytest.raises(UndecidedError):
        boundary(b * V, sp.S.Zero)
    assert explosion_condition(b * V**3 + V**2) == sp.Or(b > 0, sp.Eq(b, 0))
    assert explosion_condition(-(V**2) + 5 * V) == sp.false


@pytest.mark.parametrize(
    ("a", "mean", "variance"), [("0.5", 0.875, 0.109375), ("0.7", 0.755, 0.184975)]
)
def test_stationary_law_of_tanh(a, mean, variance):
    law = CovarianceSDE("tanh", a=a).stationary
    assert law.name == "Gamma"
    assert float(law.mean) == pytest.approx(mean)
    assert float(law.variance) == pytest.approx(variance)


@pytest.mark.parametrize("name", ["tanh", "isru", "softsign"])
def test_stationary_density(name):
    """It is normalised and its probability current vanishes."""
    sde = CovarianceSDE(name)
    density = sde.stationary.density
    p = sp.lambdify(V, density, "mpmath")
    assert abs(mpmath.quad(p, [0, 0.1, 1, 5, mpmath.inf]) - 1) < 1e-9
    current = sde.norm.drift * density - sp.diff(V**2 * density, V)
    assert abs(current.subs(V, sp.Rational(13, 10)).evalf(20)) < 1e-17
    mean = mpmath.quad(lambda v: v * p(v), [0, 0.1, 1, 5, mpmath.inf])
    assert abs(sde.stationary.mean.evalf(15) - mean) < 1e-8


def test_general_stationary_law_evaluates():
    """The probability current vanishes and the drift has mean 0."""
    sde = CovarianceSDE(shaping="x + cos(x)/sqrt(n)")
    law = sde.stationary
    current = sde.norm.drift * law.speed - sp.diff(V**2 * law.speed, V)
    assert abs(current.subs(V, sp.Rational(3, 2)).evalf(20)) < 1e-15
    total = DensityIntegral(law.speed, sp.oo)
    wave = (DensityIntegral(law.speed * sp.exp(-2 * V), sp.oo) / total).evalf(15)
    mean = law.mean.evalf(15)
    assert abs(-(1 + sp.exp(-2)) / 2 * mean + (1 + wave) / 2) < 1e-12
    assert abs(law.cdf.subs(V, 10**6).evalf(15) - 1) < 1e-6


def test_density_integrals_of_doubly_exponential_densities():
    explosion = CovarianceSDE(shaping="x + exp(x)/n").explosion
    s = sp.lambdify(V, explosion.scale_density, "mpmath")
    with mpmath.workdps(20):
        ratio = mpmath.quad(s, [0, 0.5, 1]) / mpmath.quad(s, [0, 0.5, 1, 2, 4, 8, 14])
    assert abs(explosion.probability.subs(V0, 1).evalf(15) - ratio) < 1e-12
    slope = sp.diff(DensityIntegral(V * sp.exp(-V), V0), V0)
    assert slope == V0 * sp.exp(-V0)
    with pytest.raises(PrecisionError, match="diverges"):
        DensityIntegral(1 / (1 + V), sp.oo).evalf()


@pytest.mark.parametrize(
    ("a", "reason"),
    [("sqrt(2)", "V tends to 0 in probability"), (2, "V tends to 0 almost surely")],
)
def test_no_explosion_is_not_stability(a, reason):
    sde = CovarianceSDE("tanh", a=a)
    assert sde.explosion.explodes is False
    assert sde.stationary is None
    assert reason in sde.stationary_reason


def test_conditional_stationary_law():
    a = sp.Symbol("a", positive=True)
    law = CovarianceSDE("tanh", a=a).stationary
    assert law.condition.subs(a, sp.Rational(1, 2)) == sp.true
    assert law.condition.subs(a, 2) == sp.false
    assert sp.simplify(law.shape - (2 / a**2 - 1)) == 0


def test_inverse_moment_of_the_norm_closes():
    b = sp.Symbol("b", negative=True)
    y = sp.Symbol("x")
    sde = CovarianceSDE(y + b * y**3 / 6)
    assert sp.expand(sde.norm.generator(1 / V) - (-b + (b + 2) / V)) == 0


def test_thresholds():
    explosion = CovarianceSDE("softplus", centre="x0").explosion
    assert explosion.thresholds() == (sp.log(sp.Rational(7, 4)),)
    below, above = (CovarianceSDE("softplus", centre=c).explosion for c in ("1/2", "3/5"))
    assert (below.explodes, above.explodes) == (True, False)
    assert CovarianceSDE("x + k*x**3").explosion.thresholds() == (0,)
    assert CovarianceSDE("silu", centre="x0").explosion.thresholds() is None
    k = sp.Symbol("k", real=True)
    assert exact_thresholds(k**2 > 3) == (-sp.sqrt(3), sp.sqrt(3))
    with pytest.raises(InputError, match="no parameter"):
        CovarianceSDE("silu").explosion.thresholds()


def test_sigmoid_threshold_of_tanh_centre():
    """3/4 phi2^2 + phi3 for tanh at x0: -2 (1 - T^2) + 4 T^2 + 3 T^2 = 0 at T^2 = 2/9."""
    thresholds = CovarianceSDE("tanh", centre="x0").explosion.thresholds()
    expected = sp.atanh(sp.sqrt(2) / 3)
    assert [float(value) for value in thresholds] == pytest.approx(
        [-float(expected), float(expected)]
    )


def test_symbolic_skip_does_not_hide_the_condition():
    lam = sp.Symbol("lam", real=True)
    assert CovarianceSDE("silu", skip=lam).explosion.explodes is True
    assert CovarianceSDE("tanh", skip=lam).explosion.explodes is False


def test_residual_network_blows_up_or_not():
    assert CovarianceSDE("cube", architecture="residual").explosion.explodes is True
    assert CovarianceSDE("relu", architecture="residual").explosion.explodes is False


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: t.cdf(0, V0=1), "a time is a positive number"),
        (lambda t: t.cdf(1, V0=-1), "a start V0 is a positive number"),
        (lambda t: t.moment(0), "order 1, 2"),
    ],
)
def test_bad_questions(call, words):
    with pytest.raises(InputError, match=words):
        call(_time("2"))


def test_parameters_without_assumptions_count_as_real():
    a, y = sp.Symbol("a"), sp.Symbol("x")
    explosion = CovarianceSDE("tanh", a=a).explosion
    assert explosion.explodes is False
    assert explosion.stationary.mean.subs(a, sp.Rational(1, 2)) == sp.Rational(7, 8)
    condition = CovarianceSDE(y + a * y**3).explosion.condition
    assert condition.subs(a, 1) == sp.true
    assert condition.subs(a, -1) == sp.false


def test_no_stationary_law_for_any_value_of_a_parameter():
    sde = CovarianceSDE("x*sigmoid(beta*x)")
    assert sde.stationary is None
    assert "no value" in sde.stationary_reason


def test_moments_of_a_heavy_tailed_stationary_law():
    """x + 1/sqrt(n): g = 1 - V and the density V^-3 e^(-1/V): E V^k = Gamma(2 - k), k < 2."""
    law = CovarianceSDE(shaping="x + 1/sqrt(n)").stationary
    for order in (1, sp.Rational(3, 2), -2):
        assert abs(law.moment(order).evalf(15) - sp.gamma(2 - order).evalf(15)) < 1e-12
    assert law.moment(2) is sp.oo
    assert law.variance is sp.oo
    wave = CovarianceSDE(shaping="x + cos(x)/sqrt(n)").stationary  # density ~ V^(-2.57)
    assert wave.variance is sp.oo
    assert wave.mean.evalf(10).is_finite


def test_stationary_mean_through_an_integral_in_the_density():
    """x + exp(-x^2)/sqrt(n): int dw/(w^2 sqrt(4w + 1)) is elementary, but stays an integral."""
    law = CovarianceSDE(shaping="x + exp(-x**2)/sqrt(n)").stationary
    assert law.density.has(sp.Integral)

    def density(v):
        root = mpmath.sqrt(4 * v + 1)
        primitive = 2 * mpmath.log((root + 1) / (root - 1)) - root / v
        return v ** (-2 - 1 / mpmath.sqrt(5)) * mpmath.exp(primitive)

    places = [-6, -4, -3, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]  # of log V
    moments = [
        mpmath.quad(lambda y, k=k: density(mpmath.exp(y)) * mpmath.exp(y * (k + 1)), places)
        for k in (0, 1)
    ]
    assert float(law.mean.evalf(12)) == pytest.approx(float(moments[1] / moments[0]), rel=1e-10)
    assert law.variance is sp.oo
