"""The second routes of the claims on regimes, ReLU and pooling, against quadrature and samples."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx
from scipy.special import ndtr

from proofs_check.claims import guessing_pools, guessing_relu, guessing_tanh
from proofs_check.registry import claims

IDS = {
    "igb.relu-recursion", "igb.relu-layer2", "igb.relu-growth", "igb.relu-critical-with-bias",
    "igb.relu-phases", "igb.phase-map", "igb.trainable-is-biased", "igb.neutral-line",
    "igb.pool-relu-variance", "igb.pool-relu-erratum", "igb.pool-tanh", "igb.table1", "igb.prop41",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("igb.*")} >= IDS


def _mean(f, variance):
    with mpmath.workdps(25):
        scale = mpmath.sqrt(variance)
        bell = lambda z: f(scale * z) * mpmath.npdf(z)  # noqa: E731
        return mpmath.nstr(mpmath.quad(bell, list(range(-12, 13, 2))), 22)


def _contains(ball, value):
    return abs(ball - arb(value)) < 1e-18


@pytest.mark.parametrize("variance", [sp.Rational(1, 2), sp.Integer(3)], ids=["half", "three"])
def test_moments_of_tanh(variance):
    slope = lambda y: mpmath.sech(y) ** 2  # noqa: E731
    number = mpmath.mpf(variance.p) / variance.q
    with ctx.workprec(200):
        at = guessing_tanh.Tanh(variance)
        assert _contains(at.second, _mean(lambda y: mpmath.tanh(y) ** 2, number))
        assert _contains(at.slope, _mean(lambda y: slope(y) ** 2, number))
        bend = lambda y: (2 * mpmath.tanh(y) * slope(y)) ** 2  # noqa: E731
        assert _contains(at.curvature, _mean(bend, number))
        assert at.second.rad() < 1e-27


def test_kernel_of_tanh():
    z = np.linspace(-9, 9, 301)
    mass = np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    for c in (0.3, 0.8):
        other = c * z[:, None] + math.sqrt(1 - c * c) * z
        expected = mass @ (np.tanh(z)[:, None] * np.tanh(other)) @ mass
        with ctx.workprec(200):
            found = guessing_tanh.Tanh(1).kernel(arb(c))
            assert found.rad() < 1e-15
            assert float(found.mid()) == pytest.approx(expected, abs=1e-13)


def test_zero_certifies_a_change_of_sign():
    with ctx.workprec(200):
        root = guessing_tanh.zero(lambda v: v * v * v - 2, 1, 4)
        assert root.contains(arb(2).root(3))
        with pytest.raises(ValueError, match="sign"):
            guessing_tanh.zero(lambda v: v * v + 1, 1, 2)


def test_relu_routes_agree():
    """Balls of gamma, balls and floats of 1 - c, without biases and with."""
    ratio = guessing_relu.printed_recursion(60)[-1]
    gap = guessing_relu.float_gaps(2.0, 0.0, (60,))[60]
    assert float(ratio.mid()) == pytest.approx(1 / gap - 1, rel=1e-11)
    with ctx.workprec(300):
        certified = guessing_relu.certified_gap("1/10", 60)
    gap = guessing_relu.float_gaps(2.0, 0.1, (60,))[60]
    assert float(certified.mid()) == pytest.approx(gap, rel=1e-12)


def test_pairs_of_pools_against_samples():
    random = np.random.default_rng(3)
    c, pairs = 0.4, random.standard_normal((2, 400_000, 2))
    first, second = pairs[0], c * pairs[0] + math.sqrt(1 - c * c) * pairs[1]
    for name, pool in (("max", np.max), ("average", np.mean)):
        products = pool(np.tanh(first), axis=1) * pool(np.tanh(second), axis=1)
        error = products.std() / math.sqrt(len(products))
        found = guessing_pools.pair_of_pools(np.tanh, 1.0, c, name)
        assert abs(products.mean() - found) < 4.5 * error
    # independent inputs: (E max)^2
    z = np.linspace(-9, 9, 2001)
    mean = np.sum(2 * np.tanh(z) * ndtr(z) * np.exp(-z * z / 2)) * 0.009 / math.sqrt(2 * math.pi)
    found = guessing_pools.pair_of_pools(np.tanh, 1.0, 0.0)
    assert found == pytest.approx(mean**2, rel=1e-11)
