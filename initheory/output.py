"""Where results go: the terminal, a pipe, or a file that is either complete or not there."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theory.errors import InputError

__all__ = [
    "abandon_output",
    "emit",
    "is_terminal",
    "replacing",
    "suffix_of",
    "terminal_width",
    "wants_colour",
]

#: A line longer than this is hard to read, however wide the terminal is.
WIDEST = 120


def is_terminal() -> bool:
    """True if standard output is a terminal that knows control codes."""
    open_ = sys.stdout is not None
    return open_ and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def wants_colour() -> bool:
    """True if standard output may receive control codes (https://no-color.org)."""
    return is_terminal() and not os.environ.get("NO_COLOR")


def terminal_width() -> int | None:
    """The number of columns to wrap at, or None in a pipe, where lines keep their length."""
    if not is_terminal():
        return None
    return min(os.get_terminal_size(sys.stdout.fileno()).columns or 80, WIDEST)


def suffix_of(path: str | os.PathLike | None) -> str:
    """The lower-case suffix of a file name without its dot; "" for no file.

    >>> suffix_of("Phase.PNG"), suffix_of(None)
    ('png', '')
    """
    return Path(path).suffix.lower().removeprefix(".") if path is not None else ""


def emit(text: str, path: str | os.PathLike | None = None) -> None:
    """Write ``text`` and a final newline to ``path``, or to standard output without one."""
    if not text.endswith("\n"):
        text += "\n"
    if path is None:
        _print(text)
        return
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary file to write instead of ``path``; it takes that name if the block succeeds.

    The temporary file lies in the same folder and keeps the suffix, so that a writer which looks
    at the suffix works and the final rename is atomic.  A device or a pipe is written directly.

    Raises InputError, with the reason, if the file cannot be created there.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.is_dir():
            raise InputError(
                f"cannot write {os.fspath(path)!r}: it is a folder, name a file in it"
            )
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            yield target
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(mode)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise InputError(f"cannot write {os.fspath(path)!r}: {_reason(error)}") from None


def _print(text: str) -> None:
    if sys.stdout is None:  # closed by the caller, who wants no output
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        raise InputError(f"cannot write to standard output: {_reason(error)}") from None


def abandon_output() -> None:
    """Let standard output end in nothing, so that the interpreter's last flush stays silent."""
    if sys.stdout is None:
        return
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
