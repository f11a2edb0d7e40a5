"""Repeated derivatives of expectations of kinked and jumping functions, deltas included."""

import pytest
import sympy as sp

from theory.gaussian import E2, E
from theory.symbols import q, rho

R = sp.Rational
AT = {q: R(13, 10), rho: R(2, 5)}

KINKED = (
    "max(x, 0)",
    "step(x)",
    "clip(x, -1, 1)",
    "exp(min(x, 0)) - 1 + max(x, 0)",
    "max(0, 1 - abs(x))",
    "step(x - 1)*x",
    "max(x - 1/2, 0)**2",
    "exp(-abs(x))",
)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", [*KINKED, "sign(x)*sqrt(abs(x))", "abs(x)**(3/4)"])
def test_variance_map_has_the_derivatives_of_its_closed_form(text, order):
    node = E(f"({text})**2", q)
    by_rules = node.diff(q, order).subs(AT).evalf(20)
    assert abs(by_rules - node.doit().diff(q, order).subs(AT).evalf(20)) < R(1, 10**15)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("text", KINKED[:5])
def test_correlation_map_has_the_derivatives_of_its_closed_form(text, order):
    node = E2(text, text, q, q, rho)
    by_rules = node.diff(rho, order).subs(AT).evalf(20)
    assert abs(by_rules - node.doit().diff(rho, order).subs(AT).evalf(20)) < R(1, 10**14)


@pytest.mark.parametrize("text", ["tanh(x)*step(x - 1)", "x/(1 + abs(x))", "sqrt(abs(x))*cos(x)"])
def test_second_derivative_without_a_closed_form_by_differences(text):
    node, step = E(f"({text})**2", q), R(1, 1000)
    below, here, above = (node.subs(q, v).evalf(25) for v in (1 - step, sp.S(1), 1 + step))
    second = (above - 2 * here + below) / step**2
    assert abs(node.diff(q, 2).subs(q, 1).evalf(20) - second) < R(1, 10**5)


def test_symbolic_breakpoints_move():
    h = sp.Symbol("h", real=True)
    node = E2(sp.Heaviside(sp.Symbol("x") - h, 0), "max(x, 0)", q, q, rho)
    value = {q: 1, rho: R(1, 2), h: R(1, 3)}
    closed = node.doit()
    for symbols in ((h,), (h, h), (h, rho), (q, h)):
        expected = closed.diff(*symbols).subs(value).evalf(20)
        assert abs(node.diff(*symbols).subs(value).evalf(20) - expected) < R(1, 10**15)


@pytest.mark.parametrize("text", ["sqrt(abs(x))", "sign(x)*sqrt(abs(x))*exp(x)", "max(x, 0)"])
def test_derivative_in_the_mean(text):
    m = sp.Symbol("m", real=True)
    node, step = E(text, 1, m), R(1, 10**4)
    at = R(1, 3)
    difference = (E(text, 1, at + step) - E(text, 1, at - step)).evalf(25) / (2 * step)
    assert abs(node.diff(m).subs(m, at).evalf(20) - difference) < R(1, 10**7)
