r"""Where an activation, or its slope, is 0: the union of the intervals on which a unit is off.

A Gaussian pre-activation never meets an isolated zero, so only the pieces on which the function
vanishes identically count.  They are found from the smooth pieces of the expression.
"""

from dataclasses import dataclass

import sympy as sp

from ..errors import InputError, UndecidedError
from ..sampling import sample_points, sample_values, vanishes
from ..symbols import x

__all__ = ["ZeroSet", "zero_set"]

_WHAT = ("value", "slope")


@dataclass(frozen=True)
class ZeroSet:
    """The closed ``intervals`` (lower, upper), ascending and disjoint; none if the set is null."""

    intervals: tuple[tuple[sp.Expr, sp.Expr], ...]

    @property
    def is_null(self) -> bool:
        """Whether its measure is 0: no unit is ever off."""
        return not self.intervals

    @property
    def is_line(self) -> bool:
        """Whether it is the whole line: every unit is off."""
        return self.intervals == ((-sp.oo, sp.oo),)

    @property
    def is_cone(self) -> bool:
        """Whether t x is in it with x for every t > 0: no probability depends on a variance."""
        ends = {end for interval in self.intervals for end in interval}
        return all(end.is_infinite or end.is_zero for end in ends)

    @property
    def is_half_line(self) -> bool:
        """Whether it is x <= 0 or x >= 0."""
        return self.is_cone and not (self.is_null or self.is_line)

    @property
    def as_set(self) -> sp.Set:
        """The set as SymPy writes it."""
        return sp.Union(*(sp.Interval(*interval) for interval in self.intervals))

    def indicator(self) -> sp.Expr:
        """1 on the set and 0 off it, as an expression in ``x``."""
        inside = [(x >= low) & (x <= high) for low, high in self.intervals]
        return sp.Piecewise((sp.S.One, sp.Or(*inside)), (sp.S.Zero, True))


def zero_set(activation, what: str = "value") -> ZeroSet:
    """The set phi = 0 of an Activation, or phi' = 0 for ``what="slope"``, up to a null set.

    Raises InputError for another ``what``, UndecidedError where parameters of unknown sign order
    the pieces of phi.

    >>> from theory.activation import Activation
    >>> zero_set(Activation("max(x - 1, 0)")).intervals
    ((-oo, 1),)
    >>> zero_set(Activation("relu6"), "slope").intervals, zero_set(Activation("gelu")).is_null
    (((-oo, 0), (6, oo)), True)
    """
    if what not in _WHAT:
        raise InputError(f"what = {what!r} is no kind of dead unit: use 'value' or 'slope'")
    found: list[tuple[sp.Expr, sp.Expr]] = []
    for piece in activation.pieces:
        function = sp.diff(piece.expr, x) if what == "slope" else piece.expr
        if not vanishes(function, piece):
            _require_decided(function, piece, activation)
            continue
        if found and found[-1][1] == piece.lower:
            found[-1] = (found[-1][0], piece.upper)
        else:
            found.append((piece.lower, piece.upper))
    return ZeroSet(tuple(found))


def _require_decided(function, piece, activation):
    """UndecidedError if a function that is not known to vanish does so at sample values."""
    names = function.free_symbols - {x}
    if not names:
        return
    values = sample_values(names | piece.lower.free_symbols | piece.upper.free_symbols)
    points = sample_points(piece.lower.subs(values), piece.upper.subs(values))[:4]
    if all(function.subs(values).subs(x, point).is_zero for point in points):
        shown = ", ".join(sorted(map(str, names)))
        raise UndecidedError(
            f"whether {activation.name} vanishes between {piece.lower} and {piece.upper} depends "
            f"on {shown}; give a value, or a symbol with an assumption such as positive=True"
        )
