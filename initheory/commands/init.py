"""``initheory init``: which gains to type into a framework, for several activations."""

import click

from .options import FORMATS, choose_format, format_option, output_option, param_option


@click.command("init", short_help="Initialization gains of activations, with reasons.")
@click.argument("activations", nargs=-1, required=True, metavar="ACTIVATION...")
@param_option
@format_option(*FORMATS)
@output_option
def command(activations, parameters, form, output) -> int:
    """Show the initialization of each ACTIVATION: gains by variance, gradient and edge of chaos.

    sigma_w2 is the scaled weight variance: Var W = sigma_w2 / fan_in; the gain is its root.
    """
    from ..comparison import initialization_report
    from ._reports import write_report

    form = choose_format(form, output, FORMATS)
    return write_report(initialization_report(activations, parameters), form, output)
