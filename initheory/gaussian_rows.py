"""The section of a report on exactly Gaussian pre-activations: constraints, verdict, weights.

Each constraint that the activation puts on the weights is checked by direct quadrature or by
values of the activation (:mod:`initheory.gaussian_checks`), the verdict by its certificate.
"""

from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import sympy as sp

from theory.activation import Activation
from theory.constraint import Constraint
from theory.errors import InitheoryError
from theory.gaussian_constraints import GaussianConstraints, gaussian_constraints
from theory.latex import latex

from . import gaussian_checks as checks
from .covariance_sde_rows import parameter_values
from .report import Check, Row

__all__ = ["TOPIC", "gaussian_rows"]

TOPIC = "gaussian"

_PAPER = "Wolinski & Arbel (arXiv:2205.12379)"

#: Constraint -> the LaTeX symbol of its main number, and the name of that number.
_MAIN = {
    "range": (r"P(\phi(X) = 0)", "P(phi(X) = 0)"),
    "zero": (r"\mathbb{E}|W|^{-1}", "E |W|^(-1)"),
    "growth": (r"\theta_W", "tail index of W"),
    "kurtosis": (r"\kappa_{\phi(X)}", "kurtosis of phi(X)"),
    "moments": (r"\mathbb{E}W^2", "E W^2"),
    "transform": (r"\lambda_{\min}", "least eigenvalue"),
}

_CHECKS: dict[str, Callable[..., Check]] = {
    "range": checks.check_range,
    "zero": checks.check_zeros,
    "growth": checks.check_growth,
    "kurtosis": checks.check_kurtosis,
    "moments": checks.check_moments,
    "transform": checks.check_transform,
}


def gaussian_rows(activation: Activation) -> Iterator[Row]:
    """One row for each constraint, then the verdict and the weight law.

    >>> rows = {row.name: row for row in gaussian_rows(Activation("erf(x/sqrt(2))"))}
    >>> rows["gaussian_kurtosis"].sympy, rows["gaussian_verdict"].check.verdict
    ('9/5', 'CERTIFIED')
    """
    found = gaussian_constraints(activation)
    values = parameter_values(activation)
    for constraint in found:
        yield _constraint_row(activation, constraint, values)
    yield _verdict_row(found)
    if found.weights is not None:
        yield _weights_row(activation, found)


def _constraint_row(activation: Activation, constraint: Constraint, values: Any) -> Row:
    symbol, name = _MAIN[constraint.name]
    value = constraint.numbers.get(name)
    shown = isinstance(value, sp.Expr) and value.is_finite is not False
    check = _judged(_CHECKS[constraint.name], activation, constraint, values)
    return Row(
        TOPIC,
        f"gaussian_{constraint.name}",
        f"{constraint.title}: {constraint.status}",
        symbol if shown else "",
        latex(value) if shown else "",
        sp.sstr(value) if shown else "",
        values=_table(constraint),
        source=_PAPER,
        check=check,
        note=constraint.reason,
    )


def _table(constraint: Constraint) -> tuple[dict[str, Any], ...]:
    """The numbers of a constraint; a single one stands in the row itself."""
    if len(constraint.numbers) < 2:
        return ()
    return tuple(
        {"quantity": name, "exact": sp.sstr(number), "decimal": _decimal(number)}
        for name, number in constraint.numbers.items()
    )


def _verdict_row(found: GaussianConstraints) -> Row:
    words = {True: "exist", False: "do not exist", None: "undecided"}[found.exists]
    check = None
    if found.certificate is not None:
        check = _judged(checks.check_certificate, found.certificate)
    title = f"weights that make W phi(X) standard normal: {words}"
    return Row(
        TOPIC, "gaussian_verdict", title, source=_PAPER, check=check, note=str(found.reason)
    )


def _weights_row(activation: Activation, found: GaussianConstraints) -> Row:
    law = found.weights
    check = _judged(checks.check_weights, activation, law)
    return Row(
        TOPIC,
        "gaussian_weights",
        "the weight law",
        "W",
        law.latex(),
        str(law),
        source=_PAPER,
        check=check,
        note=f"E W^2 = {law.variance}",
    )


def _decimal(number: Any) -> float | str:
    """The number as a float, empty where it has none (a symbol, infinity)."""
    try:
        value = float(number)
    except (TypeError, ValueError, AttributeError):
        return ""
    return value if mpmath.isfinite(value) else ""


def _judged(check: Callable[..., Check], *arguments: Any) -> Check:
    """The check, or an inconclusive one where an evaluation fails."""
    try:
        return check(*arguments)
    except (InitheoryError, ZeroDivisionError, ValueError, TypeError, OverflowError) as error:
        return Check("INCONCLUSIVE", f"not evaluated: {error}".replace("\n", " "))
