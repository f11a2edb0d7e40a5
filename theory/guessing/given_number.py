"""Numbers as they were given: which ones may be rounded, and by how much.

A short decimal such as 0.1 or 2.48 means itself.  A float of twelve or more significant digits is
a rounded number, the point of an edge of chaos say: what it stands for is known to half a unit of
its last digit, and never better than a few rounding errors of double precision.
"""

import numbers
from decimal import Decimal, InvalidOperation

import sympy as sp

__all__ = ["rounding_of"]

_SIGNIFICANT = 12
_DOUBLE = sp.Rational(4, 2**53)


def rounding_of(value) -> sp.Rational:
    """By how much a given number may be off; 0 if it is exact.

    >>> rounding_of(0.1), rounding_of("1/3"), rounding_of(sp.sqrt(2))
    (0, 0, 0)
    >>> rounding_of(1.9860726411359)
    1/20000000000000
    """
    if isinstance(value, sp.Rational) or not isinstance(value, str | numbers.Real | sp.Float):
        return sp.S.Zero
    if isinstance(value, int):
        return sp.S.Zero
    try:
        decimal = Decimal(str(value).strip())
    except InvalidOperation:
        return sp.S.Zero
    if not decimal.is_finite() or len(decimal.normalize().as_tuple().digits) < _SIGNIFICANT:
        return sp.S.Zero
    exponent = int(decimal.normalize().as_tuple().exponent)
    last = sp.Rational(1, 2) * sp.Integer(10) ** exponent
    return max(last, abs(sp.Rational(str(value).strip())) * _DOUBLE)
