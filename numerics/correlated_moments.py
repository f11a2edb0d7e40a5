r"""The moments of a layer whose weights are correlated within each row.

With Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N), what sigma_w2 multiplies in the variance is

    W = E phi^2 - kappa (E phi)^2 = (1 - kappa) (a^2 + 2 a m) + E psi^2 - kappa m^2

with psi = phi - a, a = phi(0) and m = E psi, phi at sqrt(q) Z: written so, nothing cancels as
q -> 0, not even for kappa = 1.  The moments of psi are computed once for all kappa.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.pieces import jumps
from theory.symbols import x

from .centred import centred, centred_pieces
from .moments import Moments

__all__ = ["CentredMoments", "CorrelatedMoments", "centred_moments"]

_EPS = np.finfo(float).eps
_KEPT = 64  #: arrays of variances whose moments are remembered, for a scan over kappa


@dataclass(frozen=True, eq=False)
class CentredMoments:
    """E psi^2, E phi'^2, q d/dq E psi^2, m = E psi and q dm/dq over arrays of variances."""

    moments: Moments
    value: float
    smooth: bool
    corners: tuple[tuple[float, float], ...] = ()
    _known: OrderedDict = field(default_factory=OrderedDict, repr=False)

    def __call__(self, q):
        """The five moments, an array of shape (5, *q.shape)."""
        q = np.asarray(q, dtype=float)
        key = q.shape, q.tobytes()
        if key not in self._known:
            self._known[key] = self._evaluate(q)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def _evaluate(self, q):
        found = self.moments.evaluate(q)
        value, error = found.value, found.error
        if not self.smooth:
            square, square_slope, mean, mean_slope = value
            return np.stack([square, np.full_like(square, np.inf), square_slope, mean, mean_slope])
        if len(value) == 6:
            with np.errstate(invalid="ignore"):
                curved, doubt = q * value[5], q * error[5]
                for place, weight in self.corners:
                    at = np.where(q > 0, q, 1.0)
                    density = np.sqrt(q / (2 * np.pi)) * np.exp(-(place**2) / (2 * at))
                    curved, doubt = curved + weight * density, doubt + _EPS * abs(weight) * density
                value[4] = np.where(doubt < error[4], curved, value[4])
        return value[:5]


@dataclass(frozen=True, eq=False)
class CorrelatedMoments:
    """W(q) = E phi^2 - kappa (E phi)^2, D(q) = E phi'^2 and qdW(q) = q W'(q)."""

    base: CentredMoments
    kappa: float

    def W(self, q):
        """E phi^2 - kappa (E phi)^2."""
        square, _, _, mean, _ = self.base(q)
        return self._constant(mean) + square

    def D(self, q):
        """E phi'^2, on which kappa has no influence."""
        return self.base(q)[1]

    def qdW(self, q):
        """q d/dq of W."""
        _, _, slope, mean, mean_slope = self.base(q)
        return slope + 2.0 * mean_slope * (
            (1.0 - self.kappa) * self.base.value - self.kappa * mean
        )

    def offset(self, q):
        """What E psi(X) psi(Y) lacks of E phi(X) phi(Y) - kappa (E phi)^2, free of c."""
        return self._constant(self.base(q)[3])

    def _constant(self, mean):
        a = self.base.value
        return (1.0 - self.kappa) * a * (a + 2.0 * mean) - self.kappa * mean**2


@lru_cache(maxsize=32)
def centred_moments(mean_field) -> CentredMoments:
    """The moments behind a MeanField without free parameters, compiled once per activation."""
    phi = mean_field.activation.expr
    smooth = mean_field.slope_moment is not sp.oo
    parts, value = centred_pieces(phi), centred(phi).value
    if not smooth or jumps(phi):
        splits = tuple((low, high, (psi**2, psi**2, psi, psi)) for low, high, psi, _ in parts)
        return CentredMoments(Moments((phi**2,) * 4, hermite=(1, 3), splits=splits), value, False)
    corners = jumps(phi, 1)
    curved = value != 0.0 and all(size.is_finite for _, size in corners)
    splits = []
    for low, high, psi, smooth_phi in parts:
        first, second = sp.diff(smooth_phi, x), sp.diff(smooth_phi, x, 2)
        exprs = (psi**2, first**2, x * psi * first, psi, x * first / 2, second / 2)
        splits.append((low, high, exprs[: 5 + curved]))
    names = (phi**2,) * (5 + curved)
    weights = tuple((float(place), float(size) / 2) for place, size in corners) if curved else ()
    return CentredMoments(Moments(names, splits=tuple(splits)), value, True, weights)
