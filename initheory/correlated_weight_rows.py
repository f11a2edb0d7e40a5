"""The part of the mean-field section that only correlated weights have.

What holds for any activation, and closed forms for activations of degree 1, each against a
quadrature of its definition, with their phases.
"""

from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.latex import latex
from theory.mean_field import MeanField
from theory.scale_free.equations import correlation_effect_equations
from theory.scale_free.kink_correlation import c_star

from .phase_rows import phase_rows
from .report import Check, Row

__all__ = ["correlated_weight_rows"]

TOPIC = "mean-field"
_SOURCE = "Singh & Sreejith 2021 (arXiv:2103.12499) for ReLU; derived for both slopes"


def correlated_weight_rows(theory: MeanField, equation_row: Any) -> Iterator[Row]:
    """The rows of a MeanField whose weights are correlated."""
    for equation in correlation_effect_equations(theory):
        yield equation_row(equation)
    maps = theory.scale_free
    if maps is None:
        note = f"no closed forms: {theory.scale_free_obstacle}"
        yield Row(TOPIC, "scale_free", "closed forms of degree 1", note=note)
        return
    for equation in maps.equations():
        yield equation_row(equation)
    yield _law_row(maps)
    yield from phase_rows(maps)


def _law_row(maps: Any) -> Row:
    """1 - c* for small kappa, against c* itself at a kappa so small that 30 digits agree."""
    law = maps.small_kappa_law
    (kappa,) = law.leading.free_symbols
    tiny = sp.Rational(1, 10**16)
    gap = sp.N(1 - c_star(tiny), 60)
    value = (law.leading + law.correction).subs(kappa, tiny).evalf(60)
    digits = int(min(30, -sp.log(abs(gap / value - 1) + sp.Float(10) ** -31, 10)))
    verdict = "SUPPORTED" if digits >= 28 else "REFUTED"
    return Row(
        TOPIC,
        "small_kappa_law",
        "attracting correlation for small weight correlations",
        "1 - c_*",
        latex(law.leading) + r" + \ldots",
        sp.sstr(law.leading),
        source=_SOURCE,
        check=Check(verdict, f"{digits} digits against the root at kappa = 1e-16", digits),
        note=f"{law.statement} for kappa > 0",
    )
