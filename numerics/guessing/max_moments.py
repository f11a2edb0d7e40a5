r"""E m^2, E sum_i (d_i m)^2 and q d/dq E m^2 of m = max_i phi(Y_i) over k neurons of variance q.

Only the neuron that wins contributes, with density k F^(k-1) of its rank F (see
:mod:`theory.guessing.ranked`): E m^2 = E phi(Y)^2 k F(Y)^(k-1), and so with phi'^2 for the slopes
and with Y phi phi' for q d/dq E m^2 = E sum_i Y_i m d_i m, if phi is continuous.  If it jumps,

    q d/dq E m^2 = E m^2 sum_i (Z_i^2 - 1)/2,

in which the losers enter by E (Z^2 - 1) 1{Z < e} = -e n(e).
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from theory.errors import PrecisionError

from ..gaussian_panels import Feature, gaussian_nodes, graded_places
from .level_sets import level_sets

__all__ = ["MaxMoments"]

_TOLERANCE = 1e-13
#: Standard deviations kept: phi may grow like exp(x).
_REACH = 12.0


@dataclass(frozen=True, eq=False)
class MaxMoments:
    """The moments of the maximum of ``size`` neurons, of a plain NumericActivation."""

    plain: object
    size: int
    _known: dict = field(default_factory=dict, repr=False)
    _sets: dict = field(default_factory=dict, repr=False)

    def W(self, q):
        """E m^2."""
        return self._all(q)[0]

    def D(self, q):
        """E sum_i (d_i m)^2; meaningless if phi jumps."""
        return self._all(q)[1]

    def qdW(self, q):
        """q d/dq E m^2."""
        return self._all(q)[2]

    def mean(self, q):
        """E m."""
        return self._all(q)[3]

    def variance(self, q):
        """Var m, with nothing lost where phi is close to phi(0)."""
        return self._all(q)[4]

    def offset(self, q):
        """Nothing is subtracted from the products of maxima."""
        return np.zeros(np.shape(q))

    def _all(self, q):
        q = np.asarray(q, dtype=float)
        found = np.empty((5, q.size))
        for i, value in enumerate(q.ravel()):
            key = float(value)
            if key not in self._known:
                if len(self._known) > 4096:
                    self._known.clear()
                self._known[key] = self._settled(key)
            found[:, i] = self._known[key]
        return found.reshape(5, *q.shape)

    def _settled(self, q):
        coarse, size = self._sums(q, 0)
        for level in (1, 2, 3):
            fine, size = self._sums(q, level)
            if (np.abs(fine - coarse) <= _TOLERANCE * size).all():
                return fine
            coarse = fine
        gap = float((np.abs(fine - coarse) / size).max())
        if not np.isfinite(fine).all() or gap > 1e-9:
            raise PrecisionError(
                f"the maximum of {self.size} neurons of {self.plain.name} at variance {q:g}: two "
                f"grids differ by {gap:.1e} relative; use a smaller variance or a smoother phi"
            )
        return fine

    def sets(self, q):
        """The level sets of phi as far as variance q reaches."""
        octave = int(np.ceil(2 * np.log2(_REACH * np.sqrt(q))))
        if octave not in self._sets:
            steps = [(jump.place, jump.sizes[0]) for jump in self.plain.jumps]
            self._sets[octave] = level_sets(*self.plain.jet[:2], 2.0 ** (octave / 2), steps)
        return self._sets[octave]

    def _sums(self, q, level):
        scale, sets, k = np.sqrt(q), self.sets(q), self.size
        features = (Feature(0.0), *self.plain.features, *sets.features)
        edges = np.concatenate([graded_places(f, level) for f in features]) / scale
        z, weight, _ = gaussian_nodes(edges[None, :], scale, _REACH, level)
        y = scale * z
        ends = sets.ends(y) / scale
        rank = np.clip(sets.constant + sets.signs @ ndtr(ends), 0.0, 1.0)
        wins = weight * k * rank ** (k - 1)
        phi, slope = (f(y) for f in self.plain.jet[:2])
        if any(jump.sizes[0] for jump in self.plain.jumps):
            density = np.exp(-(ends**2) / 2) / np.sqrt(2 * np.pi)
            losers = -(sets.signs @ (ends * density))
            moving = phi**2 * (
                wins * (z**2 - 1) / 2 + weight * k * (k - 1) * rank ** (k - 2) * losers / 2
            )
        else:
            moving = wins * y * phi * slope
        shifted = phi - self.plain.jet[0](np.zeros(1))[0]
        shifted = shifted - (wins @ shifted)
        terms = np.stack([wins * phi**2, wins * slope**2, moving, wins * phi, wins * shifted**2])
        return terms.sum(axis=1), np.maximum(np.abs(terms).sum(axis=1), 1e-290)
