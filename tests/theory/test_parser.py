"""The grammar is exact, closed, and answers anything within a second."""

import time
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.errors import ActivationSyntaxError, InitheoryError, InputError, NonRealActivationError
from theory.parser import exact, parse
from theory.special import Phi, sigmoid, softplus
from theory.symbols import q, x

alpha = sp.Symbol("alpha", real=True)
half = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", sp.Rational(1, 10)),
        ("1e-3", sp.Rational(1, 1000)),
        (".5e1", sp.Integer(5)),
        ("0.1 + 0.2", sp.Rational(3, 10)),
        ("1.7159", sp.Rational(17159, 10000)),
        ("12345678901234567890123456789.5", sp.Rational(24691357802469135780246913579, 2)),
        ("1/3", sp.Rational(1, 3)),
        ("2**0.5", sp.sqrt(2)),
        ("e**2", sp.exp(2)),
        ("2*pi*E", 2 * sp.pi * sp.E),
    ],
)
def test_numbers_are_exact(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*erf(x)", x * sp.erf(x)),
        ("-x^2 + 1", 1 - x**2),
        ("2^-x", 2**-x),
        ("x**-2", x**-2),
        ("1 - x - x/2/3", 1 - 7 * x / 6),
        ("x^2^3", x**8),
        ("+x - -x", 2 * x),
        ("log(1 + x**2)", sp.log(1 + x**2)),
        ("ln(1+x^2)", sp.log(1 + x**2)),
        ("sign(x)*sqrt(abs(x))", sp.sign(x) * sp.sqrt(sp.Abs(x))),
        ("cbrt(x)", sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3)),
        ("max(x,0)**2/(1+max(x,0))", sp.Max(x, 0) ** 2 / (1 + sp.Max(x, 0))),
        ("max(x, 0, -1, alpha)", sp.Max(x, 0, alpha)),
        ("max(x,)", x),
        ("clip(x, -1, 1)", sp.Min(1, sp.Max(-1, x))),
        ("clamp(x, upper=1, lower=-1)", sp.Min(1, sp.Max(-1, x))),
        ("step(x)", sp.Heaviside(x, 0)),
        ("Heaviside(x)", sp.Heaviside(x)),
        ("Heaviside(x, 1)", sp.Heaviside(x, 1)),
        ("expit(x) + logistic(x)", 2 * sigmoid(x)),
        ("softplus(x)", softplus(x)),
        ("softplus(x, 2)", softplus(2 * x) / 2),
        ("softplus(x, beta=2)", softplus(2 * x) / 2),
        ("logsigmoid(x)", -softplus(-x)),
        ("normal_cdf(x)", Phi(x)),
        ("log1p(x**2)", sp.log(1 + x**2)),
        ("expm1(x)", sp.exp(x) - 1),
        ("sech(x)", 1 / sp.cosh(x)),
        ("arctan(x) + arcsinh(x)", sp.atan(x) + sp.asinh(x)),
        ("gelu(2*x)", 2 * x * Phi(2 * x)),
        ("ReLU(x) - 0.1*relu(-x)", sp.Max(x, 0) - sp.Max(-x, 0) / 10),
        ("LeakyReLU(x, 1/4)", sp.Max(x, 0) + sp.Min(x, 0) / 4),
        ("identity(x)", x),
        ("abs(x)**alpha", sp.Abs(x) ** alpha),
    ],
)
def test_formulas(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "value_of"),
    [
        ("where(x < 1, 0, x)", lambda t: 0 if t < 1 else t),
        ("where(1 - 2*x <= 0, 5, x)", lambda t: 5 if 1 - 2 * t <= 0 else t),
        ("where(-1 <= x < 1, x, 3)", lambda t: t if -1 <= t < 1 else 3),
        ("where(not (x < 1), x, 3)", lambda t: t if not t < 1 else 3),
        ("where((x < -1) | (x > 1), x, 3)", lambda t: t if t < -1 or t > 1 else 3),
        ("where(x > -1 & x < 1, x, 3)", lambda t: t if -1 < t < 1 else 3),
        ("where(abs(2*x - 1) <= 1, x, 3)", lambda t: t if abs(2 * t - 1) <= 1 else 3),
        ("where(abs(x) > 1, x, 3)", lambda t: t if abs(t) > 1 else 3),
        ("piecewise((0, x < -1), (x, x < 1), (1, True))", lambda t: max(0, t) if t < 1 else 1),
        ("Piecewise((-x, x <= 0), (x**2, x > 0))", lambda t: -t if t <= 0 else t**2),
        ("where(1 < 2, x, 0)", lambda t: t),
    ],
)
def test_piecewise_formulas(text, value_of):
    expr = parse(text)
    for t in (sp.Rational(k, 2) for k in range(-5, 6)):
        if text.startswith("piecewise") and -1 <= t < 0:
            assert expr.subs(x, t) == t
        else:
            assert expr.subs(x, t) == value_of(t)


def test_piecewise_always_covers_the_line():
    assert parse("piecewise((0, x < 0), (x, x >= 0))").args[-1][1] is sp.true


def test_conditions_are_solved_for_the_variable():
    assert parse("where(3 - 2*x > 1, x, 0)").args[0][1] == (x < 1)


def test_unknown_names_are_real_parameters():
    assert parse("max(x, 0) + alpha*min(x, 0)").free_symbols == {x, alpha}


@pytest.mark.parametrize("text", ["elu(x, alpha)", "alpha*x + elu(x, alpha=alpha)"])
def test_a_symbol_has_one_set_of_assumptions_in_a_formula(text):
    (parameter,) = parse(text).free_symbols - {x}
    assert parameter == sp.Symbol("alpha", positive=True)


def test_prelu_introduces_its_slope():
    assert parse("prelu(x)") == sp.Max(x, 0) + alpha * sp.Min(x, 0)
    assert parse("prelu(x) + elu(x, alpha)").free_symbols == {x, sp.Symbol("alpha", positive=True)}


def test_composition_does_not_capture_the_variable():
    t = sp.Symbol("t", real=True)
    assert parse("prelu(2*t, x)", variable=t) == sp.Max(2 * t, 0) + x * sp.Min(2 * t, 0)


def test_another_variable_and_given_symbols():
    width = sp.Symbol("n", positive=True)
    assert parse("q**2 + tanh(q/n)", variable=q, symbols=(width,)) == q**2 + sp.tanh(q / width)


def test_long_flat_formulas_are_read():
    assert parse("+".join("x" * 500)) == 500 * x
    assert parse("(" * 40 + "x" + ")" * 40) == x
    assert parse("-" * 40 + "x") == x


def test_exact_values():
    assert exact(0.1) == sp.Rational(1, 10)
    assert exact(sp.Float(0.25) * q) == q / 4
    assert exact("sqrt(2)") == sp.sqrt(2)


@pytest.mark.filterwarnings("error")
def test_exact_values_of_other_types():
    tenths = (np.float32(0.1), np.float16(0.1), np.longdouble("0.1"), Decimal("0.1"))
    assert {exact(value) for value in (*tenths, Fraction(1, 10))} == {sp.Rational(1, 10)}
    assert exact(np.int8(3)) == 3
    for wrong in (np.float32("inf"), np.float16("nan"), Decimal("nan"), Decimal("1e200")):
        with pytest.raises(InputError):
            exact(wrong)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), True, None, 1j, sp.oo, sp.I, 10**5000, object()],
    ids=lambda value: type(value).__name__,
)
def test_values_that_are_not_real_numbers(value):
    with pytest.raises(InputError):
        exact(value, "alpha")


HOSTILE = [
    "", "   ", None, 3, b"x", sp.Symbol("x"), "x\0", "x\ny", "x\r", "x;x", "x#y", "x\\y", "\ud800",
    "9**9**9", "(10**60)**60", "x**65", "x**60*x**60", "((x+1)**9)**9", "1e999", "1e-999",
    "1" * 50, "1_000", "0x10", "0777", "1j", "2**(x+10**9)*2**(-x)", "exp(exp(exp(25)))",
    "exp(1000)", "1e40*1e40*1e40", "1e40**1e40",
    "1/0", "0**-1", "0**x", "log(0)", "tan(pi/2)", "atanh(1)", "1/(sin(1)**2+cos(1)**2-1)",
    "__import__('os')", "__class__", "x.real", "x.__class__", "().__class__", "lambda: 1",
    "lambda*x", "[x for x in y]", "{x}", "x[0]", "f'x'", "'x'", '"x"', "x:=1", "x if x else 1",
    "yield x", "await x", "print(x)", "tanh(*x)", "tanh(**x)", "tanh(y=1)", "True", "x+True",
    "None", "х", "tanh(ｘ)", "２*x", "α*x", "λ*x", "x²", "2×x", "x−1", "√x", "x ≤ 1", "x’",
    "φ(x)", "(x", "x)", "()", "x+", "*x", "x,,x", "x,x", "max()", "max(x,,1)", "tanh()",
    "tanh(x,x)", "clip(x, lower=1)", "clip(x, 0, lower=1)", "Heaviside(x, x)", "where(x<1, x)",
    "where(x,x,x)", "where(sin(x)<0, x, 0)", "where(a*x<0, x, 0)", "where(a<0, x, 0)",
    "where(x==1, x, 0)",
    "piecewise()", "piecewise(x)", "piecewise((x, x<1))", "piecewise((x, x<1), (1, x>2))",
    "piecewise((x, False))", "x>0", "x and 1", "not x", "x<y<z", "~x", "x&1", "x==1", "x is 2",
    "gelo(x)", "x(1)", "alpha(x)", "2x", "2(x)", "(x)(x)", "sin x", "2alpha", "alpha beta",
    "x//2", "x%2", "x!", "x@x", "x<<2", "x$", "relu", "x*sigmoid", "X", "Pi*x", "oo*x", "I*x",
    "q*x", "rho", "sigma_w2", "Z+x", "l*x", "elu(x, -1)", "elu(x, x)", "elu(x, beta=2)",
    "celu(x, 0)", "a" * 50, "(" * 100_000, "(" * 900, "-" * 5000 + "x", "-" * 1100 + "x",
    "x" * 10_000_000, "+".join("x" * 900), "x**" * 300 + "x", "x" + "**x" * 60,
    "gelu(" * 12 + "x" + ")" * 12,
    "mish(" * 45 + "x" + ")" * 45, "(1+sqrt(2))**64",
    "where(" * 49 + "x" + "<1,x,0)" * 49, "max(" + ",".join("x" * 1000) + ")",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_hostile_texts_give_one_clear_line_at_once(text):
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InitheoryError) as caught:
            parse(text)
    assert time.perf_counter() - start < 1
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert message.startswith("cannot read ")


@pytest.mark.parametrize(
    "text",
    ["sqrt(-1)", "(-8)**(1/3)", "(-2)**x", "x**x", "log(-1)", "asin(2)", "acosh(0)",
     "sqrt(-x**2)", "x**alpha", "max(sqrt(-1-x**2), 0)", "relu(log(-1))"],
)  # fmt: skip
def test_complex_values_are_named_as_such(text):
    with pytest.raises(NonRealActivationError, match=r"not (a )?real"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x*gelo(x)", "'gelo\\(x\\)' at column 3.*gelu"),
        ("2*х", "column 3.*cyrillic small letter ha.*write x"),
        ("x + α", "write alpha"),
        ("x + ２", "write 2"),
        ("2x", r"write 2\*x"),
        ("sin x", r"sin\(x\)"),
        ("lambda*x", "lam"),
        ("q*x", "q_0"),
        ("x**x", r"abs\(x\)"),
        ("tanh(x, 2)", r"tanh\(x\)"),
        ("(x + 1", "column 1.*never closed"),
        ("  x + q^2", "column 7"),
        ("x^2 + x^2*gelo(x)", "column 11"),
        ("x if x else 0", "where"),
    ],
)
def test_messages_name_the_place_and_the_remedy(text, hint):
    with pytest.raises(InputError, match=hint):
        parse(text)


WORDS = (
    "x alpha q 1 0.5 3 1e39 + - * / ** ^ ( ) , < <= and not relu( gelu( where( abs( log( sqrt( "
    "max( erf( piecewise(( True )) . ' [ { х lambda if 9**9 elu(x,"
)
WRITINGS = st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=30), WRITINGS))
def test_any_text_is_read_or_refused_at_once(text):
    start = time.perf_counter()
    try:
        outcome = parse(text)
    except (ActivationSyntaxError, NonRealActivationError) as error:
        outcome = error
    assert isinstance(outcome, sp.Expr) or "\n" not in str(outcome)
    assert time.perf_counter() - start < 1
