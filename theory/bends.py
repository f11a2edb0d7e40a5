r"""Where a formula varies quickly: the place and the width of each of its bends.

A quadrature that knows only breakpoints steps over exp(-100 (x-3)^2) or tanh(1000 (x-2)) where
the Gaussian is wide.  What a smooth formula does on a short scale, it does in the argument g of
one of its functions:

* h(g) with singularities of h at w (tanh at i pi/2, atan at i, log and powers at 0): the complex
  roots of g(z) = w, their real part the place, their imaginary part the width;
* exp(g): the roots of g', with the width on which g changes by one.  Inside another function
  it may be compared with one, as in 1/(1 + exp(g)): there also g(z) = i pi.

Waves vary everywhere, so any nodes meet them: they have no bends.  Polynomial arguments are
solved; others are scanned for sign changes of g - Re w and of its slope on a graded grid.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from .laws.functions import LAW_FUNCTIONS, LawActivation
from .pieces import Piece
from .special import NUMERIC, Phi, sigmoid, softplus

__all__ = ["Bend", "bend_finder", "bends", "far_bends"]


@dataclass(frozen=True, order=True)
class Bend:
    """A place near which a formula varies on the scale ``width``."""

    place: float
    width: float

    @property
    def at_origin(self) -> bool:
        """Whether the origin sees it, so that nodes graded towards 0 resolve it."""
        return abs(self.place) <= 4 * self.width


#: Where functions are singular, or for entire ones leave their plateau.
_SINGULAR = {
    sp.tanh: 0.5j * math.pi,
    sp.coth: 0.0,
    sp.erf: 1j,
    sp.erfc: 1j,
    Phi: 1.5j,
    sigmoid: 1j * math.pi,
    softplus: 1j * math.pi,
    sp.atan: 1j,
    sp.asinh: 1j,
    sp.log: 0.0,
}
_EXPONENTIAL = (sp.exp, sp.cosh, sp.sinh)
_WAVES = (sp.sin, sp.cos, sp.tan)
_MOST = 64
_HIGHEST_DEGREE = 12
_GRID = [0.0] + [0.01 * 1.06**k for k in range(240)]


@dataclass(frozen=True)
class _Equation:
    """argument = level, or the slope of the argument = 0 where there is no level."""

    argument: sp.Expr
    level: complex | None


def bends(expr: sp.Expr, u: sp.Symbol) -> tuple[Bend, ...]:
    """The bends of an expression in ``u`` without other symbols, from left to right.

    >>> x = sp.Symbol("x", real=True)
    >>> [(round(b.place, 6), round(b.width, 6)) for b in bends(sp.exp(-100*(x - 3)**2), x)]
    [(3.0, 0.1)]
    >>> [round(b.place, 3) for b in bends(sp.tanh(500*(x**2 - 4)) + x**2, x)]
    [-2.0, 2.0]
    >>> bends(sp.sin(50*x) + x**3, x)
    ()
    """
    return bend_finder((expr,), u)(())


@lru_cache(maxsize=512)
def far_bends(parts: Sequence[Piece], u: sp.Symbol) -> tuple[float, ...]:
    """The places of the bends of smooth pieces that the origin does not see."""
    found = bend_finder(tuple(part.expr for part in parts), u)(())
    return tuple(bend.place for bend in found if not bend.at_origin)


@lru_cache(maxsize=512)
def bend_finder(
    exprs: Sequence[sp.Expr], u: sp.Symbol, parameters: Sequence[sp.Symbol] = ()
) -> Callable[[Sequence[float]], tuple[Bend, ...]]:
    """The bends of several expressions as a function of the values of their parameters."""
    equations = list(dict.fromkeys(e for expr in exprs for e in _equations(expr, u, False)))
    solvers = [_solver(equation, u, parameters) for equation in equations]

    @lru_cache(maxsize=64)
    def find(values: Sequence[float]) -> tuple[Bend, ...]:
        return _distinct(bend for solve in solvers for bend in solve(values))

    return find


def _equations(expr, u, compared):
    """The equations of the bends; ``compared``: inside a function that compares with a number."""
    if u not in expr.free_symbols:
        return
    if isinstance(expr, _EXPONENTIAL):
        (g,) = expr.args
        yield _Equation(g, None)
        if compared or not isinstance(expr, sp.exp):
            yield _Equation(g, 1j * math.pi)
        yield from _equations(g, u, True)
    elif isinstance(expr, LAW_FUNCTIONS):
        if isinstance(expr, LawActivation):
            yield _Equation(expr.argument, 1j)  # it is of an error function
        yield from _equations(expr.argument, u, True)
    elif expr.is_Pow and isinstance(expr.base, LAW_FUNCTIONS):
        yield from _equations(expr.base, u, compared)
    elif expr.is_Pow and not (expr.exp.is_Integer and expr.exp > 0):
        yield _Equation(expr.base, 0.0)
        yield from _equations(expr.base, u, True)
        yield from _equations(expr.exp, u, True)
    elif expr.is_Function and len(expr.args) == 1:
        if expr.func in _SINGULAR:
            yield _Equation(expr.args[0], _SINGULAR[expr.func])
        yield from _equations(expr.args[0], u, True)
    else:
        for part in expr.args:
            if isinstance(part, sp.Expr):
                yield from _equations(part, u, compared)


def _solver(equation, u, parameters):
    """values -> the bends of one equation."""
    if equation.argument.has(*_WAVES):
        return lambda values: ()
    poly = equation.argument.as_poly(u)
    if poly is None or not set(poly.free_symbols_in_domain) <= set(parameters):
        return _scanner(equation, u, parameters)
    if poly.degree() > _HIGHEST_DEGREE or (equation.level is None and poly.degree() < 2):
        return lambda values: ()
    coefficients = sp.lambdify([parameters], poly.all_coeffs(), "math")

    def solve(values):
        return _polynomial_bends([float(c) for c in coefficients(values)], equation.level)

    return solve


def _polynomial_bends(coefficients, level):
    """The bends of a polynomial, highest coefficient first."""
    degree = len(coefficients) - 1
    if level is None:
        slope = [c * (degree - k) for k, c in enumerate(coefficients[:-1])]
        for root in _roots(slope):
            yield Bend(root.real, max(_change(coefficients, root), abs(root.imag)))
        return
    for root in _roots([*coefficients[:-1], coefficients[-1] - level]):
        width = abs(root.imag) or _change(coefficients, root)
        yield Bend(root.real, width)


def _roots(coefficients):
    while coefficients and coefficients[0] == 0:
        coefficients = coefficients[1:]
    if len(coefficients) < 2 or not all(mpmath.isfinite(c) for c in coefficients):
        return []
    scaled = [c / coefficients[0] for c in coefficients[1:]]
    if len(scaled) == 1:
        return [complex(-scaled[0])]
    with mpmath.workprec(60):
        companion = mpmath.zeros(len(scaled))
        for k, c in enumerate(scaled):
            companion[0, k] = -c
            if k:
                companion[k, k - 1] = 1
        values, _ = mpmath.eig(companion)
        return [complex(v) for v in values]


def _change(coefficients, place):
    """The distance on which a polynomial changes by one from its value at ``place``."""
    degree = len(coefficients) - 1
    widths, shifted = [], [complex(c) for c in coefficients]
    for k in range(degree + 1):  # repeated synthetic division: the Taylor coefficients
        for i in range(1, degree + 1 - k):
            shifted[i] += place * shifted[i - 1]
        if k and shifted[degree - k]:
            widths.append(abs(shifted[degree - k]) ** (-1 / k))
    return min(widths, default=math.inf)


def _scanner(equation, u, parameters):
    """values -> the bends where a non-polynomial argument crosses its level or turns."""
    function = sp.lambdify([u, parameters], equation.argument, modules=[NUMERIC, "mpmath"])
    derivative = sp.diff(equation.argument, u)
    slope = sp.lambdify([u, parameters], derivative, modules=[NUMERIC, "mpmath"])
    zero = 0.0 if equation.level is None else complex(equation.level).real

    def at(f, place, values):
        try:
            value = complex(f(mpmath.mpf(place), values))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError, NameError):
            return math.nan
        return value.real if value.imag == 0 else math.nan

    def solve(values):
        def level(place):
            return at(function, place, values) - zero

        def rate(place):
            return at(slope, place, values)

        grid = [-p for p in reversed(_GRID[1:])] + _GRID
        for f in (rate,) if equation.level is None else (level, rate):
            signs = [f(place) for place in grid]
            for k in range(len(grid) - 1):
                if signs[k] * signs[k + 1] < 0 or signs[k] == 0 != signs[k + 1]:
                    place = _bisect(f, grid[k], grid[k + 1], signs[k])
                    yield Bend(place, _width(level, place))

    return solve


def _bisect(f, low, high, sign):
    if sign == 0:
        return low
    for _ in range(50):
        middle = (low + high) / 2
        if f(middle) * sign > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _width(f, place):
    """The distance on which a function changes by one, to a factor of two."""
    here, width = f(place), 1024.0
    while width > 1e-12 and not abs(f(place + width) - here) + abs(f(place - width) - here) < 1:
        width /= 2
    return width


def _distinct(found: Iterable[Bend]) -> tuple[Bend, ...]:
    """The bends without near repetitions."""
    kept: list[Bend] = []
    for bend in sorted(found, key=lambda b: b.width):
        if not (math.isfinite(bend.place) and 0 < bend.width < math.inf):
            continue
        if all(abs(bend.place - k.place) > k.width / 2 or bend.width > 4 * k.width for k in kept):
            kept.append(bend)
    return tuple(sorted(kept[:_MOST]))
