"""``initheory simulate``: paths of the covariance SDE, or networks of finite width."""

import click

from ._samples import SUMMARIES, summary_format, write_sample
from .options import NUMBER, POSITIVE, format_option, output_option, param_option

_SEED = click.IntRange(0, 2**64 - 1)


@click.command("simulate", short_help="Sample the covariance SDE, or networks of finite width.")
@click.argument("activation", required=False)
@param_option
@click.option("--rho0", type=NUMBER, help="Start from two inputs of norm 1 and this correlation.")
@click.option("--v0", "V0", type=POSITIVE, help="Start from one input of this squared norm.")
@click.option("--T", "T", type=POSITIVE, help="Time of the SDE, depth over width. [default: 1]")
@click.option("--steps", type=click.IntRange(1), help="Time steps. [default: 64 per unit of T]")
@click.option(
    *("--paths", "--samples", "paths"),
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="How many independent paths or networks.",
)
@click.option("--seed", type=_SEED, default=0, show_default=True, help="Seed of the draws.")
@click.option("--network", is_flag=True, help="Simulate networks instead of the SDE.")
@click.option("--width", type=click.IntRange(1), help="Neurons in a layer of the network.")
@click.option("--depth", type=click.IntRange(0), help="Layers. [default: the width]")
@click.option("--method", type=click.Choice(("exact", "brute")), help="How to draw a network.")
@click.option("--weights", metavar="LAW", help="Law of the weights. [default: gaussian]")
@click.option(
    "--weight-correlation",
    metavar="KAPPA",
    help="Correlation of the weights of a row, at most 1. [default: 0]",
)
@click.option("--sigma-w2", metavar="NUMBER", help="Weight variance; then nothing is shaped.")
@click.option("--sigma-b2", metavar="NUMBER", help="Bias variance of the network. [default: 0]")
@click.option("--shaping", metavar="FORMULA", help="A family in x and n instead of the natural.")
@click.option("--centre", metavar="NUMBER", help="Where to centre a smooth shaping. [default: 0]")
@click.option("--a", metavar="NUMBER", help="Scale of a smooth shaping. [default: 1]")
@click.option("--c-plus", metavar="NUMBER", help="Shaping of the positive slope. [default: 0]")
@click.option("--c-minus", metavar="NUMBER", help="Shaping of the negative slope. [default: -1]")
@click.option("--skip", metavar="NUMBER", help="Weight of a skip connection. [default: 0]")
@click.option("--architecture", type=click.Choice(("mlp", "residual")), help="[default: mlp]")
@click.option("--gamma", metavar="NUMBER", help="Strength of residual branches. [default: 1]")
@click.option("--threads", type=click.IntRange(1), help="Threads. [default: all processors]")
@format_option(*SUMMARIES)
@output_option
def command(activation, parameters, network, paths, form, output, **options) -> int:
    """Simulate the covariance SDE of ACTIVATION, or with --network its networks of finite width.

    With --shaping ACTIVATION may be left out.
    The mean, its standard error, the variance and quantiles are printed. The suffix of FILE
    chooses them (.txt, .json), a picture (.png, .pdf, .svg) or all values (.npz, .csv).
    """
    from ..simulation import as_json, draw, sample_of

    form = summary_format(form, output)
    sample = sample_of(activation, parameters, network, paths, options, values=form is None)
    write_sample(sample, form, output, as_json, draw)
    return 0
