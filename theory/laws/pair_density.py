"""The law of |phi(X)| in the vocabulary of statistics."""

from dataclasses import dataclass

import sympy as sp

from ..errors import InputError
from .positive_law import PositiveLaw

__all__ = ["PairDensity"]

_Y = sp.Symbol("y", positive=True)


@dataclass(frozen=True)
class PairDensity:
    """The law of Y = |phi(X)|: each method takes a SymPy expression or number, or a symbol y.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> law = PairDensity(WeibullFactor(2))
    >>> law.moment(2), law.pdf()
    (1, 2/(pi*sqrt(2 - y**2)))
    """

    law: PositiveLaw

    def pdf(self, y=_Y) -> sp.Expr:
        """The density at ``y``."""
        return self._at(self.law.density, y, sp.S.Zero, sp.S.Zero)

    def cdf(self, y=_Y) -> sp.Expr:
        """P(Y <= y)."""
        return self._at(self.law.cdf, y, sp.S.Zero, sp.S.One)

    def sf(self, y=_Y) -> sp.Expr:
        """P(Y > y), which keeps its digits far out."""
        return self._at(self.law.survival, y, sp.S.One, sp.S.Zero)

    def moment(self, k) -> sp.Expr:
        """E Y^k for a real k > -1 or a symbol."""
        return self.law.moment(_exact(k))

    def ppf(self, p, digits: int = 30) -> sp.Expr:
        """The y with P(Y <= y) = p, elementary or as a number of ``digits`` digits."""
        from .quantile_value import quantile_value

        return quantile_value(self.law, p, digits)

    def rvs(self, size=None, random_state=None):
        """Independent values as an array of floats; ``random_state`` None is seed 0."""
        from .samplers import draw

        return draw(self.law, size, random_state)

    def _at(self, function, y, below, beyond):
        y = _exact(y)
        low, high = self.law.support
        if y.is_number and (y < low) == True:  # noqa: E712  SymPy truth values
            return below
        if y.is_number and (y > high) == True:  # noqa: E712
            return beyond
        return function(y)


def _exact(value):
    from ..parser import exact

    if value is sp.oo or value is -sp.oo:
        raise InputError("the argument of a density is a finite number")
    return exact(value, "the argument")
