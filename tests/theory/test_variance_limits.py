"""Expansions at small and at large variance, against quadrature at two variances."""

import pytest
import sympy as sp

from theory.errors import InputError, UndecidedError
from theory.gaussian import E2, E
from theory.large_variance import near_infinity
from theory.small_variance import near_zero
from theory.symbols import q, q1, q2, rho

R = sp.Rational


def order_of_error(expansion, text, variances):
    """The exponent at which the error changes between two variances; None for no error."""
    numbers = {n: n.evalf(20) for n in expansion.atoms(sp.Integral)}
    expansion = expansion.xreplace(numbers)
    errors = [abs((expansion.subs(q, v) - E(text, v).evalf(22)).evalf(22)) for v in variances]
    if max(errors) < R(1, 10**17):
        return None
    return sp.log(errors[0] / errors[1], variances[0] / variances[1]).evalf(6)


@pytest.mark.parametrize(
    ("text", "order", "missing"),
    [
        ("tanh(x)**2", 3, 4),
        ("x*sigmoid(x)", 3, 4),
        ("(x/(1 + abs(x)))**2", 2, R(5, 2)),
        ("exp(x)*sqrt(abs(x))", 2, R(9, 4)),
        ("x*erf(x) + cos(x)", 2, 3),
        ("max(x, 0)", 1, None),
        ("x*log(abs(x))*max(x, 0)", 1, None),
        ("log(abs(x))", 0, None),
    ],
)
def test_small_variance(text, order, missing):
    expansion = near_zero(E(text, q), order)
    measured = order_of_error(expansion, text, (R(1, 400), R(1, 1600)))
    assert measured is missing is None or abs(measured - missing) < R(1, 10)


def test_distant_breakpoints_are_beyond_all_orders():
    assert near_zero(E("clip(x - 1, -2, 1)", q), 3) == -1
    assert near_zero(E("step(x - 1)", q), 3) == 0


def test_small_variance_around_a_mean():
    expansion = near_zero(E("max(x - 1, 0)*exp(x)", q, 1), R(3, 2))
    half = sp.sqrt(q) / sp.sqrt(2 * sp.pi)
    expected = sp.E * (half + q / 2 + q * half)
    assert sp.simplify(expansion - expected) == 0


def test_small_variance_of_two_variables():
    linear = near_zero(E2("tanh(x)", "max(x, 0)", q, 2 * q, rho), 2)
    assert sp.expand(linear - sp.sqrt(2) * rho * (q - q**2) / 2) == 0
    exact = E2("x*sigmoid(x)", "x/(1 + abs(x))", R(1, 2000), R(1, 1000), R(1, 2)).evalf(12)
    series = near_zero(E2("x*sigmoid(x)", "x/(1 + abs(x))", q, 2 * q, rho), R(5, 2))
    assert abs(series.subs({q: R(1, 2000), rho: R(1, 2)}).evalf(15) - exact) < R(1, 10**8)


@pytest.mark.parametrize(
    ("text", "order", "missing"),
    [
        ("tanh(x)**2", R(3, 2), R(-5, 2)),
        ("clip(x, -1, 1)**2", R(3, 2), R(-5, 2)),
        ("x*asinh(x)", R(1, 2), R(-3, 2)),
        ("1/(1 + x**2)", R(3, 2), -2),
        ("log(1 + x**2)", 1, R(-3, 2)),
        ("exp(-x**2/2)", R(3, 2), R(-5, 2)),
        ("(exp(min(x, 0)) - 1)*max(x + 2, 0) + max(x, 0)", R(1, 2), R(-3, 2)),
        ("abs(x)**(1/3)", 1, None),
        ("max(x, 0)**2", 1, None),
    ],
)
def test_large_variance(text, order, missing):
    expansion = near_infinity(E(text, q), order)
    measured = order_of_error(expansion, text, (R(1600), R(25600)))
    assert measured is missing is None or abs(measured - missing) < R(1, 5)


def test_algebraic_decay_gives_logarithms():
    expansion = near_infinity(E("(x/(1 + abs(x)))**2", q), R(1, 2))
    # 1 - 2/|x| far out: the coefficient of log(q)/sqrt(q) is -2 * 2 n(0) / 2
    log = sp.Symbol("log")
    slope = expansion.subs(sp.log(q), log).diff(log) * sp.sqrt(q)
    assert sp.simplify(slope + sp.sqrt(2) / sp.sqrt(sp.pi)) == 0
    value = E("(x/(1 + abs(x)))**2", R(10**6)).evalf(15)
    assert abs(expansion.subs(q, 10**6).evalf(15) - value) < R(5, 10**6)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: near_infinity(E("exp(x)", q), 1), "grows exponentially"),
        (lambda: near_infinity(E("sin(x)**2", q), 1), "oscillates"),
        (lambda: near_infinity(E2("tanh(x)", "sign(x)", q, q, rho), 1), "one variable only"),
        (lambda: near_zero(E2("tanh(x)", "sign(x)", q1, q2, rho), 1), "one symbol"),
        (lambda: near_zero(E("tanh(x)**2", q), -1), "order between"),
        (lambda: near_zero(E("tanh(x)**2", 1), 1), "one symbol"),
        (lambda: near_zero(sp.S(3), 1), "no Gaussian expectation"),
        (lambda: near_zero(E("max(x, 0)**r", q), 1), "exponent"),
    ],
)
def test_refusals_are_one_sentence(make, sentence):
    with pytest.raises((InputError, UndecidedError), match=sentence):
        make()
