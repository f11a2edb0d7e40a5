"""Kernel matrices against quadrature pair by pair, certified digits and each other."""

import numpy as np
import pytest
import sympy as sp

from numerics.numeric_activation import numeric_activation
from numerics.propagate import propagate
from numerics.result import load
from numerics.tangent.digits import ntk_digits
from numerics.tangent.matrix import ntk_matrix
from numerics.two_point import two_point
from theory.errors import InputError
from theory.tangent import NTK

SCALES = np.array([0.5, 1.0, 2.0, 1.1])[:, None]
X = np.random.default_rng(0).standard_normal((4, 5)) * SCALES


def by_quadrature(phi, X, depth, weight, bias):
    """The recursion entry by entry with the two-point quadrature."""
    activation = numeric_activation(phi)
    f, g = activation.jet[:2]
    marks = {"f_features": activation.features, "g_features": activation.features}
    q = bias + weight * X @ X.T / X.shape[1]
    k = q.copy()
    for _ in range(depth - 1):
        new, slope = np.empty((2, *q.shape))
        for i, j in np.ndindex(q.shape):
            rho = 1.0 if i == j else q[i, j] / np.sqrt(q[i, i] * q[j, j])
            at = q[i, i], q[j, j], rho
            new[i, j] = bias + weight * two_point(f, f, *at, **marks)
            slope[i, j] = weight * two_point(g, g, *at, **marks)
        k, q = slope * k + new, new
    return k, q


@pytest.mark.parametrize("phi", ["relu", "tanh", "erf", "gelu", "sin(x)", "elu"])
def test_inputs_of_different_norms(phi):
    found = ntk_matrix(NTK(phi), X, depth=4, sigma_w2=1.5, sigma_b2=0.1, nngp=True)
    kernel, covariance = by_quadrature(phi, X, 4, 1.5, 0.1)
    np.testing.assert_allclose(found.ntk, kernel, rtol=2e-13)
    np.testing.assert_allclose(found.nngp, covariance, rtol=2e-13)


def test_nearly_equal_inputs_of_a_kinked_activation():
    """Pairs beyond the reach of the Hermite series go one by one."""
    near = np.vstack([X[:2], X[1] * 1.01 + 1e-3])
    found = ntk_matrix(NTK("hardtanh"), near, depth=2, sigma_w2=1.5, sigma_b2=0.1)
    kernel, _ = by_quadrature("hardtanh", near, 2, 1.5, 0.1)
    np.testing.assert_allclose(found.ntk, kernel, rtol=1e-11)


@pytest.mark.parametrize("phi", ["tanh", "relu", "hardtanh"])
def test_equal_norms_agree_with_pairs(phi):
    """On a sphere the matrix is that of propagate from q^1."""
    inputs = X / np.linalg.norm(X, axis=1)[:, None] * 5**0.5
    found = ntk_matrix(NTK(phi), inputs, depth=30, sigma_w2=1.5, sigma_b2=0.1)
    c = (0.1 + 1.5 * inputs @ inputs.T / 5) / 1.6
    path = propagate(NTK(phi), 1.5, 0.1, depth=29, q0=1.6, c0=np.minimum(c, 1.0))
    np.testing.assert_allclose(found.ntk, path.ntk[-1], rtol=2e-12)


def test_a_gram_matrix_against_certified_digits():
    half = sp.Rational(1, 2)
    weight, bias = sp.pi * sp.sqrt(3) / 4, half - sp.sqrt(3) / 2 * sp.asin(half)
    q, c = 0.5, 0.25
    gram = (np.array([[q, q * c], [q * c, q]]) - float(bias)) / float(weight)
    found = ntk_matrix(NTK("erf"), gram=gram, depth=50, sigma_w2=weight, sigma_b2=bias)
    exact = ntk_digits(NTK("erf"), weight, bias, depth=49, q0=half, c0="1/4")
    assert found.ntk[0, 1] == pytest.approx(float(exact.ntk[-1]), rel=1e-12)
    assert found.ntk[0, 0] == pytest.approx(25.0, rel=1e-12)


def test_residual_networks_agree_with_pairs():
    inputs = np.eye(3) * 3**0.5
    found = ntk_matrix(NTK("relu", "scaled-residual"), inputs, depth=12, sigma_w2=2)
    path = propagate(NTK("relu", "scaled-residual"), 2, 0, depth=11, q0=2.0, c0=0.0)
    assert found.ntk[0, 1] == pytest.approx(path.ntk[-1], rel=1e-13)
    assert found.ntk[2, 2] == pytest.approx(path.ntk_diagonal[-1], rel=1e-13)


def test_blocks_and_threads_change_nothing():
    inputs = np.random.default_rng(1).standard_normal((70, 8))
    options = {"depth": 5, "sigma_w2": 1.5, "sigma_b2": 0.1}
    whole = ntk_matrix(NTK("tanh"), inputs, block=70, threads=1, **options)
    parts = ntk_matrix(NTK("tanh"), inputs, block=7, threads=2, **options)
    np.testing.assert_allclose(parts.ntk, whole.ntk, rtol=1e-13)
    np.testing.assert_array_equal(whole.ntk, whole.ntk.T)
    assert whole.condition_number > 1
    again = ntk_matrix(NTK("tanh"), inputs, block=7, threads=1, **options)
    np.testing.assert_array_equal(again.ntk, parts.ntk)


def test_equal_inputs_give_equal_entries():
    inputs = np.vstack([X[0], X[0], X[1]])
    for phi in ("tanh", "relu", "elu"):
        found = ntk_matrix(NTK(phi), inputs, depth=6, sigma_w2=1.5, sigma_b2=0.1).ntk
        assert found[0, 1] == pytest.approx(found[0, 0], rel=1e-12)


def test_standard_parametrisation_of_the_first_layer():
    """K^1 = <x, x'> + 1, K^2 = slope K^1 + n E phi phi + 1."""
    ntk = NTK("relu", parametrisation="standard", width=20)
    found = ntk_matrix(ntk, X, depth=1, sigma_w2=2, sigma_b2=0.3).ntk
    np.testing.assert_allclose(found, X @ X.T + 1, rtol=1e-12)


def test_constant_inputs_of_a_convolution_are_dense():
    rows = X[:, :3]
    constant = np.repeat(rows[:, None, :], 4, axis=1)
    conv = ntk_matrix(NTK("erf", "conv"), constant, depth=4, sigma_w2=1.7, sigma_b2=0.3).ntk
    dense = ntk_matrix(NTK("erf"), rows, depth=4, sigma_w2=1.7, sigma_b2=0.3).ntk
    assert conv.shape == (4, 4, 4, 4)
    np.testing.assert_allclose(conv, np.broadcast_to(dense[:, None, :, None], conv.shape), 1e-12)


def test_one_convolution_by_hand():
    """Depth 2, ReLU: the average over the filter of slope K^1 and of the source, at one entry."""
    x = np.random.default_rng(2).standard_normal((2, 5, 3))
    found = ntk_matrix(NTK("relu", "conv"), x, depth=2, sigma_w2=1.7, sigma_b2=0.3).ntk
    shifts = (-1, 0, 1)

    def first(i, a, j, b):
        return 0.3 + 1.7 / 3 * sum(x[i, (a + s) % 5] @ x[j, (b + s) % 5] / 3 for s in shifts)

    total = 0.3
    for s in shifts:
        a, b = (1 + s) % 5, (3 + s) % 5
        q1, q2, k = first(0, a, 0, a), first(1, b, 1, b), first(0, a, 1, b)
        t = np.arccos(k / np.sqrt(q1 * q2))
        product = np.sqrt(q1 * q2) * (np.sin(t) + (np.pi - t) * np.cos(t)) / (2 * np.pi)
        total += 1.7 / 3 * (product + (np.pi - t) / (2 * np.pi) * k)
    assert found[0, 1, 1, 3] == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(found, found.transpose(2, 3, 0, 1), rtol=1e-13)


@pytest.mark.parametrize(
    "ntk", [NTK("relu"), NTK("tanh"), NTK("gelu", "residual")], ids=lambda ntk: ntk.activation.name
)
def test_two_sets_of_inputs(ntk):
    options = {"depth": 4, "sigma_w2": 1.5, "sigma_b2": 0.1, "nngp": True}
    more = np.vstack([X[2], 2 * X[1], X[0] + 1e-7, np.ones(5)])
    whole = ntk_matrix(ntk, np.vstack([X, more]), **options)
    cross = ntk_matrix(ntk, X, more, block=3, **options)
    assert cross.ntk.shape == (4, 4)
    np.testing.assert_allclose(cross.ntk, whole.ntk[:4, 4:], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(cross.nngp, whole.nngp[:4, 4:], rtol=1e-12, atol=1e-12)
    # an input with itself, as the other matrix has it on its diagonal
    assert cross.ntk[2, 0] == pytest.approx(whole.ntk[2, 2], rel=1e-13)


def test_two_sets_of_inputs_of_a_convolution():
    x = np.random.default_rng(5).standard_normal((5, 6, 2))
    options = {"depth": 3, "sigma_w2": 1.5, "sigma_b2": 0.1}
    whole = ntk_matrix(NTK("relu", "conv"), x, **options).ntk
    cross = ntk_matrix(NTK("relu", "conv"), x[:3], x[3:], **options).ntk
    assert cross.shape == (3, 6, 2, 6)
    np.testing.assert_allclose(cross, whole[:3, :, 3:], rtol=1e-12)


def test_saved_and_loaded(tmp_path):
    found = ntk_matrix(NTK("relu"), X, depth=3, sigma_w2=2)
    np.testing.assert_array_equal(load(found.save(tmp_path / "k.npz")).ntk, np.asarray(found))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"X": X, "depth": 0}, "depth"),
        ({"X": X, "gram": np.eye(2)}, "one of the two"),
        ({"X": None}, "one of the two"),
        ({"X": X[0]}, "shape"),
        ({"X": [[np.nan, 1.0]]}, "nan"),
        ({"X": np.zeros((2, 3))}, "zero"),
        ({"X": np.zeros((0, 3))}, "empty"),
        ({"X": None, "gram": np.ones((2, 3))}, "square"),
        ({"X": None, "gram": [[1.0, 2.0], [2.0, 1.0]]}, "gram"),
        ({"X": X, "block": 0}, "block"),
        ({"X": X, "threads": 0}, "threads"),
        ({"X": "words"}, "numbers"),
        ({"X": X, "X2": X[:, :3]}, "X2 have 3 features"),
        ({"X": X, "X2": np.zeros((1, 5))}, "input 0 of X2 is zero"),
        ({"X": None, "gram": np.eye(2), "X2": X}, "X2 needs X"),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises(InputError, match=words):
        ntk_matrix(NTK("relu"), **{"depth": 2, "sigma_w2": 2, **options})


def test_equal_inputs_of_a_gram_matrix_are_equal():
    """1 - c comes from differences of the entries: ones give 6 = 2 L q/2, not 5.99999996."""
    gram = np.array([[0.7, 0.7, -0.7], [0.7, 0.7, -0.7], [-0.7, -0.7, 0.7]])
    found = ntk_matrix(NTK("relu"), gram=gram, depth=6, sigma_w2=2, sigma_b2=0).ntk
    assert found[0, 1] == pytest.approx(6 * 1.4, rel=1e-14)
    assert found[0, 0] == pytest.approx(6 * 1.4, rel=1e-14)
    with pytest.raises(InputError, match="real numbers"):
        ntk_matrix(NTK("relu"), gram * 1j, depth=6, sigma_w2=2, sigma_b2=0)
