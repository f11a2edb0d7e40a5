r"""The law of a weight matrix W of shape (fan_out, fan_in), with the scale sigma_w2 set apart.

A law says how the entries depend on each other; sigma_w2 is given by the network, and normalised
so that the trace of a row's covariance tends to sigma_w2 as the fan-in grows.
"""

import sympy as sp

from .arguments import fan, positive_scale
from .effect import WeightEffect
from .samplers import check_matrix, draw_matrix

__all__ = ["MatrixLaw"]


class MatrixLaw:
    """What all laws of matrices share; each is a frozen dataclass with its own parameters."""

    #: The scaled variance, where a converter has fixed it together with the law; else None.
    sigma_w2: sp.Expr | None = None

    #: Along which axis entries depend on each other: among the weights into a neuron, or out.
    axis: str = "row"

    @property
    def effect(self) -> WeightEffect:
        """What the law does to the maps of a wide network."""
        raise NotImplementedError

    @property
    def statement(self) -> str:
        """The effect in a sentence."""
        return self.effect.statement

    @property
    def bounds(self) -> str:
        """For which parameters and sizes the law exists, in a sentence."""
        raise NotImplementedError

    @property
    def free_symbols(self) -> set:
        """The symbols among the parameters."""
        return set()

    def subs(self, *changes) -> "MatrixLaw":
        """The law with symbols replaced in its parameters."""
        return self

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """Cov(W_ij, W_ik) of one row, exact, as a fan_in x fan_in matrix.

        ``sigma_w2`` is that of the law, or 1, if left out; ``fan_out`` matters for correlated
        columns only, and is then ``fan_in`` if left out.
        """
        size, scale = int(fan(fan_in, "fan_in")), self.scale(sigma_w2)
        return scale / size * sp.eye(size)

    def column_covariance(self, fan_out, sigma_w2=None, fan_in=None) -> sp.Matrix:
        """Cov(W_ij, W_kj) of one column, exact, as a fan_out x fan_out matrix.

        ``fan_in``, which scales it, is ``fan_out`` if left out.
        """
        rows = int(fan(fan_out, "fan_out"))
        columns = rows if fan_in is None else int(fan(fan_in, "fan_in"))
        entry = self.row_covariance(columns, sigma_w2, rows).trace() / columns
        return sp.expand(entry) * sp.eye(rows)

    def axis_sums(self, fan_out, fan_in) -> tuple[sp.Expr, sp.Expr]:
        """E of the sum of squares, and of the square of the sum, of the weights along the axis.

        On the scale sigma_w2 = 1: the trace of their covariance and the sum of its entries.
        """
        covariance = self.row_covariance(fan_in, 1, fan_out)
        return covariance.trace(), sum(covariance, sp.S.Zero)

    def scale(self, sigma_w2=None) -> sp.Expr:
        """``sigma_w2`` exactly; that of the law, or 1, for None."""
        if sigma_w2 is None:
            return sp.S.One if self.sigma_w2 is None else self.sigma_w2
        return positive_scale(sigma_w2)

    def sample(self, fan_out, fan_in=None, sigma_w2=None, seed=0):
        """A matrix of the law, shape (fan_out, fan_in), as an array of floats.

        ``fan_in`` is ``fan_out`` if left out, ``sigma_w2`` that of the law or 1.
        """
        return draw_matrix(self, fan_out, fan_in, sigma_w2, seed)

    def check(self, fan_out=32, fan_in=None, samples=400, seed=0):
        """Whether drawn matrices have the mean and the covariance that the law declares.

        The mean, the trace and the uniform direction of the covariance along the axis, each with
        a standard error over ``samples`` independent matrices.
        """
        return check_matrix(self, fan_out, fan_in, samples, seed)

    def latex(self) -> str:
        """The law as LaTeX."""
        return rf"\text{{{self}}}"

    def _repr_latex_(self):
        return f"${self.latex()}$"
