"""How the commands write a report: the format by option or suffix, colours in a terminal only."""

from ..output import emit, terminal_width, wants_colour
from ..report import Report
from .options import FORMATS, choose_format


def write_report(report: Report, form: str | None, output: str | None) -> int:
    """Write ``report`` and return the exit status: 0, or 1 if a check refuted a row."""
    form = choose_format(form, output, FORMATS)
    if form == "text":
        width = terminal_width() if output is None else None
        emit(report.text(width, colour=output is None and wants_colour()), output)
    else:
        writers = {
            "json": report.to_json,
            "latex": report.latex,
            "md": report.markdown,
            "html": report.html,
        }
        emit(writers[form](), output)
    return 0 if report.ok else 1
