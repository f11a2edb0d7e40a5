"""Where a faster arithmetic may offer to draw matrices: a list; nothing heavy is loaded."""

from collections.abc import Callable

from ..errors import InputError

__all__ = ["check_matrix", "draw_matrix", "register_matrix_sampler"]

_SAMPLERS: list[tuple[Callable, Callable | None]] = []


def register_matrix_sampler(sampler: Callable, checker: Callable | None = None) -> None:
    """Let ``sampler(law, fan_out, fan_in, sigma_w2, seed)`` draw matrices of a law, and
    ``checker(law, fan_out, fan_in, samples, seed)`` compare them with what the law declares."""
    _SAMPLERS.append((sampler, checker))


def draw_matrix(law, fan_out, fan_in, sigma_w2, seed):
    """A matrix of the law; InputError if nothing that draws has been loaded."""
    return _loaded(law, 0)(law, fan_out, fan_in, sigma_w2, seed)


def check_matrix(law, fan_out, fan_in, samples, seed):
    """Drawn matrices against the law; InputError if nothing that draws has been loaded."""
    return _loaded(law, 1)(law, fan_out, fan_in, samples, seed)


def _loaded(law, which):
    found = _SAMPLERS[-1][which] if _SAMPLERS else None
    if found is None:
        raise InputError(f"to draw from {law}, import initheory, which brings the generators")
    return found
