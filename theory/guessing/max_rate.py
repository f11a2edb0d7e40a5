r"""How fast two inputs become perfectly correlated behind a maximum, at the edge of chaos.

m = max phi(y_i) has a kink wherever two neurons tie, so 1 - C(1 - u) = u - s u^(3/2) + ... and
1 - c^l ~ (4/s^2) l^-2 even for smooth phi.  With d/drho E m m' = q K(t), rho = cos t, and
K(0) - K(t) = B t + ..., s = (2 sqrt 2/3) sigma_w2 B, where for monotone phi

    B = k (k-1)/(2 pi) E phi'(Y)^2 F(Y)^(k-2), Y ~ N(0, q/2),
      + k sqrt(q/(2 pi)) sum_j J_j^2 n_q(x_j) F(x_j)^(k-1)

F is the rank at variance q and J_j are the jumps of phi' at x_j: two neurons that tie have the
law of one at half the variance, and the jump of the gradient is phi' times sqrt 2.
"""

import sympy as sp

from ..correlation_rate import CorrelationRate
from ..equation import closed
from ..gaussian import E
from ..symbols import q, x
from ..weak_derivative import density
from .direction import direction, rank_of

__all__ = ["max_rate"]


def max_rate(layer) -> CorrelationRate:
    """The rate of a MaxLayer.

    >>> from .pooling import MaxLayer
    >>> MaxLayer("tanh", 2).correlation_rate.power
    2
    """
    slope = layer.slope_moment
    if slope.is_finite is False:
        return CorrelationRate(
            None, None, "no critical case: chi_1 is infinite, so C has infinite slope at 1"
        )
    if slope.is_zero:
        return CorrelationRate(None, None, "no critical case: the activation is constant")
    if not layer.edge_of_chaos.exists:
        return CorrelationRate(None, None, f"no critical case: {layer.edge_of_chaos.statement}")
    kinks = layer.activation.jumps(1)
    plain = direction(layer.activation) in (1, -1)
    if not plain or any(size.is_finite is False for _, size in kinks):
        return CorrelationRate(
            None,
            None,
            "1 - c^l falls like l^(-2), as neurons that tie make a kink; the coefficient is "
            "derived for monotone phi with bounded slope only",
        )
    loss = _loss(layer, kinks)
    s, derived = (
        2 * sp.sqrt(2) / 3 * b / d for b, d in ((loss, slope), map(closed, (loss, slope)))
    )
    text = "1 - c^l ~ kappa l^(-2): neurons that tie make a kink, however smooth phi is"
    return CorrelationRate(
        sp.Integer(2), 4 / derived**2, text, 4 / s**2, (derived, sp.Rational(3, 2))
    )


def _loss(layer, kinks):
    """B, unevaluated."""
    phi, k = layer.activation, layer.pool_size
    rank = rank_of(phi)
    at_half = rank.subs(x, x / sp.sqrt(2))
    tie = phi.derivative_expr(1).subs(x, sp.sqrt(q / 2) * x) ** 2 * at_half ** (k - 2)
    if phi.homogeneity == 1:
        tie = phi.derivative_expr(1) ** 2 * at_half ** (k - 2)
    total = sp.Rational(k * (k - 1), 2) / sp.pi * E(tie, 1)
    for place, size in kinks:
        below = rank.subs(x, place / sp.sqrt(q)) ** (k - 1)
        total += k * sp.sqrt(q / (2 * sp.pi)) * size**2 * density(place, sp.S.Zero, q) * below
    return total
