r"""The moments of a positively homogeneous activation, which are powers of q.

phi(t x) = t^k phi(x) for t > 0 gives E phi(sqrt(q) Z)^2 = q^k E phi(Z)^2 and, with phi' of degree
k - 1, E phi'^2 = q^(k-1) E phi'(Z)^2.  Constants are all there is: nothing is compiled.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.equation import closed
from theory.mean_field import MeanField
from theory.symbols import q as variance

__all__ = ["HomogeneousMoments", "homogeneous_moments"]


@dataclass(frozen=True)
class HomogeneousMoments:
    """W(q) = E phi^2 - kappa (E phi)^2, D(q) = E phi'^2 and qdW(q) = q W'(q) as powers of q.

    ``lost`` is kappa (E phi)^2 at q = 1, already taken off ``second``.
    """

    degree: float
    second: float
    slope: float
    lost: float = 0.0

    def W(self, q):
        """q^k times its value at q = 1."""
        return self.second * np.asarray(q, dtype=float) ** self.degree

    def D(self, q):
        """E phi'^2 = q^(k-1) E phi'(Z)^2; infinite if phi jumps."""
        with np.errstate(divide="ignore"):
            return self.slope * np.asarray(q, dtype=float) ** (self.degree - 1.0)

    def qdW(self, q):
        """q W' = k W."""
        return self.degree * self.W(q)

    def offset(self, q):
        """-kappa (E phi)^2, what E phi(X) phi(Y) lacks."""
        return -self.lost * np.asarray(q, dtype=float) ** self.degree


def homogeneous_moments(mean_field) -> HomogeneousMoments:
    """The moments behind a MeanField whose activation is homogeneous and has no free parameters.

    >>> from theory.mean_field import MeanField
    >>> homogeneous_moments(MeanField("relu"))
    HomogeneousMoments(degree=1.0, second=0.5, slope=0.5, lost=0.0)
    """
    second, slope, mean = _at_one(mean_field.activation)
    lost = mean_field.weight_correlation * mean**2
    parts = mean_field.activation.homogeneity, second - lost, slope, lost
    return HomogeneousMoments(*(float(sp.N(value, 20)) for value in parts))


@lru_cache(maxsize=64)
def _at_one(activation):
    """E phi^2, E phi'^2 and E phi at q = 1: a plane over kappa asks for them in every row."""
    mean_field = MeanField(activation)
    moments = mean_field.second_moment, mean_field.slope_moment, mean_field.mean
    return tuple(
        sp.oo if moment is sp.oo else closed(moment).subs(variance, 1) for moment in moments
    )
