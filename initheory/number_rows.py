"""The computed numbers of the mean-field section: fixed points, edge of chaos, gains.

They come from the compiled solvers of ``numerics``; each row is checked against the formulas of
``theory``, evaluated in multiple precision.
"""

import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.errors import AssumptionError, DivergentExpectationError, PrecisionError
from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2

from .report import Row
from .spot_check import check_numbers

__all__ = [
    "initialization_table",
    "json_number",
    "missing_values",
    "number_rows",
    "usual_settings",
]

TOPIC = "mean-field"

#: Variances at which a report shows the edge of chaos; the first one also sets the gain.
REFERENCE_VARIANCES = (1.0, 0.5, 2.0, 10.0)


def number_rows(
    activation: Activation,
    *,
    sigma_w2: float | None = None,
    sigma_b2: float | None = None,
    weight_correlation: Any = None,
    skip: Any = None,
) -> Iterator[Row]:
    """Fixed points at the given or the usual parameters, edge of chaos points, gains."""
    if activation.parameters:
        yield missing_values(TOPIC, activation)
        return
    theory = MeanField(activation, weight_correlation=weight_correlation, skip=skip)
    if symbols := theory.weight_correlation.free_symbols | theory.skip.free_symbols:
        note = f"numbers need values of {', '.join(sorted(map(str, symbols)))}"
        yield Row(TOPIC, "numbers", "numbers", note=note)
        return
    for setting in usual_settings(theory, sigma_w2, sigma_b2):
        yield _fixed_point_row(theory, *setting)
    yield _edge_row(theory)
    if theory.weight_correlation != 0:
        yield _range_row(theory)
    yield _gain_row(theory)


def missing_values(topic: str, activation: Activation) -> Row:
    """The row in place of numbers where parameters have no values."""
    names = ", ".join(f"--param {symbol}=..." for symbol in activation.parameters)
    note = f"fixed points and other numbers need values of the parameters: {names}"
    return Row(topic, "numbers", "numbers", note=note)


def json_number(value: Any) -> Any:
    """A value as JSON can hold it: infinities as words, an undefined number as None.

    >>> [json_number(value) for value in (1.5, float("inf"), float("nan"), True, "ordered")]
    [1.5, 'inf', None, True, 'ordered']
    """
    if isinstance(value, bool | str) or value is None:
        return value
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def usual_settings(
    theory: MeanField, weight: float | None, bias: float | None
) -> list[tuple[str, str, float, float]]:
    """(name, title, sigma_w2, sigma_b2) of each row of fixed points."""
    if weight is not None:
        return [("fixed_points", "fixed points", weight, bias or 0.0)]
    from numerics.initialization import initialization

    found = initialization(theory, q=REFERENCE_VARIANCES[0])
    choice, gain = "gradient-preserving", found.gradient_preserving
    if gain is None:
        choice, gain = "variance-preserving", found.variance_preserving
    if gain is None:
        return []
    settings = [("fixed_points", f"fixed points with {choice} weights", gain, bias or 0.0)]
    point = found.edge_of_chaos
    if bias is None and point is not None and point.sigma_b2 > 0:
        title = f"fixed points at the edge of chaos of q = {REFERENCE_VARIANCES[0]:g}"
        settings.append(("fixed_points_edge", title, point.sigma_w2, point.sigma_b2))
    return settings


def _fixed_point_row(theory: MeanField, name: str, title: str, weight: float, bias: float) -> Row:
    from numerics.fixed_point import fixed_points

    title = f"{title}: sigma_w2 = {weight:.6g}, sigma_b2 = {bias:.6g}"
    try:
        found = fixed_points(theory, weight, bias)
    except (AssumptionError, DivergentExpectationError, PrecisionError) as error:
        return Row(TOPIC, name, title, note=str(error))
    columns = ("q", "stable", "phase", "chi_q", "chi_1", "c_star", "xi_q", "xi_c")
    values = tuple(
        {column: json_number(getattr(point, column)) for column in columns} for point in found
    )
    given = {sigma_w2: sp.Rational(weight), sigma_b2: sp.Rational(bias)}
    comparisons = []
    for point in found:
        if point.q > 0 and math.isfinite(point.q):
            place = {**given, q: sp.Rational(point.q)}
            comparisons.append((theory.variance_map, place, point.q))
            if math.isfinite(point.chi_1):
                comparisons.append((theory.chi_1, place, point.chi_1))
    return Row(
        TOPIC, name, title, values=values, check=check_numbers(comparisons), note=found.statement
    )


def _edge_row(theory: MeanField) -> Row:
    from numerics.edge_of_chaos import edge_of_chaos

    name, title = "edge_of_chaos_points", "points of the edge of chaos"
    values: list[dict[str, Any]] = []
    comparisons: list[tuple] = []
    notes: list[str] = []
    curve = theory.edge_of_chaos
    for variance in sorted(REFERENCE_VARIANCES):
        found = edge_of_chaos(theory, q=variance)
        if not found:
            notes.append(found.statement)
        for point in found:
            columns = ("q", "sigma_w2", "sigma_b2", "stable", "chi_q", "beta")
            values.append({column: json_number(getattr(point, column)) for column in columns})
            place = {q: sp.Rational(variance)}
            comparisons.append((curve.sigma_w2, place, point.sigma_w2))
            # V' = 0 is no special point: its error is absolute, relative to the identity's slope 1
            comparisons.append((curve.stability, place, point.chi_q, 1))
            if point.beta is not None and math.isfinite(point.beta):
                comparisons.append((theory.correlation_rate.coefficient, place, point.beta))
    note = "; ".join(dict.fromkeys(notes))
    return Row(
        TOPIC, name, title, values=tuple(values), check=check_numbers(comparisons), note=note
    )


def _range_row(theory: MeanField) -> Row:
    """Where an edge of chaos exists and attracts; the least correlation against its formula."""
    from numerics.edge_range import edge_of_chaos_range

    name, title = "edge_of_chaos_range", "variances with an edge of chaos"
    try:
        found = edge_of_chaos_range(theory)
    except (AssumptionError, DivergentExpectationError, PrecisionError) as error:
        return Row(TOPIC, name, title, note=str(error))
    values = tuple(
        {"point": kind, "from q": low, "to q": high}
        for kind, intervals in (("exists", found.admissible), ("attracts", found.attracting))
        for low, high in intervals.tolist()
    )
    comparisons: list[tuple] = []
    least = theory.least_weight_correlation
    if least is not None and found.least_correlation is not None:
        kappa = float(theory.weight_correlation)
        ends = [end for end in found.admissible.ravel().tolist() if end not in found.q_range]
        for variance, number in (
            (found.least_q, found.least_correlation),
            *((e, kappa) for e in ends),
        ):
            place = {q: sp.Rational(variance)}
            # what the moments are multiplied by, so is their rounding
            gain = (theory.second_moment / theory.mean**2).subs(place).evalf(15)
            comparisons.append((least, place, number, gain * max(1.0, abs(number))))
    check = check_numbers(comparisons)
    return Row(TOPIC, name, title, values=values, check=check, note=found.statement)


def initialization_table(activation: Any) -> tuple[list[dict[str, Any]], str]:
    """The lines of the initializations of an activation, and the reasons in one text.

    >>> initialization_table(Activation("relu"))[0][0]["choice"]
    'variance-preserving'
    """
    from numerics.initialization import initialization

    found = initialization(activation, q=REFERENCE_VARIANCES[0])
    lines = [
        _choice("variance-preserving", found.variance_preserving, 0.0, found.gain),
        _choice("gradient-preserving", found.gradient_preserving, 0.0, found.gradient_gain),
    ]
    if point := found.edge_of_chaos:
        lines.append(_choice("edge of chaos", point.sigma_w2, point.sigma_b2, found.gradient_gain))
    return [line for line in lines if line["sigma_w2"] is not None], "; ".join(found.reasons)


def _choice(name: str, weight: float | None, bias: float, gain: float | None) -> dict[str, Any]:
    return {
        "choice": name,
        "gain": json_number(gain),
        "sigma_w2": json_number(weight),
        "sigma_b2": json_number(bias),
    }


def _gain_row(activation: MeanField) -> Row:
    lines, reasons = initialization_table(activation)
    title = f"initialization at q = {REFERENCE_VARIANCES[0]:g}"
    return Row(TOPIC, "initialization", title, values=tuple(lines), note=reasons)
