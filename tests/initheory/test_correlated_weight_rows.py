"""The rows that correlated weights add to the mean-field section, and what their checks catch."""

import subprocess
import sys
from dataclasses import replace

import pytest
import sympy as sp

import initheory as it
from initheory import phase_rows
from initheory.correlated_weight_rows import correlated_weight_rows
from initheory.mean_field_rows import equation_row, mean_field_rows
from theory.mean_field import MeanField

CLOSED = {
    *("variance_factor", "variance_boundary", "variance_fixed_point", "scale_free_map"),
    *("scale_free_slope_at_one", "weight_correlation_of_c", "scale_free_c_star"),
    *("scale_free_rate", "scale_free_depth_scale", "biased_map", "effective_weight_correlation"),
    *("sigma_w2_of_c", "biased_c_star", "biased_rate", "gradient_factor", "forward_factor"),
    *("small_kappa_law", "least_weight_correlation"),
}


def rows_of(text, kappa, skip=None):
    theory = MeanField(text, weight_correlation=kappa, skip=skip)
    return {row.name: row for row in correlated_weight_rows(theory, equation_row)}


def test_every_closed_form_and_phase_is_supported():
    rows = rows_of("relu", "kappa", "s")
    assert set(rows) >= CLOSED
    phases = [row for name, row in rows.items() if name.startswith("phase_")]
    assert len(phases) == 12
    for row in (*phases, *(rows[name] for name in CLOSED)):
        assert row.check.verdict == "SUPPORTED", row
        assert row.latex
    assert rows["independence"].note.endswith("not kappa")


def test_a_wrong_formula_and_a_wrong_phase_are_refuted():
    maps = MeanField("abs(x)", weight_correlation="kappa").scale_free
    (row,) = (e for e in maps.equations() if e.name == "variance_boundary")
    kappa = sp.Symbol("kappa", real=True)
    wrong = replace(row, value=2 * sp.pi / (sp.pi - kappa))
    assert equation_row(wrong).check.refuted
    points = list(phase_rows._points(maps))
    for phase in maps.phases:
        here = next(p for p in points if phase.condition.subs(p) is sp.true)
        assert not phase_rows._check(maps, phase, here).refuted
        fast = replace(phase, rate=phase.rate * sp.Rational(101, 100))
        assert phase_rows._check(maps, fast, here).refuted
        if phase.approach is not None:
            other = replace(phase, approach=4 * phase.approach)
            assert phase_rows._check(maps, other, here).refuted


@pytest.mark.parametrize(
    ("text", "reason"), [("softplus", "does not hold"), ("tanh", "does not"), ("x", "is linear")]
)
def test_what_has_no_closed_forms_says_why(text, reason):
    rows = rows_of(text, 1)
    assert reason in rows["scale_free"].note
    assert rows["independence"].check.verdict == "SUPPORTED" or text == "x"
    assert ("E phi = 0" in rows["least_weight_correlation"].note) is (text != "softplus")


def test_plain_weights_have_none_of_these():
    names = {row.name for row in mean_field_rows(it.Activation("relu"))}
    assert not names & (CLOSED | {"independence", "scale_free"})


def test_nothing_is_compiled_for_them():
    code = (
        "import sys, initheory as it\n"
        "r = it.derive('leaky_relu', topics=['mean-field'], numbers=False, "
        "weight_correlation='1/2')\n"
        "assert r.ok and 'phase_chaotic' in r.to_json() and 'c_*' in r.latex()\n"
        "assert not {'numba', 'scipy'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_range_of_an_edge_is_given_where_numbers_are():
    report = it.derive("softplus", ["mean-field"], weight_correlation="1/2")
    row = report["edge_of_chaos_range"]
    assert row.check.verdict == "SUPPORTED"
    assert [value["point"] for value in row.values] == ["exists", "attracts"]
    assert row.values[0]["from q"] > 20
    assert report.ok
