r"""Powers of beta variables: uniform, arcsine, and what divides chi laws from each other."""

import mpmath
import sympy as sp

from .base_variables import GammaVariable, UniformVariable
from .beta_family import BetaFamily
from .gamma_quotient import GammaQuotient
from .numbers import digits_of, guarded, regularised_beta
from .positive_law import Tail
from .quantiles import solve_quantile

__all__ = ["BetaPower"]

_HALF = sp.Rational(1, 2)


class BetaPower(BetaFamily):
    r"""Y = scale B^power with B of density u^(a-1) (1-u)^(b-1)/Beta(a, b) on (0, 1).

    E Y^s = scale^s Gamma(a + power s) Gamma(a + b)/(Gamma(a) Gamma(a + b + power s)).

    >>> BetaPower(1, 1).mellin(2)
    1/3
    >>> p = sp.Symbol("p", positive=True)
    >>> BetaPower(_HALF, _HALF, _HALF).quantile(p)
    sin(pi*p/2)
    """

    @property
    def a(self) -> sp.Expr:
        """The exponent of B at 0."""
        return self.args[0]

    @property
    def b(self) -> sp.Expr:
        """The exponent of 1 - B at 0."""
        return self.args[1]

    @property
    def power(self) -> sp.Expr:
        """The power of B."""
        return self.args[2]

    @property
    def gamma_quotient(self) -> GammaQuotient:
        """The Mellin transform."""
        a, b, p, scale = self.args
        return GammaQuotient(sp.gamma(a + b) / sp.gamma(a), scale, [(a, p)], [(a + b, p)])

    @property
    def tail(self) -> Tail:
        """Bounded by ``scale``."""
        return Tail(sp.oo, self.scale)

    def density(self, y) -> sp.Expr:
        """The density at 0 < y < scale."""
        _, b, p, scale = self.args
        u = (y / scale) ** (1 / p)
        return self._power_law(y) * (1 - u) ** (b - 1)

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y) for 0 < y < scale, the regularised incomplete beta function."""
        a, b, p, scale = self.args
        u = (y / scale) ** (1 / p)
        if b == 1:
            return (y / scale) ** (a / p)
        if a == 1:
            return 1 - (1 - u) ** b
        if a == b == _HALF:
            return 2 / sp.pi * sp.asin((y / scale) ** (1 / (2 * p)))
        if b.is_Integer and 1 < b <= 20:
            # I_u(a, n) = u^a sum_k Gamma(a + k)/(Gamma(a) k!) (1 - u)^k
            terms = (sp.rf(a, k) / sp.factorial(k) * (1 - u) ** k for k in range(int(b)))
            return (y / scale) ** (a / p) * sp.Add(*terms)
        return sp.betainc_regularized(a, b, 0, u)

    def survival(self, y) -> sp.Expr:
        """P(Y > y) for 0 < y < scale."""
        if self.a == 1:
            return (1 - (y / self.scale) ** (1 / self.power)) ** self.b
        return 1 - self.cdf(y)

    def quantile(self, p) -> sp.Expr | None:
        """scale u^power, where the incomplete beta function has an elementary inverse u."""
        a, b, power, scale = self.args
        if b == 1:
            return scale * p ** (power / a)
        if a == 1:
            return scale * (1 - (1 - p) ** (1 / b)) ** power
        if a == b == _HALF:
            return scale * sp.sin(sp.pi * p / 2) ** (2 * power)
        if a == _HALF and b == 2:
            # v = sqrt(u) solves 3 v - v^3 = 2 p, and 3 sin t - 4 sin^3 t = sin 3t
            return scale * (2 * sp.sin(sp.asin(p) / 3)) ** (2 * power)
        if a == b == 2:
            return scale * (_HALF - sp.sin(sp.asin(1 - 2 * p) / 3)) ** power
        return None

    @property
    def construction(self) -> sp.Expr:
        """From uniform or gamma variables."""
        a, b, p, scale = self.args
        if b == 1:
            return scale * UniformVariable(1) ** (p / a)
        if a == 1:
            return scale * (1 - UniformVariable(1) ** (1 / b)) ** p
        if a == b == _HALF:
            return scale * sp.sin(sp.pi * UniformVariable(1) / 2) ** (2 * p)
        first, second = GammaVariable(1, a), GammaVariable(2, b)
        return scale * (first / (first + second)) ** p

    @guarded
    def density_digits(self, y):
        """The density at the mpmath number y."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        if not 0 < u < 1:
            return 0 * y
        return u**a * (1 - u) ** (b - 1) / (mpmath.beta(a, b) * p * y)

    @guarded
    def survival_digits(self, y):
        """P(Y > y)."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        return regularised_beta(b, a, 1 - u, u) if u < 1 else 0 * y

    @guarded
    def cdf_digits(self, y):
        """P(Y <= y)."""
        a, b, p, scale = digits_of(*self.args)
        u = (y / scale) ** (1 / p)
        return regularised_beta(a, b, u, 1 - u) if u < 1 else 1 + 0 * y

    def quantile_digits(self, p=None, survival=None):
        """The y with P(Y <= y) = p, or with P(Y > y) = survival; next to ``scale`` by the gap."""
        if survival is None or not 0 < survival < mpmath.mpf("0.5"):
            return super().quantile_digits(p=p, survival=survival)
        mirrored = BetaPower(self.b, self.a, 1, 1)
        with mpmath.extraprec(20):
            power, scale = digits_of(self.power, self.scale)
            a, b = digits_of(self.a, self.b)
            first = (survival * b * mpmath.beta(a, b)) ** (1 / b)
            gap = solve_quantile(mirrored, p=survival, start=min(first, mpmath.mpf("0.9")))
            y = scale * (1 - gap) ** power
        return +y
