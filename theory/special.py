"""The special functions that SymPy lacks, as SymPy functions, under one name each."""

from . import bivariate_normal, smooth_steps, truncated_waves
from .bivariate_normal import BinormalExp, OwenT, Phi2, PhiGiven
from .laws import law_printing
from .smooth_steps import Phi, sigmoid, softplus
from .truncated_waves import CosBelow, SinBelow

__all__ = [
    "NUMERIC",
    "BinormalExp",
    "CosBelow",
    "OwenT",
    "Phi",
    "Phi2",
    "PhiGiven",
    "SinBelow",
    "sigmoid",
    "softplus",
]

#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = (
    smooth_steps.NUMERIC
    | bivariate_normal.NUMERIC
    | truncated_waves.NUMERIC
    | law_printing.NUMERIC
)
