"""Where a faster arithmetic may offer to integrate: a list, so that nothing heavy is loaded."""

from collections.abc import Callable

__all__ = ["INTEGRATORS", "register_integrator"]

#: Functions (node, tolerance) -> (value, integral of the absolute value) or None, tried in turn
#: before the quadrature in mpmath.
INTEGRATORS: list[Callable] = []


def register_integrator(integrator: Callable) -> None:
    """Let ``integrator(node, tolerance)`` compute expectations without free symbols.

    It returns (value, integral of the absolute value) as mpmath numbers of the current precision,
    correct to the relative ``tolerance``, or None for what it declines.
    """
    INTEGRATORS.append(integrator)
