"""A guard against other packages that are called theory, numerics or proofs_check.

These import names are generic: a folder in the working directory or another distribution can take
the place of ours, and the failure would surface far from its cause.  Ours always lie beside
``initheory``, in a checkout as in an installed wheel, so a look at the folders tells.
"""

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

#: The folder that holds initheory and its siblings.
ROOT = Path(__file__).resolve().parent.parent

SIBLINGS = ("theory", "numerics", "proofs_check")


def check_layout(root: Path = ROOT) -> None:
    """Raise ImportError, naming the file, if a sibling package would come from outside ``root``.

    Nothing is imported: the import system is only asked where each package would come from.

    >>> check_layout()
    """
    for name in SIBLINGS:
        spec = find_spec(name)
        if spec is None:
            raise ImportError(
                f"initheory needs its package {name!r} in {root}, and it is not there; "
                "install the distribution initheory again"
            )
        place = _place(spec)
        if place.parent.parent != root:
            raise ImportError(
                f"initheory needs its own package {name!r} in {root}, but {place} comes first on "
                "the import path; rename that one, or start Python in another folder"
            )


def _place(spec: ModuleSpec) -> Path:
    """The file that ``spec`` would run, or a nameless entry of a folder without __init__.py."""
    if spec.origin and spec.has_location:
        return Path(spec.origin).resolve()
    folders = list(spec.submodule_search_locations or ["unknown place"])
    return Path(folders[0]).resolve() / "__init__.py"
