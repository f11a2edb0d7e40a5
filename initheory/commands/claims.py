"""``initheory claims``: what the toolkit claims, by id."""

import click

from .options import choose_format, format_option, output_option

FORMATS = ("text", "json")


@click.command("claims", short_help="List the claims that can be verified.")
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@click.option("--file", "files", multiple=True, metavar="FILE", help="Add the claims of a file.")
@format_option(*FORMATS)
@output_option
def command(globs, files, form, output) -> int:
    """List the claims whose id matches a GLOB such as "mf.*" (default: all)."""
    from proofs_check.registry import claims

    from ..output import emit

    form = choose_format(form, output, FORMATS)
    found = claims(*globs, files=files)
    if form == "json":
        import json

        rows = [
            {
                "id": claim.id,
                "statement": claim.statement,
                "source": claim.source,
                "mutations": [mutation.description for mutation in claim.mutations],
            }
            for claim in found
        ]
        emit(json.dumps(rows, indent=1, ensure_ascii=False), output)
    else:
        emit(_text(found, to_file=output is not None), output)
    return 0


def _text(found, *, to_file: bool) -> str:
    from ..output import terminal_width, wants_colour
    from ..plain import painted, wrap_words

    width = None if to_file else terminal_width()
    room = None if width is None else width - 4
    lines = []
    for claim in found:
        lines.append([("bold", claim.id)])
        lines.extend([("", f"    {line}")] for line in wrap_words(claim.statement, room))
        if claim.source:
            lines.append([("dim", f"    [{claim.source}]")])
    return painted(lines, colour=not to_file and wants_colour())
