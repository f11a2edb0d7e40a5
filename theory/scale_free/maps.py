r"""Correlated weights and an activation of degree 1, phi(t x) = t phi(x), in closed form.

Such a phi has a slope on either side of 0.  Write W = E phi^2/q, M = (E phi)^2/q, neither of which
depends on q, and h(c) = sqrt(1 - c^2) - c arccos(c).  Then E phi(u) phi(v) = q (c W + M h(c)), and

    V(q) = sigma_b2 + A q,              A = s^2 + sigma_w2 (W - kappa M),
    sigma_b2 = 0:                       C(c) = c + sigma_w2 M (h(c) - kappa (1 - c))/A,
    sigma_b2 > 0, A < 1, q = V(q):      C(c) = 1 - (s^2 + sigma_w2 W)(1 - c) + sigma_w2 M h(c).

The first map settles where h(c) = kappa (1 - c), whatever the two slopes are; kappa and sigma_b2
drop out of the second, which settles where h(c) = kappa_e (1 - c) with the kappa_e that makes
sigma_w2 its norm-preserving variance.  (Singh & Sreejith 2021, arXiv:2103.12499, for ReLU without
skip; the rest is derived here.)
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..correlation_rate import CorrelationRate
from ..equation import Equation, Equations, closed
from ..parser import exact
from ..symbols import q, rho, sigma_b2, sigma_w2
from .kink_correlation import PROFILE, c_star
from .parts import (
    SmallGap,
    Tradeoff,
    correlation_option,
    in_arccos,
    in_lowest_terms,
    near_one_terms,
    require_equal,
    small_gap,
)
from .phases import Phase, phase_at, phases

__all__ = ["ScaleFreeMaps"]

_WEIGHTS = sigma_w2
_ANGLE = sp.Dummy("angle", nonnegative=True)


@dataclass(frozen=True)
class ScaleFreeMaps(Equations):
    """The closed forms of a MeanField whose activation is homogeneous of degree 1, not linear.

    Expressions in ``sigma_w2``, ``sigma_b2``, ``rho`` and the symbols of the activation, of kappa
    and of the skip connection.  Without suffix they are those of sigma_b2 = 0, where the maps do
    not depend on the variance q; ``..._with_bias`` are those at q* = V(q*) for sigma_b2 > 0.
    Obtained as ``MeanField.scale_free``.

    >>> from theory.mean_field import MeanField
    >>> maps = MeanField("relu", weight_correlation="kappa").scale_free
    >>> maps.boundary, maps.effective_weight_correlation
    (2*pi/(pi - kappa), pi - 2*pi/sigma_w2)
    >>> maps.c_star(1), maps.c_star("1/2").evalf(8), maps.small_kappa_law.leading
    (0, 0.72662993, 9*kappa**2/8)
    """

    mean_field: object

    def __repr__(self):
        return f"ScaleFreeMaps({self.mean_field!r})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"closed forms of degree 1, {self.mean_field.heading}"

    @property
    def kappa(self) -> sp.Expr:
        """The correlation of the weights."""
        return self.mean_field.weight_correlation

    # the three constants of the activation

    @cached_property
    def second_moment(self) -> sp.Expr:
        """W = E phi^2/q, which is also E phi'^2."""
        return sp.factor(closed(self.mean_field.second_moment).subs(q, 1))

    @cached_property
    def mean_square(self) -> sp.Expr:
        """M = (E phi)^2/q; positive unless symbolic slopes are equal."""
        return sp.factor(closed(self.mean_field.mean).subs(q, 1) ** 2)

    @cached_property
    def profile(self) -> sp.Expr:
        """h(rho) in E phi(u) phi(v) = q (rho W + M h(rho)), derived from the kernel.

        It is the same for every activation; UndecidedError if that cannot be shown.
        """
        kernel = in_arccos(closed(self.mean_field.kernel_at_q).subs(q, 1))
        bent = sp.factor(sp.expand(kernel - rho * self.second_moment))
        require_equal(sp.cancel(bent / self.mean_square), PROFILE, self.mean_field)
        return PROFILE

    # variances

    @cached_property
    def variance_factor(self) -> sp.Expr:
        """A in V(q) = sigma_b2 + A q."""
        factor = self.mean_field.skip**2 + sigma_w2 * self._branch
        require_equal(self.mean_field.variance_map, sigma_b2 + factor * q, self.mean_field)
        return factor

    @cached_property
    def boundary(self) -> sp.Expr:
        """The sigma_w2 below which q stays bounded; without biases it preserves every q."""
        return (1 - self.mean_field.skip**2) / self._branch

    @property
    def bounded(self) -> sp.Basic:
        """sigma_w2 < ``boundary``, as a SymPy condition."""
        return sp.Lt(sigma_w2, self.boundary)

    @property
    def fixed_point(self) -> sp.Expr:
        """q* = sigma_b2/(1 - A), a variance where ``bounded``."""
        return sigma_b2 / (1 - self.variance_factor)

    @cached_property
    def critical_sigma_w2(self) -> sp.Expr:
        """The sigma_w2 at which chi_1 = 1, which preserves gradients: it does not know kappa."""
        return (1 - self.mean_field.skip**2) / self.second_moment

    @cached_property
    def _branch(self):
        return self._oriented(self.second_moment - self.kappa * self.mean_square)

    # correlations

    @cached_property
    def correlation_map(self) -> sp.Expr:
        """C(rho) for sigma_b2 = 0, at every q; independent of sigma_w2 if there is no skip."""
        whole = self.mean_field.correlation_map.subs({sigma_b2: 0, q: 1})
        moved = self.profile - self.kappa * (1 - rho)
        factor = self.variance_factor
        gain = sigma_w2 * self.mean_square
        require_equal(whole, rho * factor + gain * moved, self.mean_field)
        return rho + self._oriented(gain / factor) * moved

    @cached_property
    def correlation_map_with_bias(self) -> sp.Expr:
        """C(rho) at q = q*: kappa and sigma_b2 drop out, since sigma_b2 = q* (1 - A)."""
        at_star = {sigma_b2: q * (1 - self.variance_factor)}
        whole = sp.expand(self.mean_field.correlation_map.subs(at_star)).subs(q, 1)
        kept = self.mean_field.skip**2 + sigma_w2 * self.second_moment
        value = 1 - kept * (1 - rho) + sigma_w2 * self.mean_square * self.profile
        require_equal(whole, value, self.mean_field)
        return value

    @cached_property
    def slope_at_one(self) -> sp.Expr:
        """C'(1) for sigma_b2 = 0: above 1, chaotic, iff kappa > 0."""
        return self._slope(sp.S.Zero)

    @property
    def slope_at_one_with_bias(self) -> sp.Expr:
        """C'(1) = chi_1 at q*."""
        return self._slope_with_bias(sp.S.Zero)

    @property
    def fixed_point_equation(self) -> sp.Equality:
        """C(c) = c for sigma_b2 = 0: the same for every activation of degree 1 and every skip."""
        return sp.Eq(self.profile, self.kappa * (1 - rho), evaluate=False)

    def weight_correlation(self, c=rho) -> sp.Expr:
        """kappa(c): the weight correlation whose attracting correlation is c in [0, 1].

        InputError for a number outside of it, to which no weights lead.
        """
        c = correlation_option(c)
        return sp.S.Zero if c == 1 else self.profile.subs(rho, c) / (1 - c)

    def sigma_w2(self, c=rho) -> sp.Expr:
        """The sigma_w2 whose attracting correlation at q*, with biases, is c in [0, 1].

        InputError for a number outside of it.
        """
        c = correlation_option(c)
        if c == 1:
            return self.critical_sigma_w2
        spread = self.second_moment * (1 - c) - self.mean_square * self.profile.subs(rho, c)
        return (1 - self.mean_field.skip**2) * (1 - c) / spread

    def c_star(self, kappa=None) -> sp.Expr:
        """The correlation that attracts for sigma_b2 = 0, of this kappa or of another one.

        0 at kappa = 1, 1 for kappa <= 0, else an expression that evaluates to any precision;
        InputError for kappa > 1.
        """
        return c_star(self.kappa if kappa is None else exact(kappa, "kappa"))

    def c_star_with_bias(self, sigma_w2=None) -> sp.Expr:
        """The correlation that attracts for sigma_b2 > 0: of kappa_e, and of kappa once q grows.

        kappa_e < kappa if and only if ``bounded``, hence c*(min(kappa, kappa_e)).
        """
        found = sp.Min(self.kappa, self.effective_weight_correlation)
        return c_star(
            found if sigma_w2 is None else found.subs(_WEIGHTS, exact(sigma_w2, "sigma_w2"))
        )

    @cached_property
    def effective_weight_correlation(self) -> sp.Expr:
        """kappa_e(sigma_w2) with boundary(kappa_e) = sigma_w2."""
        least = self.second_moment - (1 - self.mean_field.skip**2) / sigma_w2
        plain = not (self.boundary.free_symbols - self.kappa.free_symbols)
        return sp.expand(least / self.mean_square) if plain else least / self.mean_square

    @cached_property
    def small_kappa_law(self) -> SmallGap:
        """1 - c* for small kappa > 0, from the expansion of the kernel at correlation 1."""
        kappa = self.kappa if self.kappa.is_Symbol else sp.Symbol("kappa", real=True)
        return small_gap(kappa, *self.near_one)

    @cached_property
    def small_gap_with_bias(self) -> SmallGap | None:
        """1 - c* with biases just above ``critical_sigma_w2``; None where that is not > 0."""
        if self.critical_sigma_w2.is_positive is False:
            return None
        return small_gap(self.effective_weight_correlation, *self.near_one)

    @cached_property
    def near_one(self) -> tuple[sp.Expr, sp.Expr]:
        """(a, b) in kappa(1 - u) = a u^(1/2) + b u^(3/2) + ..."""
        return near_one_terms(self.mean_field, self.second_moment, self.mean_square)

    # rates

    @cached_property
    def rate(self) -> sp.Expr:
        """lambda = C'(c*) for sigma_b2 = 0: c - c* shrinks by this factor per layer."""
        return self._slope(sp.acos(self.c_star()))

    @property
    def xi(self) -> sp.Expr:
        """The depth scale -1/log(lambda)."""
        return -1 / sp.log(self.rate)

    @cached_property
    def rate_with_bias(self) -> sp.Expr:
        """lambda = C'(c*) at q*, where ``bounded``; ``rate`` if that is nowhere, for skip 1."""
        kappa = self.effective_weight_correlation
        if (kappa - 1).is_positive:
            return self.rate
        return self._slope_with_bias(sp.acos(c_star(kappa)))

    @property
    def xi_with_bias(self) -> sp.Expr:
        """The depth scale -1/log(lambda) at q*."""
        return -1 / sp.log(self.rate_with_bias)

    @property
    def critical_rate(self) -> CorrelationRate:
        """How 1 - c vanishes at sigma_w2 = ``critical_sigma_w2``."""
        return self.mean_field.correlation_rate

    @cached_property
    def tradeoff(self) -> Tradeoff:
        """Norms against gradients."""
        kept, branch = self.mean_field.skip**2, 1 - self.mean_field.skip**2
        factors = self.second_moment / self._branch, self._branch / self.second_moment
        up, down = (kept + branch * self._oriented(factor) for factor in factors)
        return Tradeoff(self.boundary, up, self.critical_sigma_w2, down)

    def _slope(self, angle):
        """C' at cos(angle) for sigma_b2 = 0; h' = -arccos."""
        above = self.mean_field.skip**2 + sigma_w2 * (
            self.second_moment - self.mean_square * _ANGLE
        )
        return self._oriented(above / self.variance_factor).subs(_ANGLE, angle)

    def _slope_with_bias(self, angle):
        spread = self._oriented(self.second_moment - self.mean_square * _ANGLE)
        return self.mean_field.skip**2 + sigma_w2 * spread.subs(_ANGLE, angle)

    def _oriented(self, expr):
        return in_lowest_terms(expr, [*self.kappa.free_symbols, _ANGLE])

    # regions

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The regions of (sigma_w2, sigma_b2, kappa), which exclude each other and cover all."""
        return phases(self)

    def phase_at(self, sigma_w2, sigma_b2=0, **parameters) -> Phase:
        """The region of a point, with its c* and rate; ``parameters`` give symbols a value.

        InputError for a variance that is none, UndecidedError if a symbol has no value.

        >>> from theory.mean_field import MeanField
        >>> phase = MeanField("relu", weight_correlation=1).scale_free.phase_at(2.5, 0.1)
        >>> phase.name, phase.c_star.evalf(10), phase.rate.evalf(10)
        ('chaotic', 0.5754779706, 0.8689799420)
        """
        return phase_at(self.mean_field.at(**parameters).scale_free, sigma_w2, sigma_b2)

    def equations(self) -> tuple[Equation, ...]:
        """The closed forms, each with its definition by untouched expectations."""
        from .equations import scale_free_equations

        return scale_free_equations(self)
