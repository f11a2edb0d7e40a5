r"""Existence by factors: the required transform is that of a product of independent variables.

For alpha >= beta > 0 and a > 0 a positive variable with E Y^s proportional to

    Gamma(a + alpha s)/Gamma(b + beta s)    exists if and only if    b/beta >= a/alpha.

With r = beta/alpha <= 1 and p = alpha s, Gamma(a + p)/Gamma(r a + r p) is up to a constant
Gamma(1 + a + p)/Gamma(1 + r a + r p), a size-biased Mittag-Leffler variable (E M^p =
Gamma(1 + p)/Gamma(1 + r p), M = S^(-r) with S positive r-stable), and the rest,
Gamma(r a + r p)/Gamma(b + r p), is a beta variable; if b/beta < a/alpha the quotient vanishes at
-b/beta, inside its strip.
"""

from dataclasses import dataclass
from itertools import permutations

import sympy as sp

from .certificates import Certificate, shown
from .gamma_normal_form import common_slope, split
from .gamma_quotient import GammaQuotient
from .known_factor import KnownFactor
from .relations import nonnegative

__all__ = ["Factorisation", "factorisation", "sufficient_condition"]

#: Matchings are tried one by one up to this many gamma functions.
_MOST = 6


@dataclass(frozen=True)
class Factorisation(Certificate):
    """Y = ``base`` times independent factors, each an (a, alpha) or an (a, alpha, b, beta)."""

    base: sp.Expr
    parts: tuple[tuple[sp.Expr, ...], ...]

    exists = True

    @property
    def factors(self) -> tuple[str, ...]:
        """The laws of the factors, in words."""
        return tuple(_words(*part) for part in self.parts)

    @property
    def statement(self):
        y = self.known.other
        if not self.parts:
            return f"{y} is the constant {shown(self.base)}"
        factors = (() if self.base == 1 else (shown(self.base),)) + self.factors
        if len(factors) == 1:
            return f"{y} is {factors[0]}"
        return f"{y} is the product of the independent factors {'; '.join(factors)}"

    def verify(self):
        if not all(sp.And(*_conditions(*part)) == sp.true for part in self.parts):
            return False
        upper = [part[:2] for part in self.parts]
        lower = [part[2:] for part in self.parts if len(part) == 4]
        product = GammaQuotient(1, self.base, upper, lower).probability()
        required = self.known.quotient()
        return required is not None and product.same_as(required)


def factorisation(known: KnownFactor) -> Factorisation | None:
    """The factors of the required transform, or None if none are found.

    >>> from theory.laws.known_factor import S
    >>> print(factorisation(KnownFactor(sp.gamma(1 + S / 3))).factors[0])
    B^(1/2) with B ~ Beta(1/2, 1/2), times M^(1/2) with M ~ Mittag-Leffler(2/3)
    """
    quotient = known.quotient()
    if quotient is None:
        return None
    for form in _forms(quotient):
        parts = _matched(form)
        if parts is not None:
            found = Factorisation(known, form.base, parts)
            if found.verify():
                return found
    return None


def sufficient_condition(quotient: GammaQuotient) -> sp.Basic:
    """A relation between the parameters under which the factors exist."""
    found = []
    for form in _forms(quotient):
        upper, lower = form.upper, form.lower
        if len(lower) > len(upper) or len(upper) > _MOST:
            continue
        for chosen in permutations(upper, len(lower)):
            rest = [pair for pair in upper if pair not in chosen]
            pairs = [(*u, *d) for u, d in zip(chosen, lower, strict=True)]
            conditions = [c for part in (*pairs, *rest) for c in _conditions(*part)]
            found.append(sp.And(*conditions))
        if any(c is sp.true for c in found):
            break
    return sp.Or(*found)


def _forms(quotient):
    """The quotient as it is, and with equal slopes."""
    yield quotient
    factors = quotient.upper + quotient.lower
    if quotient.upper and quotient.lower and (step := common_slope(factors)) is not None:
        divided = split(quotient.constant, quotient.base, quotient.upper, quotient.lower, step)
        yield GammaQuotient(*divided)


def _conditions(a, alpha, b=None, beta=None):
    yield _positive(a)
    yield _positive(alpha)
    if b is None:
        return
    yield _positive(beta)
    yield nonnegative(alpha - beta)
    yield nonnegative(b / beta - a / alpha)


def _positive(value):
    return sp.true if value.is_positive else sp.false if value.is_nonpositive else value > 0


def _matched(quotient):
    """Parts with conditions that hold, by a matching of the denominators with numerators."""
    upper, lower = list(quotient.upper), list(quotient.lower)
    if len(lower) > len(upper) or any(a.free_symbols or b.free_symbols for a, b in upper + lower):
        return None
    if len({alpha for _, alpha in upper + lower}) == 1:
        # equal slopes: the smallest shift serves the smallest
        upper.sort(key=lambda pair: pair[0])
        lower.sort(key=lambda pair: pair[0])
        orders = [upper[: len(lower)]]
    elif len(upper) <= _MOST:
        orders = permutations(upper, len(lower))
    else:
        return None
    for chosen in orders:
        pairs = [(*u, *d) for u, d in zip(chosen, lower, strict=True)]
        rest = list(upper)
        for pair in chosen:
            rest.remove(pair)
        parts = [*pairs, *rest]
        if all(c == sp.true for part in parts for c in _conditions(*part)):
            return tuple(tuple(part) for part in parts)
    return None


def _words(a, alpha, b=None, beta=None):
    if b is None:
        return f"{_power('G', alpha)} with G ~ Gamma({shown(a)})"
    ratio = sp.cancel(beta / alpha)
    if ratio == 1:
        return f"{_power('B', alpha)} with B ~ Beta({shown(a)}, {shown(b - a)})"
    between = sp.cancel(1 + (b - 1) / ratio)
    if (between - a).is_nonnegative:
        # Gamma(a + p)/Gamma(c + p) * Gamma(c + p)/Gamma(b + r p) with b - 1 = r (c - 1)
        factors = [_mittag_leffler(ratio, between - 1, alpha)]
        if (between - a).is_positive:
            first = f"{_power('B', alpha)} with B ~ Beta({shown(a)}, {shown(between - a)})"
            factors.insert(0, first)
        return ", times ".join(factors)
    start = ratio * a
    factors = [_mittag_leffler(ratio, a, alpha)]
    if (b - start).is_positive:
        factors.append(f"{_power('B', beta)} with B ~ Beta({shown(start)}, {shown(b - start)})")
    return ", times ".join(factors)


def _mittag_leffler(ratio, bias, alpha):
    biased = "" if bias == 0 else f" size-biased by M^({shown(bias)})"
    return f"{_power('M', alpha)} with M ~ Mittag-Leffler({shown(ratio)}){biased}"


def _power(letter, exponent):
    return letter if exponent == 1 else f"{letter}^({shown(exponent)})"
