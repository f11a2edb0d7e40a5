r"""Quadrature over the rivals of a class for three and four classes.

For n = K - 1 = 2 or 3 ordered standard normals the law of the gaps g_i = x_(i) - x_(i+1) is smooth
up to the ends: proportional to exp(-S/2), with S the sum of squares about the mean.  Panels
of Gauss-Legendre nodes are graded to the width 1/sqrt(gamma) on which a tie is resolved.
The rivals of the winner have the weight K P(class 1 is above) in addition.
"""

import math
from itertools import pairwise

import numpy as np

from .rival_points import Rivals

__all__ = ["rival_rule"]

_FARTHEST = 14.0
_NODES = {3: (24, 20), 4: (8, 7)}  #: per panel, in the finer and in the coarser rule
_PARTS = {3: 16, 4: 3}


def rival_rule(classes, of_largest, root, coarse=False):
    """(Rivals in units of sqrt(gamma), weights): the finer rule, or one to compare it with.

    >>> found, weights = rival_rule(4, True, 1.0)
    >>> round(float(weights.sum()), 12), found.gaps.shape[1]
    (1.0, 3)
    """
    # the law of the largest has a kink at the gap from which it exceeds g, hence short panels
    parts = _PARTS[classes] if of_largest else 1
    gap, weight = _graded(root, _NODES[classes][coarse], parts)
    lattice = np.meshgrid(*[gap] * (classes - 2), indexing="ij")
    gaps = np.stack([part.ravel() for part in lattice], axis=1)
    weights = math.prod(np.meshgrid(*[weight] * (classes - 2), indexing="ij")).ravel()
    depth = np.concatenate([np.zeros((len(gaps), 1)), np.cumsum(gaps, axis=1)], axis=1)
    top = depth.mean(axis=1)
    squares = ((depth - top[:, None]) ** 2).sum(axis=1)
    weights = weights * np.exp(-squares / 2.0)
    weights /= weights.sum()
    if of_largest:
        from scipy.special import ndtr

        weights = weights * classes * ndtr(-top / math.sqrt(classes / (classes - 1.0)))
    kept = weights > 1e-20
    return Rivals(np.ascontiguousarray(depth[kept]), top[kept]), weights[kept]


def _graded(root, nodes, parts):
    """Nodes and weights on (0, 14): panels that double in length from 2/root to 64/root, then
    whole ones; between the two nothing turns, for a wider gap no longer changes a fraction.
    """
    near = [n / root for n in (0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)]
    far = np.arange(1.0, _FARTHEST + 1.0)
    edges = np.array([*near, *far[far > 1.1 * near[-1]]] if near[-1] < _FARTHEST else near)
    edges = np.unique(np.minimum(edges, _FARTHEST))
    edges = np.concatenate(
        [np.linspace(a, b, _pieces(a, b, root, parts), False) for a, b in pairwise(edges)]
        + [edges[-1:]]
    )
    x, w = np.polynomial.legendre.leggauss(nodes)
    half, middle = np.diff(edges)[:, None] / 2.0, (edges[1:] + edges[:-1])[:, None] / 2.0
    return (middle + half * x).ravel(), (half * w).ravel()


def _pieces(start, end, root, parts):
    return max(math.ceil(end - start), parts if start * root < 16.0 else 1)
