"""Independent base variables from which laws are constructed, as SymPy atoms with an index.

Variables that differ in kind, parameter or index are independent, so an expression in them is a
recipe: draw each of them once, then evaluate.
"""

import sympy as sp

from .numbers import expression

__all__ = [
    "BaseVariable",
    "BernoulliVariable",
    "ExponentialVariable",
    "GammaVariable",
    "NormalVariable",
    "UniformVariable",
    "base_variables",
    "renumbered",
]


class BaseVariable(sp.Expr):
    """A real random variable of a standard law; the first argument is its index."""

    is_commutative = True
    is_real = True
    nargs = 1

    def __new__(cls, *args):
        if len(args) != cls.nargs:
            raise TypeError(f"{cls.__name__} takes {cls.nargs} arguments, not {len(args)}")
        return super().__new__(cls, *map(expression, args))

    @property
    def index(self) -> sp.Integer:
        """Which of the independent copies this is."""
        return self.args[0]

    @property
    def parameters(self) -> tuple[sp.Expr, ...]:
        """The parameters of the law."""
        return self.args[1:]

    def _eval_is_commutative(self):
        return True


class ExponentialVariable(BaseVariable):
    """P(E > t) = exp(-t)."""

    is_positive = True


class UniformVariable(BaseVariable):
    """Uniform on (0, 1)."""

    is_positive = True


class NormalVariable(BaseVariable):
    """The standard normal law."""


class GammaVariable(BaseVariable):
    """Density t^(a-1) e^-t/Gamma(a) for a = ``parameters[0]``."""

    is_positive = True
    nargs = 2


class BernoulliVariable(BaseVariable):
    """1 with probability p = ``parameters[0]``, otherwise 0."""

    is_nonnegative = True
    nargs = 2


def base_variables(expr) -> tuple[BaseVariable, ...]:
    """The base variables of an expression, in a fixed order."""
    return tuple(sorted(expr.atoms(BaseVariable), key=sp.default_sort_key))


def renumbered(expr, start):
    """The same recipe with indices from ``start`` on, so independent of all below ``start``."""
    changes = {}
    for position, variable in enumerate(base_variables(expr)):
        changes[variable] = variable.func(start + position, *variable.parameters)
    return expr.xreplace(changes)
