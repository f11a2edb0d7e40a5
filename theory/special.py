r"""Special functions that SymPy lacks, as SymPy functions: sigmoid, softplus, Phi and Phi2.

They exist for two reasons.  A kernel evaluates ``sigmoid(x)`` without overflow where
``1/(1 + exp(-x))`` and its derivatives overflow, and a closed form reads like the literature
(\Phi, \Phi_2) instead of a page of error functions.  Each one differentiates, evaluates to any
precision, rewrites to elementary or SymPy functions and prints as LaTeX.
"""

import mpmath
import sympy as sp
from sympy.core.function import ArgumentIndexError

__all__ = ["NUMERIC", "Phi", "Phi2", "sigmoid", "softplus"]


def _digits(function, arguments, prec):
    """Evaluate ``function`` of SymPy ``arguments`` with guard bits; None if not numbers."""
    with mpmath.workprec(prec + 20):
        numbers = [a._to_mpmath(prec + 20) if a.is_number else None for a in arguments]
        if any(number is None for number in numbers):
            return None
        return sp.Float._new(mpmath.mpf(function(*numbers))._mpf_, prec)


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
        return _digits(NUMERIC["sigmoid"], self.args, prec)

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
        return _digits(NUMERIC["softplus"], self.args, prec)

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
        return _digits(NUMERIC["Phi"], self.args, prec)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_positive(self):
        return True if self.args[0].is_real else None

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\Phi{power}\left({printer._print(self.args[0])}\right)"


def _bivariate_normal_cdf(h, k, r):
    r"""Phi2 by Plackett's identity: \Phi(h)\Phi(k) plus the density integrated in asin r."""
    base = mpmath.ncdf(h) * mpmath.ncdf(k)
    if r == 0:
        return base
    top = mpmath.asin(r)

    def density(angle):
        cosine2 = mpmath.cos(angle) ** 2
        return mpmath.exp(-(h * h + k * k - 2 * h * k * mpmath.sin(angle)) / (2 * cosine2))

    # The integrand turns sharply where asin r is near +-pi/2: split geometrically towards the end.
    cuts = [0] + [top * (1 - mpmath.mpf(2) ** -j) for j in range(1, 5)] + [top]
    return base + mpmath.quad(density, cuts) / (2 * mpmath.pi)


class Phi2(sp.Function):
    r"""The bivariate normal distribution function \Phi_2(h, k; r) = P(U <= h, W <= k).

    U and W are standard normal with correlation r, -1 <= r <= 1.  Centred values are elementary
    (Sheppard): \Phi_2(0, 0; r) = 1/4 + asin(r)/(2 pi).

    >>> Phi2(0, 0, sp.Rational(1, 2))
    1/3
    """

    nargs = 3

    @classmethod
    def eval(cls, h, k, r):
        if h is -sp.oo or k is -sp.oo:
            return sp.S.Zero
        if h is sp.oo:
            return Phi(k)
        if k is sp.oo:
            return Phi(h)
        if h.is_zero and k.is_zero:
            return sp.Rational(1, 4) + sp.asin(r) / (2 * sp.pi)
        if r.is_zero:
            return Phi(h) * Phi(k)
        if r == 1 and (h - k).is_extended_nonnegative is not None:
            return Phi(sp.Min(h, k))
        if r == -1 and (h + k).is_extended_nonpositive:
            return sp.S.Zero
        if r == -1 and (h + k).is_extended_nonnegative:
            return Phi(h) + Phi(k) - 1
        # the two thresholds are exchangeable: one canonical order
        if sp.default_sort_key(k) < sp.default_sort_key(h):
            return cls(k, h, r)
        return None

    def fdiff(self, argindex=1):
        h, k, r = self.args
        if argindex == 3:
            spread = 1 - r**2
            exponent = -(h**2 + k**2 - 2 * r * h * k) / (2 * spread)
            return sp.exp(exponent) / (2 * sp.pi * sp.sqrt(spread))
        if argindex == 2:
            h, k = k, h
        elif argindex != 1:
            raise ArgumentIndexError(self, argindex)
        density = sp.exp(-(h**2) / 2) / sp.sqrt(2 * sp.pi)
        return density * Phi((k - r * h) / sp.sqrt(1 - r**2))

    def _eval_evalf(self, prec):
        return _digits(NUMERIC["Phi2"], self.args, prec)

    def _eval_is_real(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _latex(self, printer, exp=None):
        h, k, r = (printer._print(a) for a in self.args)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\Phi_2{power}\left({h}, {k}; {r}\right)"


#: mpmath implementations by name, for evalf and for what ``sympy.lambdify`` compiles.
NUMERIC = {
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "softplus": lambda a: (a if a > 0 else 0) + mpmath.log1p(mpmath.exp(-abs(a))),
    "Phi": lambda a: mpmath.erfc(-a / mpmath.sqrt(2)) / 2,
    "Phi2": _bivariate_normal_cdf,
}
