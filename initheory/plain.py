"""A report as plain text: ASCII, one fact a paragraph, wrapped only where a width is given.

In a pipe every formula is one line, so that ``grep`` and copying work.  In a terminal the same
lines are wrapped at operators and coloured; nothing else differs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .report import Report, Row

__all__ = [
    "TOPIC_TITLES",
    "Line",
    "as_text",
    "hanging",
    "number_text",
    "painted",
    "table_lines",
    "wrap_formula",
]

TOPIC_TITLES = {
    "activation": "Activation",
    "mean-field": "Mean field",
    "jacobian": "Jacobian",
    "ntk": "Neural tangent kernel",
    "sde": "Covariance SDE",
    "bias": "Guessing bias",
    "gaussian": "Exactly Gaussian pre-activations",
    "comparison": "Comparison",
    "initialization": "Initialization",
}

#: Significant digits of a number in a table.
TABLE_DIGITS = 12

VERDICT_STYLES = {"REFUTED": "bold red", "INCONCLUSIVE": "yellow"}

#: A line is a sequence of (style, text); styles are names of rich, "" is plain.
Line = Sequence[tuple[str, str]]


def as_text(report: Report, width: int | None = None, *, colour: bool = False) -> str:
    """The whole report; see ``Report.text``."""
    return painted(_report_lines(report, width), colour=colour)


def painted(lines: Iterable[Line], *, colour: bool) -> str:
    """Join lines, with terminal colours if wanted.

    >>> painted([[("bold", "chi_1"), ("", " = 1")]], colour=False)
    'chi_1 = 1'
    """
    if not colour:
        return "\n".join("".join(text for _, text in line).rstrip() for line in lines)
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(file=out, force_terminal=True, highlight=False, width=10_000)
    for line in lines:
        text = Text.assemble(*((part, style) for style, part in line))
        console.print(text, soft_wrap=True)
    return out.getvalue().rstrip("\n")


def number_text(value: Any, digits: int = TABLE_DIGITS) -> str:
    """A number or a word for a table cell.

    >>> number_text(0.1 + 0.2), number_text(True), number_text(None), number_text(1e-30)
    ('0.3', 'yes', '-', '1e-30')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return str(value)


def table_lines(
    rows: Sequence[Mapping[str, Any]], width: int | None = None, indent: int = 4
) -> Iterator[Line]:
    """A table of mappings with the same keys; narrower digits, then one block a row, if it must.

    >>> for line in table_lines([{"q": 0.5, "stable": True}], indent=0):
    ...     print("".join(text for _, text in line))
    q    stable
    0.5  yes
    """
    if not rows:
        return
    heads = list(rows[0])
    for digits in (TABLE_DIGITS, 8, 5):
        cells = [[number_text(row[head], digits) for head in heads] for row in rows]
        sizes = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        if width is None or indent + sum(sizes) + 2 * (len(sizes) - 1) <= width:
            break
    else:
        yield from _blocks(rows, indent, width)
        return
    margin = " " * indent
    yield [("", margin), ("dim", _columns(heads, sizes))]
    for line in cells:
        yield [("", margin + _columns(line, sizes))]


def _columns(cells: Sequence[str], sizes: Sequence[int]) -> str:
    padded = (cell.ljust(size) for cell, size in zip(cells, sizes, strict=True))
    return "  ".join(padded).rstrip()


def _blocks(rows, indent: int, width: int | None) -> Iterator[Line]:
    longest = max(map(len, rows[0]))
    for number, row in enumerate(rows):
        if number:
            yield []
        for head, value in row.items():
            label = [("", " " * indent), ("dim", head.ljust(longest) + "  ")]
            yield from hanging(label, number_text(value), width, breaker=wrap_words)


def wrap_formula(text: str, room: int | None) -> list[str]:
    """Break a formula into lines of at most ``room`` characters, at its outermost operators.

    >>> wrap_formula("alpha*x + exp(x + y) - 2", 15)
    ['alpha*x', '+ exp(x + y)', '- 2']
    """
    if room is None or len(text) <= room:
        return [text]
    breaks = list(_breaks(text))
    lines, start = [], 0
    while len(text) - start > room:
        inside = [place for place in breaks if start < place[2] <= start + room]
        full = [place for place in inside if place[2] > start + room // 3]
        _, _, stop = min(full or inside or [(0, 0, start + room)], key=lambda p: (*p[:2], -p[2]))
        lines.append(text[start:stop].rstrip())
        start = stop + (text[stop] == " ")
    return [*lines, text[start:]]


def _breaks(text: str) -> Iterator[tuple[int, int, int]]:
    """(depth, rank, index) of every place where a line may end; sums before products."""
    depth = 0
    for match in re.finditer(r"[(\[]|[)\]]|(?P<sum> [+-] )|(?<=,) |\*\*?|/", text):
        found = match.group()
        if found in ("(", "["):
            depth += 1
        elif found in (")", "]"):
            depth -= 1
        elif found != "**":
            yield depth, 0 if match["sum"] or found == " " else 1, match.start()


def wrap_words(text: str, room: int | None) -> list[str]:
    """Break a sentence into lines of at most ``room`` characters, at its spaces."""
    if room is None:
        return [text]
    from textwrap import wrap

    return wrap(text, max(room, 12)) or [""]


def hanging(label: Line, text: str, width: int | None, *, style="", breaker) -> Iterator[Line]:
    """``label`` followed by ``text``, whose further lines start below its first character."""
    margin = sum(len(part) for _, part in label)
    room = None if width is None else max(width - margin, 12)
    first, *rest = breaker(text, room)
    yield [*label, (style, first)]
    for line in rest:
        yield [("", " " * margin), (style, line)]


def _report_lines(report: Report, width: int | None) -> Iterator[Line]:
    yield from hanging([], report.activation["text"], width, style="bold", breaker=wrap_formula)
    for topic in report.topics():
        rows = report.of_topic(topic)
        title = TOPIC_TITLES.get(topic, topic)
        yield []
        yield [("bold cyan", title)]
        yield [("cyan", "-" * len(title))]
        facts = [row for row in rows if _is_fact(row)]
        longest = max((len(row.title) for row in facts), default=0)
        for row in rows:
            if _is_fact(row):
                label = [("dim", f"  {row.title.ljust(longest)}  ")]
                yield from hanging(label, row.sympy or row.note, width, breaker=wrap_formula)
            else:
                yield []
                yield from _row_lines(row, width)
    if any(row.check for row in report.rows):
        yield []
        yield from _summary(report, width)


def _is_fact(row: Row) -> bool:
    """A row that fits one line: a property of the activation."""
    return row.topic == "activation" and not row.values and not row.check


def _row_lines(row: Row, width: int | None) -> Iterator[Line]:
    indent = [("", "    ")]
    heading, source = ("bold", f"  {row.title}"), ("dim", f"  [{row.source}]")
    if not row.source:
        yield [heading]
    elif width is None or len(heading[1] + source[1]) <= width:
        yield [heading, source]
    else:
        yield [heading]
        yield from hanging(indent, f"[{row.source}]", width, style="dim", breaker=wrap_words)
    if row.sympy:
        label = [("", f"    {row.name} = ")] if width is None or len(row.name) < 20 else indent
        yield from hanging(label, row.sympy, width, breaker=wrap_formula)
    if row.values and not row.sympy:
        yield from table_lines(row.values, width)
    elif row.values:
        yield from hanging(indent, _example(row), width, style="dim", breaker=wrap_words)
    for line in row.note.splitlines():
        yield from hanging(indent, line, width, breaker=wrap_words)
    if row.check:
        style = VERDICT_STYLES.get(row.check.verdict, "green")
        label = [*indent, (style, row.check.verdict), ("", ": ")]
        yield from hanging(label, row.check.evidence, width, style="dim", breaker=wrap_words)


def _example(row: Row) -> str:
    """The value at the first of the row's points, as a phrase."""
    *places, (_, value) = row.values[0].items()
    at = ", ".join(f"{name} = {number_text(place)}" for name, place in places)
    return f"= {number_text(value)} at {at}" if at else f"= {number_text(value)}"


def _summary(report: Report, width: int | None) -> Iterator[Line]:
    checked = [row.check for row in report.rows if row.check is not None]
    counts: dict[str, int] = {}
    for check in checked:
        counts[check.verdict] = counts.get(check.verdict, 0) + 1
    tally = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    text = f"{len(report.rows)} rows, {len(checked)} checked"
    text += f" ({tally})" if tally else ""
    style = "bold red" if not report.ok else "bold"
    yield from hanging([], text, width, style=style, breaker=wrap_words)
