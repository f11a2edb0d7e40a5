r"""The typed representation on which Gaussian expectations have closed forms.

A term in one variable u is

    coefficient * u^n * |u|^r * exp(a u - g u^2/2) * prod_j Phi(alpha_j u + beta_j),

a sum of terms is a dictionary from :class:`Shape` to coefficient.  The family is closed under
products, and under shifts and scalings of u.  erf and erfc are affine in Phi; sin, cos, sinh and
cosh are exponentials with a complex or real rate a.  What does not fit raises NoClosedForm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import sympy as sp

from .special import Phi

__all__ = ["NoClosedForm", "Shape", "Terms", "expand_terms"]

_MOST_TERMS = 400
_HIGHEST_POWER = 64


class NoClosedForm(Exception):
    """Internal: the integrand or its orthant is outside the family with closed forms."""


@dataclass(frozen=True)
class Shape:
    """The part of a term that depends on u: powers, exponential rates and Phi factors."""

    power: int = 0
    linear: sp.Expr = sp.S.Zero
    quadratic: sp.Expr = sp.S.Zero
    factors: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    fraction: sp.Expr = sp.S.Zero

    def __mul__(self, other):
        return Shape(
            self.power + other.power,
            sp.expand(self.linear + other.linear),
            sp.expand(self.quadratic + other.quadratic),
            tuple(sorted(self.factors + other.factors, key=sp.default_sort_key)),
            self.fraction + other.fraction,
        )


Terms = Mapping[Shape, sp.Expr]


@lru_cache(maxsize=1024)
def expand_terms(expr: sp.Expr, u: sp.Symbol) -> Terms:
    """``expr`` as a sum of terms in ``u``; NoClosedForm if it is not one.

    >>> from theory.symbols import x
    >>> [(s.power, s.linear, c) for s, c in expand_terms(x*sp.sinh(x), x).items()]
    [(1, 1, 1/2), (1, -1, -1/2)]
    """
    return MappingProxyType(_terms(expr, u))


def _terms(expr, u):
    if not expr.has(u):
        return {Shape(): expr}
    if expr == u:
        return {Shape(power=1): sp.S.One}
    if expr.is_Add:
        return _sum(_terms(term, u) for term in expr.args)
    if expr.is_Mul:
        product = {Shape(): sp.S.One}
        for factor in expr.args:
            product = _product(product, _terms(factor, u))
        return product
    if isinstance(expr, sp.exp):
        return _exponential(expr.args[0], u)
    if expr.is_Pow:
        return _power(expr, u)
    return _function(expr, u)


def _sum(parts):
    total: dict = {}
    for part in parts:
        for shape, coefficient in part.items():
            total[shape] = total.get(shape, sp.S.Zero) + coefficient
    total = {shape: coefficient for shape, coefficient in total.items() if coefficient != 0}
    if len(total) > _MOST_TERMS:
        raise NoClosedForm(f"the integrand has more than {_MOST_TERMS} terms")
    return total


def _product(first, second):
    return _sum(
        {shape * other: coefficient * factor}
        for shape, coefficient in first.items()
        for other, factor in second.items()
    )


def _power(expr, u):
    base, exponent = expr.base, expr.exp
    if exponent.has(u) and not base.has(u):
        return _exponential(exponent * sp.log(base), u)
    if base in (u, -u) and not exponent.has(u) and not (exponent.is_Integer and exponent >= 0):
        return _absolute_power(base, exponent, u)
    if not (exponent.is_Integer and 0 <= exponent <= _HIGHEST_POWER):
        raise NoClosedForm(
            f"{expr} is a power outside the family: whole powers from 0 to {_HIGHEST_POWER}"
        )
    if base == u:
        return {Shape(power=int(exponent)): sp.S.One}
    result, square, n = {Shape(): sp.S.One}, _terms(base, u), int(exponent)
    while n:
        if n & 1:
            result = _product(result, square)
        n >>= 1
        if n:
            square = _product(square, square)
    return result


def _absolute_power(base, exponent, u):
    """(±u)^r with a real power, u^-1 = u |u|^-2 included."""
    if exponent.is_Integer and exponent.is_odd:
        sign = sp.S.One if base == u else sp.S.NegativeOne
        return {Shape(power=1, fraction=exponent - 1): sign}
    return {Shape(fraction=exponent): sp.S.One}


def _affine(argument, u, degree=1):
    """Coefficients of 1, u, … of a polynomial of at most this degree."""
    polynomial = argument.as_poly(u)
    if polynomial is None or polynomial.degree() > degree:
        raise NoClosedForm(
            f"{argument}, inside a function, is not a polynomial of degree {degree}"
        )
    return [polynomial.coeff_monomial(u**k) for k in range(degree + 1)]


def _exponential(argument, u):
    constant, linear, quadratic = _affine(argument, u, 2)
    return {Shape(linear=linear, quadratic=-2 * quadratic): sp.exp(constant)}


def _waves(argument, u, even, imaginary):
    """(e^{r} + e^{-r})/2 or (e^{r} - e^{-r})/2 with r the argument or i times it."""
    offset, rate = _affine(argument, u)
    unit = sp.I if imaginary else sp.S.One
    rising = sp.exp(unit * offset)
    falling = sp.exp(-unit * offset)
    half = sp.S.Half if even else 1 / (2 * unit)
    return _sum(
        [
            {Shape(linear=unit * rate): half * rising},
            {Shape(linear=-unit * rate): (half if even else -half) * falling},
        ]
    )


def _cumulative(slope, offset):
    return {Shape(factors=((slope, offset),)): sp.S.One}


def _function(expr, u):
    argument = expr.args[0]
    root2 = sp.sqrt(2)
    match expr:
        case sp.sin():
            return _waves(argument, u, even=False, imaginary=True)
        case sp.cos():
            return _waves(argument, u, even=True, imaginary=True)
        case sp.sinh():
            return _waves(argument, u, even=False, imaginary=False)
        case sp.cosh():
            return _waves(argument, u, even=True, imaginary=False)
        case Phi():
            offset, slope = _affine(argument, u)
            return _cumulative(slope, offset)
        case sp.erf():
            offset, slope = _affine(argument, u)
            twice = _product({Shape(): sp.Integer(2)}, _cumulative(root2 * slope, root2 * offset))
            return _sum([twice, {Shape(): sp.S.NegativeOne}])
        case sp.erfc():
            offset, slope = _affine(argument, u)
            return _product({Shape(): sp.Integer(2)}, _cumulative(-root2 * slope, -root2 * offset))
    raise NoClosedForm(f"{expr} is not a polynomial, exponential, sin, cos, erf or Phi of {u}")
