"""Claims of a user, in a Python file of their own.

The file is an ordinary module: every :class:`Claim` at its top level, made by ``@it.claim(...)``,
is a claim of the file, in the order of definition.  Whatever goes wrong while it is read becomes
one sentence with the line; whatever the file prints goes to standard error.
"""

import importlib.util
import os
import sys
import traceback
from contextlib import redirect_stdout
from functools import lru_cache

from theory.errors import ClaimError

from .checks import FAILURES
from .statement import Claim

__all__ = ["load_claims"]


def load_claims(path: str | os.PathLike) -> tuple[Claim, ...]:
    """The claims that a Python file defines.

    Running the file runs its code: only load files that you trust.  ClaimError if it cannot be
    read, fails while it runs, defines no claim, or uses an id twice.
    """
    path = os.path.abspath(os.fspath(path))
    try:
        stamp = os.stat(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ClaimError(f"cannot read the claims of {path!r}: {reason}") from None
    if not os.path.isfile(path):
        raise ClaimError(f"cannot read the claims of {path!r}: it is not a file")
    return _load(path, (stamp.st_mtime_ns, stamp.st_size))


@lru_cache(maxsize=32)
def _load(path, stamp):
    module = _run(path)
    found = [value for value in vars(module).values() if isinstance(value, Claim)]
    found = list(dict.fromkeys(found))
    if not found:
        raise ClaimError(
            f"{path!r} defines no claim; put @it.claim(id=..., statement=...) on a function"
        )
    ids = [claim.id for claim in found]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ClaimError(f"{path!r} uses the id {twice[0]!r} twice; rename one of the claims")
    return tuple(found)


def _run(path):
    """The module of a file, under a name that no other module has."""
    name = f"_claims_{abs(hash(path)):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        spec = importlib.util.spec_from_loader(
            name, importlib.machinery.SourceFileLoader(name, path)
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name]
        line = error.lineno or 1
        raise ClaimError(f"cannot read {path!r}, line {line}: {error.msg}") from None
    except SystemExit:
        del sys.modules[name]
        raise ClaimError(f"cannot read {path!r}: it ends the program while being read") from None
    except FAILURES as error:
        del sys.modules[name]
        line = _line(error, path)
        text = " ".join(str(error).split()) or "no message"
        raise ClaimError(
            f"cannot read {path!r}, line {line}: {type(error).__name__}: {text}"
        ) from None
    return module


def _line(error, path):
    """The last line of the file itself in the traceback of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == path), 1)
