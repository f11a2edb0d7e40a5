r"""Tail, behaviour at zero and poles of a law whose Mellin transform is a gamma quotient.

With positive slopes, Stirling gives log M(s) ~ mu s log s + s (log A + sum' alpha log alpha - mu)
as s -> oo (the prime: numerator minus denominator), which is the growth of the moments of a law
with -log P(Y > y) ~ r y^(1/mu),

    r = mu exp(-(log A + sum' alpha log alpha)/mu);

mu = 0 is a bounded law of supremum A prod alpha^alpha/prod beta^beta.
"""

import sympy as sp

from ..errors import UndecidedError
from .positive_law import NearZero, Tail

__all__ = ["first_pole", "near_zero_of", "tail_of"]


def tail_of(quotient, name="the law") -> Tail:
    """The tail; UndecidedError if signs of symbols decide it or if moments cannot grow so."""
    first, _ = first_pole(quotient, -1, name)
    if first is not sp.oo:
        return Tail(sp.S.Zero, first)
    if any(alpha.is_positive is not True for _, alpha in quotient.upper + quotient.lower):
        raise UndecidedError(f"the tail of {name} is not known: a slope is not positive")
    growth = sp.cancel(quotient.slope_sum)
    logs = sp.Mul(*(alpha**alpha for _, alpha in quotient.upper))
    logs /= sp.Mul(*(beta**beta for _, beta in quotient.lower))
    supremum = sp.powsimp(quotient.base * logs)
    if growth.is_zero:
        return Tail(sp.oo, supremum)
    if growth.is_positive:
        return Tail(1 / growth, sp.powsimp(growth * supremum ** (-1 / growth)))
    if growth.is_negative:
        raise UndecidedError(f"{name} has no tail: (E Y^s)^(1/s) tends to 0, so it is no law")
    raise UndecidedError(f"the tail of {name} depends on the sign of {growth}")


def near_zero_of(quotient, name="the law") -> NearZero:
    """The behaviour at 0, from the pole at the greatest s < 0; no coefficient at a double one."""
    distance, order = first_pole(quotient, 1, name)
    if distance is sp.oo:
        return NearZero(sp.oo)
    if order != 1:
        return NearZero(distance)
    residue = quotient.residue_at(-distance)
    return NearZero(distance, sp.simplify(residue / distance))


def first_pole(quotient, side, name):
    """(distance, order) of the pole nearest to 0 in s < 0 (``side`` 1) or in s > 0 (-1)."""
    candidates = []
    for a, alpha in quotient.upper:
        if alpha.is_positive is None:
            raise UndecidedError(f"the poles of {name} depend on the sign of {alpha}")
        if bool(alpha.is_positive) == (side > 0):
            candidates.append((a, abs(alpha)))
    places = []
    for a, alpha in candidates:
        # zeros of 1/Gamma may remove some of the poles; a dozen are looked at
        for k in range(12):
            place = -side * (a + k) / alpha
            if (order := quotient.order_at(place)) > 0:
                places.append((sp.cancel((a + k) / alpha), order))
                break
    if not places:
        return sp.oo, 0
    best = places[0]
    for place in places[1:]:
        difference = sp.simplify(place[0] - best[0])
        if difference.is_negative:
            best = place
        elif difference.is_nonnegative is not True:
            raise UndecidedError(f"the first pole of {name} depends on the sign of {difference}")
    return best
