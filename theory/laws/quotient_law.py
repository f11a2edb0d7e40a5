r"""The law of Y in X = |W| Y where E X^s or E|W|^s is no quotient of gamma functions."""

from functools import lru_cache

import mpmath
import sympy as sp

from ..errors import UndecidedError
from .density_law import DensityLaw
from .positive_law import NearZero, PositiveLaw, Tail
from .quantiles import solve_quantile

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
        s = mpmath.mpmathify(s)
        if mpmath.im(s) == 0 and mpmath.re(s) < 0 and mpmath.isint(mpmath.re(s)):
            # poles of both may cancel here: the mean of two values near by
            gap = mpmath.ldexp(1, -mpmath.mp.prec // 2)
            with mpmath.workprec(2 * mpmath.mp.prec):
                value = (self.mellin_digits(s - gap) + self.mellin_digits(s + gap)) / 2
            return +value
        return product.mellin_digits(s) / _relative(factor, s)

    def quantile_digits(self, p=None, survival=None):
        """The y with P(Y <= y) = p, or with P(Y > y) = survival."""
        return solve_quantile(self, p, survival, _middle(self))

    @property
    def strip(self):
        """The strip of the product from the one side where that of the factor ends."""
        ends = [law.strip for law in self.args]
        high = sp.Min(*(end[1] for end in ends))
        if ends[0][0] == ends[1][0] and isinstance(self.args[1], DensityLaw):
            # the poles cancel: the strip goes on to the next singularity, where it is seen
            return _continued(self, ends[0][0]), high
        return sp.Max(*(end[0] for end in ends)), high

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


def _relative(law, s):
    """E Y^s to the current precision in the relative sense: quadratures have an absolute one."""
    value = law.mellin_digits(s)
    if mpmath.im(s) == 0 or law.gamma_quotient is not None:
        return value
    lost = mpmath.mag(law.mellin_digits(mpmath.re(s))) - mpmath.mag(value)
    if lost > 4:
        with mpmath.extraprec(32 * (int(lost) // 32 + 1)):
            value = law.mellin_digits(s)
    return value


@lru_cache(maxsize=64)
def _middle(law):
    with mpmath.workprec(53):
        return mpmath.re(law.mellin_digits(mpmath.mpf(1) / 4)) ** 4


@lru_cache(maxsize=64)
def _continued(law, end):
    """Some place left of ``end`` down to which E Y^s has no pole on the real line, or ``end``."""
    product, factor = law.args
    if factor.free_symbols or not factor.continues:
        return end
    place = end
    with mpmath.workprec(60):
        for k in range(1, 16):  # towards end - 2, where the next pole of E |N|^s is
            s = mpmath.mpf(int(end)) - mpmath.mpf(k) / 8 if end.is_Integer else None
            if s is None or (k % 8 == 0 and k > 0):
                continue
            if not mpmath.re(product.mellin_digits(s) / factor.mellin_digits(s)) > 0:
                break
            place = sp.Integer(end) - sp.Rational(k, 8)
    return place


def _growth(tail):
    """(mu, sup) with (E Y^s)^(1/s) ~ (s/e)^mu sup, or None."""
    if tail.rate is None or tail.index == 0:
        return None
    if tail.index is sp.oo:
        return sp.S.Zero, tail.rate
    mu = 1 / tail.index
    return mu, (mu / tail.rate) ** mu
