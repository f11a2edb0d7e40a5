"""The training law in the kernel regime, exactly."""

import pytest
import sympy as sp

from theory.errors import InputError
from theory.kernel_training import N, gradient_flow, limit_predictor, limit_residual

t = sp.Symbol("t", positive=True)


def test_a_singular_kernel_trains_one_start_and_not_another():
    ones = sp.ones(2, 2)
    assert gradient_flow(ones, sp.Matrix([1, 1]), t).limit(t, sp.oo) == sp.zeros(2, 1)
    assert gradient_flow(ones, sp.Matrix([1, -1]), t) == sp.Matrix([1, -1])
    assert limit_residual(ones, sp.Matrix([1, 1])) == sp.zeros(2, 1)
    assert limit_residual(ones, sp.Matrix([1, -1])) == sp.Matrix([1, -1])


def test_the_limit_residual_is_the_limit_of_the_flow():
    kernel = sp.Matrix([[2, 2, 0], [2, 2, 0], [0, 0, 1]])
    start = sp.Matrix([3, 1, 5])
    flow = gradient_flow(kernel, start, t)
    assert flow.applyfunc(lambda e: sp.limit(e, t, sp.oo)) == limit_residual(kernel, start)


def test_flow_solves_its_equation():
    kernel = sp.Matrix([[2, 1], [1, 3]])
    flow = gradient_flow(kernel, sp.Matrix([1, -2]), t)
    assert sp.simplify(flow.diff(t) + kernel * flow / 2) == sp.zeros(2, 1)


@pytest.mark.parametrize(("ratio", "shift"), [(sp.Rational(1, 4), 3), (sp.Rational(1, 3), 2)])
def test_critical_predictors(ratio, shift):
    assert sp.simplify(limit_predictor("critical", ratio).coefficient - 1 / (N + shift)) == 0


@pytest.mark.parametrize("count", [2, 3, 6])
def test_sherman_and_morrison_against_a_numeric_inverse(count):
    ratio = sp.Rational(2, 9)
    kernel = (1 - ratio) * sp.eye(count) + ratio * sp.ones(count, count)
    row = ratio * sp.ones(1, count) * kernel.inv()
    expected = limit_predictor("critical", ratio).coefficient.subs(N, count)
    assert all(sp.simplify(entry - expected) == 0 for entry in row)
    assert expected != sp.Rational(1, count)


def test_other_phases():
    assert limit_predictor("ordered").coefficient == 1 / N
    assert not limit_predictor("ordered").trains
    assert limit_predictor("chaotic").coefficient == 0
    with pytest.raises(InputError, match="'ordered', 'critical' or 'chaotic'"):
        limit_predictor("glassy")
    with pytest.raises(InputError, match="symmetric"):
        gradient_flow(sp.Matrix([[1, 2], [0, 1]]), sp.Matrix([1, 1]), t)
