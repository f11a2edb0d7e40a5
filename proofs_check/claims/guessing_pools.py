r"""Two pooled neurons, a second route: polar angles, quadrature, and random networks.

Nothing here uses :mod:`theory.guessing` or :mod:`numerics.guessing`.  Two neurons are
sqrt(q) r (cos t, sin t) with E r^2 = 2 and a uniform angle t.  Two inputs of correlation c are
sqrt(c) A + sqrt(1 - c) B with the same A, so that E m m' is the mean over A of the square of the
mean of m over B.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import sympy as sp

__all__ = ["back_propagated", "by_angle", "pair_of_pools"]

T = sp.Symbol("t", real=True)
R = sp.Rational
_QUARTER = sp.pi / 4


def by_angle(pooling: str, moment: str) -> sp.Expr:
    """E m^2/q or E sum_i (d_i m)^2 of two ReLU neurons, by the pieces of the circle."""
    cos, sin = sp.cos(T), sp.sin(T)
    both, first, second = (0, 2 * _QUARTER), (-2 * _QUARTER, 0), (2 * _QUARTER, 4 * _QUARTER)
    pieces = {
        ("max", "square"): [(cos**2, (-2 * _QUARTER, _QUARTER)), (sin**2, (_QUARTER, sp.pi))],
        ("average", "square"): [
            ((cos + sin) ** 2 / 4, both), (cos**2 / 4, first), (sin**2 / 4, second),
        ],
        ("max", "slope"): [(R(1, 2), (-2 * _QUARTER, sp.pi))],
        ("average", "slope"): [(R(1, 4), both), (R(1, 8), first), (R(1, 8), second)],
    }  # fmt: skip
    total = sum(sp.integrate(f, (T, *ends)) for f, ends in pieces[pooling, moment])
    return sp.simplify(2 * total / (2 * sp.pi))


@lru_cache(maxsize=8)
def _outer(size=121, reach=8.0):
    import numpy as np

    a = np.linspace(-reach, reach, size)
    return a, np.exp(-a * a / 2) * (a[1] - a[0]) / math.sqrt(2 * math.pi)


def pair_of_pools(phi: Callable, q: float, c: float, pooling="max") -> float:
    """E m m' of max or average of phi at two neurons; phi increases and has its kink at 0."""
    import numpy as np
    from scipy.special import ndtr

    a, mass = _outer()
    wide, thin = math.sqrt(c), math.sqrt(1 - c)
    node, weight = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(-9, 9, 2 * math.ceil(9 / min(0.8, thin)) + 1)  # 0 is one of them
    half = (edges[1] - edges[0]) / 2
    x = (edges[:-1, None] + half * (1 + node)).ravel()
    value = phi(math.sqrt(q) * x) * np.tile(half * weight, len(edges) - 1)
    z = (x - wide * a[:, None]) / thin
    density = np.exp(-z * z / 2) / (math.sqrt(2 * math.pi) * thin)
    if pooling == "max":
        winner = (density * value) @ ndtr(z).T
        mean = winner + winner.T
    else:
        one = density @ value
        mean = (one[:, None] + one) / 2
    return float(mass @ mean**2 @ mass)


def back_propagated(generator, networks, weight, pooling, width=200, layers=3):
    """(squared gradients, squared signals) after some layers, each over those before them.

    Networks of ReLU whose neurons are pooled in pairs, one of each number per network; a pooled
    value is in both slots of its pair.  The gradient of a random linear function of the last
    layer is propagated backwards.
    """
    import numpy as np

    back, forth = np.empty(networks), np.empty(networks)
    for index in range(networks):
        y = first = generator.standard_normal(width)
        steps = []
        for _ in range(layers):
            pairs = np.maximum(y, 0.0).reshape(-1, 2)
            slope = (y > 0).reshape(-1, 2) * 1.0
            if pooling == "max":
                pooled = pairs.max(axis=1)
                slope *= pairs == pooled[:, None]
            else:
                pooled, slope = pairs.mean(axis=1), slope / 2
            matrix = generator.standard_normal((width, width)) * math.sqrt(weight / width)
            y = matrix @ np.repeat(pooled, 2)
            steps.append((slope, matrix))
        last = gradient = generator.standard_normal(width)
        for slope, matrix in reversed(steps):
            to_pool = (matrix.T @ gradient).reshape(-1, 2).sum(axis=1)
            gradient = (slope * to_pool[:, None]).ravel()
        back[index] = (gradient @ gradient) / (last @ last)
        forth[index] = (y @ y) / (first @ first)
    return back, forth
