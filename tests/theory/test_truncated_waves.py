"""Truncated sines and cosines: special functions, closed forms, and why others have none."""

import mpmath
import pytest
import sympy as sp

from theory.gaussian import E2, E, GaussianExpectation
from theory.special import CosBelow, Phi, SinBelow
from theory.symbols import q, q1, q2, rho, x

R = sp.Rational
h, y, t, b = sp.symbols("h y t b", real=True)


@pytest.mark.parametrize(
    "place", [(R(-3, 2), R(7, 10)), (R(5, 2), 3), (-8, R(1, 10)), (R(1, 3), 9)]
)
@pytest.mark.parametrize("pair", [(CosBelow, mpmath.cos), (SinBelow, mpmath.sin)])
def test_values_are_the_integrals_they_stand_for(place, pair):
    function, wave = pair
    with mpmath.workdps(40):
        end, rate = (mpmath.mpf(a.p) / a.q for a in map(sp.Rational, place))
        exact = mpmath.quad(
            lambda z: wave(rate * z) * mpmath.npdf(z), mpmath.linspace(-18, end, 40)
        )
        found = mpmath.mpf(str(function(*place).evalf(30)))
        assert abs(found - exact) < mpmath.mpf(10) ** -28 * abs(exact)


@pytest.mark.parametrize("function", [CosBelow, SinBelow])
def test_derivatives_and_error_functions(function):
    at = {h: R(3, 4), y: R(-6, 5)}
    value = function(h, y)
    complex_form = value.rewrite(sp.erfc)
    assert abs((complex_form.subs(at) - value.subs(at)).evalf(20)) < 1e-18
    for symbol in (h, y):
        slope = complex_form.diff(symbol).subs(at).evalf(20)
        assert abs(value.diff(symbol).subs(at).evalf(20) - slope) < 1e-17
    assert "Z" in sp.latex(value)


def test_reflections():
    at = {h: R(-2, 3), y: R(5, 4)}
    gaussian = sp.exp(-(y**2) / 2)
    assert abs((CosBelow(-h, y) + CosBelow(h, y) - gaussian).subs(at).evalf(20)) < 1e-18
    assert SinBelow(-h, y) == SinBelow(h, y)
    assert CosBelow(h, 0) == Phi(h)


def on(condition, value):
    return sp.Piecewise((value, condition), (0, True))


FORMS = [
    E(on(x > 1, sp.sin(x)), q),
    E(on(x > 0, sp.cos(x)), q, 1),
    E(on(x > 1, x * sp.sin(2 * x)), q),
    E(on(x < -1, sp.exp(x) * sp.sin(x)), q),
    E(sp.Piecewise((x + sp.sin(x) ** 2, x > R(1, 2)), (x / 10, True)) ** 2, q),
    E(on(x > 1, sp.exp(-(x**2)) * sp.sin(x + 1)), q),
    E(Phi(x) * sp.cos(x + 1), q),
]


@pytest.mark.parametrize("node", FORMS, ids=range(len(FORMS)))
@pytest.mark.parametrize("variance", [R(1, 50), R(13, 10), R(30)])
def test_closed_form_equals_its_integral(node, variance):
    closed = node.doit()
    assert not closed.has(GaussianExpectation)
    integral = node.subs(q, variance).evalf(25)
    assert abs(closed.subs(q, variance).evalf(25) - integral) < 1e-23 * abs(integral)


def test_symbolic_thresholds_and_frequencies():
    closed = E(on(x > t, sp.sin(b * x)), q).doit()
    assert closed == -SinBelow(t / sp.sqrt(q), b * sp.sqrt(q))
    at = {t: R(-1, 2), b: R(3, 2), q: 2}
    assert (
        abs(closed.subs(at).evalf(20) - E(on(x > t, sp.sin(b * x)), q).subs(at).evalf(20)) < 1e-18
    )


def test_two_variables_with_one_truncated_wave():
    node = E2(on(x > 1, sp.sin(x)), sp.sin(2 * x) + x, q1, q2, rho)
    closed = node.doit()
    assert closed.has(CosBelow)
    at = {q1: R(7, 10), q2: R(19, 10), rho: R(2, 5)}
    assert abs(closed.subs(at).evalf(15) - node.subs(at).evalf(15)) < 1e-13


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (E("tanh(x)**2", q), "not a polynomial, exponential, sin, cos, erf or Phi of x"),
        (E(sp.erf(x) * Phi(x + 1) * sp.Max(x, 1), q), "3 half-lines and factors Phi meet"),
        (E2(on(x > 1, sp.sin(x)), sp.Max(x, 0), q1, q2, rho), "sin or cos meets two"),
        (E(1 / (1 + x**2), q), "power outside the family"),
        (E(sp.exp(-(x**4)), q), "not a polynomial of degree 2"),
        (E(sp.Max(x, t) * sp.Max(x, b), q), "depends on"),
    ],
)
def test_the_reason_is_said_where_there_is_no_closed_form(node, reason):
    assert node.doit() == node
    assert reason in node.closed_form_reason
    assert "\n" not in node.closed_form_reason


def test_no_reason_where_there_is_a_closed_form():
    assert E("relu(x)**2", q).closed_form_reason is None
