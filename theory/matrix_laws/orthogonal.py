r"""Scaled orthogonal matrices, uniform with respect to Haar's measure."""

from dataclasses import dataclass

import sympy as sp

from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["Orthogonal"]


@dataclass(frozen=True)
class Orthogonal(MatrixLaw):
    r"""W = sqrt(sigma_w2 max(1, M/N)) Q for M = fan_out, N = fan_in, Q semi-orthogonal.

    Q has orthonormal rows if M <= N and orthonormal columns if M >= N, and its law does not
    change under rotations; every entry of W has the variance sigma_w2/N.  The rows are
    uncorrelated, though not independent (Saxe, McClelland & Ganguli 2014, arXiv:1312.6120).

    >>> Orthogonal().row_covariance(2, sigma_w2=3)
    Matrix([
    [3/2,   0],
    [  0, 3/2]])
    >>> Orthogonal().effect.weight_correlation
    0
    """

    def __repr__(self):
        return "Orthogonal()"

    @property
    def effect(self) -> WeightEffect:
        """The plain maps: any few rows of a wide Haar matrix tend to independent normal ones."""
        return WeightEffect(
            sp.S.Zero,
            "the variance and correlation maps and chi_1 are those of independent normal weights "
            "in the limit of infinite width",
            backward="squared gradients keep the factor chi_1 on the average, with the singular "
            "values of the weights all equal: the spectrum of the Jacobian is another one",
        )

    @property
    def bounds(self) -> str:
        """Every shape."""
        return "fan_in >= 1 and fan_out >= 1; an isometry up to scale unless fan_out < fan_in"

    def axis_sums(self, fan_out, fan_in) -> tuple[sp.Expr, sp.Expr]:
        """1 and 1: the weights of a row are uncorrelated."""
        return sp.S.One, sp.S.One

    def latex(self) -> str:
        """The equation that defines it."""
        return r"W^\top W = {\sigma_w^2} I"
