r"""The lines of the plane of sigma_w2 and kappa at one sigma_b2: chi_1 = 1, and q -> infinity.

V(q) = q and chi_1 = 1 are linear in sigma_w2 and kappa, so the critical line has q as parameter,

    sigma_w2(q) = (1 - s^2)/D,    kappa(q) = (W_0 - D (q - sigma_b2/(1 - s^2)))/(E phi)^2,

W_0 = E phi^2, D = E phi'^2.  The boundary of bounded variances is exact for phi of degree 1
(:mod:`theory.scale_free.maps`).
"""

import numpy as np

from theory.mean_field import MeanField

from .numeric_activation import numeric_activation
from .table import moment_table

__all__ = ["bounded_boundary", "critical_line"]

_POINTS = 1500


def critical_line(formula, skip, sigma_b2):
    """(sigma_w2, kappa, whether it attracts) along the line; None if kappa does not move it.

    Beyond kappa = 1, and where |V'(q)| is no number, there are NaN.

    >>> weights, kappa, attracts = critical_line("relu(x)", "0", 0.1)
    >>> bool(np.allclose(weights, 2)), bool(attracts[np.isfinite(kappa)].all())
    (True, True)
    """
    plain, summing = (
        numeric_activation(MeanField(formula, weight_correlation=kappa)) for kappa in (0, 1)
    )
    layer = numeric_activation(MeanField(formula, skip=skip)).layer
    if layer.grows or plain.parity == "odd" or not plain.has_slope:
        return None
    if plain.exact.slope_moment == 0:
        return None
    tables = moment_table(plain), moment_table(summing)
    low, high = max(t.edges[0] for t in tables), min(t.edges[-1] for t in tables)
    q = np.exp(np.linspace(low, high, _POINTS))
    d, square = plain.D(q), plain.W(q) - summing.W(q)
    with np.errstate(all="ignore"):
        kappa = (plain.W(q) - d * (q - sigma_b2 / layer.branch)) / square
        kappa = np.where((square > 1e-7 * plain.W(q)) & (kappa <= 1.0), kappa, np.nan)
        slope = plain.S(q) - kappa * (plain.S(q) - summing.S(q))
        attracts = np.abs(layer.slope(slope / d)) < 1.0
    return layer.branch / d, kappa, attracts


def bounded_boundary(formula, skip, kappas):
    """The sigma_w2 at which q ceases to be bounded, for phi of degree 1; else None."""
    maps = MeanField(formula, weight_correlation="kappa", skip=skip).scale_free
    if maps is None:
        return None
    (symbol,) = maps.kappa.free_symbols
    return np.array([float(maps.boundary.subs(symbol, kappa)) for kappa in kappas])
