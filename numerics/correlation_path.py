r"""1 - c of two inputs through the layers, given their variances.

    1 - c_{l+1} = (s^2 q_l (1 - c_l) + sigma_w2 [W(q_l) - G(q_l, c_l)]) / q_{l+1}

is exact whatever sigma_b2 is and however the weights are correlated (s is the skip connection),
and delta = 1 - c is what is iterated: on correlation tables that give W - G to full relative
accuracy, with compensated sums and chi_1 - 1 to full accuracy, so that 10^6 critical layers lose
no digit.  While q still moves, tables are interpolated in log q; a homogeneous activation needs
one table for all q.
"""

import math

import numpy as np

from .correlation_map import CorrelationMap
from .correlation_surface import correlation_surface
from .correlation_table import correlation_table
from .exact_excess import exact_excess
from .far_tails import first_far, tails
from .kernels import load_driver
from .variance_path import LOWEST, bends_at_zero, first_low

__all__ = ["Losses", "correlation_path", "excess_of", "homogeneous_excess", "homogeneous_steps"]

#: A correlation surface costs about as much as this many direct evaluations.
_FEW = 24

#: Reach of tables for correlations that are not negative: a right angle and a little.
_RIGHT = 1.6


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
    """Homogeneous phi: G(q, c) = q^p G(1, c), one table at q = 1 serves every layer."""
    source = CorrelationMap(activation, 1.0)
    if source.level == 0:
        _by_product(activation, numbers, path, gaps)
        return
    table = correlation_table(activation, 1.0)
    for column in range(gaps.shape[1]):
        q, start = path[:, column], settled[column]
        drift, gain = homogeneous_steps(activation, numbers, q[:-1], table.level)
        if start < q.size - 1 and numbers[1] > 0.0 and table.level == 2:
            last = float(q[-1])
            drift[start:] = excess_of(activation, numbers, given, last)
            gain[start:] = numbers[0] * last ** (activation.homogeneity - 1.0)
        _iterate(table, drift, gain, gaps[:, column])


def homogeneous_steps(activation, numbers, q, level):
    """drift and gain of compiled/correlation.py for each of the variances q.

    With f = sigma_w2 W(q)/q', which does not overflow when written as below,
    1 - c' = (s^2 q/q' + f (1 + e)) delta - f J/W(1), e = q D/W - 1.
    """
    (weight, bias), keep = numbers, activation.layer.keep
    degree, unit = activation.homogeneity, float(activation.W(1.0))
    own = unit or np.inf  # a branch of variance 0 loses no correlation
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        rise = weight * unit * q ** (degree - 1.0)
        share = bias / (rise * q) if bias > 0.0 else 0.0
        kept = keep / rise if keep > 0.0 else 0.0
        f = 1.0 / (1.0 + share + kept) + np.zeros_like(q)
        if level == 2:
            offset = 1.0 / (1.0 + (keep + rise) * q / bias) if bias > 0.0 else 0.0
            return f * homogeneous_excess(degree, activation.moments) - offset, f / own
        hold = 1.0 / (1.0 + rise / keep + bias / (keep * q)) if keep > 0.0 else 0.0
        return hold + np.zeros_like(q), f / own


def homogeneous_excess(degree, moments=None):
    """q D/W - 1; for independent weights p^2/(2p - 1) - 1 = (p - 1)^2/(2p - 1)."""
    excess = (degree - 1.0) ** 2 / (2.0 * degree - 1.0)
    if moments is None or moments.lost == 0.0 or moments.second == 0.0:
        return excess  # second = 0: a constant at kappa = 1, which no input changes
    return (excess * (moments.second + moments.lost) + moments.lost) / moments.second


def _iterate(table, drift, gain, gap):
    """Fill gap[1:] from gap[0] by the compiled loop."""
    rest = np.ascontiguousarray(gap[:, None])
    steps = (np.atleast_1d(np.asarray(a, dtype=float)) for a in (drift, gain))
    load_driver("correlation").iterate(
        table.edges, table.series, table.level, table.exponent, *steps, rest
    )
    gap[:] = rest[:, 0]


def _general(activation, numbers, given, path, settled, gaps):
    """Layer by layer on interpolated tables while q moves, then the compiled iteration."""
    if CorrelationMap(activation, float(path[0, 0])).level == 0:
        _by_product(activation, numbers, path, gaps)
        return
    lengths = [min(n, first_low(path[:, k]) - 1) for k, n in enumerate(settled)]
    ends = [first_far(activation, path[:, k], *numbers) for k in range(len(lengths))]
    lengths = list(map(min, lengths, ends))
    losses = Losses(
        activation, np.concatenate([path[: max(n, 0) + 1, k] for k, n in enumerate(lengths)])
    )
    tables = {}
    reach = np.pi if (gaps[0] > 1.0).any() else _RIGHT  # C >= 0 wherever c >= 0
    weight = numbers[0]
    for column, moving in enumerate(lengths):
        low = moving < settled[column]
        moving = max(moving, 0)
        _transient(weight, losses, path[: moving + 1, column], gaps[: moving + 1, column])
        if moving == len(path) - 1:
            continue
        q = float(path[moving, column])
        if moving == ends[column]:
            tail = tails(activation)
            if tail == "flat":
                gaps[moving:, column] = gaps[moving, column]
                continue
            table = correlation_table(tail, 1.0)
            steps = homogeneous_steps(tail, numbers, path[moving:-1, column], table.level)
            _iterate(table, *steps, gaps[moving:, column])
            continue
        if low and not (bends_at_zero(activation) and q >= LOWEST):
            gaps[moving:, column] = gaps[moving, column]
            continue
        if (q, low) not in tables:
            table = correlation_table(activation, q, reach)
            if low:
                tables[q, low] = table, *_tangent_step(activation, numbers, table.level)
            elif table.level == 2:
                tables[q, low] = table, excess_of(activation, numbers, given, q), weight
            else:
                tables[q, low] = table, activation.layer.keep, weight
        _iterate(*tables[q, low], gaps[moving:, column])


def _tangent_step(activation, numbers, level):
    """drift and gain where q is next to nothing: the tangents at 0 are of degree 1."""
    keep, slope = activation.layer.keep, activation.slope_at_zero
    branch = numbers[0] * slope
    if level == 2:
        lost = activation.gradient_at_zero - slope
        return branch / (keep + branch) * lost / slope, branch / (keep + branch) / slope
    return keep / (keep + branch), branch / (keep + branch) / slope


def excess_of(activation, numbers, given, q):
    """chi_1 - 1 at a fixed point q."""
    if not activation.has_slope:
        return math.inf
    if hasattr(activation, "correlation_source"):
        return 0.0  # its tables are of level 1, which takes no excess
    weight, keep = numbers[0], activation.layer.keep
    chi_q, chi_1 = (keep + weight * float(f(q)) for f in (activation.S, activation.D))
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


def _transient(weight, losses, q, gap):
    """Fill gap[1:] for variances q[0:] that still move; NaN once q has left the floats."""
    keep = losses.activation.layer.keep
    for layer in range(len(q) - 1):
        delta = gap[layer]
        if not np.isfinite(q[layer + 1]):
            gap[layer + 1 :] = np.nan if delta > 0.0 else 0.0
            return
        mean = losses.at(q[layer], delta) if delta > 0.0 else 0.0
        factor = q[layer] * (keep + weight * mean) / q[layer + 1]
        gap[layer + 1] = min(max(delta * factor, 0.0), 2.0)


def _by_product(activation, numbers, path, gaps):
    """Unbounded phi': W - G by differences, accurate to 1e-15 of W in each layer."""
    weight, keep, sources = numbers[0], activation.layer.keep, {}
    for column in range(gaps.shape[1]):
        for layer in range(len(path) - 1):
            q, delta = float(path[layer, column]), float(gaps[layer, column])
            if q not in sources:
                sources = {q: CorrelationMap(activation, q)}
            source = sources[q]
            if path[layer + 1, column] < LOWEST:
                gaps[layer + 1 :, column] = delta
                break
            loss = weight * source.loss(delta) + keep * q * delta
            gaps[layer + 1, column] = min(max(loss / path[layer + 1, column], 0.0), 2.0)
