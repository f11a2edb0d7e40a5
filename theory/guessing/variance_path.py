r"""Where the variance q_l of a network goes: q_1 = sigma_w2 + sigma_b2, q_{l+1} = V(q_l).

The start decides between several stable fixed points.  Iteration in a few digits finds the one it
tends to, a secant method in many digits polishes it; a variance that vanishes or explodes is told
by the leading powers of the activation at 0 and at infinity.
"""

from dataclasses import dataclass

import mpmath
import sympy as sp

from ..errors import DivergentExpectationError, UndecidedError
from ..symbols import q

__all__ = ["Destination", "destination", "value_at"]

_STEPS = 400
_DIGITS = 15
_SETTLED = mpmath.mpf(10) ** -11
#: Where a variance counts as far out if nothing is known of the activation there.
_FAR = mpmath.mpf(10) ** 6
_LARGEST = mpmath.mpf(10) ** 300
#: At which multiples of a variance the direction is confirmed: up to this many factors of three.
_BEYOND = 9


@dataclass(frozen=True)
class Destination:
    """``kind`` is 'finite', 'zero', 'infinite' or 'cycle'; ``q`` the finite fixed point."""

    kind: str
    q: mpmath.mpf | None = None


def value_at(expr: sp.Expr, variance, digits: int) -> mpmath.mpf:
    """An expression in q at a variance (mpmath number), as an mpmath number."""
    if variance > _LARGEST:  # exp of such a number does not fit into any memory
        raise DivergentExpectationError(f"the variance exceeds {mpmath.nstr(_LARGEST, 3)}")
    place = sp.Float._new(variance._mpf_, mpmath.libmp.dps_to_prec(digits + 5))
    try:
        found = expr.subs(q, place).evalf(digits + 5)
    except OverflowError:
        found = sp.oo
    if not found.is_real or not found.is_finite:
        raise DivergentExpectationError(f"{expr} is not finite at the variance {place:.6g}")
    return mpmath.mp.make_mpf(sp.Float(found, digits + 5)._mpf_)


def destination(variance_map: sp.Expr, start, digits=30, *, ends=(None, None)) -> Destination:
    """Where iterating ``variance_map``, an expression in q alone, leads from ``start``.

    ``ends`` says whether variances next to 0 go to 0 and very large ones to infinity, None where
    that is not known.  Raises UndecidedError if the variance still moves after many layers.

    >>> destination(q / 2 + 1, mpmath.mpf(1)).q
    mpf('2.0')
    >>> destination(3 * q, mpmath.mpf(1), ends=(False, True)).kind
    'infinite'
    """

    def step(variance):
        return value_at(variance_map, variance, _DIGITS)

    path = [mpmath.mpf(start)]
    try:
        for _ in range(_STEPS):
            path.append(step(path[-1]))
            kind = _escaped(path, step, ends)
            if kind:
                return Destination(kind)
            guess = _limit(path)
            if guess is not None:
                found = _polish(variance_map, guess, digits)
                if found is not None and _reached(path, found):
                    return Destination("finite", found)
    except DivergentExpectationError:
        if path[-1] > path[0]:
            return Destination("infinite")
        raise
    if abs(path[-1] - path[-3]) < _SETTLED * path[-1] < abs(path[-1] - path[-2]):
        return Destination("cycle")
    raise UndecidedError(
        f"the variance still moves after {_STEPS} layers (q = {mpmath.nstr(path[-1], 6)}); "
        "take sigma_w2 or sigma_b2 a little further from where V'(q) = 1"
    )


def _escaped(path, step, ends):
    """'zero' or 'infinite' once everything beyond the variance goes on in its direction."""
    before, now = path[-2:]
    up = now > before
    attracts = ends[up]
    if attracts is False or now == before or len(path) < 4:
        return None
    far = now > _FAR if up else now < 1 / _FAR
    if not far and (attracts is None or len(path) & (len(path) - 1)):
        return None  # a look ahead after 4, 8, 16, ... layers
    factor = mpmath.mpf(3) if up else mpmath.mpf(1) / 3
    beyond = (now * factor**k for k in range(_BEYOND))
    on = all(_goes_on(step, v, up) for v in beyond)
    return ("infinite" if up else "zero") if on else None


def _goes_on(step, variance, up):
    try:
        return (step(variance) > variance) == up
    except DivergentExpectationError:
        return up


def _limit(path):
    """What the last variances extrapolate to, if they converge geometrically."""
    if len(path) < 3:
        return None
    a, b, c = path[-3:]
    if abs(c - b) <= _SETTLED * c:
        return c
    first, second = b - a, c - b
    if len(path) < 8 or abs(second) >= abs(first) or first == second:
        return None
    guess = c - second**2 / (second - first)
    return guess if guess > 0 else None


def _polish(variance_map, guess, digits):
    """The fixed point next to ``guess`` to ``digits`` digits, or None."""
    with mpmath.workdps(digits + 10):
        a, b = guess, guess * (1 + mpmath.mpf(10) ** -5)
        fa = value_at(variance_map, a, _DIGITS) - a
        for _ in range(25):
            short = abs(b / a - 1) > mpmath.mpf(10) ** -7
            fb = value_at(variance_map, b, _DIGITS if short else digits) - b
            if fb == 0 or abs(b - a) <= mpmath.mpf(10) ** (2 - digits) * b:
                return b
            if fa == fb:
                return None
            a, b, fa = b, b - fb * (b - a) / (fb - fa), fb
            if not b > 0:
                return None
    return None


def _reached(path, found):
    """Whether the last steps head for ``found``: from one side without passing it, or closing."""
    a, b, c = path[-3:]
    if abs(c - b) <= _SETTLED * c:
        return abs(found - c) <= mpmath.mpf(10) ** -4 * c
    before, after = b - found, c - found
    return abs(after) < abs(before) < abs(a - found) and abs(after) < abs(c - b) * 100
