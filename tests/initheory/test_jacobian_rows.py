"""The section on the Jacobian in a report: complete, checked, and honest where it is infinite."""

import json

import numpy as np
import pytest

import initheory as it
from initheory.jacobian_rows import check_moment


@pytest.mark.parametrize("text", ["relu", "tanh", "x**3"])
def test_rows_are_checked(text):
    report = it.derive(text, topics=["jacobian"])
    assert report.ok
    assert {"mu_1", "m2_gaussian", "variance_orthogonal", "chi_2"} <= {r.name for r in report}
    spectrum = report["spectrum"]
    assert len(spectrum.values) == 4
    assert [line["m1"] for line in spectrum.values] == pytest.approx([1.0] * 4)
    if text != "x**3":  # whose slopes are unbounded: no circle for the contour
        assert spectrum.check.digits >= 11


def test_a_jump_and_free_parameters_say_why():
    assert "infinite" in it.derive("sign(x)", topics=["jacobian"])["spectrum"].note
    report = it.derive("x*sigmoid(beta*x)", topics=["jacobian"])
    assert "beta" in report["spectrum"].note
    assert report.ok


def test_a_wrong_moment_is_refuted():
    found = it.jacobian("tanh", 10)
    wrong = it.jacobian("tanh", 10)
    object.__setattr__(wrong, "m2", found.m2 * (1 + 1e-8))
    assert check_moment(found).verdict == "SUPPORTED"
    assert check_moment(wrong).verdict == "REFUTED"


def test_the_front_door_has_every_name():
    assert np.isfinite(it.jacobian("relu", depth=2).largest)
    assert it.JacobianSpectrum("relu").m1 is not None
    assert it.Curvature("erf").chi_2 is not None
    assert it.limit_predictor("chaotic").coefficient == 0
    assert it.kernel_training([[1.0]], [1.0], [0.0]).residual[0] == 1.0


def test_values_beyond_the_range_of_floats_are_text():
    rows = json.loads(it.derive("x**3", topics=["jacobian"]).to_json())["rows"]
    values = next(row for row in rows if row["name"] == "curve_speed")["values"]
    assert any(isinstance(v["value"], str) and "e+" in v["value"] for v in values)
