"""Whether an expression is an activation: real on the whole line, with a finite second moment."""

import sympy as sp

from .errors import DivergentExpectationError, NonRealActivationError, UndecidedError
from .laws.functions import LawActivation
from .pieces import limit
from .sampling import sample_points, sample_values
from .symbols import x

__all__ = ["local_exponent", "validate"]

_NOT_REAL = (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I)


def validate(phi):
    """Real on the whole line, and square integrable under every Gaussian."""
    if not isinstance(phi.expr, sp.Expr) or _without_laws(phi.expr).has(*_NOT_REAL):
        raise NonRealActivationError(f"{phi.expr} is not a real function of x")
    for piece in phi.pieces:
        _check_real(phi, piece)
        for place, side in ((piece.lower, "+"), (piece.upper, "-")):
            if place.is_finite:
                _check_singularity(phi, piece, place, side)
    rate = phi.growth.largest
    if rate.gaussian is sp.oo:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is infinite for every q: it grows faster than any "
            "Gaussian decays; bound its growth"
        )
    if rate.gaussian.is_positive:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is finite only for q < {1 / (4 * rate.gaussian)}: "
            "it grows like a Gaussian; use an activation of at most exponential growth"
        )


def _without_laws(expr):
    """The expression without the laws in it, whose arguments may be infinite."""
    return expr.xreplace({node: node.argument for node in expr.atoms(LawActivation)})


def _check_real(phi, piece):
    if piece.expr.has(LawActivation) and piece.expr.is_extended_real:
        return  # far values of such a function cost much
    values = sample_values(piece.expr.free_symbols - {x})
    lower, upper = (bound.subs(values) for bound in (piece.lower, piece.upper))
    for point in sample_points(lower, upper):
        number = piece.expr.subs(values).subs(x, point).evalf(15)
        if not number.is_extended_real:
            given = f" with {_listed(values)}" if values else ""
            raise NonRealActivationError(
                f"{phi.expr} is not real at x = {sp.N(point, 4)}{given}; an activation must be "
                "real on the whole line (abs(x), max(x, 0) or 1 + x**2 help)"
            )


def _check_singularity(phi, piece, place, side):
    value = piece.expr.subs(x, place)
    if value.is_finite or (value.is_finite is None and not value.has(sp.zoo, sp.nan)):
        return
    exponent = local_exponent(piece.expr, place, side)
    if 2 * exponent <= -1:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is infinite for every q > 0: phi has a pole at "
            f"x = {place}; remove the pole"
        )


def local_exponent(expr: sp.Expr, place: sp.Expr, side: str, variable: sp.Symbol = x) -> sp.Expr:
    """The p with expr ~ C |x - place|^p next to ``place`` on that side (0 for a finite value).

    >>> local_exponent(sp.sqrt(x), sp.S(0), "+")
    1/2
    """
    value = expr.subs(variable, place)
    if value.is_finite and not value.is_zero:
        return sp.S.Zero
    t = sp.Dummy("t", positive=True)
    near = expr.subs(variable, place + t if side == "+" else place - t)
    if near.is_zero:
        return sp.oo
    exponent = limit(sp.simplify(t * sp.diff(near, t) / near), t, sp.S.Zero, "+")
    if exponent.has(sp.AccumBounds) and _is_bounded(near, t):
        return sp.S.Zero
    if exponent.has(sp.AccumBounds) or not exponent.is_extended_real:
        raise UndecidedError(f"the behaviour of {expr} at {variable} = {place} is not a power law")
    return exponent


def _is_bounded(near, t):
    """Whether an oscillating function of t stays bounded as t -> 0+."""
    size = limit(near, t, sp.S.Zero, "+")
    ends = [(b.min, b.max) for b in size.atoms(sp.AccumBounds)]
    return size.is_finite is not False and all(end.is_finite for pair in ends for end in pair)


def _listed(values):
    return ", ".join(f"{s} = {v}" for s, v in values.items())
