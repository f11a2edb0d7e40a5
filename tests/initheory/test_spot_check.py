"""The on-the-spot check supports what is true and refutes each small mistake."""

import pytest
import sympy as sp

from initheory.mean_field_rows import equation_row
from initheory.spot_check import check_formula, check_numbers, sample_points
from theory.equation import Equation
from theory.gaussian import E2, E
from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2, sigma_w2

ALPHA = sp.Symbol("alpha", real=True)


def verdict(definition, value):
    check, _ = check_formula(definition, value)
    return check.verdict


def test_a_true_closed_form_is_supported_to_thirty_digits():
    check, samples = check_formula(E("erf(x)**2", q), 2 * sp.asin(2 * q / (1 + 2 * q)) / sp.pi)
    assert (check.verdict, check.digits, len(samples)) == ("SUPPORTED", 30, 2)


@pytest.mark.parametrize(
    "mutated",
    [
        2 * sp.asin(q / (1 + q)) / sp.pi,
        2 * sp.asin(2 * q / (1 + 2 * q)) / sp.pi + sp.Rational(1, 10**20),
        2 * sp.asin(2 * q / (1 + 2 * q)) / sp.pi * (1 + sp.Rational(1, 10**25)),
        -2 * sp.asin(2 * q / (1 + 2 * q)) / sp.pi,
    ],
    ids=["argument", "offset", "factor", "sign"],
)
def test_a_false_closed_form_is_refuted(mutated):
    assert verdict(E("erf(x)**2", q), mutated) == "REFUTED"


def test_two_point_formulas_are_checked_too():
    kernel = E2("erf(x)", "erf(x)", q, q, rho)
    true = 2 * sp.asin(2 * q * rho / (1 + 2 * q)) / sp.pi
    assert verdict(kernel, true) == "SUPPORTED"
    assert verdict(kernel, true * (1 + sp.Rational(1, 10**9))) == "REFUTED"


def test_cancellation_is_not_taken_for_a_difference():
    # q - E phi^2/E phi'^2 of relu6 is about 1e-17 at small q
    curve = MeanField("relu6").edge_of_chaos
    assert verdict(curve.definition[1], curve.sigma_b2) == "SUPPORTED"


def test_without_closed_form_two_quadratures_are_compared():
    node = E("tanh(x)**2", q)
    check, _ = check_formula(node, node)
    assert check.verdict == "SUPPORTED"
    assert "another precision" in check.evidence


def test_an_infinite_value_is_not_checked():
    assert check_formula(sp.oo, sp.oo) == (None, ())


def test_a_divergent_expectation_is_inconclusive_not_a_crash():
    node = E("exp(50*x**2)", q)  # finite only for q < 1/100
    check, _ = check_formula(node, 1 / sp.sqrt(1 - 100 * q))
    assert check.verdict in ("INCONCLUSIVE", "SUPPORTED")


def test_sample_points_respect_assumptions():
    positive = sp.Symbol("beta", positive=True)
    for point in sample_points(frozenset({q, rho, sigma_w2, sigma_b2, positive, ALPHA})):
        assert all(point[symbol] > 0 for symbol in (q, sigma_w2, positive))
        assert -1 < point[rho] < 1
        assert point[sigma_b2] >= 0


def test_computed_numbers_are_compared_with_formulas():
    third = {q: sp.Rational(1, 3)}
    assert check_numbers([(q, third, 1 / 3)]).verdict == "SUPPORTED"
    assert check_numbers([(q, third, 1 / 3 + 1e-9)]).verdict == "REFUTED"
    assert check_numbers([]) is None


def test_a_wrong_equation_becomes_a_refuted_row():
    wrong = Equation(
        "mean-field", "chi_1", "slope", r"\chi_1", sigma_w2 * E("tanh(x)**2", q),
        sigma_w2 * q / (1 + q), "nobody",
    )  # fmt: skip
    row = equation_row(wrong)
    assert row.check.refuted
    assert row.values[0]["value"] == pytest.approx(17 / 11 * 0.7)


def test_an_equation_without_value_becomes_a_reason():
    row = equation_row(Equation("mean-field", "x", "x", "x", None, None, "nobody", "because"))
    assert (row.note, row.sympy, row.check) == ("because", "", None)
