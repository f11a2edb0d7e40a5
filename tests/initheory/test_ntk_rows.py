"""The section of reports on the tangent kernel: rows, checks, formats, refutations."""

import json
from dataclasses import replace

import pytest
import sympy as sp

import initheory as it
from initheory import ntk_checks as checks
from initheory.ntk_rows import TOPIC, ntk_rows
from theory.mean_field import MeanField
from theory.symbols import q
from theory.tangent import NTK
from theory.tangent.expansion import critical_expansion
from theory.tangent.symbols import N


def rows_of(text):
    return {row.name: row for row in ntk_rows(it.Activation(text))}


@pytest.fixture(scope="module")
def erf():
    return rows_of("erf")


def test_every_formula_of_erf_is_supported(erf):
    expected = {
        "ntk",
        "ntk_diagonal",
        "ntk_expansion",
        "ntk_ordered_limit",
        "ntk_ratio",
        "ntk_correlation",
        "ntk_correction",
        "ntk_condition_number",
        "ntk_predictor",
        "ntk_chaotic_limit",
        "ntk_chaotic_diagonal",
    }
    assert expected <= set(erf)
    assert {erf[name].check.verdict for name in expected} == {"SUPPORTED"}
    assert erf["ntk_ratio"].sympy == "1/3"
    assert sp.sympify(erf["ntk_correction"].sympy).subs("q", sp.S.Half) == sp.S(-1)


def test_architectures_have_a_row_each(erf):
    relu = rows_of("relu")
    assert relu["ntk_residual"].check.verdict == "SUPPORTED"
    assert relu["ntk_scaled_residual"].sympy == "1/4"
    assert "differential equations" in relu["ntk_stable_residual"].note
    assert "bounded" in erf["ntk_residual"].note


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        ("softplus", "ntk_critical", "no edge of chaos"),
        ("sign(x)", "ntk_ordered", "chi_1 is infinite"),
        ("relu", "ntk_chaotic", "variance explodes"),
        ("x", "ntk_critical", "affine"),
        ("2", "ntk_critical", "constant"),
    ],
)
def test_what_does_not_apply_says_why(text, row, reason):
    rows = rows_of(text)
    assert reason in rows[row].note
    assert not rows[row].latex
    assert not any(r.check is not None and r.check.refuted for r in rows.values())


def test_parameters_may_stay_symbols():
    rows = rows_of("max(x,0) - alpha*max(-x,0)")
    assert rows["ntk_ratio"].sympy == "1/4"
    assert rows["ntk_correlation"].check.verdict == "SUPPORTED"


def test_derive_has_the_topic_in_every_format():
    report = it.derive("relu", topics=[TOPIC], numbers=False)
    assert report.ok
    assert report.topics() == (TOPIC,)
    data = json.loads(report.to_json())
    assert {row["topic"] for row in data["rows"]} == {TOPIC}
    assert "Neural tangent kernel" in report.text()
    for form in (report.latex(), report.markdown(), report.html()):
        assert r"\frac{1}{4}" in form


# mutations: each check refutes a wrong formula


@pytest.fixture(scope="module")
def theory():
    return NTK("erf")


def test_a_wrong_limit_is_refuted(theory):
    law = theory.depth_law["ordered"]
    wrong = replace(law, limit=q / (1 - theory.mean_field.chi_q))
    assert checks.check_limit(theory.mean_field, wrong, {}).refuted
    law = theory.depth_law["chaotic"]
    wrong = replace(law, limit=q / (1 - law.rate))
    assert checks.check_limit(theory.mean_field, wrong, {}).refuted


def test_a_wrong_diagonal_is_refuted(theory):
    law = theory.depth_law["critical"]
    wrong = replace(law, diagonal=law.diagonal - q)
    assert checks.check_diagonal(theory.mean_field, wrong, {}).refuted


def test_a_wrong_ratio_is_refuted(theory):
    terms = critical_expansion(theory.mean_field)
    wrong = replace(theory.depth_law["critical"], ratio=sp.Rational(1, 4))
    assert checks.check_matched(terms, wrong, {}).refuted


def test_a_wrong_logarithm_is_not_supported():
    relu = NTK("relu")
    law = relu.depth_law["critical"]
    (term,) = law.corrections
    wrong = replace(term, coefficient=2 * term.coefficient)
    law = replace(law, corrections=(wrong,))
    check = checks.check_matched(critical_expansion(relu.mean_field), law, {}, wrong)
    assert check.verdict != "SUPPORTED"


def test_a_wrong_expansion_is_refuted():
    mean_field = MeanField("relu")
    (term,) = critical_expansion(mean_field)
    wrong = [replace(term, coefficient=3 * term.coefficient)]
    assert checks.check_expansion(mean_field, wrong, {}).refuted


def test_wrong_statements_about_matrices_are_refuted(theory):
    law = theory.depth_law["critical"]
    assert checks.check_condition_number(law, N / 2).refuted
    assert checks.check_predictor(law, 1 / N).refuted
    assert not checks.check_predictor(law, law.predictor).refuted
