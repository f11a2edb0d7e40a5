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


class sigmoid(sp.Function):
    r"""The logistic function \sigma(x) = 1/(1 + e^{-x}).

    >>> sigmoid(0), sigmoid(sp.Symbol("x")).diff()
    (1/2, sigmoid(-x)*sigmoid(x))
    """

    nargs = 1

    @classmethod
    def eval(cls, argument):
        if argument.is_zero:
            return sp.S.Half
        if argument is sp.oo:
            return sp.S.One
        if argument is -sp.oo:
            return sp.S.Zero
        return None

    def fdiff(self, argindex=1):
        # sigmoid(-x) rather than 1 - sigmoid(x): no cancellation for large x
        return self * sigmoid(-self.args[0])

    def _eval_rewrite_as_exp(self, argument, **hints):
        return 1 / (1 + sp.exp(-argument))

    def _eval_rewrite_as_tanh(self, argument, **hints):
        return (1 + sp.tanh(argument / 2)) / 2

    def _eval_evalf(self, prec):
        return digits(_sigmoid, self.args, prec)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_positive(self):
        return self.args[0].is_extended_real

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\operatorname{{sigmoid}}{power}\left({printer._print(self.args[0])}\right)"


class softplus(sp.Function):
    r"""The smooth rectifier log(1 + e^x).

    >>> softplus(0), softplus(sp.Symbol("x")).diff()
    (log(2), sigmoid(x))
    """

    nargs = 1

    @classmethod
    def eval(cls, argument):
        if argument.is_zero:
            return sp.log(2)
        if argument is sp.oo:
            return sp.oo
        if argument is -sp.oo:
            return sp.S.Zero
        return None

    def fdiff(self, argindex=1):
        return sigmoid(self.args[0])

    def _eval_rewrite_as_exp(self, argument, **hints):
        return sp.log(1 + sp.exp(argument))

    _eval_rewrite_as_log = _eval_rewrite_as_exp

    def _eval_evalf(self, prec):
        return digits(_softplus, self.args, prec)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_positive(self):
        return self.args[0].is_extended_real

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\operatorname{{softplus}}{power}\left({printer._print(self.args[0])}\right)"


class Phi(sp.Function):
    r"""The standard normal distribution function \Phi(x) = P(Z <= x).

    Far in the left tail it is evaluated through erfc, so no digits are lost there.

    >>> Phi(0), Phi(sp.Symbol("x")).diff()
    (1/2, sqrt(2)*exp(-x**2/2)/(2*sqrt(pi)))
    """

    nargs = 1

    @classmethod
    def eval(cls, argument):
        if argument.is_zero:
            return sp.S.Half
        if argument is sp.oo:
            return sp.S.One
        if argument is -sp.oo:
            return sp.S.Zero
        return None

    def fdiff(self, argindex=1):
        return sp.exp(-(self.args[0] ** 2) / 2) / sp.sqrt(2 * sp.pi)

    def _eval_rewrite_as_erf(self, argument, **hints):
        return (1 + sp.erf(argument / sp.sqrt(2))) / 2

    def _eval_rewrite_as_erfc(self, argument, **hints):
        return sp.erfc(-argument / sp.sqrt(2)) / 2

    def _eval_evalf(self, prec):
        return digits(cdf, self.args, prec)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_positive(self):
        return True if self.args[0].is_real else None

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\Phi{power}\left({printer._print(self.args[0])}\right)"


#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = {"sigmoid": _sigmoid, "softplus": _softplus, "Phi": cdf}
