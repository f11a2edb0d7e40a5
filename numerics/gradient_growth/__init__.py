"""How squared norms and gradients grow in random networks of finite width."""

from .growth import gradient_growth

__all__ = ["gradient_growth"]
