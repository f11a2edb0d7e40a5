r"""Two classes: the fraction G = Phi(sqrt(gamma) Z) given to one of them, in closed form.

With w = Phi^{-1}(g): P(G <= g) = Phi(w/sqrt(gamma)), and the density is
gamma^{-1/2} exp(-w^2 (1 - gamma)/(2 gamma)).  In w nothing cancels, for any gamma.  Source:
Francazi, Lucchi, Baity-Jesi 2024, arXiv:2306.00809; Bassi et al. 2025, arXiv:2505.12096.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from theory.errors import InputError

from ..law_sampling import generator
from ..result import Provenance
from .agreement import agreement, disagreement, excess_agreement
from .fraction_law import FractionLaw, like, size_of
from .raw_moments import raw_moment

__all__ = ["BinaryClassFraction", "BinaryLargest"]


@dataclass(frozen=True, eq=False, repr=False)
class _Binary(FractionLaw):
    """What both laws share; ``gamma`` may be an array, which then broadcasts with arguments."""

    gamma: float | np.ndarray
    one_minus_c: float | np.ndarray
    provenance: Provenance = field(repr=False)

    @property
    def classes(self):
        """2."""
        return 2

    @cached_property
    def _root(self):
        return self.ratio.root

    @property
    def _atoms(self):
        return bool(np.any((self._root == 0) | np.isinf(self._root)))

    @property
    def _setting(self):
        if np.ndim(self.gamma):
            return f"gamma of shape {np.shape(self.gamma)}"
        return f"gamma = {self.gamma:.6g}"

    def __repr__(self):
        return f"{type(self).__name__}({self._setting.replace(' = ', '=')}, classes=2)"

    def _draw(self, size, seed):
        ratios = np.shape(self.gamma)
        shape = ratios if size is None else size_of(size)
        self._fits(shape, "rvs", "a size")
        if np.broadcast_shapes(shape, ratios) != shape:
            raise InputError(
                f"rvs: size = {size} has no room for gamma of shape {ratios}; pass "
                f"size={(3, *ratios)}, say"
            )
        z = generator(seed, "seed").standard_normal(shape)
        with np.errstate(invalid="ignore"):
            return np.where(z == 0, 0.0, self._root * z)

    def _scaled(self, w):
        """w/sqrt(gamma): a step at w = 0 for gamma = 0, and 0 inside (0, 1) for infinity."""
        v = w / self._root
        if not self._atoms:
            return v
        v = np.where((self._root == 0) & (w == 0), np.inf, v)
        return np.where(np.isinf(self._root) & np.isinf(w), np.where(w > 0, np.inf, 0.0), v)

    def _unscaled(self, v):
        with np.errstate(invalid="ignore"):
            w = self._root * v
        if not self._atoms:
            return w
        w = np.where((self._root == 0) & ~np.isnan(v), 0.0, w)
        return np.where(np.isinf(self._root) & (v == 0), -np.inf, w)

    def _log_ratio(self, w):
        """log of the density of G at Phi(w); 1/gamma - 1 is taken where gamma is not too small."""
        root = self._root
        bend = np.where(w == 0, 0.0, (w / root) ** 2 * (1.0 - root) * (1.0 + root) / 2.0)
        at_ends = np.where(root == 1, 0.0, np.where(root < 1, np.inf, -np.inf))
        return 0.0 - np.log(root) - np.where(np.isinf(w), at_ends, bend)


@dataclass(frozen=True, eq=False, repr=False)
class BinaryClassFraction(_Binary):
    r"""The law of the fraction G of inputs that an untrained network gives to one of two classes.

    For 0 < gamma < infinity it has the density ``pdf``.  gamma = 0 is an atom at 1/2 and gamma =
    infinity one of 1/2 at 0 and at 1: then ``cdf`` is a step function and ``pdf`` raises
    InputError.

    >>> from numerics.guessing.class_fraction import class_fraction
    >>> law = class_fraction(gamma=4)
    >>> law.pdf(0.5), round(law.var(), 15), round(law.expected_largest, 15)
    (0.5, 0.147583617650433, 0.852416382349567)
    >>> print(f"{law.isf(0.01, form='complement'):.10g}, {law.cdf(log=-1000):.6g}")
    1.638117392e-06, 1.54939e-110
    """

    _name = "fraction of a class"

    def mean(self):
        """1/2."""
        return like(self.gamma, np.full(np.shape(self.gamma), 0.5))

    def var(self):
        """arcsin(c)/(2 pi)."""
        return self.excess_agreement / 2.0

    def median(self):
        """1/2, by symmetry (at gamma = infinity every number between 0 and 1 is a median)."""
        return self.mean()

    def moment(self, k):
        """E G^k, k = 0, 1, 2, …"""
        return raw_moment(self._root, k)

    def support(self):
        """(0, 1)."""
        return 0.0, 1.0

    @property
    def agreement(self):
        """E (G^2 + (1 - G)^2): the probability that two inputs get the same class."""
        return agreement(self.ratio, 2)

    @property
    def disagreement(self):
        """1 - agreement = arccos(c)/pi, small for a large gamma but never rounded to 0."""
        return disagreement(self.ratio, 2)

    @property
    def excess_agreement(self):
        """agreement - 1/2, accurate for a small gamma."""
        return excess_agreement(self.ratio, 2)

    @property
    def expected_largest(self):
        """E max(G, 1 - G) = 1/2 + arctan(sqrt(gamma))/pi."""
        return self.largest.mean()

    @property
    def largest(self):
        """The law of max(G, 1 - G)."""
        return BinaryLargest(self.gamma, self.one_minus_c, self.provenance)

    def rvs(self, size=None, seed=0, *, form="plain"):
        """Independent fractions; ``seed`` is a whole number or a numpy Generator."""
        drawn = self._fraction(self._draw(size, seed), form, "rvs", np.empty(size_of(size)))
        return like(self.gamma if size is None else np.empty(size), drawn)

    def rvs_all(self, size=None, seed=0):
        """Independent fractions of both classes, the last axis; the first are those of ``rvs``."""
        from scipy.special import ndtr

        w = self._draw(size, seed)
        return np.stack([ndtr(w), ndtr(-w)], axis=-1)

    def __str__(self):
        if np.ndim(self.gamma):
            return f"laws of the fraction of one of 2 classes at {self._setting}"
        return "\n".join(
            [
                f"law of the fraction of one of 2 classes at {self._setting}, c = {self.c:.6g}",
                f"mean 1/2, variance {self.var():.10g}",
                f"two inputs agree with probability {self.agreement:.10g}",
                f"largest fraction {self.expected_largest:.10g} on average",
            ]
        )

    def _cdf_at(self, w):
        from scipy.special import ndtr

        return ndtr(self._scaled(w))

    def _logcdf_at(self, w):
        from scipy.special import log_ndtr

        return log_ndtr(self._scaled(w))

    def _sf_at(self, w):
        from scipy.special import ndtr

        return ndtr(-self._scaled(w))

    def _logpdf_at(self, w):
        return self._log_ratio(w)

    def _lower(self, p):
        from scipy.special import ndtri

        return self._unscaled(ndtri(p))

    def _upper(self, p):
        from scipy.special import ndtri

        return self._unscaled(-ndtri(p))


@dataclass(frozen=True, eq=False, repr=False)
class BinaryLargest(_Binary):
    r"""The law of max(G, 1 - G) = Phi(sqrt(gamma) |Z|) for two classes.

    >>> from numerics.guessing.class_fraction import class_fraction
    >>> law = class_fraction(gamma=10).largest
    >>> round(law.mean(), 15), round(law.sf(0.9), 15)
    (0.902508885478932, 0.685284796957002)
    """

    _name = "largest fraction"

    def mean(self):
        """1/2 + arctan(sqrt(gamma))/pi."""
        return like(self.gamma, 0.5 + np.arctan(self._root) / np.pi)

    def mean_complement(self):
        """1 - mean = arctan(1/sqrt(gamma))/pi, without cancellation."""
        with np.errstate(divide="ignore"):
            return like(self.gamma, np.arctan(np.divide(1.0, self._root)) / np.pi)

    def var(self):
        """arcsin(c)/(2 pi) - (arctan(sqrt(gamma))/pi)^2."""
        small = excess_agreement(self.ratio, 2) / 2.0 - (np.arctan(self._root) / np.pi) ** 2
        rest = self.mean_complement()  # the same, in terms that are small for a large gamma
        large = rest - rest**2 - disagreement(self.ratio, 2) / 2.0
        return like(self.gamma, np.where(self._root < 1, small, large))

    def moment(self, k):
        """E max(G, 1 - G)^k, k = 0, 1, 2, …"""
        return raw_moment(self._root, k, largest=True)

    def support(self):
        """(1/2, 1)."""
        return 0.5, 1.0

    def rvs(self, size=None, seed=0, *, form="plain"):
        """Independent values, those of the same draws as the law of one class."""
        w = np.abs(self._draw(size, seed))
        drawn = self._fraction(w, form, "rvs", np.empty(size_of(size)))
        return like(self.gamma if size is None else np.empty(size), drawn)

    def __str__(self):
        return f"law of the larger of 2 fractions at {self._setting}: mean {self.mean()}"

    def _cdf_at(self, w):
        from scipy.special import erf

        v = self._scaled(w)
        return np.where(w < 0, 0.0, erf(v / np.sqrt(2.0)))

    def _sf_at(self, w):
        from scipy.special import ndtr

        return np.where(w < 0, 1.0, 2.0 * ndtr(-np.maximum(self._scaled(w), 0.0)))

    def _logpdf_at(self, w):
        return np.where(w < 0, -np.inf, np.log(2.0) + self._log_ratio(w))

    def _lower(self, p):
        from scipy.special import erfinv

        return self._unscaled_tail(np.sqrt(2.0) * erfinv(p))

    def _upper(self, p):
        from scipy.special import ndtri

        return self._unscaled_tail(-ndtri(p / 2.0))

    def _unscaled_tail(self, v):
        with np.errstate(invalid="ignore"):
            w = self._root * v
        # the ends of the support stay where they are at gamma = 0 and infinity
        w = np.where(v == 0, np.where(np.isinf(self._root), np.inf, 0.0), w)
        return np.where(self._root == 0, 0.0, w)
