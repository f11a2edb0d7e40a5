"""The section of a report on Gaussian pairs: every row checked, wrong claims refuted."""

import json
from dataclasses import replace

import pytest
import sympy as sp

import initheory as it
from initheory import gaussian_checks as checks
from theory.laws.certificates import KurtosisAboveThree
from theory.laws.known_factor import KnownFactor, S
from theory.weights import Maxwell, Rayleigh


@pytest.mark.parametrize("text", ["tanh", "relu", "erf(x/sqrt(2))", "x*sigmoid(beta*x)"])
def test_every_row_is_checked_or_has_a_reason(text):
    report = it.derive(text, topics=["gaussian"], numbers=False)
    assert report.ok, report.text()
    for row in report:
        assert row.topic == "gaussian"
        assert row.source
        assert row.check or row.note, row.name
        assert row.check is None or row.check.verdict in ("SUPPORTED", "CERTIFIED"), row
    json.loads(report.to_json())
    assert report.text().isascii()
    for text_form in (report.latex(), report.to_html(), report.markdown()):
        assert "kurtosis" in text_form


def test_the_weights_of_erf():
    report = it.derive("erf(x/sqrt(2))", topics=["gaussian"])
    assert report["gaussian_weights"].sympy == "Maxwell()"
    assert report["gaussian_weights"].check.digits >= 15
    assert report["gaussian_verdict"].check.verdict == "CERTIFIED"


def test_wrong_claims_are_refuted():
    phi = it.Activation("tanh")
    found = it.gaussian_constraints(phi)
    wrong = {
        "kurtosis": {"kurtosis of phi(X)": sp.Rational(17, 10)},
        "moments": {"E W^4": sp.Rational(11)},
        "growth": {"power": sp.S.Half},
        "range": {"P(phi(X) = 0)": sp.Rational(1, 10)},
    }
    for name, numbers in wrong.items():
        check = getattr(checks, f"check_{name}")
        assert check(phi, found[name], {}).verdict == "SUPPORTED"
        assert check(phi, replace(found[name], numbers=numbers), {}).verdict == "REFUTED"


def test_wrong_weights_and_certificates_are_refuted():
    phi = it.Activation("erf(x/sqrt(2))")
    assert checks.check_weights(phi, Maxwell()).verdict == "SUPPORTED"
    assert checks.check_weights(phi, Rayleigh()).verdict == "REFUTED"
    wrong = KurtosisAboveThree(KnownFactor(sp.gamma(1 + S / 2)))
    assert checks.check_certificate(wrong).verdict == "REFUTED"
