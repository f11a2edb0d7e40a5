r"""The probability that two inputs are given the same class, for K classes.

A_K(c) = E sum_k G_k^2 with G_k the fraction of inputs in class k.  The K pairs of outputs are
independent, each bivariate normal of correlation c = gamma/(1 + gamma), so that

    A_K(c) = K int int phi_2(x, y; c) Phi_2(x, y; c)^(K-1) dx dy,

A_2 = 1/2 + arcsin(c)/pi and A_3 = 1/3 + 3/(4 pi^2) (arccos(-c)^2 - arccos(c/2)^2); A_K(0) = 1/K
and A_K(1) = 1.  Every G_k has the mean 1/K and, by symmetry, E G_k^2 = A_K/K.
"""

import mpmath
import sympy as sp

from ..errors import InputError
from ..parser import exact
from .agreement_quadrature import agreement_integral
from .dictionary import correlation_of

__all__ = ["Agreement", "agreement", "classes", "fraction_variance"]

#: The number of classes.
classes = sp.Symbol("K", positive=True, integer=True)

_GUARD_BITS = 20


class Agreement(sp.Function):
    r"""A_K(c), K >= 1 and 0 <= c <= 1: elementary for K <= 3, c = 0 and c = 1.

    Other values stay as they are; ``evalf`` gives them to any precision.

    >>> c = sp.Symbol("c", real=True)
    >>> Agreement(2, c), Agreement(5, 0), Agreement(classes, 1)
    (asin(c)/pi + 1/2, 1/5, 1)
    >>> Agreement(4, sp.Rational(1, 5)).evalf(8)
    0.32506869
    """

    nargs = 2

    @classmethod
    def eval(cls, count, c):
        if c.is_zero:
            return 1 / count
        if c == 1 or count == 1:
            return sp.S.One
        if count == 2:
            return sp.S.Half + sp.asin(c) / sp.pi
        if count == 3:
            arcs = sp.acos(-c) ** 2 - sp.acos(c / 2) ** 2
            return sp.Rational(1, 3) + 3 * arcs / (4 * sp.pi**2)
        return None

    def _eval_evalf(self, prec):
        count, c = self.args
        if not (count.is_Integer and c.is_number and c.is_positive and (1 - c).is_positive):
            return None
        working = prec + _GUARD_BITS
        with mpmath.workprec(working):
            # 1 - A_K is of the order sqrt(1 - c): that gap is what must be accurate
            gap = mpmath.mpmathify((1 - c)._to_mpmath(working))
            return sp.Float._new(agreement_integral(int(count), gap)._mpf_, prec)

    def _eval_is_positive(self):
        return True

    def _eval_rewrite_as_Integral(self, count, c, **hints):
        from ..special import Phi2

        u, v = sp.symbols("u v", real=True)
        spread = 1 - c**2
        weight = sp.exp(-(u**2 - 2 * c * u * v + v**2) / (2 * spread)) / (2 * sp.pi)
        inner = weight / sp.sqrt(spread) * Phi2(u, v, c) ** (count - 1)
        return count * sp.Integral(inner, (u, -sp.oo, sp.oo), (v, -sp.oo, sp.oo))

    def _latex(self, printer, exp=None):
        count, c = map(printer._print, self.args)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"A_{{{count}}}{power}\left({c}\right)"


def agreement(count=classes, ratio=None, *, c=None) -> sp.Expr:
    """A_K at a bias ratio gamma (by default the symbol) or at a correlation c.

    >>> agreement(2, 1), agreement(10, sp.oo), agreement(10, c=0)
    (2/3, 1, 1/10)
    """
    if c is not None and ratio is not None:
        raise InputError("give gamma or c, not both: c = gamma/(1 + gamma)")
    if c is None:
        place = correlation_of() if ratio is None else correlation_of(ratio)
    else:
        place = exact(c, "the correlation c")
        if place.is_number and not (place >= 0) & (place <= 1):
            raise InputError(f"the correlation c of two inputs lies between 0 and 1; got {place}")
    return Agreement(_count(count), place)


def fraction_variance(count=classes, ratio=None, *, c=None) -> sp.Expr:
    """Var G_k = A_K/K - 1/K^2 of the fraction of inputs in one of K classes.

    >>> fraction_variance(2, 1), fraction_variance(10, sp.oo)
    (1/12, 9/100)
    """
    count = _count(count)
    return sp.expand(agreement(count, ratio, c=c) / count) - 1 / count**2


def _count(value):
    number = exact(value, "the number of classes")
    if number.is_number and not (number.is_Integer and number >= 2):
        raise InputError(f"the number of classes is a whole number >= 2; got {number}")
    return number
