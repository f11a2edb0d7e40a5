"""The section of a report on the guessing bias: the law of a class fraction, growth, regimes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.equation import Equation
from theory.guessing import GuessingBias
from theory.latex import latex

from . import guessing_checks as checks
from .judged import FAILED, judged
from .mean_field_rows import equation_row, option_values
from .report import Row

__all__ = ["TOPIC", "guessing_rows"]

TOPIC = "bias"

_BASSI = "Bassi et al. 2025 (arXiv:2505.12096)"


def guessing_rows(activation: Activation, weight_correlation: Any = None) -> Iterator[Row]:
    """One row for each equation of ``GuessingBias``, then one for each phase.

    >>> rows = {row.name: row for row in guessing_rows(Activation("relu"))}
    >>> rows["growth_chaotic"].sympy, rows["growth_chaotic"].check.verdict
    ('2*l**2/(9*pi**2)', 'SUPPORTED')
    """
    theory = GuessingBias(activation, weight_correlation=weight_correlation)
    values = option_values(activation, theory.mean_field)
    for equation in theory.equations():
        yield _equation_row(theory, equation, values)
    yield from _phase_rows(theory, values)


def _equation_row(theory: GuessingBias, equation: Equation, values: Mapping) -> Row:
    check = _check_of(theory, equation, values)
    if check is None:
        return equation_row(equation)
    value = equation.value
    return Row(
        TOPIC,
        equation.name,
        equation.title,
        equation.symbol,
        latex(value),
        sp.sstr(value),
        source=equation.source,
        check=judged(check),
        note=equation.note,
    )


def _check_of(theory: GuessingBias, equation: Equation, values: Mapping) -> Callable | None:
    """The check of a row for which quadratures of its expectations are none."""
    name, value = equation.name, equation.value
    if not isinstance(value, sp.Expr):
        return None
    if name == "class_fraction_density":
        return lambda: checks.check_density(value)
    if name == "class_fraction_cdf":
        return lambda: checks.check_cdf(value)
    if name == "agreement":
        return checks.check_agreement
    if name.startswith("growth_"):
        law = theory.growth_laws[name.removeprefix("growth_")]
        return lambda: checks.check_growth(theory, law, values)
    return None


def _phase_rows(theory: GuessingBias, values: Mapping) -> Iterator[Row]:
    """When each phase occurs; the conditions are checked together."""
    try:
        conditions = theory.phase_conditions
    except FAILED as error:
        yield Row(TOPIC, "phases", "phases of the bias", source=_BASSI, note=str(error))
        return
    check = judged(lambda: checks.check_conditions(theory, conditions, values))
    for one in conditions:
        name = one.phase.replace(" (gamma = 1)", "")
        yield Row(
            TOPIC,
            "phase_" + name.replace(",", "").replace(" ", "_"),
            one.phase,
            latex=latex(one.condition),
            sympy=sp.sstr(one.condition),
            source=_BASSI,
            check=check,
            note=one.note,
        )
