r"""Powers of ratios of gamma variables: the magnitudes of Student and Cauchy variables."""

import mpmath
import sympy as sp

from .base_variables import GammaVariable
from .beta_family import BetaFamily
from .gamma_quotient import GammaQuotient
from .numbers import digits_of, guarded, regularised_beta
from .positive_law import Tail

__all__ = ["BetaPrimePower"]


class BetaPrimePower(BetaFamily):
    r"""Y = scale (G_a/G_b)^power with independent gamma variables of shapes a and b.

    E Y^s = scale^s Gamma(a + power s) Gamma(b - power s)/(Gamma(a) Gamma(b)), finite for
    -a/power < s < b/power.  Student's |T| has a = 1/2, b = nu/2, power = 1/2, scale = sqrt(nu).

    >>> BetaPrimePower(sp.Rational(1, 2), 3, sp.Rational(1, 2), sp.sqrt(6)).moment(2)
    3/2
    >>> BetaPrimePower(sp.Rational(1, 2), 3, sp.Rational(1, 2), sp.sqrt(6)).moment(6)
    oo
    """

    @property
    def gamma_quotient(self) -> GammaQuotient:
        """The Mellin transform."""
        a, b, p, scale = self.args
        return GammaQuotient(1 / (sp.gamma(a) * sp.gamma(b)), scale, [(a, p), (b, -p)])

    @property
    def tail(self) -> Tail:
        """P(Y > y) ~ C y^(-b/power)."""
        return Tail(sp.S.Zero, self.args[1] / self.args[2])

    def density(self, y) -> sp.Expr:
        """The density at y > 0."""
        a, b, p, scale = self.args
        u = (y / scale) ** (1 / p)
        return self._power_law(y) * (1 + u) ** (-a - b)

    def survival(self, y) -> sp.Expr:
        """P(Y > y)."""
        return 1 - self.cdf(y)

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y), the regularised incomplete beta function of u/(1 + u)."""
        a, b, p, scale = self.args
        u = (y / scale) ** (1 / p)
        half = sp.Rational(1, 2)
        if a == b == half:
            return 2 / sp.pi * sp.atan((y / scale) ** (1 / (2 * p)))
        if a == 1:
            return 1 - (1 + u) ** -b
        if b == 1:
            return (u / (1 + u)) ** a
        return sp.betainc_regularized(a, b, 0, u / (1 + u))

    def quantile(self, p) -> sp.Expr | None:
        """Elementary if a = b = 1/2 or one of the shapes is 1."""
        a, b, power, scale = self.args
        if a == b == sp.Rational(1, 2):
            return scale * sp.tan(sp.pi * p / 2) ** (2 * power)
        if a == 1:
            return scale * ((1 - p) ** (-1 / b) - 1) ** power
        if b == 1:
            return scale * (p ** (-1 / a) - 1) ** (-power)
        return None

    @property
    def construction(self) -> sp.Expr:
        """From two gamma variables."""
        a, b, p, scale = self.args
        return scale * (GammaVariable(1, a) / GammaVariable(2, b)) ** p

    @guarded
    def density_digits(self, y):
        """The density at the mpmath number y."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        return u**a * (1 + u) ** (-a - b) / (mpmath.beta(a, b) * p * y) if y > 0 else 0 * y

    @guarded
    def survival_digits(self, y):
        """P(Y > y)."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        return regularised_beta(b, a, 1 / (1 + u), u / (1 + u))

    @guarded
    def cdf_digits(self, y):
        """P(Y <= y)."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        return regularised_beta(a, b, u / (1 + u), 1 / (1 + u))
