r"""Networks in which all units of some layer are off.

Given the layer before, the N units of a layer are independent.  If each is off with a probability
p that does not depend on that layer, then some layer among the first L is all off on one given
input with probability 1 - (1 - p^N)^L.  Whether a network is off on every input is harder: the
bounds of :func:`born_dead` are proved there.  (After L. Lu, Y. Shin, Y. Su and G. E. Karniadakis
2020, arXiv:1903.06733, who have the upper bound by one input.)
"""

from dataclasses import dataclass

import mpmath
import sympy as sp

from ..errors import InputError
from .joint_probability import equicorrelated_orthant

__all__ = ["WIDEST", "BornDead", "LayerOff", "born_dead", "count"]

#: Rational numbers of more bits than this stay unevaluated.
_MOST_BITS = 1 << 17
#: Rows of more correlated weights than this are not integrated.
WIDEST = 64


class LayerOff(sp.Function):
    r"""1 - (1 - p^N)^L: some of L layers of N units is all off, each unit with probability p.

    A rational number where p is one and N L is moderate; ``evalf`` never cancels.

    >>> LayerOff(sp.Rational(1, 2), 3, 2), LayerOff(sp.Rational(1, 2), 2000, 10).evalf(6)
    (15/64, 8.70981e-602)
    """

    nargs = 3

    @classmethod
    def eval(cls, p, width, depth):
        if p == 0 or depth == 0:
            return sp.S.Zero
        if p == 1:
            return sp.S.One
        known = p.is_Rational and width.is_Integer and depth.is_Integer
        if known and width * depth * p.q.bit_length() <= _MOST_BITS:
            return 1 - (1 - p**width) ** depth
        return None

    def fdiff(self, argindex=1):
        return self._explicit().diff(self.args[argindex - 1])

    def _eval_evalf(self, prec):
        with mpmath.workprec(prec + 20):
            try:
                p, width, depth = (mpmath.mpmathify(a.evalf(mpmath.mp.dps)) for a in self.args)
            except (TypeError, ValueError):
                return None
            if not all(isinstance(a, mpmath.mpf) for a in (p, width, depth)):
                return None
            # log1p(-p^N) is -infinity at p = 1 only, which eval has taken out
            value = -mpmath.expm1(depth * mpmath.log1p(-(p**width)))
            return sp.Float._new(value._mpf_, prec)

    def _explicit(self):
        p, width, depth = self.args
        # unevaluated: SymPy would look for the sign of p in sqrt(q), and fail
        every = sp.Pow(p, width, evaluate=False)
        alive = sp.Add(1, sp.Mul(-1, every, evaluate=False), evaluate=False)
        return 1 - sp.Pow(alive, depth, evaluate=False)

    def _eval_rewrite_as_Pow(self, *args, **hints):
        return self._explicit()

    def _eval_is_nonnegative(self):
        return True if self.args[0].is_real else None

    def _latex(self, printer, exp=None):
        p, width, depth = (printer._print(a) for a in self.args)
        text = rf"1 - \left(1 - \left({p}\right)^{{{width}}}\right)^{{{depth}}}"
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text


@dataclass(frozen=True)
class BornDead:
    """``lower`` <= P(the network is 0 on every input) <= ``upper``; ``statement`` says of what.

    The probability is known where the two agree.
    """

    lower: sp.Expr
    upper: sp.Expr
    statement: str

    @property
    def exact(self) -> bool:
        """Whether the bounds agree."""
        return self.lower == self.upper

    def __str__(self):
        return f"{self.statement}: {self.lower} <= P <= {self.upper}"


def born_dead(kappa, width, depth, dimension) -> BornDead:
    r"""Bounds on P(0 on all inputs) for phi = c (±x)_+^k and no biases, with proof.

    Let e = 2^-N and a = 1 - e.  On one input the network stays alive through L layers with
    probability a^L.  By homogeneity inputs of dimension 1 are two rays, x and -x, so

        P(dead on both) = 1 - 2 a^L + P(alive on both).

    Layer 1: the pre-activations are u and -u; all have one sign with probability 2 e, so both are
    alive with probability 1 - 2 e.  A later layer, given that both are alive before it, keeps both
    with probability 1 - 2 e + s^N, where s = 1/4 + asin(c)/(2 pi) for the correlation c of its
    pre-activations on x and -x given the layer before.  Hence that lies in [1 - 2 e, a].  Values
    of one sign make c >= 0 if kappa <= 0, and then it is >= 1 - 2 e + e^2 = a^2.  In layer 2 the
    values on x and -x have no unit in common, so c has the sign of -kappa: with kappa = 0 it is
    exactly a^2, with kappa > 0 at most a^2.  The products are the bounds of dimension 1.

    More inputs: dead on all of them implies dead on x and -x, the same upper bound.  A row of
    weights that are all <= 0, probability w, is off on everything that comes from values >= 0:
    each of the layers 2, …, L is off whatever came before with probability w^N at least, so
    P >= 1 - (1 - w^N)^(L - 1); w is the orthant probability at correlation -kappa/(N - kappa),
    2^-N at kappa = 0.
    """
    N, L = count(width, "width"), count(depth, "depth")
    d = count(dimension, "dimension")
    where = "x and -x, hence all inputs of dimension 1" if d == 1 else "all inputs"
    statement = f"some layer is off on each of {where}, without biases"
    if L == 1:
        return BornDead(sp.S.Zero, sp.S.Zero, statement)
    if N.is_Integer and L.is_Integer and 4 * N * L > _MOST_BITS:
        with mpmath.workprec(4 * (int(N) + int(L).bit_length()) + 200):
            numbers = _on_a_line(mpmath.ldexp(1, -int(N)), int(L), kappa)
            lower, upper = (sp.Float(mpmath.nstr(number, 30), 30) for number in numbers)
    else:
        lower, upper = _on_a_line(sp.Rational(1, 2) ** N, L, kappa)
    if d != 1:
        lower = LayerOff(_row_off(kappa, N), N, L - 1)
    return BornDead(lower, upper, statement)


def _on_a_line(e, L, kappa):
    """The bounds of dimension 1 with e = 2^-N."""
    a = 1 - e
    one = 1 - 2 * a**L
    most = (1 - 2 * e) * (a ** (L - 1) if kappa.is_negative else a**L)
    least = (1 - 2 * e) * (a**2 if kappa.is_nonpositive else 1 - 2 * e) ** (L - 1)
    lower = one + least
    return (sp.S.Zero if (lower < 0) == True else lower), one + most  # noqa: E712


def _row_off(kappa, N):
    """P(all N weights of a row are <= 0), or 0 where this is not worked out."""
    if kappa.is_zero:
        return sp.Rational(1, 2) ** N
    if kappa == 1 or not (N.is_Integer and kappa.is_number) or N > WIDEST:
        return sp.S.Zero
    return equicorrelated_orthant(int(N), -kappa / (N - kappa))


def count(value, name) -> sp.Expr:
    """A whole number >= 1 or a symbol; InputError otherwise."""
    if isinstance(value, sp.Symbol):
        return value
    whole = isinstance(value, sp.Integer) or (
        isinstance(value, int) and not isinstance(value, bool)
    )
    if not whole and isinstance(value, float) and value.is_integer():
        whole = True
    if not whole and hasattr(value, "__index__") and not isinstance(value, bool):
        value, whole = value.__index__(), True
    if not whole or value < 1:
        raise InputError(f"{name} = {str(value)[:40]} must be a whole number >= 1 or a symbol")
    return sp.Integer(int(value))
