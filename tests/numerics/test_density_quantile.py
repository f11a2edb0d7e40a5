"""Drawing from weights that are given by a density."""

import numpy as np
import pytest
from scipy import integrate

import initheory as it
from numerics.density_quantile import density_quantile
from theory.errors import InputError


@pytest.mark.parametrize(
    ("formula", "bound", "f"),
    [
        ("1 + cos(pi*w)", 1, lambda w: 1 + np.cos(np.pi * w)),
        ("exp(-w**2 - w**4)", None, lambda w: np.exp(-(w**2) - w**4)),
    ],
)
def test_quantiles_and_draws(formula, bound, f):
    law = it.weights.Density(formula, bound=bound)
    p = np.linspace(0.01, 0.99, 9)
    found = density_quantile(law.magnitude)(p)
    mass = integrate.quad(f, 0, bound or 8)[0]
    parts = [integrate.quad(f, 0, y)[0] / mass for y in found]
    np.testing.assert_allclose(parts, p, atol=1e-8)
    values = law.rvs(40000, random_state=3)
    assert abs(np.mean(values**2) / float(law.variance.evalf()) - 1) < 0.03
    assert abs(np.mean(values)) < 0.02


def test_a_heavy_tail_and_a_negative_density_are_refused():
    with pytest.raises(InputError, match="at least 0"):
        density_quantile(it.weights.Density("cos(2*w)", bound=1).magnitude)


def test_kernels_of_quotients_by_integrals_are_refused_in_a_sentence():
    pair = it.GaussianPair(weights=it.weights.Density("w**2*exp(-w**2 - w**4)"))
    assert pair.exists is None
    with pytest.raises(InputError, match="evaluate"):
        it.compile(pair)(np.array([1.0]))
