"""How commands write a document: the format by option or suffix, colours in a terminal only."""

from typing import Protocol

from ..output import emit, terminal_width, wants_colour
from ..report import Report
from .options import FORMATS, choose_format

__all__ = ["write_document", "write_report"]


class Document(Protocol):
    """What can be written in every format."""

    def text(self, width: int | None = None, *, colour: bool = False) -> str: ...
    def markdown(self) -> str: ...
    def latex(self) -> str: ...
    def to_html(self) -> str: ...
    def to_json(self) -> str: ...


def write_document(document: Document, form: str | None, output: str | None) -> None:
    """Write ``document`` to the file ``output``, or print it."""
    form = choose_format(form, output, FORMATS)
    if form == "text":
        width = terminal_width() if output is None else None
        emit(document.text(width, colour=output is None and wants_colour()), output)
        return
    writers = {
        "json": document.to_json,
        "latex": document.latex,
        "md": document.markdown,
        "html": document.to_html,
    }
    emit(writers[form](), output)


def write_report(report: Report, form: str | None, output: str | None) -> int:
    """Write ``report`` and return the exit status: 0, or 1 if a check refuted a row."""
    write_document(report, form, output)
    return 0 if report.ok else 1
