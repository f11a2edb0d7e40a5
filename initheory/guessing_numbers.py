"""The computed numbers of the guessing bias: phases, gamma layer by layer, the neutral line."""

import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.guessing import GuessingBias
from theory.symbols import gamma, q, rho, sigma_b2, sigma_w2

from .guessing_rows import TOPIC
from .judged import DECLINED
from .number_rows import REFERENCE_VARIANCES, json_number, missing_values, usual_settings
from .report import Row
from .spot_check import check_numbers

__all__ = ["guessing_number_rows"]

#: Rows of a trajectory that are shown, the first layer being row 0.
_LAYERS = (0, 1, 2, 4, 9, 29, 99)


def guessing_number_rows(
    activation: Activation,
    *,
    sigma_w2: float | None = None,
    sigma_b2: float | None = None,
    weight_correlation: Any = None,
) -> Iterator[Row]:
    """Phases at the given or the usual parameters, gamma by layer, points of the neutral line."""
    if activation.parameters:
        yield missing_values(TOPIC, activation)
        return
    theory = GuessingBias(activation, weight_correlation=weight_correlation)
    if theory.weight_correlation.free_symbols:
        note = f"numbers need a value of weight_correlation = {theory.weight_correlation}"
        yield Row(TOPIC, "numbers", "numbers", note=note)
        return
    settings = usual_settings(theory.mean_field, sigma_w2, sigma_b2)
    places = [(weight, bias) for _, _, weight, bias in settings]
    for name, title, rows in (
        ("bias_phases", "phases of the bias", _phases),
        ("bias_by_layer", "bias by layer", _layers),
    ):
        yield _row(name, title, rows, theory, places)
    yield _row(
        "neutral_line_points",
        "points of the neutral line",
        _neutral,
        theory,
        sorted(REFERENCE_VARIANCES),
    )


def _row(name, title, rows, theory, places) -> Row:
    try:
        values, comparisons, note = rows(theory, places)
    except DECLINED as error:
        return Row(TOPIC, name, title, note=str(error))
    return Row(
        TOPIC, name, title, values=tuple(values), check=check_numbers(comparisons), note=note
    )


def _phases(theory: GuessingBias, places) -> tuple[list, list, str]:
    from numerics.phase_diagram import phase_diagram

    values, comparisons = [], []
    for weight, bias in places:
        found = phase_diagram(theory, sigma_w2=[weight], sigma_b2=[bias])
        numbers = {
            name: float(getattr(found, name)[0, 0])
            for name in ("q", "chi_1", "c_star", "gamma", "expected_largest")
        }
        line = {"sigma_w2": weight, "sigma_b2": bias, "phase": str(found.phase[0, 0])}
        values.append(line | {name: json_number(number) for name, number in numbers.items()})
        if not 0 < numbers["q"] < math.inf:
            continue
        place = {**_exact(weight, bias), q: sp.Rational(numbers["q"])}
        comparisons.append((theory.mean_field.variance_map, place, numbers["q"]))
        if 0 < numbers["c_star"] < 1:
            place = {**place, rho: sp.Rational(numbers["c_star"])}
            comparisons.append((theory.mean_field.correlation_map, place, numbers["c_star"]))
    return values, comparisons, "" if values else "no initialization keeps a variance"


def _layers(theory: GuessingBias, places) -> tuple[list, list, str]:
    from numerics.propagate import propagate

    values, comparisons = [], []
    for weight, bias in places[-1:]:
        path = propagate(
            theory, sigma_w2=weight, sigma_b2=bias, depth=_LAYERS[-1], layers=list(_LAYERS)
        )
        ratio = path.gamma.ravel()
        for row, layer in enumerate(_LAYERS):
            value = {"layer": layer + 1, "gamma": json_number(ratio[row])}
            value["expected_largest"] = json_number(path.expected_largest.ravel()[row])
            values.append(value)
        for row in (0, 1):
            variance = float(path.q.ravel()[row])
            if variance > 0 and math.isfinite(variance) and math.isfinite(ratio[row + 1]):
                place = {**_exact(weight, bias), q: sp.Rational(variance)}
                place[gamma] = sp.Rational(float(ratio[row]))
                comparisons.append((theory.gamma_recursion, place, float(ratio[row + 1]), 1))
    note = "from centred inputs of unit mean square" if values else ""
    if places:
        note += f", at sigma_w2 = {places[-1][0]:.6g}, sigma_b2 = {places[-1][1]:.6g}"
    return values, comparisons, note


def _neutral(theory: GuessingBias, variances) -> tuple[list, list, str]:
    from numerics.guessing.neutral_line import neutral_line

    found = neutral_line(theory, q=list(variances))
    columns = ("q", "sigma_w2", "sigma_b2", "stable", "chi_1")
    values = [
        {column: json_number(getattr(point, column)) for column in columns} for point in found
    ]
    line: Any = theory.neutral_line
    comparisons: list[tuple] = []
    for point in found:
        place = {q: sp.Rational(point.q)}
        comparisons.append((line.sigma_w2, place, point.sigma_w2))
        comparisons.append((line.sigma_b2, place, point.sigma_b2, point.q))
    return values, comparisons, found.statement


def _exact(weight: float, bias: float) -> dict[sp.Symbol, sp.Rational]:
    return {sigma_w2: sp.Rational(weight), sigma_b2: sp.Rational(bias)}
