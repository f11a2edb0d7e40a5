"""Every named activation is the function of the literature, exactly."""

import mpmath
import pytest
import sympy as sp
from mpmath import mpf

from theory.catalogue import CATALOGUE, build, find, lookup, names
from theory.errors import InputError, UnknownNameError
from theory.parser import parse
from theory.symbols import x

alpha = sp.Symbol("alpha", positive=True)


def _sigmoid(t):
    return 1 / (1 + mpmath.exp(-t))


def _cumulative(t):
    return mpmath.erfc(-t / mpmath.sqrt(2)) / 2


def _selu(t):
    """Klambauer et al. 2017, by the digits that they publish in their code."""
    a = mpf("1.6732632423543772848170429916717")
    scale = mpf("1.0507009873554804934193349852946")
    return scale * (t if t > 0 else a * mpmath.expm1(t))


def _tanh_gelu(t):
    return t / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (t + mpf("0.044715") * t**3)))


#: Independent formulas, in the frameworks' own case distinctions.
VALUES = {
    "linear": lambda t: t,
    "relu": lambda t: t if t > 0 else mpf(0),
    "leaky_relu": lambda t: t if t > 0 else t / 100,
    "prelu": lambda t: t if t > 0 else t / 4,
    "abs": abs,
    "relu6": lambda t: min(max(t, 0), 6),
    "hardtanh": lambda t: min(max(t, -1), 1),
    "hardsigmoid": lambda t: 0 if t <= -3 else 1 if t >= 3 else t / 6 + mpf(1) / 2,
    "hardswish": lambda t: 0 if t <= -3 else t if t >= 3 else t * (t + 3) / 6,
    "step": lambda t: 1 if t > 0 else 0,
    "sign": mpmath.sign,
    "square": lambda t: t * t,
    "cube": lambda t: t * t * t,
    "squared_relu": lambda t: t * t if t > 0 else 0,
    "elu": lambda t: t if t > 0 else mpmath.expm1(t),
    "celu": lambda t: t if t > 0 else mpmath.expm1(t),
    "selu": _selu,
    "gelu": lambda t: t * _cumulative(t),
    "gelu_tanh": _tanh_gelu,
    "quick_gelu": lambda t: t * _sigmoid(mpf("1.702") * t),
    "silu": lambda t: t * _sigmoid(t),
    "mish": lambda t: t * mpmath.tanh(mpmath.log1p(mpmath.exp(t))),
    "softplus": lambda t: mpmath.log1p(mpmath.exp(t)),
    "squareplus": lambda t: (t + mpmath.sqrt(t * t + 4)) / 2,
    "bent_identity": lambda t: (mpmath.sqrt(t * t + 1) - 1) / 2 + t,
    "sigmoid": _sigmoid,
    "logsigmoid": lambda t: mpmath.log(_sigmoid(t)),
    "probit": _cumulative,
    "tanh": lambda t: 2 * _sigmoid(2 * t) - 1,
    "lecun_tanh": lambda t: mpf("1.7159") * mpmath.tanh(2 * t / 3),
    "erf": lambda t: 1 - mpmath.erfc(t),
    "atan": lambda t: mpmath.asin(t / mpmath.sqrt(1 + t * t)),
    "softsign": lambda t: t / (1 + t) if t > 0 else t / (1 - t),
    "isru": lambda t: t / mpmath.sqrt(1 + t * t),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "snake": lambda t: t + (1 - mpmath.cos(2 * t)) / 2,
    "gaussian": lambda t: mpmath.exp(-t * t / 2),
    "laplace": lambda t: mpmath.exp(-t) if t > 0 else mpmath.exp(t),
    "exp": mpmath.exp,
}
PLACES = [sp.Rational(k, 16) for k in (-90, -50, -23, -9, -5, 0, 3, 11, 29, 57, 101)]


def test_every_entry_has_an_independent_value():
    assert set(VALUES) == set(names())


@pytest.mark.parametrize("name", names())
def test_values_to_thirty_digits(name):
    expr = lookup(name).expr(**({"alpha": "1/4"} if name == "prelu" else {}))
    assert expr.free_symbols == {x}
    with mpmath.workdps(40):
        for place in PLACES:
            value = expr.subs(x, place).evalf(32)
            expected = VALUES[name](mpf(place.p) / place.q)
            assert value.is_real
            assert abs(mpmath.mpf(value._to_mpmath(140)) - expected) <= mpf(10) ** -30 * (
                1 + abs(expected)
            )


@pytest.mark.parametrize("name", names())
def test_names_are_callable_in_formulas(name):
    values = {"alpha": "alpha"} if name == "prelu" else {}
    assert parse(f"{name}(x)").subs(sp.Symbol("alpha", real=True), 2) == (
        lookup(name).expr(**values).subs(sp.Symbol("alpha", real=True), 2)
    )


@pytest.mark.parametrize("name", names())
def test_entries_cite_a_source_and_avoid_unknown_names(name):
    entry = lookup(name)
    assert entry.source
    symbolic = build(entry, {p.name: p.name for p in entry.parameters})
    assert symbolic.free_symbols == {x} | {p.symbol for p in entry.parameters}


@pytest.mark.parametrize("name", ["elu", "celu", "snake", "softplus", "leaky_relu", "squareplus"])
def test_defaults_are_a_case_of_the_symbolic_form(name):
    entry = lookup(name)
    symbolic = build(entry, {p.name: p.name for p in entry.parameters})
    defaults = {p.symbol: parse(p.default) for p in entry.parameters}
    assert symbolic.xreplace(defaults) == entry.expr()


def test_selu_preserves_mean_and_variance():
    """E phi = 0 and E phi^2 = 1 define its constants; the half-line moments are elementary."""
    expr = lookup("selu").expr()
    scale = expr.subs(x, 1)
    plateau = -sp.limit(expr, x, -sp.oo)  # scale*alpha
    with mpmath.workdps(50):
        s, a = (mpf(c.evalf(45)._to_mpmath(170)) for c in (scale, plateau))
        half = mpmath.sqrt(mpmath.e) * mpmath.erfc(1 / mpmath.sqrt(2)) / 2  # E exp(Z) on Z < 0
        full = mpmath.e**2 * mpmath.erfc(mpmath.sqrt(2)) / 2  # E exp(2Z) on Z < 0
        mean = s / mpmath.sqrt(2 * mpmath.pi) + a * (half - mpf(1) / 2)
        power = s**2 / 2 + a**2 * (full - 2 * half + mpf(1) / 2)
        assert abs(mean) < mpf(10) ** -40
        assert abs(power - 1) < mpf(10) ** -40
        assert mpmath.nstr(s, 32) == "1.0507009873554804934193349852946"
        assert mpmath.nstr(a / s, 32) == "1.6732632423543772848170429916717"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("LeakyReLU", "leaky_relu"), ("leaky-relu", "leaky_relu"), ("Swish", "silu"),
     ("SiLU", "silu"), ("arctan", "atan"), ("Identity", "linear"), ("Hard Swish", "hardswish"),
     ("ReLU6", "relu6"), ("hard_sigmoid", "hardsigmoid"), ("relu2", "squared_relu"),
     ("heaviside", "step")],
)  # fmt: skip
def test_spellings(spelling, name):
    assert lookup(spelling).name == name


def test_no_two_entries_share_a_spelling():
    spellings = [spelling for e in CATALOGUE.values() for spelling in (e.name, *e.aliases)]
    keys = [spelling.replace("_", "").lower() for spelling in spellings]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", ["gelo", "", "x" * 10**6, None, "tanh(x)"])
def test_unknown_names(name):
    assert find(name) is None
    with pytest.raises(UnknownNameError, match="no activation is called") as caught:
        lookup(name)
    assert "\n" not in str(caught.value)


def test_the_nearest_names_are_offered():
    with pytest.raises(UnknownNameError, match="gelu"):
        lookup("gelo")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, sp.Rational(1, 2)), (2, 2), ("1/3", sp.Rational(1, 3)), ("alpha", alpha),
     (alpha**2, alpha**2), (sp.Float(0.1), sp.Rational(1, 10))],
)  # fmt: skip
def test_parameter_values_are_exact(value, expected):
    assert lookup("elu").expr(alpha=value) == (
        sp.Max(x, 0) + expected * (sp.exp(sp.Min(x, 0)) - 1)
    )


@pytest.mark.parametrize(
    "values", [{"beta": 1}, {"alpha": 0}, {"alpha": -1}, {"alpha": float("nan")}, {"alpha": True}]
)
def test_impossible_parameter_values(values):
    with pytest.raises(InputError):
        lookup("elu").expr(**values)
