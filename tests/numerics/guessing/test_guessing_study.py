"""Finite networks: their fractions have the limit law, a wrong gamma is refused, seeds decide."""

import math

import numpy as np
import pytest
from scipy.stats import betabinom

from numerics.guessing.data import data_statistics
from numerics.guessing.finite_sample import (
    count_law,
    counted_largest,
    counted_variance,
    estimated_gamma,
)
from numerics.guessing.many_classes import fraction_draws
from numerics.guessing.networks import guessing_study
from numerics.guessing.random_layer import random_layer
from numerics.result import load
from theory.errors import InputError
from theory.guessing import GuessingBias

RELU = GuessingBias("relu", sigma_w2=2, sigma_b2=0)


def test_relu_at_width_300_has_the_limit_law():
    """gamma_4 = 1.53052906248304; Var G_0 = arcsin(c)/(2 pi), E max = 1/2 + arctan/pi there."""
    study = guessing_study(RELU, 300, 4, networks=150, inputs=1000)
    assert study.gamma[-1] == pytest.approx(1.53052906248304, rel=1e-12)
    assert study.accepted
    assert abs(study.gamma_hat[-1] - study.gamma_finite[-1]) < 4 * study.gamma_error[-1]
    assert study.gamma_error[-1] < 0.03
    assert abs(study.largest - 0.78391) < 4 * study.largest_error
    assert abs(study.variance - study.variance_limit) < 4 * study.variance_error
    for wrong in (study.gamma[-1] / 2, 2 * study.gamma[-1]):
        assert study.compare(wrong)[1] < 1e-3


@pytest.mark.slow
def test_tanh_at_width_300_has_the_limit_law():
    """sigma_w2 = 2.48, sigma_b2 = 0.1, nine layers: gamma = 0.7262, E max = 0.7246."""
    study = guessing_study(GuessingBias("tanh", "2.48", "0.1"), 300, 9, networks=100)
    assert study.gamma[-1] == pytest.approx(0.7262, abs=5e-5)
    assert study.accepted
    assert abs(study.gamma_hat[-1] - study.gamma_finite[-1]) < 4 * study.gamma_error[-1]
    assert abs(study.largest - 0.7246) < 4 * study.largest_error
    for wrong in (study.gamma[-1] / 2, 2 * study.gamma[-1]):
        assert study.compare(wrong)[1] < 1e-3


def test_numbers_depend_on_the_seed_and_not_on_threads():
    one, two, other = (
        guessing_study(RELU, 30, 3, networks=80, inputs=50, seed=seed, threads=threads)
        for seed, threads in ((3, 1), (3, 2), (4, 2))
    )
    assert (one.fractions == two.fractions).all()
    assert (one.gamma_hat == two.gamma_hat).all()
    assert (one.fractions != other.fractions).any()
    assert one.fractions.shape == (80, 8, 2)


def test_rows_of_correlated_weights():
    """I - a/n 1 1^T squares to I - kappa/n 1 1^T, so G times it has the covariance asked for."""
    for kappa in ("0.4", "-1", 1):
        layer = random_layer(GuessingBias("x", 2, 0, weight_correlation=kappa), "test")
        project = layer.features(np.eye(5))
        wanted = np.eye(5) - float(kappa) / 5
        assert project @ project.T == pytest.approx(wanted, abs=1e-14)


def test_pooled_features():
    z = np.arange(12.0).reshape(6, 2) - 5
    largest = random_layer(GuessingBias("x", 2, 0, pooling="max", pool_size=3), "test")
    mean = random_layer(GuessingBias("x", 2, 0, pooling="average", pool_size=3), "test")
    assert (largest.features(z) == [[-1, 0], [5, 6]]).all()
    assert (mean.features(z) == [[-3, -2], [3, 4]]).all()


@pytest.mark.parametrize(
    "options",
    [{"weight_correlation": "0.7"}, {"pooling": "average", "pool_size": 2}, {"pooling": "max"}],
    ids=["correlated", "average", "max"],
)
def test_correlated_weights_and_pooling_have_their_gamma(options):
    gb = GuessingBias("relu", 2, "0.2", **options)
    study = guessing_study(gb, 120, 3, networks=60, inputs=300)
    plain = guessing_study(GuessingBias("relu", 2, "0.2"), 120, 3, networks=2, inputs=2)
    assert np.all(np.abs(study.gamma_hat - study.gamma_finite) < 5 * study.gamma_error)
    assert abs(plain.gamma[-1] - study.gamma[-1]) > 10 * study.gamma_error[-1]
    assert study.accepted


def test_data_of_ones_own():
    x = np.random.default_rng(2).standard_normal((300, 40)) + 0.5
    study = guessing_study(RELU, 100, 3, networks=80, data=x)
    assert study.inputs == 300
    assert not study.fresh
    assert study.accepted
    c = 0.2 / 1.0  # mean 1/2 in each coordinate: c0 = (1/4)/(5/4)
    assert study.gamma[0] == pytest.approx(c / (1 - c), rel=0.1)


def test_two_clusters_have_the_law_of_their_covariances_and_no_single_gamma():
    random = np.random.default_rng(0)
    x = 0.5 * random.standard_normal((200, 30)) + np.repeat([[1.0], [-1.0]], 100, axis=0)
    study = guessing_study(GuessingBias("tanh", 2, "0.1"), 150, 4, data=x, networks=100)
    assert study.accepted
    assert np.all(np.abs(study.gamma_hat - study.gamma_finite) < 4 * study.gamma_error)
    assert abs(study.variance - study.variance_limit) < 4 * study.variance_error
    # what the mean norm and covariance of the data alone would give is refused
    path = random_layer(GuessingBias("tanh", 2, "0.1"), "test")
    found = data_statistics(x)
    gap = path.path(4, *path.start(found.mean_norm, found.mean_covariance))[1]
    assert abs(1 / gap[-1] - 1 - study.gamma_hat[-1]) > 4 * study.gamma_error[-1]


def test_several_classes():
    study = guessing_study(RELU, 60, 3, classes=5, networks=80, inputs=200)
    assert study.fractions.shape == (80, 8, 5)
    assert study.fractions.sum(axis=2) == pytest.approx(1.0)
    assert abs(study.largest - study.largest_limit) < 0.03
    with pytest.raises(InputError, match="two"):
        study.compare(1.0)


def test_counts_of_finitely_many_inputs():
    """gamma = 1: G_0 is uniform, so that counts are uniform; for others by drawing."""
    k = np.arange(-1, 31)
    assert count_law(1.0, 30, k) == pytest.approx(betabinom(30, 1, 1).cdf(k), abs=1e-12)
    random = np.random.default_rng(0)
    from scipy.special import ndtr

    counts = random.binomial(30, ndtr(2.0 * random.standard_normal(200_000)))
    drawn = np.searchsorted(np.sort(counts), k, side="right") / counts.size
    assert np.abs(count_law(4.0, 30, k) - drawn).max() < 2 / math.sqrt(counts.size)
    variance = math.asin(0.8) / (2 * math.pi)
    assert counted_variance(variance, 30) == pytest.approx((counts / 30).var(), rel=0.01)
    assert counted_largest(4.0, 30) == pytest.approx(
        (np.maximum(counts, 30 - counts) / 30).mean(), abs=1e-3
    )
    for inputs in (7, 8):  # uniform counts
        expected = np.mean([max(j, inputs - j) / inputs for j in range(inputs + 1)])
        assert counted_largest(1.0, inputs) == pytest.approx(expected, rel=1e-12)
    for gamma in (1e6, 1e40):  # counting changes what happens at |Z| < O(1/sqrt(gamma)) by 1/D
        assert counted_largest(gamma, 300) == pytest.approx(
            0.5 + math.atan(math.sqrt(gamma)) / math.pi, abs=max(1 / 300 / math.sqrt(gamma), 1e-15)
        )
    assert count_law(math.inf, 5, [0, 4, 5]).tolist() == [0.5, 0.5, 1.0]
    c = 0.3
    expected = (c + (1 - c) / 50) / ((1 - c) * (1 - 1 / 50))
    assert estimated_gamma(c / (1 - c), 50) == pytest.approx(expected, rel=1e-14)


def test_draws_of_several_classes_against_direct_guesses():
    """K = 3, gamma = 1: P(two inputs agree) = 0.534637820240."""
    draws = fraction_draws(1.0, 3, 20_000, np.random.default_rng(1))
    agreement = (draws**2).sum(axis=1)
    error = agreement.std() / math.sqrt(len(agreement))
    assert abs(agreement.mean() - 0.534637820240) < 4 * error


def test_a_study_is_saved_and_drawn(tmp_path):
    study = guessing_study("tanh", 20, 3, sigma_w2=2, sigma_b2=0.1, networks=10, inputs=20)
    assert str(load(study.save(tmp_path / "s.npz"))) == str(study)
    assert study.plot() is not None
    assert study.plot(quantity="gamma") is not None
    seen = []
    guessing_study("tanh", 20, 2, sigma_w2=2, networks=4, progress=lambda *at: seen.append(at))
    assert seen[-1] == (4, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 1}, "width"),
        ({"depth": 0}, "depth"),
        ({"classes": 1}, "classes"),
        ({"networks": 1.5}, "networks"),
        ({"inputs": 1}, "inputs"),
        ({"false_alarm": 0}, "false_alarm"),
        ({"progress": 3}, "progress"),
        ({"sigma_w2": -1}, "sigma_w2"),
    ],
    ids=["width", "depth", "classes", "networks", "inputs", "rate", "progress", "variance"],
)
def test_what_cannot_be_drawn_is_one_sentence(options, message):
    with pytest.raises(InputError, match=message):
        guessing_study(RELU, **{"width": 4, "depth": 2, "networks": 2, "inputs": 4, **options})


def test_variances_must_be_known():
    with pytest.raises(InputError, match="sigma_w2"):
        guessing_study("relu")
    with pytest.raises(InputError, match="sigma_b2"):
        guessing_study(GuessingBias("relu", 2))
    with pytest.raises(InputError, match="pool size"):
        guessing_study(GuessingBias("relu", 2, 0, pooling="max", pool_size=3), 10, 2)
