"""``initheory phase``: the phase diagram of an activation, as a picture or as data."""

import click

from .options import GRID, layer_options, output_option, param_option

#: What the suffix of the output file selects.
PICTURES = ("png", "pdf", "svg")
SUFFIXES = (*PICTURES, "npz", "csv")


@click.command("phase", short_help="Phase diagram as a picture (.png) or data (.npz, .csv).")
@click.argument("activation")
@param_option
@click.option("--sigma-w2", type=GRID["sigma_w2"], default="0.5:3:200", show_default=True)
@click.option("--sigma-b2", type=GRID["sigma_b2"], default="0:0.5:200", show_default=True)
@click.option("--bias", is_flag=True, help="Map the regimes of the initial guessing bias too.")
@layer_options
@output_option
def command(
    activation, parameters, sigma_w2, sigma_b2, bias, weight_correlation, skip, output
) -> int:
    """Compute the phase of ACTIVATION on a grid of weight and bias variances.

    With --weight-correlation start:stop:count and one --sigma-b2, the plane of weight variances
    and weight correlations.

    Without -o a summary is printed. The suffix of FILE chooses a picture (.png, .pdf, .svg) or
    the arrays (.npz for NumPy, .csv for anything else).
    """
    from ..diagram import csv_text, diagram_of, summary_text
    from ..output import emit, replacing, suffix_of

    suffix = suffix_of(output)
    if output is not None and suffix not in SUFFIXES:
        raise click.UsageError(
            f"cannot tell from {output!r} what to write; "
            f"name a file that ends in {', '.join('.' + known for known in SUFFIXES)}"
        )
    if suffix in PICTURES:
        _require_matplotlib()
    options = {"weight_correlation": weight_correlation, "skip": skip}
    axes = (sigma_w2.values(), sigma_b2.values())
    if ":" in (weight_correlation or ""):
        axes = _correlated_axes(sigma_w2, sigma_b2, weight_correlation)
        del options["weight_correlation"]
    diagram = diagram_of(activation, axes, parameters, bias, options)
    if output is None:
        emit(summary_text(diagram))
    elif suffix == "csv":
        emit(csv_text(diagram), output)
    else:
        with replacing(output) as temporary:
            if suffix == "npz":
                diagram.save(temporary)
            else:
                _draw(diagram, temporary)
    return 0


def _correlated_axes(sigma_w2, sigma_b2, text):
    """The weight variances, the one bias variance and the weight correlations of a plane."""
    try:
        kappa = GRID["weight_correlation"].convert(text, None, None)
    except click.BadParameter as error:
        hint = "'--weight-correlation'"
        raise click.BadParameter(error.message, param_hint=hint) from None
    if sigma_b2.count != 1:
        raise click.UsageError(
            "a range of --weight-correlation takes the place of the range of --sigma-b2; "
            "give that one value, as in --sigma-b2 0.1"
        )
    return sigma_w2.values(), sigma_b2.start, kappa.values()


def _require_matplotlib() -> None:
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise click.UsageError(
            "a picture needs matplotlib, which is not installed; "
            'run pip install "initheory[plot]" or write .npz or .csv'
        )


def _draw(diagram, path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    diagram.plot(ax=figure.subplots())
    figure.savefig(path, dpi=150)
