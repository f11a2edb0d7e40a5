"""The neural tangent kernel: recursions by architecture and its law at large depth."""

from .depth_law import DepthLaw
from .matched import Correction, MatchedLaw, matched_law
from .ntk import NTK
from .recursion import Recursion

__all__ = ["NTK", "Correction", "DepthLaw", "MatchedLaw", "Recursion", "matched_law"]
