"""The table of initializations: its rows and how they are shown."""

import html
from dataclasses import dataclass

import sympy as sp

from .errors import InputError
from .latex import latex

__all__ = ["Scheme", "Schemes", "fan_in", "fan_out", "short"]

fan_in, fan_out = sp.symbols("fan_in fan_out", positive=True)


@dataclass(frozen=True)
class Scheme:
    """One rule for one activation.

    ``preserves`` names the functional D, ``equation`` says that it is kept, ``sigma_w2`` and
    ``sigma_b2`` solve it (None: it has no solution, and ``note`` says why).
    ``weight_variance`` is Var W_ij in the fans.  ``forward`` = V(q)/q and ``backward`` = chi_1 are
    the factors per layer that the rule gives to the activation.
    """

    name: str
    activation: str
    preserves: str
    equation: str
    sigma_w2: sp.Expr | None
    sigma_b2: sp.Expr | None
    weight_variance: sp.Expr | None
    forward: sp.Expr | None
    backward: sp.Expr | None
    source: str
    note: str = ""

    def row(self) -> tuple[str, ...]:
        """Name, activation, what is preserved and the numbers, as text."""
        values = self.sigma_w2, self.sigma_b2, self.forward, self.backward
        return (self.name, self.activation, self.preserves, *map(short, values), self.note)


@dataclass(frozen=True)
class Schemes:
    """The table: a sequence of :class:`Scheme`."""

    q: sp.Expr
    rows: tuple[Scheme, ...]

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        """A row by its number or its name."""
        if isinstance(key, str):
            for row in self.rows:
                if row.name == key:
                    return row
            names = ", ".join(row.name for row in self.rows)
            raise InputError(f"there is no scheme {key!r}; the table has {names}")
        return self.rows[key]

    def __repr__(self):
        return f"Schemes({len(self)} rows at q={self.q})"

    def __str__(self):
        body = [_HEAD, *(row.row() for row in self.rows)]
        widths = [max(len(line[i]) for line in body) for i in range(len(_HEAD))]
        lines = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in body)
        return "\n".join(lines)

    def latex(self) -> str:
        """A booktabs table of the rules and their exact values."""
        lines = [r"\begin{tabular}{lllllll}", r"\toprule"]
        head = "scheme", r"$\phi$", "preserves", r"$\sigma_w^2$", r"$\sigma_b^2$", "$V(q)/q$"
        lines += [" & ".join((*head, r"$\chi_1$")) + r" \\", r"\midrule"]
        for row in self.rows:
            values = row.sigma_w2, row.sigma_b2, row.forward, row.backward
            shown = ("--" if v is None else f"${latex(v)}$" for v in values)
            name = row.activation.replace("_", r"\_")
            lines.append(" & ".join((row.name, name, row.preserves, *shown)) + r" \\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def _repr_html_(self):
        head = "".join(f"<th>{html.escape(name)}</th>" for name in _HEAD)
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.row()) + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


_HEAD = ("scheme", "phi", "preserves", "sigma_w2", "sigma_b2", "V(q)/q", "chi_1", "note")


def short(value) -> str:
    """An exact value as a few characters."""
    if value is None:
        return "none"
    if value.free_symbols:
        return str(value)
    text = str(value)
    return text if len(text) <= 8 else f"{float(sp.N(value, 15)):.10g}"
