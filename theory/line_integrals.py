r"""Integrals over a half-line of a remainder that decays: polynomials, exponentials, Phi.

    \int_s^oo sum c v^n e^{a v - g v^2/2} prod_j Phi(alpha_j v + beta_j) dv

A bell (g > 0) is a Gaussian density; without one the Phi factors, all falling after
Phi(z) = 1 - Phi(-z), are turned into bells by parts,

    \int_s^oo v^n prod_j Phi_j dv = -s^(n+1)/(n+1) prod_j Phi_j(s)
                                    + sum_j E[V_j^(n+1) 1{V_j > s} prod_{i != j} Phi_i(V_j)]/(n+1),

V_j ~ N(-beta_j/alpha_j, 1/alpha_j^2).
"""

import itertools

import sympy as sp

from .bound import BOUND
from .gaussian import GaussianExpectation
from .small_variance import closed
from .special import Phi
from .terms import NoClosedForm, Shape, expand_terms

__all__ = ["decaying_integral"]


def decaying_integral(expr, start) -> sp.Expr | None:
    """The integral of ``expr``, in BOUND, from ``start`` to oo; None if it is not of this kind.

    >>> decaying_integral(sp.erfc(BOUND), sp.S(0))
    1/sqrt(pi)
    >>> decaying_integral(BOUND * Phi(BOUND) - BOUND, sp.S(0))
    -1/4
    """
    try:
        terms = _falling(expand_terms(expr, BOUND))
        values = [c * _term(shape, start) for shape, c in terms.items()]
    except NoClosedForm:
        return None
    return closed(sp.Add(*values))


def _falling(terms):
    """The same sum with falling Phi factors only."""
    total: dict = {}
    for shape, c in terms.items():
        choices = []
        for slope, offset in shape.factors:
            if slope.is_positive:
                choices.append(((None, 1), ((-slope, -offset), -1)))
            elif slope.is_negative:
                choices.append((((slope, offset), 1),))
            else:
                raise NoClosedForm(f"the sign of {slope} is unknown")
        for chosen in itertools.product(*choices):
            factors = tuple(factor for factor, _ in chosen if factor is not None)
            key = Shape(shape.power, shape.linear, shape.quadratic, factors, shape.fraction)
            sign = sp.Mul(*(s for _, s in chosen))
            total[key] = total.get(key, sp.S.Zero) + sign * c
    return {shape: c for shape, c in total.items() if not sp.expand(c).is_zero}


def _term(shape, start):
    if shape.fraction != 0 or shape.linear.is_real is not True:
        raise NoClosedForm("a fractional power or an oscillation")
    if shape.quadratic.is_positive:
        inner = BOUND**shape.power * sp.exp(shape.linear * BOUND) * _product(shape.factors)
        width = sp.sqrt(2 * sp.pi / shape.quadratic)
        return width * _beyond(inner, start, sp.S.Zero, 1 / shape.quadratic)
    if not shape.quadratic.is_zero:
        raise NoClosedForm("growth")
    if shape.factors:
        return _by_parts(shape, start)
    return _exponential(shape, start)


def _by_parts(shape, start):
    if shape.linear != 0:
        raise NoClosedForm("Phi times an exponential")
    n = shape.power + 1
    total = -(start**n) * _product(shape.factors).subs(BOUND, start)
    for j, (slope, offset) in enumerate(shape.factors):
        others = shape.factors[:j] + shape.factors[j + 1 :]
        inner = BOUND**n * _product(others)
        total += _beyond(inner, start, -offset / slope, 1 / slope**2)
    return total / n


def _exponential(shape, start):
    rate, n = -shape.linear, shape.power
    if not rate.is_positive:
        raise NoClosedForm("no decay")
    ladder = (sp.ff(n, n - j) * start**j / rate ** (n - j + 1) for j in range(n + 1))
    return sp.exp(-rate * start) * sp.Add(*ladder)


def _product(factors):
    return sp.Mul(*(Phi(slope * BOUND + offset) for slope, offset in factors))


def _beyond(inner, start, mean, variance):
    """E[inner(V) 1{V > start}], V ~ N(mean, variance)."""
    function = sp.Piecewise((inner, start < BOUND), (0, True))
    return GaussianExpectation((function,), (mean,), [[variance]])
