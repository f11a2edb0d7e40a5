"""SDE ensembles against exact laws and against published values of the Fokker-Planck equation.

Seeds are fixed.  Every statistical comparison allows four standard errors: with another seed each
would fail with probability 6e-5.
"""

import numpy as np
import pytest
import sympy as sp
from scipy import special, stats

from numerics.ensemble import run
from numerics.sde_coordinate import coordinate_of
from numerics.sde_flow import explosion_of, flow, flow_table
from numerics.sde_line import line_paths
from numerics.simulate import simulate
from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError
from theory.reduced_sde import ReducedSDE
from theory.symbols import V, rho

RELU, LINEAR = CovarianceSDE("relu"), CovarianceSDE("linear")
START = np.array([[1.2, 0.3], [0.3, 0.8]])
SHARES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])

#: (c_plus, c_minus, rho0, T): mean, variance and quantiles of rho_T, by a PDE (all digits good).
TABLE = {
    (0, -1, 0.3, 0.5): (
        (0.3084021, 0.25027974),
        (-0.46383763, -0.06330476, 0.41731729, 0.74091544, 0.88596956),
    ),
    (0, -1, 0.3, 1): (
        (0.34155119, 0.34952198),
        (-0.61562215, -0.14199917, 0.53683486, 0.8732626, 0.96367996),
    ),
    (0, -1, 0.3, 2): (
        (0.42464295, 0.40745081),
        (-0.66234649, -0.10612848, 0.74817266, 0.96783594, 0.99486441),
    ),
    (1, -1, 0, 1): (
        (0.42982433, 0.23136714),
        (-0.32539492, 0.07556069, 0.56326252, 0.85281813, 0.95213467),
    ),
    (0, -1, -0.5, 1): (
        (-0.15168246, 0.33863749),
        (-0.82508846, -0.67142699, -0.28744063, 0.33961002, 0.76171709),
    ),
    (0, 0, 0.3, 1): (
        (0.24071052, 0.43493882),
        (-0.80529675, -0.35620051, 0.44037418, 0.85372441, 0.95959473),
    ),
    (0, -2, 0.2, 1): (
        (0.50053928, 0.2164402),
        (-0.24935336, 0.19288674, 0.66072885, 0.89435078, 0.96671943),
    ),
}


def scores(values, mean, variance, quantiles):
    """How many standard errors the mean, the variance and five quantiles are off."""
    n = len(values)
    square = (values - mean) ** 2
    found = [
        (values.mean() - mean) / (values.std() / n**0.5),
        (square.mean() - variance) / (square.std() / n**0.5),
    ]
    below = (values[:, None] <= np.array(quantiles)).mean(axis=0)
    return np.array([*found, *((below - SHARES) / np.sqrt(SHARES * (1 - SHARES) / n))])


def rho_sample(row, paths, **options):
    c_plus, c_minus, start, end = row
    sde = CovarianceSDE("relu", c_plus=c_plus, c_minus=c_minus)
    return simulate(sde, rho0=start, T=end, paths=paths, **options)


@pytest.mark.parametrize("row", [(0, -1, 0.3, 1), (0, -2, 0.2, 1)])
def test_correlation_of_shaped_relu(row):
    (mean, variance), quantiles = TABLE[row]
    sample = rho_sample(row, 200_000)
    assert np.max(np.abs(scores(sample.values, mean, variance, quantiles))) < 4
    wrong = rho_sample((row[0], row[1] / 2, *row[2:]), 200_000)
    assert np.max(np.abs(scores(wrong.values, mean, variance, quantiles))) > 4


@pytest.mark.slow
@pytest.mark.parametrize("row", TABLE)
def test_correlation_of_shaped_relu_with_a_million_paths(row):
    (mean, variance), quantiles = TABLE[row]
    sample = rho_sample(row, 10**6, seed=1)
    assert np.max(np.abs(scores(sample.values, mean, variance, quantiles))) < 4


def test_weak_order_two():
    """Exact law of the angle's mean for kappa = 0, and few steps suffice: h = 1/4."""
    coarse = simulate(RELU, rho0=0.3, T=1, steps=4, paths=10**6, keep="statistics")
    assert abs(coarse.mean - 0.34155119) < 4 * coarse.standard_error + 0.004
    fine = simulate(RELU, rho0=0.3, T=1, steps=16, paths=10**6, keep="statistics", stream=1)
    assert abs(fine.mean - 0.34155119) < 4 * fine.standard_error + 0.004 / 16


def test_angle_of_linear_networks_is_a_martingale():
    sample = simulate(LINEAR, rho0=0.3, T=3, paths=100_000)
    angle = np.arccos(sample.values)
    assert abs(angle.mean() - np.arccos(0.3)) < 4 * angle.std() / 100_000**0.5


def test_entrance_from_minus_one():
    """The law from rho0 = -1 is the limit of those from -1 + eps."""
    limit = simulate(RELU, rho0=-1, T=1, paths=100_000)
    near = simulate(RELU, rho0=-1 + 1e-6, T=1, paths=100_000, stream=1)
    assert stats.ks_2samp(limit.values, near.values).pvalue > 1e-3
    assert limit.values.min() > -1


@pytest.mark.parametrize(
    ("model", "start"),
    [(RELU.angle, np.arccos(0.3)), (RELU.lamperti, -np.arctanh(0.3))],
)
def test_all_coordinates_have_the_same_law(model, start):
    back = np.cos if model is RELU.angle else lambda u: -np.tanh(u)
    values = back(simulate(model, start=start, T=1, paths=50_000).values)
    (mean, variance), quantiles = TABLE[0, -1, 0.3, 1]
    assert np.max(np.abs(scores(values, mean, variance, quantiles))) < 4


def test_log_norm_of_relu_is_normal():
    sample = simulate(RELU, V0=2.0, T=1.5, paths=50_000)
    z = (np.log(sample.values / 2) + 1.5) / np.sqrt(3)
    assert stats.kstest(z, "norm").pvalue > 1e-3


def test_stationary_norm_of_shaped_tanh():
    """b = -8: Gamma of shape 7 and rate 8; and E 1/V tends to b/(b + 2)."""
    sample = simulate(CovarianceSDE("tanh", a=0.5), V0=0.3, T=4, paths=50_000)
    assert stats.kstest(sample.values, stats.gamma(7, scale=1 / 8).cdf).pvalue > 1e-3
    inverse = 1 / sample.values
    assert abs(inverse.mean() - 4 / 3) < 4 * inverse.std() / 50_000**0.5


def test_explosion_probability_and_times():
    """b = 1, V0 = 1: P(T* < oo) = P(2, 1) = 1 - 2/e; P(T* <= t) by Laplace inversion."""
    times, law = [0.5, 1, 2, 4], [0.0265722927608, 0.141831509279, 0.234623021988, 0.261753751641]
    sample = simulate(CovarianceSDE("x + x**3/6"), V0=1, times=times, paths=100_000)
    errors = np.sqrt(np.array(law) * (1 - np.array(law)) / 100_000)
    assert (abs(sample.exploded_by(times) - law) < 4 * errors).all()
    for place, share in enumerate(sample.exploded_by(times)):
        assert np.isinf(sample.values[:, place]).mean() == share
    assert np.isinf(sample.mean).all()
    assert (np.diff(sample.finite) < 0).all()


@pytest.mark.parametrize(("b", "v0"), [(sp.Rational(3, 4), 2.0), (2, 1.0)])
def test_share_of_explosions_in_the_end(b, v0):
    reduced = ReducedSDE(V, b * V * (V - 1), sp.sqrt(2) * V, True, (sp.S.Zero, sp.oo))
    sample = simulate(reduced, start=v0, T=12, paths=50_000, keep="statistics")
    law = special.gammainc(1 + float(b), float(b) * v0)
    share = sample.exploded / 50_000
    assert abs(share - law) < 4 * np.sqrt(law * (1 - law) / 50_000)
    wrong = special.gammainc(float(b), float(b) * v0)
    assert abs(share - wrong) > 4 * np.sqrt(law * (1 - law) / 50_000)


def test_log_det_of_linear_networks_is_normal():
    start = np.array([[1, 0.3, -0.2], [0.3, 0.8, 0.4], [-0.2, 0.4, 1.2]])
    sample = simulate(LINEAR, V0=start, T=0.5, paths=20_000)
    change = np.linalg.slogdet(sample.values)[1] - np.linalg.slogdet(start)[1]
    assert stats.kstest((change + 6 * 0.5) / np.sqrt(6 * 0.5), "norm").pvalue > 1e-3


def test_moments_of_the_linear_matrix_sde():
    """A = E V11 V22, B = E V12^2: A' = 2 B, B' = A + B."""
    sample = simulate(LINEAR, V0=START, T=0.5, paths=200_000)
    v, rate = sample.values, np.array([[0.0, 2.0], [1.0, 1.0]])
    values, vectors = np.linalg.eig(rate)
    start = np.array([START[0, 0] * START[1, 1], START[0, 1] ** 2])
    exact = vectors @ (np.exp(0.5 * values) * np.linalg.solve(vectors, start))
    for found, mean in zip((v[:, 0, 0] * v[:, 1, 1], v[:, 0, 1] ** 2), exact, strict=True):
        assert abs(found.mean() - mean) < 4 * found.std() / 200_000**0.5
    assert (abs(v.mean(axis=0) - START) < 4 * v.std(axis=0) / 200_000**0.5).all()


def test_matrix_sde_has_the_correlation_law():
    """Two and three inputs: rho_12 follows its own SDE, V stays positive semidefinite."""
    start = np.array([[1, 0.3, 0.1], [0.3, 1, -0.4], [0.1, -0.4, 1]])
    (mean, variance), quantiles = TABLE[0, -1, 0.3, 1]
    for m in (2, 3):
        sample = simulate(RELU, V0=start[:m, :m], T=1, paths=30_000)
        assert np.max(np.abs(scores(sample.correlation(), mean, variance, quantiles))) < 4
        assert (np.linalg.eigvalsh(sample.values)[:, 0] > -1e-12).all()
        assert stats.kstest((np.log(sample.values[:, 0, 0]) + 1) / 2**0.5, "norm").pvalue > 1e-3


def test_matrix_explosion_is_that_of_the_norms():
    """With V_12 = V_11 = V_22 there is one norm; with two inputs explosion is more likely."""
    sde = CovarianceSDE("x + x**3/3")
    law = 0.263560063205  # P(T* <= 1) at b = 2, V0 = 1
    error = 4 * np.sqrt(law * (1 - law) / 20_000)
    equal = simulate(sde, V0=np.ones((2, 2)), T=1, paths=20_000)
    assert abs(equal.exploded / 20_000 - law) < error
    two = simulate(sde, V0=np.eye(2), T=1, paths=20_000)
    assert law + error < two.exploded / 20_000 < 2 * law + error


def test_skip_connections_change_time():
    """lambda = 0.6: the plain equation run for (1 - lambda^4) T with kappa/(1 + lambda^2)."""
    skip = simulate(CovarianceSDE("relu", skip=sp.Rational(3, 5)), rho0=0.3, T=1, paths=50_000)
    slow = CovarianceSDE("relu", c_minus=-1 / sp.sqrt(1 + sp.Rational(9, 25)))
    plain = simulate(slow, rho0=0.3, T=1 - 0.6**4, paths=50_000, stream=1)
    assert stats.ks_2samp(skip.values, plain.values).pvalue > 1e-3


def test_residual_networks_are_deterministic():
    """rho(1) from 0.1: 0.31804990356 at gamma = 1."""
    sde = CovarianceSDE("relu", architecture="residual")
    sample = simulate(sde, rho0=0.1, T=1, paths=3)
    np.testing.assert_allclose(sample.values, 0.31804990356, rtol=1e-6)


MODELS = {
    "correlation": (RELU, {"rho0": 0.3}),
    "norm": (CovarianceSDE("x + x**3/3"), {"V0": 1.0}),
    "matrix": (CovarianceSDE("gelu"), {"V0": np.eye(3) + 0.1}),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("random", ["mix", "philox"])
def test_bitwise_independent_of_threads_and_splitting(name, random):
    model, start = MODELS[name]
    options = {"T": 0.25, "seed": 4, "random": random, **start}
    whole = simulate(model, paths=40_000, threads=1, **options)
    for threads in (2, 4):
        again = simulate(model, paths=40_000, threads=threads, **options)
        assert np.array_equal(whole.values, again.values)
        assert np.array_equal(whole.explosion_times, again.explosion_times)
    cuts = ((0, 12_345), (12_345, 27_655))
    parts = [simulate(model, paths=n, first=first, **options) for first, n in cuts]
    assert np.array_equal(whole.values, np.concatenate([p.values for p in parts]))
    other = simulate(model, paths=100, **(options | {"seed": 5}))
    assert not np.array_equal(whole.values[:100], other.values)


def test_records_do_not_disturb_the_paths():
    end = simulate(RELU, rho0=0.3, T=1, steps=64, paths=1000)
    way = simulate(RELU, rho0=0.3, times=[0.25, 0.375, 1], steps=64, paths=1000)
    assert np.array_equal(end.values, way.values[:, 2])
    quarter = simulate(RELU, rho0=0.3, T=0.25, steps=16, paths=1000)
    np.testing.assert_allclose(quarter.values, way.values[:, 0], atol=1e-9)


def test_flow_table_against_runge_kutta():
    coordinate = coordinate_of(RELU.correlation)
    table = flow_table(coordinate, 0.02, 0.0)
    y = np.random.default_rng(0).uniform(-30, 30, 5000)
    error = table(y) - flow(coordinate, y, 0.02, 64)
    assert abs(error).max() < 1e-5  # where the drift enters, at y = -5
    assert abs(error[(y > -3) & (y < 24)]).max() < 2e-6
    assert abs(error[(y > -3) & (y < 8)].mean()) < 1e-8


def test_times_to_explosion_in_closed_form():
    """dV/dt = b V (V - 1) - V (Stratonovich) explodes after -log(1 - (b + 1)/(b V))/(b + 1)."""
    b = 2
    explosion = explosion_of(coordinate_of(CovarianceSDE("x + x**3/3").norm))
    v = np.array([2.0, 10.0, 1e4, 1e20])
    exact = -np.log1p(-(b + 1) / (b * v)) / (b + 1)
    np.testing.assert_allclose(explosion.time(np.log(v)), exact, rtol=1e-3)
    assert explosion_of(coordinate_of(CovarianceSDE("tanh").norm)) is None
    assert explosion_of(coordinate_of(RELU.correlation)) is None


def test_steep_drifts_get_the_steps_they_need():
    """V' = 105 (V^4 - V) + noise: P(explosion) by the scale function, exp(-int 2 g/s^2)."""
    from scipy.integrate import quad

    sde = CovarianceSDE(shaping="x + x**4*n**(-1/2)")
    sample = simulate(sde, V0=1.01, T=1, paths=20_000)

    def scale(v):  # s'(v) = exp(-int 105 (u^4 - u)/u^2 du)
        return np.exp(-105 * (v**3 / 3 - np.log(v)) + 35)

    below, above = quad(scale, 0, 1.01)[0], quad(scale, 1.01, 3)[0]
    law = below / (below + above)
    assert abs(sample.exploded / 20_000 - law) < 4 * np.sqrt(law * (1 - law) / 20_000)


def test_starts_beyond_return():
    """From V0 = 10^6 every path explodes, after 1/(b V0)."""
    for start in (1e6, 1e6 * np.eye(2)):
        sample = simulate(CovarianceSDE("x + x**3/3"), V0=start, T=1, paths=100)
        np.testing.assert_allclose(sample.explosion_times, 5e-7, rtol=1e-3)


def test_no_coordinate():
    reduced = ReducedSDE(V, V, sp.sqrt(V), True, (sp.S.Zero, sp.oo))
    with pytest.raises(InputError, match="no elementary coordinate"):
        line_paths(reduced, 1.0, 0.1, [10])
    free = ReducedSDE(rho, sp.Symbol("k") * rho, 1 - rho**2, True, (sp.S(-1), sp.S.One))
    with pytest.raises(InputError, match="also depends on k"):
        line_paths(free, 0.0, 0.1, [10])


def test_blocks_come_in_order():
    """The runner adds blocks up in order whatever their size."""

    def task(begin, count):
        from numerics.ensemble import Block

        return Block(np.arange(begin, begin + count, dtype=float)[:, None])

    result = run(task, 1000, 17, 64, 4)
    assert np.array_equal(result.values[:, 0], np.arange(17, 1017))
