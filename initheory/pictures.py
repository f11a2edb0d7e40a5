"""Whether pictures can be drawn."""

from importlib.util import find_spec

from theory.errors import InputError

__all__ = ["require_matplotlib"]


def require_matplotlib() -> None:
    """InputError with the remedy if matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise InputError(
            'a picture needs matplotlib; run pip install "initheory[plot]" or write .npz or .csv'
        )
