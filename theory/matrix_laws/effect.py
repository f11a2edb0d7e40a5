r"""What a law of weight matrices does to the maps of a wide network.

Forward, with phi of the layer below and u, v the pre-activations of two inputs there,

    V = sigma_b2 + sigma_w2 (E phi^2 - kappa (E phi)^2),
    next covariance = sigma_b2 + sigma_w2 (E phi(u) phi(v) - kappa E phi(u) E phi(v)),
    chi_1 = sigma_w2 E phi'^2    (no kappa: the term above is free of the correlation).

Backward, g = W^T delta for gradients delta of the units above: rows (I - (kappa/N) 1 1^T) give
Cov(g_j, g_k) = (sigma_w2/N) |delta|^2 (delta_jk - kappa/N), so each gradient keeps chi_1 and only
the sum over the units has the factor 1 - kappa before phi'.  Correlated columns are the mirror
image: E g_j^2 = (sigma_w2/N) (|delta|^2 - (kappa/M) (sum of delta)^2) for M units above.
"""

from dataclasses import dataclass

import sympy as sp

from ..errors import AssumptionError
from ..symbols import sigma_b2, sigma_w2

__all__ = ["WeightEffect"]

_MEAN, _SECOND = sp.Symbol("E phi", real=True), sp.Symbol("E phi^2", positive=True)
_MEAN_U, _MEAN_V = (sp.Symbol(f"E phi({s})", real=True) for s in "uv")
_PRODUCT = sp.Symbol("E phi(u) phi(v)", real=True)
_SLOPE, _SLOPE2 = sp.Symbol("E phi'", real=True), sp.Symbol("E phi'^2", positive=True)
_DELTA, _DELTA2 = sp.Symbol("mean delta", real=True), sp.Symbol("mean delta^2", positive=True)


@dataclass(frozen=True)
class WeightEffect:
    """The maps of layers whose weights have a law, in moments of phi as symbols.

    ``weight_correlation`` is kappa of the forward maps, ``statement`` says so in a sentence and
    ``backward`` what happens to gradients; ``backward_correlation`` is kappa of correlated
    columns.  A law that leaves pre-activations non-Gaussian at every width has no such maps, and
    ``obstacle`` is the sentence that says why (else None).

    >>> from theory.matrix_laws.correlated import Correlated
    >>> Correlated(1).effect.variance_map
    sigma_b2 + sigma_w2*(-E phi**2 + E phi^2)
    >>> Correlated(1).effect.chi_1
    E phi'^2*sigma_w2
    """

    weight_correlation: sp.Expr
    statement: str
    obstacle: str | None = None
    backward_correlation: sp.Expr = sp.S.Zero
    backward: str = "gradients are those of independent weights"

    def kappa(self, verb: str) -> sp.Expr:
        """``weight_correlation``, or an AssumptionError from ``verb`` with the obstacle."""
        if self.obstacle is not None:
            raise AssumptionError(f"{verb}: {self.obstacle}")
        return self.weight_correlation

    @property
    def variance_map(self) -> sp.Expr:
        """V, in E phi and E phi^2."""
        return sigma_b2 + sigma_w2 * (_SECOND - self.kappa("variance_map") * _MEAN**2)

    @property
    def covariance_map(self) -> sp.Expr:
        """The next covariance, in E phi(u), E phi(v) and E phi(u) phi(v)."""
        kappa = self.kappa("covariance_map")
        return sigma_b2 + sigma_w2 * (_PRODUCT - kappa * _MEAN_U * _MEAN_V)

    @property
    def chi_1(self) -> sp.Expr:
        """The slope of the correlation map at 1 and the factor of squared gradients per layer."""
        self.kappa("chi_1")
        return sigma_w2 * _SLOPE2

    @property
    def gradient_map(self) -> sp.Expr:
        """The mean square of a gradient one layer below, in the moments of delta over the units.

        The mean of delta is 0 in a wide network whose readout is independent of it.
        """
        return self.chi_1 * self._above

    @property
    def summed_gradient_map(self) -> sp.Expr:
        """The variance of the sum of gradients one layer below, over the number of units."""
        kept = _SLOPE2 - self.kappa("summed_gradient_map") * _SLOPE**2
        return sigma_w2 * kept * self._above

    @property
    def uniform_factor(self) -> sp.Expr:
        """1 - kappa: what the sum of gradients (rows), or a gradient shared by all units
        (columns), is multiplied by, in the mean square, against independent weights."""
        self.kappa("uniform_factor")
        return (1 - self.weight_correlation) * (1 - self.backward_correlation)

    @property
    def _above(self):
        return _DELTA2 - self.backward_correlation * _DELTA**2
