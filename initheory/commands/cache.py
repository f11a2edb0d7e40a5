"""``initheory cache``: the folder of compiled kernels."""

import click


@click.group(
    "cache",
    short_help="Show or clear the folder of compiled kernels.",
    invoke_without_command=True,
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show or clear the folder where compiled kernels are kept between runs.

    The environment variable INITHEORY_CACHE moves it.
    """
    if ctx.invoked_subcommand is None:
        raise click.UsageError("missing command: info or clear")


@command.command("info")
def info() -> int:
    """Show the folder, the number of kernels in it and their size."""
    from numerics.cache import cache_info

    from ..output import emit

    found = cache_info()
    emit(f"folder   {found.path}\nkernels  {found.kernels}\nbytes    {found.bytes}")
    return 0


@command.command("clear")
def clear() -> int:
    """Delete the kernels; they are compiled again when needed."""
    from numerics.cache import clear_cache

    from ..output import emit

    before = clear_cache()
    emit(f"deleted {before.kernels} kernels ({before.bytes} bytes) from {before.path}")
    return 0
