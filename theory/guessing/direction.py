"""Whether a function rises or falls on the whole line, as far as its form shows it."""

import sympy as sp

from ..errors import UndecidedError
from ..pieces import Piece, sign_of
from ..special import Phi, sigmoid, softplus
from ..symbols import x

__all__ = ["direction", "rank_of"]

_RISING = (sp.exp, sp.tanh, sp.sinh, sp.atan, sp.asinh, sp.erf, Phi, sigmoid, softplus)


def direction(phi) -> int | None:
    """1 if phi never falls, -1 if it never rises, 0 if it is constant, None if neither is shown.

    Each smooth piece is read from outside in (a rising function of a rising argument rises), then
    by the sign of its derivative under the assumptions on its parameters; None is no verdict.

    >>> from ..activation import Activation
    >>> [direction(Activation(f)) for f in ("tanh(2*x)", "elu", "exp(-x)", "silu", "abs(x)")]
    [1, 1, -1, None, None]
    """
    return _direction(phi.pieces, phi.jumps(0))


def rank_of(phi) -> sp.Expr | None:
    """F = P(phi(Z) < phi(x)) for standard normal Z as an expression in x, or None.

    Ties on flat pieces go to the larger x (to the smaller one if phi falls, to the larger |x| or
    the smaller one if phi is even).

    >>> from ..activation import Activation
    >>> rank_of(Activation("tanh")), rank_of(Activation("x**2")), rank_of(Activation("gelu"))
    (Phi(x), 2*Phi(Abs(x)) - 1, None)
    """
    trend = direction(phi)
    if trend is not None:
        return Phi(x if trend >= 0 else -x)
    if phi.parity != "even":
        return None
    right = [Piece(max(p.lower, sp.S.Zero), p.upper, p.expr) for p in phi.pieces if p.upper > 0]
    trend = _direction(right, [(place, size) for place, size in phi.jumps(0) if place > 0])
    return {1: 2 * Phi(sp.Abs(x)) - 1, -1: 2 * Phi(-sp.Abs(x))}.get(trend)


def _direction(parts, jumps):
    try:
        trends = {_trend(p.expr) or _slope_sign(p) for p in parts if p.expr.has(x)}
        trends |= {sign_of(size) for _, size in jumps}
    except UndecidedError:
        return None
    trends.discard(0)
    if not trends:
        return 0
    return trends.pop() if len(trends) == 1 else None


def _trend(expr):
    """1 or -1 where the form of a smooth expression shows it, else None."""
    if expr == x:
        return 1
    if expr.is_Add:
        trends = {_trend(part) for part in expr.args if part.has(x)}
        return trends.pop() if len(trends) == 1 else None
    if expr.is_Mul:
        constant, rest = expr.as_independent(x, as_Add=False)
        trend = _trend(rest) if constant != 1 else None
        if trend is None or not (constant.is_positive or constant.is_negative):
            return None
        return trend if constant.is_positive else -trend
    if isinstance(expr, _RISING) and len(expr.args) == 1:
        return _trend(expr.args[0])
    if isinstance(expr, sp.erfc):
        trend = _trend(expr.args[0])
        return None if trend is None else -trend
    if expr.is_Pow and expr.exp.is_odd and expr.exp.is_positive:
        return _trend(expr.base)
    return None


def _slope_sign(piece):
    """The sign of the derivative on a piece by SymPy's assumptions, else None."""
    sign = {}
    if piece.lower.is_extended_nonnegative:
        sign = {"positive": True}
    elif piece.upper.is_extended_nonpositive:
        sign = {"negative": True}
    y = sp.Dummy("y", real=True, **sign)
    slope = sp.diff(piece.expr.xreplace({x: y}), y)
    for form in (slope, sp.factor(slope)):
        if form.is_nonnegative:
            return 1
        if form.is_nonpositive:
            return -1
    return None
