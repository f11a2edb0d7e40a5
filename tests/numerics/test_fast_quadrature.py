"""Many digits in Arb arithmetic: identities between expectations, and independent routes."""

import time

import mpmath
import pytest
import sympy as sp

import theory.integrators
from numerics.enclosure import enclose
from numerics.fast_quadrature import integral
from theory.gaussian import E2, E
from theory.symbols import q, q1, q2, rho


@pytest.fixture(autouse=True)
def by_balls(monkeypatch):
    monkeypatch.setattr(theory.integrators, "INTEGRATORS", theory.integrators.INTEGRATORS[:])
    theory.integrators.INTEGRATORS[:] = [integral]


def in_mpmath(node, digits):
    theory.integrators.INTEGRATORS.clear()
    try:
        return node.evalf(digits)
    finally:
        theory.integrators.INTEGRATORS.append(integral)


def test_five_hundred_digits_of_sigmoid_and_tanh_satisfy_their_relation():
    start = time.perf_counter()
    sigmoid = E("sigmoid(x)**2", q).evalf(500, subs={q: 2})
    assert time.perf_counter() - start < 20  # 0.5 s alone on a core
    tanh = E("tanh(x/2)**2", q).evalf(500, subs={q: 2})
    assert abs(sigmoid - (1 + tanh) / 4) < sp.Float("1e-498", 500)


@pytest.mark.parametrize("variance", ["1/1000", "3", "200"])
def test_stein_at_two_hundred_digits(variance):
    variance = sp.Rational(variance)
    left = E("x*tanh(x)", q).evalf(200, subs={q: variance})
    right = variance * E("1/cosh(x)**2", q).evalf(200, subs={q: variance})
    assert abs(left / right - 1) < sp.Float("1e-197", 210)


@pytest.mark.parametrize(
    "f",
    ["max(tanh(x), -1/2)", "log(abs(x))", "exp(-1/x**2)", "softsign(x)**2", "atan(5*x - 2)",
     "sqrt(abs(x - 1/3))*tanh(x)", "where(x>0, tanh(x), x)", "sin(20*x)*tanh(x)"],
)  # fmt: skip
@pytest.mark.parametrize("variance", ["1/50", "4"])
def test_agrees_with_mpmath(f, variance):
    node = E(f, sp.Rational(variance))
    here, there = node.evalf(40), in_mpmath(node, 40)
    assert abs(here - there) <= abs(there) * sp.Float("1e-38", 40)


def test_kinked_pair_next_to_correlation_one():
    node = E2("relu(x)", "relu(x)", 1, 1, 1 - sp.Rational(1, 10**8))
    found = enclose(node, digits=18, closed_forms=False)
    assert found.ball().overlaps(enclose(node.doit(), digits=25).ball())
    assert found.digits >= 18


@pytest.mark.parametrize("correlation", ["9/10", "-999/1000"])
def test_kinked_pair_at_any_correlation_meets_its_closed_form(correlation):
    node = E2("relu(x) - x/3", "abs(x - 1/2)", 1, sp.Rational(3, 2), sp.Rational(correlation))
    found = enclose(node, digits=18, closed_forms=False)
    assert found.ball().overlaps(enclose(node.doit(), digits=25).ball())
    assert found.digits >= 18


def test_pairs_without_closed_form_agree_with_a_tensor_rule():
    node = E2("max(tanh(x), -1/2)", "tanh(x)", 1, sp.Rational(1, 2), sp.Rational(3, 5))
    assert abs(node.evalf(15) - in_mpmath(node, 10)) < sp.Float("1e-10", 20)


def test_thirty_digits_of_a_smooth_pair_agree_with_the_lattice():
    node = E2("tanh(x)", "tanh(x)", 1, 1, sp.Rational(999, 1000))
    assert abs(node.evalf(30) - in_mpmath(node, 30)) < sp.Float("1e-29", 60)


def test_twenty_certified_digits_of_tanh():
    node = E2("tanh(x)", "tanh(x)", q1, q2, rho)
    start = time.perf_counter()
    found = enclose(node, {q1: 1, q2: 1, rho: "0.9"}, digits=20)
    assert time.perf_counter() - start < 15  # 0.6 s alone on a core
    with mpmath.workdps(40):
        lattice = in_mpmath(node.subs({q1: 1, q2: 1, rho: sp.Rational(9, 10)}), 30)
    assert abs(lattice - found.midpoint) <= found.radius
    assert found.digits >= 20


@pytest.mark.parametrize("ends", [("0.9", "1.1"), ("0.7", "1.3"), (0, 1), ("0.01", 100)])
def test_range_over_an_interval_of_variances_is_nearly_that_of_its_ends(ends):
    found = enclose(E("tanh(x)**2", q), {q: ends})
    low, high = (enclose(E("tanh(x)**2", q) + 1, {q: end}) for end in ends)
    assert found.lower <= low.upper - 1
    assert found.upper >= high.lower - 1
    assert found.radius <= 1.02 * (high.upper - low.lower) / 2


def test_range_over_correlations_up_to_one():
    node = E2("tanh(x)", "tanh(x)", 1, 1, rho)
    found = enclose(node, {rho: ("9/10", 1)})
    assert abs(found.lower - sp.Float("0.349203350581925189", 18)) < 1e-8
    assert abs(found.upper - sp.Float("0.394294490397841174", 18)) < 1e-8
    kinked = enclose(E2("relu(x)", "relu(x)", 1, 1, rho), {rho: (-1, 1)})
    assert -0.01 < kinked.lower <= 0
    assert 0.5 <= kinked.upper < 0.51


def test_fifty_digits_of_a_smooth_pair():
    node = E2("tanh(x)", "tanh(x)", 1, 1, sp.Rational(9, 10))
    start = time.perf_counter()
    found = node.evalf(50)
    assert time.perf_counter() - start < 10  # 0.3 s alone on a core
    known = sp.Float("0.34920335058192518", 50)
    assert abs(found - known) < 1e-17
    series = E2("tanh(x)", "tanh(x)", 1, 1, rho).subs(rho, sp.Rational(9, 10))
    assert abs(enclose(series, digits=30).midpoint - found) < sp.Float("1e-30", 50)


def test_smooth_pair_of_a_wide_gaussian():
    node = E2("tanh(x)", "tanh(x)", 100, 100, sp.Rational(9, 10))
    sign = 2 * sp.asin(sp.Rational(9, 10)) / sp.pi
    found = node.evalf(15)
    assert 0 < sign - found < 0.02
    assert abs(found - in_mpmath(node, 8)) < 1e-8
