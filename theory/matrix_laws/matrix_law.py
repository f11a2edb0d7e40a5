r"""The law of a weight matrix W of shape (fan_out, fan_in), with the scale sigma_w2 set apart.

A law says how the entries depend on each other; sigma_w2 is given by the network, and normalised
so that the trace of a row's covariance tends to sigma_w2 as the fan-in grows.
"""

import sympy as sp

from .effect import WeightEffect
from .samplers import draw_matrix

__all__ = ["MatrixLaw"]


class MatrixLaw:
    """What all laws of matrices share; each is a frozen dataclass with its own parameters."""

    #: The scaled variance, where a converter has fixed it together with the law; else None.
    sigma_w2: sp.Expr | None = None

    @property
    def effect(self) -> WeightEffect:
        """What the law does to the maps of a wide network."""
        raise NotImplementedError

    @property
    def bounds(self) -> str:
        """For which parameters and sizes the law exists, in a sentence."""
        raise NotImplementedError

    @property
    def free_symbols(self) -> set:
        """The symbols among the parameters."""
        raise NotImplementedError

    def subs(self, *changes) -> "MatrixLaw":
        """The law with symbols replaced in its parameters."""
        raise NotImplementedError

    def row_covariance(self, fan_in, sigma_w2=None) -> sp.Matrix:
        """Cov(W_ij, W_ik) of one row, exact, as a fan_in x fan_in matrix."""
        raise NotImplementedError

    def sample(self, fan_out, fan_in=None, sigma_w2=None, seed=0):
        """A matrix of the law, shape (fan_out, fan_in), as an array of floats."""
        return draw_matrix(self, fan_out, fan_in, sigma_w2, seed)
