"""The special functions that SymPy lacks, as SymPy functions, under one name each."""

from . import bivariate_normal, smooth_steps
from .bivariate_normal import BinormalExp, OwenT, Phi2, PhiGiven
from .smooth_steps import Phi, sigmoid, softplus

__all__ = [
    "NUMERIC",
    "BinormalExp",
    "OwenT",
    "Phi",
    "Phi2",
    "PhiGiven",
    "sigmoid",
    "softplus",
]

#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = smooth_steps.NUMERIC | bivariate_normal.NUMERIC
