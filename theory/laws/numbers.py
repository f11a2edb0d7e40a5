"""Parameters of laws as expressions and as mpmath numbers."""

from functools import wraps

import mpmath
import sympy as sp

from ..errors import InputError

__all__ = ["digits_of", "expression", "guarded", "regularised_beta"]


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


def guarded(method):
    """The method of (self, y) evaluated with 20 bits to spare and then rounded."""

    @wraps(method)
    def rounded(self, y):
        with mpmath.extraprec(20):
            value = method(self, mpmath.mpf(y))
        return +value

    return rounded


def regularised_beta(a, b, low, high):
    """I_low(a, b) for low + high = 1, of which the smaller is known better."""
    if low <= high:
        return mpmath.betainc(a, b, 0, low, regularized=True)
    with mpmath.extraprec(10):
        rest = mpmath.betainc(b, a, 0, high, regularized=True)
    if rest > 0.5:  # so 1 - rest would lose digits
        return mpmath.betainc(a, b, 0, low, regularized=True)
    return 1 - rest
