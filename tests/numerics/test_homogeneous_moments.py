"""Powers of q agree with the quadrature that knows nothing of homogeneity."""

import numpy as np
import pytest

from numerics.homogeneous_moments import homogeneous_moments
from numerics.moments import moments_of
from theory.mean_field import MeanField

Q = np.array([1e-3, 0.3, 1.0, 7.0, 1e3])


@pytest.mark.parametrize(
    "text", ["relu", "abs", "leaky_relu", "square", "squared_relu", "cube", "sign", "step"]
)
def test_powers_agree_with_quadrature(text):
    theory = MeanField(text)
    ours, quadrature = homogeneous_moments(theory), moments_of(theory)
    for name in ("W", "D", "qdW"):
        expected = getattr(quadrature, name)(Q)
        assert getattr(ours, name)(Q) == pytest.approx(expected, rel=1e-13), name


def test_a_root_has_moments_of_half_degree():
    moments = homogeneous_moments(MeanField("sign(x)*sqrt(abs(x))"))
    assert moments.W(4.0) == pytest.approx(2 * np.sqrt(2 / np.pi), rel=1e-14)
    assert moments.qdW(4.0) == pytest.approx(np.sqrt(2 / np.pi), rel=1e-14)
    assert moments.D(4.0) == np.inf
