"""Tangent kernels of correlated weights and skips against a product rule and finite networks."""

import numpy as np
import pytest
from scipy.special import ndtr

from numerics.propagate import propagate
from numerics.tangent.digits import ntk_digits
from numerics.tangent.empirical import empirical_ntk
from numerics.tangent.matrix import ntk_matrix
from theory.errors import InputError
from theory.tangent import NTK

WEIGHT, BIAS = 1.5, 0.125
Z = np.arange(-85, 86) / 10
P = np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi) / 10
PHI = {
    "gelu": (
        lambda x: x * ndtr(x),
        lambda x: ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    ),
    "tanh": (np.tanh, lambda x: np.cosh(x) ** -2),
}
X = np.random.default_rng(3).standard_normal((3, 6)) * np.array([[0.7], [1.0], [1.6]])
OPTIONS = [
    ("relu", {"weight_correlation": 0.5}),
    ("relu", {"weight_correlation": 1, "skip": -0.5}),
    ("gelu", {"weight_correlation": 1}),
    ("gelu", {"weight_correlation": -1, "skip": 0.5}),
    ("tanh", {"skip": 0.5}),
]


def moments(phi, q1, q2, c):
    """E phi phi', E phi'phi' and E phi E phi': closed for relu, else an equidistant rule."""
    if phi == "relu":
        angle, size = np.arccos(c), np.sqrt(q1 * q2)
        product = size * (np.sin(angle) + (np.pi - angle) * c) / (2 * np.pi)
        return product, (np.pi - angle) / (2 * np.pi), size / (2 * np.pi)
    x = np.sqrt(q1) * Z[:, None]
    y = np.sqrt(q2) * (c * Z[:, None] + np.sqrt(1 - c * c) * Z)
    product, slope = (P @ (f(x) * f(y)) @ P for f in PHI[phi])
    f = PHI[phi][0]
    return product, slope, (P @ f(np.sqrt(q1) * Z)) * (P @ f(np.sqrt(q2) * Z))


def by_hand(phi, q, k, maps, weight_correlation=0, skip=0, width=None, wrong=1.0):
    """(K, q) of all pairs of inputs after ``maps`` layers; ``wrong`` multiplies the slope."""
    for _ in range(maps):
        found = np.empty((3, *q.shape))
        for i, j in np.ndindex(q.shape):
            c = 1.0 if i == j else q[i, j] / np.sqrt(q[i, i] * q[j, j])
            found[:, i, j] = moments(phi, q[i, i], q[j, j], min(c, 1.0))
        product, slope, mean = found
        branch = BIAS + WEIGHT * (product - weight_correlation * mean)
        source = branch if width is None else width * product + 1
        k = (skip**2 + wrong * WEIGHT * slope) * k + source
        q = skip**2 * q + branch
    return k, q


def first(width=None):
    q = BIAS + WEIGHT * X @ X.T / 6
    return q, q if width is None else X @ X.T + 1


@pytest.mark.parametrize("parametrisation", ["ntk", "standard"])
@pytest.mark.parametrize(("phi", "options"), OPTIONS)
def test_pairs_and_digits(phi, options, parametrisation):
    width = {"width": 40} if parametrisation == "standard" else {}
    ntk = NTK(phi, parametrisation=parametrisation, **width, **options)
    q = np.array([[1.25, 0.46875], [0.46875, 1.25]])
    k = q if not width else 40 * (q - BIAS) / WEIGHT + 1
    k, q = by_hand(phi, q, k, 3, **options, **width)
    path = propagate(ntk, WEIGHT, BIAS, depth=3, q0=1.25, c0=0.375)
    paths = [path]
    if phi != "tanh":  # certified quadrature of tanh takes long, and has tests of its own
        rows = {"depth": 3, "layers": [3], "q0": 1.25, "c0": 0.375, "digits": 14}
        paths.append(ntk_digits(ntk, WEIGHT, BIAS, **rows))
    for found in paths:
        assert float(found.ntk[-1]) == pytest.approx(k[0, 1], rel=1e-13)
        assert float(found.ntk_diagonal[-1]) == pytest.approx(k[0, 0], rel=1e-13)
        assert float(found.c[-1]) == pytest.approx(q[0, 1] / q[0, 0], rel=1e-13)
        assert float(found.q[-1]) == pytest.approx(q[0, 0], rel=1e-13)


@pytest.mark.parametrize("parametrisation", ["ntk", "standard"])
@pytest.mark.parametrize(("phi", "options"), OPTIONS)
def test_inputs_of_different_norms(phi, options, parametrisation):
    width = {"width": 40} if parametrisation == "standard" else {}
    ntk = NTK(phi, parametrisation=parametrisation, **width, **options)
    found = ntk_matrix(ntk, X, depth=4, sigma_w2=WEIGHT, sigma_b2=BIAS, nngp=True)
    kernel, covariance = by_hand(phi, *first(*width.values()), 3, **options, **width)
    np.testing.assert_allclose(found.ntk, kernel, rtol=1e-13)
    np.testing.assert_allclose(found.nngp, covariance, rtol=1e-13)


def test_a_matrix_is_made_of_pairs():
    inputs = X / np.linalg.norm(X, axis=1)[:, None] * 6**0.5
    ntk = NTK("gelu", weight_correlation=0.5, skip=0.5)
    found = ntk_matrix(ntk, inputs, depth=20, sigma_w2=WEIGHT, sigma_b2=BIAS).ntk
    c = (BIAS + WEIGHT * inputs @ inputs.T / 6) / (BIAS + WEIGHT)
    start = {"q0": BIAS + WEIGHT, "c0": np.minimum(c, 1.0)}
    path = propagate(ntk, WEIGHT, BIAS, depth=19, **start)
    np.testing.assert_allclose(found, path.ntk[-1], rtol=1e-12)


def test_convolutions_of_constant_inputs_are_dense():
    options = {"weight_correlation": 0.5, "skip": -0.5}
    setting = {"depth": 3, "sigma_w2": WEIGHT, "sigma_b2": BIAS}
    conv = ntk_matrix(NTK("gelu", "conv", **options), np.repeat(X[:, None], 4, 1), **setting).ntk
    dense = ntk_matrix(NTK("gelu", **options), X, **setting).ntk
    np.testing.assert_allclose(conv, np.broadcast_to(dense[:, None, :, None], conv.shape), 1e-13)


def test_finite_convolutions():
    inputs = np.random.default_rng(4).standard_normal((2, 4, 3))
    ntk = NTK("relu", "conv", weight_correlation=0.5, skip=0.5)
    setting = {"depth": 3, "sigma_w2": WEIGHT, "sigma_b2": BIAS}
    found = empirical_ntk(ntk, inputs, width=150, samples=40, **setting)
    limit = ntk_matrix(ntk, inputs, **setting).ntk
    assert np.abs((found.mean - limit) / found.standard_error).max() < 4


@pytest.mark.parametrize("parametrisation", ["ntk", "standard"])
@pytest.mark.parametrize(
    ("phi", "options"),
    [
        ("relu", {"weight_correlation": 0.5}),
        ("relu", {"weight_correlation": 1}),
        ("gelu", {"weight_correlation": 0.5}),
        ("gelu", {"weight_correlation": 1}),
        ("tanh", {"skip": 0.5}),
    ],
)
def test_finite_networks(phi, options, parametrisation):
    """Within 4 standard errors; a slope with a factor 1 - kappa/pi would be far outside."""
    width = {"width": 250} if parametrisation == "standard" else {}
    ntk = NTK(phi, parametrisation=parametrisation, **width, **options)
    setting = {"sigma_w2": WEIGHT, "sigma_b2": BIAS, "width": 250, "depth": 4}
    found = empirical_ntk(ntk, X, samples=80, **setting)
    start = first(*width.values())

    def deviation(wrong):
        kernel, _ = by_hand(phi, *start, 3, **options, **width, wrong=wrong)
        return np.abs((found.mean - kernel) / found.standard_error).max()

    assert deviation(1.0) < 4
    kappa = options.get("weight_correlation", 0)
    assert not kappa or deviation(1 - kappa / np.pi) > 6


@pytest.mark.parametrize("run", [propagate, ntk_digits])
def test_symbols_need_values(run):
    with pytest.raises(InputError, match="kappa"):
        run(NTK("relu", weight_correlation="kappa"), 2, 0, depth=2, q0=1, c0=0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight_correlation": 1.5}, "exceeds 1"),
        ({"weight_correlation": "half of it"}, "weight_correlation"),
        ({"skip": float("nan")}, "skip"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(InputError, match=words):
        NTK("relu", **options)
