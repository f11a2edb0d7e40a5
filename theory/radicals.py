"""Exact arithmetic with rational functions and square roots, and their signs.

A number of the field is a fraction of integer polynomials in generators: symbols, pi and constants
such as Phi(-1).  A square root is taken apart into irreducible factors that are known to be
positive (variances are, and so are 1 - rho and 1 + rho), so that it has one representation.
"""

from functools import lru_cache

import sympy as sp
from sympy.polys.fields import FracField

from .symbols import rho

__all__ = ["Field", "Radicals"]

#: The radicands of a product of square roots: integers, -1 for I, and irreducible polynomials.
Radicals = frozenset

# As in SymPy's own roots of integers: finding large factors would take longer than all the rest.
_LARGEST_TRIAL = 2**15


class Field:
    """Fractions of integer polynomials in ``generators``."""

    def __init__(self, generators):
        self.generators = tuple(generators)
        names = [sp.Symbol(f"g{i}") for i in range(len(self.generators))]
        self.fractions = FracField(names, sp.ZZ)
        self.one, self.zero = self.fractions.one, self.fractions.zero
        self.index = {g: i for i, g in enumerate(self.generators)}
        self._signs = {}
        self._samples = [_sample(g) for g in self.generators]

    def generator(self, expr):
        """The element of a generator."""
        return self.fractions.gens[self.index[expr]]

    def rational(self, number: sp.Rational):
        """The element of a rational number."""
        return self.fractions(number.p) / self.fractions(number.q)

    def polynomial(self, poly) -> sp.Expr:
        """A polynomial as an expression, expanded."""
        return poly.as_expr(*self.generators)

    def at_sample(self, poly):
        """The value of a polynomial at a fixed generic point: a sign that flips with the sign."""
        total = sp.QQ(0)
        for powers, coefficient in poly.terms():
            term = sp.QQ(coefficient)
            for value, power in zip(self._samples, powers, strict=True):
                if power:
                    term *= value**power
            total += term
        return total

    def is_negative(self, value) -> bool:
        """Whether a fraction is negative at the generic point."""
        return (self.at_sample(value.numer) < 0) != (self.at_sample(value.denom) < 0)

    def sign(self, poly) -> int:
        """1 or -1 if the polynomial has that sign for all values of the symbols, otherwise 0."""
        if poly not in self._signs:
            self._signs[poly] = self._decide_sign(poly)
        return self._signs[poly]

    def _decide_sign(self, poly):
        if not any(
            p and g.free_symbols for p, g in zip(poly.degrees(), self.generators, strict=True)
        ):
            value = self.polynomial(poly).evalf(30)
            return 0 if abs(value) < 1e-20 else 1 if value > 0 else -1
        if self._has_positive_terms(poly):
            return 1
        if self._has_positive_terms(-poly):
            return -1
        expr = self.polynomial(poly)
        return 1 if expr.is_positive else -1 if expr.is_negative else 0

    def _has_positive_terms(self, poly):
        """Whether all terms are >= 0 and one is > 0, with rho = (1 - t)/(1 + t), 0 < t."""
        place = self.index.get(rho)
        degree = poly.degrees()[place] if place is not None else 0
        total: dict = {}
        for powers, coefficient in poly.terms():
            k = powers[place] if place is not None else 0
            rest = tuple(0 if i == place else power for i, power in enumerate(powers))
            weights = _waves(k, degree - k)
            known = total.get(rest, (0,) * len(weights))
            total[rest] = tuple(a + coefficient * b for a, b in zip(known, weights, strict=True))
        if any(weight < 0 for weights in total.values() for weight in weights):
            return False
        signs = [self._sign_of_monomial(rest) for rest in total]
        return None not in signs and 1 in signs

    def _sign_of_monomial(self, powers):
        """1 if positive, 0 if non-negative, None if neither is known."""
        unknown = [
            p for p, g in zip(powers, self.generators, strict=True) if p and not g.is_positive
        ]
        if any(p % 2 for p in unknown):
            return None
        return 0 if unknown else 1

    def root(self, value):
        """(radicals, fraction) whose product is the square root of a fraction."""
        number, factors = self.factors(value)
        unknown = [f for f in factors if self.sign(f) == 0 and factors[f] % 2]
        if number < 0 and unknown:
            # the root is real where it stands, which need not be so at the sample point
            f, number = unknown[0], -number
            factors[-f] = factors.pop(f)
            unknown[0] = -f
        radicals, outside = self._root_of_number(number)
        undecided = self.fractions.ring.one
        for f, power in factors.items():
            if self.sign(f) or unknown == [f] or (f not in unknown and power % 4 == 0):
                # a lone factor of unknown sign is non-negative, as the root is real
                outside *= self.fractions(f) ** (power // 2)
                radicals ^= {f} if power % 2 else set()
            else:
                shift = -(power // 4) * 2
                outside *= self.fractions(f) ** -shift
                undecided *= f ** (power + 2 * shift)
        if undecided != 1:
            radicals ^= {undecided}
        return Radicals(radicals), outside

    def factors(self, value):
        """(rational number, {irreducible polynomial: power}); factors are positive if possible."""
        powers, number = {}, sp.S.One
        for part, direction in ((value.numer, 1), (value.denom, -1)):
            content, found = part.factor_list()
            number *= sp.Rational(int(content)) ** direction
            for f, power in found:
                if self.sign(f) < 0 or (self.sign(f) == 0 and self.at_sample(f) < 0):
                    f, number = -f, number * (-1) ** power
                powers[f] = powers.get(f, 0) + direction * power
        return number, powers

    def square(self, radicals):
        """The product of radicands."""
        total = self.one
        for radicand in radicals:
            total *= self.fractions(radicand)
        return total

    def _root_of_number(self, number):
        radicals, outside = set(), self.one
        for base, direction in ((number.p, 1), (number.q, -1)):
            for prime, power in sp.factorint(int(base), limit=_LARGEST_TRIAL).items():
                power *= direction
                outside *= self.fractions(prime) ** (power // 2)
                if power % 2:
                    radicals ^= {prime}
        return radicals, outside


@lru_cache(maxsize=4096)
def _sample(symbol):
    """A generic value: tiny for a positive symbol, small otherwise, a constant's own value.

    Where 1 - 2 a q under a root must be positive, as for E exp(a x^2), it is at tiny variances.
    """
    if not symbol.free_symbols:
        value = sp.Rational(sp.N(symbol, 12))
        return sp.QQ(int(value.p), int(value.q))
    code = sum((i + 3) * ord(letter) for i, letter in enumerate(str(symbol))) % 89
    return sp.QQ(89 + code, 211 * 10**6) if symbol.is_positive else sp.QQ(20 + code, 1000)


@lru_cache(maxsize=256)
def _waves(k, m):
    """The coefficients of (1 - t)^k (1 + t)^m."""
    row = [1]
    for sign in (-1,) * k + (1,) * m:
        row = [a + sign * b for a, b in zip([*row, 0], [0, *row], strict=True)]
    return tuple(row)
