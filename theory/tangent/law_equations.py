r"""The depth law as rows of a theory: limits, ratio, corrections, condition number, predictor."""

from collections.abc import Iterator, Mapping

import sympy as sp

from ..equation import Equation
from ..latex import latex
from .depth_law import DepthLaw
from .symbols import L

__all__ = ["law_equations"]

_HAYOU = "Hayou, Doucet & Rousseau 2019 (arXiv:1905.13654)"
_MATCHED = f"matched asymptotics, after {_HAYOU}"

_OFF, _ON = "K^L(x, x')", "K^L(x, x)"


def law_equations(laws: Mapping[str, DepthLaw]) -> Iterator[Equation]:
    """The rows of the three phases; one that does not occur is a row whose note says why."""
    for phase in ("ordered", "critical", "chaotic"):
        yield from _rows(laws[phase])


def _rows(law):
    title = f"{law.phase} phase"
    if not law.exists:
        yield _row(f"ntk_{law.phase}", title, "", None, law.statement)
    elif law.phase == "critical":
        yield from _critical(law)
    else:
        shown = _OFF if law.scale == 1 else rf"\frac{{{_OFF}}}{{q^L}}"
        symbol = rf"\lim_{{L\to\infty}} {shown}"
        name = f"ntk_{law.phase}_limit"
        yield _row(name, f"{title}: limit", symbol, law.limit, law.statement)
        name = f"ntk_{law.phase}_diagonal"
        yield _row(name, f"{title}: diagonal", _ON, law.diagonal, "from q^1 = q")


def _critical(law):
    if law.ratio is None:
        yield _row("ntk_critical", "at criticality", "", None, law.statement)
        yield from _stable(law)
        return
    symbol = rf"\lim_{{L\to\infty}} \frac{{{_OFF}}}{{{_ON}}}"
    yield _row("ntk_ratio", "at criticality: ratio", symbol, law.ratio, law.statement)
    if law.diagonal is not None:
        yield _row("ntk_critical_diagonal", "at criticality: diagonal", _ON, law.diagonal, "")
    if law.coefficient is not None:
        slow = law.corrections and not law.corrections[0].exponent  # powers of log(l) in 1 - c
        decay = r"\ell" if law.power == 1 else rf"\ell^{{{latex(law.power)}}}"
        symbol = r"\kappa" if slow else rf"\lim_{{\ell\to\infty}} {decay} (1 - c^\ell)"
        yield _row("ntk_correlation", "at criticality: correlation", symbol, law.coefficient, "")
    for number, term in enumerate(law.corrections):
        name = "ntk_correction" if not number else f"ntk_correction_{number + 1}"
        form = latex(term.shape(L))
        symbol = rf"\text{{coefficient of }} {form} \text{{ in }} \frac{{{_OFF}}}{{{_ON}}}"
        note = f"universal; {law.error} depends on the inputs" if not number else ""
        title = "at criticality: next order" if not number else "at criticality: order after it"
        yield _row(name, title, symbol, term.coefficient, note)
    symbol = r"\operatorname{cond}\left(K^\infty\right)"
    value = law.condition_number()
    yield _row("ntk_condition_number", "condition number", symbol, value, "of N inputs")
    symbol = r"\frac{f_\infty(x) - f_0(x)}{\sum_i (y_i - f_0(x_i))}"
    note = "gradient flow on N inputs, x not among them"
    yield _row("ntk_predictor", "kernel predictor", symbol, law.predictor, note)


def _stable(law):
    names = {
        "variance": ("q'(t)", "variance"),
        "correlation": (r"\rho'(t)", "correlation"),
        "ntk": ("K'(t)", "tangent kernel"),
        "ntk_diagonal": (r"K_{\mathrm{diagonal}}'(t)", "its diagonal"),
    }
    for name, value in (law.maps or {}).items():
        symbol, title = names[name]
        yield _row(f"ntk_rate_{name}", f"derivative in l/L: {title}", symbol, value, "")


def _row(name, title, symbol, value, note):
    source = _MATCHED if "correction" in name else _HAYOU
    definition = value if isinstance(value, sp.Expr) else None
    return Equation("ntk", name, title, symbol, definition, definition, source, note)
