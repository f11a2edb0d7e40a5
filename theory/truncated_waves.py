r"""The cosine and the sine over a half-line of the normal law, as SymPy functions.

With a standard normal Z,

    E[e^{iyZ}; Z <= h] = E[cos(yZ); Z <= h] + i E[sin(yZ); Z <= h] = e^{-y²/2} \Phi(h - iy).

Both parts are bounded by \Phi(h), while \Phi at a complex place is not bounded; closed forms of
truncated waves, such as E[sin(X); X > 1], are written with them.  The complex \Phi is erfc, and
so the Faddeeva function w, of a complex argument.
"""

import mpmath
import sympy as sp
from sympy.core.function import ArgumentIndexError

from .normal_integrals import digits
from .smooth_steps import Phi

__all__ = ["NUMERIC", "CosBelow", "SinBelow"]

_MOST_EXTRA_BITS = 4000


def _wave(h, y):
    """e^{-y²/2} Phi(h - iy), the real and the imaginary part each to the current precision."""
    prec = mpmath.mp.prec
    # sizes: a tail at -|h|, whose argument loses the bits of h² and of h y
    extra = 20 + 2 * max(0, mpmath.mag(h), mpmath.mag(y))
    while True:
        with mpmath.extraprec(extra):
            tail = mpmath.erfc(mpmath.mpc(abs(h), y) / mpmath.sqrt(2)) / 2
            tail *= mpmath.exp(-y * y / 2)
            if h > 0:
                tail = mpmath.mpc(mpmath.exp(-y * y / 2) - tail.real, tail.imag)
            lost = max(mpmath.mag(tail) - mpmath.mag(part) for part in (tail.real, tail.imag))
            scale = mpmath.exp(-h * h / 2 if h < 0 else 0)
            lost = max(lost, 0) + max(0, mpmath.mag(scale) - mpmath.mag(tail) if tail else 0)
        if extra >= lost + 10 or extra > _MOST_EXTRA_BITS + prec:
            return tail
        extra = int(lost) + 20


def _cos_below(h, y):
    if mpmath.isinf(h):
        return mpmath.exp(-y * y / 2) if h > 0 else mpmath.mpf(0)
    return _wave(h, y).real


def _sin_below(h, y):
    return mpmath.mpf(0) if mpmath.isinf(h) or y == 0 else _wave(h, y).imag


#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = {"CosBelow": _cos_below, "SinBelow": _sin_below}


class _WaveBelow(sp.Function):
    """What both share: real, evaluated by name, printed as the expectation it is."""

    nargs = 2

    def _eval_evalf(self, prec):
        return digits(NUMERIC[type(self).__name__], self.args, prec)

    def _eval_is_real(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _latex(self, printer, exp=None):
        h, y = self.args
        name = type(self).__name__[:3].lower()
        angle = printer._print(y * sp.Symbol("Z"))
        text = (
            rf"\mathbb{{E}}\left[\{name}\left({angle}\right);\, Z \le {printer._print(h)}\right]"
        )
        return rf"{text}^{{{exp}}}" if exp is not None else text


class CosBelow(_WaveBelow):
    r"""E[cos(yZ); Z <= h] = Re e^{-y²/2} \Phi(h - iy) for a standard normal Z.

    Even in y; CosBelow(-h, y) = e^{-y²/2} - CosBelow(h, y).

    >>> h, y = sp.symbols("h y", real=True)
    >>> CosBelow(0, y), CosBelow(h, 0), CosBelow(h, -y), CosBelow(sp.oo, y)
    (exp(-y**2/2)/2, Phi(h), CosBelow(h, y), exp(-y**2/2))
    >>> CosBelow(h, y).diff(h)
    sqrt(2)*exp(-h**2/2)*cos(h*y)/(2*sqrt(pi))
    """

    @classmethod
    def eval(cls, h, y):
        if y.is_zero:
            return Phi(h)
        if h in (sp.oo, -sp.oo):
            return sp.exp(-(y**2) / 2) if h is sp.oo else sp.S.Zero
        if h.is_zero:
            return sp.exp(-(y**2) / 2) / 2
        if y.could_extract_minus_sign():
            return cls(h, -y)
        return None

    def fdiff(self, argindex=1):
        h, y = self.args
        density = sp.exp(-(h**2) / 2) / sp.sqrt(2 * sp.pi)
        if argindex == 1:
            return density * sp.cos(h * y)
        if argindex == 2:  # Stein: E[Z f; Z <= h] = E[f'; Z <= h] - n(h) f(h)
            return -y * self + density * sp.sin(h * y)
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_erfc(self, h, y, **hints):
        parts = (sp.erfc((-h + sign * sp.I * y) / sp.sqrt(2)) for sign in (1, -1))
        return sp.exp(-(y**2) / 2) * sp.Add(*parts) / 4


class SinBelow(_WaveBelow):
    r"""E[sin(yZ); Z <= h] = Im e^{-y²/2} \Phi(h - iy) for a standard normal Z.

    Odd in y and even in h.

    >>> h, y = sp.symbols("h y", real=True)
    >>> SinBelow(0, y), SinBelow(h, 0), SinBelow(-h, -y), SinBelow(sp.oo, y)
    (-exp(-y**2/2)*erfi(sqrt(2)*y/2)/2, 0, -SinBelow(h, y), 0)
    >>> SinBelow(h, y).diff(h)
    sqrt(2)*exp(-h**2/2)*sin(h*y)/(2*sqrt(pi))
    """

    @classmethod
    def eval(cls, h, y):
        if y.is_zero or h in (sp.oo, -sp.oo):
            return sp.S.Zero
        if h.is_zero:
            return -sp.exp(-(y**2) / 2) * sp.erfi(y / sp.sqrt(2)) / 2
        if y.could_extract_minus_sign():
            return -cls(h, -y)
        if h.could_extract_minus_sign():
            return cls(-h, y)
        return None

    def fdiff(self, argindex=1):
        h, y = self.args
        density = sp.exp(-(h**2) / 2) / sp.sqrt(2 * sp.pi)
        if argindex == 1:
            return density * sp.sin(h * y)
        if argindex == 2:
            return -y * self - density * sp.cos(h * y)
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_erfc(self, h, y, **hints):
        parts = (sign * sp.erfc((-h + sign * sp.I * y) / sp.sqrt(2)) for sign in (1, -1))
        return sp.exp(-(y**2) / 2) * sp.Add(*parts) / (4 * sp.I)
