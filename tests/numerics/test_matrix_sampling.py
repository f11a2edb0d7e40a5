"""Drawn weight matrices: covariance exact by the projection, and seen in samples."""

import numpy as np
import pytest
import sympy as sp

import initheory as it
from numerics.matrix_check import check_matrices
from numerics.matrix_given import symmetric_root
from numerics.matrix_sampling import matrix_drawer, projection, sample_asymmetric, sample_weights
from theory.errors import AssumptionError, InputError
from theory.weights import (
    Asymmetric,
    Correlated,
    Custom,
    Orthogonal,
    RowCovariance,
    Uniform,
)


@pytest.mark.parametrize("kappa", ["-7/2", "1/2", "0.999", 1])
@pytest.mark.parametrize("size", [2, 3, 1000])
def test_the_covariance_of_the_projection_is_that_of_the_law(kappa, size):
    law = Correlated(kappa)
    found = projection(law, size)
    exact = np.eye(size) - float(law.correlation) / size
    assert np.abs(found @ found.T - exact).max() < 1e-14 * (1 + abs(float(law.correlation)))
    if size < 10:
        covariance = np.array(law.row_covariance(size, 2).tolist(), dtype=float)
        assert np.abs(2 / size * found @ found.T - covariance).max() < 1e-15 * 5


@pytest.mark.parametrize("axis", ["row", "column"])
@pytest.mark.parametrize("entries", [None, "uniform", "student(5)"])
def test_a_drawn_matrix_is_the_projection_of_independent_entries(axis, entries):
    law, plain = Correlated("1/2", axis, entries), Correlated(0, axis, entries)
    w, g = (sample_weights(each, 4, 6, sigma_w2=3, seed=7) for each in (law, plain))
    expected = g @ projection(law, 6) if axis == "row" else projection(law, 4) @ g
    assert np.abs(w - expected).max() < 1e-15


@pytest.mark.parametrize("size", [2, 3, 1000])
def test_sums_vanish_at_kappa_one(size):
    row = sample_weights(Correlated(1), 5, size, sigma_w2=2)
    column = sample_weights(Correlated(1, "column"), size, 5, sigma_w2=2)
    assert np.abs(row.sum(axis=1)).max() < 1e-14
    assert np.abs(column.sum(axis=0)).max() < 1e-13


def test_the_generator_alone_decides():
    law = Correlated("1/2")
    assert (law.sample(3, 4, seed=5) == it.sample_weights("correlated(1/2)", 3, 4, seed=5)).all()
    random = np.random.default_rng(5)
    batch = matrix_drawer(law)(random, (2, 3, 4))
    assert (batch[0] == law.sample(3, 4, seed=np.random.default_rng(5))).all()
    assert law.sample(3).shape == (3, 3)
    assert law.sample(3, seed=1).std() != law.sample(3, seed=2).std()


def test_the_scale_is_given_or_that_of_the_law():
    law = Correlated.from_pair_correlation("-1/3", 4, variance=5)
    assert np.allclose(law.sample(3, 4), law.sample(3, 4, sigma_w2=law.sigma_w2))
    # the entries of a law of independent weights have its own variance, over the fan-in
    assert np.abs(Uniform(3).sample(50, 4)).max() < 1.5
    one, four = (sample_weights("gaussian", 2, sigma_w2=s) for s in (1, 4))
    assert np.allclose(2 * one, four)


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (3, 6), (6, 3), (1, 5)])
def test_orthogonal_matrices(rows, columns):
    w = sample_weights("orthogonal", rows, columns, sigma_w2=3, seed=1)
    small = w @ w.T if rows <= columns else w.T @ w
    assert np.allclose(small, 3 * max(1, rows / columns) * np.eye(min(rows, columns)))
    assert np.isclose((w**2).sum(), 3 * rows)  # each entry has variance sigma_w2/fan_in


def test_orthogonal_matrices_are_uniform():
    """Haar's measure: E Q_11^4 = 3/(n (n + 2)), and the signs are fair."""
    q = matrix_drawer(Orthogonal())(np.random.default_rng(3), (4000, 3, 3))
    fourth = q[:, 0, 0] ** 4
    assert abs(fourth.mean() - 3 / 15) < 4 * fourth.std() / 4000**0.5
    assert abs(np.sign(q[:, 0, 0]).mean()) < 4 / 4000**0.5
    assert abs(np.sign(np.linalg.det(q)).mean()) < 4 / 4000**0.5


@pytest.mark.parametrize(
    "law",
    [
        Correlated("1/2"),
        Correlated(1, "column"),
        Correlated(-3, entries="rademacher"),
        Orthogonal(),
        Uniform(),
        RowCovariance([[2, -1], [-1, "1/2"]]),
        RowCovariance(lambda n: np.diag(np.arange(1.0, n + 1.0)), correlation=0),
    ],
    ids=["row", "column", "signs", "orthogonal", "uniform", "singular", "function"],
)
def test_samples_have_the_covariance_of_the_law(law, tmp_path):
    size = 2 if getattr(law, "matrix", None) is not None else 6
    check = law.check(4, size, samples=600, seed=11)
    assert check.ok, str(check)
    check.save(tmp_path / "check.npz")
    assert np.array_equal(it.load(tmp_path / "check.npz").measured, check.measured)


def test_every_entry_of_a_sample_covariance():
    law = Correlated("3/4")
    w = matrix_drawer(law)(np.random.default_rng(2), (20000, 3))
    products = w[:, :, None] * w[:, None, :]
    expected = np.array(law.row_covariance(3, 1).tolist(), dtype=float)
    assert (np.abs(products.mean(axis=0) - expected) < 4 * products.std(axis=0) / 20000**0.5).all()


def test_a_layer_of_drawn_weights_has_the_variance_of_the_map():
    """relu of 500 normal numbers through 500 rows, matrices and numbers drawn anew each time."""
    law, size = Correlated("1/2"), 500
    random = np.random.default_rng(8)
    features = np.maximum(random.standard_normal((20, size, 1)), 0.0)
    weights = matrix_drawer(law, 2.0)(random, (20, size, size))
    seen = np.mean((weights @ features) ** 2, axis=(1, 2))
    expected = float(it.MeanField("relu", weights=law).variance_map.subs(_at(2)))
    assert abs(seen.mean() - expected) < 4 * seen.std(ddof=1) / 20**0.5


def _at(sigma_w2):
    return {it.symbols.q: 1, it.symbols.sigma_w2: sigma_w2, it.symbols.sigma_b2: 0}


def test_a_check_finds_what_is_not_as_declared():
    def wrong(random, shape):
        return random.normal(size=shape) / shape[1] ** 0.5

    assert check_matrices(Custom(wrong), samples=200).ok
    assert not Custom(wrong, correlation="1/2").check(samples=200).ok
    assert not Custom(wrong, correlation="1/2", axis="column").check(samples=200).ok
    assert not Custom(lambda random, shape: wrong(random, shape) + 0.1).check(samples=200).ok
    assert Custom(wrong).check(samples=50).plot().get_ylabel()


def test_roots_of_singular_matrices():
    vectors = np.random.default_rng(0).normal(size=(5, 2))
    covariance = vectors @ vectors.T
    root = symmetric_root(covariance, scale=1)
    assert np.allclose(root @ root, covariance)
    assert np.allclose(root, root.T)


def test_asymmetric_rows():
    law = Asymmetric("beta(2, 1)", correlation=1)
    w, b = sample_asymmetric(law, 4000, 3, sigma_w2=2, sigma_b2=0.1, seed=4)
    kept = np.abs(w.sum(axis=1)) < 1e-14  # where the bias was replaced, rows still sum to 0
    share = 1 / 4
    assert abs(kept.mean() - share) < 4 * (share * (1 - share) / 4000) ** 0.5
    replaced = b[kept]
    assert ((replaced > 0) & (replaced < 1)).all()
    assert abs(replaced.mean() - 2 / 3) < 4 * (1 / 18 / kept.sum()) ** 0.5
    # the law's own covariance over place and entry, with its mean p E v
    plain = sample_weights(law, 40000, 3, sigma_w2=2, seed=5)
    mean = float(law.probability(3) * law.entry_moment(1))
    products = (plain - mean)[:, :, None] * (plain - mean)[:, None, :]
    expected = np.array(law.row_covariance(3, 2).tolist(), dtype=float)
    assert (np.abs(products.mean(axis=0) - expected) < 4 * products.std(axis=0) / 200).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: sample_weights("correlated(k)", 2), "give a value to k"),
        (lambda: sample_weights("correlated(1)", 2, 1), "fan_in = 1: at kappa = 1"),
        (lambda: sample_weights("correlated(1, axis=column)", 1, 2), "fan_out = 1: at kappa = 1"),
        (lambda: sample_weights("gaussian", 0), "fan_out = 0 must be a whole number >= 1"),
        (lambda: sample_weights("gaussian", 2, 2.5), "fan_in = 2.5 must be a whole number >= 1"),
        (lambda: sample_weights("gaussian", 2, sigma_w2=-1), "sigma_w2 = -1"),
        (lambda: sample_weights("correlated(1)", 2, sigma_w2=float("nan")), "sigma_w2 = nan"),
        (lambda: sample_weights("gaussian", 2, seed=-1), "seed = -1 must be a whole number"),
        (lambda: sample_weights(RowCovariance(sp.eye(2)), 2, 3), "of shape (3, 3), not (2, 2)"),
        (lambda: sample_weights(RowCovariance(lambda n: -np.eye(n)), 2), "positive semidefinite"),
        (lambda: sample_weights(RowCovariance(lambda n: np.tri(n)), 2), "symmetric"),
        (lambda: sample_weights(Custom(lambda r, shape: np.ones(3)), 2), "must return a finite"),
        (lambda: Correlated(0).check(samples=1), "samples = 1 must be a whole number >= 2"),
    ],
)
def test_bad_input_is_one_sentence(make, sentence):
    with pytest.raises(InputError) as error:
        make()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_weights_without_a_variance_are_not_scaled():
    with pytest.raises(AssumptionError, match="infinite variance"):
        sample_weights("cauchy", 2, sigma_w2=1)
    with pytest.raises(AssumptionError, match="not Gaussian"):
        Asymmetric().check()
