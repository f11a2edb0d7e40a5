"""``initheory derive``: everything the theory says about one activation, each formula checked."""

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


def _topics(ctx, param, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(topic.strip() for text in given for topic in text.split(","))


@click.command("derive", short_help="Derive the theory of an activation, with checks.")
@click.argument("activation")
@param_option
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC[,TOPIC...]",
    callback=_topics,
    help="Only these topics: activation, mean-field, jacobian, ntk, sde, bias, gaussian "
    "(default: all).",
)
@click.option("--sigma-w2", type=POSITIVE, help="Weight variance at which to give fixed points.")
@click.option("--sigma-b2", type=NONNEGATIVE, help="Bias variance at which to give fixed points.")
@layer_options
@click.option(
    "--numbers/--no-numbers",
    default=None,
    help="With or without rows of computed numbers (default: without in latex and md).",
)
@format_option(*FORMATS)
@output_option
def command(
    activation,
    parameters,
    topics,
    sigma_w2,
    sigma_b2,
    weight_correlation,
    skip,
    numbers,
    form,
    output,
) -> int:
    """Derive the theory of ACTIVATION: properties, maps, edge of chaos, SDE, guessing bias.

    Every formula comes with a check of it: the closed form against an independent quadrature of
    the expectation that defines it. Exit status 1 means that a check refuted a formula.
    """
    from ..derivation import derive, read_parameters
    from ._reports import write_report

    form = choose_format(form, output, FORMATS)
    report = derive(
        activation,
        topics=topics or None,
        numbers=form in ("text", "html", "json") if numbers is None else numbers,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        weight_correlation=weight_correlation,
        skip=skip,
        **read_parameters(parameters),
    )
    return write_report(report, form, output)
