r"""Residual networks with branches of size 1/sqrt(depth): a deterministic flow of the covariance.

For z' = z + (gamma/sqrt(d)) sqrt(c/n) W phi(z) with n -> oo before d -> oo the covariance obeys

    dV_12/dt = gamma^2 c E phi(u) phi(v),      t = layer/d,  (u, v) ~ N(0, V)

and for a positively homogeneous phi its correlation is that of a shaped network whose slopes
differ by sqrt(2) gamma/sqrt(d) (Li & Nica 2023, arXiv:2310.12079).  With the correlation kappa of
the weights into one neuron E phi(u) phi(v) - kappa E phi(u) E phi(v) takes the place of the mean.
"""

import sympy as sp

from .activation import Activation
from .equation import closed
from .gaussian import E2, E
from .shaped_kernel import ShapedDrift
from .symbols import covariance_entry, rho

__all__ = ["residual_drift"]


def residual_drift(
    phi: Activation,
    gamma: sp.Expr,
    normalised: bool = True,
    correlation: sp.Expr = sp.S.Zero,
) -> ShapedDrift:
    """The flow of a residual network, in the form of the drift of a shaped one.

    >>> from theory.activation import Activation
    >>> residual_drift(Activation("relu"), sp.S(1)).norm
    V11
    """
    first, second = covariance_entry(1, 1), covariance_entry(2, 2)
    scale = gamma**2 / (closed(E(phi.expr**2, 1)) if normalised else 1)
    kernel = E2(phi.expr, phi.expr, first, second, rho)
    norm = closed(E(phi.expr**2, first))
    if not correlation.is_zero:
        mean = E(phi.expr, first)
        kernel -= correlation * mean * E(phi.expr, second)
        norm -= correlation * closed(mean) ** 2
    return ShapedDrift(
        2, sp.expand(scale * closed(kernel)), sp.expand(scale * norm), scale * kernel
    )
