"""Tangent kernels of finite networks against finite differences and the infinite width."""

import numpy as np
import pytest

from numerics.tangent.empirical import empirical_ntk
from numerics.tangent.matrix import ntk_matrix
from theory.errors import InitheoryError, InputError
from theory.tangent import NTK

X = np.random.default_rng(3).standard_normal((3, 6))
VARIANCES = {"sigma_w2": 1.7, "sigma_b2": 0.3}


def deviation(ntk, inputs, width, depth, **options):
    """The largest deviation from the infinite width, in standard errors."""
    found = empirical_ntk(ntk, inputs, width=width, depth=depth, **VARIANCES, **options)
    limit = ntk_matrix(ntk, inputs, depth=depth, **VARIANCES).ntk
    return np.abs((found.mean - limit) / found.standard_error).max()


@pytest.mark.parametrize("phi", ["relu", "tanh"])
@pytest.mark.parametrize(
    "architecture", ["dense", "residual", "scaled-residual", "stable-residual"]
)
def test_wide_networks_are_near_their_limit(phi, architecture):
    assert deviation(NTK(phi, architecture), X, 400, 4, samples=50) < 4


def test_standard_parametrisation():
    ntk = NTK("relu", parametrisation="standard", width=300)
    assert deviation(ntk, X, 300, 3, samples=50) < 4


@pytest.mark.parametrize("parametrisation", ["ntk", "standard"])
def test_convolutions(parametrisation):
    inputs = np.random.default_rng(4).standard_normal((2, 5, 3))
    width = {} if parametrisation == "ntk" else {"width": 120}
    ntk = NTK("relu", "conv", parametrisation, **width)
    assert deviation(ntk, inputs, 120, 3, samples=40) < 4


def test_other_laws_of_the_weights():
    assert deviation(NTK("relu"), X, 400, 3, samples=50, weights="rademacher") < 4


def test_a_wrong_limit_is_seen():
    """The kernel of depth 3 is many standard errors away from networks of depth 4."""
    found = empirical_ntk(NTK("relu"), X, width=300, depth=4, **VARIANCES, samples=40)
    limit = ntk_matrix(NTK("relu"), X, depth=3, **VARIANCES).ntk
    assert np.abs((found.mean - limit) / found.standard_error).max() > 10


def test_one_hidden_layer_by_finite_differences():
    """The kernel is the Gram matrix of the gradient in w, beta with W = sigma_w w / sqrt(n)."""
    n, d = 7, X.shape[1]
    found = empirical_ntk(NTK("tanh"), X, width=n, depth=2, **VARIANCES, samples=1, seed=5)
    from numerics.random_numbers import key_of

    random = np.random.default_rng([key_of(5), 0])
    w1, b1 = random.standard_normal((n, d)), random.standard_normal((n, 1))
    w2, b2 = random.standard_normal((1, n)), random.standard_normal((1, 1))
    theta = np.concatenate([a.ravel() for a in (w1, b1, w2, b2)])

    def outputs(theta):
        ends = np.cumsum([n * d, n, n, 1])
        w1, b1, w2, b2 = np.split(theta, ends[:-1])
        y = (1.7 / d) ** 0.5 * w1.reshape(n, d) @ X.T + 0.3**0.5 * b1[:, None]
        return ((1.7 / n) ** 0.5 * w2[None, :] @ np.tanh(y) + 0.3**0.5 * b2)[0]

    h = 1e-5
    steps = np.eye(theta.size) * h
    gradient = np.array([(outputs(theta + s) - outputs(theta - s)) / (2 * h) for s in steps])
    np.testing.assert_allclose(found.values[0], gradient.T @ gradient, rtol=1e-8)


def test_seeds_and_threads():
    options = {"width": 50, "depth": 3, **VARIANCES, "samples": 6}
    one = empirical_ntk(NTK("relu"), X, threads=1, seed=1, **options).values
    two = empirical_ntk(NTK("relu"), X, threads=2, seed=1, **options).values
    other = empirical_ntk(NTK("relu"), X, threads=1, seed=2, **options).values
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"depth": 0}, "depth"),
        ({"width": 0}, "width"),
        ({"samples": 0}, "samples"),
        ({"X": X[0]}, "shape"),
        ({"X": None}, "inputs"),
        ({"sigma_w2": -1}, "sigma_w2"),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises(InputError, match=words):
        empirical_ntk(NTK("relu"), **{"X": X, "width": 10, "depth": 2, "sigma_w2": 2, **options})


def test_unknown_laws_are_refused():
    with pytest.raises(InitheoryError):
        empirical_ntk(NTK("relu"), X, width=10, depth=2, sigma_w2=2, weights="nonsense")


def test_an_activation_stands_for_its_ntk():
    few = {"width": 10, "depth": 2, "sigma_w2": 2, "samples": 2, "weights": "correlated(1)"}
    found = [empirical_ntk(ntk, X, **few).values for ntk in ("relu", NTK("relu"))]
    np.testing.assert_array_equal(*found)
