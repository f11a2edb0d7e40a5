"""``initheory compare``: activations side by side at the edge of chaos."""

import click

from .options import (
    FORMATS,
    NONNEGATIVE,
    POSITIVE,
    choose_format,
    format_option,
    layer_options,
    output_option,
    param_option,
)


@click.command("compare", short_help="Mean-field facts of activations side by side.")
@click.argument("activations", nargs=-1, required=True, metavar="ACTIVATION...")
@param_option
@click.option("--q", "variance", type=POSITIVE, show_default="1")
@click.option("--sigma-b2", type=NONNEGATIVE, help="Choose the edge-of-chaos point by its bias.")
@layer_options
@format_option(*FORMATS)
@output_option
def command(
    activations, parameters, variance, sigma_b2, weight_correlation, skip, form, output
) -> int:
    """Compare activations: growth, parity, and the edge of chaos at a variance q or a bias.

    stable says whether forward iteration is attracted by the point; rate is how fast the
    correlation of two inputs tends to 1 there.
    """
    from ..comparison import comparison_report
    from ._reports import write_report

    form = choose_format(form, output, FORMATS)
    if variance is not None and sigma_b2 is not None:
        raise click.UsageError("only one of --q and --sigma-b2 may be given: each selects a point")
    where = {"variance": 1.0 if variance is None else variance, "sigma_b2": sigma_b2}
    options = {"weight_correlation": weight_correlation, "skip": skip}
    report = comparison_report(activations, parameters, **where, **options)
    return write_report(report, form, output)
