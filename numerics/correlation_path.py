r"""1 - c of two inputs through the layers, given their variances.

    1 - c_{l+1} = sigma_w2 [W(q_l) - G(q_l, c_l)] / q_{l+1}

is exact whatever sigma_b2 is, and delta = 1 - c is what is iterated: on correlation tables that
give W - G to full relative accuracy, with compensated sums and chi_1 - 1 to full accuracy, so
that 10^6 critical layers lose no digit.  While q still moves, tables are interpolated in log q; a
homogeneous activation needs one table for all q.
"""

import math

import numpy as np

from .correlation_map import CorrelationMap
from .correlation_surface import correlation_surface
from .correlation_table import correlation_table
from .exact_excess import exact_excess
from .kernels import load_driver
from .variance_path import LOWEST, bends_at_zero, first_low

__all__ = ["Losses", "correlation_path", "excess_of", "homogeneous_excess"]

#: A correlation surface costs about as much as this many direct evaluations.
_FEW = 24


def correlation_path(activation, numbers, given, path, settled, start):
    """1 - c along the variances ``path`` (layers first) from the vector ``start``.

    ``numbers`` are sigma_w2 and sigma_b2 as floats, ``given`` as the user gave them; ``settled``
    holds the layer from which each variance is constant.
    """
    gaps = np.empty((len(path), start.size))
    gaps[0] = start
    walker = _scale_free if activation.homogeneity is not None else _general
    walker(activation, numbers, given, path, settled, gaps)
    return gaps


def _scale_free(activation, numbers, given, path, settled, gaps):
    """Homogeneous phi: G(q, c) = q^p G(1, c), one table at q = 1 serves every layer.

    1 - c' = f (W - G)(1, delta)/W(1) with f = sigma_w2 W(q)/q', which is 1 if sigma_b2 = 0.
    """
    source = CorrelationMap(activation, 1.0)
    if source.level == 0:
        _by_product(activation, numbers, path, gaps)
        return
    table = correlation_table(activation, 1.0)
    weight, bias = numbers
    degree, unit = activation.homogeneity, float(activation.W(1.0))
    excess = 0.0 if degree == 1.0 else homogeneous_excess(degree)
    driver = load_driver("correlation")
    for column in range(gaps.shape[1]):
        factor = np.ones(len(path) - 1)
        if bias > 0.0:
            with np.errstate(over="ignore", divide="ignore"):
                factor /= 1.0 + bias / (weight * unit * path[:-1, column] ** degree)
        one = np.ascontiguousarray(gaps[:, column : column + 1])
        driver.iterate(
            table.edges, table.series, table.level, table.exponent, excess, 1.0 / unit, factor, one
        )
        gaps[:, column] = one[:, 0]


def homogeneous_excess(degree):
    """q E phi'^2/E phi^2 - 1 = p^2/(2p - 1) - 1 = (p - 1)^2/(2p - 1)."""
    return (degree - 1.0) ** 2 / (2.0 * degree - 1.0)


def _general(activation, numbers, given, path, settled, gaps):
    """Layer by layer on interpolated tables while q moves, then the compiled iteration."""
    if CorrelationMap(activation, float(path[0, 0])).level == 0:
        _by_product(activation, numbers, path, gaps)
        return
    driver = load_driver("correlation")
    lengths = [min(n, first_low(path[:, k]) - 1) for k, n in enumerate(settled)]
    losses = Losses(
        activation, np.concatenate([path[: max(n, 0) + 1, k] for k, n in enumerate(lengths)])
    )
    tables = {}
    for column, moving in enumerate(lengths):
        low = moving < settled[column]
        moving = max(moving, 0)
        _transient(numbers, losses, path[: moving + 1, column], gaps[: moving + 1, column])
        if moving == len(path) - 1:
            continue
        q = float(path[moving, column])
        if low and not (bends_at_zero(activation) and q >= LOWEST):
            gaps[moving:, column] = gaps[moving, column]
            continue
        if (q, low) not in tables:
            table = correlation_table(activation, q)
            if low:  # the tangents at 0 are homogeneous of degree 1, whatever sigma_w2 is
                tables[q, low] = table, 0.0, q / float(activation.W(q))
            else:
                tables[q, low] = table, excess_of(activation, numbers, given, q), numbers[0]
        table, excess, weight = tables[q, low]
        rest = np.ascontiguousarray(gaps[moving:, column : column + 1])
        driver.iterate(
            table.edges,
            table.series,
            table.level,
            table.exponent,
            excess,
            weight,
            np.ones(len(rest)),
            rest,
        )
        gaps[moving:, column] = rest[:, 0]


def excess_of(activation, numbers, given, q):
    if not activation.has_slope:
        return math.inf
    weight = numbers[0]
    chi_q, chi_1 = weight * float(activation.S(q)), weight * float(activation.D(q))
    return exact_excess(activation, q, *given, chi_q, chi_1)


class Losses:
    """W - G along a path: by a surface in cells of log q with many layers, else one by one."""

    def __init__(self, activation, path):
        self.activation = activation
        u = np.log(path[np.isfinite(path) & (path > 0)])
        self.u, self.cells = u, np.floor(u)
        self.known = {}

    def at(self, q, delta):
        """(W - G)/(q delta) at one q and delta > 0."""
        cell = math.floor(math.log(q))
        if cell not in self.known:
            inside = self.u[self.cells == cell]
            self.known[cell] = (
                correlation_surface(self.activation, inside.min(), inside.max())
                if inside.size > _FEW
                else None
            )
        surface = self.known[cell]
        if surface is None:
            return CorrelationMap(self.activation, q).loss(delta) / (q * delta)
        ratio = float(surface.at(q).ratio(delta))
        return float(self.activation.D(q)) - ratio if surface.level == 2 else ratio


def _transient(numbers, losses, q, gap):
    """Fill gap[1:] for variances q[0:] that still move; NaN once q has left the floats."""
    for layer in range(len(q) - 1):
        delta = gap[layer]
        if not np.isfinite(q[layer + 1]):
            gap[layer + 1 :] = np.nan if delta > 0.0 else 0.0
            return
        mean = losses.at(q[layer], delta) if delta > 0.0 else 0.0
        gap[layer + 1] = min(max(numbers[0] * q[layer] * delta * mean / q[layer + 1], 0.0), 2.0)


def _by_product(activation, numbers, path, gaps):
    """Unbounded phi': W - G by differences, accurate to 1e-15 of W in each layer."""
    weight, sources = numbers[0], {}
    for column in range(gaps.shape[1]):
        for layer in range(len(path) - 1):
            q, delta = float(path[layer, column]), float(gaps[layer, column])
            if q not in sources:
                sources = {q: CorrelationMap(activation, q)}
            source = sources[q]
            if path[layer + 1, column] < LOWEST:
                gaps[layer + 1 :, column] = delta
                break
            loss = weight * source.loss(delta)
            gaps[layer + 1, column] = min(max(loss / path[layer + 1, column], 0.0), 2.0)
