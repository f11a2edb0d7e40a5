"""Finite networks: exact-in-law sampling against drawn weights and against exact moments.

Statistical tests use fixed seeds; with other seeds each would raise a false alarm with a
probability of at most ALPHA (Kolmogorov-Smirnov) or 6e-5 (four standard errors).
"""

import numpy as np
import pytest
from scipy import integrate, stats

from numerics.propagate import propagate
from numerics.simulate import simulate
from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError
from theory.network import Network

ALPHA = 1e-3
START = np.array([[1.2, 0.3], [0.3, 0.8]])


def statistics(sample):
    """Five statistics of two inputs."""
    v = sample.values
    rho = sample.correlation()
    return {
        "log V11": np.log(v[:, 0, 0]),
        "log V22": np.log(v[:, 1, 1]),
        "rho": rho,
        "log det": np.log(v[:, 0, 0] * v[:, 1, 1] * (1 - rho**2)),
        "V12": v[:, 0, 1],
    }


NETWORKS = {
    "shaped relu": Network("relu", 16, 10),
    "shaped tanh": Network("tanh", 16, 10, a=0.5),
    "gelu with bias": Network("gelu", 16, 6, sigma_w2=2, sigma_b2=0.1),
    "skip": Network("relu", 16, 10, skip=0.6, c_plus=1),
    "residual": Network("tanh", 16, 10, architecture="residual", gamma=1.5),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_same_law_as_with_drawn_weights(name):
    exact = simulate(NETWORKS[name], V0=START, samples=4000, seed=1)
    brute = simulate(NETWORKS[name], V0=START, samples=1500, seed=2, method="brute")
    drawn = statistics(brute)
    for what, values in statistics(exact).items():
        assert stats.ks_2samp(values, drawn[what]).pvalue > ALPHA, what


def test_the_comparison_has_power():
    """A network one layer deeper, or of a width 12 instead of 16, is told apart."""
    here = simulate(Network("relu", 16, 10), V0=START, samples=4000)
    for other in (Network("relu", 16, 16), Network("relu", 10, 10)):
        there = statistics(simulate(other, V0=START, samples=4000, seed=3))
        mine = statistics(here)
        assert min(stats.ks_2samp(mine[k], there[k]).pvalue for k in mine) < 1e-6


def z_score(values, mean):
    return abs(np.mean(values) - mean) / (np.std(values) / np.sqrt(len(values)))


def test_mean_of_v_is_conserved_by_shaped_relu():
    sample = simulate(Network("relu", 40, 20, c_plus=1, c_minus=-0.5), V0=START, samples=20_000)
    for i in (0, 1):
        assert z_score(sample.values[:, i, i], START[i, i]) < 4


def test_moments_of_linear_networks():
    """(E V11 V22, E V12^2) is multiplied by I + M/n in every layer, M = [[0, 2], [1, 1]]."""
    n, depth = 30, 15
    v = simulate(Network("linear", n, depth), V0=START, samples=40_000).values
    step = np.eye(2) + np.array([[0, 2], [1, 1]]) / n
    start = START[0, 0] * START[1, 1], START[0, 1] ** 2
    a, b = np.linalg.matrix_power(step, depth) @ start
    assert z_score(v[:, 0, 0] * v[:, 1, 1], a) < 4
    assert z_score(v[:, 0, 1] ** 2, b) < 4
    wrong = np.linalg.matrix_power(np.eye(2) + np.array([[0, 1], [1, 0]]) / n, depth) @ start
    assert z_score(v[:, 0, 0] * v[:, 1, 1], wrong[0]) > 4


def test_log_det_of_linear_networks():
    """Increments are sums of log chi^2: mean and variance by digamma and trigamma."""
    from scipy.special import digamma, polygamma

    n, depth, m = 20, 12, 3
    start = np.eye(m) + 0.2
    v = simulate(Network("linear", n, depth), V0=start, samples=20_000).values
    freedom = (n - np.arange(m)) / 2
    mean = depth * np.sum(digamma(freedom) + np.log(2 / n))
    spread = depth * np.sum(polygamma(1, freedom))
    change = np.linalg.slogdet(v)[1] - np.linalg.slogdet(start)[1]
    assert z_score(change, mean) < 4
    assert z_score((change - mean) ** 2, spread) < 4


def test_wide_networks_follow_the_mean_field():
    net = Network("tanh", 20_000, 5, sigma_w2=1.5, sigma_b2=0.05)
    sample = simulate(net, V0=[[1, 0.5], [0.5, 1]], samples=4, layers=range(6))
    path = propagate("tanh", 1.5, 0.05, depth=5, q0=1.0, c0=0.5)
    np.testing.assert_allclose(sample.values[:, :, 0, 0].mean(0), path.q, rtol=0.02)
    np.testing.assert_allclose(sample.correlation().mean(0), path.c, atol=0.02)


def test_skip_connections_start_at_v0_and_keep_its_time_change():
    """lambda = 0.6: log V has drift and half variance 1 - lambda^4, up to O(1/n)."""
    net = Network("relu", 60, 60, skip=0.6)
    sample = simulate(net, V0=START, samples=4000, layers=[0, 60])
    np.testing.assert_allclose(sample.values[:, 0], np.broadcast_to(START, (4000, 2, 2)))
    change = np.log(sample.values[:, 1, 0, 0] / START[0, 0])
    assert abs(change.mean() + (1 - 0.6**4)) < 0.12
    assert abs(change.var() - 2 * (1 - 0.6**4)) < 0.25


def test_residual_networks_follow_their_flow():
    """Infinite width, 100 layers: V' = V + gamma^2/d (2 E relu(u) relu(v)), iterated here."""
    gamma, depth, rho, norm = 1.5, 100, 0.1, 1.0
    for _ in range(depth):
        kernel = (np.sqrt(1 - rho**2) + (np.pi - np.arccos(rho)) * rho) / np.pi
        grown = 1 + gamma**2 / depth
        rho, norm = (rho + gamma**2 / depth * kernel) / grown, norm * grown
    net = Network("relu", 2000, depth, architecture="residual", gamma=gamma)
    sample = simulate(net, rho0=0.1, samples=200)
    assert abs(sample.mean - rho) < 4 * sample.standard_error
    assert sample.standard_error < 3e-3
    flow = CovarianceSDE("relu", architecture="residual", gamma=gamma)
    assert simulate(flow, rho0=0.1, T=1, paths=1).mean == pytest.approx(0.49315606654, abs=1e-6)


def test_the_flow_of_a_residual_network_without_closed_form():
    """dV/dt = E tanh(u) tanh(v)/E tanh(g)^2, against SciPy's integrator and quadrature."""
    z, w = np.polynomial.hermite_e.hermegauss(160)
    w = w / w.sum()

    def velocity(_, v):
        a, c, b = v
        second = (c * z[:, None] / np.sqrt(a)) + np.sqrt(b - c**2 / a) * z[None, :]
        first, both = np.tanh(np.sqrt(a) * z), np.tanh(second)
        unit = w @ np.tanh(z) ** 2
        return (
            w @ first**2 / unit,
            (w * first) @ both @ w / unit,
            w @ np.tanh(np.sqrt(b) * z) ** 2 / unit,
        )

    end = integrate.solve_ivp(velocity, (0, 1), (1.2, 0.3, 0.8), rtol=1e-9, atol=1e-9).y[:, -1]
    sde = CovarianceSDE("tanh", architecture="residual")
    value = simulate(sde, V0=START, T=1, paths=3).values
    np.testing.assert_allclose(value[2][[0, 0, 1], [0, 1, 1]], end, rtol=1e-6)


def test_the_activation_zero_is_refused():
    with pytest.raises(InputError, match="activation is 0"):
        Network("x*0", 4, 4, shaping=False)


def test_equal_and_collinear_inputs_stay_so():
    """Nothing is added to a singular V: equal inputs stay equal, bit by bit."""
    start = np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])
    for skip in (0, 0.5):
        v = simulate(Network("tanh", 20, 10, skip=skip), V0=start, samples=50).values
        assert np.array_equal(v[:, 0, 0], v[:, 1, 1])
        assert np.array_equal(v[:, 0, 0], v[:, 0, 1])
        assert np.array_equal(v[:, 0, 2], v[:, 1, 2])
        assert (np.linalg.eigvalsh(v)[:, 0] > -1e-12).all()
    opposite = simulate(Network("tanh", 20, 10), rho0=-1, samples=50)
    assert (opposite.values == -1).all()


@pytest.mark.parametrize("skip", [0, 0.5])
def test_bitwise_independent_of_threads_and_splitting(skip):
    net = Network("gelu", 30, 8, skip=skip)
    options = {"V0": np.eye(3) + 0.1, "seed": 5}
    whole = simulate(net, samples=1500, threads=1, **options)
    for threads in (2, 4):
        again = simulate(net, samples=1500, threads=threads, **options)
        assert np.array_equal(whole.values, again.values)
    parts = [
        simulate(net, samples=700, **options),
        simulate(net, samples=800, first=700, **options),
    ]
    assert np.array_equal(whole.values, np.concatenate([p.values for p in parts]))


def test_explosion_is_recorded_not_averaged():
    """phi = x + x^3/6, n = 50: shares .0096, .1107, .2103 by t = .5, 1, 2 (30 000 networks)."""
    net = Network("x + x**3/6", 50, 100)
    sample = simulate(net, V0=1, samples=4000, limit=1e8, layers=[25, 50, 100])
    shares = np.array([0.0096, 0.1107, 0.2103])
    errors = np.sqrt(shares * (1 - shares) * (1 / 4000 + 1 / 30000))
    assert (abs(sample.exploded_by([25, 50, 100]) - shares) < 4 * errors).all()
    assert sample.exploded == np.isinf(sample.values[:, 2, 0, 0]).sum() > 0
    assert np.isinf(sample.mean[2]).all()
    assert np.isfinite(sample.survivors()[1]).all()
    assert set(sample.explosion_times) <= set(range(1, 101))
    pair = simulate(net, rho0=0.5, samples=500, limit=1e8)
    with pytest.raises(InputError, match="exploded or died and have no correlation"):
        _ = pair.mean


@pytest.mark.parametrize("weights", ["rademacher", "uniform", "laplace", stats.norm()])
def test_other_laws_of_the_weights(weights):
    net = Network("tanh", 60, 3, weights=weights)
    sample = simulate(net, V0=START, samples=300, method="brute")
    exact = simulate(Network("tanh", 60, 3), V0=START, samples=2000)
    error = np.hypot(sample.standard_error, exact.standard_error)
    assert (abs(sample.mean - exact.mean) < 5 * error).all()


def test_other_laws_are_not_exact():
    with pytest.raises(InputError, match="method='brute'"):
        simulate(Network("tanh", 10, 3, weights="rademacher"), rho0=0.1, samples=10)


REFUSED = [
    ({"width": 0, "depth": 1}, "width = 0 must be a whole number >= 1"),
    ({"width": 5, "depth": -1}, "depth = -1"),
    ({"width": 5, "depth": 1.5}, "depth = 1.5"),
    ({"width": 1, "depth": 1}, "at width 1 the shaped slope"),
    ({"width": 4, "depth": 1, "c_minus": -3}, "larger width"),
    ({"width": 5, "depth": 1, "skip": 1}, "skip = 1"),
    ({"width": 5, "depth": 1, "architecture": "resnet"}, "'mlp' or 'residual'"),
    ({"width": 5, "depth": 1, "architecture": "residual", "skip": 0.5}, "its own skip"),
    ({"width": 5, "depth": 1, "architecture": "residual", "gamma": 0}, "gamma = 0"),
    ({"width": 5, "depth": 1, "sigma_w2": -1}, "sigma_w2 = -1"),
    ({"width": 5, "depth": 1, "weights": "cauchy"}, "infinite variance"),
    ({"width": 5, "depth": 1, "weights": "cauch"}, "did you mean"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_impossible_networks(arguments, message):
    with pytest.raises(InputError, match=message):
        Network("relu", **arguments)
