"""Particles and finite networks layer by layer, against quadrature and exact moments."""

import numpy as np
import pytest
import sympy as sp
from scipy.special import ndtr

from numerics.asymmetric.growth import asymmetric_growth
from numerics.asymmetric.iteration import asymmetric_iteration, asymmetric_networks
from numerics.result import load
from theory.asymmetric.maps import AsymmetricMaps, m, s
from theory.errors import InputError, PrecisionError
from theory.matrix_laws.asymmetric import Asymmetric
from theory.symbols import n, sigma_b2, sigma_w2

MAPS = AsymmetricMaps("relu", Asymmetric(correlation="1/2"))


@pytest.fixture(scope="module")
def run():
    return asymmetric_iteration(MAPS, 1, 0.1, particles=100_000, depth=6, c0=0.3, seed=4)


def second_layer():
    """s of layer 1 for y ~ N(0, 1) in layer 0: an integral over v and the value below."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    v, y = (nodes + 1) / 2, 4.5 * (nodes + 1)
    deviation = np.sqrt(0.1 + 1 / 2 - 1 / (4 * np.pi))
    ratio = v[:, None] * y / deviation
    given = (1 + ratio**2) * ndtr(ratio) + ratio * np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    over_entry = deviation**2 * (weights * v) @ given
    normal = 4.5 * weights * np.exp(-y * y / 2) / np.sqrt(2 * np.pi)
    return normal @ over_entry + deviation**2 / 4


def test_the_first_layer_is_an_integral(run):
    for layer, exact in enumerate((1 / 2, second_layer())):
        assert abs(run.s[layer] - exact) < 4 * run.s_error[layer]


def test_moments_of_the_next_layer_follow_from_the_last(run):
    """E y^2 is exact in s and m of the layer below; E v^2 = 4/9 is refuted."""
    exact = sp.lambdify([s, m], MAPS.second_moment.subs({sigma_w2: 1, sigma_b2: 0.1}))
    below = np.exp(run.rows[:, :-1, 0])
    mean = run.rows[:, :-1, 2] * np.sqrt(below)
    miss = (np.exp(run.rows[:, 1:, 1]) - exact(below, mean)).mean(axis=1)
    error = miss.std(ddof=1) / np.sqrt(run.replicas)
    assert abs(miss.mean()) < 4 * error
    assert abs(miss.mean() - (4 / 9 - 1 / 2) * below.mean()) > 8 * error


def test_values_are_not_normal(run):
    """A normal y has P(y <= 0) = 1/2 and, with the same E y^2, E relu(y)^2 = E y^2/2."""
    assert (run.off[1:] + 20 * run.off_error[1:] < 0.5).all()
    assert (run.s[1:] - 10 * run.s_error[1:] > run.q[1:] / 2).all()


def test_two_inputs_share_places_and_entries(run):
    """The covariance after one layer, in closed form for relu from correlation c0."""
    c0 = 0.3
    kernel = (np.sqrt(1 - c0**2) + c0 * (np.pi - np.arccos(c0))) / (2 * np.pi)
    covariance = 0.1 + kernel - 0.5 / (2 * np.pi) + kernel / 2
    square = 0.1 + 0.5 - 0.5 / (2 * np.pi) + 0.25
    assert abs(run.c[0] - c0) < 4 * run.c_error[0]
    assert abs(run.c[1] - covariance / square) < 4 * run.c_error[1]
    apart = (0.1 + kernel - 0.5 / (2 * np.pi) + 4 / 9 / (2 * np.pi)) / square
    assert abs(run.c[1] - apart) > 10 * run.c_error[1]


def test_nothing_depends_on_the_threads():
    calls = [
        asymmetric_iteration("tanh", 2, particles=4000, depth=3, seed=1, threads=threads)
        for threads in (1, 3)
    ]
    assert np.array_equal(calls[0].rows, calls[1].rows)
    other = asymmetric_iteration("tanh", 2, particles=4000, depth=3, seed=2)
    assert not np.array_equal(calls[0].rows, other.rows)


def test_scales_of_degree_one_neither_overflow_nor_vanish():
    for scale in (30.0, 0.05):
        run = asymmetric_iteration("relu", scale, particles=400, depth=130)
        assert np.isfinite(run.log_s).all()
        assert np.isfinite(run.growth).all()
        assert abs(run.log_s[-1]) > 75
    with pytest.raises(PrecisionError, match="fewer layers"):
        asymmetric_iteration("gelu", 1e9, particles=400, depth=60)


@pytest.mark.parametrize("kappa", [0, 1])
def test_finite_networks_grow_alike(kappa):
    maps = AsymmetricMaps("relu", Asymmetric(correlation=kappa, bias_slot=False))
    run = asymmetric_networks(maps, 1, width=500, samples=8, depth=20, seed=7)
    found = asymmetric_growth(maps, 1)
    assert abs(run.stationary_growth - found.growth) < 4 * run.stationary_growth_error
    assert abs(run.stationary_off - found.off) < 4 * run.stationary_off_error
    # normal maps: growth (sigma_w2 (1 - kappa/pi) + 1/2)/2
    normal = (1 - kappa / np.pi + 0.5) / 2
    assert abs(run.stationary_growth - normal) > 10 * run.stationary_growth_error


def test_moments_at_a_small_width():
    """One layer of 4 neurons in many networks: the slot of the bias is seen."""
    width = 4
    run = asymmetric_networks(MAPS, 1, 0.1, width=width, samples=1500, depth=1, seed=3)
    below = {s: np.exp(run.rows[:, 0, 0]), m: run.rows[:, 0, 2] * np.exp(run.rows[:, 0, 0] / 2)}
    mean_square = np.mean(below[m] ** 2)
    square = MAPS.finite_second_moment(n).subs({n: width, sigma_w2: 1, sigma_b2: 0.1})
    expected = float(square.subs({m**2: mean_square, s: np.mean(below[s])}))
    assert abs(run.q[1] - expected) < 4 * run.q_error[1]
    without = AsymmetricMaps("relu", Asymmetric(correlation="1/2", bias_slot=False))
    other = without.finite_second_moment(width).subs({sigma_w2: 1, sigma_b2: 0.1})
    other = float(other.subs({m**2: mean_square, s: np.mean(below[s])}))
    assert abs(other - expected) > 2 * run.q_error[1]


def test_results_travel(run, tmp_path):
    again = load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(again.rows, run.rows)
    assert again.stationary_growth == run.stationary_growth
    assert run.depth == 6
    assert len(str(run).splitlines()) == 10
    assert run.plot().lines
    data = pytest.importorskip("xarray") and run.to_xarray()
    assert data.off.dims == ("layer",)
    assert "growth_error" in data
    assert "s_error" in dir(run)
    with pytest.raises(AttributeError):
        run.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"particles": 10}, "particles"),
        ({"depth": 0}, "depth"),
        ({"depth": 2.5}, "whole number"),
        ({"q0": 0}, "q0"),
        ({"c0": 1.5}, "correlation"),
        ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"),
        ({"progress": 3}, "progress"),
    ],
    ids=["particles", "depth", "fraction", "q0", "c0", "threads", "seed", "progress"],
)
def test_errors_are_one_sentence(options, word):
    with pytest.raises(InputError) as caught:
        asymmetric_iteration("tanh", 1, **{"particles": 4000, "depth": 2} | options)
    assert word in str(caught.value)
    assert ". " not in str(caught.value)
