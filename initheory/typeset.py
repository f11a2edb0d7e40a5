r"""A report as Markdown, LaTeX or HTML: three renderings of the same rows.

The LaTeX is a fragment: it needs \usepackage{amsmath,booktabs} and nothing else, and stays
correct for any text a user typed, because every word outside a formula is escaped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape as html_escape
from typing import Any

from .plain import TOPIC_TITLES, number_text
from .report import Report, Row

__all__ = [
    "PAGE",
    "as_html",
    "as_latex",
    "as_markdown",
    "html_body",
    "latex_escape",
    "markdown_table",
]

_LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
}


def latex_escape(text: str) -> str:
    r"""Plain words for a LaTeX document.

    >>> print(latex_escape("100% of sigma_w2"))
    100\% of sigma\_w2
    """
    return "".join(_LATEX_SPECIAL.get(character, character) for character in text)


def as_markdown(report: Report) -> str:
    """The report as GitHub-flavoured Markdown."""
    return "\n".join(_markdown_lines(report)) + "\n"


def _markdown_lines(report: Report) -> Iterator[str]:
    yield f"# {_code(report.activation['text'])}"
    for topic in report.topics():
        yield ""
        yield f"## {TOPIC_TITLES.get(topic, topic)}"
        for row in report.of_topic(topic):
            yield ""
            source = f" ({row.source})" if row.source else ""
            if row.note and not (row.latex or row.values or row.check):
                yield f"**{row.title}**{source}: {row.note}"
                continue
            yield f"**{row.title}**{source}"
            if row.latex:
                yield ""
                yield f"$${_equation(row)}$$"
            for line in row.note.splitlines():
                yield ""
                yield line
            if row.values:
                yield ""
                heads = list(row.values[0])
                shown = [[number_text(value[head]) for head in heads] for value in row.values]
                yield from markdown_table(heads, shown)
            if row.check:
                yield ""
                yield f"*{row.check.verdict}*: {row.check.evidence}"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table.

    >>> list(markdown_table(["a", "b"], [["1", "2"]]))
    ['| a | b |', '| --- | --- |', '| 1 | 2 |']
    """
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"


def _equation(row: Row, relation: str = "=") -> str:
    return f"{row.symbol} {relation} {row.latex}" if row.symbol else row.latex


def as_latex(report: Report) -> str:
    """The report as a LaTeX fragment: align* for formulas, tables for numbers."""
    return "\n".join(_latex_lines(report)) + "\n"


def _latex_lines(report: Report) -> Iterator[str]:
    yield "% Made by initheory; load amsmath and booktabs."
    yield rf"\section*{{\texttt{{{latex_escape(report.activation['text'])}}}}}"
    for topic in report.topics():
        rows = report.of_topic(topic)
        yield rf"\subsection*{{{TOPIC_TITLES.get(topic, topic)}}}"
        yield from _latex_alignment([row for row in rows if row.latex])
        for row in rows:
            if row.values and not row.latex:
                yield from _latex_table(row)
            if row.note:
                words = " ".join(row.note.split())
                yield rf"\paragraph{{{latex_escape(row.title)}.}} {latex_escape(words)}"


def _latex_alignment(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield r"\begin{align*}"
    for row in rows:
        last = row is rows[-1]
        remark = f"{row.title}. {row.source}".rstrip(". ")
        if row.check:
            remark += f". {row.check.verdict}: {row.check.evidence}"
        yield f"  % {' '.join(remark.split())}"
        yield f"  {_equation(row, '&=') if row.symbol else '& ' + row.latex}" + (
            "" if last else r" \\"
        )
    yield r"\end{align*}"


def _latex_table(row: Row) -> Iterator[str]:
    heads = list(row.values[0])
    yield r"\begin{center}"
    yield rf"{latex_escape(row.title)}\\[1ex]"
    yield rf"\begin{{tabular}}{{{'l' * len(heads)}}}"
    yield r"\toprule"
    yield " & ".join(rf"\texttt{{{latex_escape(head)}}}" for head in heads) + r" \\"
    yield r"\midrule"
    for value in row.values:
        yield " & ".join(latex_escape(number_text(value[head])) for head in heads) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{center}"


#: A complete page around a body.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
td, th {{ padding: .2rem .8rem .2rem 0; text-align: left; font-variant-numeric: tabular-nums; }}
th {{ border-bottom: 1px solid #999; }}
h3 {{ margin: 1.5rem 0 .2rem; }} .formula {{ overflow-x: auto; }}
.source, .check {{ color: #666; font-size: .9rem; }} .REFUTED {{ color: #b00; font-weight: bold; }}
</style>
<script async src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-chtml.js"></script>
</head>
<body>
{body}
</body>
</html>
"""


def as_html(report: Report) -> str:
    """The report as a complete page; without a network the formulas show as LaTeX."""
    title = html_escape(report.activation["text"])
    return PAGE.format(title=title, body=html_body(report))


def html_body(report: Report) -> str:
    """The report as HTML to be put into a page or a notebook."""
    return "\n".join(_html_lines(report))


def _html_lines(report: Report) -> Iterator[str]:
    yield f"<h1><code>{html_escape(report.activation['text'])}</code></h1>"
    for topic in report.topics():
        yield f"<h2>{html_escape(TOPIC_TITLES.get(topic, topic))}</h2>"
        for row in report.of_topic(topic):
            source = (
                f' <span class="source">{html_escape(row.source)}</span>' if row.source else ""
            )
            yield f'<h3 id="{html_escape(row.name)}">{html_escape(row.title)}{source}</h3>'
            if row.latex:
                yield f'<div class="formula">\\[{html_escape(_equation(row))}\\]</div>'
            for line in row.note.splitlines():
                yield f"<p>{html_escape(line)}</p>"
            if row.values:
                yield from _html_table(row.values)
            if row.check:
                verdict = f'<span class="{row.check.verdict}">{row.check.verdict}</span>'
                yield f'<p class="check">{verdict}: {html_escape(row.check.evidence)}</p>'


def _html_table(values: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heads = list(values[0])
    yield "<table>"
    yield "<tr>" + "".join(f"<th>{html_escape(head)}</th>" for head in heads) + "</tr>"
    for value in values:
        cells = (html_escape(number_text(value[head])) for head in heads)
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"
