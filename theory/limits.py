"""What may be built from a text: sizes are judged before, values right after a construction.

SymPy computes with numbers of any size, so an innocent formula can ask for more digits than there
is memory.  Exponents and digits are therefore bounded, and a constant must be a real number of
moderate size.  Every function here raises :class:`~theory.errors.InputError` (or its kind
:class:`~theory.errors.NonRealActivationError`) without a place; the parser knows the place.
"""

import itertools
import math

import sympy as sp

from .errors import InputError, NonRealActivationError

__all__ = ["bounded", "check_whole", "power", "reciprocal", "sound"]

MAX_NODES = 1000  #: operations of an expression, activations written out
MAX_BITS = 4096  #: of a numerator or denominator
MAX_CONSTANT = 100  #: operations of a constant
LARGEST_EXPONENT = 64  #: of a power
_LARGEST = sp.Integer(10) ** 100
_EXPANDABLE = 8
_TOO_INVOLVED = "this constant is too involved; write it as a decimal number"
_TOO_STEEP = f"the largest exponent of a power is {LARGEST_EXPONENT}"
_TOO_LONG = f"a constant has more than {MAX_BITS} binary digits"


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """``base**exponent``, if it is real as far as constants tell and cheap to write down.

    >>> power(sp.Integer(2), sp.Rational(-1, 2))
    sqrt(2)/2
    """
    if base.is_zero and exponent.is_nonnegative is not True:
        raise InputError("this is a power of zero that may be infinite")
    if base.is_negative and base.is_number and not exponent.is_integer:
        raise NonRealActivationError(
            "a negative number to this power is not real; use abs(...) or cbrt(...)"
        )
    if not exponent.is_number and base.is_nonnegative is not True:
        raise NonRealActivationError(
            f"{_shown(base)} may be negative, and its power not real; "
            f"write abs({_shown(base)}) or max({_shown(base)}, 0) for the base"
        )
    size = abs(_constant(exponent)) if exponent.is_number else 1
    if size > LARGEST_EXPONENT or _steep(base, exponent):
        raise InputError(_TOO_STEEP)
    if sum(map(_bits, base.atoms(sp.Rational))) * math.ceil(size) > MAX_BITS:
        raise InputError(_TOO_LONG)
    if base.is_number and base.is_Add and size > _EXPANDABLE:
        raise InputError(_TOO_INVOLVED)  # SymPy expands it to compare it
    if base.is_number and exponent.is_negative:
        _check_nonzero(base)
    return sound(base**exponent)


def reciprocal(divisor: sp.Expr) -> sp.Expr:
    """``1/divisor``, unless the divisor is a constant equal to zero."""
    _check_nonzero(divisor)
    return 1 / divisor


def bounded(expr: sp.Expr) -> sp.Expr:
    """``expr``, if it is not a constant, or one that is real and of moderate size."""
    return sound(expr) if expr.is_number else expr


def sound(expr: sp.Expr) -> sp.Expr:
    """``expr``, if it is finite, real and of bounded size as far as its constants tell."""
    if _larger(expr, MAX_NODES):
        raise InputError(
            f"written out, this has more than {MAX_NODES} operations; simplify the formula"
        )
    if expr.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise InputError("this has no finite value; look for a division by zero or log(0)")
    if expr.has(sp.I):
        raise NonRealActivationError(
            "this is not a real number; an activation is real for every real x"
        )
    if expr.is_number:
        _constant(expr)
    return expr


def check_whole(expr: sp.Expr) -> None:
    """The bounds that a product of harmless factors may still break: x**40*x**40, say."""
    if any(_bits(number) > MAX_BITS for number in expr.atoms(sp.Rational)):
        raise InputError(_TOO_LONG)
    if any(_steep(node.base, node.exp) for node in expr.atoms(sp.Pow)):
        raise InputError(_TOO_STEEP)


def _constant(expr):
    """A constant to 30 digits, if it is real and of moderate size."""
    if expr.is_Rational:
        value = expr
    elif _larger(expr, MAX_CONSTANT):
        raise InputError(_TOO_INVOLVED)
    else:
        value = expr.evalf(30, maxn=120)
    if value.is_extended_real is False:
        raise NonRealActivationError("this constant is not a real number; use real ones only")
    if not value.is_comparable:
        raise InputError("this constant cannot be told from zero by 30 digits; write it simpler")
    if abs(value) > _LARGEST or 0 < abs(value) * _LARGEST < 1:
        raise InputError("this constant lies outside 1e-100 ... 1e100; rescale the formula")
    return value


def _check_nonzero(divisor):
    if divisor.is_zero or (divisor.is_number and abs(_constant(divisor)) < 1e-25):
        raise InputError("this divides by zero")


def _larger(expr, size):
    return next(itertools.islice(sp.preorder_traversal(expr), size, None), None) is not None


def _shown(expr):
    text = str(expr)
    return text if len(text) <= 30 else "..."


def _bits(number):
    return max(int(number.p).bit_length(), int(number.q).bit_length()) - 1


def _steep(base, exponent):
    """Whether exact arithmetic on the power could explode; exp(1000*x) is harmless."""
    if base is sp.E:
        return False
    if exponent.is_number:
        return bool(abs(exponent) > LARGEST_EXPONENT)
    numbers = exponent.atoms(sp.Rational)
    return base.is_number and any(abs(number) > LARGEST_EXPONENT for number in numbers)
