"""``initheory table``: the Gaussian expectations of activations."""

import click

from .options import FORMATS, choose_format, format_option, output_option, param_option


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
    from ..output import emit, terminal_width, wants_colour

    form = choose_format(form, output, FORMATS)
    table = kernel_table(activations or None, **parameters)
    if form == "text":
        width = terminal_width() if output is None else None
        emit(table.text(width, colour=output is None and wants_colour()), output)
        return 0
    writers = {
        "json": table.to_json,
        "latex": table.latex,
        "md": table.markdown,
        "html": table.to_html,
    }
    emit(writers[form](), output)
    return 0
