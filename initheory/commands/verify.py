"""``initheory verify``: check the toolkit's claims, and a user's own."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from .options import choose_format, format_option, output_option

FORMATS = ("text", "json", "html", "latex")

INTERRUPTED = 130


@click.command("verify", short_help="Check claims; each mutation must be refuted.")
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@click.option("--file", "files", multiple=True, metavar="FILE", help="Add the claims of a file.")
@click.option("--level", type=click.Choice(["quick", "full"]), default="quick", show_default=True)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@format_option(*FORMATS)
@output_option
def command(globs, files, level, jobs, seed, form, output) -> int:
    """Verify the claims whose id matches a GLOB such as "mf.*" (default: all).

    A claim passes if its check supports it and every deliberately wrong variant of it, its
    mutations, is refuted. Exit status 1 means that something did not pass.
    """
    from proofs_check import verify

    from ..output import emit, is_terminal, terminal_width, wants_colour

    form = choose_format(form, output, FORMATS)
    with _progress_bar() as progress:
        report = verify(*globs, files=files, level=level, jobs=jobs, seed=seed, progress=progress)
    if form == "text" and output is None and is_terminal():
        from ..verification_text import verification_text

        emit(verification_text(report, terminal_width(), colour=wants_colour()))
    else:
        writers = {
            "text": report.__str__,
            "json": report.to_json,
            "html": report.to_html,
            "latex": report.latex,
        }
        emit(writers[form](), output)
    if report.interrupted:
        return INTERRUPTED
    return 0 if report.ok else 1


@contextmanager
def _progress_bar() -> Iterator[Callable | None]:
    """A function (done, total, outcome) that moves a bar on standard error; None in a pipe."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=None)

        def advance(done, total, outcome):
            bar.update(task, completed=done, total=total, description=outcome.id)

        yield advance
