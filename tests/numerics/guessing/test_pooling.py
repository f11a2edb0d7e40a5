"""Pooling over neurons as numbers: against Monte Carlo, closed forms, other rules and networks."""

import numpy as np
import pytest
import sympy as sp

from numerics.edge_of_chaos import edge_of_chaos
from numerics.fixed_point import fixed_points
from numerics.guessing.neutral_line import neutral_line
from numerics.numeric_activation import numeric_activation
from numerics.propagate import propagate
from theory.activation import Activation
from theory.guessing.max_kernel import MaxKernel
from theory.guessing.pooling import PooledMeanField
from theory.symbols import q as variance

KEPT = {"max": 4 * sp.pi / (3 * sp.pi + 2), "average": 4 * sp.pi / (sp.pi + 1)}
RATIO = {"max": 3 * np.pi / (3 * np.pi + 2), "average": np.pi / (np.pi + 1)}


def pooled(name, size, pooling="max"):
    return numeric_activation(PooledMeanField(name, pooling, size))


@pytest.mark.parametrize(("name", "size"), [("relu", 3), ("gelu", 4), ("tanh", 3)])
def test_moments_and_product_against_sampling(name, size):
    found, q, rho, n = pooled(name, size), 1.5, 0.6, 200_000
    z = np.random.default_rng(7).standard_normal((2, size, n))
    first, second = np.sqrt(q) * z[0], np.sqrt(q) * (rho * z[0] + np.sqrt(1 - rho**2) * z[1])
    phi, slope = (lambda y, f=f: f(y.ravel()).reshape(y.shape) for f in found.jet[:2])
    m, other = phi(first).max(axis=0), phi(second).max(axis=0)
    won = np.take_along_axis(slope(first), phi(first).argmax(axis=0)[None], 0)[0]
    draws = [(m**2, found.W(q)), (won**2, found.D(q)), (m, found.moments.mean(q))]
    draws.append((m * other, found.correlation_source(q).product(rho)))
    for values, expected in draws:
        assert abs(values.mean() - float(expected)) < 4 * values.std() / np.sqrt(n)


def test_two_rules_agree_and_the_product_factors_at_zero_correlation():
    found = pooled("tanh", 2)
    source = found.correlation_source(1.3)
    for angle in (0.1, 1.0, 2.6):
        rules = [source._smooth(angle, rule)[0] for rule in (-1, 1)]
        assert rules[0] == pytest.approx(rules[1], rel=1e-12)
    assert source.product(0.0) == pytest.approx(float(found.moments.mean(1.3)) ** 2, rel=1e-12)
    assert source.loss(0.02) == pytest.approx(source._loss_by_table(0.02), rel=1e-11)


def test_sign_in_closed_form():
    """The maximum of signs is 1 unless all are -1: E m m' from quadrants."""
    found, rho = pooled("sign(x)", 2), 0.3
    both = 0.25 + np.arcsin(rho) / (2 * np.pi)
    expected = 1 - 4 * 0.25 + 4 * both**2
    assert found.correlation_source(2.0).product(rho) == pytest.approx(expected, rel=1e-12)


def test_half_correlation_against_sampling_and_any_precision():
    """E m m' of GELU by drawing, and of ReLU (jump of slope) by sums of other precision."""
    found, n = pooled("gelu", 2), 400_000
    z = np.random.default_rng(3).standard_normal((2, 2, n))
    y = z[0] / 2 + np.sqrt(0.75) * z[1]
    m, other = (found.jet[0](v.ravel()).reshape(2, n).max(axis=0) for v in (z[0], y))
    expected = found.correlation_source(1.0).product(0.5)
    assert abs((m * other).mean() - expected) < 4 * (m * other).std() / np.sqrt(n)
    exact = MaxKernel(Activation("relu"), 2, 1, 1, sp.S.Half).evalf(8)
    value = pooled("relu", 2).correlation_source(1.0).product(0.5)
    assert value == pytest.approx(float(exact), rel=1e-7)


@pytest.mark.parametrize("angle", [0.4, 1.1, 2.5])
def test_sums_over_levels_agree_with_conditional_integrals(angle):
    source = pooled("tanh", 2).correlation_source(1.3)
    by_levels = source._levels.slope(np.cos(angle))[0] / 1.3
    assert by_levels == pytest.approx(source._smooth(angle, -1)[0], rel=1e-12)


def test_neutral_line_of_a_maximum():
    """sigma_w2 (W - E m m') = q/2 at rho = 1/2, E m m' by conditional integrals from rho = 0."""
    (point,) = neutral_line(PooledMeanField("tanh", "max"), sigma_w2=39.66321168842)
    assert point.sigma_b2 == pytest.approx(0.1, abs=1e-9)
    found = pooled("tanh", 2)
    source = found.correlation_source(point.q)
    x, w = np.polynomial.legendre.leggauss(12)
    angles = np.pi * (5 + x) / 12
    gained = sum(source._smooth(t, 0)[0] * np.sin(t) * v for t, v in zip(angles, w, strict=True))
    gained *= point.q * np.pi / 12
    lost = float(found.W(point.q)) - float(found.moments.mean(point.q)) ** 2 - gained
    assert point.sigma_w2 * lost == pytest.approx(point.q / 2, rel=1e-11)


def test_variances_that_no_maximum_of_odd_functions_changes():
    plain, found = numeric_activation("tanh"), pooled("tanh", 2)
    for q in (0.01, 1.0, 50.0):
        for moment in ("W", "D", "S"):
            expected = float(getattr(plain, moment)(q))
            assert float(getattr(found, moment)(q)) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_relu_correlates_exponentially_where_the_variance_is_kept(pooling):
    model = PooledMeanField("relu", pooling)
    (point,) = fixed_points(model, KEPT[pooling], 0)
    assert point.chi_q == pytest.approx(1.0, abs=1e-15)
    assert point.chi_1 == pytest.approx(RATIO[pooling], rel=1e-14)
    gap = propagate(model, KEPT[pooling], 0, depth=80, q0=1.0, c0=0.0).one_minus_c
    # the ratio tends to chi_1 like the root of the gap
    assert gap[80] / gap[79] == pytest.approx(RATIO[pooling], abs=2e-4)


def test_edge_of_chaos_and_rate_of_a_maximum_of_tanh():
    model = PooledMeanField("tanh", "max")
    (point,) = edge_of_chaos(model, sigma_b2=0.1)
    assert point.q == pytest.approx(0.8057991819135, abs=1e-12)  # as without pooling
    assert point.sigma_w2 == pytest.approx(1.9860726411359, abs=1e-12)
    path = propagate(model, point.sigma_w2, 0.1, depth=100_000, c0=0.0)
    kappa = float(model.correlation_rate.coefficient.subs(variance, point.q).evalf(10))
    assert path.one_minus_c[-1] * 1e10 == pytest.approx(kappa, rel=2e-3)


def test_average_of_tanh_has_twice_the_critical_weights():
    (point,) = edge_of_chaos(PooledMeanField("tanh", "average"), q=0.8057991819135)
    assert point.sigma_w2 == pytest.approx(2 * 1.9860726411359, rel=1e-11)


def test_gradients_of_finite_networks_shrink_where_the_variance_is_kept():
    """Squared gradients through six layers of width 400 with maxima over pairs."""
    weight, width, depth = float(KEPT["max"]), 400, 6
    logs = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        y, jacobians = random.standard_normal(width), []
        for _ in range(depth):
            w = random.standard_normal((width, width)) * np.sqrt(weight / width)
            pairs = np.maximum(y, 0.0).reshape(-1, 2)
            m = np.repeat(pairs.max(axis=1), 2)
            jacobians.append((w, pairs.argmax(axis=1), y))
            y = w @ m
        g = random.standard_normal(width)
        start = g @ g
        for w, winner, before in reversed(jacobians):
            back = (g @ w).reshape(-1, 2).sum(axis=1)
            g = np.zeros((width // 2, 2))
            g[np.arange(width // 2), winner] = back
            g = g.ravel() * (before > 0)
        logs.append((g @ g) / start)
    logs = np.log(logs) / depth
    error = logs.std(ddof=1) / np.sqrt(len(logs))
    assert abs(logs.mean() - np.log(RATIO["max"])) < 4 * error + 0.5 * depth * error**2
