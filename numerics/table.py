r"""The moments W, D and S of an activation as piecewise Chebyshev series in u = log q.

W(q) = E phi^2, D(q) = E phi'^2 and S(q) = W'(q), with phi at sqrt(q) Z, depend on q alone.  As
functions of log q their nearest singularities lie about pi away from the real axis, so panels of
width 1 and degree 17 reach 1e-14; a panel that does not is halved.  From the table of an
activation every phase grid is root finding on polynomials.

Fixed points of V(q) = sigma_b2 + sigma_w2 W(q) are read off sigma_b2 = B(q) = q - sigma_w2 W(q):
B turns exactly where S(q) = 1/sigma_w2, so the monotone pieces of S (found once) give, for every
sigma_w2, the monotone branches of B, on each of which there is one fixed point or none.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from theory.errors import DivergentExpectationError, PrecisionError

__all__ = ["DEGREE", "HIGHEST_LOG", "LOWEST_LOG", "MomentTable", "moment_table"]

DEGREE = 17
_PANEL = 1.0
_FINEST = 1.0 / 64
_START = (np.log(1e-9), np.log(1e5))
#: The table never reaches beyond these log q, about 1e-30 and 1e15.
LOWEST_LOG, HIGHEST_LOG = -69.0, 34.0
_TOLERANCE = 6e-15
_NOISE = 1e-12  #: a tail below this that halving does not reduce is rounding of the moments

_X = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
_TO_CHEBYSHEV = np.linalg.inv(chebyshev.chebvander(_X, DEGREE))
_TO_MONOMIAL = np.zeros((DEGREE + 1, DEGREE + 1))
for _k in range(DEGREE + 1):
    _TO_MONOMIAL[_k, : _k + 1] = chebyshev.cheb2poly(np.eye(DEGREE + 1)[_k, : _k + 1])


@dataclass(frozen=True, eq=False)
class MomentTable:
    """Panels ``edges`` in log q; ``series[p, k]`` holds W, D, S (k = 0, 1, 2) in powers of x.

    ``cells`` maps cell i of width 1/64 above ``edges[0]`` to its panel; ``accuracy`` is the
    largest neglected coefficient relative to the function.  ``turns`` are the places, in log q
    and with the two ends of the table, between which S is monotone.
    """

    edges: np.ndarray
    chebyshev: np.ndarray
    series: np.ndarray
    cells: np.ndarray
    turns: np.ndarray
    accuracy: float

    @property
    def arrays(self):
        """What the compiled drivers take of a table, in their order."""
        return self.edges, self.series, self.cells, self.turns

    @property
    def q_range(self):
        """The variances covered."""
        return float(np.exp(self.edges[0])), float(np.exp(self.edges[-1]))

    def evaluate(self, k, u):
        """W, D or S (k = 0, 1, 2) at an array of log q inside the table."""
        u = np.asarray(u, dtype=float)
        panel = np.clip(np.searchsorted(self.edges, u, side="right") - 1, 0, len(self.series) - 1)
        x = _local(self.edges, panel, u)
        total = np.zeros_like(x)
        for power in range(DEGREE, -1, -1):
            total = total * x + self.series[panel, k, power]
        return total

    def W(self, q):
        """E phi^2."""
        return self.evaluate(0, np.log(q))

    def D(self, q):
        """E phi'^2."""
        return self.evaluate(1, np.log(q))

    def S(self, q):
        """dW/dq."""
        return self.evaluate(2, np.log(q))


@lru_cache(maxsize=32)
def moment_table(activation, lower=_START[0], upper=_START[1]) -> MomentTable:
    """The table of a NumericActivation on [e^lower, e^upper], cut where a moment overflows.

    >>> from .numeric_activation import numeric_activation
    >>> table = moment_table(numeric_activation("erf(x)"))
    >>> abs(table.W(np.array([1.0]))[0] - 2 / np.pi * np.arcsin(2 / 3)) < 1e-14
    np.True_
    """
    lower, upper = max(lower, LOWEST_LOG), min(upper, HIGHEST_LOG)
    cells = np.arange(np.floor(lower / _PANEL), np.ceil(upper / _PANEL)) * _PANEL
    cells = cells[_answering(activation, cells) :]
    todo = [(left, left + _PANEL, 1.0) for left in cells]
    done, floor, ceiling = {}, -np.inf, np.inf
    while todo:
        values, finite = _sample(activation, todo)
        floor, ceiling = _usable(todo, finite, floor, ceiling)
        again = []
        for (left, right, parent), value, ok in zip(todo, values, finite, strict=True):
            if not ok or not floor <= left < ceiling:
                continue
            series = value @ _TO_CHEBYSHEV.T
            tail = _tail(series, value, np.exp((left + right) / 2))
            at_noise = tail < _NOISE and tail > parent / 4
            if tail <= _TOLERANCE or at_noise or right - left <= _FINEST:
                done[left, right] = series, tail
            else:
                middle = (left + right) / 2
                again += [(left, middle, tail), (middle, right, tail)]
        todo = again
    panels = sorted(panel for panel in done if floor <= panel[0] < ceiling)
    if not panels:
        raise DivergentExpectationError(
            f"the moments of {activation.name} were asked for on q in [{np.exp(lower):.0e}, "
            f"{np.exp(upper):.0e}] and none is a finite float; rescale the activation"
        )
    series, tails = zip(*(done[panel] for panel in panels), strict=True)
    return _assemble(panels, series, max(tails))


def _answering(activation, cells):
    """Index of the lowest cell whose moments can be had: small variances may cancel in phi.

    A refusal costs the quadrature many grids, so cells are not tried one by one.
    """

    def answers(index):
        try:
            return bool(np.isfinite(activation.W(np.exp(cells[index : index + 1]))).all())
        except (DivergentExpectationError, PrecisionError):
            return False

    low, high = 0, int(np.searchsorted(cells, -1.0))
    if high == 0 or answers(0):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if answers(middle) else (middle, high)
    return high


def _usable(panels, finite, floor, ceiling):
    """The interval around q = 1, or the place next to it, where all panels are finite."""
    bad = [panel for panel, ok in zip(panels, finite, strict=True) if not ok]
    good = [panel for panel, ok in zip(panels, finite, strict=True) if ok]
    centre = min((abs(panel[0]), panel[0]) for panel in good)[1] if good else 0.0
    floor = max([floor, *(panel[1] for panel in bad if panel[0] < centre)])
    ceiling = min([ceiling, *(panel[0] for panel in bad if panel[0] >= centre)])
    return floor, ceiling


def _sample(activation, panels):
    """W, D, S at the Chebyshev nodes of each panel, and which panels are finite throughout."""
    u = np.array([(a + b) / 2 + (b - a) / 2 * _X for a, b, _ in panels]).reshape(-1, DEGREE + 1)
    values = np.empty((len(panels), 3, DEGREE + 1))
    try:
        with np.errstate(all="ignore"):
            q = np.exp(u)
            values[:, 0] = activation.W(q)
            values[:, 1] = activation.D(q) if activation.has_slope else 0.0
            values[:, 2] = activation.S(q)
    except (DivergentExpectationError, PrecisionError, OverflowError):
        if len(panels) == 1:
            return values, np.zeros(1, bool)
        halves = [
            _sample(activation, part)
            for part in (panels[: len(panels) // 2], panels[len(panels) // 2 :])
        ]
        return tuple(np.concatenate(pair) for pair in zip(*halves, strict=True))
    if not np.isfinite(values[:, 1]).any():
        values[:, 1] = 0.0
    return values, np.isfinite(values).all(axis=(1, 2)) & (np.abs(values[:, 0]) < 1e300).all(
        axis=1
    )


def _tail(series, value, q):
    """The size of the last two coefficients relative to each function on the panel."""
    last = np.abs(series[:, -2:]).max(axis=1)
    scale = np.maximum(np.abs(value).min(axis=1), [1e-8 * q, 1e-8, 1e-8])
    scale[2] = max(np.abs(value[2]).max(), scale[0] / q) * 10.0
    return float((last / np.maximum(scale, 1e-300)).max())


def _assemble(panels, series, accuracy):
    edges = np.array([panel[0] for panel in panels] + [panels[-1][1]])
    series = np.array(series)
    fine = np.arange(edges[0], edges[-1] - _FINEST / 2, _FINEST) + _FINEST / 2
    cells = (np.searchsorted(edges, fine, side="right") - 1).astype(np.int32)
    monomial = series @ _TO_MONOMIAL
    monomial = np.ascontiguousarray(monomial)
    return MomentTable(edges, series, monomial, cells, _turns(edges, series), accuracy)


def _turns(edges, all_series):
    """Ends and significant extrema of S in log q, in order.

    S = d/dq E phi^2 may come from a difference of terms of size W/q, so what is below the rounding
    of those is noise.
    """
    slope_series = all_series[:, 2]
    candidates = [edges[0]]
    for panel, series in enumerate(slope_series):
        derivative = chebyshev.chebder(series)
        if abs(derivative[0]) <= np.abs(derivative[1:]).sum():
            roots = chebyshev.chebroots(chebyshev.chebtrim(derivative, 1e-14 * np.abs(series[0])))
            roots = roots[(np.abs(roots.imag) < 1e-7) & (np.abs(roots.real) < 1)].real
            half = (edges[panel + 1] - edges[panel]) / 2
            candidates += sorted(edges[panel] + half * (1 + roots))
        candidates.append(edges[panel + 1])
    places = np.array(candidates)
    panel = np.clip(np.searchsorted(edges, places, side="right") - 1, 0, len(slope_series) - 1)
    x = _local(edges, panel, places)
    values = np.array(
        [chebyshev.chebval(a, slope_series[p]) for a, p in zip(x, panel, strict=True)]
    )
    q = np.exp(places)
    noise = 2e-14 * all_series[panel, 0, 0] * (1 + np.sqrt(q)) / q + 1e-13 * np.abs(values)
    return places[_significant(values, noise)]


def _significant(values, noise):
    """Indices of the ends and of the extrema that stand out of rounding noise."""
    keep = [0]
    for i in range(1, len(values) - 1):
        if (values[i] - values[keep[-1]]) * (values[i + 1] - values[i]) <= 0:
            keep.append(i)
    keep.append(len(values) - 1)
    while len(keep) > 2:
        floor = np.maximum(noise[keep][1:], noise[keep][:-1])
        excess = np.abs(np.diff(values[keep])) - floor
        worst = int(np.argmin(excess))
        if excess[worst] > 0:
            break
        drop = {worst, worst + 1} - {0, len(keep) - 1}
        keep = [index for i, index in enumerate(keep) if i not in drop]
    alternating = [keep[0]]
    for before, here, after in zip(keep[:-2], keep[1:-1], keep[2:], strict=True):
        if (values[here] - values[before]) * (values[after] - values[here]) < 0:
            alternating.append(here)
    return [*alternating, keep[-1]]


def _local(edges, panel, u):
    left, right = edges[panel], edges[panel + 1]
    return (2 * u - (left + right)) / (right - left)
