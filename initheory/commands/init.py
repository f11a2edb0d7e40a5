"""``initheory init``: which gains to type into a framework, for several activations."""

import click

from .options import (
    FORMATS,
    choose_format,
    format_option,
    layer_options,
    output_option,
    param_option,
)


@click.command("init", short_help="Initialization gains of activations, with reasons.")
@click.argument("activations", nargs=-1, required=True, metavar="ACTIVATION...")
@param_option
@layer_options
@format_option(*FORMATS)
@output_option
def command(activations, parameters, weight_correlation, skip, form, output) -> int:
    """Show the initialization of each ACTIVATION: gains by variance, gradient and edge of chaos.

    sigma_w2 is the scaled weight variance: Var W = sigma_w2 / fan_in; the gain is its root.
    """
    from ..comparison import initialization_report
    from ._reports import write_report

    form = choose_format(form, output, FORMATS)
    options = {"weight_correlation": weight_correlation, "skip": skip}
    return write_report(initialization_report(activations, parameters, **options), form, output)
