"""Certified Hermite series against closed forms, published numbers and broken bounds."""

import pytest
import sympy as sp

from numerics.hermite_series import hermite_series
from theory.errors import InputError
from theory.gaussian import E2, E
from theory.hermite import hermite
from theory.symbols import rho

R = sp.Rational

ACTIVATIONS = ("max(x, 0)", "x*erf(x)", "erf(x)", "clip(x, -1, 1)", "sign(x)", "exp(x/2)")


@pytest.mark.parametrize("text", ACTIVATIONS)
def test_enclosures_hold_the_closed_forms(text):
    series = hermite_series(text, "7/10", terms=20)
    node = E2(text, text, R(7, 10), R(7, 10), rho)
    closed = node.doit()
    for value in (R(-9, 10), R(-1, 3), R(0), R(1, 2), R(9, 10)):
        assert closed.subs(rho, value).evalf(40) in series.covariance(value)
        assert closed.diff(rho).subs(rho, value).evalf(40) in series.derivative(value)
        if value >= 0:
            deficit = closed.subs(rho, 1) - closed.subs(rho, value)
            assert deficit.evalf(40) in series.deficit(1 - value)


def test_coefficients_are_those_of_the_exact_sequence():
    series = hermite_series("max(x, 0)", 2, terms=9, digits=25)
    for n, found in enumerate(series.coefficients):
        assert sp.N(hermite("max(x, 0)", 2, n), 60) in found
        assert found.radius < sp.Float("1e-24")


def test_tanh_at_half_correlation():
    value = hermite_series("tanh(x)", 1, terms=41).covariance(R(1, 2))
    assert abs(value.midpoint - sp.Float("0.18632441320344808611", 20)) < R(1, 10**16)
    assert sp.Float("1e-22") < value.radius < sp.Float("1e-15")
    more = hermite_series("tanh(x)", 1, terms=81).covariance(R(1, 2))
    assert more.radius < sp.Float("1e-21")
    assert abs(more.midpoint - value.midpoint) <= value.radius


def test_deficit_keeps_its_digits_next_to_one():
    series = hermite_series("x*erf(x)", 1, terms=61)
    epsilon = R(1, 10**15)
    slope = E("(erf(x) + 2*x*exp(-x**2)/sqrt(pi))**2", 1).evalf(30)
    found = series.deficit(epsilon)
    assert found.radius / found.midpoint < R(1, 10**8)
    assert abs(found.midpoint / epsilon / slope - 1) < R(1, 10**8)


def test_the_remainder_bound_is_sharp():
    """With the exponent doubled the bound would exclude the truth."""
    series = hermite_series("max(x, 0)", 1, terms=20)
    closed = E2("max(x, 0)", "max(x, 0)", 1, 1, R(9, 10)).doit().evalf(30)
    known = sum(c.midpoint**2 * R(9, 10) ** n for n, c in enumerate(series.coefficients))
    left = series.energy_left.midpoint
    assert known < closed < known + R(9, 10) ** 21 * left
    assert closed > known + R(9, 10) ** 42 * left


def test_an_interval_of_variances():
    series = hermite_series("tanh(x)", ("9/10", "11/10"), terms=21, digits=15)
    for q in (R(9, 10), R(1), R(11, 10)):
        assert E2("tanh(x)", "tanh(x)", q, q, R(1, 2)).evalf(25) in series.covariance(R(1, 2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("max(x, alpha*x)", 1), "alpha"),
        (("tanh(x)", 0), "variance q > 0"),
        (("tanh(x)", 1, 0), "terms must be"),
        (("tanh(x)", 1, 5, 2.5), "digits must be"),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises((InputError, ArithmeticError), match=sentence):
        hermite_series(*arguments)


def test_correlations_outside_the_interval_are_refused():
    series = hermite_series("tanh(x)", 1, terms=5)
    with pytest.raises(InputError, match="correlation lies in"):
        series.covariance(2)
    with pytest.raises(InputError, match="1 - rho >= 0"):
        series.deficit(R(-1, 2))
