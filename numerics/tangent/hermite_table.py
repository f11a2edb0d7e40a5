r"""Hermite coefficients of phi(sqrt(q) Z) on a range of variances.

By Mehler's formula the normalised kernel of two variances is

    G(q1, q2, c) / sqrt(W(q1) W(q2)) = sum_n a_n(q1) a_n(q2) c^n,   sum_n a_n(q)^2 = 1,

and its slope in c is the termwise derivative: one table of a_n in log q serves all pairs.  For
phi - E phi the sums start at n = 1.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..gaussian_panels import gauss_legendre
from .moments import is_centred, moments_at

__all__ = ["HermiteTable", "hermite_table"]

_GAUSS_X, _GAUSS_W = gauss_legendre(16)
_TOLERANCE = 2e-14
_MOST_NODES = 96
_REFINEMENTS = 7


@dataclass(frozen=True, eq=False)
class HermiteTable:
    """a_n at Chebyshev nodes ``u`` of log q: ``values[node, n]``, and ``slope`` = sum n a_n^2."""

    u: np.ndarray
    values: np.ndarray
    slope: np.ndarray
    resolved: bool

    def at(self, q):
        """a_n for an array of variances: [variance, n]."""
        size = self.u.size
        if size == 1:
            return np.repeat(self.values, q.size, axis=0)
        barycentric = (-1.0) ** np.arange(size) * np.sin(np.pi * (np.arange(size) + 0.5) / size)
        distance = np.log(q)[:, None] - self.u
        distance[distance == 0.0] = 1e-300
        weights = barycentric / distance
        return (weights / weights.sum(axis=1, keepdims=True)) @ self.values

    def terms(self, largest):
        """How many terms give f and its slope to 1e-14 up to |c| = ``largest``, or None."""
        n = np.arange(self.values.shape[1])
        known = (n * self.values**2).sum(axis=1)
        finite = np.isfinite(self.slope)
        unknown = np.abs(1.0 - (self.values**2).sum(axis=1)) * n[-1]  # if the sum diverges
        rest = np.where(finite, np.abs(np.where(finite, self.slope, 0.0) - known), unknown)
        with np.errstate(under="ignore"):
            sizes = n * self.values**2 * largest ** np.maximum(n - 1.0, 0.0)
            beyond = rest * largest ** n[-1]
        left = np.cumsum(sizes[:, ::-1], axis=1)[:, ::-1] + beyond[:, None]
        scale = np.where(finite, np.maximum(self.slope, 1.0), 1.0)
        good = (left <= _TOLERANCE * scale[:, None]).all(axis=0)
        return int(good.argmax()) if good.any() else None


def hermite_table(activation, lowest, highest, terms):
    """The table for variances in [``lowest``, ``highest``] with ``terms`` coefficients."""
    middle, half = np.log(lowest * highest) / 2, np.log(highest / lowest) / 2
    size = 1 if half < 1e-15 else 6
    while True:
        u = middle + half * np.cos(np.pi * (np.arange(size) + 0.5) / size)
        q = np.exp(u)
        w, d = moments_at(activation, q)
        pairs = zip(q.tolist(), w.tolist(), strict=True)
        values = np.array([_coefficients(activation, *pair, terms) for pair in pairs])
        settled = size == 1 or _settled(values)
        if settled or size >= _MOST_NODES:
            break
        size *= 2
    return HermiteTable(u, values / np.sqrt(w)[:, None], q * d / w, settled)


def _settled(values):
    """Whether the last Chebyshev coefficients in log q are rounding."""
    size = len(values)
    angles = np.pi * (np.arange(size) + 0.5) / size
    last = [np.abs(np.cos(k * angles) @ values).max() / size for k in (size - 2, size - 1)]
    return max(last) <= 2e-15 * np.abs(values).max()


def _coefficients(activation, q, second, terms):
    """E phi(sqrt(q) Z) He_n(Z)/sqrt(n!) for n < terms."""
    root = np.sqrt(q)
    scale = 2.0 ** np.ceil(np.log2(max(root, 1.0)))
    places = [jump.place / root for jump in activation.jumps if jump.place != 0.0]
    rule = _uncached_rule if places else _rule
    phi, centred = activation.jet[0], is_centred(activation)
    phi = activation.centred if centred else phi
    for _ in range(_REFINEMENTS):
        kind = "singular" if activation.is_singular else "kinked" if activation.jumps else "smooth"
        z, weight, polynomials = rule(terms, scale, kind, tuple(places))
        values = phi(root * z)
        mean = weight @ values if centred else 0.0
        if abs(weight @ values**2 - mean**2 - second) <= 1e-13 * second:
            break
        scale *= 2.0  # phi varies on a shorter scale than the nodes
    found = polynomials @ values
    if centred:
        found[0] = 0.0
    return found


def _uncached_rule(terms, scale, kind, places):
    """Nodes, Gaussian weights, and the weights of all Hermite functions [n, node]."""
    z, weight = (
        _equidistant(terms, scale) if kind == "smooth" else _panels(terms, scale, kind, places)
    )
    half = np.exp(-z * z / 4)
    return z, weight * half * half, _hermite(z, terms) * (weight * half)


_rule = lru_cache(maxsize=8)(_uncached_rule)


def _equidistant(terms, scale):
    """Enough for analytic phi: the rule converges exponentially in the number of nodes."""
    step = 0.1 / scale
    count = int(np.ceil((np.sqrt(4.0 * terms + 2.0) + 7.0) / step))
    z = np.arange(-count, count + 1) * step
    return z, np.full(z.size, step / np.sqrt(2 * np.pi))


def _panels(terms, scale, kind, places):
    """Panels that resolve the oscillation of the polynomials and phi, split at its breaks."""
    reach = np.sqrt(4.0 * terms + 2.0) + 7.0
    width = min(0.75, 12.0 / np.sqrt(terms))
    edges = np.arange(-np.ceil(reach / width), np.ceil(reach / width) + 1) * width
    fine = np.array([0.25, 0.5, 1.0, 1.75, 2.75, 4.0, 6.0, 9.0, 13.0, 19.0]) / scale
    fine = fine[fine < reach]
    breaks = np.array([b for b in places if abs(b) < reach])
    breaks = np.append(breaks, 0.0)
    if kind == "singular":  # panels that shrink towards the poles of phi'
        steps = 2.0 ** -np.arange(1, 45)
        breaks = np.concatenate([breaks, *(b + s * steps for b in breaks for s in (-1, 1))])
    edges = np.unique(np.concatenate([edges, fine, -fine, breaks]))
    half = np.diff(edges)[:, None] / 2
    z = edges[:-1, None] + half * (1 + _GAUSS_X)
    return z.ravel(), (half * _GAUSS_W).ravel() / np.sqrt(2 * np.pi)


def _hermite(z, terms):
    """He_n(z)/sqrt(n!) exp(-z^2/4), which neither overflows nor loses the tails."""
    table = np.empty((terms, z.size))
    table[0] = np.exp(-z * z / 4)
    if terms > 1:
        table[1] = z * table[0]
    for n in range(1, terms - 1):
        table[n + 1] = (z * table[n] - np.sqrt(n) * table[n - 1]) / np.sqrt(n + 1)
    return table
