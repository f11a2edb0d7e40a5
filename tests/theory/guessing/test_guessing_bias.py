"""The object: arguments, attributes in the symbols of the theory, rows of the report."""

import pytest
import sympy as sp

from theory.errors import InitheoryError, InputError, UnknownNameError
from theory.guessing import GuessingBias
from theory.mean_field import MeanField
from theory.symbols import g, gamma, rho, sigma_b2, sigma_w2


def test_numbers_are_exact_and_symbols_stay():
    gb = GuessingBias("relu", sigma_w2=2, sigma_b2=0.1)
    assert (gb.sigma_w2, gb.sigma_b2) == (2, sp.Rational(1, 10))
    assert repr(gb) == "GuessingBias('relu', sigma_w2=2, sigma_b2=1/10)"
    assert (GuessingBias("relu").sigma_w2, GuessingBias("relu").sigma_b2) == (sigma_w2, sigma_b2)
    assert gb == GuessingBias("relu", sigma_w2="2", sigma_b2="1/10")


def test_a_mean_field_keeps_its_correlation():
    gb = GuessingBias(MeanField("relu", weight_correlation=1))
    assert gb.weight_correlation == 1
    assert gb.mean_field == MeanField("relu", weight_correlation=1)
    pooled = GuessingBias("relu", pooling="average", pool_size=2)
    assert sp.simplify(pooled.mean_field.chi_1 - sigma_w2 / 4) == 0


def test_the_law_is_in_gamma_and_g():
    gb = GuessingBias("tanh")
    assert gb.gamma == rho / (1 - rho)
    assert gb.class_fraction_density.free_symbols == {gamma, g}
    assert gb.class_fraction_density.subs(gamma, 1) == 1
    assert gb.class_fraction_cdf.subs(gamma, 1) == g
    assert gb.class_fraction_quantile.subs(gamma, 1) == g


@pytest.mark.parametrize("text", ["relu", "erf", "sign(x)", "max(x,0)-alpha*max(-x,0)"])
def test_every_row_has_a_value_or_says_why(text):
    gb = GuessingBias(text)
    rows = gb.equations()
    assert {row.topic for row in rows} == {"bias"}
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.value is not None or row.note
        assert row.value is None or not row.value.has(sp.nan, sp.zoo)
    assert gb.latex().startswith(r"\begin{aligned}")
    assert "guessing bias of" in str(gb)


def test_the_definition_of_a_row_is_another_witness():
    rows = {row.name: row for row in GuessingBias("erf").equations()}
    place = {"gamma": 2, "q": 1, "sigma_w2": 3, "sigma_b2": 1}
    for name in ("class_fraction_variance", "mean_of_largest", "neutral_line_sigma_b2"):
        row = rows[name]
        values = {s: place[s.name] for s in row.value.free_symbols | row.definition.free_symbols}
        assert row.definition != row.value
        both = (e.subs(values).evalf(9) for e in (row.definition, row.value))
        assert abs(sp.Add(next(both), -next(both))) < 1e-8


BAD = {
    "negative weights": (("relu", -1, 0), {}, InputError, "sigma_w2"),
    "no weights": (("relu", 0, 0), {}, InputError, "sigma_w2"),
    "negative biases": (("relu", 1, -1), {}, InputError, "sigma_b2"),
    "nan": (("relu", float("nan"), 0), {}, InputError, "sigma_w2"),
    "pooling": (("relu",), {"pooling": "min"}, UnknownNameError, "'max' or 'average'"),
    "pool size": (("relu",), {"pooling": "max", "pool_size": 0}, InputError, "pool_size"),
    "correlation": (("relu",), {"weight_correlation": 2}, InputError, "weight_correlation"),
    "two options": (
        ("relu",),
        {"pooling": "max", "weight_correlation": 1},
        InputError,
        "leave one of them out",
    ),
    "skip": ((MeanField("relu", skip=1),), {}, InputError, "skip"),
    "parameter": (("tanh(gamma*x)",), {}, InputError, "something else"),
}


@pytest.mark.parametrize(("arguments", "options", "kind", "word"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence(arguments, options, kind, word):
    with pytest.raises(kind, match=word) as caught:
        GuessingBias(*arguments, **options)
    assert isinstance(caught.value, InitheoryError)
    assert "\n" not in str(caught.value)


def test_a_parameter_called_gamma_may_have_a_value():
    assert GuessingBias("tanh", 1, 0).with_activation("relu").activation.name == "relu"
    with pytest.raises(InputError):
        GuessingBias("x*sigmoid(gamma*x)")
