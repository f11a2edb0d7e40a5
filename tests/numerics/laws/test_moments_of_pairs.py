"""Moments, fixed points and kernels of the activations behind Weibull weights."""

import math

import numpy as np
import pytest
import sympy as sp

import initheory as it
from theory.laws.functions import LawActivation
from theory.laws.weibull_factor import WeibullFactor
from theory.symbols import x

#: theta: chi_1, V'(1), C'(0), V(0.5), V(2) of the odd activation, by quadrature elsewhere
ODD = {
    "2.05": (1.242252986901, 0.404841204202, 0.911617925749, 0.7231539646, 1.2739759150),
    "3": (1.046430187665, 0.693128028930, 0.980196713847, 0.6010835643, 1.5718700156),
}
#: theta: C(0), C'(0), chi_1, V'(1) of the positive activation
POSITIVE = {
    "3": (0.72071301760, 0.27067642087, 0.29488839474, 0.26162642683),
}


def pair(theta, kind):
    """The activation and E W^2."""
    activation = it.Activation(LawActivation(WeibullFactor(sp.Rational(theta)), x, kind))
    return activation, math.gamma(1 + 2 / float(sp.Rational(theta)))


@pytest.mark.parametrize("theta", ODD)
def test_variance_map_and_fixed_point(theta):
    phi, second = pair(theta, "odd")
    chi, slope, _, half, double = ODD[theta]
    V = it.compile(it.MeanField(phi).variance_map, ["q", "sigma_w2", "sigma_b2"])
    values = V(np.array([0.5, 1.0, 2.0]), second, 0.0)
    assert values == pytest.approx([half, 1.0, double], rel=2e-10)
    assert values[1] == pytest.approx(1.0, rel=1e-13)
    stable = [p for p in it.fixed_points(phi, sigma_w2=second, sigma_b2=0) if p.q > 0.5]
    assert len(stable) == 1
    assert stable[0].q == pytest.approx(1.0, rel=1e-12)
    assert stable[0].chi_1 == pytest.approx(chi, abs=2e-12)
    assert stable[0].chi_q == pytest.approx(slope, abs=2e-12)


@pytest.mark.parametrize("theta", POSITIVE)
def test_positive_activation_is_ordered(theta):
    phi, second = pair(theta, "positive")
    _, _, chi, slope = POSITIVE[theta]
    stable = [p for p in it.fixed_points(phi, sigma_w2=second, sigma_b2=0) if 0.9 < p.q < 1.1]
    assert stable[0].chi_1 == pytest.approx(chi, abs=2e-11)
    assert stable[0].chi_q == pytest.approx(slope, abs=2e-11)


@pytest.mark.slow
def test_propagation_of_two_inputs():
    """One layer from correlation c, by the Hermite series of phi."""
    phi, second = pair("3", "odd")
    found = it.propagate(phi, sigma_w2=second, sigma_b2=0, q0=1.0, c0=0.5, depth=2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(150)
    values = it.compile(phi)(nodes)
    total = 0.0
    for k in range(1, 40, 2):
        basis = np.polynomial.hermite_e.hermeval(nodes, [0.0] * k + [1.0])
        share = (weights @ (values * basis)) ** 2 / (2 * math.pi * math.factorial(k))
        total += second * share * 0.5**k
    assert total == pytest.approx(0.49232, abs=5e-6)
    assert np.ravel(found.c)[1] == pytest.approx(total, abs=1e-11)
