"""Expansions near perfect correlation against closed forms and against quadrature."""

import itertools

import numpy as np
import pytest
import sympy as sp

from theory.errors import InputError, UndecidedError
from theory.gaussian import E2, E, GaussianExpectation
from theory.near_one import near_minus_one, near_one
from theory.symbols import q, q1, q2, rho

R = sp.Rational


CLOSED = {
    # activation, order, exponent of the first term left out (None: log or accidental zero)
    "relu": ("max(x, 0)", 4, R(9, 2)),
    "step": ("step(x)", 2, R(5, 2)),
    "abs": ("abs(x)", 3, R(7, 2)),
    "leaky": ("max(x, x/10)", 2, R(5, 2)),
    "square of ramp": ("max(x, 0)**2", 3, R(7, 2)),
    "analytic": ("x*erf(x)", 3, sp.Integer(4)),
    "polynomial": ("x**3 - x", 2, sp.Integer(3)),
    "fractional power": ("abs(x)**(3/4)", 2, R(9, 4)),
    "root": ("sqrt(abs(x))", 2, None),
    "odd root": ("sign(x)*sqrt(abs(x))", R(3, 2), None),
}


@pytest.mark.parametrize("name", CLOSED)
def test_the_first_missing_term_has_the_next_exponent(name):
    text, order, missing = CLOSED[name]
    variance = R(13, 10)
    expansion = near_one(E2(text, text, variance, variance, rho), order)
    small = [R(1, 10**6), R(1, 10**7)]
    digits = 35 if order < 3 else 60
    errors = [
        abs(
            expansion.subs(rho, 1 - e).evalf(digits)
            - E2(text, text, variance, variance, 1 - e).doit().evalf(digits)
        )
        for e in small
    ]
    measured = sp.log(errors[0] / errors[1], 10)
    expected = sp.floor(order) + 1 - R(1, 13) if missing is None else missing
    assert abs(measured - expected) < R(3, 100)


@pytest.mark.parametrize(
    ("text", "coefficient"),
    [
        ("max(x, 0)", "0.195068535167"),
        ("abs(x)", "0.780274140669"),
        ("max(x, x/10)", "0.158005513486"),
        ("clip(x, -1, 1)", "0.265571140822"),
        ("max(x - 1/2, 0)", "0.177185483465"),
        ("max(0, 1 - abs(x))", "1.04584528149"),
        ("exp(-abs(x))", "0.780274140669"),
    ],
)
def test_kinks_give_the_three_halves_power(text, coefficient):
    """- sign(...) q sum of squared jumps: values found by extrapolation from closed forms."""
    e = sp.Symbol("e", positive=True)
    expansion = near_one(E2(text, text, R(13, 10), R(13, 10), rho), 2).subs(rho, 1 - e)
    found = sp.expand(expansion).coeff(e ** R(3, 2))
    assert abs(found.evalf(20) - sp.Float(coefficient, 15)) < R(2, 10**12)


def _tanh_sinh(h=0.1, count=32):
    t = np.arange(-count, count + 1) * h
    inner = np.pi / 2 * np.sinh(t)
    return np.tanh(inner), h * np.pi / 2 * np.cosh(t) / np.cosh(inner) ** 2


def quadrature(f, g, variances, cuts_f, cuts_g, epsilon):
    """E f g in the coordinates (X + Y)/2 and (X - Y)/2, cut along all singular lines."""
    nodes, weights = _tanh_sinh()
    s, t = (v**0.5 for v in variances)
    narrow, wide = (epsilon / 2) ** 0.5, (1 - epsilon / 2) ** 0.5

    def across(w):
        ends = [k * wide for k in (-11, -6, -3, -1, 1, 3, 6, 11)]
        ends = np.array(sorted(ends + [c / s - w for c in cuts_f] + [c / t + w for c in cuts_g]))
        a, b = ends[:-1, None], ends[1:, None]
        u = (a + b) / 2 + (b - a) / 2 * nodes
        values = f(s * (u + w)) * g(t * (u - w)) * np.exp(-u * u / (2 * wide**2))
        return np.sum(values * (b - a) / 2 * weights) / (wide * np.sqrt(2 * np.pi))

    crossings = [(c / s - d / t) / 2 for c in cuts_f for d in cuts_g]
    ends = [k * narrow for k in (-8.5, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8.5)]
    ends = sorted({*ends, *(k for k in crossings if abs(k) < 8 * narrow)})
    total = 0.0
    for a, b in itertools.pairwise(ends):
        points = (a + b) / 2 + (b - a) / 2 * nodes
        values = [across(w) * np.exp(-w * w / (2 * narrow**2)) for w in points]
        total += np.dot(values, weights) * (b - a) / 2
    return total / (narrow * np.sqrt(2 * np.pi))


def xlogx(x):
    return x * np.log(np.abs(x) + 1e-300)


def half_cos(x):
    return np.cos(x) * (x > 1)


def softsign(x):
    return x / (1 + abs(x))


GENERAL = {
    "logarithm with itself": (
        ("x*log(abs(x))", xlogx, (0,), R(13, 10)),
        ("x*log(abs(x))", xlogx, (0,), R(13, 10)),
    ),
    "logarithm with a jump": (
        ("x*log(abs(x))", xlogx, (0,), R(13, 10)),
        ("step(x)*exp(x)", lambda x: (x > 0) * np.exp(x), (0,), R(7, 10)),
    ),
    "root away from 0": (
        ("sqrt(abs(x - 1))", lambda x: np.sqrt(abs(x - 1)), (1,), R(13, 10)),
        ("sqrt(abs(x - 1))", lambda x: np.sqrt(abs(x - 1)), (1,), R(13, 10)),
    ),
    "root times tanh with a ramp": (
        (
            "sign(x)*sqrt(abs(x))*tanh(x)",
            lambda x: np.sign(x) * np.sqrt(abs(x)) * np.tanh(x),
            (0,),
            R(13, 10),
        ),
        ("max(x, 0)", lambda x: np.maximum(x, 0), (0,), R(7, 10)),
    ),
    "colliding fractional powers": (
        ("abs(x)**(1/3)*exp(x)", lambda x: np.cbrt(abs(x)) * np.exp(x), (0,), sp.S(1)),
        ("step(x)*abs(x)**(2/3)", lambda x: (x > 0) * np.cbrt(abs(x)) ** 2, (0,), sp.S(1)),
    ),
    "kinks that coincide after scaling": (
        ("clip(x, -1, 1)", lambda x: np.clip(x, -1, 1), (-1, 1), sp.S(1)),
        ("clip(x, -2, 2)*exp(x/3)", lambda x: np.clip(x, -2, 2) * np.exp(x / 3), (-2, 2), sp.S(4)),
    ),
    "a kink on a jump": (
        ("clip(x, -1, 1)", lambda x: np.clip(x, -1, 1), (-1, 1), sp.S(1)),
        ("step(x - 1)*cos(x)", half_cos, (1,), sp.S(1)),
    ),
    "no closed form": (
        ("x/(1 + abs(x))", softsign, (0,), sp.S(1)),
        ("x/(1 + abs(x))", softsign, (0,), sp.S(1)),
    ),
    "singular with smooth": (
        ("x*log(abs(x))", xlogx, (0,), R(13, 10)),
        ("exp(x)", np.exp, (), R(7, 10)),
    ),
}


@pytest.mark.parametrize("name", GENERAL)
def test_order_two_against_quadrature(name):
    (f, numeric_f, cuts_f, v), (g, numeric_g, cuts_g, w) = GENERAL[name]
    expansion = near_one(E2(f, g, v, w, rho), 2)
    expansion = expansion.xreplace({n: n.evalf(15) for n in expansion.atoms(GaussianExpectation)})
    errors = []
    for epsilon in (R(1, 20), R(1, 80)):
        exact = quadrature(
            numeric_f, numeric_g, (float(v), float(w)), cuts_f, cuts_g, float(epsilon)
        )
        errors.append(abs(float(expansion.subs(rho, 1 - epsilon).evalf(18)) - exact))
    assert errors[1] < 3e-5
    # the next term is of order 5/2, or 3 with a logarithm: a wrong coefficient would leave 2
    assert errors[1] < 1e-9 or np.log(errors[0] / errors[1]) / np.log(4) > 2.1


def test_smooth_activations_have_the_taylor_series_of_price():
    expansion = near_one(E2("tanh(x)", "tanh(x)", q, q, rho), 2)
    parts = [E("tanh(x)**2", q), E("(1 - tanh(x)**2)**2", q)]
    at_one = expansion.subs(rho, 1)
    assert at_one == parts[0]
    assert (expansion.diff(rho).subs(rho, 1) - q * parts[1]).subs(q, 2).evalf(20) < R(1, 10**18)


def test_symbols_stay_symbols():
    h = sp.Symbol("h", real=True)
    expansion = near_one(E2("max(x - h, 0)", "max(x - h, 0)", q, q, rho), 2)
    e = sp.Symbol("e", positive=True)
    parsed = next(iter(expansion.free_symbols - {q, rho}))
    found = sp.expand(expansion.subs({rho: 1 - e, parsed: h})).coeff(e ** R(3, 2))
    assert sp.simplify(found - sp.sqrt(2) * q * sp.exp(-(h**2) / (2 * q)) / (3 * sp.pi)) == 0


def test_different_variances_share_singular_points_only_where_they_meet():
    expansion = near_one(E2("max(x, 0)", "max(x, 0)", q1, q2, rho), 2)
    same = near_one(E2("max(x, 0)", "max(x, 0)", q, q, rho), 2)
    assert sp.simplify(expansion - same.subs(q, sp.sqrt(q1 * q2))) == 0
    with pytest.raises(UndecidedError, match="set q1 = q2"):
        near_one(E2("clip(x, -1, 1)", "clip(x, -1, 1)", q1, q2, rho), 1)


def test_near_minus_one_reflects():
    e = R(1, 10**6)
    for f, g in (("max(x, 0)", "max(x, 0)"), ("step(x)", "max(x, 0)")):
        node = E2(f, g, 1, 2, rho)
        exact = node.subs(rho, e - 1).doit().evalf(50)
        assert abs(node.near_minus_one(2).subs(rho, e - 1).evalf(50) - exact) < R(1, 10**14)


def test_linear_combinations_expand_term_by_term():
    one = near_one(E2("tanh(x)", "sign(x)", q, q, rho), 1)
    assert near_one(E2("3*tanh(x)", "sign(x)", q, q, rho) + 2, 1) == sp.expand(3 * one + 2) or (
        sp.expand(near_one(E2("3*tanh(x)", "sign(x)", q, q, rho) + 2, 1) - 3 * one - 2) == 0
    )
    assert near_minus_one(E2("x", "x**3", 1, 1, rho), 1) == -3 + 3 * (1 + rho)


@pytest.mark.parametrize(
    ("expr", "order", "sentence"),
    [
        (lambda: E2("tanh(x)", "tanh(x)", q, q, R(1, 2)), 2, "needs a symbol"),
        (lambda: E("tanh(x)**2", q), 2, "no two-point"),
        (lambda: E2("tanh(x)", "tanh(x)", q, q, rho), -1, "order between"),
        (lambda: E2("tanh(x)", "tanh(x)", q, q, rho), 99, "order between"),
        (lambda: E2("max(x, 0)**r", "max(x, 0)**r", q, q, rho), 2, "value of the exponent"),
        (lambda: E2("tanh(x)", "tanh(x)", q, q * rho**2, rho), 2, "free correlation"),
    ],
)
def test_impossible_questions_get_one_sentence(expr, order, sentence):
    with pytest.raises((InputError, UndecidedError), match=sentence):
        near_one(expr(), order)
