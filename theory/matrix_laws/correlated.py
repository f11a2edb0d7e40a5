r"""Correlated rows: Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N), rows independent.

The covariance of a row has the eigenvalue sigma_w2 (1 - kappa)/N along (1, ..., 1) and sigma_w2/N
across it, so it exists for kappa <= 1 and every N; at kappa = 1 each row sums to 0 (Singh &
Sreejith 2021, arXiv:2103.12499).  W = sqrt(sigma_w2/N) G (I - (a/N) 1 1^T) with independent G and
a = 1 - sqrt(1 - kappa) has it exactly.
"""

from dataclasses import dataclass

import sympy as sp

from ..layer_options import weight_correlation_option
from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["Correlated"]


@dataclass(frozen=True, init=False)
class Correlated(MatrixLaw):
    """Normal weights with the correlation ``kappa`` along ``axis``.

    >>> Correlated("1/2").effect.weight_correlation
    1/2
    """

    correlation: sp.Expr
    axis: str
    sigma_w2: sp.Expr | None

    def __init__(self, correlation=0, axis="row", sigma_w2=None):
        object.__setattr__(self, "correlation", weight_correlation_option(correlation))
        object.__setattr__(self, "axis", axis)
        object.__setattr__(self, "sigma_w2", sigma_w2)

    @property
    def effect(self) -> WeightEffect:
        kappa = self.correlation if self.axis == "row" else sp.S.Zero
        return WeightEffect(kappa, f"sigma_w2 multiplies E phi phi' - {kappa} E phi E phi'")

    @property
    def free_symbols(self) -> set:
        return self.correlation.free_symbols
