r"""Sigmoid, softplus and \Phi as SymPy functions.

A kernel evaluates ``sigmoid(x)`` without overflow where ``1/(1 + exp(-x))`` and its derivatives
overflow, and a closed form with \Phi reads like the literature instead of a page of error
functions.  Each one differentiates, evaluates to any precision, rewrites to SymPy functions and
prints as LaTeX.
"""

import mpmath
import sympy as sp

from .normal_integrals import cdf, digits

__all__ = ["NUMERIC", "Phi", "sigmoid", "softplus"]


def _sigmoid(a):
    return 1 / (1 + mpmath.exp(-a))


def _softplus(a):
    return (a if a > 0 else 0) + mpmath.log1p(mpmath.exp(-abs(a)))


class _SmoothStep(sp.Function):
    """What the functions share: a value at 0, limits at ±oo, being real and positive."""

    nargs = 1
    ends: tuple[sp.Expr, sp.Expr, sp.Expr]  # the values at -oo, 0 and oo
    head: str  # the name in LaTeX

    @classmethod
    def eval(cls, argument):
        low, middle, high = cls.ends
        if argument.is_zero:
            return middle
        if argument is sp.oo:
            return high
        return low if argument is -sp.oo else None

    def _eval_evalf(self, prec):
        return digits(NUMERIC[type(self).__name__], self.args, prec)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_positive(self):
        return True if self.args[0].is_real else None

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"{self.head}{power}\left({printer._print(self.args[0])}\right)"


class sigmoid(_SmoothStep):
    r"""The logistic function \sigma(x) = 1/(1 + e^{-x}).

    >>> sigmoid(0), sigmoid(sp.Symbol("x")).diff()
    (1/2, sigmoid(-x)*sigmoid(x))
    """

    ends = (sp.S.Zero, sp.S.Half, sp.S.One)
    head = r"\operatorname{sigmoid}"

    def fdiff(self, argindex=1):
        # sigmoid(-x) rather than 1 - sigmoid(x): no cancellation for large x
        return self * sigmoid(-self.args[0])

    def _eval_rewrite_as_exp(self, argument, **hints):
        return 1 / (1 + sp.exp(-argument))

    def _eval_rewrite_as_tanh(self, argument, **hints):
        return (1 + sp.tanh(argument / 2)) / 2


class softplus(_SmoothStep):
    r"""The smooth rectifier log(1 + e^x).

    >>> softplus(0), softplus(sp.Symbol("x")).diff()
    (log(2), sigmoid(x))
    """

    ends = (sp.S.Zero, sp.log(2), sp.oo)
    head = r"\operatorname{softplus}"

    def fdiff(self, argindex=1):
        return sigmoid(self.args[0])

    def _eval_rewrite_as_exp(self, argument, **hints):
        return sp.log(1 + sp.exp(argument))

    _eval_rewrite_as_log = _eval_rewrite_as_exp


class Phi(_SmoothStep):
    r"""The standard normal distribution function \Phi(x) = P(Z <= x).

    Far in the left tail it is evaluated through erfc, so no digits are lost there.

    >>> Phi(0), Phi(sp.Symbol("x")).diff()
    (1/2, sqrt(2)*exp(-x**2/2)/(2*sqrt(pi)))
    """

    ends = (sp.S.Zero, sp.S.Half, sp.S.One)
    head = r"\Phi"

    def fdiff(self, argindex=1):
        return sp.exp(-(self.args[0] ** 2) / 2) / sp.sqrt(2 * sp.pi)

    def _eval_rewrite_as_erf(self, argument, **hints):
        return (1 + sp.erf(argument / sp.sqrt(2))) / 2

    def _eval_rewrite_as_erfc(self, argument, **hints):
        return sp.erfc(-argument / sp.sqrt(2)) / 2


#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = {"sigmoid": _sigmoid, "softplus": _softplus, "Phi": cdf}
