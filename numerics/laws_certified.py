"""Arb behind the certificates of laws: bounds on what mpmath's intervals do not know.

``theory.laws.intervals`` asks for leaves of an expression: Gaussian expectations, error functions
and whatever else :func:`numerics.enclosure.enclose` understands.
"""

import mpmath
import sympy as sp

from theory.errors import InitheoryError
from theory.laws.intervals import interval

__all__ = ["enclose_leaf"]


def enclose_leaf(expr: sp.Expr, digits: int, values=None):
    """(lower, upper) around a real expression without symbols, or None.

    >>> lower, upper = enclose_leaf(sp.erf(1), 20)
    >>> bool(lower <= mpmath.erf(1) <= upper)
    True
    """
    if isinstance(expr, sp.lowergamma):
        return _incomplete_gamma(expr, digits, values)
    if values and expr.free_symbols & values.keys():
        return None
    from .enclosure import enclose

    try:
        found = enclose(expr, digits=digits)
    except InitheoryError:
        return None
    with mpmath.workdps(digits + 20):
        return tuple(mpmath.mpf(end._mpf_) for end in (found.lower, found.upper))


def _incomplete_gamma(expr, digits, values):
    """The lower incomplete gamma function, of complex arguments too, by Arb."""
    from flint import acb, ctx

    with ctx.workdps(digits + 15):
        order, place = (_ball(interval(e, digits, values), acb) for e in expr.args)
        value = place.gamma_lower(order)
        real, imaginary = _ends(value.real), _ends(value.imag)
    return real if value.imag.is_zero() else (real, imaginary)


def _ball(value, acb):
    """An acb around an interval of mpmath."""
    from flint import arb

    parts = (value.real, value.imag) if isinstance(value, mpmath.iv.mpc) else (value, 0)
    balls = []
    for part in parts:
        ends = (part.a, part.b) if part else (0, 0)
        low, high = (arb(_fraction(end)) for end in ends)
        balls.append(low.union(high))
    return acb(*balls)


def _fraction(end):
    from flint import fmpq

    number = sp.Rational(sp.Float(mpmath.mpf(end), precision=mpmath.iv.prec + 10))
    return fmpq(int(number.p), int(number.q))


def _ends(ball):
    bits = 4 * mpmath.iv.prec
    with mpmath.workprec(bits):
        return tuple(_exact(end) for end in (ball.lower(), ball.upper()))


def _exact(end):
    mantissa, exponent = end.man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))
