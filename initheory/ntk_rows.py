"""The section of a report on the tangent kernel: recursion, depth law by phase, architectures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.equation import Equation
from theory.latex import latex
from theory.symbols import sigma_w2
from theory.tangent import NTK, DepthLaw
from theory.tangent.expansion import critical_expansion
from theory.tangent.residual_laws import asymptotic_terms

from . import ntk_checks as checks
from .judged import judged
from .mean_field_rows import equation_row, option_values
from .ntk_fixed_point import number
from .report import Check, Row

__all__ = ["TOPIC", "ntk_rows"]

TOPIC = "ntk"

_RESIDUAL = {
    "residual": "residual network",
    "scaled-residual": "residual network with branches scaled by 1/sqrt(l)",
    "stable-residual": "residual network with branches scaled by 1/sqrt(L)",
}

#: Rows that the mean-field section has already.
_IN_MEAN_FIELD = ("ntk_variance", "ntk_covariance")

_MATCHED = "matched asymptotics, after Hayou, Doucet & Rousseau 2019 (arXiv:1905.13654)"


def ntk_rows(
    activation: Activation, weight_correlation: Any = None, skip: Any = None
) -> Iterator[Row]:
    """One row for each map and each statement of the depth law, then the residual networks.

    The options are those of NTK; residual networks have a skip connection of their own.

    >>> rows = {row.name: row for row in ntk_rows(Activation("relu"))}
    >>> rows["ntk_ratio"].sympy, rows["ntk_correction"].sympy
    ('1/4', '3/8')
    >>> rows["ntk_correction"].check.verdict
    'SUPPORTED'
    """
    theory = NTK(activation, weight_correlation=weight_correlation, skip=skip)
    values = option_values(activation, theory.mean_field)
    for equation in theory.equations():
        if equation.name in ("ntk", "ntk_diagonal"):
            yield equation_row(equation)
        elif equation.name not in _IN_MEAN_FIELD:
            if equation.name in ("ntk_ordered", "ntk_ordered_limit"):
                yield from _expansion(theory, values)
            yield _law_row(theory, equation, values)
    for architecture, title in _RESIDUAL.items():
        residual = NTK(activation, architecture, weight_correlation=weight_correlation)
        yield _residual_row(residual, title, values)


def _expansion(theory: NTK, values: Mapping) -> Iterator[Row]:
    """1 - C(1 - u) at criticality, from which the law follows."""
    law = theory.depth_law["critical"]
    if not law.exists or law.coefficient is None:
        return
    terms = critical_expansion(theory.mean_field)
    u = sp.Symbol("u", positive=True)
    shown = [t.coefficient * u**t.exponent * sp.log(1 / u) ** t.logarithm for t in terms]
    value = u - sp.Add(*shown)
    yield Row(
        TOPIC,
        "ntk_expansion",
        "correlation map near 1 at criticality",
        "1 - C(1 - u)",
        latex(value) + r" + \cdots",
        sp.sstr(value),
        source=_MATCHED,
        check=judged(lambda: checks.check_expansion(theory.mean_field, terms, values)),
        note="the terms that decide what follows",
    )


def _law_row(theory: NTK, equation: Equation, values: Mapping) -> Row:
    row = Row(
        TOPIC,
        equation.name,
        equation.title,
        equation.symbol,
        source=equation.source,
        note=equation.note,
    )
    value = equation.value
    if not isinstance(value, sp.Expr):
        return replace(row, symbol="")
    row = replace(row, latex=latex(value), sympy=sp.sstr(value))
    if value.has(sp.oo):
        return row
    check = _check_of(theory, equation.name, value, values)
    return replace(row, check=judged(check) if check else None)


def _check_of(theory: NTK, name: str, value: sp.Expr, values: Mapping) -> Callable | None:
    """The check of one row of the depth law."""
    mf = theory.mean_field
    phase = next((p for p in theory.depth_law if p in name), "critical")
    law = theory.depth_law[phase]
    rate = number(1 - mf.skip**2, values)
    if name.endswith("_limit"):
        return lambda: checks.check_limit(mf, law, values)
    if name.endswith("_diagonal"):
        return lambda: checks.check_diagonal(mf, law, values)
    if name == "ntk_ratio":
        return lambda: checks.check_matched(critical_expansion(mf), law, values, rate=rate)
    if name == "ntk_correlation" and not _is_slow(law):
        return lambda: checks.check_correlation(critical_expansion(mf), law, values, rate)
    if name.startswith("ntk_correction"):
        place = int(name.rpartition("_")[2]) - 1 if name[-1].isdecimal() else 0
        term = law.corrections[place]
        return lambda: checks.check_matched(critical_expansion(mf), law, values, term, rate)
    if name == "ntk_condition_number":
        return lambda: checks.check_condition_number(law, value)
    if name == "ntk_predictor":
        return lambda: checks.check_predictor(law, value)
    return None


def _is_slow(law: DepthLaw) -> bool:
    """Whether powers of log(l) accompany the power law."""
    return bool(law.corrections) and law.corrections[0].exponent == 0


def _residual_row(theory: NTK, title: str, values: Mapping) -> Row:
    law: DepthLaw = theory.depth_law["critical"]
    name = "ntk_" + theory.architecture.replace("-", "_")
    row = Row(TOPIC, name, title, source=_MATCHED, note=law.statement)
    if law.ratio is None:
        return row
    symbol = r"\lim_{L\to\infty} \frac{K^L(x, x')}{K^L(x, x)}"
    row = replace(row, symbol=symbol, latex=latex(law.ratio), sympy=sp.sstr(law.ratio))
    if theory.architecture != "residual":
        return row

    def check() -> Check:
        terms, rate = asymptotic_terms(theory.activation)
        weight = number(rate, {**values, sigma_w2: sp.Integer(2)})
        return checks.check_matched(terms, law, {**values, sigma_w2: sp.Integer(2)}, rate=weight)

    return replace(row, check=judged(check))
