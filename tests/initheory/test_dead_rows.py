"""The rows on dead units: formulas with checks, and reasons where there is nothing to say."""

import pytest

from initheory.dead_rows import dead_rows
from initheory.mean_field_rows import equation_row
from theory.mean_field import MeanField


def rows(activation, **options):
    return {row.name: row for row in dead_rows(MeanField(activation, **options), equation_row)}


@pytest.mark.parametrize(
    ("activation", "kappa"), [("relu", "1/2"), ("hardswish", 1), ("max(x - b, 0)", 0)]
)
def test_every_formula_is_checked(activation, kappa):
    found = rows(activation, weight_correlation=kappa)
    assert list(found) == ["dead_unit", "dead_unit_pair", "dead_unit_antipodal", "dead_network"]
    for row in found.values():
        assert row.check is None or row.check.verdict == "SUPPORTED"
        assert row.check is not None or row.note


def test_the_formulas_of_relu():
    found = rows("relu", weight_correlation=1)
    assert found["dead_unit"].sympy == "1/2"
    assert found["dead_unit_pair"].sympy == "asin(rho)/(2*pi) + 1/4"
    assert found["dead_network"].sympy == "1 - (1 - (1/2)**n)**l"
    assert "exact" in found["dead_network"].note


def test_reasons():
    assert "no unit is ever off" in rows("gelu")["dead_unit"].note
    skipped = rows("relu", skip=1)
    assert "skip connection" in skipped["dead_network"].note
    assert not skipped["dead_network"].sympy
