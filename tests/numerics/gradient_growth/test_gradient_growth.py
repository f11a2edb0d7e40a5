"""Growth of norms and gradients in drawn networks, against integrals done with mpmath.

Statistical tests use fixed seeds; each comparison allows four standard errors.
"""

import math

import mpmath as mp
import numpy as np
import pytest

import initheory as it
from numerics.gradient_growth import gradient_growth
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.network import Network

KEEPS_NORMS = 2 * math.pi / (math.pi - 1)


def within(value, error, expected, errors=4):
    return np.all(np.abs(np.asarray(value) - expected) < errors * np.asarray(error))


def normal_mean(f, q=1, split=()):
    density = lambda z: mp.npdf(z) * f(mp.sqrt(q) * z)  # noqa: E731
    return mp.quad(density, [-12, -4, *split, 0, 4, 12])


def d_gelu(x):
    return mp.ncdf(x) + x * mp.npdf(x)


@pytest.fixture(scope="module")
def relu():
    """ReLU with rows of sum 0 that keep norms."""
    return gradient_growth(
        "relu", 500, 5, sigma_w2=KEEPS_NORMS, weights="correlated(1)", samples=80, seed=2
    )


def test_relu_cannot_keep_norms_and_gradients(relu):
    """Forward 1, backward pi/(pi - 1) = 1.46694; at sigma_w2 = 2 it is 1 - 1/pi and 1."""
    assert within(*relu.forward_rate, 1.0)
    assert within(*relu.gradient_rate, 1.466942206924)
    assert within(relu.gradient, relu.gradient_error, math.pi / (math.pi - 1))
    # what is not so: that it keeps gradients, and that kappa damps them
    assert not within(*relu.gradient_rate, 1.0, 20)
    assert not within(*relu.gradient_rate, 1.0 / (1 - 1 / math.pi) ** 2, 20)
    keeps = gradient_growth(
        "relu", 500, 5, sigma_w2=2, weights="correlated(1)", samples=30, seed=3
    )
    assert within(*keeps.gradient_rate, 1.0)
    assert within(*keeps.forward_rate, 1 - 1 / math.pi)
    assert not within(*keeps.forward_rate, 1.0, 20)


def test_the_sum_of_gradients(relu):
    """Share 1/2 below the top, less further down: tau = (1 - 1/pi) tau' by homogeneity."""
    tau, shares = 1.0, []
    for _ in range(5):
        shares.append(0.5 + (tau - 1) / (2 * math.pi - 2))
        tau *= 1 - 1 / math.pi
    np.testing.assert_allclose(relu.share_theory[::-1], shares, rtol=1e-12)
    assert within(relu.share, relu.share_error, relu.share_theory)
    assert not within(relu.share[0], relu.share_error[0], 0.5, 5)
    independent = gradient_growth("tanh", 200, 2, sigma_w2=2, samples=60)
    assert within(independent.share, independent.share_error, 1.0)


def test_any_activation_along_its_path():
    """GELU, kappa = 1/2: V(q)/q and chi_1 at the q of every layer, by quadrature."""
    model = MeanField("gelu", weight_correlation="1/2")
    found = gradient_growth(model, 500, 3, sigma_w2=2, sigma_b2=0.1, q0=1, samples=60, seed=4)
    q = mp.mpf(1)
    for k in range(3):
        chi = 2 * normal_mean(lambda x: d_gelu(x) ** 2, q)
        assert found.gradient_theory[k] == pytest.approx(float(chi), rel=1e-10)
        square = normal_mean(lambda x: (x * mp.ncdf(x)) ** 2, q)
        mean = normal_mean(lambda x: x * mp.ncdf(x), q)
        new = 0.1 + 2 * (square - mean**2 / 2)
        assert found.forward_theory[k] == pytest.approx(float(new / q), rel=1e-10)
        top, q = q, new
    assert within(found.gradient, found.gradient_error, found.gradient_theory)
    assert within(found.forward, found.forward_error, found.forward_theory)
    slope, mean = normal_mean(lambda x: d_gelu(x) ** 2, top), normal_mean(d_gelu, top)
    assert found.share_theory[-1] == pytest.approx(float(1 - mean**2 / (2 * slope)), rel=1e-10)
    assert within(found.share, found.share_error, found.share_theory)


def test_columns_damp_the_gradient_of_a_sum():
    """Only in the layer where the gradient is uniform, by 1 - kappa; norms see nothing of it."""
    weights = it.weights.Correlated("1/2", axis="column")
    found = gradient_growth("relu", 300, 3, sigma_w2=2, weights=weights, start="sum", samples=60)
    assert within(found.gradient, found.gradient_error, [1, 1, 0.5])
    assert within(found.forward, found.forward_error, 1.0)
    random = gradient_growth("relu", 300, 2, sigma_w2=2, weights=weights, samples=40)
    assert within(random.gradient, random.gradient_error, 1.0)


def test_skip_connections_and_other_laws():
    """z' = s z + W phi(z): |delta|^2 has s^2 + chi_1; orthogonal weights have chi_1."""
    model = MeanField("relu", weight_correlation=1, skip=0.5)
    found = gradient_growth(model, 300, 2, sigma_w2=1, sigma_b2=0.1, samples=40)
    assert within(found.gradient, found.gradient_error, 0.75)
    assert found.share_theory is None
    orthogonal = gradient_growth("relu", 200, 3, sigma_w2=2, weights="orthogonal", samples=20)
    assert within(*orthogonal.gradient_rate, 1.0)
    asymmetric = gradient_growth("relu", 200, 2, sigma_w2=2, weights="asymmetric", samples=10)
    assert asymmetric.gradient_theory is None
    assert asymmetric.gradient_rate[0] > 1.2
    net = Network("tanh", 200, 4, architecture="residual", gamma=1.5)
    residual = gradient_growth(net, samples=40)
    assert within(residual.gradient, residual.gradient_error, residual.gradient_theory)


def test_numbers_depend_on_the_seed_alone():
    options = {"sigma_w2": 2, "sigma_b2": 0.1, "weights": "correlated(1)"}
    more = gradient_growth("tanh", 30, 4, samples=9, threads=2, **options)
    less = gradient_growth("tanh", 30, 4, samples=4, threads=1, **options)
    for name in ("q_samples", "gradient_samples", "share_samples"):
        assert np.array_equal(getattr(more, name)[:4], getattr(less, name))
    other = gradient_growth("tanh", 30, 4, samples=4, seed=1, **options)
    assert not np.array_equal(other.q_samples, less.q_samples)
    one = gradient_growth("tanh", 30, 4, samples=4, probes=1, **options)
    assert np.array_equal(one.q_samples, less.q_samples)
    assert not np.array_equal(one.gradient_samples, less.gradient_samples)


def test_lost_networks_are_counted():
    """Both neurons of one of three layers are off with probability 1 - (1 - 2^-2)^3."""
    found = gradient_growth("relu", 2, 3, sigma_w2=2, samples=400)
    assert abs(found.lost / 400 - (1 - 0.75**3)) < 4 * math.sqrt(0.25 / 400)
    assert found.samples + found.lost == 400
    assert "lost" in found.statement


def test_saved_drawn_and_exported(relu, tmp_path):
    again = it.load(relu.save(tmp_path / "growth.npz"))
    assert np.array_equal(again.share, relu.share)
    assert again.provenance.inputs["weights"] == "Correlated(1)"
    assert it.gradient_growth is gradient_growth
    assert repr(relu).startswith("GradientGrowth(relu, weights=Correlated(1), width=500")
    assert str(relu).count("\n") == 7
    assert relu.plot().get_ylabel() == "factor"
    pytest.importorskip("xarray")
    assert relu.to_xarray()["gradient"].shape == (5,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_growth("relu", 20, 3), "give sigma_w2="),
        (lambda: gradient_growth("relu", 20, 0, sigma_w2=2), "depth = 0"),
        (lambda: gradient_growth(Network("relu", 9, 3), 20), "its own width"),
        (lambda: gradient_growth("step", 20, 3, sigma_w2=2), "jumps"),
        (lambda: gradient_growth("relu", 20, 3, sigma_w2=2, start="top"), "start = 'top'"),
        (lambda: gradient_growth("relu", 20, 3, sigma_w2=2, q0=0), "q0 = 0"),
        (
            lambda: gradient_growth(
                "relu", 20, 3, sigma_w2=2, weights="correlated(1, axis=column)", start="sum"
            ),
            "columns that sum to 0",
        ),
        (
            lambda: gradient_growth(
                MeanField("relu", weight_correlation=1), 20, 3, sigma_w2=2, weights="uniform"
            ),
            "weights of its own",
        ),
    ],
    ids=["no scale", "depth", "twice", "jump", "start", "q0", "columns", "two laws"],
)
def test_what_cannot_be_measured_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
