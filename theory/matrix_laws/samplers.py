"""Where a faster arithmetic may offer to draw matrices: a list; nothing heavy is loaded."""

from collections.abc import Callable

from ..errors import InputError

__all__ = ["draw_matrix", "register_matrix_sampler"]

_SAMPLERS: list[Callable] = []


def register_matrix_sampler(sampler: Callable) -> None:
    """Let ``sampler(law, fan_out, fan_in, sigma_w2, seed)`` draw matrices of a law."""
    _SAMPLERS.append(sampler)


def draw_matrix(law, fan_out, fan_in, sigma_w2, seed):
    """A matrix of the law; InputError if nothing that draws has been loaded."""
    if not _SAMPLERS:
        raise InputError(f"to draw from {law}, import initheory, which brings the generators")
    return _SAMPLERS[-1](law, fan_out, fan_in, sigma_w2, seed)
