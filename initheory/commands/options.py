"""The options that several commands share, and the types that read them."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

__all__ = [
    "FORMATS",
    "GRID",
    "NUMBER",
    "Grid",
    "format_option",
    "layer_options",
    "output_option",
    "param_option",
]

FORMATS = ("text", "latex", "html", "json", "md")

#: Which format a file name asks for when ``--format`` is not given.
FORMAT_OF_SUFFIX = {
    "tex": "latex",
    "html": "html",
    "htm": "html",
    "json": "json",
    "md": "md",
    "txt": "text",
}

#: More points than this in one direction is a slip of the keyboard.
MOST_POINTS = 100_000


class _Number(click.ParamType):
    """A finite number, optionally bounded below: "1.5", "5/3" and "1e-3" are accepted."""

    name = "number"

    def __init__(self, least: float = -math.inf, *, strict: bool = False):
        self.least = least
        self.strict = strict

    def convert(self, value, param, ctx):
        if not isinstance(value, str):
            return value
        number = _read_number(value)
        if number is None:
            self.fail(f"{value!r} is not a finite number", param, ctx)
        if number < self.least or (self.strict and number == self.least):
            bound = f"{'above' if self.strict else 'at least'} {self.least:g}"
            self.fail(f"{value!r} must be {bound}", param, ctx)
        return number


@dataclass(frozen=True)
class Grid:
    """``count`` equally spaced values from ``start`` to ``stop``, both included."""

    start: float
    stop: float
    count: int

    def values(self):
        """The values as an array.

        >>> Grid(0.0, 1.0, 3).values().tolist()
        [0.0, 0.5, 1.0]
        """
        import numpy as np

        return np.linspace(self.start, self.stop, self.count)


class _GridType(click.ParamType):
    """A grid start:stop:count, or a single number."""

    name = "start:stop:count"

    def __init__(self, least: float, *, strict: bool = False):
        self.least = least
        self.strict = strict

    def convert(self, value, param, ctx):
        if not isinstance(value, str):
            return value
        parts = value.split(":")
        if len(parts) not in (1, 3):
            self.fail(f"{value!r} is not start:stop:count, such as 0.5:3:500", param, ctx)
        start, stop = (_read_number(part) for part in (parts[0], parts[min(1, len(parts) - 1)]))
        if start is None or stop is None:
            self.fail(f"{value!r} has an end that is not a finite number", param, ctx)
        if start > stop:
            self.fail(f"{value!r} runs downwards; write the smaller end first", param, ctx)
        if start < self.least or (self.strict and start == self.least):
            bound = f"{'above' if self.strict else 'at least'} {self.least:g}"
            self.fail(f"{value!r} must stay {bound}", param, ctx)
        return Grid(start, stop, self._count(value, parts, param, ctx))

    def _count(self, value, parts, param, ctx) -> int:
        text = parts[2] if len(parts) == 3 else "1"
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_POINTS):
            self.fail(
                f"{value!r} needs a whole number of points from 1 to {MOST_POINTS}", param, ctx
            )
        return int(text)


def _read_number(text: str) -> float | None:
    """The finite float that ``text`` denotes, as a decimal or a fraction; None if it is not one.

    >>> _read_number("5/3") == 5 / 3, _read_number("nan"), _read_number("1/0")
    (True, None, None)
    """
    numerator, slash, denominator = text.partition("/")
    try:
        number = float(numerator) / (float(denominator) if slash else 1.0)
    except (ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


NUMBER = _Number()
POSITIVE = _Number(0.0, strict=True)
NONNEGATIVE = _Number(0.0)
GRID = {
    "sigma_w2": _GridType(0.0, strict=True),
    "sigma_b2": _GridType(0.0),
    "weight_correlation": _GridType(-math.inf),
}


def read_parameters(ctx, param, settings: tuple[str, ...]) -> dict[str, str]:
    """Turn ("beta=1.7", …) into {"beta": "1.7", …}; the values stay text, to be read exactly."""
    values = {}
    for setting in settings:
        name, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or not name.isidentifier() or not value:
            raise click.BadParameter(f"{setting!r} is not NAME=VALUE, such as beta=1.7")
        if name in values:
            raise click.BadParameter(f"{name!r} is given twice")
        values[name] = value
    return values


def check_output(ctx, param, output: str | None) -> str | None:
    """Refuse a file that cannot be written before the work; "-" is standard output, or None."""
    if output is None or output == "-":
        return None
    if not output:
        raise click.BadParameter("the name of the file is empty; leave -o out, or name a file")
    folder = os.path.dirname(os.path.realpath(output))
    if os.path.isdir(output):
        raise click.BadParameter(f"{output!r} is a folder; name a file in it")
    if not os.path.isdir(folder):
        raise click.BadParameter(f"cannot write {output!r}: there is no folder {folder!r}")
    if not os.access(folder, os.W_OK) and not os.path.exists(output):
        raise click.BadParameter(f"cannot write {output!r}: the folder is read-only")
    return output


param_option = click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_parameters,
    help="Give a parameter of the activation a value; repeat for several.",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(),
    callback=check_output,
    metavar="FILE",
    help="Write to FILE, complete or not at all, instead of standard output.",
)


def layer_options(command):
    """The options --weight-correlation and --skip, texts that are read exactly."""
    skip = click.option(
        "--skip", metavar="S", help="Skip connection: a layer adds S times itself."
    )
    correlation = click.option(
        "--weight-correlation",
        metavar="KAPPA",
        help="Correlation of the weights of a row, at most 1: rows sum to 0 at 1.",
    )
    return correlation(skip(command))


def format_option(*formats: str):
    """A ``--format`` option with these choices; the default follows the suffix of ``-o``."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        help="How to write the result (default: by the suffix of -o, else text).",
    )


def choose_format(form: str | None, output: str | None, formats: Sequence[str] = FORMATS) -> str:
    """The format asked for, or the one that the output's suffix names, or text without a suffix.

    A suffix that names none of the command's ``formats`` is refused.

    >>> [choose_format(None, "a.tex"), choose_format("md", "a.tex"), choose_format(None, None)]
    ['latex', 'md', 'text']
    """
    from ..output import suffix_of

    suffix = suffix_of(output)
    found = form or (FORMAT_OF_SUFFIX.get(suffix) if suffix else "text")
    if found is None or found not in formats:
        known = [f".{name}" for name, named in FORMAT_OF_SUFFIX.items() if named in formats]
        raise click.UsageError(
            f"cannot tell from {output!r} what to write; name a file that ends in "
            f"{', '.join(known)}, or give --format"
        )
    return found
