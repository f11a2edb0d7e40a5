"""``initheory verify``: check the toolkit's claims, and a user's own."""

import click

from .options import choose_format, format_option, output_option


@click.command("verify", short_help="Check claims; each mutation must be refuted.")
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@click.option("--file", "files", multiple=True, metavar="FILE", help="Add the claims of a file.")
@click.option("--level", type=click.Choice(["quick", "full"]), default="quick", show_default=True)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@format_option("text", "json", "html", "latex")
@output_option
def command(globs, files, level, jobs, seed, form, output) -> int:
    """Verify the claims whose id matches a GLOB such as "mf.*" (default: all).

    A claim holds if its check does not refute it and every deliberately wrong variant of it is
    refuted. Exit status 1 means that something was refuted or stayed undecided.
    """
    import proofs_check

    from ..output import emit, is_terminal, terminal_width

    form = choose_format(form, output)
    report = proofs_check.verify(
        *globs, files=files, level=level, jobs=jobs, seed=seed, progress=None
    )
    if form == "text":
        to_terminal = output is None and is_terminal()
        from ..verification_text import verification_text

        width = terminal_width() if to_terminal else None
        emit(verification_text(report, width, colour=to_terminal), output)
    else:
        writers = {"json": report.to_json, "html": report.to_html, "latex": report.latex}
        emit(writers[form](), output)
    return 0 if report.ok else 1
