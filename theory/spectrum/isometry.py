r"""Dynamical isometry: when all singular values of the Jacobian can be near 1.

The variance of the squared singular values is m_1^2 L (mu_2/mu_1^2 - 1 - s_1) with s_1 = -1 for
independent weights and 0 for orthogonal ones (Pennington, Schoenholz & Ganguli 2017,
arXiv:1711.04735).  Since mu_2 >= mu_1^2, independent weights never get below L; orthogonal ones
reach 0 iff |phi'| is almost surely constant, and approach it as q -> 0 where phi is smooth and
not flat at 0.
"""

from dataclasses import dataclass

import sympy as sp

from ..activation import Activation
from ..symbols import q, x
from .slopes import SlopeAtom
from .weights import WeightSpectrum

__all__ = ["Isometry", "isometry"]

_ORDERS = 8


@dataclass(frozen=True)
class Isometry:
    """Whether the Jacobian can be an isometry at chi_1 = 1.

    ``exact`` says whether all singular values are equal for every q; ``approached`` whether they
    become so as q -> 0 at fixed depth.  Then mu_2/mu_1^2 - 1 ~ ``coefficient`` * q**``power``.
    """

    exact: bool
    approached: bool
    coefficient: sp.Expr | None
    power: int | None
    statement: str

    def __str__(self):
        return self.statement


def isometry(
    phi: Activation, weights: WeightSpectrum, atoms: tuple[SlopeAtom, ...] | None
) -> Isometry:
    """The verdict on isometry, with the leading defect as q -> 0.

    >>> from .weights import weight_spectrum
    >>> found = isometry(Activation("erf"), weight_spectrum("orthogonal"), None)
    >>> found.coefficient, found.power
    (8, 2)
    """
    if weights.power:
        return Isometry(
            False,
            False,
            None,
            None,
            "never: with independent weights the variance of the squared singular values is at "
            "least m_1**2 * L for every activation",
        )
    if atoms is not None and len(atoms) == 1:
        return Isometry(
            True, True, None, None, "always: |phi'| is constant, so all singular values are equal"
        )
    if phi.jumps(0):
        return Isometry(False, False, None, None, "never: phi jumps, so phi' contains a delta")
    if atoms is not None and _is_linear_around_zero(phi):
        return Isometry(
            False,
            True,
            None,
            None,
            "as q -> 0: phi is linear around 0, so mu_2/mu_1**2 - 1 vanishes like the "
            "probability to leave that interval",
        )
    return _near_zero(phi)


def _is_linear_around_zero(phi):
    return all(not b.place.is_zero for b in phi.breakpoints) and any(
        (p.lower < 0) == sp.true and (p.upper > 0) == sp.true and not sp.diff(p.expr, x).is_zero
        for p in phi.pieces
    )


def _near_zero(phi):
    """The first derivative of phi'^2 at 0 on a side that does not vanish sets the defect."""
    left, right = (sp.diff(piece.expr, x) ** 2 for piece in _neighbours(phi))
    start = sp.simplify(left.subs(x, 0)), sp.simplify(right.subs(x, 0))
    if any(not value.is_finite for value in start):
        return Isometry(False, False, None, None, "not as q -> 0: phi' is unbounded at 0")
    if sp.simplify(start[0] - start[1]) != 0:
        return Isometry(
            False, False, None, None, "never: |phi'| jumps at 0, so it varies at every q"
        )
    if start[0].is_zero:
        return Isometry(False, False, None, None, "not as q -> 0: phi' vanishes at 0")
    for k in range(1, _ORDERS):
        left, right = sp.diff(left, x), sp.diff(right, x)
        sizes = [sp.simplify(side.subs(x, 0)) for side in (left, right)]
        if any(size.is_finite is False for size in sizes):
            break
        if all(size.is_zero for size in sizes):
            continue
        defect = _spread(*(size / start[0] / sp.factorial(k) for size in sizes), k)
        power = "q" if k == 1 else f"q**{k}"
        return Isometry(
            False,
            True,
            defect,
            k,
            f"as q -> 0 with L*{power} -> 0: mu_2/mu_1**2 - 1 = {defect * q**k} + ..., so the "
            f"variance at chi_1 = 1 is {defect * q**k}*L",
        )
    return Isometry(False, True, None, None, "as q -> 0, at fixed depth: phi' is continuous at 0")


def _neighbours(phi):
    """The smooth pieces to the left and to the right of 0."""
    left = next(p for p in phi.pieces if (p.upper >= 0) == sp.true)
    right = next(p for p in phi.pieces if (p.upper > 0) == sp.true)
    return left, right


def _spread(left, right, k):
    """Var of left*Z^k for Z < 0, right*Z^k for Z > 0."""
    absolute = 2 ** sp.Rational(k, 2) * sp.gamma(sp.Rational(k + 1, 2)) / sp.sqrt(sp.pi)
    mean = (right + (-1) ** k * left) * absolute / 2
    return sp.simplify((left**2 + right**2) / 2 * sp.factorial2(2 * k - 1) - mean**2)
