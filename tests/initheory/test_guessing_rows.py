"""The section of reports on the guessing bias: rows, checks, layers with options, refutations."""

from dataclasses import replace

import pytest
import sympy as sp

import initheory as it
from initheory import guessing_checks as checks
from initheory.guessing_rows import guessing_rows
from theory.symbols import g, gamma


def rows_of(text):
    return {row.name: row for row in guessing_rows(it.Activation(text))}


@pytest.fixture(scope="module")
def relu():
    return rows_of("relu")


def test_the_rows_of_relu_are_the_published_laws(relu):
    assert sp.sympify(relu["growth_chaotic"].sympy) == sp.sympify("2*l**2/(9*pi**2)")
    assert "8/(9*pi**2)" in relu["growth_critical"].sympy
    assert "no neutral" in relu["phase_prejudice_or_neutrality"].note
    assert relu["neutral_line_sigma_w2"].note
    assert not relu["neutral_line_sigma_w2"].sympy
    checked = {name for name, row in relu.items() if row.check is not None}
    assert {"agreement", "class_fraction_density", "gamma_recursion", "growth_ordered"} <= checked
    assert {relu[name].check.verdict for name in checked} == {"SUPPORTED"}


def test_a_jump_has_rows_with_reasons():
    rows = rows_of("sign(x)")
    assert "infinite" in rows["growth_ordered"].note
    assert rows["neutral_line_sigma_w2"].sympy == "3*q/4"  # asin(1/2) = pi/6
    assert all(row.check is None or row.check.verdict == "SUPPORTED" for row in rows.values())


def test_wrong_laws_are_refuted():
    gb = it.GuessingBias("relu")
    density = it.GuessingBias("relu").class_fraction_density
    assert checks.check_density(density.subs(gamma, gamma / 2)).refuted
    assert checks.check_cdf(gb.class_fraction_cdf.subs(g, 1 - g)).refuted
    doubled = replace(gb.growth_laws["chaotic"], coefficient=sp.Rational(1, 4))
    assert checks.check_growth(gb, doubled, {}).refuted
    erf = it.GuessingBias("erf")
    shifted = replace(erf.growth_laws["chaotic"], limit=sp.Symbol("c_star", real=True))
    assert checks.check_growth(erf, shifted, {}).refuted
    slower = replace(erf.growth_laws["ordered"], rate=sp.Integer(2))
    assert checks.check_growth(erf, slower, {}).refuted
    swapped = tuple(reversed([replace(one) for one in erf.phase_conditions]))
    names = [one.phase for one in erf.phase_conditions]
    swapped = tuple(replace(one, phase=name) for one, name in zip(swapped, names, strict=True))
    assert checks.check_conditions(erf, swapped, {}).refuted


def test_numbers_of_the_edge_of_chaos_and_of_the_neutral_line():
    report = it.derive("erf", topics="bias")
    assert report.ok
    phases = [line["phase"] for line in report["bias_phases"].values]
    assert phases == ["neutrality, chaotic", "deep prejudice, critical"]
    assert report["bias_by_layer"].check.verdict == "SUPPORTED"
    line = report["neutral_line_points"]
    assert line.values
    assert line.check.verdict == "SUPPORTED"
    assert "--param alpha=" in it.derive("prelu", topics="bias")["numbers"].note


def test_options_of_the_layer_reach_the_theories_that_take_them_and_the_others_say_so():
    report = it.derive("relu", numbers=False, weight_correlation="1/2", skip="3/5")
    assert report.ok
    assert report.settings == {"weight_correlation": "1/2", "skip": "3/5"}
    assert report["edge_of_chaos_sigma_w2"].sympy == "32/25"  # (1 - s^2)/E phi'^2
    assert report["ntk_ordered_limit"].check.verdict == "SUPPORTED"
    assert report["ntk_correlation"].check.verdict == "SUPPORTED"
    (row,) = report.of_topic("bias")
    assert "skip" in row.note
    (row,) = report.of_topic("gaussian")
    assert "weight_correlation and skip" in row.note


def test_correlated_weights_move_the_bias():
    rows = {
        r.name: r for r in it.derive("erf", topics="bias", numbers=False, weight_correlation=1)
    }
    assert rows["next_centre"].check.verdict == "SUPPORTED"
    relu = it.derive("relu", topics="bias", numbers=False, weight_correlation=1)
    assert relu.ok, relu.refuted
    assert relu["next_centre"].check.verdict == "SUPPORTED"
