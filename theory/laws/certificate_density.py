r"""Existence by an explicit density: a polynomial against a gamma density.

If E Y^s = C A^s Gamma(a + alpha s) P(s) with a polynomial P, write P in z = a + alpha s as
sum_k c_k z (z + 1) ... (z + k - 1).  Then (Y/A)^(1/alpha) has the density proportional to

    u^(a - 1) e^(-u) Q(u),    Q(u) = sum_k c_k u^k,

and, Mellin transforms being unique, Y exists if and only if Q >= 0 on (0, oo).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations

import sympy as sp

from .certificates import Certificate, shown
from .gamma_quotient import GammaQuotient
from .known_factor import KnownFactor, S

__all__ = ["DensityPolynomial", "density_polynomial"]

u = sp.Symbol("u", positive=True)

_MOST = 5
_HIGHEST_DEGREE = 40


@dataclass(frozen=True)
class DensityPolynomial(Certificate):
    """(Y/A)^(1/alpha) would have a density proportional to u^(a - 1) e^(-u) Q(u)."""

    a: sp.Expr
    alpha: sp.Expr
    polynomial: sp.Expr

    @property
    def exists(self):
        """Whether Q is nonnegative on (0, oo)."""
        return self.negative_place is None

    @cached_property
    def negative_place(self) -> sp.Rational | None:
        """A rational u > 0 with Q(u) < 0, or None."""
        polynomial = sp.Poly(self.polynomial, u)
        for place in _between(polynomial):
            if polynomial(place) < 0:
                return place
        return None

    @property
    def statement(self):
        power = f"a multiple of {self.known.other}"
        if self.alpha != 1:
            exponent = shown(1 / self.alpha)
            power += f"^{exponent}" if exponent.isalnum() else f"^({exponent})"
        formula = f"u^({shown(self.a - 1)}) e^(-u) ({sp.sstr(self.polynomial)})"
        if self.exists:
            return f"{power} has a density proportional to {formula}, which is nonnegative"
        place = self.negative_place
        return (
            f"{power} would have a density proportional to {formula}, which is negative at "
            f"u = {place}"
        )

    def verify(self):
        required = self.known.quotient()
        if required is None or not (self.a.is_positive and self.alpha.is_positive):
            return False
        z = self.a + self.alpha * S
        factor = sum(c * sp.rf(z, k) for (k,), c in sp.Poly(self.polynomial, u).terms())
        gamma = GammaQuotient(1, required.base, [(self.a, self.alpha)])
        ratio = (required / gamma).to_expr(S)
        constant = sp.simplify(sp.gammasimp(ratio / sp.expand_func(factor)))
        return not constant.has(S) and bool(constant > 0)


def density_polynomial(known: KnownFactor) -> DensityPolynomial | None:
    """The density, if the required transform is a gamma function times a polynomial.

    >>> triangular = KnownFactor(2 / ((1 + S) * (2 + S)))
    >>> found = density_polynomial(triangular)
    >>> found.exists, found.verify(), found.polynomial
    (False, True, 2*u - 1)
    """
    required = known.quotient()
    if required is None or len(required.upper) != len(required.lower) + 1:
        return None
    if len(required.upper) > _MOST or required.free_symbols:
        return None
    for main in required.upper:
        rest = list(required.upper)
        rest.remove(main)
        factor = _polynomial(rest, required.lower)
        if factor is None or not (main[0].is_positive and main[1].is_positive):
            continue
        found = DensityPolynomial(known, *main, _in_rising_powers(factor, *main))
        if found.verify():
            return found
    return None


def _polynomial(upper, lower):
    """prod Gamma(a + alpha s)/prod Gamma(b + beta s) if it is a polynomial in s, else None."""
    for chosen in permutations(upper):
        total = sp.S.One
        for (a, alpha), (b, beta) in zip(chosen, lower, strict=True):
            gap = sp.cancel(a - b)
            if alpha != beta or not (gap.is_Integer and 0 < gap <= _HIGHEST_DEGREE):
                break
            total *= sp.Mul(*(b + k + beta * S for k in range(int(gap))))
        else:
            return sp.expand(total)
    return None


def _in_rising_powers(factor, a, alpha):
    """sum c_k u^k for factor = sum c_k z (z + 1) ... (z + k - 1), z = a + alpha s."""
    z = sp.Symbol("z")
    rest = sp.Poly(sp.expand(factor.subs(S, (z - a) / alpha)), z)
    coefficients, k = [], 0
    while not rest.is_zero:
        quotient, remainder = sp.div(rest, sp.Poly(z + k, z))
        coefficients.append(remainder.as_expr())
        rest, k = quotient, k + 1
    whole = sp.Poly(sum(c * u**k for k, c in enumerate(coefficients)), u)
    return whole.primitive()[1].as_expr() if whole.get_domain().is_QQ else whole.as_expr()


def _between(polynomial):
    """Rational points, one in every interval of (0, oo) between zeros of the polynomial."""
    if not polynomial.get_domain().is_Exact or polynomial.get_domain().is_EX:
        polynomial = sp.Poly(polynomial, u, extension=True)
    roots = sorted({root for root in sp.real_roots(polynomial) if root.is_positive})
    ends = [sp.S.Zero, *(sp.Rational(str(sp.N(root, 40))) for root in roots)]
    for left, right in pairwise(ends):
        middle, gap = (left + right) / 2, right - left
        yield middle.limit_denominator(int(4 / gap) + 1)
    yield sp.Integer(int(ends[-1]) + 1)
