"""``initheory table``: the Gaussian expectations of activations."""

import click

from .options import FORMATS, format_option, output_option, param_option


@click.command("table", short_help="Gaussian expectations of activations, closed where they are.")
@click.argument("activations", nargs=-1, metavar="[ACTIVATION...]")
@param_option
@format_option(*FORMATS)
@output_option
def command(activations, parameters, form, output) -> int:
    """Tabulate the mean, the second moments and the two kernels of each ACTIVATION.

    Without an ACTIVATION, all of the catalogue. Parameters stay symbols unless given a value.
    """
    from ..kernels import kernel_table
    from ._reports import write_document

    write_document(kernel_table(activations or None, **parameters), form, output)
    return 0
