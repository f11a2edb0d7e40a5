"""The section of a report on the covariance SDE: equations, explosion, laws, each with its check.

Drift and noise in every variable are compared with one layer of a network of width 1e28, whose
moments are computed by quadrature (:mod:`initheory.shaped_layer`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import mpmath
import sympy as sp

from theory.activation import Activation
from theory.covariance_sde import CovarianceSDE
from theory.equation import Equation
from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)
from theory.latex import latex
from theory.layer_options import weight_correlation_option
from theory.shaping import Shaping
from theory.symbols import V, covariance_entry, lambda_, n, rho, theta, u, x

from . import covariance_sde_checks as checks
from .centre_row import centre_row
from .report import Check, Row
from .shaped_layer import DIGITS, ShapedLayer, power_of_ten, shaped_layer
from .spot_check import sample_points

__all__ = ["TOPIC", "covariance_sde_rows", "parameter_values"]

TOPIC = "sde"

#: What can go wrong in the evaluation of a check; then the check is inconclusive.
FAILURES = (DivergentExpectationError, InputError, PrecisionError, UndecidedError)

#: (V11, V22) with a rational root of the product, and a correlation.
_STATES = (
    (sp.Rational(9, 4), sp.Rational(16, 25), sp.Rational(3, 11)),
    (sp.Rational(4, 9), sp.Rational(25, 16), sp.Rational(-5, 13)),
)

#: Digits that may be lost between a layer of width 1e28 and the limit.
_SLACK = 3

_LI = "Li, Nica & Roy 2022 (arXiv:2206.02768)"

_V11, _V12, _V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)


def _correlation(a: Any, b: Any, c: Any) -> Any:
    return b / mpmath.sqrt(a * c)


#: Row -> (the function f of V11, V12, V22 that it is about, "mean", "deviation" or "variance").
_WITNESSES: Mapping[str, tuple[Callable, str]] = {
    "covariance_drift": (lambda a, b, c: b, "mean"),
    "covariance_diffusion": (lambda a, b, c: b, "variance"),
    "norm_drift": (lambda a, b, c: a, "mean"),
    "norm_noise": (lambda a, b, c: a, "deviation"),
    "correlation_drift": (_correlation, "mean"),
    "correlation_noise": (_correlation, "deviation"),
    "angle_drift": (lambda a, b, c: mpmath.acos(_correlation(a, b, c)), "mean"),
    "lamperti_drift": (lambda a, b, c: -mpmath.atanh(_correlation(a, b, c)), "mean"),
    "log_determinant_drift": (lambda a, b, c: mpmath.log(a * c - b * b), "mean"),
}


def covariance_sde_rows(activation: Activation, weight_correlation: Any = 0) -> Iterator[Row]:
    """Shaping, critical exponent, equations, criterion and law of explosion, regimes.

    >>> rows = {row.name: row for row in covariance_sde_rows(Activation("tanh"))}
    >>> rows["norm_drift"].sympy, rows["norm_drift"].check.verdict
    ('-2*V**2 + 2*V', 'SUPPORTED')
    """
    kappa = weight_correlation_option(weight_correlation)
    values = parameter_values(activation, kappa)
    try:
        sde = CovarianceSDE(activation, weight_correlation=kappa)
    except (AssumptionError, DivergentExpectationError, UndecidedError) as error:
        yield Row(TOPIC, "not_applicable", "does not apply", note=str(error))
    else:
        yield from _equation_rows(sde, values)
    yield centre_row(activation, values, kappa)


def _equation_rows(sde: CovarianceSDE, values: Mapping) -> Iterator[Row]:
    layer = lru_cache(partial(_layer, sde, values))
    if sde.shaping is not None:
        yield from _shaping_rows(sde.shaping, sde.assumptions, values)
    for equation in sde.equations():
        if equation.name == "explosion_probability":
            yield _criterion_row(sde, values)
        yield _row(sde, equation, values, layer)
    yield Row(TOPIC, "regimes", "regimes of phi_s", source=_LI, note=str(sde.regimes))


def parameter_values(
    activation: Activation, weight_correlation: sp.Expr = sp.S.Zero
) -> Mapping[sp.Symbol, sp.Rational]:
    """A rational value for each parameter that has none, at which formulas are checked.

    >>> parameter_values(Activation("x*sigmoid(beta*x)"))
    {beta: 4/9}
    """
    symbols = {*activation.parameters, *weight_correlation.free_symbols}
    return next(sample_points(frozenset(symbols)))


def _layer(sde, values, number) -> ShapedLayer:
    return shaped_layer(sde, _state(number), values)


def _state(number):
    first, second, correlation = _STATES[number]
    return first, correlation * sp.sqrt(first * second), second


def _shaping_rows(
    shaping: Shaping, assumptions: tuple[str, ...], values: Mapping[sp.Symbol, sp.Rational]
) -> Iterator[Row]:
    """phi_s itself, and its expansion in powers of the width."""
    row = Row(TOPIC, "shaping", "shaping: the activation at width n", r"\phi_s(x)", source=_LI)
    expr, note = shaping.expr, "\n".join(assumptions)
    yield replace(row, latex=latex(expr), sympy=sp.sstr(expr), note=note)
    if not shaping.terms:
        return
    kept = x + sp.Add(*(h / n**power for power, h in shaping.terms))
    title = "expansion of the shaping, as far as it matters"
    row = replace(row, name="shaping_expansion", title=title, symbol=r"\phi_s(x)")
    check = _judged(checks.check_expansion, shaping, values)
    rest = r" + \cdots" if shaping.kind == "scaled" else ""
    yield replace(row, latex=latex(kept) + rest, sympy=sp.sstr(kept), check=check)


def _criterion_row(sde: CovarianceSDE, values: Mapping) -> Row:
    explosion = sde.explosion
    row = Row(TOPIC, "explosion", "explosion criterion", source=_LI)
    try:
        condition, note = explosion.condition, explosion.statement
    except (AssumptionError, DivergentExpectationError, UndecidedError) as error:
        return replace(row, note=str(error))
    if condition not in (sp.true, sp.false):
        row = replace(row, latex=latex(condition), sympy=sp.sstr(condition))
    return replace(row, note=note, check=_judged(checks.check_criterion, sde, values))


def _row(sde: CovarianceSDE, equation: Equation, values: Mapping, layer: Callable) -> Row:
    """The row of one equation; without a value its note says why."""
    row = Row(TOPIC, equation.name, equation.title, equation.symbol, source=equation.source)
    value, note = equation.value, equation.note
    if equation.name == "critical_exponent":
        row = replace(row, check=_judged(_exponent_check, sde, values, layer))
    if equation.name == "explosion_probability":
        note = ""  # the statement stands in the row of the criterion
    if not isinstance(value, sp.Expr):
        return replace(row, symbol="", note=note)
    row = replace(row, latex=latex(value), sympy=sp.sstr(value), note=note)
    if equation.name in _WITNESSES:
        check, points = _against_layer(equation.name, value, values, layer)
        return replace(row, check=check, values=points)
    if equation.name == "explosion_probability" and not value.is_zero:
        return replace(row, check=_judged(checks.check_backward_equation, sde, value, values))
    if equation.name == "explosion_laplace":
        check = _judged(checks.check_backward_equation, sde, value, values, lambda_)
        return replace(row, check=check)
    if equation.name.startswith("stationary") and not _exists(sde.stationary, values):
        return replace(row, note=f"{note}; not at the point where formulas are checked")
    if equation.name == "stationary_density":
        return replace(row, check=_judged(checks.check_density, sde, value, values))
    if equation.name == "stationary_mean" and sde.stationary is not None:
        density = sde.stationary.density
        return replace(row, check=_judged(checks.check_mean, density, value, values))
    return row


def _exists(law: Any, values: Mapping) -> bool:
    return law is None or law.condition.subs(dict(values)) == sp.true


def _exponent_check(sde: CovarianceSDE, values: Mapping, layer: Callable) -> Check:
    narrower = shaped_layer(sde, _state(0), values, DIGITS // 2)
    return checks.check_exponent(sde, layer(0), narrower, values)


def _against_layer(
    name: str, value: sp.Expr, values: Mapping, layer: Callable
) -> tuple[Check, tuple[dict[str, Any], ...]]:
    """The check of a coefficient, and its values at the points."""
    f, kind = _WITNESSES[name]
    points, digits = [], []
    try:
        for number in range(len(_STATES)):
            place = {**_coordinates(number), **values}
            used = sorted(value.free_symbols & place.keys(), key=str)
            exact = value.subs({symbol: place[symbol] for symbol in used}).evalf(30)
            if not exact.is_number or exact.is_comparable is False:
                raise UndecidedError(f"{name} has no value at {place}")
            seen = layer(number)
            moment = seen.mean(f) if kind == "mean" else seen.deviation(f)
            moment = moment**2 if kind == "variance" else moment
            with mpmath.workdps(30):
                digits.append(_digits(exact._to_mpmath(100), moment, seen.deviation(f)))
            point = {str(symbol): sp.sstr(place[symbol]) for symbol in used}
            points.append({**point, "value": float(exact)})
    except FAILURES as error:
        return Check("INCONCLUSIVE", f"not evaluated: {error}"), tuple(points)
    evidence = f"{min(digits)} digits against one layer of width {power_of_ten(seen.width)} by "
    evidence += f"quadrature, {len(digits)} points"
    good = min(digits) >= DIGITS - _SLACK
    return Check("SUPPORTED" if good else "REFUTED", evidence, min(digits)), tuple(points)


def _coordinates(number: int) -> dict[sp.Symbol, sp.Expr]:
    """Every coordinate of a state, by its symbol."""
    first, cross, second = _state(number)
    correlation = _STATES[number][2]
    angles = {theta: sp.acos(correlation), u: -sp.atanh(correlation)}
    return {_V11: first, _V12: cross, _V22: second, V: first, rho: correlation} | angles


def _digits(exact: Any, seen: Any, noise: Any) -> int:
    """Digits shared, relative to the number or to the noise, which the drift has to balance."""
    gap = abs(exact - seen) / max(abs(exact), abs(noise))
    return DIGITS if gap == 0 else max(0, min(DIGITS, int(-mpmath.log10(gap))))


def _judged(check: Callable[..., Check], *arguments: Any) -> Check:
    """The check, or an inconclusive one where an evaluation fails."""
    try:
        return check(*arguments)
    except FAILURES as error:
        return Check("INCONCLUSIVE", f"not evaluated: {error}")
