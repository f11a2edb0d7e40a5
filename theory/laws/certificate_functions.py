r"""Refutations that only look at an activation where it is small: E |phi(X)|^s = oo at s > -1."""

from dataclasses import dataclass

import sympy as sp

from ..activation import Activation
from ..errors import InitheoryError
from ..symbols import x
from ..validation import local_exponent
from .certificates import Certificate, shown
from .function_zeros import flat_probability

__all__ = ["FastDecay", "FlatZero", "ZeroOnInterval"]


@dataclass(frozen=True)
class ZeroOnInterval(Certificate):
    """phi vanishes on a set of positive ``probability``: W phi(X) would have an atom at 0."""

    probability: sp.Expr

    @property
    def statement(self):
        return (
            f"phi(X) is 0 with probability {shown(self.probability)}, so W phi(X) would be 0 with "
            "that probability, which a Gaussian variable never is"
        )

    def verify(self):
        seen = flat_probability(Activation(self.known.phi))
        return bool(seen.evalf(15) > 0) and sp.simplify(seen - self.probability) == 0


@dataclass(frozen=True)
class FlatZero(Certificate):
    """phi vanishes at ``place`` like |x - place|^``order`` with an order above 1."""

    place: sp.Expr
    side: str
    order: sp.Expr

    @property
    def statement(self):
        return (
            f"phi vanishes at x = {shown(self.place)} to the order {self.order} > 1, so "
            f"E |phi(X)|^s is infinite at s = {-1 / self.order}, but it divides E |N|^s, which is "
            "finite for all s > -1"
        )

    def verify(self):
        if not (self.order - 1).is_positive:
            return False
        if self.place.is_Float:
            return self._seen()
        for piece in Activation._trusted(self.known.phi, "phi").pieces:
            end = piece.lower if self.side == "+" else piece.upper
            inside = (piece.lower - self.place).is_extended_nonpositive and (
                piece.upper - self.place
            ).is_extended_nonnegative
            if inside and (end == self.place or piece.expr.subs(x, self.place).is_zero):
                try:
                    if local_exponent(piece.expr, self.place, self.side) == self.order:
                        return True
                except InitheoryError:
                    continue
        return False

    def _seen(self):
        """The order from values of phi next to a place known to 25 digits."""
        step = sp.Rational(1, 10**5) * (1 if self.side == "+" else -1)
        near = [abs(self.known.phi.subs(x, self.place + step / k).evalf(25)) for k in (1, 10)]
        order = sp.log(near[0] / near[1], 10).evalf(15)
        return bool(abs(order - self.order) < sp.Rational(1, 1000))


@dataclass(frozen=True)
class FastDecay(Certificate):
    r"""\|phi(x)\| <= C exp(-rate x^2) |x|^k towards an infinite ``end``, with rate > 1/2."""

    end: sp.Expr
    rate: sp.Expr

    @property
    def statement(self):
        rate = "" if self.rate == 1 else f"{shown(self.rate)} "
        return (
            f"phi(x) decays like exp(-{rate}x^2) towards {self.end}, so E |phi(X)|^s "
            f"is infinite at s = {shown(-1 / (2 * self.rate))}, but it divides E |N|^s, which is "
            "finite for all s > -1"
        )

    def verify(self):
        growth = Activation._trusted(self.known.phi, "phi").growth
        side = growth.right if self.end is sp.oo else growth.left
        return side.gaussian == -self.rate and (self.rate - sp.S.Half).is_positive is True
