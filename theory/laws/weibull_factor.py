r"""Q_theta, the law of |phi(X)| that makes W phi(X) normal for Weibull weights.

|W| has P(|W| > w) = exp(-w^theta), so E |W|^s = Gamma(1 + s/theta), and |W| Y = |N| asks for

    E Y^s = 2^{s/2} Gamma((1+s)/2) / (sqrt(pi) Gamma(1 + s/theta)),

which is the transform of a law exactly for theta >= 2: then Y^2 = 2 B M, with B of the arcsine law
and M of the Mittag-Leffler law of index a = 2/theta, independent.
"""

import mpmath
import sympy as sp

from ..errors import InputError
from .gamma_quotient import GammaQuotient
from .numbers import expression
from .positive_law import NearZero, PositiveLaw, Tail
from .weibull_numbers import cdf, density, quantile, survival

__all__ = ["WeibullFactor"]

#: The rate of the tail, a power of theta, is left out beyond this exponent.
_LONGEST_POWER = 1000


class WeibullFactor(PositiveLaw):
    """The law with E Y^s = 2^{s/2} Gamma((1+s)/2) / (sqrt(pi) Gamma(1 + s/theta)), theta >= 2.

    ``theta`` is a number or a symbol.  Raises InputError for theta < 2 (no law has these moments)
    and for theta infinite (the limit is the law of |N|).

    >>> s = sp.Symbol("s")
    >>> WeibullFactor(3).mellin(2)
    1/gamma(5/3)
    >>> WeibullFactor(sp.Symbol("theta")).tail.index
    2*theta/(theta - 2)
    """

    def __new__(cls, theta):
        theta = sp.Rational(str(theta)) if isinstance(theta, float) else expression(theta)
        if theta.is_infinite or theta.is_extended_real is False:
            raise InputError(
                f"the exponent theta of Weibull weights is a finite number >= 2; got {theta}"
            )
        if (theta - 2).is_negative:
            raise InputError(
                f"no law has the moments 2^(s/2) Gamma((1+s)/2)/(sqrt(pi) Gamma(1+s/theta)) for "
                f"theta < 2; got theta = {theta}, take theta >= 2"
            )
        return super().__new__(cls, theta)

    @property
    def theta(self) -> sp.Expr:
        """The exponent of the weights."""
        return self.args[0]

    @property
    def subscript(self) -> sp.Expr:
        """What names the law in formulas."""
        return self.theta

    @property
    def dual(self) -> sp.Expr:
        """theta' with 1/theta + 1/theta' = 1/2, the exponent of the tail of Y."""
        return 2 * self.theta / (self.theta - 2) if self.theta != 2 else sp.oo

    @property
    def gamma_quotient(self) -> GammaQuotient:
        """The Mellin transform."""
        half = sp.Rational(1, 2)
        upper, lower = [(half, half)], [(1, 1 / self.theta)]
        return GammaQuotient(1 / sp.sqrt(sp.pi), sp.sqrt(2), upper, lower)

    @property
    def tail(self) -> Tail:
        """-log P(Y > y) ~ y^theta'/(theta' theta^(theta'/theta)); Y <= sqrt(2) for theta = 2."""
        if self.theta == 2:
            return Tail(sp.oo, sp.sqrt(2))
        power = self.dual / self.theta
        if power.is_Rational and power > _LONGEST_POWER:  # a number of as many digits
            return Tail(self.dual)
        return Tail(self.dual, self.theta**-power / self.dual)

    @property
    def activation_constant(self) -> sp.Expr:
        """K with phi(x) ~ K x^(1 - 2/theta) as x -> oo: (2 rate)^(-1/theta') of the tail."""
        theta = self.theta
        if theta == 2:
            return sp.sqrt(2)
        return (theta / (theta - 2)) ** (sp.Rational(1, 2) - 1 / theta) * theta ** (1 / theta)

    @property
    def near_zero(self) -> NearZero:
        """A positive density at 0."""
        return NearZero(sp.S.One, sp.sqrt(2 / sp.pi) / sp.gamma(1 - 1 / self.theta))

    @property
    def support(self):
        return (sp.S.Zero, sp.sqrt(2) if self.theta == 2 else sp.oo)

    def density(self, y) -> sp.Expr:
        """The density at y in the support; elementary for theta = 2 (the arcsine law)."""
        if self.theta == 2:
            return 2 / (sp.pi * sp.sqrt(2 - expression(y) ** 2))
        return super().density(y)

    def quantile(self, p) -> sp.Expr | None:
        """sqrt(2) sin(pi p/2) for theta = 2; None otherwise."""
        return sp.sqrt(2) * sp.sin(sp.pi * p / 2) if self.theta == 2 else None

    def _number(self):
        if not self.theta.is_number:
            raise InputError(f"a number needs a value of {self.theta}; substitute one")
        return mpmath.mpf(self.theta._to_mpmath(mpmath.mp.prec + 10))

    def density_digits(self, y, order=0):
        """The density at y, or its derivative of the given order."""
        return density(self._number(), y, order)

    def survival_digits(self, y):
        """P(Y > y)."""
        return survival(self._number(), y)

    def cdf_digits(self, y):
        """P(Y <= y)."""
        return cdf(self._number(), y)

    def quantile_digits(self, p=None, survival=None):
        """The y with P(Y <= y) = p, or with P(Y > y) = survival."""
        return quantile(self._number(), p, survival)
