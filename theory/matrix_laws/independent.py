"""Matrices of independent weights of one law, as laws of matrices."""

import sympy as sp

from ..errors import AssumptionError
from .arguments import fan, positive_scale
from .effect import WeightEffect

__all__ = ["independent_covariance", "independent_effect"]


def independent_effect(law) -> WeightEffect:
    """kappa = 0 by the central limit theorem; an obstacle if E W^2 is infinite."""
    statement = "independent weights: the plain maps, whatever the law of variance sigma_w2/N"
    if law.variance is not sp.oo:
        return WeightEffect(sp.S.Zero, statement)
    return WeightEffect(
        sp.S.Zero,
        "no maps of variances",
        f"{law} has infinite variance, so the pre-activations of wide layers are not Gaussian and "
        "no map of variances describes them; choose weights of finite variance",
        backward="squared gradients have no finite mean",
    )


def independent_covariance(law, fan_in, sigma_w2=None) -> sp.Matrix:
    """sigma_w2/N I; AssumptionError if no sigma_w2 is given and E W^2 is infinite."""
    size = int(fan(fan_in, "fan_in"))
    scale = law.variance if sigma_w2 is None else positive_scale(sigma_w2)
    if law.variance is sp.oo:
        raise AssumptionError(f"{law} has infinite variance, so its rows have no covariance")
    return scale / size * sp.eye(size)
