"""Laws of weight matrices in the verbs that measure or need them."""

import math

import numpy as np
import pytest

import initheory as it
from numerics.spectrum.jacobian import jacobian
from theory.errors import AssumptionError, InputError
from theory.guessing import GuessingBias
from theory.mean_field import MeanField
from theory.spectrum.jacobian import JacobianSpectrum
from theory.tangent import NTK
from theory.weights import Asymmetric, Correlated, Orthogonal, Uniform


@pytest.mark.parametrize("kappa", [1, "1/2"])
def test_correlated_weights_leave_the_spectrum_of_a_jacobian(kappa):
    """The same moments and edge at one q and sigma_w2; q is that of the correlated map."""
    plain = jacobian("gelu", 4, sigma_w2=2.1, q=0.3)
    found = jacobian("gelu", 4, Correlated(kappa), sigma_w2=2.1, q=0.3)
    assert (found.m1, found.m2, found.largest) == (plain.m1, plain.m2, plain.largest)
    at = {"sigma_w2": 2.1, "sigma_b2": 0.1}
    mine = jacobian("gelu", 4, f"correlated({kappa})", **at)
    theory = it.fixed_points(MeanField("gelu", weight_correlation=kappa), **at)
    assert mine.q == theory.stable[-1].q
    assert mine.q != pytest.approx(jacobian("gelu", 4, **at).q, rel=0.1)
    assert jacobian("gelu", 4, Correlated(kappa, "column"), **at).q == jacobian("gelu", 4, **at).q


def test_sampled_spectra_of_correlated_weights():
    """Nothing beyond the edge for kappa = 1, and (1 - kappa)^2/(-kappa) for kappa < -1."""
    flat = jacobian("linear", 1, Correlated(1), sigma_w2=1, q=1).sample(150, 2)
    assert flat.values[:, 0].max() < 1e-25  # the direction 1
    assert flat.agrees()
    assert flat.values.max() < 4.2
    spiked = jacobian("linear", 1, Correlated(-3), sigma_w2=1, q=1).sample(150, 4)
    assert abs(spiked.values[:, -1].mean() - 16 / 3) < 0.7
    assert spiked.values[:, -2].max() < 4.3
    assert spiked.agrees()


def test_laws_name_their_spectrum():
    assert jacobian("tanh", 3, Orthogonal()).weights == "orthogonal"
    assert jacobian("tanh", 3, Uniform()).weights == "gaussian"
    assert jacobian(MeanField("tanh", weights="orthogonal"), 3).weights == "orthogonal"
    assert JacobianSpectrum("relu", Correlated("1/2")).weights.power == 1
    for law in (Asymmetric(), "asymmetric"):
        with pytest.raises(AssumptionError, match="no spectrum of a Jacobian"):
            jacobian("tanh", 3, law)
    with pytest.raises(InputError, match="give one of them"):
        jacobian(MeanField("gelu", weight_correlation=1), 3, Correlated("1/2"), sigma_w2=2)


def test_pre_activations_of_correlated_weights():
    """The default sigma_w2 keeps the variance; correlations follow the map of item kappa = 1."""
    study = it.preactivation_study(
        "relu", 150, 4, weights=Correlated(1), networks=300, layers=[2, 4], permutations=99
    )
    c, gain = [0.5], 2 * math.pi / (math.pi - 1)
    for _ in range(3):
        j = (math.sqrt(1 - c[-1] ** 2) + c[-1] * (math.pi - math.acos(c[-1]))) / math.pi
        c.append(gain / 2 * (j - 1 / math.pi))
    assert (np.abs(study.correlation - [c[1], c[3]]) < 4 * study.correlation_error + 0.01).all()
    np.testing.assert_allclose(study.variance, 1, atol=0.06)
    assert study.weights == "Correlated(1)"
    orthogonal = it.preactivation_study(
        "relu", 40, 3, weights="orthogonal", networks=200, layers=[3], permutations=99
    )
    assert abs(orthogonal.variance[0] - 1) < 0.1
    with pytest.raises(AssumptionError, match="not Gaussian"):
        it.preactivation_study("relu", weights="asymmetric")
    with pytest.raises(InputError, match="pass nothing"):
        it.preactivation_study(it.Activation("1 + 0*x"), weights=Correlated(1))


def deviation(kernel, theory):
    return np.abs((kernel.mean - np.asarray(theory)) / kernel.standard_error).max()


def test_tangent_kernels_of_networks_with_laws():
    x = np.array([[1.0, 0.0], [0.6, 0.8]])
    options = {"width": 200, "depth": 2, "sigma_w2": 2, "samples": 60}
    law = Correlated(1)
    one = it.empirical_ntk(NTK("relu"), x, weights=law, **options)
    two = it.empirical_ntk(NTK("relu", weight_correlation=1), x, **options)
    assert np.array_equal(one.values, two.values)
    three = it.empirical_ntk(NTK("relu", weights=law), x, **options)
    assert np.array_equal(one.values, three.values)
    orthogonal = it.empirical_ntk(NTK("relu"), x, weights="orthogonal", **options)
    # K^2 = E phi phi' and K^1 E phi'phi', each times sigma_w2 = 2
    c = np.array([[1.0, 0.6], [0.6, 1.0]])
    slope = (np.pi - np.arccos(c)) / np.pi
    theta = (np.sqrt(1 - c**2) / np.pi + c * slope) + c * slope
    assert deviation(orthogonal, theta) < 4
    for weights in (Correlated(1, "column"), "asymmetric"):
        with pytest.raises(AssumptionError, match="empirical_ntk"):
            it.empirical_ntk(NTK("relu"), x, weights=weights, **options)
    with pytest.raises(InputError, match="give one of them"):
        it.empirical_ntk(NTK("relu", weight_correlation="1/2"), x, weights=law, **options)


def test_guesses_and_training_say_what_they_do_not_draw():
    with pytest.raises(InputError, match="row-correlated"):
        it.guessing_study(GuessingBias("relu", 2, 0, weights=Orthogonal()), 20, 2)
    study = it.guessing_study(
        GuessingBias("relu", 2, 0, weights="uniform"), 60, 2, networks=40, inputs=100
    )
    assert abs(study.gamma_hat[1] - study.gamma_finite[1]) < 5 * study.gamma_error[1]
    with pytest.raises(InputError, match=r"pass its \.activation"):
        it.bias_training(MeanField("tanh", weight_correlation=1))
