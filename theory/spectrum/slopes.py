r"""The law of phi'(sqrt(q) Z)^2: its moments mu_k, its atoms, its S-transform.

A layer multiplies by D = diag(phi'(h_i)) with h_i ~ N(0, q), so D^2 has the moments

    mu_k = E phi'(sqrt(q) Z)^(2k).

Where phi is piecewise linear, phi'^2 takes finitely many values; with at most two values other
than 0 the equation psi(chi) = w is quadratic and the S-transform is explicit.
"""

from dataclasses import dataclass

import sympy as sp

from ..activation import Activation
from ..gaussian import E
from ..normal_form import normal_form
from ..special import Phi
from ..symbols import q, x
from ..validation import local_exponent
from .weights import z

__all__ = ["SlopeAtom", "slope_atoms", "slope_moment", "slope_s_transform"]


@dataclass(frozen=True)
class SlopeAtom:
    """phi'(sqrt(q) Z)^2 equals ``value`` with probability ``mass`` (an expression in q)."""

    value: sp.Expr
    mass: sp.Expr


def slope_moment(phi: Activation, k: int) -> sp.Expr:
    """mu_k = E phi'(sqrt(q) Z)^(2k), unevaluated; infinite if phi jumps or phi' is too singular.

    >>> slope_moment(Activation("erf"), 2).doit()
    16/(pi**2*sqrt(8*q + 1))
    >>> slope_moment(Activation("sign(x)*abs(x)**(3/4)"), 2)
    oo
    """
    if any(size.is_finite is not False for _, size in phi.jumps(0)):
        return sp.oo
    for piece in phi.pieces:
        for end, side in ((piece.lower, "+"), (piece.upper, "-")):
            if end.is_finite is False:
                continue
            exponent = 2 * k * local_exponent(sp.diff(piece.expr, x), end, side)
            if (exponent > -1) == sp.false:
                return sp.oo
    return E(phi.derivative_expr(1) ** (2 * k), q)


def slope_atoms(phi: Activation) -> tuple[SlopeAtom, ...] | None:
    """Values and probabilities of phi'^2 if phi is continuous and piecewise linear, else None.

    >>> [(atom.value, atom.mass) for atom in slope_atoms(Activation("relu"))]
    [(0, 1/2), (1, 1/2)]
    """
    if phi.jumps(0):
        return None
    masses: dict[sp.Expr, sp.Expr] = {}
    for piece in phi.pieces:
        slope = sp.simplify(sp.diff(piece.expr, x))
        if slope.has(x):
            return None
        value = sp.factor(slope**2)
        masses[value] = masses.get(value, 0) + _below(piece.upper) - _below(piece.lower)
    return tuple(SlopeAtom(value, normal_form(mass)) for value, mass in masses.items())


def _below(place):
    """P(sqrt(q) Z < place)."""
    if place in (sp.oo, -sp.oo):
        return sp.S.One if place is sp.oo else sp.S.Zero
    return sp.S.Half if place.is_zero else Phi(place / sp.sqrt(q))


def slope_s_transform(atoms: tuple[SlopeAtom, ...] | None) -> sp.Expr | None:
    """S(z) of D^2 where at most two values other than 0 occur, else None.

    >>> slope_s_transform(slope_atoms(Activation("relu")))
    (z + 1)/(z + 1/2)
    """
    nonzero = [atom for atom in atoms or () if not atom.value.is_zero]
    if len(nonzero) == 1:
        (only,) = nonzero
        return (1 + z) / (only.value * (only.mass + z))
    if len(nonzero) != 2:
        return None
    (a, p), (b, r) = ((atom.value, atom.mass) for atom in nonzero)
    # z (1 - a u)(1 - b u) = p a u (1 - b u) + r b u (1 - a u), the root u ~ z/(p a + r b)
    square = a * b * (z + p + r)
    linear = z * (a + b) + p * a + r * b
    return 2 * (1 + z) / (linear + sp.sqrt(linear**2 - 4 * square * z))
