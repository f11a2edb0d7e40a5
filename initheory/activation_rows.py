"""The first section of a report: what the activation itself is like."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    PrecisionError,
    UndecidedError,
)
from theory.latex import latex

from .report import Row

__all__ = ["TOPIC", "activation_data", "activation_rows", "known"]

TOPIC = "activation"


def activation_data(activation: Activation) -> dict[str, Any]:
    """The activation as data for the head of a report.

    >>> activation_data(Activation("x*erf(x)"))["parity"]
    'even'
    """
    return {
        "text": activation.name,
        "sympy": sp.sstr(activation.expr),
        "latex": latex(activation.expr),
        "parameters": [str(symbol) for symbol in activation.parameters],
        "parity": known(lambda: activation.parity),
        "homogeneity": known(lambda: _text(activation.homogeneity)),
        "growth": known(lambda: str(activation.growth)),
        "breakpoints": known(lambda: _breakpoints(activation)) or [],
        "source": activation.source,
    }


def activation_rows(activation: Activation) -> Iterator[Row]:
    """The rows: formula, derivatives, parity, homogeneity, growth, parameters, breakpoints."""
    yield _formula("expression", "phi(x)", r"\phi(x)", activation.expr, activation.source)
    for order, mark in ((1, "'"), (2, "''")):
        yield _property(
            f"derivative_{order}",
            f"phi{mark}(x)",
            partial(activation.derivative_expr, order),
            symbol=rf"\phi{mark}(x)",
        )
    yield _property("parity", "parity", lambda: activation.parity or "neither odd nor even")
    yield _property("homogeneity", "homogeneity", lambda: _degree(activation))
    yield _property("growth", "growth", lambda: str(activation.growth))
    if activation.parameters:
        names = ", ".join(_described(symbol) for symbol in activation.parameters)
        yield Row(TOPIC, "parameters", "parameters", note=names)
    yield _breakpoint_row(activation)


def _formula(name: str, title: str, symbol: str, expr: sp.Expr, source: str = "") -> Row:
    return Row(TOPIC, name, title, symbol, latex(expr), sp.sstr(expr), source=source)


def _property(name: str, title: str, compute: Callable[[], Any], symbol: str = "") -> Row:
    """One row, with the reason in place of a property that does not exist or is undecided."""
    try:
        value = compute()
    except (AssumptionError, UndecidedError) as error:
        return Row(TOPIC, name, title, note=str(error))
    if isinstance(value, sp.Expr):
        return _formula(name, title, symbol, value)
    return Row(TOPIC, name, title, note=str(value))


def _degree(activation: Activation) -> str:
    degree = activation.homogeneity
    if degree is None:
        return "not homogeneous"
    return f"positively homogeneous of degree {degree}"


def _described(symbol: sp.Symbol) -> str:
    return f"{symbol} (positive)" if symbol.is_positive else str(symbol)


def _breakpoint_row(activation: Activation) -> Row:
    try:
        places = _breakpoints(activation)
    except (AssumptionError, UndecidedError) as error:
        return Row(TOPIC, "breakpoints", "breakpoints", note=str(error))
    if not places:
        return Row(TOPIC, "breakpoints", "breakpoints", note="none: smooth on the whole line")
    note = "where a derivative of this order (0: phi itself) is the first to jump"
    return Row(TOPIC, "breakpoints", "breakpoints", values=tuple(places), note=note)


def _breakpoints(activation: Activation) -> list[dict[str, Any]]:
    return [
        {"place": _text(point.place), "order": point.order, "jump": _text(point.jump)}
        for point in activation.breakpoints
    ]


def _text(expr: sp.Expr | None) -> str | None:
    return None if expr is None else sp.sstr(expr)


def known(compute: Callable[[], Any]) -> Any:
    """The value of ``compute()``, or None where the property cannot be decided."""
    try:
        return compute()
    except (AssumptionError, DivergentExpectationError, PrecisionError, UndecidedError):
        return None
