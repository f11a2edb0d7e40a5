r"""Feller's test for dV = g(V) dt + sqrt(2) V dB on (0, oo), executed on the drift.

The scale density s' = exp(-int g/v^2) and the speed density m = 1/(v^2 s') decide everything:
s finite at an end means that V tends to it with positive probability, int |s(end) - s| m < oo that
it gets there in finite time, and m integrable at both ends that there is a stationary law.  Only
the terms c v^e of g with e >= 1 matter at infinity and those with e <= 1 at 0:

    s' ~ v^(-c_1) exp(-sum_{e != 1} c_e v^(e-1)/(e-1)),

so the dominant term decides the convergence of each integral (the last one by l'Hôpital: with
e > 1 and c > 0, (s(oo) - s) m ~ 1/g, which is integrable at infinity).

Source: S. Karlin & H. M. Taylor, "A Second Course in Stochastic Processes", 1981, section 15.6.
"""

from dataclasses import dataclass

import sympy as sp

from .asymptotics import Leading, leading_terms
from .errors import UndecidedError
from .gaussian import GaussianExpectation
from .pieces import sign_of
from .state_terms import factored

__all__ = ["Boundary", "boundary", "explosion_condition", "sign"]


@dataclass(frozen=True)
class Boundary:
    """An end of (0, oo): which integrals converge there.

    ``attracts``: the scale function is finite there, so V tends to it with positive probability;
    ``reached``: in finite time; ``speed_finite``: the speed measure is finite near it.
    ``dominant`` is the (exponent, coefficient) of the term of the drift that decides.
    """

    end: sp.Expr
    attracts: bool
    reached: bool
    speed_finite: bool
    dominant: tuple[sp.Expr, sp.Expr]


def boundary(drift: sp.Expr, end: sp.Expr) -> Boundary:
    """The boundary of dV = drift dt + sqrt(2) V dB at ``end``, 0 or oo.

    Raises UndecidedError where that depends on parameters.

    >>> from theory.symbols import V
    >>> boundary(V*(V - 1), sp.oo).reached, boundary(V*(V - 1), sp.S(0)).attracts
    (True, True)
    >>> boundary(-2*V*(V - 1), sp.oo).attracts
    False
    """
    found: Leading = leading_terms(drift, end)
    outward = 1 if end is sp.oo else -1
    for exponent, coefficient in found.terms:
        if exponent == 1:
            break
        # e > 1 at infinity or e < 1 at zero: pushes outwards or inwards more than the noise does
        side = outward * sign(coefficient)
        if side > 0:
            return Boundary(end, True, True, False, (exponent, coefficient))
        if side < 0:
            return Boundary(end, False, False, True, (exponent, coefficient))
        if not found.complete:
            raise UndecidedError(f"the next term of the drift at V = {end} is not known")
    rate = found.coefficient(1)
    side = outward * sign(rate - 1)
    if side == 0 and not found.complete:
        raise UndecidedError(f"the drift at V = {end} balances the noise; more terms are needed")
    return Boundary(end, side > 0, False, side < 0, (sp.S.One, rate))


def explosion_condition(drift: sp.Expr) -> sp.Basic:
    """When infinity is reached in finite time: a relation in the parameters, true or false.

    >>> from theory.symbols import V
    >>> b = sp.Symbol("b", real=True)
    >>> explosion_condition(b*V*(V - 1))
    b > 0
    """
    condition, equal = sp.false, sp.true
    for exponent, coefficient in leading_terms(drift, sp.oo).terms:
        if exponent <= 1:
            break
        core = _without_positive_factors(coefficient)
        positive, zero = _relation(core)
        condition = sp.Or(condition, sp.And(equal, positive))
        equal = sp.And(equal, zero)
        if equal == sp.false:
            break
    return condition


def sign(value: sp.Expr) -> int:
    """The sign of a coefficient, which may contain expectations without closed form."""
    if value.free_symbols or not value.has(GaussianExpectation):
        return sign_of(_real(value))
    number = value.evalf(15)
    if abs(number) < sp.Float("1e-12"):
        raise UndecidedError(f"the sign of {value}, about {number.n(3)}, could not be decided")
    return 1 if number > 0 else -1


def _relation(core):
    try:
        side = sign(core)
    except UndecidedError:
        positive = sp.Gt(_real(core), 0)
        return positive if positive in (sp.true, sp.false) else sp.Gt(core, 0), sp.Eq(core, 0)
    return (sp.true if side > 0 else sp.false), (sp.true if side == 0 else sp.false)


def _without_positive_factors(expr):
    """What decides the sign: positive factors are dropped."""
    kept = [f for f in sp.Mul.make_args(factored(expr)) if f.is_positive is not True]
    return sp.Mul(*kept)


def _real(value):
    """Parameters without assumptions as real numbers, not 0 if they are divided by."""
    divisors = {p.base for p in value.atoms(sp.Pow) if p.exp.is_negative}
    bare = [s for s in value.free_symbols if s.is_real is None]
    return value.xreplace(
        {s: sp.Dummy(s.name, real=True, zero=False if s in divisors else None) for s in bare}
    )
