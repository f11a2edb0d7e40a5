"""The rows of the covariance SDE: every equation with definition, derived value and source."""

from .equation import Equation

__all__ = ["covariance_equations"]


def covariance_equations(sde) -> tuple[Equation, ...]:
    return ()
