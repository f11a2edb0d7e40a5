"""``derive`` on every named activation and on formulas nobody tabulated."""

import json

import pytest
import sympy as sp

import initheory as it
from initheory.derivation import THEORIES, read_parameters

NEW = (
    "x*erf(x)",
    "x*sigmoid(1.702*x)",
    "max(x,0)**2/(1+max(x,0))",
    "x*exp(-x**2/2)",
    "sin(x)+x/3",
    "log(1+x**2)",
    "sign(x)*sqrt(abs(x))",
    "relu(x)-0.1*relu(-x)+0.05*sin(3*x)",
    "piecewise((0, x < -1), (x + 1, x < 2), (3, True))",
)


@pytest.mark.parametrize("text", [*it.activations(), *NEW])
def test_every_formula_passes_its_check(text):
    report = it.derive(text, topics=["activation", "mean-field"], numbers=False)
    assert report.ok, report.text()
    for row in report.of_topic("mean-field"):
        assert row.note or row.check is not None, row.name
        assert row.check is None or row.check.verdict == "SUPPORTED", row
    json.loads(report.to_json())
    assert report.latex().count(r"\begin{align*}") == report.latex().count(r"\end{align*}")


def test_the_maps_of_x_erf_x_have_closed_forms():
    report = it.derive("x*erf(x)", "mean-field", numbers=False)
    for name in ("variance_map", "chi_1", "correlation_map", "edge_of_chaos_stability"):
        assert "E[" not in report[name].sympy
    assert report["chi_1"].check.digits == 30


def test_x_erf_x_repels_at_one_and_attracts_at_ten():
    points = {p["q"]: p for p in it.derive("x*erf(x)")["edge_of_chaos_points"].values}
    assert points[1.0]["chi_q"] == pytest.approx(1.052830587252070, rel=1e-14)
    assert points[1.0]["sigma_w2"] == pytest.approx(1.043789308812765, rel=1e-14)
    assert points[1.0]["stable"] is False
    assert points[10.0]["chi_q"] == pytest.approx(0.9642794, rel=1e-7)
    assert points[10.0]["stable"] is True


def test_a_divergent_slope_is_said_and_the_rest_is_given():
    report = it.derive("sign(x)*sqrt(abs(x))", "mean-field", numbers=False)
    assert "infinite" in report["chi_1"].note
    assert report["variance_map"].sympy == "sqrt(2)*sqrt(q)*sigma_w2/sqrt(pi) + sigma_b2"
    assert report["edge_of_chaos_sigma_w2"].note


def test_a_symbolic_parameter_stays_symbolic():
    report = it.derive("prelu")
    assert "alpha" in report["variance_map"].sympy
    assert report["variance_map"].check.verdict == "SUPPORTED"
    assert "--param alpha=" in report["numbers"].note


def test_elu_with_symbolic_alpha():
    alpha = sp.Symbol("alpha", real=True)
    x = it.symbols.x
    phi = it.Activation(sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True)))
    report = it.derive(phi, ["mean-field", "sde"], numbers=False)
    assert report.ok
    assert "alpha" in report["chi_1"].sympy


def test_parameters_get_values():
    report = it.derive("prelu", "mean-field", numbers=False, alpha="1/2")
    assert report["chi_1"].sympy == "5*sigma_w2/8"
    assert report.settings == {"alpha": "1/2"}


def test_fixed_points_at_given_parameters():
    report = it.derive("gelu", "mean-field", sigma_w2=2.5, sigma_b2=0.01)
    row = report["fixed_points"]
    assert [point["stable"] for point in row.values] == [True, False]
    assert row.check.verdict == "SUPPORTED"


def test_no_fixed_point_is_an_answer():
    row = it.derive("gelu", "mean-field", sigma_w2=2.5, sigma_b2=0.05)["fixed_points"]
    assert row.values == ()
    assert "no fixed point" in row.note


def test_topics_are_chosen_and_unknown_ones_refused():
    assert set(it.derive("relu", topics="activation").topics()) == {"activation"}
    with pytest.raises(it.UnknownNameError, match=", ".join(THEORIES)):
        it.derive("relu", topics=["ntk2"])


@pytest.mark.parametrize("text", ["beta", "1/0", "x", "I", "oo"])
def test_a_parameter_value_is_a_real_number(text):
    with pytest.raises(it.InitheoryError):
        read_parameters({"beta": text})


def test_the_same_question_has_the_same_answer():
    first, second = (it.derive("relu", numbers=False).to_json() for _ in range(2))
    assert first == second


def test_the_rate_of_exp_is_two_over_q_also_where_the_integrand_peaks_far_out():
    points = it.derive("exp", "mean-field")["edge_of_chaos_points"]
    assert points.check.verdict == "SUPPORTED"
    for point in points.values:
        assert point["beta"] == pytest.approx(2 / point["q"], rel=1e-13)


def test_a_law_of_weights_or_a_mean_field_gives_the_layer():
    few = {"topics": "mean-field", "numbers": False}
    plain = it.derive("tanh", weight_correlation="1/2", skip="1/3", **few)
    layer = it.MeanField("tanh", weight_correlation="1/2", skip="1/3")
    law = it.weights.Correlated("1/2")
    assert it.derive(layer, **few) == plain
    assert it.derive("tanh", weights=law, skip="1/3", **few) == plain
    with pytest.raises(it.InputError, match="give one of the two"):
        it.derive("tanh", weights=law, weight_correlation=1, **few)
    with pytest.raises(it.InputError, match="weights="):
        it.derive("tanh", weight_correlation=law, **few)
    with pytest.raises(it.AssumptionError, match="AsymmetricMaps"):
        it.derive("tanh", weights="asymmetric", **few)
