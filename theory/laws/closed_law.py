r"""Laws with a closed density and distribution function but no gamma quotient."""

from functools import lru_cache

import mpmath
import sympy as sp

from .base_variables import ExponentialVariable, NormalVariable, UniformVariable
from .numbers import expression, guarded
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = [
    "ClosedLaw",
    "HyperbolicSecantMagnitude",
    "LogNormal",
    "LogisticMagnitude",
    "TruncatedHalfNormal",
]


class ClosedLaw(PositiveLaw):
    """A law whose ``density``, ``survival`` and ``cdf`` are expressions free of cancellation."""

    def __new__(cls, *args):
        return super().__new__(cls, *map(expression, args))

    @guarded
    def density_digits(self, y):
        """The density at the mpmath number y."""
        return _number(self, "density", y)

    @guarded
    def survival_digits(self, y):
        """P(Y > y)."""
        return _number(self, "survival", y)

    @guarded
    def cdf_digits(self, y):
        """P(Y <= y)."""
        return _number(self, "cdf", y)


def _number(law, kind, y):
    high = law.support[1]
    if kind != "density" and high is not sp.oo and not y < mpmath.mpf(sp.N(high, mpmath.mp.dps)):
        return mpmath.mpf(kind == "cdf")
    return mpmath.re(_function(law, kind)(y))


@lru_cache(maxsize=64)
def _function(law, kind):
    y = sp.Dummy("y", positive=True)
    return sp.lambdify(y, getattr(law, kind)(y), "mpmath")


class LogisticMagnitude(ClosedLaw):
    r"""|W| for W of density e^-w/(1 + e^-w)^2: E|W|^s = 2 Gamma(1 + s) eta(s), Dirichlet's eta.

    >>> LogisticMagnitude().moment(2)
    pi**2/3
    """

    def mellin(self, s) -> sp.Expr:
        """2 Gamma(1 + s) eta(s), eta(s) = sum (-1)^(n-1) n^-s."""
        return 2 * sp.gamma(1 + s) * sp.dirichlet_eta(s)

    def mellin_digits(self, s):
        """E Y^s at the mpmath number s."""
        return 2 * mpmath.gamma(1 + s) * mpmath.altzeta(s)

    @property
    def tail(self) -> Tail:
        """P(Y > y) ~ 2 e^-y."""
        return Tail(sp.S.One, sp.S.One)

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) ~ y/2."""
        return NearZero(sp.S.One, sp.Rational(1, 2))

    def density(self, y) -> sp.Expr:
        """2 e^-y/(1 + e^-y)^2."""
        return 2 * sp.exp(-y) / (1 + sp.exp(-y)) ** 2

    def survival(self, y) -> sp.Expr:
        """2/(1 + e^y)."""
        return 2 / (1 + sp.exp(y))

    def cdf(self, y) -> sp.Expr:
        """tanh(y/2)."""
        return sp.tanh(y / 2)

    def quantile(self, p) -> sp.Expr:
        """2 artanh p."""
        return 2 * sp.atanh(p)

    @property
    def construction(self) -> sp.Expr:
        """By inversion: log(2 e^E - 1) with an exponential E, which has P = e^-E = P(Y > y)."""
        return sp.log(2 * sp.exp(ExponentialVariable(1)) - 1)


class HyperbolicSecantMagnitude(ClosedLaw):
    r"""|W| for W of density 1/(pi cosh w): E|W|^s = (4/pi) Gamma(1 + s) beta(1 + s) (Dirichlet).

    >>> sp.N(HyperbolicSecantMagnitude().moment(2)/sp.pi**2, 15)
    0.250000000000000
    """

    def mellin(self, s) -> sp.Expr:
        """(4/pi) Gamma(1 + s) 4^(-1-s) (zeta(1 + s, 1/4) - zeta(1 + s, 3/4))."""
        quarter = sp.Rational(1, 4)
        beta = sp.zeta(1 + s, quarter) - sp.zeta(1 + s, 3 * quarter)
        return 4 / sp.pi * sp.gamma(1 + s) * 4 ** (-1 - s) * beta

    def moment(self, s) -> sp.Expr:
        """Even moments are (pi/2)^s times Euler's numbers."""
        s = expression(s)
        if s.is_Integer and s.is_even and s.is_positive:
            return (sp.pi / 2) ** s * sp.Abs(sp.euler(s))
        return super().moment(s)

    @property
    def tail(self) -> Tail:
        """P(Y > y) ~ (4/pi) e^-y."""
        return Tail(sp.S.One, sp.S.One)

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) ~ 2 y/pi."""
        return NearZero(sp.S.One, 2 / sp.pi)

    def density(self, y) -> sp.Expr:
        """2/(pi cosh y)."""
        return 2 / (sp.pi * sp.cosh(y))

    def survival(self, y) -> sp.Expr:
        """(4/pi) arctan e^-y."""
        return 4 / sp.pi * sp.atan(sp.exp(-y))

    def cdf(self, y) -> sp.Expr:
        """(4/pi) arctan tanh(y/2)."""
        return 4 / sp.pi * sp.atan(sp.tanh(y / 2))

    def quantile(self, p) -> sp.Expr:
        """2 artanh tan(pi p/4)."""
        return 2 * sp.atanh(sp.tan(sp.pi * p / 4))

    @property
    def construction(self) -> sp.Expr:
        """By inversion of the survival function."""
        return -sp.log(sp.tan(sp.pi * UniformVariable(1) / 4))


class TruncatedHalfNormal(ClosedLaw):
    r"""|N| given |N| < bound, N standard normal.

    >>> TruncatedHalfNormal(1).moment(2).evalf(15)
    0.291125094772793
    """

    def mellin(self, s) -> sp.Expr:
        """2^(s/2) gamma((1 + s)/2, bound^2/2)/(sqrt(pi) erf(bound/sqrt(2)))."""
        (bound,) = self.args
        front = 2 ** (s / 2) / (sp.sqrt(sp.pi) * sp.erf(bound / sp.sqrt(2)))
        return front * sp.lowergamma((1 + s) / 2, bound**2 / 2)

    @property
    def tail(self) -> Tail:
        """Bounded."""
        return Tail(sp.oo, self.args[0])

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) ~ sqrt(2/pi) y/erf(bound/sqrt(2))."""
        return NearZero(sp.S.One, sp.sqrt(2 / sp.pi) / sp.erf(self.args[0] / sp.sqrt(2)))

    def density(self, y) -> sp.Expr:
        """The density at 0 < y < bound."""
        return sp.sqrt(2 / sp.pi) * sp.exp(-(y**2) / 2) / sp.erf(self.args[0] / sp.sqrt(2))

    def survival(self, y) -> sp.Expr:
        """P(Y > y) for 0 < y < bound."""
        root = sp.sqrt(2)
        mass = sp.erf(self.args[0] / root)
        return (sp.erfc(y / root) - sp.erfc(self.args[0] / root)) / mass

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y) for 0 < y < bound."""
        return sp.erf(y / sp.sqrt(2)) / sp.erf(self.args[0] / sp.sqrt(2))

    def quantile(self, p) -> sp.Expr:
        """By the inverse error function."""
        return sp.sqrt(2) * sp.erfinv(p * sp.erf(self.args[0] / sp.sqrt(2)))

    @property
    def construction(self) -> sp.Expr:
        """By inversion."""
        return self.quantile(UniformVariable(1))


class LogNormal(ClosedLaw):
    """exp(sigma N), N standard normal: E Y^s = exp(sigma^2 s^2/2).

    >>> LogNormal(1).moment(2)
    exp(2)
    """

    def mellin(self, s) -> sp.Expr:
        """exp(sigma^2 s^2/2)."""
        return sp.exp(self.args[0] ** 2 * s**2 / 2)

    @property
    def strip(self):
        """Every moment is finite."""
        return -sp.oo, sp.oo

    @property
    def tail(self) -> Tail:
        """Heavier than any exponential of a power: the index is 0, without a rate."""
        return Tail(sp.S.Zero)

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) is smaller than every power of y."""
        return NearZero(sp.oo)

    def density(self, y) -> sp.Expr:
        """The density at y > 0."""
        sigma = self.args[0]
        front = 1 / (y * sigma * sp.sqrt(2 * sp.pi))
        return front * sp.exp(-(sp.log(y) ** 2) / (2 * sigma**2))

    def survival(self, y) -> sp.Expr:
        """P(Y > y)."""
        return sp.erfc(sp.log(y) / (self.args[0] * sp.sqrt(2))) / 2

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y)."""
        return sp.erfc(-sp.log(y) / (self.args[0] * sp.sqrt(2))) / 2

    def quantile(self, p) -> sp.Expr:
        """By the inverse error function."""
        return sp.exp(sp.sqrt(2) * self.args[0] * sp.erfinv(2 * p - 1))

    @property
    def construction(self) -> sp.Expr:
        """exp(sigma N)."""
        return sp.exp(self.args[0] * NormalVariable(1))
