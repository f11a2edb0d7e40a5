r"""``propagate`` for a guessing bias: gamma = c/(1 - c) through the layers.

The first layer is linear in the data: inputs with x.x/d = 1 and x.x'/d = c_x give

    q_1 = sigma_w2 + sigma_b2,    1 - c_1 = sigma_w2 (1 - c_x)/q_1,

that is gamma_1 = (sigma_b2 + sigma_w2 c_x)/(sigma_w2 (1 - c_x)).  From there the maps of the
mean-field theory of the layer apply (Bassi et al. 2025, arXiv:2505.12096, theorem 3.1).
"""

import numpy as np

from theory.errors import InputError

from ..correlation_fixed_point import decorrelates
from ..fixed_point import fixed_points
from ..input import variance_pair
from ..numeric_activation import numeric_activation
from ..propagate_input import depth_of, gap_of, layers_of
from ..result import Provenance
from .far import propagated
from .setting import variances_of
from .trajectory import BiasTrajectory

__all__ = ["propagate_bias"]


def propagate_bias(
    gb,
    sigma_w2=None,
    sigma_b2=None,
    depth=100,
    q0=None,
    c0=None,
    one_minus_c0=None,
    layers=None,
    data_correlation=None,
):
    """See :func:`numerics.propagate.propagate`.

    >>> from theory.guessing import GuessingBias
    >>> path = propagate_bias(GuessingBias("relu", sigma_w2=2, sigma_b2=0), depth=1)
    >>> bool(abs(path.gamma[1] - 1 / (np.pi - 1)) < 1e-15)
    True
    """
    given = variances_of(gb, sigma_w2, sigma_b2, "propagate")
    weight, bias = variance_pair(*given, "propagate")
    depth = depth_of(depth)
    rows = layers_of(layers, depth)
    theory = gb.mean_field
    start, gap, note = _start(theory, weight, bias, q0, c0, one_minus_c0, data_correlation)
    name, q, gap, statement = propagated(theory, given, depth, start, gap)
    if bias == 0.0 and decorrelates(numeric_activation(theory)):
        gap[:, gap[0] == 1.0] = 1.0
    provenance = Provenance.of(
        "propagate",
        name,
        sigma_w2=given[0],
        sigma_b2=given[1],
        depth=depth,
        q0=q0,
        c0=c0,
        one_minus_c0=one_minus_c0,
        data_correlation=data_correlation,
    )
    return BiasTrajectory(
        name,
        weight,
        bias,
        q[rows],
        np.minimum(gap, 1.0)[rows],  # C maps [0, 1] to itself: more than 1 is rounding
        statement + note,
        provenance,
        rows,
        gb.pooling,
    )


def _start(theory, weight, bias, q0, c0, one_minus_c0, data_correlation):
    """q and 1 - c of row 0, and what is to be said about them."""
    gap = gap_of(c0, one_minus_c0)
    if gap is None:
        return *_first_layer(weight, bias, q0, data_correlation), ""
    if data_correlation is not None:
        raise InputError(
            "propagate: data_correlation is the correlation of the inputs and c0 that of the "
            "pre-activations that follow; give one of them"
        )
    if (gap > 1.0).any():
        raise InputError(
            f"propagate: c0 = {1.0 - gap.max():g} is negative, but the covariance of different "
            "inputs is the variance of the centres of the nodes; take c0 in [0, 1]"
        )
    if q0 is not None:
        return q0, gap, ""
    points = fixed_points(theory, weight, bias)
    usable = [point for point in points if (point.stable or point.q_range) and point.q > 0]
    if usable:
        return usable[0].q, gap, ""
    note = "; no q > 0 attracts, so the start is q = sigma_w2 + sigma_b2"
    return weight + bias, gap, note


def _first_layer(weight, bias, q0, data_correlation):
    """q and 1 - c after the first layer; q0 stands for inputs of another norm."""
    try:
        q = np.asarray(weight + bias if q0 is None else q0, dtype=float)
        inputs = np.asarray(0.0 if data_correlation is None else data_correlation, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            f"propagate: q0 = {q0!r} or data_correlation = {data_correlation!r} is not a number "
            "or an array"
        ) from None
    if not ((inputs >= 0.0) & (inputs <= 1.0)).all():
        raise InputError(
            f"propagate: data_correlation = {data_correlation} is the correlation of different "
            "inputs and must lie in [0, 1]"
        )
    if q0 is None:
        return q, weight * (1.0 - inputs) / q
    if not (q > bias).all():
        raise InputError(
            f"propagate: q0 = {q0} is not above sigma_b2 = {bias:g}, as sigma_w2 x.x/d + sigma_b2 "
            "of the first layer is; pass c0 too if q0 belongs to a deeper one"
        )
    return q, (1.0 - bias / q) * (1.0 - inputs)
