r"""Powers of gamma variables: Weibull, exponential, half-normal, chi, Maxwell, Subbotin."""

import mpmath
import sympy as sp

from .base_variables import ExponentialVariable, GammaVariable, NormalVariable
from .gamma_quotient import GammaQuotient
from .numbers import digits_of, expression, guarded
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = ["GeneralizedGamma"]


class GeneralizedGamma(PositiveLaw):
    r"""Y = scale G^(1/power) with G of density t^(shape-1) e^-t/Gamma(shape) (Stacy 1962).

    E Y^s = scale^s Gamma(shape + s/power)/Gamma(shape) for s > -shape power; the three parameters
    are positive.

    >>> GeneralizedGamma(1, 3).mellin(6)
    2
    >>> GeneralizedGamma(sp.Rational(1, 2), 2, sp.sqrt(2)).survival(sp.Symbol("y", positive=True))
    erfc(sqrt(2)*y/2)
    """

    def __new__(cls, shape, power, scale=1):
        return super().__new__(cls, *map(expression, (shape, power, scale)))

    @property
    def shape(self) -> sp.Expr:
        """The exponent of G at zero."""
        return self.args[0]

    @property
    def power(self) -> sp.Expr:
        """The index of the tail."""
        return self.args[1]

    @property
    def scale(self) -> sp.Expr:
        """The factor of G^(1/power)."""
        return self.args[2]

    @property
    def gamma_quotient(self) -> GammaQuotient:
        """The Mellin transform."""
        k, p, scale = self.args
        return GammaQuotient(1 / sp.gamma(k), scale, [(k, 1 / p)])

    def scaled(self, factor) -> "GeneralizedGamma":
        """The law of ``factor`` Y."""
        return GeneralizedGamma(self.shape, self.power, self.scale * factor)

    @property
    def tail(self) -> Tail:
        """-log P(Y > y) ~ (y/scale)^power."""
        return Tail(self.power, self.scale**-self.power)

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) ~ (y/scale)^(shape power)/Gamma(shape + 1)."""
        k, p, scale = self.args
        return NearZero(k * p, scale ** (-k * p) / sp.gamma(k + 1))

    def density(self, y) -> sp.Expr:
        """The density at y > 0."""
        k, p, scale = self.args
        front = p / (scale ** (k * p) * sp.gamma(k))
        return front * y ** (k * p - 1) * sp.exp(-((y / scale) ** p))

    def survival(self, y) -> sp.Expr:
        """Gamma(shape, (y/scale)^power)/Gamma(shape); elementary for half-integer shapes."""
        k, p, scale = self.args
        z = (y / scale) ** p
        if not (2 * k).is_Integer or k > 50:
            return sp.uppergamma(k, z) / sp.gamma(k)
        if k.is_Integer:
            return sp.exp(-z) * sp.Add(*(z**j / sp.factorial(j) for j in range(int(k))))
        root = (y / scale) ** (p / 2)
        half = sp.Rational(1, 2)
        terms = (root ** (2 * j + 1) / sp.gamma(j + 1 + half) for j in range(int(k - half)))
        return sp.erfc(root) + sp.exp(-z) * sp.Add(*terms)

    def quantile(self, p) -> sp.Expr | None:
        """Elementary for shape 1, and by the inverse error function for shape 1/2."""
        if self.shape == 1:
            return self.scale * (-sp.log(1 - p)) ** (1 / self.power)
        if self.shape == sp.Rational(1, 2):
            return self.scale * sp.erfinv(p) ** (2 / self.power)
        return None

    @property
    def construction(self) -> sp.Expr:
        """A power of an exponential, normal or gamma variable."""
        k, p, scale = self.args
        if k == 1:
            return scale * ExponentialVariable(1) ** (1 / p)
        if k == sp.Rational(1, 2):
            return scale * (sp.Abs(NormalVariable(1)) / sp.sqrt(2)) ** (2 / p)
        return scale * GammaVariable(1, k) ** (1 / p)

    @guarded
    def density_digits(self, y):
        """The density at the mpmath number y."""
        k, p, scale = digits_of(*self.args)
        z = (y / scale) ** p
        return p / y * mpmath.exp(k * mpmath.log(z) - z) * mpmath.rgamma(k) if y > 0 else 0 * y

    @guarded
    def survival_digits(self, y):
        """P(Y > y)."""
        k, p, scale = digits_of(*self.args)
        return mpmath.gammainc(k, (y / scale) ** p, regularized=True)

    @guarded
    def cdf_digits(self, y):
        """P(Y <= y)."""
        k, p, scale = digits_of(*self.args)
        return mpmath.gammainc(k, 0, (y / scale) ** p, regularized=True)
