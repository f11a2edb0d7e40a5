"""Dead units: how likely a ReLU-like unit, a layer and a network are off on all inputs."""

from .units import DeadUnits

__all__ = ["DeadUnits"]
