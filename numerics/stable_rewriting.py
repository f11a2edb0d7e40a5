"""Rewriting expressions so that evaluation in double precision neither cancels nor overflows.

The value stays the same; what changes is which functions are called: ``exp(a) - 1`` becomes
``expm1(a)``, ``1 + erf(a/sqrt(2))`` becomes ``2*Phi(a)``, ``1 - tanh(a)**2`` becomes ``sech2(a)``,
and numeric factors such as sqrt(2/pi) are multiplied out once, to 30 digits.
"""

from functools import lru_cache

import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from theory.special import Phi, Phi2, sigmoid

__all__ = ["dawson", "exp_Phi", "exp_Phi2", "fold_constants", "sech2", "stable"]

_DIGITS = 30


class sech2(sp.Function):
    """1 - tanh(x)**2, only inside kernels."""

    nargs = 1


class dawson(sp.Function):
    """exp(-x**2) times the integral of exp(t**2) from 0 to x, only inside kernels."""

    nargs = 1


class exp_Phi(sp.Function):
    """exp(a) Phi(h), only inside kernels: one factor may overflow, the other underflow."""

    nargs = 2


class exp_Phi2(sp.Function):
    """exp(a) Phi2(h, k; r), only inside kernels."""

    nargs = 4


@lru_cache(maxsize=4096)
def stable(expr: sp.Expr) -> sp.Expr:
    """An equal expression without avoidable cancellation.

    >>> from theory.symbols import x
    >>> stable(2 * sp.exp(x) - 2), stable(1 - sp.tanh(x) ** 2), stable(sp.log(1 + x**2))
    (2*expm1(x), sech2(x), log1p(x**2))
    """
    if expr.is_Atom:
        return expr
    args = [stable(a) if isinstance(a, sp.Expr) else _inside(a) for a in expr.args]
    if isinstance(expr, sp.log) and args[0].is_Add and sp.S.One in args[0].args:
        return log1p(args[0] - 1)
    if isinstance(expr, sp.erfc):
        # SymPy turns erfc(-a) into 2 - erfc(a), which cancels; Phi keeps its argument
        return 2 * Phi(-sp.sqrt(2) * args[0])
    if isinstance(expr, sp.erfi):
        # the exponential cancels that of a Gaussian factor, which alone would underflow
        return 2 / sp.sqrt(sp.pi) * sp.exp(args[0] ** 2) * dawson(args[0])
    if expr.is_Add:
        return _stable_sum(args)
    if expr.is_Mul:
        return _stable_product(args)
    return expr if tuple(args) == expr.args else expr.func(*args)


def fold_constants(expr: sp.Expr) -> sp.Expr:
    """Replace irrational numbers by 30-digit floats, one per sum or product."""
    if expr.is_Rational or expr.is_Symbol or expr.is_Float or expr.is_Boolean:
        return expr
    if isinstance(expr, sp.Expr) and expr.is_number and not expr.has(sp.oo, -sp.oo, sp.nan):
        return expr.evalf(_DIGITS)
    if expr.is_Atom:
        return expr
    if expr.is_Mul or expr.is_Add:
        numbers = [a for a in expr.args if a.is_number]
        if any(not a.is_Rational for a in numbers):
            others = [fold_constants(a) for a in expr.args if not a.is_number]
            return expr.func(expr.func(*numbers).evalf(_DIGITS), *others)
    args = [fold_constants(a) for a in expr.args]
    return expr if tuple(args) == expr.args else expr.func(*args)


def _inside(node):
    """Conditions and pairs of a Piecewise hold expressions one level deeper."""
    if node.is_Atom:
        return node
    return node.func(*(stable(a) if isinstance(a, sp.Expr) else _inside(a) for a in node.args))


def _stable_sum(terms):
    """Merge each term c*F(a) with a term -c or c of the sum, where that avoids cancellation."""
    terms = list(terms)
    for term in list(terms):
        for function, cofactor in _factors(term):
            for partner in (cofactor, -cofactor):
                merged = _merge(function, cofactor, same_sign=partner is cofactor)
                if merged is not None and partner in terms and term in terms:
                    terms.remove(term)
                    terms.remove(partner)
                    terms.append(merged)
    return sp.Add(*_hyperbolic(terms))


def _factors(term):
    for factor in sp.Mul.make_args(term):
        if isinstance(factor, (sp.exp, sp.erf, Phi, sigmoid, sp.cos)) or _is_tanh_squared(factor):
            yield factor, term / factor


def _is_tanh_squared(factor):
    return factor.is_Pow and factor.exp == 2 and isinstance(factor.base, sp.tanh)


def _merge(function, c, same_sign):
    """c*F + c or c*F - c in a stable form; None if the sum as it stands is fine."""
    if _is_tanh_squared(function):
        return None if same_sign else -c * sech2(function.base.args[0])
    a = function.args[0]
    if isinstance(function, sp.erf):
        return 2 * c * Phi(sp.sqrt(2) * a) if same_sign else -2 * c * Phi(-sp.sqrt(2) * a)
    if same_sign:
        return None
    if isinstance(function, sp.exp):
        return c * expm1(a)
    if isinstance(function, sp.cos):
        return -2 * c * sp.sin(a / 2) ** 2
    return -c * function.func(-a)


def _hyperbolic(terms):
    """c*exp(a) - c*exp(-a) = 2c*sinh(a) and c*exp(a) + c*exp(-a) = 2c*cosh(a)."""
    terms = list(terms)
    for term in list(terms):
        for factor in sp.Mul.make_args(term):
            if not isinstance(factor, sp.exp) or term not in terms:
                continue
            a, c = factor.args[0], term / factor
            for sign, function in ((-1, sp.sinh), (1, sp.cosh)):
                partner = sign * c * sp.exp(-a)
                if partner in terms and partner != term:
                    terms.remove(term)
                    terms.remove(partner)
                    terms.append(2 * c * function(a))
                    break
    return terms


def _stable_product(factors):
    """sinh(a)**n * cosh(a)**(-n) = tanh(a)**n: the quotient of two overflows is 1."""
    factors = sp.Mul.make_args(sp.Mul(*factors))
    powers = {}
    for factor in factors:
        base, exponent = factor.as_base_exp()
        if isinstance(base, (sp.sinh, sp.cosh)):
            powers[base] = exponent
    for base, exponent in powers.items():
        if isinstance(base, sp.sinh) and powers.get(sp.cosh(base.args[0])) == -exponent:
            hyperbolic = {base**exponent, sp.cosh(base.args[0]) ** -exponent}
            rest = [factor for factor in factors if factor not in hyperbolic]
            return sp.Mul(*rest, sp.tanh(base.args[0]) ** exponent)
    return sp.Mul(*_scaled_tails(factors))


def _scaled_tails(factors):
    """exp(a) Phi(h) and exp(a) Phi2(h, k; r) with a growing exponential as one function."""
    for rising in factors:
        if isinstance(rising, sp.exp) and not rising.args[0].could_extract_minus_sign():
            for scaled, kind in ((exp_Phi2, Phi2), (exp_Phi, Phi)):
                for tail in factors:
                    if isinstance(tail, kind):
                        rest = [f for f in factors if f not in (rising, tail)]
                        return [*rest, scaled(*rising.args, *tail.args)]
    return factors
