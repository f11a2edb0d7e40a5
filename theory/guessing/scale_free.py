r"""Activations without a scale, phi(t x) = t^p phi(x): the bias when variances vanish or explode.

Without biases K(q, q, c)/V(q) = k(c) does not depend on q or sigma_w2, so neither does the map of
gamma.  With r = k'(1), 1 - c shrinks like r^l for r < 1, is driven to c* = k(c*) < 1 for r > 1,
and for r = 1 obeys e' = e - s e^(1 + 1/a) + ..., hence gamma ~ (s/a)^a l^a, for ReLU
2 l^2/(9 pi^2).
Any activation looks like its leading powers at 0 while q -> 0 and at infinity while q -> oo.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import sympy as sp

from ..equation import closed
from ..errors import UndecidedError
from ..growth import growth
from ..local_series import local_series
from ..symbols import q, q1, q2, rho, sigma_b2, sigma_w2, x
from .gamma_map import in_normal_form

__all__ = ["ScaleFree", "leading_part"]

_ONE_LAYER = {sigma_w2: 1, sigma_b2: 0}


@dataclass(frozen=True)
class ScaleFree:
    """The map of gamma of a mean-field theory whose activation is homogeneous."""

    mean_field: object

    @cached_property
    def gain(self) -> sp.Expr:
        """V(q) = sigma_b2 + sigma_w2 * gain, a power of q."""
        return in_normal_form(closed(self.mean_field.variance_map.subs(_ONE_LAYER)))

    @cached_property
    def slope(self) -> sp.Expr:
        """chi_1 = sigma_w2 * slope."""
        return self.mean_field.chi_1.subs(_ONE_LAYER)

    @cached_property
    def kernel(self) -> sp.Expr:
        """k(rho) = K(q, q, rho)/V(q) without biases."""
        shared = self.mean_field.covariance_map.subs(_ONE_LAYER).subs({q1: q, q2: q})
        # q cancels, also where it is out of sight inside an expectation without closed form
        return in_normal_form(closed(shared) / self.gain).subs(q, 1)

    @cached_property
    def ratio(self) -> sp.Expr:
        """r = k'(1); for degree 1 the factor per layer of gradients over that of signals.

        >>> from theory.mean_field import MeanField
        >>> ScaleFree(MeanField("relu")).ratio, ScaleFree(MeanField("relu(x)**2")).ratio
        (1, 4/3)
        """
        if self.slope.is_finite is False:
            return sp.oo
        return sp.cancel(in_normal_form(self.slope * q / self.gain))

    @cached_property
    def is_affine(self) -> bool:
        """Whether k(rho) = rho: correlations do not move."""
        return sp.cancel(self.kernel - rho).is_zero is True

    @property
    def half(self) -> sp.Expr:
        """k(1/2) - 1/2: positive if c* > 1/2."""
        return sp.expand(self.kernel.subs(rho, sp.S.Half) - sp.S.Half)


@lru_cache(maxsize=256)
def leading_part(activation, place: sp.Expr) -> sp.Expr | None:
    """The homogeneous function that phi is like at 0 or infinity, an expression in x.

    None if it oscillates, has logarithms, or grows or decays faster than every power.

    >>> from theory.activation import Activation
    >>> leading_part(Activation("gelu"), sp.oo), leading_part(Activation("gelu"), sp.S.Zero)
    (Piecewise((x, x > 0), (0, True)), x/2)
    """
    far = place is sp.oo
    sides = []
    for piece, direction in _next_to(activation, far):
        end = direction * sp.oo if far else sp.S.Zero
        side = "+" if far or direction > 0 else "-"
        found = _leading(piece.expr, end, side, far)
        if found is None:
            return None
        sides.append(found)
    powers = [power for power, value in sides if value != 0]
    if not powers:
        return sp.S.Zero
    # powers are of t = |x| near 0 and of t = 1/|x| far out: the smallest leads in both
    lead = min(powers)
    above, below = (value if power == lead else sp.S.Zero for power, value in sides)
    degree = -lead if far else lead
    forms = above * x**degree, below * (-x) ** degree
    if degree.is_Integer and sp.expand(forms[0] - forms[1]).is_zero:
        return sp.expand(forms[0])
    return sp.Piecewise((forms[0], x > 0), (forms[1], True))


def _next_to(activation, far):
    """(piece, direction) to the right and to the left of the place."""
    pieces = activation.pieces
    if far:
        return (pieces[-1], 1), (pieces[0], -1)
    right = next(p for p in pieces if p.upper.is_extended_positive)
    left = next(p for p in reversed(pieces) if p.lower.is_extended_negative)
    return (right, 1), (left, -1)


def _leading(expr, end, side, far):
    """(exponent, coefficient) of the largest term, or None."""
    if expr.is_zero:
        return sp.oo, sp.S.Zero
    try:
        for order in (sp.Integer(3), sp.Integer(12)):
            terms = local_series(expr, x, end, side, order).terms
            if terms:
                exponent = min(alpha for alpha, _ in terms)
                logarithms = [j for alpha, j in terms if alpha == exponent]
                if max(logarithms) > 0:
                    return None
                return exponent, terms[exponent, 0]
    except UndecidedError:
        largest = _largest_terms(expr) if far else expr
        return None if largest == expr else _leading(largest, end, side, far)
    # faster than every power: nothing next to a power on the other side
    return (sp.oo, sp.S.Zero) if far else None


def _largest_terms(expr):
    """The terms of a sum that grow fastest: x of x + sin(x)."""
    rates = [(growth(term, term).largest.key, term) for term in sp.Add.make_args(expr)]
    if not all(e.is_number for key, _ in rates for e in key):
        return expr
    top = max(key for key, _ in rates)
    return sp.Add(*(term for key, term in rates if key == top))
