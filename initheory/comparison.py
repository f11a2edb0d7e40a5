"""Tables of several activations: side by side at the edge of chaos, and their initializations."""

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.errors import InitheoryError, InputError, UnknownNameError
from theory.mean_field import MeanField
from theory.symbols import q

from .activation_rows import known
from .derivation import read_parameters, require_values
from .number_rows import initialization_table, json_number
from .report import Report, Row

__all__ = ["comparison_report", "initialization_report", "read_activations"]


def read_activations(texts: Sequence[str], parameters: Mapping[str, str]) -> list[Activation]:
    """Each text as an Activation; a parameter goes to those activations that have it.

    >>> [phi.expr for phi in read_activations(["relu", "beta*x"], {"beta": "2"})]
    [Max(0, x), 2*x]
    """
    values = read_parameters(parameters)
    found, unused = [], set(values)
    for text in texts:
        own = {name: value for name, value in values.items() if _has_parameter(text, name, value)}
        unused -= own.keys()
        found.append(Activation(text, **own))
    if unused:
        raise InputError(f"none of these activations has a parameter {min(unused)!r}")
    return found


def _has_parameter(text: str, name: str, value: sp.Expr) -> bool:
    try:
        Activation(text, **{name: value})
    except (InputError, UnknownNameError):
        return False
    return True


def comparison_report(
    texts: Sequence[str],
    parameters: Mapping[str, str],
    *,
    variance: float = 1.0,
    sigma_b2: float | None = None,
    **options: Any,
) -> Report:
    """One line for each activation and each of its edge-of-chaos points.

    The points are the one of fixed point ``variance``, or those with the given ``sigma_b2``;
    ``options`` are those of a MeanField, such as weight_correlation.
    """
    lines, notes = [], []
    for phi in read_activations(texts, parameters):
        theory = MeanField(phi, **options)
        found, statement = _points(theory, variance, sigma_b2)
        for point in found or [None]:
            lines.append(_comparison_line(theory, point))
        if not found:
            notes.append(f"{phi.name}: {statement}")
    place = f"q = {variance:g}" if sigma_b2 is None else f"sigma_b2 = {sigma_b2:g}"
    row = Row(
        "comparison",
        "comparison",
        f"at the edge of chaos with {place}{_shown(options)}",
        values=tuple(lines),
        note="\n".join(notes),
    )
    return Report({"text": ", ".join(texts)}, (row,))


def _points(theory: MeanField, variance: float, sigma_b2: float | None):
    """(edge-of-chaos points, a sentence about them); a theory that does not apply has none."""
    from numerics.edge_of_chaos import edge_of_chaos

    where = {"q": variance} if sigma_b2 is None else {"sigma_b2": sigma_b2}
    try:
        found = edge_of_chaos(theory, **where)
    except InitheoryError as error:
        return (), str(error)
    return tuple(found), found.statement


def _comparison_line(theory: MeanField, point: Any) -> dict[str, Any]:
    phi, rate = theory.activation, known(lambda: theory.correlation_rate)
    power = rate.power if rate is not None else None
    line = {
        "activation": phi.name,
        "parity": known(lambda: phi.parity) or "neither",
        "q": point and json_number(point.q),
        "sigma_w2": point and json_number(point.sigma_w2),
        "sigma_b2": point and json_number(point.sigma_b2),
        "chi_q": point and json_number(point.chi_q),
        "stable": point and point.stable,
        "1 - c_l": _law(power),
        "kappa": point and _coefficient(rate, point.q),
        "growth": known(lambda: str(phi.growth)),
    }
    return line


def _law(power: sp.Expr | None) -> str | None:
    if power is None:
        return None
    return "~ kappa/l" if power == 1 else f"~ kappa/l^{power}"


def _coefficient(rate: Any, variance: float) -> Any:
    """The coefficient of the correlation rate at a variance, as a number."""
    if rate is None or rate.coefficient is None:
        return None
    value = known(lambda: rate.coefficient.subs(q, sp.Rational(variance)).evalf(15))
    return None if value is None else json_number(value)


def initialization_report(
    texts: Sequence[str], parameters: Mapping[str, str], **options: Any
) -> Report:
    """The gains of each activation, one line for each rule; ``options`` are a MeanField's."""
    lines: list[dict[str, Any]] = []
    notes: list[str] = []
    for phi in read_activations(texts, parameters):
        require_values(phi)
        table, reasons = initialization_table(MeanField(phi, **options))
        lines.extend({"activation": phi.name, **line} for line in table)
        notes.append(f"{phi.name}: {reasons}")
    scale = "weights of standard deviation gain/sqrt(fan_in)"
    title = f"initialization at q = 1{_shown(options)}; {scale}"
    row = Row(
        "initialization", "initialization", title, values=tuple(lines), note="\n".join(notes)
    )
    return Report({"text": ", ".join(texts)}, (row,))


def _shown(options: Mapping[str, Any]) -> str:
    return "".join(f", {name} = {value}" for name, value in options.items() if value is not None)
