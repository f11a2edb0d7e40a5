r"""The law of Y in X = |W| Y where E X^s or E|W|^s is no quotient of gamma functions."""

import sympy as sp

from ..errors import UndecidedError
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = ["QuotientLaw"]


class QuotientLaw(PositiveLaw):
    """The law, if there is one, with E Y^s = E product^s/E factor^s; arguments product, factor."""

    def __new__(cls, product, factor):
        return super().__new__(cls, product, factor)

    def mellin(self, s) -> sp.Expr:
        """The quotient of the transforms."""
        product, factor = self.args
        return product.mellin(s) / factor.mellin(s)

    def mellin_digits(self, s):
        """E Y^s at the mpmath number s."""
        product, factor = self.args
        return product.mellin_digits(s) / factor.mellin_digits(s)

    @property
    def strip(self):
        """The strip of the product from the one side where that of the factor ends."""
        ends = [law.strip for law in self.args]
        return sp.Max(*(end[0] for end in ends)), sp.Min(*(end[1] for end in ends))

    @property
    def near_zero(self) -> NearZero:
        """That of the product over E factor^-rho, if the factor is smaller than y^rho at 0."""
        product, factor = (law.near_zero for law in self.args)
        if not (factor.exponent - product.exponent).is_positive:
            raise UndecidedError(
                f"the behaviour at zero of the quotient of {self.args[0]} by {self.args[1]} is "
                "not known"
            )
        return NearZero(
            product.exponent, product.coefficient / self.args[1].moment(-product.exponent)
        )

    @property
    def tail(self) -> Tail:
        """From the growth of the moments, (E Y^s)^(1/s) ~ (s/e)^mu sup; a power tail is kept."""
        growths = [_growth(law.tail) for law in self.args]
        if None in growths:
            raise UndecidedError(f"the tail of the quotient of {self.args[0]} is not known")
        (top, sup), (below, divisor) = growths
        mu, size = sp.cancel(top - below), sup / divisor
        if mu.is_zero:
            return Tail(sp.oo, size)
        if not mu.is_positive:
            raise UndecidedError(
                f"{self.args[0]} has a lighter tail than {self.args[1]}, so the quotient of their "
                "transforms is no law"
            )
        return Tail(1 / mu, sp.powsimp(mu * size ** (-1 / mu)))


def _growth(tail):
    """(mu, sup) with (E Y^s)^(1/s) ~ (s/e)^mu sup, or None."""
    if tail.rate is None or tail.index == 0:
        return None
    if tail.index is sp.oo:
        return sp.S.Zero, tail.rate
    mu = 1 / tail.index
    return mu, (mu / tail.rate) ** mu
