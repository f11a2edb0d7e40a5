"""The mean-field section of a report: every equation of the theory, each with its check."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.equation import Equation
from theory.latex import latex
from theory.mean_field import MeanField

from .correlated_weight_rows import correlated_weight_rows
from .dead_rows import dead_rows
from .report import Row
from .spot_check import Sample, check_formula, sample_points

__all__ = ["TOPIC", "equation_row", "mean_field_rows", "option_values"]

TOPIC = "mean-field"


def mean_field_rows(
    activation: Activation, weight_correlation: Any = None, skip: Any = None
) -> Iterator[Row]:
    """One row for each equation of ``MeanField`` with these arguments."""
    theory = MeanField(activation, weight_correlation=weight_correlation, skip=skip)
    for equation in theory.equations():
        yield equation_row(equation)
    if theory.weight_correlation != 0:
        yield from correlated_weight_rows(theory, equation_row)
    yield from dead_rows(theory, equation_row)


def option_values(activation: Activation, theory: Any) -> Mapping[sp.Symbol, sp.Rational]:
    """A rational value for each parameter, of the activation or the layer, that has none.

    >>> option_values(Activation("relu"), MeanField("relu", skip="s"))
    {s: 4/9}
    """
    options = (getattr(theory, name, sp.S.Zero) for name in ("weight_correlation", "skip"))
    symbols = set(activation.parameters).union(*(option.free_symbols for option in options))
    return next(sample_points(frozenset(symbols)))


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
