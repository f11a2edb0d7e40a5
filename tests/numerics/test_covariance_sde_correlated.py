"""Networks of finite width with correlated weights against the law of their covariance SDE.

Statistics of a network of width n differ from the limit by O(1/n); where that is visible two
widths are extrapolated.  Seeds are fixed; with others each comparison would fail by chance with a
probability of 6e-5 (four standard errors).  Every comparison is also made with kappa ignored.
"""

import numpy as np
import pytest
from scipy import stats

from numerics.law import law
from numerics.simulate import simulate
from theory.covariance_sde import CovarianceSDE
from theory.finite_width import at_width
from theory.network import Network

START = [[1, 0.3], [0.3, 1]]
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
SLOPES = {"c_plus": 1, "c_minus": -1}
ROWS = {"weight_correlation": 1}
COLUMNS = {"weights": "correlated(1, axis=column)"}


def shares(values, wanted):
    """How many values are below the quantiles of a law."""
    return np.array([np.mean(values <= wanted.quantile(level)) for level in LEVELS])


def distance(values, wanted):
    """The largest number of standard errors by which shares and mean miss a law."""
    error = np.sqrt(LEVELS * (1 - LEVELS) / len(values))
    mean = (values.mean() - wanted.mean) / (values.std() / np.sqrt(len(values)))
    return max(*np.abs(shares(values, wanted) - LEVELS) / error, abs(mean))


def z_score(values, mean):
    return abs(values.mean() - mean) / (values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize(
    ("options", "moves"),
    [
        ({"weight_correlation": "1/2"}, True),
        (ROWS, True),
        ({"weight_correlation": -1}, True),
        (COLUMNS, False),
    ],
    ids=["half", "one", "minus one", "columns"],
)
def test_two_slopes(options, moves):
    """Norm and correlation at T = 1/2, mean and five quantiles; columns leave correlations."""
    n, T = 200, 0.5
    sample = simulate(
        Network("relu", n, int(T * n), **SLOPES, **options), V0=START, samples=2500, seed=3
    )
    seen = {"V": sample.values[:, 0, 0], "rho": sample.correlation()}
    start = {"V": {"V0": 1}, "rho": {"rho0": 0.3}}
    true, ignored = (
        {
            name: law(at_width(CovarianceSDE("relu", **SLOPES, **given), n), name, T=T, **at)
            for name, at in start.items()
        }
        for given in (options, {})
    )
    for name, values in seen.items():
        assert distance(values, true[name]) < 4, name
        if moves or name == "V":
            assert distance(values, ignored[name]) > 6, name


@pytest.mark.parametrize(
    ("activation", "correlation", "T"),
    [("tanh", 1, 0.25), ("gelu", "1/2", 0.2), ("gelu", 1, 0.2), ("gelu", -1, 0.2)],
)
def test_norms_of_smooth_shapings(activation, correlation, T):
    """Shares below five quantiles, extrapolated from two widths to errors of order 1/n^2."""
    sde = CovarianceSDE(activation, weight_correlation=correlation)
    wanted = law(sde, "V", V0=1, T=T)
    narrow, wide = (
        simulate(
            Network(activation, n, int(T * n), weight_correlation=correlation),
            V0=[[1]],
            samples=2500,
            seed=n,
        ).values[:, 0, 0]
        for n in (120, 240)
    )
    found = 2 * shares(wide, wanted) - shares(narrow, wanted)
    error = np.sqrt(5 * LEVELS * (1 - LEVELS) / 2500)
    assert np.all(np.abs(found - LEVELS) < 4 * error)
    ignored = law(CovarianceSDE(activation), "V", V0=1, T=T)
    miss = np.abs(shares(wide, ignored) - LEVELS) / np.sqrt(LEVELS * (1 - LEVELS) / 2500)
    assert miss.max() > 6


def test_correlations_of_a_smooth_shaping():
    """They are not autonomous: networks against paths of the 2x2 SDE, explosions left out."""
    T, n = 0.15, 200
    network = Network("gelu", n, int(T * n), weight_correlation=-1)
    seen = simulate(network, V0=START, samples=2000, seed=5).correlation()

    def p_value(correlation):
        sde = CovarianceSDE("gelu", weight_correlation=correlation)
        v = simulate(sde, V0=START, T=T, paths=3000, seed=1).values
        v = v[np.isfinite(v).all(axis=(1, 2))]
        return stats.ks_2samp(seen, v[:, 0, 1] / np.sqrt(v[:, 0, 0] * v[:, 1, 1])).pvalue

    assert p_value(-1) > 1e-3
    assert p_value(0) < 1e-6


def test_skip_connections():
    """The sum over the neurons forgets in a few layers, so 1 - lambda^2 multiplies the drift."""
    n, M = 150, 1500
    network = Network("relu", n, n, skip=0.6, **SLOPES, **ROWS)
    sample = simulate(network, V0=START, samples=M, seed=5)
    norms, rho = np.log(sample.values[:, 0, 0]), sample.correlation()
    miss = []
    for given in (ROWS, {}):
        sde = CovarianceSDE("relu", skip="3/5", **SLOPES, **given)
        drift = float(sde.generator("log(V11)"))
        miss.append(max(z_score(norms, drift), z_score(rho, law(sde, "rho", rho0=0.3, T=1).mean)))
    assert miss[0] < 4
    assert miss[1] > 15


def test_paths_follow_the_law():
    sde = CovarianceSDE("relu", **SLOPES, **ROWS)
    sample = simulate(sde, rho0=0.3, T=0.5, paths=20_000, seed=1)
    assert distance(sample.values, law(sde, "rho", rho0=0.3, T=0.5)) < 4
    assert "weight_correlation=1" in sample.label


def test_the_attractor_of_infinitely_wide_layers():
    """Below the critical exponent rho tends to (1 - kappa)/2: 1/4 for kappa = 1/2, s = 20."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    weights = weights / weights.sum()
    s, correlation = 20.0, 0.5

    def phi(z):
        return z + z**2 / (2 * s) - z**3 / s**2

    scale, v, rho = 1 / (weights @ phi(nodes) ** 2), 1.0, 0.9
    for _ in range(12_000):
        root = np.sqrt(v)
        first, mean = phi(root * nodes), weights @ phi(root * nodes)
        second = phi(root * (rho * nodes[:, None] + np.sqrt(1 - rho**2) * nodes)) @ weights
        lost = correlation * mean**2
        cross = weights @ (first * second) - lost
        norm = weights @ first**2 - lost
        v, rho = scale * norm, cross / norm
    sde = CovarianceSDE("x + x**2/2 - x**3", weight_correlation=correlation)
    assert abs(v - float(sde.regimes.norm_attractor)) < 20 / s**2
    assert abs(rho - float(sde.regimes.correlation_attractor)) < 20 / s**2
