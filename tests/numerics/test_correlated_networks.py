"""Finite networks with correlated, orthogonal and asymmetric weights, against the theory of maps.

Statistical tests use fixed seeds; with other seeds each would raise a false alarm with a
probability of at most ALPHA (Kolmogorov-Smirnov) or 6e-5 (four standard errors).
"""

import math

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, stats

from numerics.propagate import propagate
from numerics.simulate import simulate
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.network import Network
from theory.weights import Asymmetric, Correlated, Orthogonal, RowCovariance

ALPHA = 1e-3
START = np.array([[1.2, 0.3], [0.3, 0.8]])


def statistics(sample):
    v, rho = sample.values, sample.correlation()
    return {
        "log V11": np.log(v[:, 0, 0]),
        "rho": rho,
        "log det": np.log(v[:, 0, 0] * v[:, 1, 1] * (1 - rho**2)),
    }


def gelu(**options):
    return Network("gelu", 16, 5, sigma_w2=2, sigma_b2=0.1, **options)


LAWS = {
    "rows of sum 0": {"weights": Correlated(1)},
    "positive rows": {"weight_correlation": -2},
    "columns of sum 0": {"weights": "correlated(1, axis=column)"},
    "positive columns and skip": {"weights": Correlated(-2, "fan_out"), "skip": 0.5},
    "rows and skip": {"weight_correlation": 1, "skip": 0.5},
}


@pytest.mark.parametrize("name", LAWS)
def test_exact_networks_have_the_law_of_drawn_ones(name):
    exact = simulate(gelu(**LAWS[name]), V0=START, samples=6000, seed=1)
    drawn = simulate(gelu(**LAWS[name]), V0=START, samples=1000, seed=2, method="brute")
    values = statistics(drawn)
    for what, found in statistics(exact).items():
        assert stats.ks_2samp(found, values[what]).pvalue > ALPHA, what
    # independent weights are told apart
    plain = simulate(gelu(skip=LAWS[name].get("skip", 0)), V0=START, samples=6000, seed=1)
    other = statistics(plain)
    assert min(stats.ks_2samp(other[k], values[k]).pvalue for k in other) < ALPHA


def errors(sample, path):
    """Deviations of q and c of each layer but the first from a path, in standard errors."""
    q, c = sample.values[:, 1:, 0, 0], sample.correlation()[:, 1:]
    scale = math.sqrt(len(q))
    return np.concatenate(
        [
            scale * (q.mean(0) - path.q[1:]) / q.std(0),
            scale * (c.mean(0) - path.c[1:]) / c.std(0),
        ]
    )


@pytest.mark.parametrize("kappa", ["1/2", 1])
@pytest.mark.parametrize("phi", ["relu", "gelu"])
def test_wide_networks_follow_the_correlated_maps(phi, kappa):
    """60 networks of width 4000: the bias of order 1/width is below a fifth of the error."""
    net = Network(phi, 4000, 4, sigma_w2=2, sigma_b2=0.1, weight_correlation=kappa)
    sample = simulate(net, V0=[[1, 0.3], [0.3, 1]], samples=60, layers=range(5), seed=3)
    start = {"depth": 4, "q0": 1.0, "c0": 0.3}
    theory = propagate(MeanField(phi, weight_correlation=kappa), 2, 0.1, **start)
    assert np.abs(errors(sample, theory)).max() < 4
    ignored = errors(sample, propagate(phi, 2, 0.1, **start))
    assert np.abs(ignored).min() > 10


# printed numbers: theory (q, c) of layers 1, 2, ... to the digits given
PUBLISHED = [
    ("silu", "7/10", 2, 0.1, 0.3, [0.7518, 0.5729, 0.4487, 0.3655, 0.3116],
     [0.3814, 0.4725, 0.5720, 0.6728, 0.7648]),
    ("gelu", 1, 2, 0.1, 0.6, [0.791, 0.638, 0.526, 0.445, 0.387],
     [0.589, 0.596, 0.622, 0.662, 0.711]),
    ("relu", "1/2", 2 * math.pi / (math.pi - 0.5), 0, 0.9, None,
     [0.892, 0.885, 0.877, 0.869, 0.861]),
]  # fmt: skip


@pytest.mark.parametrize(("phi", "kappa", "weight", "bias", "c0", "q", "c"), PUBLISHED)
def test_published_runs(phi, kappa, weight, bias, c0, q, c):
    net = Network(phi, 2000, 5, sigma_w2=weight, sigma_b2=bias, weight_correlation=kappa)
    sample = simulate(net, V0=[[1, c0], [c0, 1]], samples=400, layers=range(1, 6), seed=5)
    rounding = 6e-4
    pairs = [(sample.correlation(), c)] + ([(sample.values[..., 0, 0], q)] if q else [])
    for values, printed in pairs:
        error = values.std(0) / math.sqrt(400)
        assert (np.abs(values.mean(0) - printed) < 4 * error + rounding).all()


@pytest.mark.parametrize("kappa", [1, 0.5, -3])
def test_one_layer_at_a_finite_width(kappa):
    """E V = sigma_b2 + sigma_w2 ((1 - kappa/n) E phi^2 - kappa (1 - 1/n) (E phi)^2), any n."""
    n, second, mean = 3, 0.5, 1 / math.sqrt(2 * math.pi)
    expected = 0.1 + 2 * ((1 - kappa / n) * second - kappa * (1 - 1 / n) * mean**2)
    net = Network("relu", n, 1, sigma_w2=2, sigma_b2=0.1, weight_correlation=kappa)
    found = simulate(net, V0=1.0, samples=40_000, seed=4)
    values = found.values.ravel()
    assert abs(values.mean() - expected) < 4 * values.std() / 200


def test_a_constant_is_removed_without_cancellation():
    """At kappa = 1 phi + 10^6 is the same network as phi."""
    options = {"sigma_w2": 2, "weight_correlation": 1}
    plain = Network("relu", 50, 3, **options)
    shifted = Network("relu(x) + 10**6", 50, 3, **options)
    a, b = (simulate(net, V0=START, samples=20).values for net in (plain, shifted))
    np.testing.assert_allclose(a, b, rtol=1e-8)


@pytest.mark.parametrize("weights", [Correlated(1), Correlated(0.5, "column")])
def test_results_do_not_depend_on_threads_or_splits(weights):
    net = gelu(weights=weights)
    whole = simulate(net, V0=START, samples=3000, threads=1).values
    again = simulate(net, V0=START, samples=3000, threads=2).values
    part = simulate(net, V0=START, samples=500, first=1700).values
    assert np.array_equal(whole, again)
    assert np.array_equal(whole[1700:2200], part)


def test_shaped_networks_keep_their_normaliser():
    net = Network("relu", 100, 50, weight_correlation=0.5)
    assert net.gain == Network("relu", 100, 50).gain
    assert net.shaping is not None
    assert (net.weight_correlation, net.sigma_w2) == (sp.Rational(1, 2), None)


def test_orthogonal_weights_keep_every_gram_matrix():
    net = Network("linear", 12, 6, sigma_w2=1, weights="orthogonal")
    found = simulate(net, V0=START, samples=5, layers=range(1, 7), method="brute").values
    np.testing.assert_allclose(found, np.broadcast_to(found[:, :1], found.shape), rtol=1e-13)
    relu = Network("relu", 200, 2, sigma_w2=2, weights=Orthogonal())
    values = simulate(relu, V0=1.0, samples=60, method="brute").values.ravel()
    assert abs(values.mean() - 1) < 4 * values.std() / math.sqrt(60)


def test_asymmetric_rows_have_their_second_moment():
    """Given a layer: the row with the bias and one of n + 1 places taken by v, E v^2 = 1/2."""
    n, w, b, kappa = 6, 2.0, 0.1, 0.5
    square, mean = 0.5, 1 / math.sqrt(2 * math.pi)
    total = n * square + n * (n - 1) * mean**2  # E (sum y)^2
    whole = w / n * n * square - kappa * w / n**2 * total
    others = square + (n - 1) * square + (n - 1) * (n - 2) * mean**2 - square
    left = w / n * (n - 1) * square - kappa * w / n**2 * others
    expected = n / (n + 1) * (left + square / 2 + b) + (whole + 0.5) / (n + 1)
    net = Network("relu", n, 1, sigma_w2=w, sigma_b2=b, weights=Asymmetric(correlation=kappa))
    values = simulate(net, V0=1.0, samples=1500, method="brute").values.ravel()
    assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(1500)


def test_rows_of_a_given_covariance():
    """(I - 1 1^T/n) 2/n as a matrix is kappa = 1; sigma_w2 is its trace."""
    n = 10
    law = RowCovariance((np.eye(n) - np.ones((n, n)) / n) * 2 / n)
    net = Network("relu", n, 2, weights=law)
    assert float(net.sigma_w2) == pytest.approx(2 - 2 / n)
    given = simulate(net, V0=START, samples=1500, seed=7, method="brute").values[:, 0, 0]
    same = Network("relu", n, 2, sigma_w2=2, weights=Correlated(1))
    exact = simulate(same, V0=START, samples=6000).values[:, 0, 0]
    # one is the variance of a row, the other the mean square of n such rows
    gap = given.mean() - exact.mean()
    assert abs(gap) < 4 * math.hypot(given.std() / 1500**0.5, exact.std() / 6000**0.5)


def test_the_law_is_shown():
    net = gelu(weight_correlation="1/2")
    assert repr(net) == "Network('gelu', width=16, depth=5, weights=Correlated('1/2'))"
    assert "weights Correlated('1/2')" in str(net)
    assert "Correlated" in net.latex()
    assert repr(gelu()) == "Network('gelu', width=16, depth=5)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight_correlation": 1.5}, "exceeds 1"),
        ({"weight_correlation": "kappa"}, "the parameter kappa"),
        ({"weight_correlation": 1, "weights": "uniform"}, "two laws"),
        ({"weight_correlation": 1, "width": 1}, "at width 1"),
        ({"weights": "correlated(1, axis=diagonal)"}, "axis"),
    ],
    ids=["kappa above 1", "symbol", "two laws", "one neuron", "axis"],
)
def test_what_cannot_be_a_network_is_one_sentence(options, message):
    with pytest.raises(InputError, match=message) as caught:
        Network("relu", **{"width": 10, "depth": 2, "sigma_w2": 2, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("weights", ["orthogonal", "asymmetric", "correlated(1, entries=uniform)"])
def test_laws_without_an_exact_method_say_so(weights):
    net = Network("relu", 10, 2, sigma_w2=2, weights=weights)
    with pytest.raises(InputError, match="method='brute'"):
        simulate(net, rho0=0.5, samples=2)


def test_frames_of_skip_connections_point_anywhere():
    """The drawn start of a network with a skip has no preferred sign in any neuron."""
    net = Network("relu", 3, 1, skip=0.5, sigma_w2=1)
    values = simulate(net, V0=1.0, samples=4000, method="brute").values.ravel()

    # z = sqrt(3) u on the sphere; given it the branch is N(0, |phi(z)|^2/3) in each neuron
    def active(t):
        return 0.5 * (3 * t**2 if t > 0 else 0.0)

    share = 3 * integrate.quad(active, -1, 1)[0]  # E |relu(z)|^2
    expected = 0.25 + 0.75 * share / 3
    assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(4000)
