"""Polynomials in two small variables, truncated at a total degree.

They carry the Taylor expansion of a product of gamma functions and cosines around the exponents
of a singularity, from which logarithms follow by differentiation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

__all__ = ["Truncated", "divide_by_sum", "exponential", "product"]


@dataclass(frozen=True)
class Truncated:
    """sum of ``terms[m, n]`` z1^m z2^n."""

    terms: Mapping[tuple[int, int], sp.Expr]

    def coefficient(self, m: int, n: int) -> sp.Expr:
        """The coefficient of z1^m z2^n."""
        return self.terms.get((m, n), sp.S.Zero)

    def __mul__(self, number):
        return Truncated({k: c * number for k, c in self.terms.items()})

    __rmul__ = __mul__

    def __add__(self, other):
        if other == 0:
            return self
        total = dict(self.terms)
        for key, c in other.terms.items():
            total[key] = total.get(key, sp.S.Zero) + c
        return Truncated(total)

    __radd__ = __add__


def _terms(value):
    return value.terms if isinstance(value, Truncated) else value


def product(first, second, degree: int) -> Truncated:
    """The product, up to a total degree.

    >>> product({(0, 0): 1, (1, 0): 2}, {(0, 1): 3, (2, 0): 5}, 2).terms
    {(0, 1): 3, (2, 0): 5, (1, 1): 6}
    """
    total: dict = {}
    for (a, b), c in _terms(first).items():
        for (m, n), d in _terms(second).items():
            if a + b + m + n <= degree and c != 0 and d != 0:
                key = a + m, b + n
                total[key] = total.get(key, sp.S.Zero) + c * d
    return Truncated(total)


def exponential(exponent, degree: int) -> Truncated:
    """exp of a polynomial without constant term."""
    total = Truncated({(0, 0): sp.S.One})
    power = total
    for k in range(1, degree + 1):
        power = product(power, exponent, degree)
        total = total + power * sp.Rational(1, sp.factorial(k))
    return total


def divide_by_sum(value: Truncated) -> Truncated:
    """``value`` / (z1 + z2), which must be a polynomial: its constant term vanishes."""
    degree = max((m + n for m, n in value.terms), default=0)
    found = {}
    for total in range(1, degree + 1):
        carry = sp.S.Zero
        for m in range(total):  # z1^m z2^(total-1-m), from the lowest power of z1
            carry = value.coefficient(m, total - m) - carry
            found[m, total - 1 - m] = carry
    return Truncated(found)
