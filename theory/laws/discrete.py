r"""Laws with finitely many values."""

import sympy as sp

from .base_variables import UniformVariable
from .gamma_quotient import GammaQuotient
from .numbers import digits_of, expression
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = ["Constant", "Discrete"]


class Discrete(PositiveLaw):
    """Y = a_i with probability p_i; the arguments are the tuples of the a_i > 0 and the p_i.

    >>> Discrete((1, 3), (sp.Rational(1, 2), sp.Rational(1, 2))).mellin(2)
    5
    """

    def __new__(cls, places, probabilities):
        return super().__new__(cls, sp.Tuple(*places), sp.Tuple(*probabilities))

    @property
    def atoms_of_law(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """(place, probability) of every atom."""
        return tuple(zip(*self.args, strict=True))

    def mellin(self, s) -> sp.Expr:
        """sum p_i a_i^s."""
        return sp.Add(*(p * place**s for place, p in self.atoms_of_law))

    def scaled(self, factor) -> "Discrete":
        """The law of ``factor`` Y."""
        return type(self)([place * factor for place in self.args[0]], self.args[1])

    @property
    def support(self) -> tuple[sp.Expr, sp.Expr]:
        """The least and the greatest value."""
        return sp.Min(*self.args[0]), sp.Max(*self.args[0])

    @property
    def tail(self) -> Tail:
        """Bounded by the greatest value."""
        return Tail(sp.oo, sp.Max(*self.args[0]))

    @property
    def near_zero(self) -> NearZero:
        """Y stays away from 0."""
        return NearZero(sp.oo)

    @property
    def strip(self) -> tuple[sp.Expr, sp.Expr]:
        """Every moment is finite."""
        return -sp.oo, sp.oo

    def density(self, y) -> sp.Expr:
        """A sum of Dirac's deltas."""
        return sp.Add(*(p * sp.DiracDelta(y - place) for place, p in self.atoms_of_law))

    def survival(self, y) -> sp.Expr:
        """P(Y > y)."""
        steps = (p * sp.Piecewise((1, y < place), (0, True)) for place, p in self.atoms_of_law)
        return sp.Add(*steps)

    def quantile(self, p) -> sp.Expr | None:
        """The step function of p if the order of the values is known."""
        places = self.args[0]
        if len(places) > 1 and not all(place.is_number for place in places):
            return None
        pieces, total = [], sp.S.Zero
        atoms = sorted(self.atoms_of_law, key=lambda atom: atom[0])
        for place, weight in atoms[:-1]:
            total += weight
            pieces.append((place, p <= total))
        return sp.Piecewise(*pieces, (atoms[-1][0], True))

    @property
    def construction(self) -> sp.Expr:
        """A step function of a uniform variable."""
        return self.quantile(UniformVariable(1))

    def survival_digits(self, y):
        """P(Y > y)."""
        above = (p for place, p in self.atoms_of_law if digits_of(place)[0] > y)
        return sum(digits_of(*above), 0 * y)

    def cdf_digits(self, y):
        """P(Y <= y)."""
        below = (p for place, p in self.atoms_of_law if digits_of(place)[0] <= y)
        return sum(digits_of(*below), 0 * y)

    def quantile_digits(self, p=None, survival=None):
        """The least place with P(Y <= place) >= p, or P(Y > place) <= survival."""
        atoms = sorted(self.atoms_of_law, key=lambda atom: atom[0])
        for place, _ in atoms:
            (value,) = digits_of(place)
            done = (
                self.cdf_digits(value) >= p
                if survival is None
                else (self.survival_digits(value) <= survival)
            )
            if done:
                break
        return value


class Constant(Discrete):
    """Y = value, a positive number.

    >>> Constant(2).mellin(sp.Symbol("s"))
    2**s
    """

    def __new__(cls, value, *_):
        value = value[0] if isinstance(value, list | tuple | sp.Tuple) else value
        return sp.Basic.__new__(cls, expression(value))

    @property
    def value(self) -> sp.Expr:
        """The one value."""
        return self.args[0]

    @property
    def atoms_of_law(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """One atom of probability 1."""
        return ((self.value, sp.S.One),)

    @property
    def gamma_quotient(self) -> GammaQuotient:
        """value^s."""
        return GammaQuotient(1, self.value)

    def scaled(self, factor) -> "Constant":
        """The law of ``factor`` Y."""
        return Constant(self.value * factor)

    @property
    def support(self) -> tuple[sp.Expr, sp.Expr]:
        """The value, twice."""
        return self.value, self.value

    @property
    def tail(self) -> Tail:
        """Bounded by the value."""
        return Tail(sp.oo, self.value)

    def quantile(self, p) -> sp.Expr:
        """The value."""
        return self.value

    @property
    def construction(self) -> sp.Expr:
        """The value."""
        return self.value
