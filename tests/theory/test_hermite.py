"""Hermite coefficients: sequences in n against quadrature, and against the Mehler series."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError, UndecidedError
from theory.gaussian import E2, E
from theory.hermite import hermite
from theory.symbols import q, x

R = sp.Rational
n = sp.Symbol("n", integer=True, nonnegative=True)

FAMILIES = (
    "max(x, 0)",
    "sign(x)",
    "abs(x)",
    "max(x, 0)**(3/2)",
    "sign(x)*sqrt(abs(x))",
    "exp(2*x/3)",
    "cos(3*x) - x*sin(x)",
    "exp(x)*sin(x)",
    "x*exp(-x**2/2)",
    "exp(x - x**2)",
    "x*erf(x)",
    "Phi(2*x + 1)",
    "clip(x, -1, 2)",
    "exp(min(x, 0)) - 1 + max(x, 0)",
    "exp(-abs(x))",
    "x**3 - x",
)


@pytest.mark.parametrize("text", FAMILIES)
def test_sequence_against_quadrature(text):
    sequence, variance = hermite(text, q, n), R(7, 10)
    for m in (0, 1, 2, 3, 6):
        weight = sp.hermite_prob_poly(m, x / sp.sqrt(variance)) if m else sp.S.One
        # E evaluates the untouched integral
        expected = E(f"{text}", variance) if m == 0 else _weighted(text, weight, variance)
        found = sequence.subs(n, m).doit().subs(q, variance).evalf(20) * sp.sqrt(sp.factorial(m))
        assert abs(found - expected.evalf(20)) < R(1, 10**15)


def _weighted(text, weight, variance):
    return E(f"({text})*({weight})", variance)


@pytest.mark.parametrize("text", ["x*erf(x)", "sin(x)", "x*exp(-x**2/2)"])
def test_mehler_series_is_the_covariance_map(text):
    sequence = hermite(text, 1, n)
    total = sum((sequence.subs(n, m).doit() ** 2).evalf(30) / 2**m for m in range(60))
    assert abs(total - E2(text, text, 1, 1, R(1, 2)).doit().evalf(30)) < R(1, 10**18)


def test_whole_n_stays_an_expectation_where_nothing_is_closed():
    node = hermite("tanh(x)", q, 3)
    assert hermite("tanh(x)", q, 2) == 0
    with mpmath.workdps(20):
        expected = mpmath.quad(
            lambda z: mpmath.tanh(z) * (z**3 - 3 * z) * mpmath.npdf(z), [0, 1, 2, 4, 8, 16]
        ) * (2 / mpmath.sqrt(6))
    assert abs(node.subs(q, 1).evalf(20) - sp.Float(expected, 20)) < R(1, 10**15)


def test_parameters_stay_symbols():
    assert hermite("exp(a*x)", q, n).subs(n, 2).diff(q) != 0
    assert {s.name for s in hermite("exp(a*x)", q, n).free_symbols} == {"a", "q", "n"}


def test_refusals():
    with pytest.raises(UndecidedError, match="whole n"):
        hermite("tanh(x)", q, n)
    for bad in (-1, 1.5, True, 1000):
        with pytest.raises(InputError, match="Hermite coefficient needs"):
            hermite("tanh(x)", q, bad)
