r"""More than two classes: the law of the fraction of one of them, and of the largest fraction.

Means, variance and agreement come from quadrature (:mod:`numerics.guessing.agreement`), the
distribution functions from conditional expectations (:mod:`numerics.guessing.share_table`).
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..law_sampling import generator
from ..result import Provenance
from .agreement import agreement, disagreement, excess_agreement, expected_largest
from .fraction_law import FractionLaw, like, size_of
from .raw_moments import moment_order
from .rival_kernel import fractions_of
from .share_table import share_table

__all__ = ["ClassFraction", "LargestFraction"]

#: Below this sqrt(gamma) the law of (g - 1/K)/sqrt(gamma) is its limit, to as many digits.
_SMALL = 1e-6
#: Beyond this one the fractions are 0 or 1 but for a share of networks that goes as its inverse.
_LARGE = 1e8


@dataclass(frozen=True, eq=False, repr=False)
class _Many(FractionLaw):
    """What both laws share."""

    gamma: float
    one_minus_c: float
    classes: int
    seed: int
    points: int | None
    provenance: Provenance = field(repr=False)

    @property
    def error(self):
        """The largest estimated error of the distribution function (see ``cdf_error``)."""
        return 0.0 if self._atoms else float(self._table.deviation.max())

    def cdf_error(self, g=None, *, complement=None, log=None):
        """The estimated error of cdf(g): one standard error, or a difference of two rules."""
        if self._atoms:
            return self._at(g, complement, log, lambda w: 0.0 * w, "cdf_error", 0.0, 0.0)
        error = lambda w: self._table.deviation_at(self._inner(w))  # noqa: E731
        return self._at(g, complement, log, error, "cdf_error", 0.0, 0.0)

    def rvs_all(self, size=None, seed=0):
        """Independent networks: the fractions of all classes along the last axis, of sum 1."""
        centres = generator(seed, "seed").standard_normal((*size_of(size), self.classes))
        if math.isinf(self._root):
            return (centres == centres.max(axis=-1, keepdims=True)).astype(float)
        return fractions_of(self._root * centres, self.classes)

    def __repr__(self):
        return f"{type(self).__name__}(gamma={self.gamma:.6g}, classes={self.classes})"

    @cached_property
    def _root(self):
        return self.ratio.root

    @property
    def _atoms(self):
        return self._root == 0 or math.isinf(self._root)

    @property
    def _setting(self):
        return f"gamma = {self.gamma:.6g}, {self.classes} classes"

    @cached_property
    def _table(self):
        root = min(max(self._root, _SMALL), _LARGE)
        return share_table(root, self.classes, self._of_largest, self.seed, self.points)

    @property
    def _stretch(self):
        """The law at a tiny gamma is that at _SMALL^2, with 1/K as the centre of a dilation."""
        return max(_SMALL / self._root, 1.0)

    @property
    def _shrink(self):
        """By how much less probability there is between 0 and 1 than at _LARGE^2."""
        return max(self._root / _LARGE, 1.0)

    def _inner(self, w):
        from scipy.special import ndtr, ndtri

        if self._stretch == 1.0:
            return w
        even = 1.0 / self.classes
        return ndtri(np.clip(even + (ndtr(w) - even) * self._stretch, 0.0, 1.0))

    def _outer(self, w):
        from scipy.special import ndtr, ndtri

        if self._stretch == 1.0:
            return w
        even = 1.0 / self.classes
        return np.where(np.isinf(w), w, ndtri(even + (ndtr(w) - even) / self._stretch))

    def _cdf_at(self, w):
        if self._atoms:
            return self._steps(w)
        return self._table.probability(self._inner(w))

    def _sf_at(self, w):
        if self._atoms:
            return 1.0 - self._steps(w)
        return self._table.probability(self._inner(w), upper=True)

    def _logpdf_at(self, w):
        inner = self._inner(w)
        ends = np.where(
            w > 0, self._root**2 * self.classes > 2 * (self.classes - 1), self._root > 1
        )
        with np.errstate(invalid="ignore"):
            found = self._table.log_density(inner) + inner**2 / 2.0 + math.log(2.0 * math.pi) / 2.0
        found = np.where(np.isinf(inner), np.where(ends & np.isinf(w), np.inf, -np.inf), found)
        return found + math.log(self._stretch / self._shrink)

    def _lower(self, p):
        if self._atoms:
            return self._atom(p)
        return self._outer(self._table.place(p))

    def _upper(self, p):
        if self._atoms:
            return self._atom(1.0 - p)
        return self._outer(self._table.place(p, upper=True))

    def _even(self):
        """Phi^{-1}(1/K), with room for the rounding of g."""
        from scipy.special import ndtri

        return ndtri(1.0 / self.classes)

    def _moment(self, k, mean, variance):
        if self._stretch > 1.0:  # of order gamma^(3/2) less
            return mean**k + k * (k - 1) / 2.0 * mean ** (k - 2) * variance
        return float(self._table.raw_moment(k))


@dataclass(frozen=True, eq=False, repr=False)
class ClassFraction(_Many):
    """The law of the fraction G_k of inputs given to one of three or more classes.

    ``mean``, ``var``, ``agreement``, ``disagreement``, ``excess_agreement`` and
    ``expected_largest`` are right to 1e-13.  The distribution function has the error
    ``cdf_error``: below 1e-7 for three and four classes, around 1e-4 beyond and less with more
    ``points``.
    gamma = 0 is an atom at 1/K, infinity one of 1 - 1/K at 0 and of 1/K at 1: then ``cdf`` is a
    step function and ``pdf`` raises InputError.

    >>> from numerics.guessing.class_fraction import class_fraction
    >>> law = class_fraction(gamma=1, classes=3)
    >>> print(f"{law.cdf(0.5):.8f} {law.agreement:.12f} {law.var():.12f}")
    0.73411964 0.534637820240 0.067101495636
    """

    _name = "fraction of a class"
    _of_largest = False

    def mean(self):
        """1/K."""
        return 1.0 / self.classes

    def var(self):
        """(agreement - 1/K)/K."""
        return self.excess_agreement / self.classes

    def moment(self, k):
        """E G^k, k = 0, 1, 2, …; beyond 2 with about the relative error of the cdf."""
        order = moment_order(k)
        if order <= 2:
            return (1.0, self.mean(), self.agreement / self.classes)[order]
        if self._atoms:
            return 1.0 / self.classes ** (order if self._root == 0 else 1)
        return self._moment(order, self.mean(), self.var())

    def support(self):
        """(0, 1)."""
        return 0.0, 1.0

    @property
    def agreement(self):
        """E sum_k G_k^2: the probability that two inputs get the same class."""
        return agreement(self.ratio, self.classes)

    @property
    def disagreement(self):
        """1 - agreement, small for a large gamma but never rounded to 0."""
        return disagreement(self.ratio, self.classes)

    @property
    def excess_agreement(self):
        """agreement - 1/K, accurate for a small gamma."""
        return excess_agreement(self.ratio, self.classes)

    @property
    def expected_largest(self):
        """E max_k G_k: the agreement at correlation sqrt(c)."""
        return expected_largest(self.ratio, self.classes)[0]

    @property
    def largest(self):
        """The law of max_k G_k."""
        return LargestFraction(
            *(self.gamma, self.one_minus_c, self.classes, self.seed, self.points, self.provenance)
        )

    def rvs(self, size=None, seed=0):
        """Independent fractions, those of the first class in ``rvs_all`` with this seed."""
        drawn = self.rvs_all(size, seed)[..., 0]
        return like(0.0 if size is None else drawn, drawn)

    def __str__(self):
        return "\n".join(
            [
                f"law of the fraction of one class at {self._setting}",
                f"mean 1/{self.classes}, variance {self.var():.10g}",
                f"two inputs agree with probability {self.agreement:.10g}",
                f"largest fraction {self.expected_largest:.10g} on average",
            ]
        )

    def _steps(self, w):
        if self._root == 0:
            return np.where(w >= self._even() - 1e-15, 1.0, 0.0)
        return np.where(w == np.inf, 1.0, 1.0 - 1.0 / self.classes)

    def _atom(self, p):
        if self._root == 0:
            return np.full(np.shape(p), self._even())
        return np.where(p <= 1.0 - 1.0 / self.classes, -np.inf, np.inf)


@dataclass(frozen=True, eq=False, repr=False)
class LargestFraction(_Many):
    """The law of max_k G_k of three or more classes.

    ``mean`` and ``mean_complement`` are right to 1e-13, everything else to the error of the
    distribution function.  At gamma = 0 and infinity it is an atom at 1/K and at 1.

    >>> from numerics.guessing.class_fraction import class_fraction
    >>> law = class_fraction(gamma=1, classes=3).largest
    >>> print(f"{law.mean():.10f} {law.cdf(0.6):.3f} {3 * class_fraction(1, 3).sf(0.6):.3f}")
    0.6440550183 0.444 0.556
    """

    _name = "largest fraction"
    _of_largest = True

    def mean(self):
        """The agreement at correlation sqrt(c)."""
        return expected_largest(self.ratio, self.classes)[0]

    def mean_complement(self):
        """1 - mean, with its own digits for a large gamma."""
        return expected_largest(self.ratio, self.classes)[1]

    def var(self):
        """The variance, by an integral of the distribution function without cancellation."""
        if self._atoms:
            return 0.0
        return float(self._table.variance()) / self._stretch**2 / self._shrink

    def moment(self, k):
        """E max^k, k = 0, 1, 2, …"""
        order = moment_order(k)
        if order <= 1:
            return (1.0, self.mean())[order]
        if self._atoms:
            return self.mean() ** order
        if order == 2:
            return self.var() + self.mean() ** 2
        return self._moment(order, self.mean(), self.var())

    def support(self):
        """(1/K, 1)."""
        return 1.0 / self.classes, 1.0

    def rvs(self, size=None, seed=0):
        """Independent values, the largest in the rows of ``rvs_all`` with this seed."""
        drawn = self.rvs_all(size, seed).max(axis=-1)
        return like(0.0 if size is None else drawn, drawn)

    def __str__(self):
        return f"law of the largest of {self.classes} fractions at gamma = {self.gamma:.6g}"

    def _cdf_at(self, w):
        found = super()._cdf_at(w)
        return np.where(w == np.inf, found, found / self._shrink) if self._shrink > 1.0 else found

    def _sf_at(self, w):
        return 1.0 - self._cdf_at(w) if self._shrink > 1.0 else super()._sf_at(w)

    def _lower(self, p):
        return super()._lower(np.minimum(p * self._shrink, 1.0) if self._shrink < np.inf else p)

    def _upper(self, p):
        return self._lower(1.0 - p) if self._shrink > 1.0 else super()._upper(p)

    def _steps(self, w):
        if self._root == 0:
            return np.where(w >= self._even() - 1e-15, 1.0, 0.0)
        return np.where(w == np.inf, 1.0, 0.0)

    def _atom(self, p):
        return np.full(np.shape(p), self._even() if self._root == 0 else np.inf)
