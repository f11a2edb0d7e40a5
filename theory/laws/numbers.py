"""Parameters of laws as expressions and as mpmath numbers."""

import mpmath
import sympy as sp

from ..errors import InputError

__all__ = ["digits_of", "expression"]


def expression(value) -> sp.Basic:
    """A number or SymPy object as it is; texts are refused."""
    return sp.sympify(value, strict=True)


def digits_of(*expressions):
    """The expressions at the current precision of mpmath; InputError if one has a symbol."""
    digits = mpmath.mp.dps + 5
    values = []
    for expr in expressions:
        if expr.free_symbols:
            names = ", ".join(sorted(map(str, expr.free_symbols)))
            raise InputError(f"a number needs a value for {names}; substitute one first")
        with mpmath.extraprec(10):
            values.append(mpmath.mpf(sp.N(expr, digits)._to_mpmath(mpmath.mp.prec)))
    return tuple(values)
