r"""c* = C(c*) < 1, the correlation that a chaotic network forgets its inputs to, in many digits.

C(c) - c is convex on [0, 1], positive or zero at 0, and zero at c* and at 1; its sign at 1/2 is
known from the regime, so c* has a bracket that excludes 1.
"""

import mpmath
import sympy as sp

from ..symbols import q, rho
from .bias_phase import BiasPhase
from .scale_free import ScaleFree, leading_part
from .variance_path import value_at

__all__ = ["attractor"]

_COARSE = 12


def attractor(guessing_bias, phase: BiasPhase, digits: int = 20) -> sp.Expr:
    """c* of a GuessingBias in a given phase: exact where it is 0, 1/2 or 1, else a Float."""
    if phase.gamma_star is not None:
        return sp.S.One if phase.gamma_star is sp.oo else _of_ratio(phase.gamma_star)
    if guessing_bias.is_odd_without_biases:
        return sp.S.Zero
    if phase.regime.startswith("border"):
        return sp.S.Half
    function = _map(guessing_bias, phase)
    with mpmath.workdps(digits + 8):
        found = _root(function, phase.regime == "prejudice", digits)
    # what is left of a Gaussian mean that cancels, as E selu(Z) does
    return sp.S.Zero if abs(found) < mpmath.mpf(10) ** -digits else sp.Float(found, digits)


def _of_ratio(ratio):
    return ratio / (1 + ratio)


def _map(gb, phase):
    """C(c) as a function of (c, digits)."""
    if phase.destination == "finite":
        expr = gb.mean_field.correlation_map.subs(gb.values).subs(q, phase.q_star)
    else:
        part = leading_part(gb.activation, sp.oo if phase.q_star is sp.oo else sp.S.Zero)
        expr = ScaleFree(gb.with_activation(part).mean_field).kernel
    moved = expr.subs(rho, q)  # a number in place of the correlation
    return lambda c, digits: value_at(moved, c, digits)


def _root(function, above_half, digits):
    """A bracket at a few digits, then secant steps at all of them."""
    low, high = (
        (mpmath.mpf(1) / 2, mpmath.mpf(1)) if above_half else (mpmath.mpf(0), mpmath.mpf(1) / 2)
    )

    def excess(c, precision):
        return function(c, precision) - c

    if above_half:  # a point below 1 where C(c) < c
        gap = mpmath.mpf(1) / 4
        while excess(1 - gap, _COARSE) >= 0:
            gap /= 4
        high = 1 - gap
    elif excess(low, _COARSE) == 0:
        return low
    rough = mpmath.findroot(
        lambda c: excess(c, _COARSE), (low, high), solver="anderson", tol=1e-18, verify=False
    )
    a, b = rough, rough * (1 + mpmath.mpf(10) ** -6)
    fa = excess(a, digits)
    for _ in range(8):
        fb = excess(b, digits)
        if fb == 0 or fa == fb or abs(b - a) <= mpmath.mpf(10) ** (-digits) * b:
            return b
        a, b, fa = b, b - fb * (b - a) / (fb - fa), fb
    return b
