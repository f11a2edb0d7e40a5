r"""Distribution functions of G_1 and max_k G_k for K >= 3 classes, tabulated in w = Phi^{-1}(g).

Given its rivals, G_1 increases with the place of class 1.  With m*(g) the place at which it is g,

    P(G_1 <= g) = E Phi(v),   v = (m*(g)/sqrt(gamma) + top)/sqrt(K/(K - 1)),
    P(max <= g) = E (Phi(v) - Phi(b))_+ / Phi(-b),   b = top/sqrt(K/(K - 1)),

over the rivals of a class and over those of the winner.  Both are smooth in w and monotone for
each set of points.  What is interpolated is a score that is nearly linear in w: the normal
quantile of the first, the quantile of the chi law with K - 1 degrees of freedom of the second.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .rival_kernel import lattice_step, share_curves, shares_at
from .rival_points import REPLICATES, replicate_size, rivals
from .rival_rule import rival_rule

__all__ = ["ShareTable", "share_table"]

_END = 37.5  #: |w| of the least positive floats
_FARTHEST = 54.0  #: where a class with one near rival reaches that
_SCORES = 12.0
_BLOCK = 1024
_RULES = 4  #: up to so many classes by quadrature
_TAIL = 1e-5
_RESOLVED = 8.0  #: points of each replicate that must contribute to an entry


@dataclass(frozen=True, eq=False)
class ShareTable:
    """cdf, sf and d cdf/dw at ascending ``w``, with one row of cdf per replicate."""

    classes: int
    of_largest: bool
    w: np.ndarray
    cdf: np.ndarray
    sf: np.ndarray
    density: np.ndarray
    replicates: np.ndarray = field(repr=False)

    @property
    def deviation(self):
        """The standard error of ``cdf``; up to four classes how far a coarser rule is off."""
        if self.classes <= _RULES:
            return np.abs(self.replicates[0] - self.replicates[1])
        return self.replicates.std(axis=0, ddof=1) / math.sqrt(len(self.replicates))

    def probability(self, w, upper=False):
        """P(G <= Phi(w)), or P(G > Phi(w))."""
        return self._law(self._score_at(w), upper)

    def log_density(self, w):
        """log of d/dw P(G <= Phi(w)); the score's slope gives it beyond the table."""
        inside = (w >= self.w[0]) & (w <= self.w[-1])
        found = self._curve(np.log(self.density))(np.where(inside, w, self.w[0]))
        score = self._score_at(w)
        slope = np.where(w < self.w[0], self._slopes[0], self._slopes[1])
        beyond = self._log_score_density(score) + np.log(slope)
        return np.where(inside, found, np.where(score <= self._least, -np.inf, beyond))

    def place(self, p, upper=False):
        """The w with P(G <= Phi(w)) = p, or with P(G > Phi(w)) = p."""
        score = self._score_of(p, upper)
        scores = self._scores
        k = np.clip(np.searchsorted(scores, score, side="right") - 1, 0, len(scores) - 2)
        low, high = self.w[k], self.w[k + 1]
        inside = (score >= scores[0]) & (score <= scores[-1])
        for _ in range(54):
            middle = 0.5 * (low + high)
            below = self._interpolant(middle) < score
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        first = self.w[0] + (score - scores[0]) / self._slopes[0]
        last = self.w[-1] + (score - scores[-1]) / self._slopes[1]
        return np.where(inside, high, np.where(score < scores[0], first, last))

    def deviation_at(self, w):
        """The standard error of the distribution function at w."""
        inside = np.interp(w, self.w, self.deviation, right=0.0)
        # below the table the law is extrapolated, within a factor of 2 or so
        return np.where(w < self.w[0], np.maximum(self.probability(w), 0.0), inside)

    def raw_moment(self, k):
        """E G^k, as a^k + int k g^(k-1) (1 - F) dg from the lower end a of the table."""
        g, weight = self._fraction, self._weight
        return g[0] ** k + self._integral(k * g ** (k - 1) * self.sf * weight)[-1]

    def variance(self):
        """2 int (1 - F(t)) int_{s<t} F(s) ds dt: positive terms only (Hoeffding)."""
        below = self._integral(self.cdf * self._weight)
        return 2.0 * self._integral(self.sf * below * self._weight)[-1]

    def _curve(self, values):
        """Interpolation; without overshoot for the largest, whose density may jump at 1/2."""
        from scipy.interpolate import PchipInterpolator, make_interp_spline

        if not self.of_largest:
            return make_interp_spline(self.w, values, k=5)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return PchipInterpolator(self.w, values)

    def _integral(self, values):
        return self._curve(values).antiderivative()(self.w)

    @cached_property
    def _fraction(self):
        from scipy.special import ndtr

        return ndtr(self.w)

    @cached_property
    def _weight(self):
        return np.exp(-(self.w**2) / 2) / math.sqrt(2.0 * math.pi)

    @cached_property
    def _scores(self):
        return np.where(
            self.cdf < self.sf, self._score_of(self.cdf), self._score_of(self.sf, upper=True)
        )

    @cached_property
    def _interpolant(self):
        return self._curve(self._scores)

    @cached_property
    def _slopes(self):
        """Beyond the table: to the lower end of the support, and as at the last nodes."""
        scores, w = self._scores, self.w
        last = (scores[-1] - scores[-4]) / (w[-1] - w[-4])
        if self.of_largest:
            from scipy.special import ndtri

            return scores[0] / (w[0] - ndtri(1.0 / self.classes)), last
        return (scores[1] - scores[0]) / (w[1] - w[0]), last

    @property
    def _least(self):
        return 0.0 if self.of_largest else -np.inf

    def _score_at(self, w):
        inside = np.clip(w, self.w[0], self.w[-1])
        beyond = np.where(w < inside, self._slopes[0], self._slopes[1])
        with np.errstate(invalid="ignore"):
            score = self._interpolant(inside) + np.where(w == inside, 0.0, beyond * (w - inside))
        return np.maximum(score, self._least)

    def _law(self, score, upper):
        from scipy.special import gammainc, gammaincc, ndtr

        if not self.of_largest:
            return ndtr(-score if upper else score)
        half = (self.classes - 1) / 2.0
        return (gammaincc if upper else gammainc)(half, score**2 / 2.0)

    def _score_of(self, p, upper=False):
        from scipy.special import gammainccinv, gammaincinv, ndtri

        if not self.of_largest:
            return -ndtri(p) if upper else ndtri(p)
        half = (self.classes - 1) / 2.0
        return np.sqrt(2.0 * (gammainccinv if upper else gammaincinv)(half, p))

    def _log_score_density(self, score):
        if not self.of_largest:
            return -(score**2) / 2.0 - math.log(2.0 * math.pi) / 2.0
        freedom = self.classes - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            power = (freedom - 1) * np.log(score) - score**2 / 2.0
        power = np.where(np.isinf(score), -np.inf, power)
        return power - (freedom / 2.0 - 1.0) * math.log(2.0) - math.lgamma(freedom / 2.0)


def share_table(root, classes, of_largest, seed=0, points=None) -> ShareTable:
    """The table at sqrt(gamma) = ``root``, of one class or of the largest."""
    from scipy.special import ndtr

    spread = math.sqrt(classes / (classes - 1.0))
    step = lattice_step(classes)
    places = _places(root, spread)
    queries, sums, controls = None, [], []
    for found, weights in _samples(root, classes, of_largest, seed, points):
        for start in range(0, len(weights), _BLOCK):
            block = slice(start, start + _BLOCK)
            curves = share_curves(root * found.gaps[block], places, step)
            if queries is None:
                queries = _queries(curves[0], classes, of_largest)
            if start == 0:
                sums.append(np.zeros((5, len(queries))))
            shares_at(
                *(curves, places, root, found.top[block], spread, queries, of_largest),
                *(weights[block], sums[-1]),
            )
        bar = ndtr(found.top / spread)
        controls.append((weights @ bar, weights @ bar**2))
    if classes > _RULES and not of_largest:
        sums = _controlled(np.array(sums), np.array(controls).T, 1.0 - 1.0 / classes)
    cdf, sf, density, points, _ = np.mean(sums, axis=0) if classes > _RULES else sums[0]
    # where few points decide the score is continued as a straight line
    known = (cdf > 1e-300) & (sf > 1e-300) & (density > 0) & (points >= _RESOLVED)
    rising = np.where((cdf < sf)[1:], np.diff(cdf) > 0, np.diff(sf) < 0)
    known &= np.append(True, rising)
    return ShareTable(
        *(classes, of_largest, queries[known], cdf[known], sf[known], density[known]),
        np.array([of_one[0][known] for of_one in sums]),
    )


def _controlled(sums, controls, expected):
    """With Phi(b) as a control variate: its expectation is P(class 1 does not win) = 1 - 1/K."""
    first, second = controls
    slope = sums[:, 4].mean(axis=0) - sums[:, 0].mean(axis=0) * first.mean()
    slope /= second.mean() - first.mean() ** 2
    tails = np.minimum(sums[:, 0], sums[:, 1]).min(axis=0) < _TAIL  # right to more digits as is
    excess = np.where(tails, 0.0, (first - expected)[:, None])
    sums[:, 0] -= slope * excess
    sums[:, 1] += slope * excess
    return sums


def _samples(root, classes, of_largest, seed, points):
    """(rivals, weights): replicates of quasi-random points, or a finer and a coarser rule."""
    if classes <= _RULES:
        for coarse in (False, True):
            yield rival_rule(classes, of_largest, root, coarse)
        return
    size = replicate_size(classes, points)
    for replicate in range(REPLICATES):
        yield rivals(classes, of_largest, size, seed, replicate), np.full(size, 1.0 / size)


def _places(root, spread):
    """Where class 1 may stand relative to its highest rival: dense near it, sparser far off."""
    dense = min(0.25, root / 2.0)
    scale = 40.0 * dense
    lowest = min(_FARTHEST, (_SCORES * spread + 5.0) * root)
    highest = min(_FARTHEST, _SCORES * spread * root)
    ends = [math.ceil(math.asinh(end / scale) * 40.0) for end in (lowest, highest)]
    return scale * np.sinh(np.arange(-ends[0], ends[1] + 1) / 40.0)


def _queries(w, classes, of_largest):
    from scipy.special import ndtri

    lowest, highest = np.clip(np.median(w[:, [0, -1]], axis=0), -_END, _END)
    if of_largest:
        start = ndtri(1.0 / classes)
        if highest <= 0.0:
            return start + (highest - start) * np.linspace(0.0, 1.0, 401)[1:]
        # more than one class can have a fraction below 1/2, not above: there the density jumps
        below = start * (1.0 - np.linspace(0.0, 1.0 - 1e-6, 161)[1:])
        return np.concatenate([below, highest * np.linspace(0.0, 1.0, 241) ** 1.5])
    return np.linspace(lowest, highest, 401)
