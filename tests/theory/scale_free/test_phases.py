"""The phases of correlated ReLU against a recursion of their own."""

import math

import mpmath as mp
import pytest
import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import l, sigma_b2, sigma_w2

R = sp.Rational
KAPPA = sp.Symbol("kappa", real=True)


def relu_layer(w, b, kappa, v, cov):
    """One layer by the arc-cosine kernel: (V, covariance)."""
    c, mean = cov / v, 1 / (2 * mp.pi)
    known = (mp.sqrt(1 - c * c) + c * (mp.pi - mp.acos(c))) * mean
    return b + w * v * (mp.mpf(1) / 2 - kappa * mean), b + w * v * (known - kappa * mean)


@pytest.fixture(scope="module")
def relu():
    return MeanField("relu", weight_correlation="kappa").scale_free


#: kappa, sigma_w2, sigma_b2
PLACES = [
    ("1/2", "1.5", "0.1", "ordered"),
    ("1/2", "2", "0.1", "critical"),
    ("1/2", "2.25", "0.1", "chaotic"),
    ("1/2", "3", "0.1", "unbounded chaotic"),
    ("1", "3.4", "0.1", "unbounded chaotic"),  # the trace of the bias lasts longest
    ("0", "2.5", "0.1", "unbounded critical"),
    ("0", "2", "0.1", "critical with growing variance"),
    ("-1", "1.9", "0.1", "unbounded ordered, vanishing gradients"),
    ("-1", "2.2", "0.1", "unbounded ordered"),
    ("-1", "1.2", "0.1", "ordered"),
    ("3/4", "1", "0", "scale-free chaotic"),
    ("0", "5", "0", "scale-free critical"),
    ("-1", "3", "0", "scale-free ordered"),
]


@pytest.mark.parametrize(("kappa", "weights", "biases", "name"), PLACES)
def test_phases_against_the_recursion(relu, kappa, weights, biases, name):
    phase = relu.phase_at(R(weights), R(biases), kappa=R(kappa))
    assert phase.name == name
    held = [
        p
        for p in relu.phases
        if p.condition.subs({KAPPA: R(kappa), sigma_w2: R(weights), sigma_b2: R(biases)})
        is sp.true
    ]
    assert len(held) == 1
    here = {sigma_w2: R(weights), sigma_b2: R(biases)}
    with mp.workdps(60):
        w, b, k = (mp.mpf(R(t).p) / R(t).q for t in (weights, biases, kappa))
        growth = w / 2 * (1 - k / mp.pi)
        v = b / (1 - growth) if b and growth < 1 else mp.mpf(1)
        cov, gaps = v / 2, []
        for _ in range(500):
            v, cov = relu_layer(w, b, k, v, cov)
            gaps.append(cov / v - mp.mpf(str(phase.c_star.subs(here).evalf(50))))
        if phase.approach is not None:
            seen = -gaps[-1] / mp.mpf(str(phase.approach.subs({**here, l: 500}).evalf(20)))
            assert abs(seen - 1) < 0.08  # corrections of order log(l)/l
        else:
            turn = 60
            seen = (gaps[turn + 30] / gaps[turn]) ** (mp.mpf(1) / 30)
            rate = sp.N(phase.rate.subs(here), 20)
            assert abs(seen - mp.mpf(str(rate))) < 2e-3
            assert abs(gaps[-1]) < 1e-6


def test_the_trace_of_the_bias_on_the_boundary():
    """c - c* ~ (1 - c*)/((1 - lambda) l): 1/((1 - lambda) l) at kappa = 1, from q ~ sigma_b2 l."""
    relu = MeanField("relu", weight_correlation=1).scale_free
    phase = relu.phase_at(2 * sp.pi / (sp.pi - 1), 2)
    assert phase.name == "chaotic with growing variance"
    variance, cov = 1.0, 0.2
    for _ in range(3000):
        c = cov / variance
        map_ = (math.sqrt(1 - c * c) + c * math.acos(-c) - 1) / (math.pi - 1)
        variance, cov = variance + 2, variance * map_ + 2
    stated = phase.approach.subs(l, 3000)
    assert abs(cov / variance / stated - 1) < 0.01
    assert abs(stated * 3000 / 3.7519 - 1) < 1e-4  # 1 - lambda = (pi/2 - 1)/(pi - 1)


def test_regions_that_no_weights_reach_are_left_out():
    names = [phase.name for phase in MeanField("relu").scale_free.phases]
    assert names == [
        "ordered",
        "unbounded critical",
        "critical with growing variance",
        "scale-free critical",
    ]
    strong = MeanField("prelu", weight_correlation=1).scale_free
    assert [p.name for p in strong.phases][:4] == [
        "ordered",
        "critical",
        "chaotic",
        "unbounded chaotic",
    ]
    assert strong.phase_at(1, 0.1, alpha=2).name == "unbounded chaotic"
    wide = MeanField("relu", weight_correlation=1, skip=2).scale_free  # nothing is bounded
    assert wide.phase_at(R(1, 10), 1).name == "unbounded chaotic"
    unit = MeanField("relu", weight_correlation=1, skip=1).scale_free  # kappa_e = pi > 1
    # C'(0) = (1 + sigma_w2 (1/2 - 1/4))/(1 + sigma_w2 (1/2 - 1/(2 pi))) at c* = 0
    expected = R(5, 4) / (R(3, 2) - 1 / (2 * sp.pi))
    assert sp.simplify(unit.phase_at(1, 1).rate.subs(sigma_w2, 1) - expected) == 0
    assert "|skip| >= 1" in str(unit)
