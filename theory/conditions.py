"""Conditions of a piecewise formula, brought to the form  variable < threshold.

A comparison may be written with any affine function of the variable, or with the absolute value
of one; it is solved for the variable here, so that the places where a piecewise activation changes
can be read off by everything that follows.
"""

from itertools import pairwise

import sympy as sp
from sympy.core.relational import Relational

from .errors import InputError

__all__ = ["first_match", "in_terms_of"]


def in_terms_of(variable: sp.Symbol, low: sp.Expr, high: sp.Expr, strict: bool):
    """The condition ``low < high`` (``<=`` unless ``strict``) as comparisons of ``variable``.

    Raises :class:`~theory.errors.InputError` if ``high - low`` is neither affine in ``variable``
    nor affine in the absolute value of such a function, or if the sign of a slope is unknown.

    >>> from theory.symbols import x
    >>> in_terms_of(x, 2*x - 1, sp.Integer(4), strict=True)
    x < 5/2
    >>> in_terms_of(x, sp.Abs(x), sp.Integer(1), strict=True)
    (x > -1) & (x < 1)
    """
    gap = high - low
    if not gap.has(variable):
        return _decided(gap, strict)
    moduli = [modulus for modulus in gap.atoms(sp.Abs) if modulus.has(variable)]
    unknown = sp.Dummy(real=True)
    gap = gap.xreplace({moduli[0] if moduli else variable: unknown})
    slope = gap.diff(unknown)
    if slope.is_zero or slope.has(unknown) or gap.has(variable):
        raise InputError(
            f"a condition compares {variable} or abs({variable}) with a constant, "
            f"such as {variable} < 1 or -1 < {variable} <= 2"
        )
    if slope.is_positive is not True and slope.is_negative is not True:
        raise InputError(
            f"the sign of {slope} is unknown; divide by it so that {variable} stands alone"
        )
    bound, above = -gap.xreplace({unknown: sp.S.Zero}) / slope, bool(slope.is_positive)
    if not moduli:
        return _compare(variable, bound, above, strict)
    inner = moduli[0].args[0]
    if above:  # |u| > b: u > b or u < -b
        return sp.Or(
            in_terms_of(variable, bound, inner, strict),
            in_terms_of(variable, inner, -bound, strict),
        )
    return sp.And(
        in_terms_of(variable, -bound, inner, strict), in_terms_of(variable, inner, bound, strict)
    )


def first_match(branches, variable: sp.Symbol) -> sp.Expr:
    """The expression of the first condition that holds; the conditions must cover the line.

    Raises :class:`~theory.errors.InputError` naming a point that no condition covers.

    >>> from theory.symbols import x
    >>> first_match([(-x, x <= 0), (x, x > 0)], x)
    Piecewise((-x, x <= 0), (x, True))
    """
    kept = []
    for value, condition in branches:
        if condition is not sp.false:
            kept.append((value, condition))
        if condition is sp.true:
            break
    if not kept:
        raise InputError("no condition of this piecewise function ever holds")
    if kept[-1][1] is not sp.true:
        _check_cover([condition for _, condition in kept], variable)
        kept[-1] = (kept[-1][0], sp.true)
    return sp.Piecewise(*kept)


def _decided(gap, strict):
    if gap.is_zero:
        return sp.false if strict else sp.true
    if gap.is_positive or gap.is_negative:
        return sp.true if gap.is_positive else sp.false
    raise InputError("this condition does not involve the variable and is not decided")


def _compare(variable, bound, above, strict):
    if above:
        return variable > bound if strict else variable >= bound
    return variable < bound if strict else variable <= bound


def _check_cover(conditions, variable):
    """Every threshold and one point of every gap between them must satisfy some condition."""
    relations = set().union(*(condition.atoms(Relational) for condition in conditions))
    thresholds = {r.rhs if r.lhs == variable else r.lhs for r in relations}
    if not all(threshold.is_number for threshold in thresholds):
        raise InputError("end with (value, True): whether the conditions cover x is unknown")
    places = sorted(thresholds)
    middles = [(a + b) / 2 for a, b in pairwise(places)]
    for place in (places[0] - 1, *places, *middles, places[-1] + 1):
        if not any(condition.subs(variable, place) is sp.true for condition in conditions):
            raise InputError(f"no condition covers {variable} = {place}; end with (value, True)")
