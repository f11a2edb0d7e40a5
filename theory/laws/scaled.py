r"""A law times a positive constant, for laws without a scale of their own."""

import sympy as sp

from .numbers import digits_of, expression
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = ["Scaled"]


class Scaled(PositiveLaw):
    """The law of ``factor`` Y, Y of the law ``law``."""

    def __new__(cls, law, factor):
        if isinstance(law, Scaled):
            law, factor = law.law, law.factor * factor
        return super().__new__(cls, law, expression(factor))

    @property
    def law(self) -> PositiveLaw:
        """The law before scaling."""
        return self.args[0]

    @property
    def factor(self) -> sp.Expr:
        """The positive constant."""
        return self.args[1]

    @property
    def gamma_quotient(self):
        """The Mellin transform as a gamma quotient, or None."""
        quotient = self.law.gamma_quotient
        return None if quotient is None else quotient.scaled(self.factor)

    def mellin(self, s) -> sp.Expr:
        """factor^s E Y^s."""
        return self.factor**s * self.law.mellin(s)

    def mellin_digits(self, s):
        """E Y^s at the mpmath number s."""
        return digits_of(self.factor)[0] ** s * self.law.mellin_digits(s)

    def scaled(self, factor) -> PositiveLaw:
        """The law times another constant."""
        total = self.factor * factor
        return self.law if total == 1 else Scaled(self.law, total)

    @property
    def strip(self):
        """As without the factor."""
        return self.law.strip

    @property
    def atoms_of_law(self):
        """The atoms moved."""
        return tuple((place * self.factor, p) for place, p in self.law.atoms_of_law)

    @property
    def support(self):
        """The support moved."""
        return tuple(place * self.factor for place in self.law.support)

    @property
    def tail(self) -> Tail:
        """The same index."""
        index, rate = self.law.tail.index, self.law.tail.rate
        if rate is None or index == 0:
            return Tail(index, rate)
        return Tail(index, rate * (self.factor if index is sp.oo else self.factor**-index))

    @property
    def near_zero(self) -> NearZero:
        """The same exponent."""
        exponent, coefficient = self.law.near_zero.exponent, self.law.near_zero.coefficient
        moved = None if coefficient is None else coefficient * self.factor**-exponent
        return NearZero(exponent, moved)

    def density(self, y) -> sp.Expr:
        """The density at y > 0."""
        return self.law.density(y / self.factor) / self.factor

    def survival(self, y) -> sp.Expr:
        """P(Y > y)."""
        return self.law.survival(y / self.factor)

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y)."""
        return self.law.cdf(y / self.factor)

    def quantile(self, p) -> sp.Expr | None:
        """The quantile moved."""
        found = self.law.quantile(p)
        return None if found is None else self.factor * found

    @property
    def construction(self) -> sp.Expr | None:
        """The recipe times the factor."""
        found = self.law.construction
        return None if found is None else self.factor * found

    def density_digits(self, y):
        """The density at the mpmath number y."""
        (factor,) = digits_of(self.factor)
        return self.law.density_digits(y / factor) / factor

    def survival_digits(self, y):
        """P(Y > y)."""
        return self.law.survival_digits(y / digits_of(self.factor)[0])

    def cdf_digits(self, y):
        """P(Y <= y)."""
        return self.law.cdf_digits(y / digits_of(self.factor)[0])

    def quantile_digits(self, p=None, survival=None):
        """The quantile moved."""
        return digits_of(self.factor)[0] * self.law.quantile_digits(p, survival)
