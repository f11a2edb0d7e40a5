r"""Where q grows without bound: activations with straight tails become those tails, of degree 1.

If phi(x) ~ r x and l x on the two sides, W(q)/q -> U = W of these two lines at q = 1, and the
correlation follows the map of the lines, which does not depend on q.  If both slopes vanish, q can
only grow by a skip connection, which hands the correlation on as it is.
"""

from functools import lru_cache

import numpy as np
import sympy as sp

from theory.activation import as_activation
from theory.mean_field import MeanField
from theory.symbols import x

from .numeric_activation import numeric_activation

__all__ = ["LARGE", "far_second_moment", "first_far", "tails"]

#: Variances beyond this may be on their way to infinity.
LARGE = 1e6
_PLACES = np.array([1e7, 1e9, 1e11])
_FAR = 1e14  #: from here on the tails are taken even if constants next to them still show
_FLAT = 1e30  #: from here on W is taken as constant if the tails are flat
_AGREEMENT, _HELD = 1e-13, 1e-12


@lru_cache(maxsize=64)
def tails(activation):
    """The NumericActivation of the two lines in the same layer; None if phi has no such tails.

    Flat tails are the text "flat".
    """
    with np.errstate(all="ignore"):
        left, right = activation.jet[1](-_PLACES), activation.jet[1](_PLACES)
    slopes = np.array([left, right])
    if not np.isfinite(slopes).all() or np.abs(np.diff(slopes, axis=1)).max() > 1e-9:
        return None
    low, high = (sp.nsimplify(float(side[-1]), rational=True) for side in (left, right))
    if max(abs(low), abs(high)) < 1e-9:
        return "flat"
    line = _lines(low, high)
    if hasattr(activation, "pooled_like"):
        return activation.pooled_like(line.expr)
    layer = activation.layer
    options = {"weight_correlation": layer.weight_correlation, "skip": layer.skip}
    return numeric_activation(MeanField(line, **options))


@lru_cache(maxsize=64)
def _lines(low, high):
    """The activation with these slopes: the same for every weight correlation of a plane."""
    return as_activation(
        sp.Piecewise((low * x, x < 0), (high * x, True)) if low != high else low * x
    )


def far_second_moment(activation, q):
    """W(q) for an array beyond ``LARGE``: by moments as long as they differ from the tails."""
    tail = tails(activation)
    if tail is None:
        return activation.W(q)
    if tail == "flat":
        return activation.W(np.minimum(q, _FLAT))
    w = tail.W(q)
    order = np.argsort(q)
    for place in order:
        if q[place] > _FAR:
            break
        found = float(activation.W(q[place]))
        agrees = abs(found / w[place] - 1.0) <= _AGREEMENT
        w[place] = found
        if agrees:
            break
    return w


def first_far(activation, q, weight, bias):
    """The layer from which the variances ``q`` follow the tails to the last digits, else len(q).

    They do from 1e14 on, where what is left is of relative size 1e-7 at most, or earlier if q'
    agrees with that of the tails (to 1e-12 if they are flat).
    """
    tail, keep = tails(activation), activation.layer.keep
    if tail is None or not q[-1] >= LARGE:
        return q.size
    rise = keep if tail == "flat" else keep + weight * float(tail.W(1.0))
    agreement = _HELD if tail == "flat" else _AGREEMENT
    with np.errstate(invalid="ignore", over="ignore"):
        far = (q[:-1] > LARGE) & (np.abs(q[1:] / (rise * q[:-1] + bias) - 1.0) <= agreement)
    far |= q[:-1] > _FAR
    wrong = np.flatnonzero(~far)
    first = int(wrong[-1]) + 1 if wrong.size else 0
    return first if first < q.size - 1 else q.size
