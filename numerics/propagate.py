r"""Variance and correlation of two inputs through the layers of a wide random network.

    q_{l+1} = sigma_b2 + sigma_w2 W(q_l)
    1 - c_{l+1} = sigma_w2 [W(q_l) - G(q_l, c_l)] / q_{l+1}

with W = E phi^2 and G = E phi(X) phi(Y) at variance q_l and correlation c_l.  The second line is
exact whatever sigma_b2 is, and delta = 1 - c is what is iterated: on correlation tables that give
W - G to full relative accuracy, with compensated sums and chi_1 - 1 to full accuracy, so that
10^6 critical layers lose no digit.  While q still moves, tables are interpolated in log q; a
homogeneous activation needs one table for all q.
"""

import math
from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from .correlation_map import CorrelationMap
from .correlation_surface import correlation_surface
from .correlation_table import correlation_table
from .exact_excess import exact_excess
from .fixed_point import fixed_points
from .input import variance_pair
from .kernels import load_driver
from .numeric_activation import numeric_activation
from .result import Provenance, Result, write_csv

__all__ = ["Trajectory", "propagate"]

#: A correlation surface costs about as much as this many direct evaluations.
_FEW = 24

#: Below this variance a float no longer holds E phi^2 to full accuracy.
_LOWEST = 1e-290


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Result):
    """Layers 0..depth along the first axis: ``q``, and ``one_minus_c`` if a correlation was given.

    ``statement`` says what the variance did; relative accuracy of both is about 1e-14 per factor
    by which the map expands errors.
    """

    activation: str
    sigma_w2: float
    sigma_b2: float
    q: np.ndarray
    one_minus_c: np.ndarray | None
    statement: str
    provenance: Provenance

    @property
    def c(self):
        """The correlation."""
        return None if self.one_minus_c is None else 1.0 - self.one_minus_c

    @property
    def depth(self):
        """The number of maps applied."""
        return self.q.shape[0] - 1

    def __len__(self):
        return self.q.shape[0]

    def __repr__(self):
        return (
            f"Trajectory({self.activation}, sigma_w2={self.sigma_w2:g}, "
            f"sigma_b2={self.sigma_b2:g}, depth={self.depth})"
        )

    def __str__(self):
        q = self.q.reshape(len(self), -1)[:, 0]
        lines = [repr(self), f"  {self.statement}", "  layer            q              1 - c"]
        gap = None if self.one_minus_c is None else self.one_minus_c.reshape(len(self), -1)[:, 0]
        for layer in sorted({0, *(10**k for k in range(12) if 10**k < self.depth), self.depth}):
            last = "" if gap is None else f"  {gap[layer]:.12e}"
            lines.append(f"  {layer:>8}  {q[layer]:.12g}{last}")
        return "\n".join(lines)

    def plot(self, ax=None):
        """1 - c (or q) against the layer, logarithmically; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        values = self.q if self.one_minus_c is None else self.one_minus_c
        ax.loglog(np.arange(1, len(self)), values.reshape(len(self), -1)[1:])
        ax.set(
            xlabel=r"layer $\ell$",
            title=self.activation,
            ylabel=r"$q_\ell$" if self.one_minus_c is None else r"$1 - c_\ell$",
        )
        return ax

    def to_xarray(self):
        """An xarray Dataset over the layer and the axes of the inputs."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        axes = ("layer", *(f"input_{k}" for k in range(self.q.ndim - 1)))
        data = {"q": (axes, self.q)}
        if self.one_minus_c is not None:
            data["one_minus_c"] = (axes, self.one_minus_c)
        return xarray.Dataset(data, coords={"layer": np.arange(len(self))})

    def to_csv(self, path):
        """One row per layer (one input only)."""
        if self.q.ndim != 1:
            raise InputError("to_csv: this trajectory holds several inputs; use to_xarray or save")
        columns = {"layer": np.arange(len(self)), "q": self.q}
        if self.one_minus_c is not None:
            columns |= {"c": self.c, "one_minus_c": self.one_minus_c}
        write_csv(path, columns)
        return path


def propagate(model, sigma_w2, sigma_b2=0.0, depth=100, q0=None, c0=None, one_minus_c0=None):
    """Follow q and c through ``depth`` layers from ``q0`` and ``c0`` (numbers or arrays).

    ``q0`` defaults to the smallest attracting fixed point; ``one_minus_c0`` may be given instead
    of ``c0`` for nearly equal inputs.  ``sigma_w2`` and ``sigma_b2`` may be exact SymPy numbers,
    which matters on the critical line.  Raises ``InputError`` for correlations outside [-1, 1]
    and if there is no fixed point to start from.

    >>> relu = propagate("relu(x)", 2, 0, depth=1, c0=0.0)
    >>> abs(relu.c[1] - 1 / np.pi) < 1e-15
    np.True_
    """
    weight, bias = variance_pair(sigma_w2, sigma_b2, "propagate")
    activation = numeric_activation(model)
    depth = _depth(depth)
    gap = _gap(c0, one_minus_c0)
    q, gap = _start(activation, weight, bias, q0, gap)
    shape = q.shape
    path, settled, statement = _variances(activation, weight, bias, q.ravel(), depth)
    statement += _underflow(activation, path)
    gaps = None
    if gap is not None:
        walker = _scale_free if activation.homogeneity is not None else _general
        gaps = np.empty((depth + 1, gap.size))
        gaps[0] = gap.ravel()
        walker(activation, (weight, bias), (sigma_w2, sigma_b2), path, settled, gaps)
        gaps = gaps.reshape(depth + 1, *shape)
    provenance = Provenance.of(
        "propagate",
        activation.name,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        depth=depth,
        q0=q0,
        c0=c0,
        one_minus_c0=one_minus_c0,
    )
    return Trajectory(
        activation.name, weight, bias, path.reshape(depth + 1, *shape), gaps, statement, provenance
    )


def _depth(depth):
    try:
        layers = -1 if isinstance(depth, (bool, str)) else int(depth)
        whole = layers >= 0 and layers == depth
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise InputError(f"propagate: depth = {depth!r} must be a whole number of layers, >= 0")
    return layers


def _gap(c0, one_minus_c0):
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


def _start(activation, weight, bias, q0, gap):
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


def _variances(activation, weight, bias, start, depth):
    """q along the layers for a vector of starts, and the layer from which each is constant."""
    path = np.empty((depth + 1, start.size))
    path[0] = start
    settled = np.full(start.size, depth, dtype=int)
    degree = activation.homogeneity
    unit = float(activation.W(1.0)) if degree is not None else None
    active = np.ones(start.size, dtype=bool)
    for layer in range(depth):
        q = path[layer]
        with np.errstate(over="ignore"):
            w = unit * q**degree if degree is not None else _second_moment(activation, q)
            new = bias + weight * w
        still = np.abs(new - q) <= 4.5e-16 * q
        settled[active & still] = layer
        active &= ~still
        path[layer + 1] = np.where(active, new, q)
        if not active.any() or not np.isfinite(new[active]).any():
            path[layer + 1 :] = path[layer + 1]
            break
    return path, settled, _story(path, settled)


def _second_moment(activation, q):
    w = np.where(q == 0.0, activation.at_zero**2, np.inf)
    fine = np.isfinite(q) & (q > 0.0)
    if fine.any():
        w[fine] = activation.W(q[fine])
    return w


def _story(path, settled):
    last, depth = path[-1], len(path) - 1
    if depth == 0:
        return "no layer was applied"
    if np.isinf(last).any():
        layer = int(np.isinf(path).any(axis=1).argmax())
        return f"q exceeds the range of floats from layer {layer} on"
    if (settled < depth).all():
        layer = int(settled.max())
        return "q is constant" if layer == 0 else f"q has settled after {layer} layers"
    return "q still moves at the last layer"


def _underflow(activation, path):
    """What is said, and done, about c where q is next to nothing."""
    layer = min((_first_low(q) for q in path.T), default=len(path))
    if layer == len(path):
        return ""
    if activation.homogeneity is not None and activation.at_zero == 0.0:
        fate = "c does not depend on q"
    elif _bends_at_zero(activation):
        fate = "c follows the map of the one-sided tangents of the activation at 0"
    else:
        fate = "c is held"
    return f"; q is below {_LOWEST:g} from layer {layer} on, where {fate}"


def _bends_at_zero(activation):
    """Whether phi(0) = 0 with different slopes on the two sides."""
    jumps = [jump.sizes for jump in activation.jumps if jump.place == 0.0]
    return any(sizes[0] == 0.0 and 0.0 < abs(sizes[1]) < math.inf for sizes in jumps)


def _first_low(q):
    """The layer from which q stays below the smallest usable variance, len(q) if none."""
    high = np.flatnonzero(~(q < _LOWEST))
    return int(high[-1]) + 1 if high.size else 0


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
    excess = 0.0 if degree == 1.0 else _homogeneous_excess(degree)
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


def _homogeneous_excess(degree):
    """q E phi'^2/E phi^2 - 1 = p^2/(2p - 1) - 1 = (p - 1)^2/(2p - 1)."""
    return (degree - 1.0) ** 2 / (2.0 * degree - 1.0)


def _general(activation, numbers, given, path, settled, gaps):
    """Layer by layer on interpolated tables while q moves, then the compiled iteration."""
    if CorrelationMap(activation, float(path[0, 0])).level == 0:
        _by_product(activation, numbers, path, gaps)
        return
    driver = load_driver("correlation")
    lengths = [min(n, _first_low(path[:, k]) - 1) for k, n in enumerate(settled)]
    losses = _Losses(
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
        if low and not (_bends_at_zero(activation) and q >= _LOWEST):
            gaps[moving:, column] = gaps[moving, column]
            continue
        if (q, low) not in tables:
            table = correlation_table(activation, q)
            if low:  # the tangents at 0 are homogeneous of degree 1, whatever sigma_w2 is
                tables[q, low] = table, 0.0, q / float(activation.W(q))
            else:
                tables[q, low] = table, _excess(activation, numbers, given, q), numbers[0]
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


def _excess(activation, numbers, given, q):
    if not activation.has_slope:
        return math.inf
    weight = numbers[0]
    chi_q, chi_1 = weight * float(activation.S(q)), weight * float(activation.D(q))
    return exact_excess(activation, q, *given, chi_q, chi_1)


class _Losses:
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
            if path[layer + 1, column] < _LOWEST:
                gaps[layer + 1 :, column] = delta
                break
            loss = weight * source.loss(delta)
            gaps[layer + 1, column] = min(max(loss / path[layer + 1, column], 0.0), 2.0)
