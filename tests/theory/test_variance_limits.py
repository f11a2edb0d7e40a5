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
    ("f", "g", "correlation", "order", "missing"),
    [
        ("erf(x)", "erf(x)", R(1, 2), 2, -3),
        ("x*Phi(x)", "max(x, 0)", R(-3, 10), 2, -3),
        ("clip(x, -1, 2)", "step(x - 1)", R(2, 5), 1, R(-3, 2)),
        ("exp(-(x - 1)**2)", "exp(-x**2)", R(3, 5), 1, -2),
        ("exp(-x**2)", "x**2", R(1, 2), R(3, 2), R(-5, 2)),
        ("max(x, 0) + exp(min(x, 0))", "x*Phi(x)", R(1, 4), 1, R(-3, 2)),
    ],
)
def test_large_variance_of_two_variables(f, g, correlation, order, missing):
    expansion = near_infinity(E2(f, g, q, 2 * q, correlation), order)
    assert not expansion.has(sp.Integral)
    errors = [
        abs((expansion.subs(q, v) - E2(f, g, v, 2 * v, correlation).doit()).evalf(25))
        for v in (R(400), R(40000))
    ]
    measured = sp.log(errors[1] / errors[0], 100).evalf(6)
    assert abs(measured - missing) < R(1, 5)


def test_the_arcsine_at_large_variance():
    """A saturating odd function tends to its sign, with a correction of order 1/q."""
    expansion = near_infinity(E2("tanh(x)", "tanh(x)", q, q, rho), 1)
    assert sp.expand(expansion.subs(q, sp.oo) - 2 * sp.asin(rho) / sp.pi) == 0
    correction = (expansion - 2 * sp.asin(rho) / sp.pi).subs({q: 1, rho: R(3, 5)})
    # int_0^oo v (1 - tanh v) dv = pi^2/24
    assert abs(correction.evalf(20) + 4 * R(3, 4) * sp.pi / 24).evalf() < R(1, 10**15)


@pytest.mark.parametrize("text", ["x*erf(x)", "exp(-abs(x))*x", "Phi(x) - step(x)"])
def test_remainders_of_the_typed_family_have_exact_integrals(text):
    assert not near_infinity(E(f"({text})**2", q), 2).has(sp.Integral)


def test_series_of_sympy():
    root = sp.sqrt(2 * q / sp.pi) / 2
    assert sp.expand(E("max(x, 0) + cos(x)", q).series(q, 0, 2).removeO() - 1 - root + q / 2) == 0
    assert E("3*tanh(x)**2", q).series(q, 0, 3) == 3 * q - 6 * q**2 + sp.O(q**3)
    assert (1 + q * E("3*tanh(x)**2", q)).series(q, 0, 3) == 1 + 3 * q**2 + sp.O(q**3)
    assert sp.expand(E("x**4", q).series(q, 1, 4).removeO() - 3 * q**2) == 0
    far = E("clip(x, -1, 1)**2", q).series(q, sp.oo, 1).removeO()
    assert sp.simplify(far - near_infinity(E("clip(x, -1, 1)**2", q), R(1, 2))) == 0


def test_series_in_the_correlation():
    node = E2("max(x, 0)", "max(x, 0)", q, q, rho)
    for direction in ("+", "-"):  # a correlation has one side only at 1
        found = node.series(rho, 1, 3, dir=direction).removeO()
        assert sp.expand(found - node.near_one(R(5, 2))) == 0
    signs = E2("sign(x)", "sign(x)", 1, 1, rho)
    assert sp.expand(signs.series(rho, -1, 2).removeO() - signs.near_minus_one(R(3, 2))) == 0
    assert signs.series(rho, 0, 4) == 2 * rho / sp.pi + rho**3 / (3 * sp.pi) + sp.O(rho**4)
    with pytest.raises(InputError, match="dir='-'"):
        (1 + node).series(rho, 1, 2)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: near_infinity(E("exp(x)", q), 1), "grows exponentially"),
        (lambda: near_infinity(E("sin(x)**2", q), 1), "oscillates"),
        (lambda: near_infinity(E2("tanh(x)", "sign(x)", q1, q2, rho), 1), "one symbol"),
        (
            lambda: near_infinity(E2("x/(1 + abs(x))", "sign(x)", q, q, rho), 1),
            "one of them not integrable",
        ),
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
