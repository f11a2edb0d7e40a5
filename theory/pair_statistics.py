"""Where statistics of finite networks of a Gaussian pair are computed: a list, as for samplers."""

from collections.abc import Callable

from .errors import InputError

__all__ = ["excess_kurtosis", "register_kurtosis"]

_METHODS: list[Callable] = []


def register_kurtosis(method: Callable) -> None:
    """Let ``method(pair, architecture)`` compute excess kurtoses."""
    _METHODS.append(method)


def excess_kurtosis(pair, architecture):
    """The excess kurtosis of an output; InputError if nothing that computes it is loaded."""
    if not _METHODS:
        raise InputError("for numbers of finite networks, import initheory, which brings them")
    return _METHODS[-1](pair, architecture)
