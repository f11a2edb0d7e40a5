r"""ReLU, a second route for the guessing bias: recursions in balls and floats, typed in.

``relu`` and ``path`` are the toolkit's side of a comparison; the rest does not use it.
"""

import math
from functools import lru_cache

import sympy as sp

from theory.guessing import GuessingBias
from theory.symbols import gamma

from ..checks import Numeric
from .enclosures import ball
from .tangent_tools import relu_balls, relu_float

__all__ = [
    "ROOT",
    "S",
    "arc",
    "certified_gap",
    "float_gaps",
    "path",
    "printed_recursion",
    "relu",
    "root_slope",
]

R = sp.Rational
ROOT = sp.sqrt(2 * gamma + 1)
#: 1 - kappa_1(1 - e) = e - S e^(3/2) + ...
S = 2 * sp.sqrt(2) / (3 * sp.pi)


def arc(c):
    """kappa_1 of Cho & Saul, pi - arccos c written with arcsin."""
    return (sp.sqrt(1 - c**2) + c * (sp.pi / 2 + sp.asin(c))) / sp.pi


def relu(weight=None, bias=None):
    """The toolkit's side."""
    return GuessingBias("relu", weight, bias)


@lru_cache(maxsize=32)
def path(weight, bias, depth, rows=None):
    """The toolkit's trajectory from centred inputs; row l - 1 is layer l."""
    from numerics.propagate import propagate

    return propagate(relu(weight, bias), depth=depth, layers=rows and list(rows))


@lru_cache(maxsize=4)
def printed_recursion(depth):
    """gamma of the layers 1 to ``depth`` without biases, from g and f as balls."""
    from flint import arb, ctx

    def parts(ratio):
        root = (2 * ratio + 1).sqrt()
        return (2 * ratio * root.atan() + root) / arb.pi(), root

    def layer(ratio):
        g, _ = parts(ratio)
        return g / (1 + ratio - g)

    def slope(ratio):
        g, root = parts(ratio)
        rise = (2 * root.atan() + (ratio / (1 + ratio) + 1) / root) / arb.pi()
        return (rise * (1 + ratio) - g) / (1 + ratio - g) ** 2

    with ctx.workprec(300):
        found = [arb(0)]
        for _ in range(depth - 1):
            found.append(_mean_value(layer, slope, found[-1]))
        return tuple(found)


def _mean_value(function, slope, x):
    """The image of a ball without the growth of radii in every layer."""
    middle = x.mid()
    return function(middle) + slope(x) * (x - middle)


@lru_cache(maxsize=8)
def float_gaps(weight, bias, layers):
    """{l: 1 - c_l} for l in ``layers``: e' = (sigma_w2 q/2) (1 - kappa_1(1 - e))/q'."""
    variance, gap, found = weight + bias, weight / (weight + bias), {}
    for layer in range(1, max(layers) + 1):
        if layer in layers:
            found[layer] = gap
        after = bias + weight * variance / 2
        gap = weight * variance / 2 * relu_float(gap)[0] / after
        variance = after
    return found


@lru_cache(maxsize=4)
def certified_gap(bias, depth=1000):
    """1 - c of layer ``depth``, q_l = 2 + l sigma_b2 typed in."""
    from flint import ctx

    with ctx.workprec(300):
        correlation, slope = relu_balls()
        bias = ball(R(bias))
        c = bias / (2 + bias)
        for layer in range(1, depth):
            variance = 2 + layer * bias
            c = (bias + variance * _mean_value(correlation, slope, c)) / (variance + bias)
        return 1 - c


def root_slope(weight, stated, bias=0, low=20_000):
    """(sqrt(gamma_2n) - sqrt(gamma_n))/n: its error is of the order 1/n."""
    found = path(weight, bias, 2 * low - 1, (low - 1, 2 * low - 1)).gamma
    slope = (math.sqrt(found[1]) - math.sqrt(found[0])) / low
    where = {"sigma_w2": weight, "sigma_b2": bias, "n": low}
    return Numeric(slope, stated, [where], digits=3)
