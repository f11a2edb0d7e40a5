r"""Which laws of weights leave a covariance SDE, and what they change in it.

A layer has the noise Sigma/n whatever the law of its entries, as long as they are independent with
a finite fourth moment: pre-activations are sums of n terms, so their cumulants of order 4 are
O(1/n).  Normal rows with Cov(W_ij, W_ik) = (c/n) (delta_jk - kappa/n) give

    V' = (c/n) (sum_i phi phi^T - (kappa/n) (sum_i phi) (sum_i phi)^T),

n E[V' - V] -> b(V) - kappa (M M^T + V) with M_a = lim sqrt(n) E phi_s(sqrt(V_aa) Z); the second
sum is the square of a number of order sqrt(n), so its fluctuations are O(1/n) and leave the noise
alone.  Weights correlated out of a neuron ("column") multiply each layer by 1 - kappa/n only.
"""

from dataclasses import dataclass

import sympy as sp

from .errors import AssumptionError, InputError
from .layer_options import weight_correlation_option
from .matrix_laws.correlated import Correlated
from .matrix_laws.matrix_law import MatrixLaw
from .matrix_laws.reader import as_matrix_law

__all__ = ["ShapedWeights", "shaped_weights"]


@dataclass(frozen=True)
class ShapedWeights:
    """kappa and the axis along which the weights are correlated."""

    correlation: sp.Expr
    axis: str = "row"

    @property
    def mean_factor(self) -> sp.Expr:
        """What multiplies -E phi(u) E phi(v): kappa if weights into a neuron are correlated."""
        return self.correlation if self.axis == "row" else sp.S.Zero

    @property
    def option(self) -> str:
        """The correlation as it is written in a call, after a comma; empty for kappa = 0."""
        if self.correlation.is_zero:
            return ""
        if self.axis == "row":
            return f", weight_correlation={self.correlation}"
        return f", weights=Correlated({self.correlation}, axis={self.axis!r})"


def shaped_weights(weight_correlation=0, weights=None) -> ShapedWeights:
    """What a covariance SDE keeps of its weights, from either of the two arguments.

    Raises InputError for both at once and for a law with a scale of its own, AssumptionError for
    a law whose layers have another noise.

    >>> shaped_weights("1/2").mean_factor
    1/2
    >>> shaped_weights(weights=Correlated(-1, axis="column")).mean_factor
    0
    >>> shaped_weights(weights="uniform").correlation
    0
    """
    if isinstance(weights, ShapedWeights):
        return weights
    kappa = weight_correlation_option(weight_correlation)
    if weights is None:
        return ShapedWeights(kappa)
    if not kappa.is_zero:
        raise InputError("a covariance SDE takes weight_correlation= or weights=, not both")
    law = as_matrix_law(weights)
    if not isinstance(law, MatrixLaw):
        return _independent(law)
    law.effect.kappa("a covariance SDE")  # raises where pre-activations are not Gaussian
    if not isinstance(law, Correlated):
        raise AssumptionError(
            f"the noise of a covariance SDE is that of independent rows, which {law} does not "
            "have in the limit; leave out weights= for its drift b(V), or draw a Network with them"
        )
    if law.sigma_w2 is not None:
        raise InputError(
            f"the layers of a covariance SDE have sigma_w2 = 1/E phi_s(Z)^2, but {law} brings "
            f"sigma_w2 = {law.sigma_w2}; pass weight_correlation={law.correlation} alone"
        )
    return ShapedWeights(law.correlation, law.axis)


def _independent(law):
    if law.kurtosis is sp.oo:
        raise AssumptionError(
            f"the weights {law} have no fourth moment, so the largest of them disturb the "
            "covariance more than the noise of the SDE does; take a law with finite kurtosis"
        )
    return ShapedWeights(sp.S.Zero)
