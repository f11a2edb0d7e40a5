"""How the commands write a report: the format by option or suffix, colours in a terminal only."""

from ..output import emit, is_terminal, terminal_width
from ..report import Report
from .options import choose_format


def write_report(report: Report, form: str | None, output: str | None) -> int:
    """Write ``report`` and return the exit status: 0, or 1 if a check refuted a row."""
    form = choose_format(form, output)
    if form == "text":
        to_terminal = output is None and is_terminal()
        width = terminal_width() if to_terminal else None
        emit(report.text(width, colour=to_terminal), output)
    else:
        writers = {
            "json": report.to_json,
            "latex": report.latex,
            "md": report.markdown,
            "html": report.html,
        }
        emit(writers[form](), output)
    return 0 if report.ok else 1
