r"""Expressions as sums over functions of the state, with coefficients kept in one piece.

A coefficient may be a page of exponentials (the third derivative of an activation at a symbolic
centre): expanding it would multiply its size for nothing.  Here everything that does not depend on
the state counts as one letter while a sum is expanded and collected.
"""

import sympy as sp

from .gaussian import GaussianExpectation
from .sampling import sample_values
from .symbols import V, covariance_entry, rho

__all__ = ["collected", "factored", "masked", "presented", "state_groups", "varies"]

_SHORT = 40  # operations of a coefficient that is worth factoring twice
_SHORT_SUM = 3  # parameters' sums of so few terms are multiplied out
V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)
_STATE = frozenset({V, rho, V11, V12, V22})


def collected(expr: sp.Expr) -> sp.Expr:
    """``expr`` expanded in V, V11, V12, V22 and rho only, equal functions of these joined.

    >>> k = sp.Symbol("k", real=True)
    >>> collected((1 + k)**2 * V * (V - 1))
    V**2*(k + 1)**2 - V*(k + 1)**2
    """
    return sp.Add(*(state * coefficient for state, coefficient in state_groups(expr).items()))


def state_groups(expr: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    """{function of the state: its coefficient}, zero coefficients left out.

    >>> state_groups(3*V*(V - sp.sqrt(2)))
    {V: -3*sqrt(2), V**2: 3}
    """
    letters: dict = {}
    expanded = sp.expand(_masked(expr, letters))
    words = {letter: value for value, letter in letters.items()}
    groups: dict = {}
    for term in sp.Add.make_args(expanded):
        number, rest = term.as_coeff_Mul()
        coefficient, state = rest.as_independent(*_STATE, as_Add=False)
        state = state.xreplace(words)
        groups.setdefault(state, []).append(number * coefficient)
    found = {}
    for state in sorted(groups, key=sp.default_sort_key):
        coefficient = sp.factor(sp.Add(*groups[state])).xreplace(words)
        if coefficient.free_symbols and sp.count_ops(coefficient) <= _SHORT:
            coefficient = sp.factor(coefficient)  # letters may hide that terms cancel
        if not _is_zero(coefficient):
            found[state] = coefficient
    return found


def masked(expr: sp.Expr) -> tuple[sp.Expr, dict]:
    """``expr`` with a letter for each part without the state, and what the letters stand for."""
    letters: dict = {}
    found = _masked(expr, letters)
    return found, {letter: value for value, letter in letters.items()}


def varies(drift: sp.Expr) -> bool:
    """Whether a drift of the correlation visibly depends on V11 and V22."""
    if drift.has(GaussianExpectation):
        return True
    values = sample_values(drift.free_symbols - {V11, V22, rho}) | {rho: sp.Rational(3, 7)}
    places = ((2, 3), (5, 1))
    ends = [
        drift.xreplace({**values, V11: sp.Integer(a), V22: sp.Integer(b)}).evalf(15)
        for a, b in places
    ]
    return bool(abs(ends[0] - ends[1]) > sp.Float("1e-10"))


def presented(expr: sp.Expr) -> sp.Expr:
    """Collected on functions of the state; arccos instead of arcsin where that is shorter.

    >>> presented(rho * sp.pi / 2 - rho * sp.asin(rho))
    rho*acos(rho)
    """
    arcs = {arc: sp.pi / 2 - sp.acos(arc.args[0]) for arc in expr.atoms(sp.asin)}
    plain, other = collected(expr), collected(expr.xreplace(arcs)) if arcs else expr
    return other if arcs and sp.count_ops(other) < sp.count_ops(plain) else plain


def factored(expr: sp.Expr) -> sp.Expr:
    """``expr`` factored if it has parameters; numbers stay as they are, however long."""
    return sp.factor(expr) if expr.free_symbols else expr


def _is_zero(value):
    if value.is_Rational or value.free_symbols:
        return value.is_zero
    number = value.evalf(20)
    return bool(abs(number) < sp.Float("1e-15")) and sp.simplify(value).is_zero


def _masked(expr, letters):
    """Maximal parts without the state become letters, those inside functions too."""
    if expr.is_Rational or expr in _STATE:
        return expr
    moving = bool(expr.free_symbols & _STATE)
    if expr.is_Mul or (expr.is_Add and (moving or len(expr.args) <= _SHORT_SUM)):
        return expr.func(*(_masked(a, letters) for a in expr.args))
    if expr.is_Pow and expr.exp.is_Integer and not (moving and expr.exp.is_negative):
        base = expr.base if moving or not expr.base.is_Add else _letter(expr.base, letters)
        return _masked(base, letters) ** expr.exp
    return expr if moving else _letter(expr, letters)


def _letter(expr, letters):
    if expr.is_Dummy:
        return expr
    return letters.setdefault(expr, sp.Dummy(f"k{len(letters)}", real=True))
