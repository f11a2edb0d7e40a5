"""The functions that a formula may call, each as a short construction in SymPy.

The vocabulary is deliberately small on the SymPy side: whatever is read consists of the heads

    Add, Mul, Pow, exp, log, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh,
    atanh, erf, erfc, Abs, sign, Max, Min, Heaviside, Piecewise, sigmoid, softplus, Phi

so that every later stage (derivatives, growth, kernels, enclosures) has a closed list to handle.
Values at a jump: ``step(0) = 0`` as for the indicator 1{x > 0}, ``sign(0) = 0``, and
``Heaviside(0) = 1/2`` as in SymPy unless a second argument is given.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from .special import Phi, sigmoid, softplus

__all__ = ["CONSTANTS", "FUNCTIONS", "Function"]

CONSTANTS = {"pi": sp.pi, "e": sp.E, "E": sp.E}


@dataclass(frozen=True)
class Function:
    """A callable of the grammar: ``build(*arguments)``, the last ``optional`` of them optional.

    With ``repeats`` the first argument may be given any number of times.
    """

    build: Callable[..., sp.Expr]
    arguments: tuple[str, ...] = ("x",)
    optional: int = 0
    repeats: bool = False


def real_cube_root(a):
    """The real cube root, odd in its argument (SymPy's principal root is complex for a < 0).

    >>> real_cube_root(sp.Integer(-8))
    -2
    """
    return sp.sign(a) * sp.Abs(a) ** sp.Rational(1, 3)


def _clip(a, lower, upper):
    return sp.Min(sp.Max(a, lower), upper)


def _softplus(a, beta=sp.S.One):
    return softplus(beta * a) / beta


_ONE_ARGUMENT = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
    "cbrt": real_cube_root,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "arcsin": sp.asin,
    "acos": sp.acos,
    "arccos": sp.acos,
    "atan": sp.atan,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "sech": lambda a: 1 / sp.cosh(a),
    "asinh": sp.asinh,
    "arcsinh": sp.asinh,
    "acosh": sp.acosh,
    "arccosh": sp.acosh,
    "atanh": sp.atanh,
    "arctanh": sp.atanh,
    "erf": sp.erf,
    "erfc": sp.erfc,
    "abs": sp.Abs,
    "Abs": sp.Abs,
    "sign": sp.sign,
    "sgn": sp.sign,
    "step": lambda a: sp.Heaviside(a, 0),
    "sigmoid": sigmoid,
    "logistic": sigmoid,
    "expit": sigmoid,
    "logsigmoid": lambda a: -softplus(-a),
    "Phi": Phi,
    "normal_cdf": Phi,
    "ndtr": Phi,
    "log1p": lambda a: sp.log(1 + a),
    "expm1": lambda a: sp.exp(a) - 1,
}

FUNCTIONS = {name: Function(build) for name, build in _ONE_ARGUMENT.items()} | {
    "max": Function(sp.Max, repeats=True),
    "Max": Function(sp.Max, repeats=True),
    "maximum": Function(sp.Max, repeats=True),
    "min": Function(sp.Min, repeats=True),
    "Min": Function(sp.Min, repeats=True),
    "minimum": Function(sp.Min, repeats=True),
    "clip": Function(_clip, ("x", "lower", "upper")),
    "clamp": Function(_clip, ("x", "lower", "upper")),
    "Heaviside": Function(sp.Heaviside, ("x", "at_zero"), optional=1),
    "softplus": Function(_softplus, ("x", "beta"), optional=1),
}
