"""The mean-field section of a report: every equation of the theory, each with its check."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.equation import Equation
from theory.latex import latex
from theory.mean_field import MeanField

from .report import Row
from .spot_check import Sample, check_formula

__all__ = ["TOPIC", "equation_row", "mean_field_rows"]

TOPIC = "mean-field"


def mean_field_rows(activation: Activation) -> Iterator[Row]:
    """One row for each equation of ``MeanField(activation)``."""
    for equation in MeanField(activation).equations():
        yield equation_row(equation)


def equation_row(equation: Equation) -> Row:
    """The row of one equation: formula, values at sample points, check.

    An equation without a value is a row whose note says why.
    """
    value = equation.value
    if not isinstance(value, sp.Expr):
        return Row(
            equation.topic,
            equation.name,
            equation.title,
            equation.symbol,
            source=equation.source,
            note=equation.note,
        )
    check, samples = check_formula(equation.definition, value)
    note = equation.note
    if check is None and not note:
        note = "immediate from the definition: no expectation is left to check against"
    return Row(
        equation.topic,
        equation.name,
        equation.title,
        equation.symbol,
        latex(value),
        sp.sstr(value),
        tuple(_sample_value(sample) for sample in samples),
        equation.source,
        check,
        note,
    )


def _sample_value(sample: Sample) -> dict[str, Any]:
    point = {str(symbol): str(number) for symbol, number in sample.point.items()}
    value = float(sample.value)
    return {**point, "value": value if isfinite(value) else sp.sstr(sample.value)}
