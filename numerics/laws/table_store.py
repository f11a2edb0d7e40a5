"""Tables of laws on disk, beside the compiled kernels, named after their content.

The key covers the law, the table asked for and the texts of the packages that compute it, so that
a file never changes meaning.  A file appears whole or not at all; without a usable folder nothing
is kept.
"""

import hashlib
import os
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from ..cache import usable_folder

__all__ = ["read", "write"]


def read(*question) -> np.ndarray | None:
    """The array kept for ``question`` (things with a text of their own), or None."""
    file = _file(question)
    if file is None:
        return None
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or damaged
        return None
    return found if found.dtype == np.float64 and found.ndim == 1 else None


def write(array: np.ndarray, *question) -> None:
    """Keep ``array`` for ``question``; failing to do so is no error."""
    file = _file(question)
    if file is None:
        return
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix="new_", suffix=".tmp")
        with os.fdopen(descriptor, "wb") as stream:
            np.save(stream, array, allow_pickle=False)
        os.replace(temporary, file)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _file(question):
    folder = usable_folder()
    if folder is None:
        return None
    key = hashlib.sha256("\n".join([_texts(), *map(repr, question)]).encode()).hexdigest()[:16]
    return folder / f"kernel_{key}.npy"


@cache
def _texts():
    """A digest of the sources that a table depends on."""
    digest = hashlib.sha256()
    for package in ("theory.laws", "numerics.laws", "numerics.compiled"):
        for file in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()
