"""The result of a run of verification, as text, JSON, HTML and LaTeX."""

import html
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .outcome import Outcome
from .verdict import Verdict

__all__ = ["VerificationReport"]

_COLOURS = {
    Verdict.PROVED: "#1a7f37",
    Verdict.CERTIFIED: "#1a7f37",
    Verdict.SUPPORTED: "#0969da",
    Verdict.INCONCLUSIVE: "#9a6700",
    Verdict.REFUTED: "#cf222e",
}
_LATEX_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "$": r"\$",
}  # fmt: skip


@dataclass(frozen=True)
class VerificationReport:
    """Outcomes of claims, in the order in which the claims are listed.

    ``ok`` is true only if every claim holds, every mutation is refuted and the run was complete.
    """

    outcomes: tuple[Outcome, ...]
    level: str
    seed: int
    seconds: float
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything passed."""
        return not self.interrupted and all(outcome.ok for outcome in self.outcomes)

    @property
    def summary(self) -> str:
        """One sentence: how many claims, with which verdicts, in how much time."""
        counts = Counter(outcome.verdict for outcome in self.outcomes)
        parts = [f"{counts[v]} {str(v).lower()}" for v in reversed(Verdict) if counts[v]]
        mutations = [m for outcome in self.outcomes for m in outcome.mutations]
        refuted = sum(mutation.refuted for mutation in mutations)
        text = f"{len(self.outcomes)} claims: {', '.join(parts) or 'none'}; "
        text += f"{refuted} of {len(mutations)} mutations refuted; "
        text += f"level {self.level}, seed {self.seed}, {self.seconds:.1f} s; "
        text += "interrupted" if self.interrupted else "ok" if self.ok else "NOT OK"
        return text

    def __str__(self) -> str:
        width = max((len(outcome.id) for outcome in self.outcomes), default=5)
        lines = []
        for outcome in self.outcomes:
            mark = "ok " if outcome.ok else "BAD"
            lines.append(
                f"{mark} {outcome.id:<{width}}  {outcome.verdict!s:<12} "
                f"{_fate(outcome):>5}  {outcome.seconds:7.2f} s  {outcome.brief_evidence}"
            )
            lines += [f"    {note}" for note in outcome.notes]
        return "\n".join([*lines, self.summary])

    def __repr__(self) -> str:
        return f"<VerificationReport: {self.summary}>"

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types; the names are stable, fields may be added."""
        return {
            "ok": self.ok,
            "level": self.level,
            "seed": self.seed,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def to_html(self) -> str:
        """The report as one HTML page without external files."""
        rows = "\n".join(_html_row(outcome) for outcome in self.outcomes)
        return _PAGE.format(summary=html.escape(self.summary), table=_TABLE.format(rows=rows))

    def _repr_html_(self) -> str:
        rows = "\n".join(_html_row(outcome) for outcome in self.outcomes)
        return f"<p>{html.escape(self.summary)}</p>{_TABLE.format(rows=rows)}"

    def latex(self) -> str:
        """A ``longtable`` in booktabs style; statements are LaTeX already."""
        rows = [
            rf"\texttt{{{_escape(outcome.id)}}} & {outcome.statement} & "
            rf"{str(outcome.verdict).lower()} & {_fate(outcome)} \\"
            for outcome in self.outcomes
        ]
        head = r"claim & statement & verdict & mutations refuted \\"
        return "\n".join(
            [
                r"\begin{longtable}{lp{0.55\linewidth}ll}",
                rf"\toprule {head} \midrule \endhead",
                *rows,
                r"\bottomrule",
                r"\end{longtable}",
            ]
        )


def _fate(outcome) -> str:
    refuted = sum(mutation.refuted for mutation in outcome.mutations)
    return f"{refuted}/{len(outcome.mutations)}" if outcome.mutations else "none"


def _escape(text) -> str:
    return "".join(_LATEX_SPECIAL.get(character, character) for character in text)


def _html_row(outcome) -> str:
    notes = "".join(f"<br><em>{html.escape(note)}</em>" for note in outcome.notes)
    mutations = "".join(
        f"<li>{html.escape(m.description)}: {m.verdict} ({html.escape(m.evidence)})</li>"
        for m in outcome.mutations
    )
    return (
        f"<tr><td><code>{html.escape(outcome.id)}</code></td>"
        f"<td>{html.escape(outcome.statement)}<br><small>{html.escape(outcome.source)}</small></td>"
        f'<td style="color:{_COLOURS[outcome.verdict]}"><b>{outcome.verdict}</b></td>'
        f"<td>{html.escape(outcome.evidence)}{notes}<ul>{mutations}</ul></td>"
        f"<td>{outcome.seconds:.2f} s</td></tr>"
    )


_TABLE = """<table>
<thead><tr><th>claim</th><th>statement</th><th>verdict</th><th>evidence and mutations</th>
<th>time</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Verification</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }}
td, th {{ border-top: 1px solid #ccc; padding: .4em .8em; text-align: left; vertical-align: top; }}
ul {{ margin: .3em 0; padding-left: 1.2em; }}
</style></head>
<body>
<h1>Verification</h1>
<p>{summary}</p>
{table}
</body>
</html>"""
