r"""Expansions  x + sum_k eps^k h_k(x)  of an activation near a point.

Only as many functions h_k are computed as are asked for, each exactly.  A breakpoint at the centre
becomes a breakpoint of h_k; one away from it runs off to infinity as eps -> 0 and matters less
than any power of eps under a Gaussian law.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import sympy as sp

from .activation import Activation
from .errors import AssumptionError, UndecidedError
from .pieces import compare, one_sided, pieces
from .sampling import vanishes
from .special import sigmoid
from .symbols import x

__all__ = ["Expansion", "expand_at", "expand_series", "is_linear", "odd_slope"]

_HIGHEST = 24
_STEPS = (sp.tanh, sigmoid)


@dataclass(frozen=True, eq=False)
class Expansion:
    """The functions h_k; ``last`` is the largest k with h_k != 0, None if that is not known.

    The expanded function tends to ``slope`` times x; every h_k is relative to that slope.
    """

    function: Callable[[int], sp.Expr] = field(repr=False)
    last: int | None = None
    slope: sp.Expr = sp.S.One

    def coefficient(self, k: int) -> sp.Expr:
        """h_k, with h_0 = x."""
        if k == 0:
            return x
        if self.last is not None and k > self.last:
            return sp.S.Zero
        if k not in self._found:
            self._found[k] = self.function(k)
        return self._found[k]

    @cached_property
    def _found(self) -> dict[int, sp.Expr]:
        return {}

    @cached_property
    def first_nonlinear(self) -> int | None:
        """The first k for which h_k is not a multiple of x; None if all are."""
        for k in range(1, (_HIGHEST if self.last is None else self.last) + 1):
            if not is_linear(self.coefficient(k)):
                return k
        if self.last is None:
            raise UndecidedError(
                f"the first {_HIGHEST} terms of the expansion are linear; give the shaping as a "
                "mapping {k: h_k} if later ones are not"
            )
        return None


def expand_at(phi: Activation, centre: sp.Expr, a: sp.Expr) -> tuple[Expansion, sp.Expr]:
    """s (phi(centre + x/s) - phi(centre))/phi'(centre) in powers of eps = a/s, and phi'(centre).

    >>> from theory.activation import Activation
    >>> expand_at(Activation("silu"), sp.S(0), sp.S(1))[0].coefficient(1)
    x**2/2
    """
    sides = _sides(phi, centre)
    slope = _slope(phi, centre, sides)
    degrees = [_degree(expr) for expr, _ in sides]
    last = None if None in degrees else max(1, max(degrees) - 1)
    return Expansion(partial(_term_at, phi, sides, centre, slope, a), last), slope


def _term_at(phi, sides, centre, slope, a, k):
    left, right = (_taylor(phi, side, centre, k + 1) / (slope * a**k) for side in sides)
    power = x ** (k + 1)
    if left == right or vanishes(left - right):
        return right * power
    return sp.Piecewise((left * power, x <= 0), (right * power, True))


def expand_series(functions: dict[int, sp.Expr]) -> Expansion:
    """The expansion with the given h_k."""
    return Expansion(partial(_given_term, functions), max(functions, default=0))


def _given_term(functions, k):
    return functions.get(k, sp.S.Zero)


def is_linear(h: sp.Expr) -> bool:
    """Whether h is a multiple of x.

    >>> is_linear(2*x), is_linear(sp.S(1)), is_linear(abs(x))
    (True, False, False)
    """
    if h.is_zero:
        return True
    parts = pieces(h)
    slopes = [sp.diff(part.expr, x) for part in parts]
    slope = slopes[0].subs(x, _inside(parts[0]))
    for part, own in zip(parts, slopes, strict=True):
        point = _inside(part)
        constant = part.expr.subs(x, point) - slope * point
        if not (vanishes(own - slope, part) and vanishes(constant)):
            return False
    return True


def odd_slope(h: sp.Expr) -> sp.Expr | None:
    """k if the odd part of h is k x, so that E u h(u) = k Var u; else None.

    >>> odd_slope(abs(x) + 3*x), odd_slope(sp.tanh(x)), odd_slope(x**2 + 1)
    (3, None, 0)
    """
    odd = (h - h.subs(x, -x)) / 2
    slope = sp.diff(pieces(odd)[-1].expr, x)
    if slope.has(x):
        slope = slope.subs(x, 1)
    return sp.simplify(slope.rewrite(sp.exp)) if is_linear(odd) else None


def _inside(piece):
    """A point of a piece, exact and not special."""
    low, high = piece.lower, piece.upper
    if low is -sp.oo:
        return sp.S.Zero if high is sp.oo else high - 1
    return low + 1 if high is sp.oo else (low + high) / 2


def tidy(value: sp.Expr) -> sp.Expr:
    """A number in a simple form: tanh(log(2)) is 3/5, a fraction of powers of e is reduced.

    >>> tidy(1 - 1 / (1 + sp.E)), tidy(sp.tanh(sp.log(2)))
    (E/(1 + E), 3/5)
    """
    if value.is_Rational or not value.is_number or not value.has(sp.E, sp.exp, *_STEPS):
        return value
    plain = value.xreplace({t: sp.simplify(t.rewrite(sp.exp)) for t in value.atoms(*_STEPS)})
    e = sp.Dummy("e", positive=True)
    rational = plain.subs(sp.E, e)
    return sp.factor(rational).xreplace({e: sp.E}) if rational.is_rational_function(e) else plain


def _sides(phi, centre):
    """(expression, side) of phi to the left and to the right of the centre."""
    try:
        around = [
            piece
            for piece in phi.pieces
            if compare(piece.lower, centre) <= 0 and compare(centre, piece.upper) <= 0
        ]
    except UndecidedError:
        raise UndecidedError(
            f"on which piece of {phi.name} the centre {centre} lies depends on parameters; give "
            "the centre a value"
        ) from None
    return (around[0].expr, "-"), (around[-1].expr, "+")


def _slope(phi, centre, sides):
    remedy = _remedy(phi, centre)
    values = [one_sided(expr, x, centre, side) for expr, side in sides]
    if not vanishes(values[1] - values[0]):
        raise AssumptionError(f"{phi.name} jumps at its centre {centre}; {remedy}")
    left, right = (_taylor(phi, side, centre, 1) for side in sides)
    if not vanishes(right - left):
        raise AssumptionError(
            f"{phi.name} has a kink at its centre {centre} (slopes {_shown(left)} and "
            f"{_shown(right)}), so s*phi(x/s) does not approach a linear function; {remedy}"
        )
    if right.is_zero or vanishes(right):
        raise AssumptionError(
            f"{phi.name} is flat at its centre {centre} (phi' = 0 there), so it cannot be scaled "
            f"to slope 1; {remedy}"
        )
    return right


def _shown(value):
    text = str(value)
    return text if len(text) < 30 or value.free_symbols else f"about {value.evalf(4)}"


def _remedy(phi, centre):
    """A centre that works, in words."""
    for candidate in (0, 1, -1, 3, sp.Rational(1, 2)):
        if candidate == centre:
            continue
        try:
            sides = _sides(phi, sp.S(candidate))
            slopes = [_taylor(phi, side, sp.S(candidate), 1) for side in sides]
        except (UndecidedError, AssumptionError):
            continue
        if slopes[0] == slopes[1] and slopes[0].is_zero is False:
            return f"take another centre, say centre={candidate}, or give shaping=..."
    return "give shaping=..., a formula in x and n that tends to x"


def _taylor(phi, side, centre, order):
    """The Taylor coefficient of this order on one side of the centre."""
    expr, direction = side
    value = one_sided(expr, x, centre, direction, order)
    if value.is_finite is False:
        raise AssumptionError(
            f"the derivative of order {order} of {phi.name} is infinite at the centre {centre}; "
            "take another centre, or give shaping=..."
        )
    return tidy(value) / math.factorial(order)


def _degree(expr):
    polynomial = expr.as_poly(x)
    return polynomial.degree() if polynomial is not None else None
