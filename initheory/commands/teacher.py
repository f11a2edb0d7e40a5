"""``initheory teacher``: students of several initializations learn from equal teachers."""

import os
import sys

import click

from ._samples import PICTURES, SUMMARIES, summary_format, write_sample
from .options import format_option, output_option, param_option

_SEED = click.IntRange(0, 2**64 - 1)


@click.command("teacher", short_help="Train students of several initializations and compare them.")
@click.option(
    "--activation",
    default="relu",
    show_default=True,
    metavar="ACTIVATION",
    help="A formula in x or a name, of students and teachers.",
)
@param_option
@click.option("--quick", "level", flag_value="quick", default="quick", help="The default.")
@click.option("--full", "level", flag_value="full", help="More and longer runs: minutes.")
@click.option(
    "--seeds", type=click.IntRange(1), help="Runs of each scheme. [default: 20, with --full 50]"
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Threads. [default: all processors]")
@click.option("--path", metavar="DIR", help="Keep finished runs there, and go on from them.")
@click.option("--seed", type=_SEED, default=0, show_default=True, help="Seed of the draws.")
@format_option(*SUMMARIES)
@output_option
def command(activation, parameters, level, seeds, jobs, path, seed, form, output) -> int:
    """Train students from five kinds of first weights on teachers of the same shape.

    A table of what was measured is printed: test losses, steps, constant and diverged students.
    The suffix of FILE chooses it (.txt, .json), the curves as a picture (.png, .pdf, .svg) or all
    values (.npz, .csv).
    """
    from ..output import suffix_of
    from ..training import as_json, draw, study_of

    form = summary_format(form, output)
    picture = form is None and suffix_of(output) in PICTURES
    options = {"level": level, "seeds": seeds, "jobs": jobs, "path": path, "seed": seed}
    study = study_of(activation, parameters, options, picture, bar=_has_bar())
    write_sample(study, form, output, as_json, draw)
    return 0


def _has_bar() -> bool:
    """Whether standard error is a terminal that a bar may be drawn on."""
    return sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
