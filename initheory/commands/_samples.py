"""How commands write what was sampled: a summary, a picture, or all values, by the suffix."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..output import emit, replacing, suffix_of
from .options import choose_format

__all__ = ["DATA", "PICTURES", "SUMMARIES", "summary_format", "write_sample"]

#: What the suffix of the output file selects, besides the formats of the summary.
PICTURES = ("png", "pdf", "svg")
DATA = ("npz", "csv")
SUMMARIES = ("text", "json")


def summary_format(form: str | None, output: str | None) -> str | None:
    """The format of the summary, or None if ``output`` is a picture or data."""
    if suffix_of(output) in (*PICTURES, *DATA) and not form:
        return None
    return choose_format(form, output, SUMMARIES)


def write_sample(
    sample: Any,
    form: str | None,
    output: str | None,
    as_json: Callable[[Any], str],
    draw: Callable[[Any, Path], None],
) -> None:
    """Write what ``summary_format`` found."""
    if form is not None:
        emit(as_json(sample) if form == "json" else str(sample), output)
        return
    assert output is not None
    with replacing(output) as temporary:
        suffix = suffix_of(output)
        if suffix in PICTURES:
            draw(sample, temporary)
        elif suffix == "npz":
            sample.save(temporary)
        else:
            sample.to_csv(temporary)
