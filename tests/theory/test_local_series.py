"""One-sided expansions with fractional powers and logarithms, against values close by."""

import mpmath
import pytest
import sympy as sp

from theory.errors import UndecidedError
from theory.local_series import local_series
from theory.special import Phi, sigmoid, softplus
from theory.symbols import x

R = sp.Rational


@pytest.mark.parametrize(
    ("expr", "place", "side"),
    [
        (sp.tanh(x), 0, "+"),
        (x * sigmoid(x), 0, "-"),
        (softplus(x) * sp.exp(-x), R(1, 2), "+"),
        (sp.sqrt(x) * sp.sin(x), 0, "+"),
        (sp.sqrt(x + x**2), 0, "+"),
        (sp.sin(sp.sqrt(x)) * sp.log(x), 0, "+"),
        (sp.sqrt(x) / (1 + sp.sqrt(x)), 0, "+"),
        (x * sp.log(x) ** 2 + sp.erf(x), 0, "+"),
        (Phi(x) * sp.atan(x), 1, "-"),
        (sp.tan(x) + sp.asinh(x), R(1, 3), "+"),
        (sp.atan(x), -sp.oo, "+"),
        ((x / (1 + x)) ** 6 * x, sp.oo, "-"),
        (x / sp.sqrt(1 + x**2), sp.oo, "-"),
        (sp.log(1 + x**2), sp.oo, "-"),
        (sp.asinh(x) * sp.tanh(x), -sp.oo, "+"),
        (x * sp.tanh(softplus(x)) + x / (1 + x), sp.oo, "-"),
    ],
)
def test_the_remainder_is_of_the_stated_order(expr, place, side):
    order, place = 4, sp.S(place)
    terms = local_series(expr, x, place, side, order).terms

    def error(t):
        series = sum(c * t**a * sp.log(t) ** j for (a, j), c in terms.items())
        point = 1 / t * sp.sign(place) if place.is_infinite else place + (t if side == "+" else -t)
        return abs((expr.subs(x, point) - series).evalf(60))

    small, smaller = error(R(1, 1000)), error(R(1, 10000))
    assert small < R(1, 10**9)
    assert smaller == 0 or sp.log(small / smaller, 10) > order - R(3, 10)


def test_coefficients_are_exact_and_may_hold_symbols():
    b = sp.Symbol("b", real=True)
    terms = local_series(sp.exp(x) - 1, x, b, "-", 3).terms
    assert terms == {(0, 0): sp.exp(b) - 1, (1, 0): -sp.exp(b), (2, 0): sp.exp(b) / 2}


def test_scaling_shifts_logarithms():
    q = sp.Symbol("q", positive=True)
    series = local_series(x * sp.log(x), x, sp.S(0), "+", 3).scaled(sp.sqrt(q))
    assert sp.expand_log(series.terms[1, 0]) == sp.sqrt(q) * sp.log(q) / 2
    assert series.terms[1, 1] == sp.sqrt(q)


@pytest.mark.parametrize(
    ("expr", "place", "sentence"),
    [
        (x * sp.cos(x), sp.oo, "oscillates"),
        (sp.exp(x), sp.oo, "grows exponentially"),
        (x ** sp.Symbol("r", positive=True), 0, "exponent"),
        (sp.sqrt(sp.log(x)), sp.oo, "logarithm"),
    ],
)
def test_what_has_no_expansion_says_why(expr, place, sentence):
    with pytest.raises(UndecidedError, match=sentence):
        local_series(expr, x, sp.S(place), "+", 3)


def test_the_jet_of_tanh_is_polynomial_in_its_value():
    """Coefficients away from 0 stay polynomials in tanh(1); against mpmath.taylor."""
    found = local_series(sp.tanh(x), x, sp.S(1), "+", 7).terms
    with mpmath.workdps(30):
        expected = mpmath.taylor(mpmath.tanh, 1, 6)
    for k, value in enumerate(expected):
        coefficient = found[sp.Integer(k), 0]
        assert not coefficient.has(sp.exp)
        assert abs(float(coefficient) - float(value)) < 1e-15
