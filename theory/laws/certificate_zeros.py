r"""Refutation by zeros, and the laws with atoms that they leave.

E |N|^s has no zero, and no pole in Re s > -1.  So E K^s has no zero there, and at -1, where
E |N|^s has a simple pole, E K^s has at most a simple one.  For a discrete K the converse of the
first condition is partly true, see :class:`DominantAtom`.
"""

from dataclasses import dataclass
from itertools import pairwise

import mpmath
import sympy as sp
from mpmath import iv

from ..errors import PrecisionError, UndecidedError
from .certificates import Certificate, shown
from .intervals import interval, sign_of, working_digits
from .known_factor import KnownFactor, S

__all__ = ["DominantAtom", "DoublePole", "ZeroOfTransform", "zero_of_transform"]

_ARCS = 48
_RADIUS = sp.Rational(1, 1000)


@dataclass(frozen=True)
class ZeroOfTransform(Certificate):
    """E K^s = 0 at a point within ``radius`` of ``centre``, in Re s > -1."""

    centre: sp.Expr
    radius: sp.Rational = _RADIUS

    @property
    def statement(self):
        known = self.known.name
        re, im = self.centre.as_real_imag()
        place = f"{_short(re)} + {_short(im)} i" if re else f"{_short(im)} i"
        return (
            f"E {known}^s vanishes near s = {place}, where E |N|^s, of which it is a factor, "
            "does not"
        )

    def verify(self):
        re, _ = self.centre.as_real_imag()
        return bool(re - self.radius > -1) and self._winding() > 0

    def _winding(self):
        """The number of zeros in the disc, by the argument principle with intervals."""
        turns = mpmath.mpf(0)
        re, im = self.centre.as_real_imag()
        points = [
            (
                re + self.radius * _rational(sp.cos(angle)),
                im + self.radius * _rational(sp.sin(angle)),
            )
            for angle in (2 * sp.pi * k / sp.Integer(_ARCS) for k in range(_ARCS))
        ]
        for first, second in zip(points, points[1:] + points[:1], strict=True):
            box = self._value(_hull(first[0], second[0]), _hull(first[1], second[1]))
            if 0 in box.real and 0 in box.imag:
                return 0  # nothing is known then
            # both ends lie in a convex set without 0, so the turn is less than half a circle
            start, end = (
                self._value(_hull(*(x,) * 2), _hull(*(y,) * 2)) for x, y in (first, second)
            )
            turns += mpmath.arg(_middle(end) / _middle(start))
        return int(mpmath.nint(turns / (2 * mpmath.pi)))

    def _value(self, real, imaginary):
        with working_digits(40):
            value = interval(self.known.mellin, 30, {S: iv.mpc(real, imaginary)})
            return value if isinstance(value, iv.mpc) else iv.mpc(value, 0)


@dataclass(frozen=True)
class DoublePole(Certificate):
    """E K^s has a pole of order 2 or more at -1, the end of its strip: E Y^(-1) would be 0."""

    @property
    def statement(self):
        known, other = self.known.name, self.known.other
        return (
            f"E {known}^s has a pole at s = -1 of higher order than E |N|^s, so E {other}^(-1) "
            "would be 0"
        )

    def verify(self):
        required = self.known.quotient()
        if required is None or not required(sp.Integer(-1)).is_zero:
            return False
        known = self.known.known_quotient()
        return not any(
            (-a / alpha + 1).is_positive and (-a / alpha).is_nonpositive
            for a, alpha in known.upper
        )


@dataclass(frozen=True)
class DominantAtom(Certificate):
    r"""K = w_i with probability p_i, and sum_{i<n} p_i/w_i <= p_n/w_n for the largest w_n.

    The density g of |N| is the sum of the p_i f(y/w_i)/w_i, f that of Y, so with T h(y) =
    sum_{i<n} c_i h(R_i y), c_i = (p_i/w_i)/(p_n/w_n) and R_i = w_n/w_i > 1, f(y/w_n) is up to a
    constant the series g - T g + T^2 g - ...  As g decreases and sum c_i <= 1, T^k g decreases
    in y and in k, so the sum of the series is nonnegative.
    """

    atoms: tuple[tuple[sp.Expr, sp.Expr], ...]

    exists = True

    @property
    def excess(self) -> sp.Expr:
        """p_n/w_n less the sum of the other p_i/w_i."""
        *others, (place, p) = self.atoms
        return p / place - sp.Add(*(q / other for other, q in others))

    @property
    def statement(self):
        known, other = self.known.name, self.known.other
        return (
            f"of the ratios P({known} = w)/w that of the largest w is at least the sum of the "
            f"others, so the density of {other} is an alternating series of decreasing terms"
        )

    def verify(self):
        total = sp.Add(*(p * place**S for place, p in self.atoms))
        places = [place for place, _ in self.atoms]
        ascending = all(sign_of(b - a) == 1 for a, b in pairwise(places))
        positive = all(sign_of(p) == 1 and sign_of(w) == 1 for w, p in self.atoms)
        same = sp.expand(total - self.known.mellin) == 0
        return ascending and positive and same and sign_of(self.excess) in (0, 1)


def zero_of_transform(
    known: KnownFactor, starts: list[complex], radius: sp.Rational = _RADIUS
) -> ZeroOfTransform | None:
    """A zero of E K^s in Re s > -1 found by the secant method from one of ``starts``, or None.

    >>> two = KnownFactor((1 + 2**S) / 2)
    >>> found = zero_of_transform(two, [4.5j])
    >>> found.verify(), sp.N(found.centre, 6)
    (True, 4.53236*I)
    """
    if known.mellin is None:
        return None
    f = sp.lambdify(S, known.mellin, "mpmath")
    for start in starts:
        try:
            with mpmath.workdps(30):
                place = mpmath.findroot(f, mpmath.mpmathify(start), tol=1e-40, maxsteps=40)
        except (ValueError, ZeroDivisionError):
            continue
        if not place.real > -1 + 2 * float(radius):
            continue
        centre = _rational(place.real) + sp.I * _rational(abs(place.imag))
        found = ZeroOfTransform(known, centre, radius)
        try:
            if found.verify():
                return found
        except (PrecisionError, UndecidedError):
            continue
    return None


def _rational(value):
    """A rational near a number; 0 for what is zero to the digits that count."""
    number = sp.Rational(str(sp.N(value, 20))) if isinstance(value, sp.Expr) else None
    if number is None:
        number = sp.Rational(mpmath.nstr(value, 20))
    return sp.S.Zero if abs(number) < sp.Rational(1, 10**15) else number


def _hull(x, y):
    low, high = (x, y) if x <= y else (y, x)
    left, right = iv.mpf(low.p) / low.q, iv.mpf(high.p) / high.q
    return iv.mpf([left.a, right.b])


def _middle(value):
    return mpmath.mpc(mpmath.mpf(value.real.mid), mpmath.mpf(value.imag.mid))


def _short(value):
    return shown(sp.N(value, 6)) if not value.is_Integer else str(value)
