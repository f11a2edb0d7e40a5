"""Where a rigorous arithmetic may offer bounds: a list, so that nothing heavy is loaded."""

from collections.abc import Callable

__all__ = ["ENCLOSERS", "register_encloser"]

#: Functions (expression, digits, values) -> (lower, upper) or None, tried in turn.
ENCLOSERS: list[Callable] = []


def register_encloser(encloser: Callable) -> None:
    """Let ``encloser(expr, digits, values)`` bound expressions, given intervals for symbols.

    It returns mpmath numbers (lower, upper) with expr between them, for a complex expression a
    pair of such pairs (real part, imaginary part), or None for what it declines.
    """
    ENCLOSERS.append(encloser)
