r"""Mellin transforms C A^s prod Gamma(a_i + alpha_i s)/prod Gamma(b_j + beta_j s).

Products of independent variables multiply transforms and powers rescale s, so most laws met here
have one of this form.  The parameters may be symbols; nothing is rounded.
"""

import sympy as sp

from ..errors import InputError
from .gamma_normal_form import normalised
from .numbers import expression

__all__ = ["GammaQuotient"]


class GammaQuotient(sp.Basic):
    """C A^s prod Gamma(a + alpha s)/prod Gamma(b + beta s), with nonzero real slopes.

    ``upper`` and ``lower`` are tuples of pairs (a, alpha) and (b, beta).

    >>> s = sp.Symbol("s")
    >>> half_normal = GammaQuotient.from_expr(2**(s/2)*sp.gamma((1 + s)/2)/sp.sqrt(sp.pi), s)
    >>> (half_normal/half_normal).is_one
    True
    """

    def __new__(cls, constant=1, base=1, upper=(), lower=()):
        def pairs(factors):
            listed = [sp.Tuple(expression(a), expression(alpha)) for a, alpha in factors]
            return sp.Tuple(*sorted(listed, key=sp.default_sort_key))

        return super().__new__(
            cls, expression(constant), expression(base), pairs(upper), pairs(lower)
        )

    @property
    def constant(self) -> sp.Expr:
        """C."""
        return self.args[0]

    @property
    def base(self) -> sp.Expr:
        """A."""
        return self.args[1]

    @property
    def upper(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """The (a, alpha) of the numerator."""
        return tuple(tuple(pair) for pair in self.args[2])

    @property
    def lower(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """The (b, beta) of the denominator."""
        return tuple(tuple(pair) for pair in self.args[3])

    def __call__(self, s) -> sp.Expr:
        """The value at ``s``; exact if ``s`` is."""
        s = expression(s)
        top = sp.Mul(*(sp.gamma(sp.expand(a + alpha * s)) for a, alpha in self.upper))
        below = sp.Mul(*(sp.gamma(sp.expand(b + beta * s)) for b, beta in self.lower))
        if top.has(sp.zoo) or below.has(sp.zoo):
            return self._at_pole(s)
        return self.constant * self.base**s * top / below

    def _at_pole(self, place):
        """The value where factors have poles: zoo, zero or the limit."""
        order = self.order_at(place)
        return sp.zoo if order > 0 else sp.S.Zero if order < 0 else self.residue_at(place)

    def order_at(self, place) -> int:
        """The order of the pole at ``place``; negative for a zero."""
        poles = [sum(_is_pole(a + alpha * place) for a, alpha in side) for side in self._sides]
        return poles[0] - poles[1]

    def residue_at(self, place) -> sp.Expr:
        """The leading coefficient c in M(place + h) ~ c/h^order."""
        place = expression(place)
        value = self.constant * self.base**place
        for factors, sign in zip(self._sides, (1, -1), strict=True):
            for a, alpha in factors:
                at = sp.cancel(a + alpha * place)
                if _is_pole(at):
                    # Gamma(-n + alpha h) ~ (-1)^n/(n! alpha h)
                    value *= ((-1) ** at / sp.factorial(-at) / alpha) ** sign
                else:
                    value *= sp.gamma(at) ** sign
        return value

    @property
    def _sides(self):
        return self.upper, self.lower

    def __mul__(self, other):
        return GammaQuotient(
            self.constant * other.constant,
            self.base * other.base,
            self.upper + other.upper,
            self.lower + other.lower,
        ).normal()

    def __truediv__(self, other):
        return self * other.inverse()

    def inverse(self) -> "GammaQuotient":
        """1/M(s)."""
        return GammaQuotient(1 / self.constant, 1 / self.base, self.lower, self.upper)

    def stretched(self, factor) -> "GammaQuotient":
        """M(factor s): the transform of the power ``factor`` of the variable."""
        factor = expression(factor)
        return GammaQuotient(
            self.constant,
            self.base**factor,
            [(a, alpha * factor) for a, alpha in self.upper],
            [(b, beta * factor) for b, beta in self.lower],
        )

    def shifted(self, shift) -> "GammaQuotient":
        """M(s + shift): up to a constant the transform of the size-biased variable."""
        shift = expression(shift)
        return GammaQuotient(
            self.constant * self.base**shift,
            self.base,
            [(sp.expand(a + alpha * shift), alpha) for a, alpha in self.upper],
            [(sp.expand(b + beta * shift), beta) for b, beta in self.lower],
        )

    def scaled(self, factor) -> "GammaQuotient":
        """The transform of ``factor`` times the variable."""
        return GammaQuotient(self.constant, self.base * factor, self.upper, self.lower)

    def probability(self) -> "GammaQuotient":
        """The same with the constant that makes M(0) = 1."""
        constant = sp.Mul(*(sp.gamma(b) for b, _ in self.lower))
        constant /= sp.Mul(*(sp.gamma(a) for a, _ in self.upper))
        return GammaQuotient(constant, self.base, self.upper, self.lower)

    def normal(self) -> "GammaQuotient":
        """The same function with as few gamma functions as cancellation leaves."""
        return GammaQuotient(*normalised(self.constant, self.base, self.upper, self.lower))

    @property
    def is_one(self) -> bool:
        """Whether M(s) = 1 for every s, after cancellation."""
        normal = self.normal()
        trivial = not normal.upper and not normal.lower
        return trivial and _same(normal.constant, 1) and _same(normal.base, 1)

    def same_as(self, other) -> bool:
        """Whether both are the same function of s, as far as cancellation shows it."""
        return (self / other).is_one

    @property
    def slope_sum(self) -> sp.Expr:
        """sum alpha - sum beta: log M(s) ~ slope_sum s log s if all slopes are positive."""
        return sp.Add(*(p for _, p in self.upper)) - sp.Add(*(p for _, p in self.lower))

    def to_expr(self, s) -> sp.Expr:
        """The function as an expression in ``s``."""
        return self(s)

    @classmethod
    def from_expr(cls, expr, s) -> "GammaQuotient":
        """Read an expression in ``s``; InputError if it has another form.

        Products and quotients of gamma functions, factorials and beta functions of linear
        arguments, of powers c^s, of polynomials with real roots, and of sines and cosines.
        """
        from .gamma_reader import read

        found = read(expression(expr), s)
        if found is None:
            raise InputError(
                f"{expr} is no quotient of gamma functions of arguments linear in {s}"
            )
        return cls(*found).normal()


def _is_pole(argument):
    argument = sp.cancel(argument)
    return bool(argument.is_integer and argument.is_nonpositive)


def _same(left, right):
    difference = expression(left) - right
    return bool(difference.is_zero or sp.simplify(difference) == 0)
