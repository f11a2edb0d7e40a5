r"""gamma layer by layer where no fixed point decides: the variance goes to 0 or infinity and phi
becomes linear there, so that correlations stop moving at a value that depends on the path."""

import mpmath
import sympy as sp

from ..errors import UndecidedError
from ..symbols import q, q1, q2, rho
from .variance_path import value_at

__all__ = ["settled_ratio"]

_LAYERS = 300
_DIGITS = 15


def settled_ratio(mean_field, values, start) -> mpmath.mpf:
    """The limit of gamma from a FirstLayer, to about six digits.

    Raises UndecidedError if gamma still moves after many layers, as it does where the variance
    vanishes only like 1/l.
    """
    variance_map = mean_field.variance_map.subs(values)
    covariance = mean_field.covariance_map.subs({q1: q, q2: q}).subs(values)
    variance, c = (mpmath.mp.make_mpf(sp.Float(e.evalf(20), 20)._mpf_) for e in (start.q, start.c))
    last, settled = None, 0
    for _ in range(_LAYERS):
        at_c = covariance.subs(rho, sp.Float._new(c._mpf_, 60))
        shared = value_at(at_c, variance, _DIGITS)
        variance = value_at(variance_map, variance, _DIGITS)
        moved, c = abs(shared / variance - c), shared / variance
        # changes that shrink geometrically leave a multiple of the last one; three times in a
        # row, as gamma may turn round on its way
        small = mpmath.mpf(10) ** -8 * (1 - c)
        left = moved * moved / (last - moved) if last and moved < last else moved
        settled = settled + 1 if left < small else 0
        if settled == 3:
            return c / (1 - c)
        last = moved
    raise UndecidedError(
        f"gamma still moves after {_LAYERS} layers (gamma = {mpmath.nstr(c / (1 - c), 6)}): the "
        "variance vanishes or explodes too slowly for its limit to be told"
    )
