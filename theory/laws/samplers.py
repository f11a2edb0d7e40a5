"""Where a faster arithmetic may offer to draw: a list, so that nothing heavy is loaded."""

from collections.abc import Callable

from ..errors import InputError

__all__ = ["draw", "register_sampler"]

_SAMPLERS: list[Callable] = []


def register_sampler(sampler: Callable) -> None:
    """Let ``sampler(law, size, random_state)`` draw independent values of a law."""
    _SAMPLERS.append(sampler)


def draw(law, size, random_state):
    """An array of independent values; InputError if nothing that draws has been loaded."""
    if not _SAMPLERS:
        raise InputError(f"to draw from {law}, import initheory, which brings the generators")
    return _SAMPLERS[-1](law, size, random_state)
