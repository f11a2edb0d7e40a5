"""Correlated weights and any activation: slopes at independence, and where an edge begins."""

import math

import numpy as np
import pytest
import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2

R = sp.Rational
NODES = np.linspace(-10, 10, 401)
NORMAL = np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi) * (NODES[1] - NODES[0])


@pytest.mark.parametrize("variance", [R(1, 4), R(3)])
def test_slope_at_independence(variance):
    """kappa = 1: chi_0 = q (E phi')^2/Var phi, by the trapezoidal rule."""
    u = math.sqrt(variance) * NODES
    phi, slope = np.logaddexp(0, u), 1 / (1 + np.exp(-u))
    spread = NORMAL @ phi**2 - (NORMAL @ phi) ** 2
    known = float(variance) * (NORMAL @ slope) ** 2 / spread
    found = MeanField("softplus", weight_correlation=1).independence
    assert abs(found.slope.subs(q, variance).evalf(15) - known) < 1e-12
    assert known < 1
    # the slope of the correlation map of the theory itself, at its own variance
    map_ = MeanField("exp(x)", weight_correlation=1)
    ours = map_.independence.slope
    theirs = (map_.correlation_map.diff(rho) * q / map_.variance_map).subs({rho: 0, sigma_b2: 0})
    assert sp.simplify(ours - theirs) == 0


def test_when_outputs_become_independent():
    slope = MeanField("relu", weight_correlation=1).independence.slope
    assert sp.simplify(slope - sp.pi / (sp.pi - 1) / 2) == 0
    assert MeanField("x + 1", weight_correlation=1).independence.slope == 1
    assert MeanField("sign(x)").independence.slope == 2 / sp.pi  # odd: for every kappa
    assert not MeanField("relu", weight_correlation="1/2").independence.exists
    assert "weight_correlation = 1, not 1/2" in str(
        MeanField("relu", weight_correlation="1/2").independence
    )
    assert "constant" in MeanField("3", weight_correlation=1).independence.statement
    for text in ("gelu", "step", "exp(x)", "log(1 + abs(x))", "relu(x)**2"):
        found = MeanField(text, weight_correlation=1).independence
        for variance in (R(1, 10), R(2), R(20)):
            assert found.bound.lhs.subs(q, variance).evalf(15) < 1


def test_least_correlation_of_an_edge():
    """sigma_b2(q) of the edge of chaos, linear in kappa, vanishes there (published)."""
    found = MeanField("softplus").least_weight_correlation
    for variance, half, whole in ((1, -1.033, 0.074526572744),):
        crossing = 1 - whole / (whole - half) / 2
        assert abs(found.subs(q, variance).evalf(15) - crossing) < 2e-4
    edge = MeanField("softplus", weight_correlation=found.subs(q, 2)).edge_of_chaos
    assert abs(edge.sigma_b2.subs(q, 2).evalf(20)) < 1e-15
    assert MeanField("prelu").least_weight_correlation == 0
    assert MeanField("tanh").least_weight_correlation is None
    assert MeanField("step").least_weight_correlation is None
    assert MeanField("2").least_weight_correlation is None
    assert MeanField("exp(x)").least_weight_correlation.subs(q, 1) == 0  # e^{2q} (1 - q)/e^q
