"""Whether an activation is nonnegative: a proof, a counterexample, or neither."""

import sympy as sp

from ..smooth_steps import Phi, sigmoid, softplus
from ..symbols import x

__all__ = ["nonnegative"]

_PLACES = [sp.Rational(k, 8) for k in range(-64, 65)] + [
    sp.Integer(10) ** 3,
    -(sp.Integer(10) ** 3),
]


def nonnegative(activation) -> bool | None:
    """True if phi >= 0 is proved and phi is not 0, False if it fails somewhere, else None.

    >>> from theory.activation import as_activation
    >>> [nonnegative(as_activation(name)) for name in ("relu", "tanh", "softplus", "x^2")]
    [True, False, True, True]
    """
    expr = activation.expr
    if activation.parameters:
        return None
    if any(sp.N(expr.subs(x, place), 15) < 0 for place in _PLACES):
        return False
    if expr.is_zero:
        return False
    proved = all(_nonnegative_piece(piece) for piece in activation.pieces)
    return True if proved else None


def _nonnegative_piece(piece):
    """Whether the expression of a piece is nonnegative between its ends, by assumptions."""
    shifted = piece.expr
    beyond = sp.Dummy(positive=True)
    if piece.lower.is_finite and not piece.lower.is_negative:
        shifted = shifted.subs(x, piece.lower + beyond)
    elif piece.upper.is_finite and not piece.upper.is_positive:
        shifted = shifted.subs(x, piece.upper - beyond)
    known = shifted.replace(_softplus_like, lambda _: sp.Dummy(positive=True))
    return bool(known.is_nonnegative)


def _softplus_like(node):
    """Functions with values in (0, oo) of which SymPy does not know it."""
    return isinstance(node, (Phi, sigmoid, softplus))
