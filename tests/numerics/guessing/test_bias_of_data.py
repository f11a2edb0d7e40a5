"""Statistics of data against plain loops; predictions against closed forms and E2 at 20 digits."""

import math

import numpy as np
import pytest

from numerics.guessing.data import data_statistics
from numerics.guessing.datasets import digits
from numerics.guessing.gaussian_guesses import drawn_counts, pair_variance
from numerics.guessing.gram_path import correlations_at_output
from numerics.guessing.prediction import predict_bias
from numerics.guessing.random_layer import random_layer
from numerics.result import load
from theory.errors import InputError
from theory.gaussian import E2
from theory.guessing import GuessingBias

RNG = np.random.default_rng(5)
DATA = RNG.standard_normal((70, 6)) * RNG.uniform(0.5, 2.0, (70, 1)) + 0.4


def pairs_of(x):
    pairs = [(i, j) for i in range(len(x)) for j in range(i)]
    products = np.array([x[i] @ x[j] for i, j in pairs])
    sizes = np.array([np.linalg.norm(x[i]) * np.linalg.norm(x[j]) for i, j in pairs])
    return products, products / sizes


def test_statistics_are_those_of_all_pairs():
    found = data_statistics(DATA.tolist())
    products, cosines = pairs_of(DATA)
    norms = (DATA**2).sum(axis=1) / 6
    assert found.mean_covariance == pytest.approx(products.mean() / 6, rel=1e-12)
    assert found.c0 == pytest.approx(products.mean() / 6 / norms.mean(), rel=1e-12)
    assert (found.mean_norm, found.norm_spread) == pytest.approx((norms.mean(), norms.std()))
    assert found.mean_cosine == pytest.approx(cosines.mean(), rel=1e-12)
    assert found.cosine_spread == pytest.approx(cosines.std(), rel=1e-10)
    assert found.cosine_quantiles[[0, -1]] == pytest.approx(
        [cosines.min(), cosines.max()], abs=2e-4
    )
    assert found.cosine_quantiles[3] == pytest.approx(np.median(cosines), abs=5e-3)
    assert found.histogram.sum() == len(cosines)


def test_more_inputs_than_a_block_and_fewer_than_dimensions_agree_with_loops():
    for x in (RNG.standard_normal((600, 3)), RNG.integers(-3, 4, (8, 40))):
        found, cosines = data_statistics(x), pairs_of(x.astype(float))[1]
        assert found.histogram.sum() == len(cosines)
        assert found.cosine_spread == pytest.approx(cosines.std(), rel=1e-9)


def test_preparation():
    columns = data_statistics(DATA, standardise=True)
    assert columns.mean_norm == pytest.approx(1.0)
    assert columns.mean_covariance == pytest.approx(-1 / 69)  # centred: |sum|^2 = 0
    both = data_statistics(DATA, standardise=True, normalise=True)
    assert both.norm_spread == 0.0
    assert both.preparation == "standardised and normalised"


BAD = {
    "empty": ([], "empty"),
    "no rows": (np.zeros((0, 3)), "empty"),
    "one row": ([[1.0, 2.0]], "one input"),
    "one axis": ([1.0, 2.0], r"\(N, d\)"),
    "three axes": (np.ones((2, 2, 2)), r"\(N, d\)"),
    "nan": ([[1.0, np.nan], [1.0, 2.0]], "nan at row 0, column 1"),
    "infinity": ([[1.0, 2.0], [-np.inf, 2.0]], "inf at row 1, column 0"),
    "zero": ([[1.0, 2.0], [0.0, 0.0]], "input 1 is zero"),
    "ragged": ([[1.0, 2.0], [1.0]], "not an array of real numbers"),
    "text": ([["a", "b"], ["c", "d"]], "not an array of real numbers"),
    "huge": ([[1e200, 1.0], [1.0, 2.0]], "rescale"),
    "complex": ([[1j, 1], [1, 2]], "not an array of real numbers"),
}


@pytest.mark.parametrize("name", BAD)
def test_data_that_cannot_be_used_are_one_sentence(name):
    data, message = BAD[name]
    with pytest.raises(InputError, match=message) as caught:
        data_statistics(data)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=message):
        predict_bias("relu", data, 2, sigma_w2=2)


def relu_map(c):
    return (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi


def test_two_clusters_average_the_arcsine_over_pairs():
    """Inputs of one norm with correlation 0.9 within a cluster and 0.1 between two."""
    n = 20
    gram = np.full((2 * n, 2 * n), 0.1)
    gram[:n, :n] = gram[n:, n:] = 0.9
    np.fill_diagonal(gram, 1.0)
    x = np.linalg.cholesky(gram) * math.sqrt(2 * n)
    found = predict_bias(GuessingBias("relu", 2, 0), x, 3)
    within, between = relu_map(relu_map(0.9)), relu_map(relu_map(0.1))
    shares = np.array([n * (n - 1), n * n]) / (n * (2 * n - 1))
    expected = shares @ np.arcsin([within, between]) / (2 * math.pi)
    assert found.variance == pytest.approx(expected, rel=1e-10)
    single = relu_map(relu_map(float(shares @ [0.9, 0.1])))
    assert found.gamma == pytest.approx(single / (1 - single), rel=1e-10)
    assert found.variance_homogeneous == pytest.approx(math.asin(single) / (2 * math.pi))
    assert math.asin(found.gamma_matched / (1 + found.gamma_matched)) == pytest.approx(
        2 * math.pi * expected
    )
    # the drawn networks have that variance too: distinct pairs and an input with itself
    counted = expected * (1 - 1 / (2 * n)) + 0.25 / (2 * n)
    square = (found.draws - 0.5) ** 2
    assert abs(square.mean() - counted) < 4 * square.std() / math.sqrt(len(square))


def test_inputs_of_different_norms_follow_the_covariance_map():
    layer = random_layer(GuessingBias("tanh", "1.8", "0.1"), "test")
    x = np.array([[1.0, 0.5], [-0.3, 1.4], [2.0, 2.5]])
    q, c = correlations_at_output(layer, x @ x.T / 2, 2)
    first = 0.1 + 1.8 * x @ x.T / 2

    def step(i, j):
        scale = math.sqrt(first[i, i] * first[j, j])
        share = 1 if i == j else first[i, j] / scale
        return 0.1 + 1.8 * float(
            E2("tanh(x)", "tanh(x)", first[i, i], first[j, j], share).evalf(15)
        )

    assert q[2] == pytest.approx(step(2, 2), rel=1e-10)
    for i, j in ((0, 1), (1, 2)):
        assert c[i, j] == pytest.approx(step(i, j) / math.sqrt(q[i] * q[j]), abs=1e-9)


def test_average_pooling_and_correlated_weights_change_the_map():
    gram = np.array([[1.0, 0.3], [0.3, 1.0]])
    mean, kernel = 1 / (2 * math.pi), relu_map(0.3) / 2
    layer = random_layer(GuessingBias("relu", 2, 0, weight_correlation=1), "test")
    expected = (kernel - mean) / (0.5 - mean)  # rows that sum to 0 see phi less its mean
    assert correlations_at_output(layer, gram, 2)[1][0, 1] == pytest.approx(expected, rel=1e-9)
    layer = random_layer(GuessingBias("relu", 2, 0, pooling="average", pool_size=3), "test")
    expected = (kernel + 2 * mean) / (0.5 + 2 * mean)
    assert correlations_at_output(layer, gram, 2)[1][0, 1] == pytest.approx(expected, rel=1e-9)


def test_several_classes_use_the_chance_of_agreement():
    """K = 3: 1/3 + 3/(4 pi^2) [arccos(-c)^2 - arccos(c/2)^2] (orthants); K = 4, 10 at c = 1/2."""
    c = np.array([-0.98, -0.7, -0.2, 0.0, 0.2, 0.5, 0.9])
    agreement = 1 / 3 + 0.75 / math.pi**2 * (np.arccos(-c) ** 2 - np.arccos(c / 2) ** 2)
    assert pair_variance(c, 3) == pytest.approx((agreement - 1 / 3) / 3, abs=1e-7)
    for classes, value in ((4, 0.46009534), (10, 0.2938099)):
        found = pair_variance(np.array([0.5]), classes)[0]
        assert found == pytest.approx((value - 1 / classes) / classes, abs=1e-7)
    found = pair_variance(np.array([0.0, 0.5, 1.0]), 3)
    assert found == pytest.approx([0.0, (0.534637820240 - 1 / 3) / 3, 2 / 9], abs=1e-9)


def test_repeated_inputs_are_given_to_one_class():
    counts = drawn_counts(np.ones(6), np.ones((6, 6)), 3, 400, seed=1)
    assert set(counts.ravel()) == {0, 6}
    assert (counts.sum(axis=1) == 6).all()


def test_results_are_saved_and_drawn(tmp_path):
    found = data_statistics(DATA)
    bias = predict_bias("tanh", found, 2, sigma_w2=2, sigma_b2=0.1, draws=200)
    for result in (found, bias):
        again = load(result.save(tmp_path / "result.npz"))
        assert repr(again) == repr(result)
        assert str(again) == str(result)
        assert result.plot() is not None
    assert bias.class_fraction.mean() == pytest.approx(0.5)


def test_the_digits():
    pytest.importorskip("sklearn")
    x, y = digits()
    assert x.shape == (1797, 64)
    assert sorted(set(y)) == list(range(10))
