"""The command line: ``initheory derive "x*erf(x)"`` and its companions.

Exit status: 0 done and ok, 1 something refuted, 2 bad input with one line on standard error,
130 interrupted.  Each command lives in its own file and is imported when it is called.
"""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

import click

from theory.errors import InitheoryError

from ._version import __version__
from .output import abandon_output

COMMANDS = (
    "derive", "verify", "claims", "init", "compare", "table", "phase", "simulate", "teacher",
    "cache",
)  # fmt: skip

DONE, REFUTED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

#: An error message is one line; the tail of a longer one is of no use to a reader.
LONGEST_MESSAGE = 600


class _Commands(click.Group):
    """The commands by name; ``initheory.commands.<name>`` is imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return import_module(f".commands.{name}", __package__).command

    def resolve_command(self, ctx, args):
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"no command {name!r}; {_nearest(name)}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Commands, invoke_without_command=True, context_settings={"max_content_width": 98}
)
@click.version_option(__version__, prog_name="initheory")
@click.pass_context
def cli(ctx: click.Context) -> int:
    """Initialization theory of deep networks, for any activation.

    An ACTIVATION is a formula in x such as "x*erf(x)" or a name such as gelu. A formula that
    starts with a minus sign follows two dashes: initheory derive -- "-x".
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    return DONE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; nothing but a defect leaves a traceback.

    >>> main(["--version"])
    initheory, version 0.1.0
    0
    """
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        status = _run(arguments)
    if status == INTERRUPTED:
        _forget_interrupts()
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        with cli.make_context("initheory", words) as context:
            status = cli.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.NoSuchOption as error:
        return _refuse(error.format_message().rstrip(".") + _formula_hint(error.option_name))
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left: silence is what it expects, also at interpreter exit.
        abandon_output()
        return DONE
    except InitheoryError as error:
        return _refuse(str(error))


def _forget_interrupts() -> None:
    """Let the exit status be ours after an interrupt that was dealt with.

    CPython remembers an interrupt that left an ``exec`` of text (importing a dataclass runs one),
    even if it was caught further up, and then ends ``python -m`` by a signal instead of the
    status; the next ``exec`` of text that ends well clears that memory.
    """
    exec("")


def _refuse(message: str) -> int:
    _say(f"error: {message}")
    return BAD_INPUT


def _show_warning(message, *_about, **_more) -> None:
    _say(f"warning: {message}")


def _say(message: str) -> None:
    line = " ".join(message.split())
    if len(line) > LONGEST_MESSAGE:
        line = line[:LONGEST_MESSAGE] + " ..."
    click.echo(f"initheory: {line}", err=True)


def _formula_hint(option: str) -> str:
    if option.startswith("--"):
        return ""
    return "; a formula that starts with a minus sign follows two dashes: -- -x"


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the commands are {', '.join(COMMANDS)}"


if __name__ == "__main__":
    sys.exit(main())
