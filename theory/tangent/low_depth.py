r"""The tangent kernel of a few layers as one expression."""

import sympy as sp

from ..errors import AssumptionError, InputError
from ..symbols import l, q, q1, q2, rho, sigma_b2, sigma_w2
from .recursion import Recursion
from .symbols import K, L

__all__ = ["critical_kernel", "kernel_of_depth", "require_depth"]


def kernel_of_depth(recursion: Recursion, depth: int) -> sp.Expr:
    """K^depth of two inputs whose first layer has variances q1, q2 and correlation rho."""
    depth = require_depth(depth)
    state = {q1: q1, q2: q2, rho: rho, K: recursion.start}
    for layer in range(1, depth):
        state = _step(recursion, state, layer, depth)
    return state[K]


def _step(recursion, state, layer, depth):
    at = {l: sp.Integer(layer), L: sp.Integer(depth - 1)}

    def value(expr):
        return expr.subs(at).subs(state, simultaneous=True)

    kernel, covariance = value(recursion.ntk), value(recursion.covariance)
    first, second = (recursion.variance.subs(at).subs(q, state[name]) for name in (q1, q2))
    scale = sp.sqrt(first) * sp.sqrt(second)
    return {q1: first, q2: second, rho: covariance / scale, K: kernel}


def critical_kernel(recursion: Recursion, depth: int) -> sp.Expr:
    """K^depth of two inputs at the point q of the edge of chaos, in q and rho.

    Raises AssumptionError where there is no edge of chaos.
    """
    depth = require_depth(depth)
    mf = recursion.mean_field
    edge = mf.edge_of_chaos
    if (recursion.architecture.skip, recursion.architecture.branch) != (mf.skip, 1):
        raise AssumptionError("a residual network has no edge of chaos; use kernel(depth)")
    if not edge.exists:
        raise AssumptionError(f"{mf.activation.name} has no edge of chaos: {edge.statement}")
    point = {sigma_w2: edge.sigma_w2, sigma_b2: edge.sigma_b2}
    same = {q1: q, q2: q}
    correlation, slope, source, start = (
        e.subs(same).subs(point)
        for e in (
            recursion.covariance / q,
            recursion.slope,
            recursion.source,
            recursion.start,
        )
    )
    kernel, c = start, rho
    for _ in range(depth - 1):
        kernel = slope.subs(rho, c) * kernel + source.subs(rho, c)
        c = correlation.subs(rho, c)
    return kernel


def require_depth(depth) -> int:
    """A number of layers, 1, 2, ...; InputError otherwise."""
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise InputError(f"the depth of a kernel is a number of layers 1, 2, …; got {depth!r}")
    return depth
