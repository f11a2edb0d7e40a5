"""Training with a fixed kernel against direct integration and finite differences."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import initheory as it
from numerics.result import load


def problem(count=6, tests=3, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((count + tests, 4))
    gram = np.exp(-0.5 * ((x[:, None] - x[None]) ** 2).sum(-1)) + 0.1
    y = random.standard_normal((count, 2))
    f0 = random.standard_normal((count + tests, 2))
    return gram[:count, :count], gram[count:, :count], y, f0[:count], f0[count:]


def test_flow_against_an_integrated_equation():
    kernel, cross, y, f0, g0 = problem()
    n, m = len(kernel), len(cross)

    def slope(_, state):
        f = state[: 2 * n].reshape(n, 2)
        return np.concatenate([-(kernel @ (f - y) / n).ravel(), -(cross @ (f - y) / n).ravel()])

    state = np.concatenate([f0.ravel(), g0.ravel()])
    times = [0.0, 0.5, 7.0, 40.0]
    exact = solve_ivp(slope, (0, 40), state, t_eval=times, rtol=1e-11, atol=1e-12).y
    found = it.kernel_training(kernel, y, times, f0=f0, test_kernel=cross, f0_test=g0)
    np.testing.assert_allclose(found.train.reshape(4, -1), exact[: 2 * n].T, atol=1e-8)
    np.testing.assert_allclose(found.test.reshape(4, -1), exact[2 * n :].T, atol=1e-8)
    assert found.trains
    assert found.limit == 0.0
    np.testing.assert_allclose(found.limit_test, g0 - cross @ np.linalg.solve(kernel, f0 - y))
    assert m == found.test.shape[1]


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_steps_against_a_loop(momentum):
    kernel, cross, y, f0, g0 = problem(seed=1)
    n = len(kernel)
    step = 0.9 * it.kernel_training(kernel, y, [0], step=1e-9, momentum=momentum).largest_step
    f, g, f_old, g_old = f0, g0, f0, g0
    for _ in range(25):
        r = f - y
        f, f_old = f - step * kernel @ r / n + momentum * (f - f_old), f
        g, g_old = g - step * cross @ r / n + momentum * (g - g_old), g
    found = it.kernel_training(
        kernel, y, [0, 25], f0=f0, test_kernel=cross, f0_test=g0, step=step, momentum=momentum
    )
    np.testing.assert_allclose(found.train[1], f, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.test[1], g, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_the_stability_bound_is_sharp(momentum):
    kernel, _, y, _, _ = problem(seed=2)
    bound = it.kernel_training(kernel, y, [0], step=1e-9, momentum=momentum).largest_step
    assert bound == pytest.approx(2 * 6 * (1 + momentum) / np.linalg.eigvalsh(kernel)[-1])
    inside = it.kernel_training(kernel, y, [0, 20000], step=0.999 * bound, momentum=momentum)
    assert inside.residual[1] < inside.residual[0]
    with pytest.raises(it.InitheoryError, match="stable"):
        it.kernel_training(kernel, y, [1], step=1.001 * bound, momentum=momentum)


def test_residual_limit_is_a_projection():
    ones = np.ones((2, 2))
    assert it.kernel_training(ones, [0, 0], [1e9], f0=[1, 1]).trains
    stuck = it.kernel_training(ones, [0, 0], [1e9], f0=[1, -1])
    assert not stuck.trains
    assert stuck.limit == pytest.approx(np.sqrt(2))
    assert stuck.residual[0] == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize("ratio", [0.25, 1 / 3])
def test_predictor_of_the_critical_limit_kernel(ratio):
    count = 5
    kernel = (1 - ratio) * np.eye(count) + ratio
    y, f0 = np.arange(5.0), np.array([0.3, -1, 0, 2, 1])
    found = it.kernel_training(kernel, y, [1e6], f0=f0, test_kernel=np.full((1, count), ratio))
    constant = it.limit_predictor("critical", ratio).coefficient
    (symbol,) = constant.free_symbols
    expected = float(constant.subs(symbol, count)) * (y - f0).sum()
    assert found.test[0, 0, 0] == pytest.approx(expected, rel=1e-10)


def test_random_initialization_against_samples():
    kernel, cross, y, _, _ = problem(seed=4)
    n, m = len(kernel), len(cross)
    random = np.random.default_rng(9)
    root = random.standard_normal((n + m, n + m)) / 3
    covariance = root @ root.T
    draws = random.multivariate_normal(np.zeros(n + m), covariance, size=40_000)
    found = it.kernel_training(
        kernel, y[:, :1], [0.0, 3.0], test_kernel=cross, nngp=covariance[:n, :n],
        nngp_test=covariance[n:, :n], nngp_test_diagonal=np.diag(covariance)[n:],
    )  # fmt: skip
    values, vectors = np.linalg.eigh(kernel)
    learn = vectors * ((1 - np.exp(-values * 3.0 / n)) / values) @ vectors.T
    outputs = draws[:, n:] - (draws[:, :n] - y[:, 0]) @ (cross @ learn).T
    error = 4.5 * outputs.std(axis=0) / 200
    assert np.all(np.abs(outputs.mean(axis=0) - found.test[1, :, 0]) < error)
    np.testing.assert_allclose(outputs.var(axis=0), found.test_variance[1], rtol=0.04)
    np.testing.assert_allclose(found.test_variance[0], np.diag(covariance)[n:])
    labels = np.ones(m)
    expected = np.mean((outputs - labels) ** 2)
    assert found.test_error(labels)[1] == pytest.approx(expected, rel=0.03)


def test_a_result_is_saved(tmp_path):
    found = it.kernel_training(np.eye(3), [1, 2, 3], [0, 1, 2])
    again = load(found.save(tmp_path / "training.npz"))
    np.testing.assert_array_equal(again.residual, found.residual)
    assert "non-singular" in str(again)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.ones((2, 3)), [1, 2], [0]), {}, "N x N"),
        ((np.array([[1.0, 2], [0, 1]]), [1, 2], [0]), {}, "not symmetric"),
        ((np.array([[1.0, 2], [2, 1]]), [1, 2], [0]), {}, "semi-definite"),
        ((np.eye(2), [1, 2, 3], [0]), {}, "2 inputs"),
        ((np.eye(2), [1, 2], [-1.0]), {}, "times"),
        ((np.eye(2), [1, 2], [0.5]), {"step": 0.1}, "whole numbers"),
        ((np.eye(2), [1, 2], [1]), {"momentum": 0.5}, "needs a step"),
        ((np.eye(2), [1, 2], [1]), {"test_kernel": np.ones((1, 3))}, "expected any x 2"),
        ((np.eye(2), [1, 2], [1]), {"f0": [1]}, "f0 has shape"),
    ],
)
def test_bad_input_is_one_sentence(arguments, options, message):
    with pytest.raises(it.InitheoryError, match=message):
        it.kernel_training(*arguments, **options)
