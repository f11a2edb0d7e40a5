"""The section of a report on the covariance SDE: values, reasons, and checks that can fail."""

import json
from dataclasses import replace

import mpmath
import pytest
import sympy as sp

import initheory as it
from initheory.centre_row import centre_criterion, centre_row
from initheory.covariance_sde_checks import (
    check_backward_equation,
    check_criterion,
    check_density,
    check_expansion,
    check_exponent,
    check_mean,
)
from initheory.covariance_sde_numbers import covariance_sde_number_rows
from initheory.covariance_sde_rows import covariance_sde_rows
from initheory.shaped_layer import norm_push, shaped_layer
from theory.activation import Activation
from theory.covariance_sde import CovarianceSDE
from theory.symbols import V0, V

STATE = (sp.Rational(9, 4), sp.Rational(18, 55), sp.Rational(16, 25))


def rows_of(text):
    return {row.name: row for row in covariance_sde_rows(Activation(text))}


@pytest.mark.parametrize(
    "text", ["relu", "tanh", "elu", "linear", "hardswish", "x + x**2/2 - x**3", "exp(x)"]
)
def test_every_row_is_checked_or_has_a_reason(text):
    report = it.derive(text, topics=["sde"], numbers=False)
    assert report.ok, report.text()
    for row in report:
        assert row.check or row.note or row.sympy, row.name
        assert row.check is None or row.check.verdict == "SUPPORTED", row
        assert row.source, row.name
    assert report["covariance_drift"].check.digits >= 13
    json.loads(report.to_json())
    assert report.latex().count(r"\begin{align*}") == report.latex().count(r"\end{align*}")
    assert report.text().isascii()
    assert report["explosion"].title in report.to_html()


def test_the_drift_of_shaped_relu():
    row = rows_of("relu")["correlation_drift"]
    kappa, rho = 1 / (2 * sp.pi), it.symbols.rho
    arc = sp.sqrt(1 - rho**2) - rho * sp.acos(rho)
    drift = kappa * arc - rho * (1 - rho**2) / 2
    assert sp.expand(sp.sympify(row.sympy, locals={"rho": rho}) - drift) == 0


def test_explosion_of_silu():
    rows = rows_of("silu")
    assert rows["explosion_probability"].sympy == "lowergamma(7/4, 3*V0/4)/gamma(7/4)"
    assert "strictly between 0 and 1" in rows["explosion"].note
    assert "explodes with positive probability" in rows["stationary_density"].note


def test_the_critical_exponent_of_a_quartic_is_one_sixth():
    rows = rows_of("x + x**4")
    assert rows["critical_exponent"].sympy == "1/6"
    assert "n^(-6.0 p)" in rows["critical_exponent"].check.evidence
    assert rows["covariance_drift"].check.verdict == "SUPPORTED"


def test_where_there_is_no_shaping_a_row_says_why_and_other_centres_are_given():
    rows = rows_of("x*erf(x)")
    assert "flat at its centre 0" in rows["not_applicable"].note
    assert rows["explosion_centre_criterion"].check.verdict == "SUPPORTED"
    assert "flat around every centre" in rows_of("sign")["explosion_centre_criterion"].note


def test_parameters_stay_symbols():
    rows = rows_of("x*sigmoid(beta*x)")
    assert rows["norm_drift"].sympy == "3*V**2*beta**2/4 - 3*V*beta**2/4"
    assert rows["norm_drift"].check.verdict == "SUPPORTED"
    assert rows["explosion"].sympy == "beta**2 > 0"
    assert "stationary law" in rows["stationary_mean"].note


def test_centres_of_gelu():
    (centres,) = (
        row
        for row in covariance_sde_number_rows(Activation("gelu"))
        if row.name == "explosion_centres"
    )
    assert centres.check.verdict == "CERTIFIED"
    explodes = [line["explodes"] for line in centres.values]
    assert explodes == [True, False, True, False, True]
    b = centre_criterion(Activation("gelu"))
    for line in centres.values[:-1]:
        assert abs(b.subs(it.symbols.x, line["to"]).evalf()) < 1e-14


def test_explosion_times_of_silu():
    (times, _) = covariance_sde_number_rows(Activation("silu"))
    at_one = next(line for line in times.values if line["V0"] == 1)
    assert at_one["probability"] == pytest.approx(0.2373735086493307, rel=1e-13)
    assert at_one["mean_time"] == pytest.approx(1.392166564502947, rel=1e-13)
    assert at_one["by t = 1"] == pytest.approx(0.0985541167928, rel=1e-9)


def test_no_row_of_numbers_for_straight_lines():
    assert list(covariance_sde_number_rows(Activation("relu"))) == []


def test_numbers_ask_for_values_of_parameters():
    (row,) = covariance_sde_number_rows(Activation("x*sigmoid(beta*x)"))
    assert "--param beta=" in row.note


# checks that must fail


def test_a_layer_tells_a_wrong_drift():
    layer = shaped_layer(CovarianceSDE("tanh"), STATE, {})
    v = STATE[0]
    assert abs(layer.drift[0] - mpmath.mpf(2 * v * (1 - v))) < 1e-13
    assert abs(layer.drift[0] - mpmath.mpf(2 * v * (1 - v)) / 2) > 1  # phi_3/6 in place of phi_3/2
    noise = STATE[0] * STATE[2] + STATE[1] ** 2
    assert abs(layer.deviation(lambda a, b, c: b) ** 2 - mpmath.mpf(noise.p) / noise.q) < 1e-13


def test_ito_of_the_angle_is_seen_by_the_layer():
    layer = shaped_layer(CovarianceSDE("linear"), STATE, {})
    angle = layer.mean(lambda a, b, c: mpmath.acos(b / mpmath.sqrt(a * c)))
    assert abs(angle) < 1e-13  # theta is a martingale of linear networks
    log = layer.mean(lambda a, b, c: mpmath.log(a))
    assert abs(log + 1) < 1e-13


def test_a_wrong_expansion_is_refuted():
    true = CovarianceSDE("tanh").shaping
    wrong = replace(true, expansion=CovarianceSDE("sin(x)").shaping.expansion)
    assert check_expansion(true, {}).verdict == "SUPPORTED"
    assert check_expansion(wrong, {}).refuted


def test_a_wrong_exponent_is_refuted():
    cubic = CovarianceSDE("tanh")
    layers = [shaped_layer(cubic, STATE, {}, digits) for digits in (14, 7)]
    assert check_exponent(cubic, *layers).verdict == "SUPPORTED"

    class Claim:
        shaping, critical_exponent = cubic.shaping, sp.S.One

    assert check_exponent(Claim, *layers).refuted


def test_a_wrong_criterion_is_refuted():
    silu = CovarianceSDE("silu")

    class Claim:
        shaping, weights, weight_correlation = silu.shaping, silu.weights, sp.S.Zero

        class explosion:
            condition = sp.false

    assert check_criterion(Claim, {}).refuted
    assert check_criterion(CovarianceSDE("silu"), {}).verdict == "SUPPORTED"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda b: sp.lowergamma(b, b * V0) / sp.gamma(b),
        lambda b: sp.lowergamma(1 + b, V0) / sp.gamma(1 + b),
        lambda b: 2 * sp.lowergamma(1 + b, b * V0) / sp.gamma(1 + b),
    ],
    ids=["P(b, b V0)", "P(1 + b, V0)", "twice"],
)
def test_a_wrong_probability_is_refuted(wrong):
    silu = CovarianceSDE("silu")
    assert check_backward_equation(silu, wrong(sp.Rational(3, 4)), {}).refuted


def test_a_wrong_stationary_law_is_refuted():
    tanh = CovarianceSDE("tanh", a="1/2")
    law = tanh.stationary
    assert check_density(tanh, law.density, {}).verdict == "SUPPORTED"
    assert check_density(tanh, law.density * 2, {}).refuted
    assert check_density(tanh, law.density.subs(V, 2 * V) * 2, {}).refuted
    assert check_mean(law.density, law.mean, {}).verdict == "SUPPORTED"
    assert check_mean(law.density, law.mean + sp.Rational(1, 10**9), {}).refuted


def test_a_wrong_centre_criterion_is_refuted(monkeypatch):
    def wrong(activation, weight_correlation):
        first, second, third = (activation.derivative_expr(k) for k in (1, 2, 3))
        return second**2 / 2 + first * third

    monkeypatch.setattr("initheory.centre_row.centre_criterion", wrong)
    assert centre_row(Activation("softplus"), {}).check.refuted


def test_the_push_of_the_norm_is_that_of_the_quadrature():
    seen = norm_push(CovarianceSDE("gelu"), mpmath.mpf("1.3"), {})
    assert abs(seen - 6 / mpmath.pi * mpmath.mpf("1.3") * mpmath.mpf("0.3")) < 1e-12


def test_a_refuted_row_makes_a_report_not_ok():
    report = it.derive("tanh", topics=["sde"], numbers=False)
    row = report["norm_drift"]
    wrong = replace(report, rows=(replace(row, check=replace(row.check, verdict="REFUTED")),))
    assert not wrong.ok


def test_correlated_weights_are_checked_against_a_layer():
    """And the drift of independent weights is refuted by the same layer."""
    report = it.derive("softplus", topics=["sde"], weight_correlation="1/2", numbers=False)
    assert report.ok
    assert report["covariance_drift"].check.digits >= 13
    assert report["explosion_centre_criterion"].check.verdict == "SUPPORTED"
    silu = CovarianceSDE("silu", weight_correlation="1/2")
    seen = shaped_layer(silu, STATE, {}).drift[0]
    assert abs(seen - silu.norm.drift.subs(V, STATE[0])) < 1e-12
    assert abs(seen - CovarianceSDE("silu").norm.drift.subs(V, STATE[0])) > 1
    number = norm_push(silu, STATE[0], {})
    assert abs(number - seen) < 1e-12
