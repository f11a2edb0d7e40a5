"""Shapings: their expansions, critical orders and errors."""

import pickle

import pytest
import sympy as sp

from theory.errors import AssumptionError, InputError, UndecidedError
from theory.shaped_kernel import shaped_drift
from theory.shaping import shaping_of
from theory.symbols import n, x

# activation, phi''(0), phi'''(0) after shift and scale
SMOOTH = [
    ("tanh", 0, -2),
    ("atan", 0, -2),
    ("sin", 0, -1),
    ("erf(sqrt(pi)*x/2)", 0, -sp.pi / 2),
    ("2*(softplus(x) - log(2))", sp.Rational(1, 2), 0),
    ("softplus", sp.Rational(1, 2), 0),
    ("silu", 1, 0),
    ("gelu", 4 / sp.sqrt(2 * sp.pi), 0),
    ("sinh(x)", 0, 1),
    ("exp(x) - 1", 1, 1),
    ("1 - exp(-x)", -1, 1),
]


@pytest.mark.parametrize(("name", "phi_2", "phi_3"), SMOOTH, ids=[row[0] for row in SMOOTH])
def test_derivatives_at_the_centre(name, phi_2, phi_3):
    shaping = shaping_of(name)
    h = shaping.expansion.coefficient
    assert sp.simplify(sp.diff(h(1), x, 2) - phi_2) == 0
    assert sp.simplify(sp.diff(h(2), x, 3) - phi_3) == 0
    assert shaping.exponent == sp.Rational(1, 2)


@pytest.mark.parametrize("name", ["tanh", "silu", "relu", "elu", "softsign", "x + x**4"])
def test_terms_approximate_the_shaped_activation(name):
    shaping = shaping_of(name)
    point = sp.Rational(7, 10)
    for sign in (1, -1):
        errors = []
        for width in (10**6, 10**8):
            value = shaping.at(width).subs(x, sign * point).evalf(40)
            series = x + sp.Add(*(h * sp.Integer(width) ** (-p) for p, h in shaping.terms))
            errors.append(abs(value - series.subs(x, sign * point).evalf(40)))
        highest = shaping.terms[-1][0]
        assert errors[0] < 10 ** (-6 * float(highest))
        assert errors[1] <= errors[0] * sp.Float("0.011") ** highest


# shaping, exponent it is written for, k*, 1/k*
FAMILIES = [
    ("x + x**2/sqrt(n)", sp.Rational(1, 2), 2),
    ("x + x**3/n", 1, 1),
    ("x + x**3/sqrt(n)", sp.Rational(1, 2), 1),
    ("x + sin(x)/n", 1, 1),
    ("x + cos(x)/sqrt(n)", sp.Rational(1, 2), 2),
    ("x + abs(x)/sqrt(n)", sp.Rational(1, 2), 2),
    ("x + tanh(x)/n", 1, 1),
    ("sqrt(n)*tanh(x/sqrt(n))", sp.Rational(1, 2), 2),
    ("sqrt(n)*clip(x/sqrt(n), -1, 1)", sp.Rational(1, 2), None),
    ("(1 + 1/sqrt(n))*x", sp.Rational(1, 2), None),
    ({1: "x**2"}, sp.Rational(1, 2), 2),
    ({3: "x**4"}, sp.Rational(1, 6), 6),
    ({4: "x**5"}, sp.Rational(1, 4), 4),
    ({1: "softplus(x)"}, sp.Rational(1, 2), 2),
]


@pytest.mark.parametrize(
    ("shaping", "p", "order"), FAMILIES, ids=[str(row[0]) for row in FAMILIES]
)
def test_critical_orders(shaping, p, order):
    made = shaping_of(shaping=shaping)
    assert made.exponent == p
    assert shaped_drift(made.expansion).order == order


def test_symbolic_exponent():
    made = shaping_of(shaping="x + n**(-p)*x**2")
    assert made.exponent.name == "p"
    assert shaped_drift(made.expansion).order == 2


def test_text_and_expression_agree_with_the_natural_shaping():
    natural = shaping_of("tanh", a=2)
    text = shaping_of(shaping="2*sqrt(n)*tanh(x/(2*sqrt(n)))")
    symbol_n, symbol_x = sp.symbols("n x")
    expression = shaping_of(
        shaping=2 * sp.sqrt(symbol_n) * sp.tanh(symbol_x / (2 * sp.sqrt(symbol_n)))
    )
    for other in (text, expression):
        assert sp.simplify(other.expr - natural.expr) == 0
        assert other.terms == natural.terms


def test_slopes():
    shaping = shaping_of("leaky_relu", c_plus="p", c_minus="m")
    p, m = sp.symbols("p m", real=True)
    up, down = sp.Max(x, 0), sp.Min(x, 0)
    expected = (1 + p / sp.sqrt(n)) * up + (1 + m / sp.sqrt(n)) * down
    assert sp.expand(shaping.expr - expected) == 0
    assert shaping_of("relu").at(100) == sp.Max(x, 0) + sp.Rational(9, 10) * sp.Min(x, 0)
    assert shaping_of("relu", c_plus=1, c_minus=1).is_linear


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"activation": "square"}, AssumptionError, "flat at its centre 0"),
        ({"activation": "sign"}, AssumptionError, "jumps at its centre"),
        ({"activation": "selu"}, AssumptionError, "kink at its centre"),
        ({"activation": "relu", "centre": -1}, AssumptionError, "flat at its centre -1"),
        ({"activation": "abs(x)**1.5 + x"}, AssumptionError, "is infinite at the centre"),
        ({"activation": "relu", "centre": "x0"}, UndecidedError, "depends on parameters"),
        ({"activation": "tanh", "a": 0}, InputError, "must be positive"),
        ({"activation": "tanh", "a": -1}, InputError, "must be positive"),
        ({}, InputError, "needs an activation or shaping"),
        ({"shaping": "tanh(x)"}, InputError, "does not depend on the width"),
        ({"shaping": "tanh(x) + x/n"}, AssumptionError, "not to a multiple of x"),
        ({"shaping": "sqrt(n)*softplus(x/sqrt(n))"}, AssumptionError, "grows without bound"),
        ({"shaping": "x + max(x, 1/n)/n"}, UndecidedError, "moves with n"),
        ({"shaping": "x + sin(n*x)/n"}, UndecidedError, "no expansion"),
        ({"shaping": {0: "x"}}, InputError, "powers 1, 2"),
    ],
    ids=str,
)
def test_errors_are_one_sentence(arguments, error, words):
    with pytest.raises(error, match=words) as caught:
        shaping_of(**arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("width", [0, -3, "1/2"])
def test_width_is_at_least_one(width):
    with pytest.raises(InputError, match="whole number >= 1"):
        shaping_of("relu").at(width)


@pytest.mark.parametrize(
    "arguments",
    [
        {"activation": "relu"},
        {"activation": "silu", "centre": "x0"},
        {"activation": "elu"},
        {"shaping": "x + sin(x)/sqrt(n)"},
        {"shaping": {1: "x**2"}},
    ],
)
def test_shapings_survive_pickling(arguments):
    shaping = shaping_of(**arguments)
    copy = pickle.loads(pickle.dumps(shaping))
    assert copy.expr == shaping.expr
    assert copy.terms == shaping.terms
    assert copy.at(9) == shaping.at(9)
