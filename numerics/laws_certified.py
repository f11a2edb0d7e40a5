"""Arb behind the certificates of laws: bounds on what mpmath's intervals do not know.

``theory.laws.intervals`` asks for leaves of an expression: Gaussian expectations, error functions
and whatever else :func:`numerics.enclosure.enclose` understands.
"""

import mpmath
import sympy as sp

from theory.errors import InitheoryError

__all__ = ["enclose_leaf"]


def enclose_leaf(expr: sp.Expr, digits: int, values=None):
    """(lower, upper) around a real expression without symbols, or None.

    >>> lower, upper = enclose_leaf(sp.erf(1), 20)
    >>> bool(lower <= mpmath.erf(1) <= upper)
    True
    """
    if values and expr.free_symbols & values.keys():
        return None
    from .enclosure import enclose

    try:
        found = enclose(expr, digits=digits)
    except InitheoryError:
        return None
    with mpmath.workdps(digits + 20):
        return tuple(mpmath.mpf(end._mpf_) for end in (found.lower, found.upper))
