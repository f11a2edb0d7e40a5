"""Arguments of ``propagate``, checked: one sentence for each thing that can be wrong."""

import numpy as np

from theory.errors import InputError

from .fixed_point import fixed_points

__all__ = ["depth_of", "gap_of", "layers_of", "start_of"]

_MOST_LAYERS = 10**9


def depth_of(depth):
    try:
        layers = -1 if isinstance(depth, (bool, str)) else int(depth)
        whole = layers >= 0 and layers == depth
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise InputError(f"propagate: depth = {depth!r} must be a whole number of layers, >= 0")
    if layers > _MOST_LAYERS:
        raise InputError(
            f"propagate: {layers} layers do not fit into memory; take at most {_MOST_LAYERS} and "
            "the depth law beyond"
        )
    return layers


def gap_of(c0, one_minus_c0):
    """1 - c0 as an array, from either argument; None if neither is given."""
    if c0 is None and one_minus_c0 is None:
        return None
    if c0 is not None and one_minus_c0 is not None:
        raise InputError("propagate: c0 and one_minus_c0 are both given; give one of them")
    given, name = (c0, "c0") if one_minus_c0 is None else (one_minus_c0, "one_minus_c0")
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"propagate: {name} = {given!r} is not a number or an array") from None
    gap = 1.0 - values if name == "c0" else values
    outside = ~((gap >= 0.0) & (gap <= 2.0))
    if outside.any():
        worst = values[outside].flat[0]
        allowed = "[-1, 1]" if name == "c0" else "[0, 2]"
        raise InputError(f"propagate: {name} = {worst:g} is outside {allowed}")
    return gap


def start_of(activation, weight, bias, q0, gap):
    """q0 and the gap as arrays of one shape."""
    if q0 is None:
        found = fixed_points(activation, weight, bias)
        usable = [p for p in found if (p.stable or p.q_range) and p.q > 0]
        if not usable:
            raise InputError(
                f"propagate: {activation.name} has no attracting fixed point q > 0 at sigma_w2 = "
                f"{weight:g}, sigma_b2 = {bias:g} ({found.statement}); pass q0=1.0, say"
            )
        q0 = usable[0].q
    try:
        q = np.asarray(q0, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"propagate: q0 = {q0!r} is not a number or an array") from None
    if q.size == 0 or (gap is not None and gap.size == 0):
        raise InputError("propagate: q0 or c0 is an empty array; give at least one input")
    if not ((q > 0) & np.isfinite(q)).all():
        raise InputError(f"propagate: q0 = {q0} must be finite and positive")
    if gap is None:
        return q, None
    try:
        return tuple(np.array(a) for a in np.broadcast_arrays(q, gap))
    except ValueError:
        raise InputError(
            f"propagate: q0 of shape {q.shape} and c0 of shape {gap.shape} do not broadcast"
        ) from None


def layers_of(layers, depth):
    """The layers to keep, increasing whole numbers from 0 to ``depth``; all of them for None."""
    if layers is None:
        return np.arange(depth + 1)
    given = np.atleast_1d(np.asarray(layers))
    whole = given.dtype.kind in "iu" and given.ndim == 1 and given.size > 0
    if not whole or given[0] < 0 or given[-1] > depth or (np.diff(given) <= 0).any():
        raise InputError(
            f"propagate: layers = {layers} must be whole numbers that increase, from 0 to {depth}"
        )
    return given.astype(np.int64)
