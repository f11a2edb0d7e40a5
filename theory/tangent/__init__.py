"""The neural tangent kernel: recursions by architecture and its law at large depth."""

from .ntk import NTK
from .recursion import Recursion

__all__ = ["NTK", "Recursion"]
