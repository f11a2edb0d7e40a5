"""``initheory compare``: activations side by side at the edge of chaos."""

import click

from .options import (
    FORMATS,
    NONNEGATIVE,
    POSITIVE,
    format_option,
    output_option,
    param_option,
)


@click.command("compare", short_help="Mean-field facts of activations side by side.")
@click.argument("activations", nargs=-1, required=True, metavar="ACTIVATION...")
@param_option
@click.option("--q", "variance", type=POSITIVE, default="1", show_default=True)
@click.option("--sigma-b2", type=NONNEGATIVE, help="Choose the edge-of-chaos point by its bias.")
@format_option(*FORMATS)
@output_option
def command(activations, parameters, variance, sigma_b2, form, output) -> int:
    """Compare activations: growth, parity, and the edge of chaos at a variance q or a bias.

    stable says whether forward iteration is attracted by the point; rate is how fast the
    correlation of two inputs tends to 1 there.
    """
    from ..comparison import comparison_report
    from ._reports import write_report

    report = comparison_report(activations, parameters, variance=variance, sigma_b2=sigma_b2)
    return write_report(report, form, output)
