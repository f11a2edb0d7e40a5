"""Dead units of wide networks by layer, and of networks of finite width."""

from .by_layer import dead_units

__all__ = ["dead_units"]
