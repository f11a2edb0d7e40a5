"""The tangent kernel along the layers: what ``propagate`` returns for an ``NTK``."""

from dataclasses import dataclass

import numpy as np

from ..trajectory import Trajectory

__all__ = ["TangentTrajectory"]


@dataclass(frozen=True, eq=False, repr=False)
class TangentTrajectory(Trajectory):
    """A :class:`Trajectory` with ``ntk``, K of the two inputs, and ``ntk_diagonal``, K(x, x).

    Row l is the kernel after l maps, so that K^L of L layers is row L - 1.  ``ntk_over_q`` and
    ``diagonal_over_q`` are K/q, which stay in range where K and q do not.
    """

    ntk_over_q: np.ndarray | None = None
    diagonal_over_q: np.ndarray | None = None
    architecture: str = "dense"

    @property
    def ntk(self):
        """K(x, x')."""
        return None if self.ntk_over_q is None else _times(self.ntk_over_q, self.q)

    @property
    def ntk_diagonal(self):
        """K(x, x)."""
        return _times(self.diagonal_over_q, self.q)

    @property
    def ntk_ratio(self):
        """K(x, x') / K(x, x)."""
        return None if self.ntk_over_q is None else self.ntk_over_q / self.diagonal_over_q

    def _columns(self):
        known = super()._columns()
        if self.ntk_over_q is not None:
            known.append(("ntk", self.ntk))
        return [*known, ("ntk_diagonal", self.ntk_diagonal)]


def _times(k, q):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(k == 0.0, 0.0, k * q)
