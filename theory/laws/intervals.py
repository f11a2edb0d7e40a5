r"""Intervals that contain the value of an expression without free symbols, for certificates.

Arithmetic, powers, exp, log, sine, cosine and the gamma function, of real and complex arguments,
are done in mpmath's interval arithmetic.  Whatever else occurs in an expression, a Gaussian
expectation for example, is a leaf that one of :mod:`theory.enclosers` has to bound; so nothing
heavy is loaded here.  An expectation (or a moment of a given density) that none of them bounds
enters as the interval of 10^8 times the error that its quadrature allows; that is an estimate and
no proof.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import mpmath
import sympy as sp
from mpmath import iv

from ..enclosers import ENCLOSERS
from ..errors import PrecisionError, UndecidedError
from ..gaussian import GaussianExpectation
from .moment_of import MomentOf

__all__ = ["interval", "proofs_only", "sign_of", "working_digits"]

#: Whether the value of a quadrature may stand for an interval.
_ESTIMATES = ContextVar("estimates", default=True)

#: Digits by which the value of a quadrature is widened.
_GUARD = 8

#: Digits of the successive attempts to decide a sign.
_LADDER = (30, 90, 270)


@contextmanager
def proofs_only() -> Iterator[None]:
    """Within it, UndecidedError instead of estimates of expectations that nothing encloses."""
    token = _ESTIMATES.set(False)
    try:
        yield
    finally:
        _ESTIMATES.reset(token)


@contextmanager
def working_digits(digits: int) -> Iterator[None]:
    """Interval arithmetic with that many digits."""
    before, iv.dps = iv.dps, digits
    try:
        yield
    finally:
        iv.dps = before


def interval(expr: sp.Expr, digits: int = 30, values: Mapping | None = None):
    """An interval of mpmath (real ``mpf`` or complex ``mpc``) that contains ``expr``.

    ``values`` maps symbols to intervals.  UndecidedError if nothing bounds a function in it.

    >>> bool(interval(sp.gamma(sp.Rational(1, 3)) - 2) > 0)
    True
    """
    expr = sp.sympify(expr, strict=True)
    values = values or {}
    if free := expr.free_symbols - values.keys():
        raise UndecidedError(f"{expr} has no value while {min(map(str, free))} is free")
    with working_digits(digits + 10):
        return _enclosed(expr, digits, values)


def sign_of(expr: sp.Expr) -> int | None:
    """1, 0 or -1 where it is proved, else None.

    >>> sign_of(sp.gamma(sp.Rational(3, 2)) - 1), sign_of(sp.S(0))
    (-1, 0)
    """
    expr = sp.sympify(expr, strict=True)
    if expr.is_Rational:
        return int(sp.sign(expr))
    for digits in _LADDER:
        try:
            value = interval(expr, digits)
        except (PrecisionError, ZeroDivisionError):
            continue
        except UndecidedError:
            if not _ESTIMATES.get():
                raise
            return None
        if isinstance(value, iv.mpc):
            value = value.real
        if value > 0:
            return 1
        if value < 0:
            return -1
    return 0 if expr.is_zero else None


def _enclosed(expr, digits, values):
    match expr:
        case sp.Symbol():
            return values[expr]
        case sp.Rational():
            return iv.mpf(int(expr.p)) / iv.mpf(int(expr.q))
        case sp.Float():
            return iv.mpf(mpmath.mpf(expr._mpf_))
        case _ if expr is sp.I:
            return iv.mpc(0, 1)
        case _ if expr is sp.pi:
            return +iv.pi
        case _ if expr is sp.E:
            return iv.exp(iv.mpf(1))
        case _ if expr is sp.EulerGamma:
            return +iv.euler
        case sp.Add():
            return sum((_enclosed(e, digits, values) for e in expr.args), iv.mpf(0))
        case sp.Mul():
            value = iv.mpf(1)
            for factor in expr.args:
                value *= _enclosed(factor, digits, values)
            return value
        case sp.exp():
            return iv.exp(_enclosed(expr.args[0], digits, values))
        case sp.Pow():
            return _power(expr, digits, values)
        case sp.log():
            return iv.log(_enclosed(expr.args[0], digits, values))
        case sp.sin():
            return iv.sin(_enclosed(expr.args[0], digits, values))
        case sp.cos():
            return iv.cos(_enclosed(expr.args[0], digits, values))
        case sp.gamma():
            return _gamma(_enclosed(expr.args[0], digits, values))
    return _leaf(expr, digits, values)


def _power(expr, digits, values):
    base = _enclosed(expr.base, digits, values)
    if expr.exp.is_Integer:
        whole = int(expr.exp)
        if whole < 0:
            return 1 / _require_nonzero(base) ** -whole
        return base**whole
    if isinstance(base, iv.mpc) or not base > 0:
        if expr.base.is_zero and expr.exp.is_positive:
            return iv.mpf(0)
        raise PrecisionError(f"the base of {expr} is not seen to be positive")
    if expr.exp == sp.S.Half:
        return iv.sqrt(base)
    return iv.exp(_enclosed(expr.exp, digits, values) * iv.log(base))


def _require_nonzero(value):
    parts = (value.real, value.imag) if isinstance(value, iv.mpc) else (value,)
    if all(0 in part for part in parts):
        raise PrecisionError("a divisor may be zero")
    return value


def _gamma(value):
    real = value.real if isinstance(value, iv.mpc) else value
    if not real > 0:
        # away from the poles the function of mpmath encloses only on the right half-plane
        return _gamma(value + 1) / _require_nonzero(value)
    return iv.gamma(value)


def _leaf(expr, digits, values):
    for encloser in ENCLOSERS:
        found = encloser(expr, digits, values)
        if found is None:
            continue
        if isinstance(found[0], tuple):
            return iv.mpc(iv.mpf(found[0]), iv.mpf(found[1]))
        return iv.mpf(list(found))
    return _estimated(expr, digits)


def _estimated(expr, digits):
    """The value of an integral that nothing encloses, widened by far."""
    if not (_ESTIMATES.get() and expr.has(GaussianExpectation, MomentOf)):
        raise UndecidedError(f"nothing here bounds {expr} rigorously")
    value = expr.evalf(digits)
    parts = [part for part in value.as_real_imag() if part.is_Float or part.is_zero]
    if len(parts) < 2:
        raise UndecidedError(f"{expr} has no value")
    with mpmath.workdps(digits):
        real, imaginary = (mpmath.mpf(part._to_mpmath(mpmath.mp.prec)) for part in parts)
        radius = (1 + abs(real) + abs(imaginary)) * mpmath.mpf(10) ** (_GUARD - digits)
        bounds = [iv.mpf([part - radius, part + radius]) for part in (real, imaginary)]
    return bounds[0] if imaginary == 0 else iv.mpc(*bounds)
