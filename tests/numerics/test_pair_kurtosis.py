"""The excess kurtosis of two layers: published digits, exact zeros, expansion in 1/n_0."""

import warnings

import numpy as np
import pytest

import initheory as it
from numerics.compile import compile
from numerics.pair_kurtosis import excess_kurtosis
from theory.errors import InputError
from theory.gaussian_pair import GaussianPair

WIDE = {
    "2.05": 0.80627334,
    "2.5": 1.40921880,
    "3": 2.02416274,
    "4": 3.00515538,
    "7": 4.54566326,
}


@pytest.mark.parametrize("theta", WIDE)
def test_published_values(theta):
    found = excess_kurtosis(GaussianPair(theta=theta), [1, 2, 1])
    assert 2 * found.value == pytest.approx(WIDE[theta], abs=6e-9)
    assert found.error < 1e-9


def test_the_method_of_the_pair_and_the_factor_of_the_width():
    pair = it.GaussianPair(theta=2)
    two = pair.excess_kurtosis([1, 2, 1])
    assert pair.excess_kurtosis([1, 10, 1]) == pytest.approx(two * 2 * 0.9, rel=1e-14)
    assert pair.excess_kurtosis([1, 1, 1]) == 0
    assert pair.excess_kurtosis([5, 1]) == 0


def test_the_positive_activation_of_exponent_two_has_none():
    found = excess_kurtosis(GaussianPair(theta=2, kind="positive"), [1, 2, 1])
    assert found.value == pytest.approx(0, abs=1e-25)
    assert excess_kurtosis(GaussianPair(theta=2, kind="positive"), [3, 2, 1]).value == 0


def test_more_inputs_against_direct_draws():
    pair = GaussianPair(theta=3)
    phi = compile(pair.activation)
    random, size, inputs = np.random.default_rng(5), 400_000, 3

    def weights(*shape):
        return random.exponential(size=shape) ** (1 / 3) * random.choice([-1.0, 1.0], shape)

    y = phi(random.standard_normal((size, inputs)))
    squares = [
        phi((weights(size, inputs) * y).sum(axis=1) / np.sqrt(inputs)) ** 2 for _ in range(2)
    ]
    products = (squares[0] - squares[0].mean()) * (squares[1] - squares[1].mean())
    scale = 1.5 * float(pair.weights.variance) ** 2
    error = scale * products.std() / np.sqrt(size)
    found = excess_kurtosis(pair, [inputs, 2, 1])
    assert abs(scale * products.mean() - found.value) < 4 * error
    assert found.error < 1e-6


def test_many_inputs_follow_the_leading_term():
    pair = GaussianPair(theta=2)
    slope, kurtosis = pair.mean_field.numbers().chi_q, pair.weights.kurtosis
    leading = float(1.5 * slope**2 * (3 / kurtosis - 1))
    ratios = [excess_kurtosis(pair, [n, 2, 1]).value * n / leading for n in (50, 500)]
    assert ratios[1] == pytest.approx(1, abs=0.003)
    assert abs(ratios[1] - 1) < 0.2 * abs(ratios[0] - 1)


def test_one_input_by_both_methods():
    pair = GaussianPair(theta=3)
    from numerics import pair_kurtosis

    x, mass = pair_kurtosis._normal_points(0.06)
    square = compile(pair.activation)(x) ** 2
    value, bound = pair_kurtosis._hermite_sum(pair, x, mass, square, 1, 1.0)
    scale = 1.5 * float(pair.weights.variance) ** 2
    assert abs(scale * value - excess_kurtosis(pair, [1, 2, 1]).value) < scale * bound


def test_bad_architectures():
    pair = GaussianPair(theta=2)
    for bad in (3, [1, 0, 1], [], "abc"):
        with pytest.raises(InputError, match="no list of widths"):
            excess_kurtosis(pair, bad)
    with pytest.raises(InputError, match="3 layers"):
        excess_kurtosis(pair, [1, 2, 2, 1])


def test_many_inputs_do_not_overflow():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = excess_kurtosis(GaussianPair(theta=3), [1024, 2, 1])
    # 3 (1 - 1/n) V'(1)^2 (3/kappa_W - 1)/n_0 with V'(1) = 0.693128..., the next term O(1/n_0^2)
    assert found.value * 2048 == pytest.approx(1.5182, rel=1e-3)
