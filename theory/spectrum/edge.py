r"""The right edge of the spectrum of J J^T where phi'^2 takes one value, or 0 and another.

1/chi(w) has its only minimum on w > 0 at the edge: the critical point of w -> 1/chi(w).  With
P(phi'^2 = a) = p and P(phi' = 0) = 1 - p,

    1/chi(w) = (sigma_w2 a)^L (1 + w)^(1 - (1-g) L) (p + w)^L / w,

g = 1 for independent weights, whose critical point solves L w^2 + (L - 1) w = p, and g = 0 for
orthogonal ones with w = p/(L (1 - p) - 1), if that is positive (else the edge is w -> infinity).
"""

import sympy as sp

from ..symbols import sigma_w2
from .slopes import SlopeAtom
from .weights import WeightSpectrum

__all__ = ["largest"]


def largest(
    atoms: tuple[SlopeAtom, ...] | None, weights: WeightSpectrum, depth: sp.Expr
) -> sp.Expr | None:
    """The largest squared singular value in closed form, or None.

    >>> from ..activation import Activation
    >>> from .slopes import slope_atoms
    >>> from .weights import weight_spectrum
    >>> L = sp.Symbol("L", positive=True, integer=True)
    >>> largest(slope_atoms(Activation("linear")), weight_spectrum("gaussian"), L).subs(L, 1)
    4*sigma_w2
    """
    nonzero = [atom for atom in atoms or () if not atom.value.is_zero]
    if len(nonzero) != 1:
        return None
    a, p = nonzero[0].value, nonzero[0].mass
    scale = (sigma_w2 * a) ** depth
    if weights.power:
        w = (1 - depth + sp.sqrt((depth - 1) ** 2 + 4 * depth * p)) / (2 * depth)
        return scale * (1 + w) * ((p + w) ** depth) / w
    if p == 1:
        return scale
    w = p / (depth * (1 - p) - 1)
    inner = scale * (1 + w) ** (1 - depth) * (p + w) ** depth / w
    return sp.Piecewise((inner, depth * (1 - p) > 1), (scale, True))
