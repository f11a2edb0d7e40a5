r"""One factor of |N| = |W| |phi(X)|, of which the law is known; the other is to be found.

With K the known factor and Y the unknown one, independent, E K^s E Y^s = E |N|^s, so every moment
of Y is required:

    E Y^s = 2^(s/2) Gamma((1 + s)/2) / (sqrt(pi) E K^s),    Re s > -1.

K is |W| in the search for an activation and |phi(X)| in the search for a weight law.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from ..errors import DivergentExpectationError, InputError, UndecidedError
from ..existence import existence
from ..symbols import x
from .gamma_quotient import GammaQuotient
from .moment_of import MomentOf
from .positive_law import PositiveLaw

__all__ = ["NORMAL", "KnownFactor", "S", "normal_moment"]

#: The variable of Mellin transforms.
S = sp.Symbol("s")


def normal_moment(s) -> sp.Expr:
    """E |N|^s for a standard normal N.

    >>> normal_moment(4), normal_moment(1)
    (3, sqrt(2)/sqrt(pi))
    """
    s = sp.sympify(s, strict=True)
    return sp.powsimp(2 ** (s / 2) * sp.gamma((1 + s) / 2) / sp.sqrt(sp.pi))


NORMAL = GammaQuotient(1 / sp.sqrt(sp.pi), sp.sqrt(2), [(sp.S.Half, sp.S.Half)])


@dataclass(frozen=True)
class KnownFactor:
    """K by its transform ``mellin`` (in :data:`S`), as |phi(X)| by ``phi`` (in x), or both.

    A ``law`` gives the moments that the formula does not show (where they are infinite).

    ``name`` and ``other`` are what K and Y are called in sentences.

    >>> exponential = KnownFactor(sp.gamma(1 + S), name="|W|", other="|phi(X)|")
    >>> exponential.required(2), exponential.required(4)
    (1/2, 1/8)
    """

    mellin: sp.Expr | None = None
    phi: sp.Expr | None = None
    name: str = "|W|"
    other: str = "|phi(X)|"
    law: PositiveLaw | None = None

    def __post_init__(self):
        if self.mellin is None and self.phi is None and self.law is None:
            raise InputError("a known factor needs a law, a Mellin transform or a function of X")

    def moment(self, s) -> sp.Expr:
        """E K^s at a number s, exact or as an expectation that can be enclosed."""
        s = sp.sympify(s, strict=True)
        if self.law is not None and s.is_extended_real:
            return self.law.moment(s)
        if self.mellin is not None:
            return _at(self.mellin, s)
        if self.law is not None and self.phi is None and s.is_number:
            return MomentOf(self.law, s)
        if self.phi is None:
            raise UndecidedError(f"E {self.name}^s is not known at s = {s}")
        return _expectation(self.phi, s)

    def required(self, s) -> sp.Expr:
        """E Y^s at a number s."""
        s = sp.sympify(s, strict=True)
        if self.mellin is not None and (quotient := self.quotient()) is not None:
            return quotient(s)
        return normal_moment(s) / self.moment(s)

    def quotient(self) -> GammaQuotient | None:
        """E Y^s as a quotient of gamma functions, or None if it is none."""
        return None if self.mellin is None else _required(self.mellin)

    def known_quotient(self) -> GammaQuotient | None:
        """E K^s as a quotient of gamma functions, or None if it is none."""
        return None if self.mellin is None else _quotient(self.mellin)


@lru_cache(maxsize=256)
def _required(mellin):
    known = _quotient(mellin)
    return None if known is None else (NORMAL / known).normal()


@lru_cache(maxsize=256)
def _quotient(mellin):
    try:
        return GammaQuotient.from_expr(mellin, S)
    except InputError:
        return None


def _at(mellin, s):
    value = mellin.subs(S, s)
    if value.has(sp.nan, sp.zoo):
        value = sp.limit(mellin, S, s)
    return value


def _expectation(phi, s):
    """E |phi(X)|^s with X ~ N(0, 1)."""
    from ..gaussian import E

    if s.is_zero:
        return sp.S.One
    real, imaginary = s.as_real_imag()
    if imaginary.is_zero:
        power = phi**s if s.is_Integer and s % 2 == 0 else sp.Abs(phi) ** s
        return _mean(E, power)
    size = sp.Abs(phi) ** real
    angle = imaginary * sp.log(sp.Abs(phi))
    return _mean(E, size * sp.cos(angle)) + sp.I * _mean(E, size * sp.sin(angle))


def _mean(E, integrand):
    """The expectation; oo where it diverges."""
    if not integrand.has(x):
        return integrand
    try:
        if existence((integrand,), sp.ImmutableDenseMatrix([[1]]), x) == sp.false:
            return sp.oo
        return E(integrand, 1)
    except DivergentExpectationError:
        return sp.oo
