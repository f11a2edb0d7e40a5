"""Laws by the Fokker-Planck equation against closed forms and published numbers."""

import math

import numpy as np
import pytest
import sympy as sp
from scipy import special, stats

from numerics.law import Law, diffusion_law, law
from numerics.result import load
from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError, PrecisionError
from theory.finite_width import at_width
from theory.symbols import V, rho

X = sp.Symbol("X", real=True)
NOISE = sp.sqrt(2) * V

# law of rho_T of a shaped ReLU: c+, c-, rho_0, T; mean, variance, quantiles 10 25 50 75 90 %,
# by a birth-death chain with exponentially fitted rates and Richardson extrapolation
RHO = [
    ((0, -1, 0.3, 0.5), (0.3084021, 0.25027974),
     (-0.46383763, -0.06330476, 0.41731729, 0.74091544, 0.88596956)),
    ((0, -1, 0.3, 1), (0.34155119, 0.34952198),
     (-0.61562215, -0.14199917, 0.53683486, 0.8732626, 0.96367996)),
    ((0, -1, 0.3, 2), (0.42464295, 0.40745081),
     (-0.66234649, -0.10612848, 0.74817266, 0.96783594, 0.99486441)),
    ((1, -1, 0, 1), (0.42982433, 0.23136714),
     (-0.32539492, 0.07556069, 0.56326252, 0.85281813, 0.95213467)),
    ((0, -1, -0.5, 1), (-0.15168246, 0.33863749),
     (-0.82508846, -0.67142699, -0.28744063, 0.33961002, 0.76171709)),
    ((0, 0, 0.3, 1), (0.24071052, 0.43493882),
     (-0.80529675, -0.35620051, 0.44037418, 0.85372441, 0.95959473)),
    ((0, -2, 0.2, 1), (0.50053928, 0.2164402),
     (-0.24935336, 0.19288674, 0.66072885, 0.89435078, 0.96671943)),
]  # fmt: skip


def shaped(c_plus, c_minus):
    """(drift, noise, variable) of the correlation of a shaped ReLU."""
    kappa = sp.Rational(c_plus - c_minus) ** 2 / (2 * sp.pi)
    nu = kappa * (sp.sqrt(1 - rho**2) - rho * sp.acos(rho))
    return nu - rho * (1 - rho**2) / 2, 1 - rho**2, rho


@pytest.mark.parametrize(("case", "moments", "quantiles"), RHO)
def test_correlation_of_a_shaped_relu(case, moments, quantiles):
    c_plus, c_minus, start, time = case
    found = law(shaped(c_plus, c_minus), start=start, T=time)
    assert np.allclose([found.mean, found.variance], moments, rtol=0, atol=6e-9)
    assert np.allclose(found.quantile([0.1, 0.25, 0.5, 0.75, 0.9]), quantiles, rtol=0, atol=6e-9)
    assert found.error < 1e-11
    assert abs(found.mass - 1) < 1e-12


def test_a_wrong_drift_misses_the_table():
    drift, noise, variable = shaped(0, -1)
    wrong = law((drift + rho * (1 - rho**2), noise, variable), start=0.3, T=1)
    assert abs(wrong.mean - RHO[1][1][0]) > 0.1


def test_the_theory_and_its_coordinates_give_one_law():
    sde = CovarianceSDE("relu")
    by_rho = law(sde, "rho", rho0=0.3, T=1)
    by_angle = law(sde, "theta", start=math.acos(0.3), T=1)
    by_line = law(sde, "lamperti", start=-math.atanh(0.3), T=1)
    levels = np.array([0.05, 0.5, 0.95])
    assert np.allclose(np.cos(by_angle.quantile(1 - levels)), by_rho.quantile(levels), atol=1e-10)
    assert np.allclose(-np.tanh(by_line.quantile(1 - levels)), by_rho.quantile(levels), atol=1e-10)
    assert np.allclose(by_rho.in_line.quantile(levels), np.arctanh(by_rho.quantile(levels)))
    assert abs(by_angle.expect(np.cos) - by_rho.mean) < 1e-10


@pytest.mark.parametrize(("start", "time"), [(0.3, 1e-4), (0.3, 1), (-0.9, 3), (0.99, 20)])
def test_the_angle_of_a_linear_network_is_a_martingale(start, time):
    found = law(shaped(0, 0), start=start, T=time)
    assert abs(found.expect("acos(rho)") - math.acos(start)) < 1e-9


def test_a_linear_network_ends_at_one_of_the_ends():
    found = law(shaped(0, 0), start=0.3, T=100)
    assert abs(found.cdf(0.0) - math.acos(0.3) / math.pi) < math.exp(-100 / 8)


@pytest.mark.parametrize("time", [0.05, 1.0])
def test_the_start_minus_one_is_an_entrance(time):
    entering = law(shaped(0, -1), start=-1, T=time)
    near = law(shaped(0, -1), start=-1 + 1e-9, T=time)
    assert entering.error < 1e-9
    levels = np.array([0.1, 0.5, 0.9])
    assert np.allclose(entering.quantile(levels), near.quantile(levels), atol=2e-8)


@pytest.mark.parametrize("gap", [1e-6, 1e-12])
def test_starts_next_to_one_keep_their_digits(gap):
    """Near rho = 1 artanh(rho) of a linear network is a Brownian motion with drift 1/2."""
    found = law(shaped(0, 0), start=1 - gap, T=0.5).in_line
    rounded = 1 - (1 - gap)  # what the start really is
    assert abs(found.start - math.atanh(1 - gap)) < 1e-12
    assert abs(found.mean - (-0.5 * math.log(rounded / 2) + 0.25)) < 1e-4


def test_long_times_collapse_to_one():
    """artanh(rho)/t -> 1/2; at T = 50 almost all mass is within rounding of rho = 1."""
    found = law(shaped(0, -1), start=0.3, T=50).in_line
    assert found.error < 1e-9
    assert abs(found.mean / 50 - 0.5) < 0.02
    assert abs(found.variance / 50 - 1) < 0.1


@pytest.mark.parametrize("time", [1e-3, 0.3, 2.0])
def test_the_norm_of_a_shaped_relu_is_lognormal(time):
    found = law(CovarianceSDE("relu"), "V", V0=1, T=time)
    exact = stats.lognorm(math.sqrt(2 * time), scale=math.exp(-time))
    levels = np.array([0.01, 0.3, 0.5, 0.99])
    assert np.allclose(found.quantile(levels), exact.ppf(levels), rtol=1e-9)
    v = exact.ppf(levels)
    assert np.allclose(found.cdf(v), levels, atol=1e-10)
    assert np.allclose(found.density(v), exact.pdf(v), rtol=1e-8)
    assert abs(found.mean - 1) < found.mean_error + 1e-12 < 1e-5
    assert abs(found.variance - exact.var()) <= found.variance_error


def test_moments_that_rare_states_decide_are_refused():
    found = law(CovarianceSDE("relu"), "V", V0=1, T=8)
    assert found.variance is None
    with pytest.raises(PrecisionError, match="probability below 1e-12"):
        found.expect("V**2")


# P(T* <= t), by numerical inversion of the Laplace transform with 25 digits: b, V_0, t
EXPLODED = [
    (2, 1, 0.25, 0.0065636124368), (2, 1, 0.5, 0.116982955781), (2, 1, 4, 0.323226300549),
    ("3/4", 1, 0.25, 1.90578544444e-5), ("3/4", 1, 1, 0.0985541167928),
    (2, 2, 1, 0.722969659369), (1, 1, 2, 0.234623021988),
]  # fmt: skip


@pytest.mark.parametrize(("b", "start", "time", "probability"), EXPLODED)
def test_the_probability_to_have_exploded(b, start, time, probability):
    found = law((sp.Rational(b) * V * (V - 1), NOISE, V), V0=start, T=time)
    assert abs(found.lost_above - probability) < 2e-11
    assert abs(found.mass + found.lost_above - 1) < 1e-12
    assert found.mean == math.inf
    assert found.quantile(1 - probability / 2) == math.inf


def test_every_explosion_in_the_end():
    """P(T* < oo) = P(1 + b, b V_0), the regularised incomplete Gamma function."""
    found = law((2 * V * (V - 1), NOISE, V), V0=1, T=10)
    assert abs(found.lost_above - special.gammainc(3, 2)) < 1e-9


def test_the_flight_from_far_out_to_infinity_is_short():
    """dX = X^2 dt + dB: from 30 to infinity in 1/30, up to O(30^-4)."""
    barrier = law((X**2, sp.S(1), X), start=1, T=1, absorbing=(None, 30))
    end = law((X**2, sp.S(1), X), start=1, T=1 + 1 / 30)
    assert abs(end.lost_above - barrier.lost_above) < 1e-5
    mirrored = law((-(X**2), sp.S(1), X), start=-1, T=1)
    ahead = law((X**2, sp.S(1), X), start=1, T=1)
    assert abs(mirrored.lost_below - ahead.lost_above) < 1e-11


@pytest.mark.parametrize(("beta", "start", "time"), [(8, 1, 6), (8, 30, 6), (3, 0.1, 20)])
def test_the_stationary_law_is_gamma(beta, start, time):
    found = law((-beta * V * (V - 1), NOISE, V), V0=start, T=time)
    exact = stats.gamma(beta - 1, scale=1 / beta)
    v = np.array([0.05, 0.4, 1.0, 2.0])
    assert np.allclose(found.cdf(v), exact.cdf(v), atol=1e-8)
    assert abs(found.variance - exact.var()) < 1e-7


@pytest.mark.parametrize(("b", "time"), [(-2, 1.0), (-8, 0.2), (0, 0.5)])
def test_the_inverse_moment_closes(b, time):
    expected = 1 / 0.7 + 2 * time
    if b != -2:
        fixed = b / (b + 2)
        expected = fixed + (1 / 0.7 - fixed) * math.exp((b + 2) * time)
    found = law((b * V * (V - 1), NOISE, V), V0=0.7, T=time)
    assert abs(found.expect("1/V") - expected) < 1e-8


def test_ornstein_uhlenbeck():
    found = law((-X, sp.S(1), X), start=2, T=1)
    exact = stats.norm(2 * math.exp(-1), math.sqrt((1 - math.exp(-2)) / 2))
    x = np.linspace(-2, 3, 11)
    assert np.allclose(found.cdf(x), exact.cdf(x), atol=1e-11)
    assert np.allclose(found.density(x), exact.pdf(x), atol=1e-9)
    assert abs(found.expect(lambda x: x > 0) - exact.sf(0)) < 1e-10


def test_brownian_motion_killed_at_a_barrier():
    found = law((sp.S(0), sp.S(1), X), start=1, T=1, absorbing=(0, None))
    assert abs(found.lost_below - math.erfc(1 / math.sqrt(2))) < 1e-11
    assert abs(found.mean * found.mass - 1) < 1e-9
    two = law((sp.S(0), sp.S(1), X), start=0.5, T=0.1, absorbing=(0, 1))
    series = sum(
        4 / math.pi / k * math.sin(k * math.pi / 2) * math.exp(-(k**2) * math.pi**2 * 0.05)
        for k in range(1, 40, 2)
    )
    assert abs(two.mass - series) < 1e-11
    assert abs(two.lost_below - two.lost_above) < 1e-11


def test_the_reported_error_covers_the_difference_to_a_finer_solution():
    from numerics import fokker_planck, fokker_planck_panels
    from numerics.fokker_planck_coordinate import DiffusionInLine

    drift, noise, variable = shaped(0, -1)
    line = DiffusionInLine(drift, noise, variable, (sp.S(-1), sp.S(1)))
    start = math.atanh(0.3)
    far = (-math.inf, math.inf)
    on, ends = fokker_planck_panels.panels(line, start, 1.0, far, False, 1.0)
    rough = fokker_planck.solve(on, ends, start, 1.0, 1, 20)
    fine = fokker_planck.solve(on, ends, start, 1.0, 1, 48)
    w = np.linspace(-3, 4, 50)
    difference = np.max(np.abs(rough(w) - fine(w)))
    assert 1e-13 < difference < rough.error < 1e-3


def test_save_and_load(tmp_path):
    found = law(CovarianceSDE("relu"), "rho", rho0=0.3, T=1)
    again = load(found.save(tmp_path / "law.npz"))
    assert isinstance(again, Law)
    assert again.mean == found.mean
    assert again.quantile(0.3) == found.quantile(0.3)


def test_presentation():
    found = law(CovarianceSDE("silu"), "V", V0=1, T=1)
    assert "reaches inf before T with probability 0.0985541" in str(found)
    assert repr(found) == "Law(V at T = 1, start 1)"
    assert "tabular" in found.latex()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rho0": 0.3, "T": 0}, "not positive"),
        ({"rho0": 0.3, "T": -1}, "not positive"),
        ({"rho0": 1, "T": 1}, "never leaves"),
        ({"rho0": 1.5, "T": 1}, "outside"),
        ({"T": 1}, "exactly one"),
        ({"rho0": 0.3, "V0": 1, "T": 1}, "exactly one"),
    ],
)
def test_bad_questions(arguments, message):
    with pytest.raises(InputError, match=message):
        law(CovarianceSDE("relu"), "rho", **arguments)


def test_more_bad_questions():
    with pytest.raises(InputError, match="not autonomous"):
        law(CovarianceSDE("silu"), "rho", rho0=0.3, T=1)
    with pytest.raises(InputError, match="also depends on a"):
        law(CovarianceSDE("tanh", a=sp.Symbol("a", positive=True)), "V", V0=1, T=1)
    with pytest.raises(InputError, match="no one-dimensional SDE"):
        law(CovarianceSDE("relu"), "drift", rho0=0.3, T=1)
    with pytest.raises(InputError, match="neither noise nor drift"):
        law(shaped(0, 0), start=-1, T=1)
    with pytest.raises(InputError, match=r"p = 1\.5"):
        diffusion_law(-X, 1, X, 0, 1).quantile(1.5)


# mean of rho_T with the drift of one layer at a width: c+, c-, rho_0, T, n
AT_WIDTH = [
    ((0, -1, "3/10", "1/2", 200), 0.3118),
    ((0, -1, "3/10", 1, 200), 0.3480),
    ((1, -1, 0, 1, 200), 0.4285),
    ((0, -1, "-1/2", 1, 100), -0.1298),
    ((0, -2, "1/5", 1, 150), 0.5370),
    ((0, -2, "1/5", 1, 25), 0.58916),
]


@pytest.mark.parametrize(("case", "mean"), AT_WIDTH)
def test_the_law_at_a_width(case, mean):
    c_plus, c_minus, start, time, width = case
    sde = CovarianceSDE("relu", c_plus=c_plus, c_minus=c_minus)
    found = law(at_width(sde, width), "rho", rho0=float(sp.Rational(start)), T=sp.Rational(time))
    assert abs(found.mean - mean) < (6e-6 if width == 25 else 6e-5)


@pytest.mark.slow
def test_a_smooth_shaping_at_a_width_tends_to_the_limit():
    """E 1/V of shaped tanh, b = -8: fixed point 4/3 in the limit, O(1/n) beside it."""
    sde = CovarianceSDE("tanh", a=sp.Rational(1, 2))
    limit = 4 / 3 + (1 - 4 / 3) * math.exp(-6)
    gaps = [n * (law(at_width(sde, n), "V", V0=1, T=1).expect("1/V") - limit) for n in (400, 1600)]
    assert gaps[0] == pytest.approx(gaps[1], rel=0.05)
