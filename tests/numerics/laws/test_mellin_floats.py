"""Laws known by their Mellin transform in double precision, against digits and moments."""

import math

import mpmath
import pytest

from numerics.compile import compile as compiled
from numerics.laws.mellin_floats import mellin_floats
from theory.gaussian_pair import GaussianPair
from theory.weights import Subbotin


@pytest.fixture(scope="module")
def pair():
    return GaussianPair(weights=Subbotin(3))


@pytest.mark.parametrize("place", [0.3, 1.0, 8.0])
def test_quantiles_and_densities_agree_with_digits(pair, place):
    law = pair.factor
    floats = mellin_floats(law)
    with mpmath.workdps(25):
        tail = mpmath.erfc(place / mpmath.sqrt(2))
        upper = tail < 0.5
        log_y = floats.log_quantile(float(mpmath.log(tail if upper else 1 - tail)), upper)
        y = mpmath.mpf(math.exp(log_y))
        assert abs(law.survival_digits(y) / tail - 1) < 1e-13 * (1 + place**2)
        log_density = floats.logarithm("density", log_y)
        assert abs(log_density - mpmath.log(law.density_digits(y))) < 1e-13


def test_far_tails_keep_their_logarithm(pair):
    floats = mellin_floats(pair.factor)
    log_y = floats.log_quantile(-80000.0, True)
    # -log P(Y > y) ~ y^6/54
    assert abs(6 * log_y - math.log(54 * 80000)) < 1e-3
    assert abs(floats.logarithm("survival", log_y) / 80000.0 + 1) < 1e-12


@pytest.mark.slow
def test_kernels_of_generalised_normal_weights_agree_with_digits(pair):
    kernel = compiled(pair)
    for place in (0.25, 2.0, -8.0):
        assert abs(kernel(place) / float(pair.evaluate(place, digits=18)) - 1) < 1e-13
