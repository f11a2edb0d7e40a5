"""A report says the same thing in every format, at every width, whatever a user typed."""

import json
import re
import shutil
import subprocess

import pytest

from initheory.plain import number_text, wrap_formula
from initheory.report import Check, Report, Row
from initheory.typeset import latex_escape
from theory.errors import UnknownNameError

NASTY = r"x & y_1 % #{$} ^~ <b>|\end{align*}"

LONG_FORMULA = (
    "sigma_b2 + sigma_w2*q*(2*asin(2*q/(2*q + 1))/pi + 8*q/(pi*(2*q + 1)*sqrt(4*q + 1)))"
)


def report_of(*rows, text="x*erf(x)"):
    return Report({"text": text, "sympy": text}, rows)


def formula(verdict="SUPPORTED", **changes):
    fields = {
        "topic": "mean-field",
        "name": "variance_map",
        "title": "variance map",
        "symbol": "V(q)",
        "latex": r"\frac{q {\sigma_w^2}}{2}",
        "sympy": LONG_FORMULA,
        "values": ({"q": "7/3", "value": 2.5}, {"q": "13/29", "value": 0.5}),
        "source": "Poole et al. 2016, eq. 3",
        "check": Check(verdict, "28 digits, quadrature of the definition at q = 7/3", 28),
    }
    return Row(**{**fields, **changes})


def table():
    points = (
        {"q": 0.25277606324855652, "chi_1": 0.78, "stable": True, "phase": "ordered", "xi": None},
        {"q": 1.0, "chi_1": 1.0, "stable": False, "phase": "critical", "xi": None},
    )
    return Row("mean-field", "fixed_points", "fixed points", values=points)


def reason():
    return Row("mean-field", "chi_1", "chi_1", note="E phi'^2 is infinite: " + "a reason " * 30)


FULL = report_of(formula(), table(), reason(), Row("activation", "parity", "parity", note="even"))


def test_json_has_the_documented_fields():
    data = json.loads(FULL.to_json())
    assert {"activation", "rows"} <= data.keys()
    fields = {"topic", "name", "symbol", "latex", "sympy", "values", "source", "check"}
    assert all(fields <= row.keys() for row in data["rows"])
    assert data["rows"][0]["check"]["verdict"] == "SUPPORTED"
    assert data["rows"][1]["values"][0]["q"] == 0.25277606324855652


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_text_fits_the_width(width):
    assert max(map(len, FULL.text(width).splitlines())) <= width


def test_unwrapped_text_keeps_every_formula_on_one_line():
    assert any(LONG_FORMULA in line for line in FULL.text().splitlines())


@pytest.mark.parametrize("width", [40, 60, 80, None])
def test_wrapping_loses_no_character_of_a_formula(width):
    lines = wrap_formula(LONG_FORMULA, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", LONG_FORMULA)


def test_plain_text_is_ascii_without_control_codes():
    assert all(character == "\n" or " " <= character <= "~" for character in FULL.text(80))


def test_colour_changes_nothing_but_control_codes():
    coloured = FULL.text(80, colour=True)
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == FULL.text(80).splitlines()


def test_a_report_is_ok_until_a_check_refutes():
    assert FULL.ok
    refuted = report_of(formula("REFUTED"), table())
    assert not refuted.ok
    assert [row.name for row in refuted.refuted] == ["variance_map"]
    assert "REFUTED" in refuted.text()
    assert report_of(formula("INCONCLUSIVE")).ok


def test_rows_are_found_by_name():
    assert FULL["fixed_points"].values[1]["stable"] is False
    with pytest.raises(UnknownNameError, match="variance_map"):
        FULL["variance"]


def test_latex_escapes_what_a_user_typed():
    latex = report_of(Row("mean-field", "a", NASTY, note=NASTY), text=NASTY).latex()
    assert r"\end{align*}" not in latex
    assert latex_escape(NASTY) in latex


def test_latex_is_balanced():
    latex = FULL.latex()
    begun = re.findall(r"\\begin\{([^}]*)\}", latex)
    ended = re.findall(r"\\end\{([^}]*)\}", latex)
    assert sorted(begun) == sorted(ended)
    assert {"align*", "tabular", "center"} <= set(begun)
    assert r"\\" + "\n" + r"\end{align*}" not in latex


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX on this machine")
def test_latex_compiles(tmp_path):
    document = (
        r"\documentclass{article}\usepackage{amsmath,booktabs}\begin{document}"
        + FULL.latex()
        + r"\end{document}"
    )
    (tmp_path / "a.tex").write_text(document)
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "a.tex"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_html_escapes_what_a_user_typed():
    row = Row("mean-field", "a", NASTY, note=NASTY)
    html = report_of(row, text="<script>x</script>").to_html()
    assert "<script>x" not in html
    assert "<b>" not in html


def test_markdown_has_one_table_row_for_each_set_of_values():
    lines = FULL.markdown().splitlines()
    assert sum(line.startswith("| 0.25277606") or line.startswith("| 1 ") for line in lines) == 2


def test_a_word_for_every_kind_of_value():
    cells = [number_text(value) for value in (None, True, False, 1.5, float("inf"), "ordered", 3)]
    assert cells == ["-", "yes", "no", "1.5", "inf", "ordered", "3"]
