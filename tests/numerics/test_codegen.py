"""Generated text: determinism, stability rewriting, and refusal of what has no kernel."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from numerics.codegen import jet_source, module_source
from numerics.kernels import load_module
from numerics.stable_rewriting import fold_constants, sech2, stable
from theory.errors import InputError
from theory.special import Phi, Phi2, sigmoid, softplus
from theory.symbols import x

a = sp.Symbol("a", positive=True)

DEFINITIONS = {
    sech2: lambda t: 1 - sp.tanh(t) ** 2,
    expm1: lambda t: sp.exp(t) - 1,
    log1p: lambda t: sp.log(1 + t),
}

PROGRAM = """
import sympy as sp
from numerics.codegen import jet_source
from theory.symbols import x
a, b = sp.symbols("alpha beta", positive=True)
f = sp.Piecewise((x * sp.erf(a * x), x > b), (b * (sp.exp(x) - 1) + sp.log(1 + a * x**2), True))
print(jet_source("jet", [f, f.diff(x), sp.Max(x, a, b) * sp.tanh(x)], [x, b, a]).text)
"""


def test_text_does_not_depend_on_the_hash_seed():
    texts = set()
    for seed in ("0", "1", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        texts.add(done.stdout)
    assert len(texts) == 1


def test_names_of_symbols_do_not_enter_the_text():
    other = sp.Symbol("zeta", positive=True)
    text = jet_source("jet", [a * x + x * sp.tanh(x)], [x, a]).text
    assert text == jet_source("jet", [other * x + x * sp.tanh(x)], [x, other]).text


def test_parameters_are_arguments():
    text = jet_source("jet", [a * x], [x, a]).text
    assert "def jet(v0, v1)" in text
    assert "v0*v1" in text or "v1*v0" in text


@pytest.mark.parametrize(
    ("written", "rewritten"),
    [
        (a * sp.exp(x) - a, lambda: a * expm1(x)),
        (1 + sp.erf(x / sp.sqrt(2)), lambda: 2 * Phi(x)),
        (1 - sp.erf(x / sp.sqrt(2)), lambda: 2 * Phi(-x)),
        (sp.erfc(-x / sp.sqrt(2)), lambda: 2 * Phi(x)),
        (1 - Phi(x), lambda: Phi(-x)),
        (3 - 3 * sigmoid(x), lambda: 3 * sigmoid(-x)),
        (1 - sp.cos(x), lambda: 2 * sp.sin(x / 2) ** 2),
        ((sp.exp(x) - sp.exp(-x)) / (sp.exp(x) + sp.exp(-x)), lambda: sp.tanh(x)),
        (1 + sp.erf(x) ** 2, lambda: 1 + sp.erf(x) ** 2),
    ],
    ids=lambda value: str(value) if isinstance(value, sp.Basic) else "exact",
)
def test_cancellation_is_rewritten(written, rewritten):
    assert stable(written) == rewritten()


def test_rewriting_keeps_the_value():
    expressions = [
        sp.exp(2 * x) - 1 + sp.cos(x) - 1,
        x / 2 + x * sp.erf(x) / 2 - a * (sp.exp(-x) - 1),
        sp.log(1 + x**2) * (1 - sp.tanh(x) ** 2),
        sp.Piecewise((sp.exp(x) - 1, x < 0), (2 - 2 * sp.erf(x), True)),
    ]
    at = {x: sp.Rational(7, 10), a: sp.Rational(3, 2)}
    for expr in expressions:
        value = fold_constants(stable(expr))
        for function, definition in DEFINITIONS.items():
            value = value.replace(function, definition)
        assert abs(value.subs(at).evalf(20) - expr.subs(at).evalf(20)) < 1e-18


def test_irrational_factors_become_one_number():
    text = jet_source("jet", [sp.sqrt(2) * sp.exp(-(x**2) / 2) / (2 * sp.sqrt(sp.pi))], [x]).text
    assert "0.3989422804014327*" in text
    assert "sqrt" not in text


@pytest.mark.parametrize("expr", [sp.zeta(x), sp.Function("f")(x), sp.DiracDelta(x)], ids=str)
def test_unknown_functions_are_named(expr):
    with pytest.raises(InputError, match=type(expr).__name__):
        jet_source("jet", [expr], [x])


def test_missing_symbols_are_named():
    with pytest.raises(InputError, match="contains a,"):
        jet_source("jet", [a * x], [x])


EVERYTHING = [
    sp.sin(x) * sp.cos(2 * x) + sp.tan(x / 3),
    sp.asin(x / 5) + sp.acos(x / 5) * sp.atan(x),
    sp.sinh(x) / (1 + sp.cosh(x)) + sp.asinh(x),
    sp.sign(x) + 2 * sp.Heaviside(x - 1) + sp.Abs(x) ** sp.Rational(1, 3),
    sp.Max(x, 1, x**2) - sp.Min(x, 0),
    sp.Piecewise((1, (x > -1) & (x < 1)), (2, sp.Or(x > 2, x < -2)), (sp.sqrt(sp.Abs(x)), True)),
    x**5 - 3 * x**-2 + (1 + x**2) ** sp.Rational(-3, 2) + sp.pi * sp.E**x,
    softplus(x) * sigmoid(-x) + Phi(x) * sp.erfc(x) + Phi2(x, 1, sp.Rational(1, 3)),
    sp.gamma(1 + x**2) + sp.log(x**2 + 2) + sp.exp(-x),
]  # fmt: skip


@pytest.fixture(scope="module")
def everything():
    jet = jet_source("jet", EVERYTHING, [x])
    driver = (
        f'@njit("UniTuple(float64, {len(EVERYTHING)})(float64)", cache=True, '
        'error_model="numpy")\ndef evaluate(x):\n    return jet(x)\n'
    )
    return load_module(module_source([jet], driver), "everything").evaluate


@pytest.mark.parametrize("place", [-2.7, -0.4, 0.3, 1.0, 3.1])
def test_printed_functions_agree_with_sympy(everything, place):
    values = everything(place)
    for expr, value in zip(EVERYTHING, values, strict=True):
        exact = float(expr.subs(x, sp.Rational(place)).evalf(20))
        assert value == pytest.approx(exact, rel=1e-13), expr


def test_values_at_a_breakpoint_are_those_of_the_definition(everything):
    assert np.isnan(everything(math.nan)[0])
    jet = jet_source("jet", [sp.sign(x), sp.Heaviside(x)], [x])
    assert "select" in jet.needs


def test_shared_parts_are_real():
    part = sp.exp(sp.sin(x))
    power = sp.Abs(sp.exp(part)) + sp.Abs(sp.sin(part)) + sp.cos(part)
    jet = jet_source("jet", [power, part], [x])
    driver = (
        '@njit("UniTuple(float64, 2)(float64)", error_model="numpy")\n'
        "def evaluate(x):\n    return jet(x)\n"
    )
    found = load_module(module_source([jet], driver), "shared").evaluate(0.7)
    assert found[0] == pytest.approx(float(power.subs(x, 0.7)), rel=1e-13)
