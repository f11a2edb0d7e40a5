"""The table of kernels: Gaussian expectations of many activations, in every format.

A KernelTable is data; it writes itself as text, LaTeX, Markdown, HTML and JSON.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from theory.activation import Activation
from theory.catalogue import CATALOGUE, find
from theory.errors import InputError, UnknownNameError
from theory.kernel_table import QUANTITIES, KernelEntry, kernel_entries
from theory.latex import latex

from ._version import __version__
from .plain import hanging, painted, wrap_formula, wrap_words

__all__ = ["KernelRow", "KernelTable", "kernel_table"]

#: What a reader is told about the letters.
LEGEND = (
    "X has variance q; U and V have variances q1 and q2 and correlation rho; all have mean 0. "
    "Phi is the standard normal distribution function, Phi2(h, k, r) the bivariate one."
)
LATEX_LEGEND = (
    r"$X\sim\mathcal{N}(0,q)$; $U$, $V$ of mean 0, variances $q_1$, $q_2$ and correlation $\rho$. "
    r"$\Phi$ is the standard normal distribution function, $\Phi_2(h,k;r)$ the bivariate one."
)


@dataclass(frozen=True)
class KernelRow:
    """The expectations of one activation, by name: ``row["covariance_map"]``."""

    activation: Activation
    entries: tuple[KernelEntry, ...]

    @property
    def name(self) -> str:
        """What the activation is called."""
        return self.activation.name

    def __getitem__(self, name: str) -> KernelEntry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise UnknownNameError(f"a kernel table has no column {name!r}; its columns are {known}")

    def __iter__(self) -> Iterator[KernelEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def as_json(self) -> dict[str, Any]:
        """The row as JSON data, every field present."""
        return {
            "activation": self.name,
            "sympy": str(self.activation.expr),
            "latex": latex(self.activation.expr),
            "parameters": [str(symbol) for symbol in self.activation.parameters],
            "source": self.activation.source,
            "entries": [
                {
                    "name": entry.name,
                    "title": entry.title,
                    "symbol": entry.symbol,
                    "status": entry.status,
                    "sympy": entry.sympy,
                    "latex": entry.latex(),
                    "note": entry.note,
                }
                for entry in self.entries
            ],
        }


@dataclass(frozen=True)
class KernelTable:
    """Activations against their Gaussian expectations; ``table["relu"]["variance"].value``.

    >>> table = kernel_table(["relu"])
    >>> table["relu"]["covariance_map"].value
    sqrt(q1)*sqrt(q2)*(rho*(asin(rho) + pi/2) + sqrt(1 - rho**2))/(2*pi)
    """

    rows: tuple[KernelRow, ...]

    def __getitem__(self, name: str) -> KernelRow:
        for row in self.rows:
            if row.name == name:
                return row
        known = ", ".join(row.name for row in self.rows)
        raise UnknownNameError(f"this table has no activation {name!r}; it has {known}")

    def __iter__(self) -> Iterator[KernelRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"KernelTable({len(self.rows)} activations, {len(QUANTITIES)} expectations)"

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None, *, colour: bool = False) -> str:
        """Plain text, wrapped at ``width`` columns if given; control codes only if ``colour``."""
        return painted(self._lines(width), colour=colour)

    def _lines(self, width):
        yield from hanging([], LEGEND, width, breaker=wrap_words)
        for row in self.rows:
            yield []
            title = [("bold", row.name), ("", ": phi(x) = ")]
            yield from hanging(title, str(row.activation.expr), width, breaker=wrap_formula)
            for entry in row:
                label = [("dim", f"  {entry.name.ljust(14)}  ")]
                known = entry.sympy and entry.status != "infinite"
                breaker = wrap_formula if known else wrap_words
                yield from hanging(label, _words(entry), width, breaker=breaker)

    def markdown(self) -> str:
        """GitHub-flavoured Markdown, one section for each activation."""
        return "\n".join(self.markdown_lines()) + "\n"

    def markdown_lines(self) -> Iterator[str]:
        """The lines of :meth:`markdown`, without a title."""
        yield LATEX_LEGEND
        for row in self.rows:
            yield ""
            yield f"## {row.name}"
            yield ""
            yield f"${row.activation.latex()}$"
            for entry in row:
                yield ""
                if entry.latex():
                    yield f"$${entry.symbol} = {entry.latex()}$$"
                if entry.note:
                    yield ""
                    yield f"{entry.title}: {entry.note}"

    def latex(self) -> str:
        """A LaTeX fragment for a document that loads amsmath."""
        return "\n".join(self._latex_lines()) + "\n"

    def _latex_lines(self):
        from .typeset import latex_escape

        yield "% Made by initheory; load amsmath."
        yield LATEX_LEGEND
        for row in self.rows:
            yield rf"\subsection*{{\texttt{{{latex_escape(row.name)}}}}}"
            yield r"\begin{align*}"
            yield rf"  \phi(x) &= {latex(row.activation.expr)}"
            for entry in row:
                if entry.latex():
                    yield rf"  \\ {entry.symbol} &= {entry.latex()}"
            yield r"\end{align*}"
            for entry in row:
                if entry.note:
                    yield latex_escape(f"{entry.title}: {entry.note}.") + "\n"

    def to_html(self) -> str:
        """A complete HTML page; formulas are typeset by MathJax where a network is at hand."""
        from .typeset import PAGE

        return PAGE.format(title="Kernels of activations", body=self._repr_html_())

    def _repr_html_(self) -> str:
        return "\n".join(self._html_lines())

    def _html_lines(self):
        yield "<h1>Kernels of activations</h1>"
        yield f"<p>{escape(LEGEND)}</p>"
        for row in self.rows:
            yield f'<h2 id="{escape(row.name)}"><code>{escape(row.name)}</code></h2>'
            yield f"<p>\\({escape(row.activation.latex())}\\)</p>"
            yield "<table>"
            for entry in row:
                formula = f"\\({escape(entry.latex())}\\)" if entry.latex() else ""
                note = f'<span class="source">{escape(entry.note)}</span>' if entry.note else ""
                cells = f"<td>{' '.join(part for part in (formula, note) if part)}</td>"
                yield f"<tr><th>\\({escape(entry.symbol)}\\)</th>{cells}</tr>"
            yield "</table>"

    def to_json(self) -> str:
        """The table as JSON text; the schema is described in the documentation.

        >>> import json
        >>> json.loads(kernel_table(["sign"]).to_json())["rows"][0]["entries"][2]["status"]
        'infinite'
        """
        data = {
            "initheory": __version__,
            "quantities": [quantity.name for quantity in QUANTITIES],
            "rows": [row.as_json() for row in self.rows],
        }
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)


def _words(entry):
    note = f"  ({entry.note})" if entry.note and entry.status == "closed" else ""
    if entry.status in ("infinite", "undefined"):
        return entry.note
    return entry.sympy + note


def kernel_table(activations: Iterable[Any] | None = None, **values: Any) -> KernelTable:
    """The Gaussian expectations of ``activations``: all of the catalogue, or those given.

    Parameters
    ----------
    activations
        Names, formulas in ``x``, SymPy expressions or Activations; None for the catalogue.
        Parameters stay symbols, also those for which a catalogue entry has a default.
    values
        Values of parameters, ``alpha=1``; each goes to those activations that have it.

    Raises InputError if no activation has a parameter of that name, or none is given.

    >>> kernel_table(["elu"], alpha=1)["elu"]["slope"].value
    exp(2*q)*Phi(-2*sqrt(q)) + 1/2
    """
    if isinstance(activations, (str, Activation)):
        activations = [activations]
    sources = list(CATALOGUE) if activations is None else list(activations)
    if not sources:
        raise InputError("a kernel table needs at least one activation; got none")
    read = [_read(source, values) for source in sources]
    unused = set(values).difference(*(used for _, used in read))
    if unused:
        raise InputError(f"none of these activations has a parameter {min(unused)!r}")
    return KernelTable(tuple(KernelRow(phi, kernel_entries(phi)) for phi, _ in read))


def _read(source: Any, values: Mapping[str, Any]) -> tuple[Activation, set[str]]:
    """The activation with the values that belong to it, and their names."""
    entry = find(source)
    defaults = {p.name: p.name for p in entry.parameters} if entry is not None else {}
    phi = Activation(source, **defaults)
    own = {str(symbol) for symbol in phi.parameters} & values.keys()
    return phi.at(**{name: values[name] for name in sorted(own)}), own
