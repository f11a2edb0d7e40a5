"""An equation of a theory: a named quantity, its definition, its derived value and its source."""

from dataclasses import dataclass

import sympy as sp

from .gaussian import GaussianExpectation
from .latex import latex
from .normal_form import normal_form

__all__ = ["Equation", "Equations", "aligned", "closed"]


@dataclass(frozen=True)
class Equation:
    """One row of a theory.

    ``definition`` contains the untouched Gaussian expectations, ``value`` what was derived from it
    (the same object if there is no closed form): two witnesses that a check can compare.
    ``value`` is infinite, or None, where ``note`` says why.

    ``name`` is a slug such as ``"variance_map"``, ``symbol`` LaTeX for the left-hand side.
    """

    topic: str
    name: str
    title: str
    symbol: str
    definition: sp.Expr | None
    value: sp.Expr | None
    source: str
    note: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether the value is free of Gaussian expectations."""
        return self.value is not None and not self.value.has(GaussianExpectation)

    def latex(self) -> str:
        """``symbol = value`` as LaTeX."""
        right = latex(self.value) if self.value is not None else r"\text{none}"
        return f"{self.symbol} = {right}"


def closed(expr: sp.Expr) -> sp.Expr:
    """Every Gaussian expectation in ``expr`` replaced by its closed form where it has one.

    If none is left, the result is in normal form: equal expressions come out equal.

    >>> from theory.gaussian import E
    >>> closed(1 + 2 * E("x**2"))
    2*q + 1
    """
    nodes = sorted(expr.atoms(GaussianExpectation), key=sp.default_sort_key)
    value = expr.xreplace({node: node.doit() for node in nodes})
    if not nodes or expr in nodes or value.has(GaussianExpectation):
        return value
    return normal_form(value)


def aligned(equations) -> str:
    """Equations as one LaTeX ``aligned`` block."""
    rows = [e.latex().replace(" = ", " &= ", 1) for e in equations]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


class Equations:
    """How an object that is a list of equations shows itself: as text, as LaTeX, in a notebook.

    A class that inherits gives ``equations()`` and a ``heading``.
    """

    heading: str

    def equations(self) -> tuple[Equation, ...]:
        """The equations, each with its untouched definition and its source."""
        raise NotImplementedError

    def __str__(self):
        return "\n".join([self.heading, *map(_line, self.equations())])

    def latex(self) -> str:
        """All equations as one LaTeX ``aligned`` block."""
        return aligned(self.equations())

    def _repr_latex_(self):
        return f"$${self.latex()}$$"


def _line(equation):
    return f"  {equation.title}: {equation.note if equation.value is None else equation.value}"
