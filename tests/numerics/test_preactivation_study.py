"""Finite networks with any weight law: published distances, null bands, seeds and threads."""

import math

import numpy as np
import pytest

from numerics.independence_tests import (
    distance_correlation,
    ks_band,
    ks_distance,
    pair_moment,
    pair_moment_deviation,
)
from numerics.preactivation_figures import (
    activation_curves,
    distance_by_layer,
    distance_table,
    two_layer_distances,
)
from numerics.preactivation_study import output_sample, preactivation_study
from theory.errors import InputError
from theory.gaussian_pair import GaussianPair

#: Table of two-layer distances; 10^6 or 2 10^6 networks there, noise about 1e-3.
ODD_3 = {(1, 1, 1): 0.0, (1, 2, 1): 0.0724, (1, 3, 1): 0.0585, (1, 10, 1): 0.0662,
         (5, 2, 1): 0.0065, (2, 2, 1): 0.0277}  # fmt: skip


def test_published_distances_of_two_layers():
    networks = 100_000
    found = distance_table(GaussianPair(theta=3), [list(w) for w in ODD_3], networks)
    noise = 1e-3 + ks_band(networks, 1e-3)
    for value, expected in zip(found, ODD_3.values(), strict=True):
        assert abs(value - expected) < noise


def test_published_distances_of_usual_activations():
    relu = distance_table("relu", [[1, 2, 1], [1, 10, 1]], 100_000, sigma_w2=2)
    tanh = distance_table("tanh", [[1, 1, 1], [1, 5, 1]], 100_000, sigma_w2=1.46, sigma_b2=0.013)
    expected = [0.3250, 0.2617, 0.1680, 0.1347]
    assert np.allclose([*relu, *tanh], expected, atol=5e-3)


def test_positive_activations_are_nearer():
    odd, positive = (
        distance_table(GaussianPair(theta=3, kind=kind), [[1, 2, 1]], 100_000)[0]
        for kind in ("odd", "positive")
    )
    assert positive == pytest.approx(0.0224, abs=5e-3)
    assert odd > 3 * positive


def test_a_chain_of_single_neurons_stays_normal_and_two_inputs_follow_the_joint_law():
    pair, networks = GaussianPair(theta=3), 100_000
    values = output_sample(pair, [1] * 6, networks)
    assert ks_distance(values) < ks_band(networks, 1e-4)
    # E G_1 G_2 through a chain is below what iterating C gives (0.4447 after two layers)
    fourth = float(pair.mean_field.numbers(8).joint_fourth_moment("0.5"))
    c = float(pair.mean_field.numbers(8).correlation("0.5"))
    assert fourth > 1 + 2 * c**2 + 0.3


def test_studies_do_not_depend_on_threads():
    pair = GaussianPair(theta=2)
    one, two = (
        preactivation_study(pair, 20, 3, networks=900, threads=threads, permutations=99, seed=3)
        for threads in (1, 2)
    )
    assert np.array_equal(one.ks_pooled, two.ks_pooled)
    assert np.array_equal(one.correlation, two.correlation)
    assert not np.array_equal(
        one.ks, preactivation_study(pair, 20, 3, networks=900, permutations=99, seed=4).ks
    )


def test_the_first_two_layers_of_a_pair_are_normal_and_the_third_is_dependent():
    study = preactivation_study(GaussianPair(theta=3), 10, 4, networks=2000)
    assert (study.ks[:2] < study.ks_band).all()
    assert abs(study.product_moment[0]) < study.product_band
    # 10 inputs: (3/kappa_W - 1) E... through V'(1)^2, about (kappa_4/3)/(n m_2^2)
    assert study.product_moment[2] > 3 * study.product_band
    assert "false-alarm rate of 0.01" in study.statement
    expected = float(GaussianPair(theta=3).mean_field.numbers(8).correlation("0.5"))
    assert abs(study.correlation[1] - expected) < 5 * study.correlation_error[1] + 0.02


def test_relu_collapses_at_small_width():
    study = preactivation_study("relu", 10, 40, networks=400, layers=[1, 2, 20, 40])
    assert study.ks[-1] > 3 * study.ks_band
    assert "differ from N(0, 1)" in study.statement
    assert str(study).count("\n") == len(study.layers) + 3


def test_drawn_gaussian_weights_have_the_law_of_those_that_are_not_drawn():
    from numerics.layer_sampling import LayerSampler
    from numerics.preactivation_study import sampler_of

    exact, _, _ = sampler_of("tanh", sigma_w2=1.5)
    brute = LayerSampler(
        exact.phi, lambda r, shape: math.sqrt(1.5) * r.standard_normal(shape), 1.5, 0.0
    )
    z = np.random.default_rng(0).standard_normal((40_000, 2, 3))
    first, second = (
        sampler.next(z, 2, np.random.default_rng(k)) for k, sampler in enumerate((exact, brute))
    )
    for power in (lambda v: v[:, 0, 0] ** 2, lambda v: v[:, 0, 0] * v[:, 1, 0],
                  lambda v: (v[:, 0, 0] * v[:, 0, 1]) ** 2):  # fmt: skip
        a, b = power(first), power(second)
        assert abs(a.mean() - b.mean()) < 4.5 * math.hypot(a.std(), b.std()) / math.sqrt(len(a))


def test_other_weight_laws_are_scaled_to_the_variance_asked_for():
    study = preactivation_study("tanh", 50, 2, weights="uniform", sigma_w2=2, networks=400)
    # V(1) = 2 E tanh^2
    assert study.variance[1] == pytest.approx(2 * 0.394294, rel=0.03)


def test_null_laws():
    random = np.random.default_rng(1)
    z = random.standard_normal((4000, 6))
    deviation = pair_moment_deviation(6, 4000)
    assert abs(pair_moment(z).mean()) < 4 * deviation
    assert pair_moment(z).std() / math.sqrt(4000) == pytest.approx(deviation, rel=0.15)
    x = random.standard_normal(200)
    value, null = distance_correlation(x, random.standard_normal(200), 199)
    assert value < null.max() * 1.2
    value, null = distance_correlation(x, np.abs(x), 199)
    assert value > null.max()
    assert distance_correlation(x, x)[0] == pytest.approx(1)
    assert ks_band(1000, 0.01) == pytest.approx(1.628 / math.sqrt(1000), rel=0.01)


def test_figures():
    import matplotlib as mpl

    mpl.use("Agg")
    assert len(activation_curves(thetas=(2,)).axes) == 2
    assert len(distance_by_layer(10, 5, theta=2, networks=60).axes) == 3
    assert len(two_layer_distances(thetas=(2,), sizes=(1, 2), networks=2000).axes) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 1}, "width = 1"),
        ({"depth": 0}, "depth = 0"),
        ({"layers": [3, 2]}, "must increase"),
        ({"c0": 2}, "c0 = 2"),
        ({"false_alarm": 1e-4}, "permutations"),
        ({"false_alarm": 2}, "between 0 and 1"),
        ({"sigma_w2": -1}, "must be positive"),
        ({"sigma_b2": -1}, "cannot be negative"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        preactivation_study("tanh", **{"width": 5, "depth": 3, **arguments})


def test_a_pair_brings_its_own_weights():
    with pytest.raises(InputError, match="its own weights"):
        preactivation_study(GaussianPair(theta=2), 5, 3, sigma_w2=1)
