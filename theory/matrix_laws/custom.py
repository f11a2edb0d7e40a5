"""Matrices drawn by a user's function, with the correlation that it is declared to have."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import signature

import sympy as sp

from ..errors import InputError
from .arguments import named_changes
from .correlated import Correlated
from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["Custom"]


@dataclass(frozen=True, init=False)
class Custom(MatrixLaw):
    """A law by its sampler, ``draw(random, (fan_out, fan_in))``, on the scale sigma_w2 = 1.

    Parameters
    ----------
    draw
        A function of a ``numpy.random.Generator`` and a shape that returns a matrix of weights of
        mean 0 and covariance (delta_jk - kappa/N)/N along ``axis``; it is multiplied by
        sqrt(sigma_w2).
    correlation, axis
        The declared kappa <= 1 and its axis, as in ``Correlated``.  Taken at its word: ``check()``
        compares drawn matrices with it.
    obstacle
        A sentence that says why no maps of variances hold, if none do.

    Raises
    ------
    InputError
        for anything else.

    Examples
    --------
    >>> law = Custom(lambda random, shape: random.normal(size=shape)/shape[1]**0.5)
    >>> law.effect.weight_correlation
    0
    """

    draw: Callable
    correlation: sp.Expr
    axis: str
    obstacle: str | None

    def __init__(self, draw, correlation=0, axis="row", obstacle=None):
        if not (callable(draw) and _takes_two(draw)):
            raise InputError(
                f"Custom: {draw!r} is no function of two arguments; give draw(random, shape), "
                "which returns a matrix of that shape"
            )
        if obstacle is not None and not isinstance(obstacle, str):
            raise InputError(f"Custom: obstacle = {obstacle!r} must be a sentence or None")
        declared = Correlated(correlation, axis)
        object.__setattr__(self, "draw", draw)
        object.__setattr__(self, "correlation", declared.correlation)
        object.__setattr__(self, "axis", declared.axis)
        object.__setattr__(self, "obstacle", obstacle)

    def __repr__(self):
        given = repr(self._declared).removeprefix("Correlated(").removesuffix(")")
        return f"Custom({getattr(self.draw, '__name__', 'draw')}, {given})"

    @property
    def _declared(self):
        return Correlated(self.correlation, self.axis)

    @property
    def effect(self) -> WeightEffect:
        """What is declared."""
        found = self._declared.effect
        statement = f"as declared: {found.statement}"
        return replace(found, statement=statement, obstacle=self.obstacle)

    @property
    def bounds(self) -> str:
        """The shapes that the function draws; the declared kappa."""
        return f"the shapes that the function draws; {self._declared.bounds}"

    @property
    def free_symbols(self) -> set:
        """The symbols of the declared kappa."""
        return self.correlation.free_symbols

    def subs(self, *changes) -> "Custom":
        """The law with symbols of the declared kappa, or their names, replaced."""
        new = named_changes(self.free_symbols, changes)
        return Custom(self.draw, self.correlation.subs(new), self.axis, self.obstacle)

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """The declared one."""
        return self._declared.row_covariance(fan_in, sigma_w2, fan_out)

    def column_covariance(self, fan_out, sigma_w2=None, fan_in=None) -> sp.Matrix:
        """The declared one."""
        return self._declared.column_covariance(fan_out, sigma_w2, fan_in)

    def axis_sums(self, fan_out, fan_in) -> tuple[sp.Expr, sp.Expr]:
        """The declared ones."""
        return self._declared.axis_sums(fan_out, fan_in)

    def latex(self) -> str:
        """The declared covariance as LaTeX."""
        return self._declared.latex()


def _takes_two(draw):
    """Whether ``draw(random, shape)`` can be called; taken for granted where nothing is known."""
    try:
        signature(draw).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # some functions written in C have no signature
        return True
    return True
