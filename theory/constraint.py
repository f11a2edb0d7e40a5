"""One necessary constraint: its status, why, and the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from .latex import latex

__all__ = ["Constraint"]


@dataclass(frozen=True)
class Constraint:
    """``status`` is 'met', 'violated' or 'undecided'; ``numbers`` are exact where they can be.

    ``relation`` is the constraint itself with its value in it, as an expression, or None.
    """

    name: str
    title: str
    status: str
    reason: str
    numbers: Mapping[str, sp.Basic] = field(default_factory=dict)
    relation: sp.Basic | None = None

    @property
    def latex(self) -> str:
        """The relation as LaTeX, empty where there is none."""
        return "" if self.relation is None else latex(self.relation)

    def __str__(self):
        return f"{self.title}: {self.status}; {self.reason}"
