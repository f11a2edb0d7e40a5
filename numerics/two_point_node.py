r"""A two-variable GaussianExpectation as a double, by NumPy alone.

This is the quick witness for closed forms of E f(X) g(Y): multiple-precision quadrature in two
dimensions takes seconds, this takes milliseconds, and it shares nothing with the rules that find
closed forms.  Nothing is compiled, so a purely symbolic job may use it.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp

from theory.bends import bend_finder
from theory.errors import InputError, UndecidedError
from theory.laws.functions import LAW_FUNCTIONS
from theory.pieces import pieces
from theory.special import Phi, sigmoid, softplus
from theory.symbols import x
from theory.validation import local_exponent

from .gaussian_panels import Feature
from .two_point import two_point

__all__ = ["prepared", "reliable_digits", "two_point_node"]

#: Digits relative to E |f g|; fewer where an integrand behaves like a broken power at a place.
DIGITS, DIGITS_SINGULAR = 12, 9

#: How far beyond 1 a computed correlation may lie.
ROUNDING = 1e-12


def two_point_node(node) -> float:
    """E f(X) g(Y) of a node without free symbols, to ``reliable_digits`` of E |f g|.

    Raises InputError if a symbol has no value or a function has no NumPy form, PrecisionError if
    the quadrature does not settle.

    >>> from theory.gaussian import E2
    >>> value = two_point_node(E2("max(x, 0)", "max(x, 0)", 1, 1, sp.Rational(1, 2)))
    >>> abs(value - (math.sqrt(3) / 2 + math.pi / 3) / (2 * math.pi)) < 1e-12
    True
    """
    if node.free_symbols:
        names = ", ".join(sorted(map(str, node.free_symbols)))
        raise InputError(f"{node} has no numeric value: {names} must be given")
    first, cross, second = (float(node.covariance[i, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    return prepared(node)(first, second, cross / math.sqrt(first * second))


def prepared(node) -> Callable[[float, float, float], float]:
    """The expectation of the node's factors as a function of (q1, q2, rho).

    >>> from theory.gaussian import E2
    >>> expectation = prepared(E2("tanh(x)", "tanh(x)", 1, 1, sp.Rational(1, 2)))
    >>> round(expectation(1.0, 1.0, 0.9), 12)
    0.349203350582
    """
    (f, f_features), (g, g_features) = _functions(node)
    tolerance = 10.0 ** -reliable_digits(node)

    def expectation(q1, q2, rho):
        rho = correlation(rho)
        features = {"f_features": f_features, "g_features": g_features}
        return two_point(f, g, q1, q2, rho, tolerance=tolerance, **features)

    return expectation


def correlation(rho) -> float:
    """``rho`` in [-1, 1], from which only rounding may have taken it."""
    if abs(rho) > 1.0 + ROUNDING:
        raise InputError(f"rho = {rho:g} is no correlation: it must lie in [-1, 1]")
    return max(-1.0, min(1.0, rho))


def reliable_digits(node) -> int:
    """The digits to which ``two_point_node`` knows this node.

    >>> from theory.gaussian import E2
    >>> reliable_digits(E2("tanh(x)", "tanh(x)", 1, 1, sp.Rational(1, 2)))
    12
    """
    singular = any(feature.singular for _, features in _functions(node) for feature in features)
    return DIGITS_SINGULAR if singular else DIGITS


def _functions(node):
    in_x = [factor.xreplace({_bound(node): x}) for factor in node.factors]
    shifted = [f.subs(x, x + mean) for f, mean in zip(in_x, node.means, strict=True)]
    return [_numpy_function(f) for f in shifted]


def _bound(node) -> sp.Symbol:
    return node.bound_symbols[0]


@lru_cache(maxsize=256)
def _numpy_function(expr: sp.Expr) -> tuple[Callable, tuple[Feature, ...]]:
    """A function of arrays and the places where it or its derivative jumps."""
    parts = pieces(expr)
    edges = np.array([float(part.lower) for part in parts[1:]])
    compiled = [_compiled_part(part.expr) for part in parts]

    def function(values):
        values = np.asarray(values, dtype=float)
        if not edges.size:
            return _evaluate(compiled[0], values, expr) + np.zeros_like(values)
        result = np.empty_like(values)
        place = np.searchsorted(edges, values, side="left")
        for index, part in enumerate(compiled):
            here = place == index
            if here.any():
                result[here] = _evaluate(part, values[here], expr)
        # rounding may put a node on an integrable singularity, which has measure zero
        result[np.isin(values, edges) & ~np.isfinite(result)] = 0.0
        return result

    features = tuple(
        Feature(float(right.lower), kinked=True, singular=_singular(left, right))
        for left, right in pairwise(parts)
    )
    found = bend_finder(tuple(part.expr for part in parts), x)(())
    narrow = [b for b in found if b.width < 0.5 or not b.at_origin]
    return function, (*features, *(Feature(b.place, width=min(b.width, 1.0)) for b in narrow))


def _compiled_part(expr: sp.Expr) -> Callable:
    """A function of arrays by NumPy, or by tables where a law has them."""
    if not expr.has(*LAW_FUNCTIONS):
        return sp.lambdify(x, expr, modules=[_FUNCTIONS], printer=_printer())
    from .elementwise import Elementwise

    kernel = Elementwise(expr, (x,))
    return lambda values: kernel(np.ascontiguousarray(values).reshape(1, -1)).reshape(values.shape)


def _evaluate(part: Callable, values: np.ndarray, expr: sp.Expr) -> np.ndarray:
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            return part(values)
    except NameError as error:
        raise InputError(f"{error.name} has no numeric form (in {expr})") from None


def _singular(left, right) -> bool:
    """Whether an integrand behaves like a broken power at the place between two pieces."""
    try:
        powers = [local_exponent(left.expr, right.lower, "-")]
        powers.append(local_exponent(right.expr, right.lower, "+"))
    except UndecidedError:
        return True
    return any(not power.is_Integer and power is not sp.oo for power in powers)


def _each(function):
    """A function of numbers as a function of arrays."""
    return lambda values: np.asarray(np.frompyfunc(function, 1, 1)(values), dtype=float)


def _sigmoid(values):
    decay = np.exp(-np.abs(values))
    return np.where(values >= 0, 1.0, decay) / (1.0 + decay)


def _printer():
    from sympy.printing.numpy import NumPyPrinter

    settings = {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
    return NumPyPrinter({**settings, "user_functions": {name: name for name in _SPECIAL}})


_SPECIAL = {
    "erf": _each(math.erf),
    "erfc": _each(math.erfc),
    sigmoid.__name__: _sigmoid,
    softplus.__name__: lambda values: np.logaddexp(0.0, values),
    Phi.__name__: _each(lambda value: 0.5 * math.erfc(-value / math.sqrt(2.0))),
}

#: NumPy's own functions by name; the string "numpy" would import all of its subpackages.
_FUNCTIONS = {name: value for name, value in vars(np).items() if isinstance(value, np.ufunc)}
_FUNCTIONS |= {"pi": math.pi, "array": np.array, "select": np.select, "nan": math.nan, **_SPECIAL}
