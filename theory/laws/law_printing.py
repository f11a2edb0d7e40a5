"""How a law is written inside a formula: in LaTeX, and in code that evaluates with mpmath."""

from functools import lru_cache

import mpmath
import sympy as sp

from . import function_numbers

__all__ = ["NUMERIC", "code_of_law", "latex_of_law"]

#: Laws by the name under which compiled code finds them.
_LAWS: dict = {}


def latex_of_law(law, printer) -> str:
    """The subscript that names a law: its parameter, where it has just one of its own."""
    own = getattr(law, "subscript", None)
    if own is not None:
        return printer._print(own)
    parameters = ", ".join(printer._print(a) for a in law.args if isinstance(a, sp.Expr))
    return rf"\mathrm{{{type(law).__name__}}}({parameters})"


def code_of_law(law, printer) -> str:
    """Code for the law: a name, and the values of its symbols in their order."""
    name = f"law{len(_LAWS)}"
    for known, other in _LAWS.items():
        if other == law:
            name = known
    _LAWS[name] = law
    symbols = sorted(law.free_symbols, key=lambda s: s.name)
    return f'law_of("{name}", {", ".join(printer._print(s) for s in symbols)})'


def _law_of(name, *values):
    return _with_values(_LAWS[name], values) if values else _LAWS[name]


@lru_cache(maxsize=64)
def _with_values(law, values):
    symbols = sorted(law.free_symbols, key=lambda s: s.name)
    return law.xreplace({s: _exact(v) for s, v in zip(symbols, values, strict=True)})


def _exact(value):
    """The rational number that a binary float is."""
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return (-1) ** sign * sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)


#: What code for the functions of a law calls.
NUMERIC = {
    "law_of": _law_of,
    "LawActivation": function_numbers.activation_digits,
    "LawDensity": lambda law, y, order=0: function_numbers.density_digits(law, y, int(order)),
    "LawDensityAt": function_numbers.density_at_activation,
    "LawSurvival": function_numbers.survival_digits,
}
