r"""The depth law of growing networks with correlated weights: residual layers that have phases.

In the notation of :mod:`theory.tangent.residual_laws`, at large variances E phi is
(lambda_+ - lambda_-) sqrt(q/(2 pi)).  With mu = kappa sigma_w2 (lambda_+ - lambda_-)^2/(2 pi),
which is less than h,

    q' = (s^2 + b (h - mu)) q,    c' = (s^2 c + b (h C(c) - mu))/(s^2 + b (h - mu)),
    k' = ((s^2 + b h C'(c)) k + b (h C(c) - mu))/(s^2 + b (h - mu)),

with C(1) = C'(1) = 1.  The slope of c' at 1, (s^2 + b h)/(s^2 + b (h - mu)), exceeds 1 for kappa >
0 and is below 1 for kappa < 0: the laws are the chaotic and the ordered one, in K/q, for every
sigma_w2.  c* solves (h - mu) c = h C(c) - mu and depends on kappa alone; there
k = (h - mu) c*/(h - mu - h C'(c*)).  On the diagonal k grows like the product of the slopes at 1.
"""

from collections.abc import Mapping

import sympy as sp

from ..activation import Activation
from ..mean_field import MeanField
from ..symbols import l, q, rho, sigma_w2, x
from .depth_law import DepthLaw, DepthLaws, absent
from .symbols import L, c_star

__all__ = ["correlated_laws"]


def correlated_laws(recursion, slopes) -> Mapping[str, DepthLaw]:
    """The laws by the sign of kappa; ``slopes`` are (lambda_-, lambda_+)."""
    kappa = recursion.mean_field.weight_correlation
    theory = _Growth(recursion, *slopes)
    every = "none: the slope of the correlation map at 1 is {} 1 for every sigma_w2"
    laws = {
        "ordered": theory.ordered
        if not kappa.is_positive
        else lambda: absent("ordered", every.format(">")),
        "critical": lambda: absent(
            "critical",
            f"{every.format('not')}, but for weight_correlation = 0",
        ),
        "chaotic": theory.chaotic
        if not kappa.is_negative
        else lambda: absent("chaotic", every.format("<")),
    }
    return DepthLaws({phase: law() for phase, law in laws.items()})


class _Growth:
    """Both laws of one network."""

    def __init__(self, recursion, left, right):
        mf, layout = recursion.mean_field, recursion.architecture
        self.width, self.layout = recursion.width, layout
        self.keep, self.constant = layout.skip**2, layout.branch == 1
        self.h = sp.factor_terms(sigma_w2 * (left**2 + right**2) / 2)
        kappa = mf.weight_correlation
        self.mu = sp.factor_terms(kappa * sigma_w2 * (right - left) ** 2 / (2 * sp.pi))
        self.exact = mf.activation.homogeneity == 1 and not layout.is_convolution
        homogeneous = Activation(right * sp.Max(x, 0) - left * sp.Max(-x, 0))
        #: h C'(c)
        self.slope = MeanField(homogeneous).correlation_slope
        self.condition = "" if kappa.is_number else " for weight_correlation {} 0,"

    def growth(self, gain):
        """The product of the factors s^2 + b_l gain of L - 1 layers, from l = 1."""
        if self.constant:
            return (self.keep + gain) ** (L - 1)
        return sp.Product(self.keep + gain / l, (l, 1, L - 1))

    @property
    def scale(self):
        return q * self.growth(self.h - self.mu) if self.exact else None

    @property
    def diagonal(self):
        """K^L(x, x): k is a mixture of its fixed point -(h - mu)/mu and the growing mode."""
        if not self.exact or self.width is not None:
            return None
        h, mu = self.h, self.mu
        return q / mu * (h * self.growth(h) - (h - mu) * self.growth(h - mu))

    def limit(self, correlation, slope):
        """The limit of K/q off the diagonal: the source over 1 - slope, both times b."""
        source, gain = (self.h - self.mu) * correlation, sp.S.One
        if self.width is not None:  # E phi phi' without the means, a weight's own gradient
            source += self.mu
            gain = self.layout.filter_size * self.width / sigma_w2
        # h, mu and the slope have the factor sigma_w2
        found = (source / (self.h - self.mu - slope)).subs(sigma_w2, 1)
        return gain * sp.cancel(found)

    def setting(self, sign):
        """The first words of both statements."""
        condition = self.condition.format(sign)
        pairs = " for each pair of positions," if self.layout.is_convolution else ""
        start = "" if self.exact else "q^L being the variance of layer L, "
        return (
            f"{condition}{pairs} for every sigma_w2 > 0, with h = {self.h} and mu = {self.mu}: "
            f"{start}"
        ).strip() + " "

    def rate(self, slope):
        if not self.constant:
            return None
        return (self.keep + slope) / (self.keep + self.h - self.mu)

    @property
    def error(self):
        """How fast the limit is reached, in words."""
        return "O(L rate^L)" if self.constant else "O(L^(-p)), p > 0"

    def ordered(self):
        limit = self.limit(sp.S.One, self.h)
        return DepthLaw(
            "ordered",
            True,
            self.setting("<") + "K^L/q^L tends to the same constant for every pair of inputs, "
            f"with error {self.error}",
            ratio=sp.S.One,
            scale=self.scale,
            limit=limit,
            diagonal=self.diagonal,
            rate=self.rate(self.h),
            error=self.error,
        )

    def chaotic(self):
        slope = self.slope.subs(rho, c_star)
        growth = (
            "like ((s^2+h)/(s^2+h-mu))^L" if self.constant else f"like L^({self.mu / self.keep})"
        )
        return DepthLaw(
            "chaotic",
            True,
            self.setting(">") + "c tends to the c* < 1 with (h - mu) c* = h C(c*) - mu, which "
            "depends on the weight correlation alone, K^L/q^L tends to a constant off the "
            f"diagonal with error {self.error} and grows {growth} on it",
            ratio=sp.S.Zero,
            scale=self.scale,
            limit=self.limit(c_star, slope),
            diagonal=self.diagonal,
            rate=self.rate(slope),
            error=self.error,
        )
