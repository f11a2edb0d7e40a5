r"""Laws of a positive random variable, known by their Mellin transform E Y^s.

Products of independent variables multiply Mellin transforms, so the equation |W| Y = |N| in law
is a division (see :mod:`theory.gaussian_pair`).  A law is a SymPy object: its parameters are its
``args``, and what it offers are expressions.  Where an expression has no closed form it is a node
of :mod:`theory.laws.functions`, which evaluates to any precision through the ``*_digits`` methods.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from ..errors import UndecidedError
from .numbers import expression

__all__ = ["NearZero", "PositiveLaw", "Tail"]


@dataclass(frozen=True)
class Tail:
    """-log P(Y > y) ~ ``rate`` y^``index`` as y -> oo.

    A bounded variable has ``index`` oo and ``rate`` its essential supremum; a power tail
    P(Y > y) ~ C y^(-rate) has ``index`` 0.
    """

    index: sp.Expr
    rate: sp.Expr | None = None


@dataclass(frozen=True)
class NearZero:
    """P(Y <= y) ~ ``coefficient`` y^``exponent`` as y -> 0; exponent oo: Y stays away from 0."""

    exponent: sp.Expr
    coefficient: sp.Expr | None = None


class PositiveLaw(sp.Basic):
    """The law of a positive random variable Y; subclasses give at least :meth:`mellin`."""

    def mellin(self, s) -> sp.Expr:
        """E Y^s, an expression in ``s`` that continues it to complex values."""
        if self.gamma_quotient is None:
            raise NotImplementedError(f"{type(self).__name__} must give its Mellin transform")
        return self.gamma_quotient(s)

    @property
    def gamma_quotient(self):
        """The Mellin transform as a quotient of gamma functions, or None if it is none."""
        return None

    def moment(self, s) -> sp.Expr:
        """E Y^s for real ``s``: oo outside the strip, the formula if that is undecided."""
        s = expression(s)
        if s == 0:
            return sp.S.One
        low, high = self.strip
        if sp.Le(s, low) == True or sp.Ge(s, high) == True:  # noqa: E712
            return sp.oo
        return sp.simplify(self.mellin(s)) if self.free_symbols else self.mellin(s)

    def scaled(self, factor) -> "PositiveLaw":
        """The law of ``factor`` Y for a positive ``factor``."""
        from .scaled import Scaled

        factor = expression(factor)
        return self if factor == 1 else Scaled(self, factor)

    @property
    def strip(self) -> tuple[sp.Expr, sp.Expr]:
        """The open interval of the real s with E Y^s finite."""
        return (-self.near_zero.exponent, sp.oo if self.tail.index != 0 else self.tail.rate)

    @property
    def atoms_of_law(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """(place, probability) of every atom."""
        return ()

    @property
    def support(self) -> tuple[sp.Expr, sp.Expr]:
        """The essential infimum and supremum of Y."""
        return (sp.S.Zero, self.tail.rate if self.tail.index is sp.oo else sp.oo)

    @property
    def tail(self) -> Tail:
        """The behaviour of P(Y > y) at infinity."""
        raise UndecidedError(f"the tail of {self} is not known")

    @property
    def near_zero(self) -> NearZero:
        """The behaviour of P(Y <= y) at zero."""
        raise UndecidedError(f"the behaviour of {self} at zero is not known")

    def density(self, y) -> sp.Expr:
        """The density at y > 0."""
        from .functions import LawDensity

        return LawDensity(self, y)

    def survival(self, y) -> sp.Expr:
        """P(Y > y)."""
        from .functions import LawSurvival

        return LawSurvival(self, y)

    def cdf(self, y) -> sp.Expr:
        """P(Y <= y)."""
        return 1 - self.survival(y)

    def quantile(self, p) -> sp.Expr | None:
        """The y with P(Y <= y) = p as an elementary expression, or None if there is none."""
        return None

    @property
    def construction(self) -> sp.Expr | None:
        """Y as an expression in independent base variables of ``theory.laws.base_variables``."""
        return None

    # numbers at the current precision of mpmath, with at most a few units lost

    def mellin_digits(self, s):
        """E Y^s at the real or complex mpmath number s."""
        return mellin_function(self)(s)

    def density_digits(self, y):
        """The density at the mpmath number y."""
        return self._inverted("density", y)

    def survival_digits(self, y):
        """P(Y > y) at the mpmath number y, to full relative precision."""
        return self._inverted("survival", y)

    def cdf_digits(self, y):
        """P(Y <= y) at the mpmath number y, to full relative precision."""
        return self._inverted("cdf", y)

    def _inverted(self, kind, y):
        from .mellin_inversion import invert

        return invert(self, kind, y)[0]

    def quantile_digits(self, p=None, survival=None):
        """The y with P(Y <= y) = p, or with P(Y > y) = survival."""
        from .mellin_inversion import quantile_bound
        from .quantiles import solve_quantile

        def start(probability, upper):
            return quantile_bound(self, probability, upper)

        return solve_quantile(self, p, survival, start)


@lru_cache(maxsize=64)
def mellin_function(law):
    """E Y^s as a function of mpmath numbers."""
    s = sp.Dummy("s")
    return sp.lambdify(s, law.mellin(s), "mpmath")
