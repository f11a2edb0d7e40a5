"""``propagate`` for a tangent kernel: q, c and K of pairs of inputs through the layers."""

import numpy as np

from theory.errors import InputError

from ..input import variance_pair
from ..numeric_activation import numeric_activation
from ..propagate_input import depth_of, gap_of, layers_of, start_of
from ..result import Provenance
from .pairs import follow
from .rule import layer_rule
from .trajectory import TangentTrajectory

__all__ = ["propagate_tangent"]

#: Numbers that a trajectory may hold: beyond, ask for fewer layers.
_MOST = 4 * 10**8


def propagate_tangent(
    ntk,
    sigma_w2,
    sigma_b2=0.0,
    depth=100,
    q0=None,
    c0=None,
    one_minus_c0=None,
    layers=None,
    input_dimension=None,
):
    """See :func:`numerics.propagate.propagate`."""
    weight, bias = variance_pair(sigma_w2, sigma_b2, "propagate")
    activation = numeric_activation(ntk.mean_field)
    depth = depth_of(depth)
    rule = layer_rule(ntk, weight, bias, depth, "propagate", input_dimension)
    rows = layers_of(layers, depth)
    gap = gap_of(c0, one_minus_c0)
    q, gap = start_of(activation, weight, bias, _default(activation, rule, q0), gap)
    if rows.size * q.size > _MOST:
        raise InputError(
            f"propagate: {q.size} pairs at {rows.size} layers do not fit into memory; "
            "pass layers=[...] with the layers to keep"
        )
    shape = (rows.size, *q.shape)
    starts, gaps = q.ravel(), None if gap is None else gap.ravel()
    tall = np.empty((rows.size, q.size))
    variance, delta, off, diagonal = tall, *(np.empty_like(tall) for _ in range(3))
    for start in np.unique(starts):
        here = np.flatnonzero(starts == start)
        some = np.append(gaps[here] if gaps is not None else [], 0.0)
        kernels = rule.start(start * (1.0 - some)) / start
        found = follow(activation, rule, (sigma_w2, sigma_b2), float(start), some, kernels, rows)
        variance[:, here] = found[0][:, None]
        diagonal[:, here] = found[2][:, -1:]
        if gaps is not None:
            delta[:, here], off[:, here] = found[1][:, :-1], found[2][:, :-1]
    provenance = Provenance.of(
        "propagate",
        activation.name,
        architecture=ntk.architecture,
        parametrisation=ntk.parametrisation,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        depth=depth,
        q0=q0,
        c0=c0,
        one_minus_c0=one_minus_c0,
    )
    known = gaps is not None
    return TangentTrajectory(
        activation.name,
        weight,
        bias,
        variance.reshape(shape),
        delta.reshape(shape) if known else None,
        _story(variance, diagonal, depth),
        provenance,
        rows,
        off.reshape(shape) if known else None,
        diagonal.reshape(shape),
        ntk.architecture,
    )


def _default(activation, rule, q0):
    """q0, or 1 where variances do not settle and correlations do not depend on them."""
    if q0 is not None or rule.settles:
        return q0
    if activation.homogeneity == 1.0 and rule.bias == 0.0:
        return 1.0
    raise InputError(
        "propagate: variances grow with every layer where the skip has weight 1, and differ where "
        "branches do, so there is no fixed point to start from; pass q0=1.0, say"
    )


def _story(variance, diagonal, depth):
    if depth == 0:
        return "no layer was applied"
    if np.isnan(diagonal[-1]).any():
        return "q exceeds the range of floats, and c and K are nan from there on"
    if np.isinf(variance[-1]).any():
        return "q exceeds the range of floats; K/q does not"
    if np.isinf(diagonal[-1]).any():
        return "K(x, x) is infinite: E phi'^2 is, or it exceeds the range of floats"
    return "K and q are finite"
