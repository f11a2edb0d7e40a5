"""What ``derive`` hands back: rows of formulas, numbers and reasons, each with its check.

A Report is data.  How it looks as text, LaTeX, Markdown or HTML is the business of ``plain`` and
``typeset``; the JSON form is written here, because it is the data.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from theory.errors import UnknownNameError

from ._version import __version__

__all__ = ["Check", "Report", "Row"]


@dataclass(frozen=True)
class Check:
    """How a row was checked on the spot.

    ``verdict`` is one of the verdicts of claims: PROVED, CERTIFIED, SUPPORTED, REFUTED or
    INCONCLUSIVE.  ``digits`` is the number of decimal digits to which two independent evaluations
    agree (None where that is no measure), ``evidence`` a sentence that says which evaluations.
    """

    verdict: str
    evidence: str
    digits: int | None = None

    @property
    def refuted(self) -> bool:
        return self.verdict == "REFUTED"


@dataclass(frozen=True)
class Row:
    """One fact about an activation.

    ``symbol`` and ``latex`` are LaTeX, ``sympy`` is the text that SymPy prints; both are empty for
    a row that has no formula.  ``values`` is a table: mappings with the same keys, of numbers and
    words.  ``note`` is a remark, or the reason why there is no formula.
    """

    topic: str
    name: str
    title: str
    symbol: str = ""
    latex: str = ""
    sympy: str = ""
    values: tuple[Mapping[str, Any], ...] = ()
    source: str = ""
    check: Check | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row as JSON data, every field present."""
        check = self.check and {
            "verdict": self.check.verdict,
            "digits": self.check.digits,
            "evidence": self.check.evidence,
        }
        return {
            "topic": self.topic,
            "name": self.name,
            "title": self.title,
            "symbol": self.symbol,
            "latex": self.latex,
            "sympy": self.sympy,
            "values": [dict(value) for value in self.values],
            "source": self.source,
            "check": check,
            "note": self.note,
        }


@dataclass(frozen=True)
class Report:
    """The derivation of one activation: its rows in reading order.

    >>> import initheory as it
    >>> report = it.derive("relu", topics=["mean-field"])
    >>> report["variance_map"].sympy
    'q*sigma_w2/2 + sigma_b2'
    >>> report.ok
    True
    """

    activation: Mapping[str, Any]
    rows: tuple[Row, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True unless the check of some row refuted it."""
        return not self.refuted

    @property
    def refuted(self) -> tuple[Row, ...]:
        """The rows whose check failed: a defect of the toolkit, worth a report to its authors."""
        return tuple(row for row in self.rows if row.check is not None and row.check.refuted)

    def topics(self) -> tuple[str, ...]:
        """The topics of the rows, each once, in reading order."""
        return tuple(dict.fromkeys(row.topic for row in self.rows))

    def of_topic(self, topic: str) -> tuple[Row, ...]:
        """The rows of one topic."""
        return tuple(row for row in self.rows if row.topic == topic)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise UnknownNameError(
            f"this report has no row {name!r}; its rows are "
            f"{', '.join(row.name for row in self.rows)}"
        )

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        state = "ok" if self.ok else f"{len(self.refuted)} refuted"
        return f"Report({self.activation['text']!r}: {len(self.rows)} rows, {state})"

    def __str__(self) -> str:
        return self.text()

    def to_json(self) -> str:
        """The report as JSON text; the schema is described in the documentation.

        >>> import json
        >>> json.loads(Report({"text": "x"}, ()).to_json())["rows"]
        []
        """
        data = {
            "initheory": __version__,
            "activation": dict(self.activation),
            "settings": dict(self.settings),
            "ok": self.ok,
            "rows": [row.as_json() for row in self.rows],
        }
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)

    def text(self, width: int | None = None, *, colour: bool = False) -> str:
        """Plain text, wrapped at ``width`` columns if given; control codes only if ``colour``."""
        from .plain import as_text

        return as_text(self, width, colour=colour)

    def markdown(self) -> str:
        """GitHub-flavoured Markdown with formulas between dollar signs."""
        from .typeset import as_markdown

        return as_markdown(self)

    def latex(self) -> str:
        """A LaTeX fragment for a document that loads amsmath and booktabs."""
        from .typeset import as_latex

        return as_latex(self)

    def to_html(self) -> str:
        """A complete HTML page; formulas are typeset by MathJax where a network is at hand."""
        from .typeset import as_html

        return as_html(self)

    html = to_html  # the name of earlier versions

    def _repr_html_(self) -> str:
        from .typeset import html_body

        return html_body(self)
