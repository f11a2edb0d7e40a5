r"""Layers whose variance leaves every bound: phi is replaced by what it is like at infinity.

If phi(x) ~ a_+ x^p at +oo and a_- |x|^p at -oo, variance and correlation follow the maps of the
homogeneous function with these two branches, up to terms of relative size 1/(q alpha) where c =
cos alpha.  The switch is made where that is below the rounding of a path of correlations, so that
neither overflow nor quadrature at huge variances is met.
"""

import numpy as np
import sympy as sp

from theory.activation import Activation
from theory.errors import InputError
from theory.guessing.scale_free import leading_part
from theory.mean_field import MeanField

from ..numeric_activation import numeric_activation
from ..propagate import propagate

__all__ = ["far_theory", "propagated", "with_activation"]

_FAR = 1e14  #: q alpha from which phi is taken for its limit
_BLOCK = 32


def far_theory(theory):
    """The theory of a layer at infinite variance; None if phi is not like a power there."""
    limit = leading_part(theory.activation, sp.oo)
    if limit is None or limit == 0:
        return None
    activation = Activation(limit)
    degree = activation.homogeneity
    if degree is None or not degree >= 1:
        return None
    return with_activation(theory, activation)


def with_activation(theory, activation):
    """The same kind of layer with another activation."""
    if isinstance(theory, MeanField):
        options = {"weight_correlation": theory.weight_correlation, "skip": theory.skip}
        return MeanField(activation, **options)
    return type(theory)(activation, theory.pooling, theory.pool_size)


def propagated(theory, given, depth, q, gap):
    """(activation's name, q, 1 - c, statement) in layers 0..``depth``; see ``propagate``."""
    activation = numeric_activation(theory)
    try:
        q, gap = (np.array(a) for a in np.broadcast_arrays(q, gap))
    except ValueError:
        raise InputError(
            f"propagate: q0 of shape {np.shape(q)} and c0 of shape {np.shape(gap)} do not "
            "broadcast"
        ) from None
    far = far_theory(theory) if activation.homogeneity is None else None
    starts = list(zip(q.flat, gap.flat, strict=True))
    rows = [_row(theory, far, given, depth, *start) for start in starts]
    if all(row is None for row in rows):
        path = propagate(theory, *given, depth=depth, q0=q, one_minus_c0=gap)
        return activation.name, path.q, path.one_minus_c, path.statement
    variance, delta = (np.empty((depth + 1, q.size)) for _ in range(2))
    said = set()
    for k, (start, row) in enumerate(zip(starts, rows, strict=True)):
        near = _whole(theory, given, depth if row is None else row, *start)
        variance[: len(near), k], delta[: len(near), k] = near.q, near.one_minus_c
        said.add(near.statement if row is None else f"q grows without bound; {_limit(far, row)}")
        if row is not None:
            last = near.q[-1], near.one_minus_c[-1]
            rest = _whole(far, (given[0], 0), depth - row, *last)  # sigma_b2/q is far below 1e-12
            variance[row:, k], delta[row:, k] = rest.q, rest.one_minus_c
    shape = (depth + 1, *q.shape)
    return activation.name, variance.reshape(shape), delta.reshape(shape), "; ".join(sorted(said))


def _limit(far, row):
    return f"from layer {row} on phi is replaced by its limit {far.activation.expr}"


def _whole(theory, given, depth, q, gap):
    return propagate(theory, *given, depth=depth, q0=float(q), one_minus_c0=float(gap))


def _row(theory, far, given, depth, q, gap):
    """The layer from which ``far`` holds to all digits, None if that is not reached."""
    if far is None or gap == 0.0:
        return None
    numbers = numeric_activation(far)
    if numbers.homogeneity == 1.0 and float(given[0]) * float(numbers.W(1.0)) <= 1.0:
        return None
    enough, done = _FAR / np.sqrt(2.0 * min(gap, 1.0)), 0
    while done < depth:
        layers = min(max(_BLOCK, done // 2), depth - done)
        path = propagate(theory, *given, depth=layers, q0=q).q
        beyond = np.flatnonzero(~(path < enough))
        if beyond.size:
            return done + int(beyond[0])
        if not path[-1] > path[-2]:
            return None
        done, q = done + layers, float(path[-1])
    return None
