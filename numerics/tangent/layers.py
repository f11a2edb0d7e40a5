r"""What every layer of a kernel matrix needs to know of the inputs' variances.

For input i the shares of skip, weights and bias in its next variance are the squares of a unit
vector (s_i, w_i, b_i), and with the normalised kernel f and its slope f',

    1 - c' = |v_i - v_j|^2 / 2 + s_i s_j (1 - c) + w_i w_j (1 - f(c)),
    k'     = (s_i s_j + w_i w_j f'(c)) k + w_i w_j f(c) + b_i b_j,     k = K / sqrt(q_i q_j),

in which nothing cancels.  Weights of correlation kappa leave the variance of phi and (1 - kappa)
of its squared mean: then w and f are those of phi - E phi, and the unit vector has one more entry
for (1 - kappa) (E phi)^2, whose products the source in k' has too (or those for n (E phi)^2, where
the weights themselves are trained).  A homogeneous phi has one f for all variances; otherwise f
comes from tables in log q where the variances agree to 1e-7, and from Hermite series before.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError

from ..correlation_surface import correlation_surface
from ..kernels import load_driver
from .hermite_table import hermite_table
from .moments import is_centred, means_at, moments_at
from .rates import has_unit_table, rates_at, rates_of

__all__ = ["Layer", "layer_of", "layers_of_matrix"]

#: Relative spreads of variances below which they count as equal, or are interpolated linearly.
_EQUAL, _CLOSE = 2e-14, 1e-7
_TERMS = (128, 512)
_NONE = np.empty((0, 18))


@dataclass(frozen=True, eq=False)
class Layer:
    """The step from variances ``q`` to ``new``; ``shares`` has rows s, w, b and the source's.

    With correlated weights two more: that of the mean, and its place in the source.
    """

    activation: object
    q: np.ndarray
    new: np.ndarray
    shares: np.ndarray
    slope: np.ndarray
    tables: dict

    def product(self, row, rows, columns):
        """The products of a row of the shares, times the roots of the next variances."""
        part = self.shares[row] * np.sqrt(self.new)
        return part[rows, None] * part[columns]

    def maps(self, delta, rows, columns):
        """(1 - f, f') of a tile of 1 - c for two slices of the inputs."""
        gap, slope = np.empty((2, *delta.shape))
        driver = load_driver("tangent_matrix")
        if self._mode != "series":
            driver.by_table(delta, *self._table(rows, columns), gap, slope)
            return gap, slope
        largest = driver.largest(delta, self.q[rows], self.q[columns])
        table, terms = self._series(largest)
        c_limit = 1.0
        if terms is None:  # no series converges there: single kernels by their own formulas
            terms, c_limit = self._reach
        left, right = self._coefficients(table, rows, columns)
        driver.by_series(delta, left, right, terms, gap, slope)
        if c_limit < 1.0:
            self._refine(delta, rows, columns, c_limit, gap, slope)
        own = self.slope[rows]
        driver.equal_inputs(delta, self.q[rows], self.q[columns], own, gap, slope)
        return gap, slope

    @cached_property
    def _mode(self):
        activation = self.activation
        if activation.homogeneity is not None:
            return "homogeneous" if has_unit_table(activation) else "series"
        spread = self.q.max() / self.q.min() - 1.0
        if any(np.isinf(jump.sizes[1]) for jump in activation.jumps):
            return "series"
        return "equal" if spread <= _EQUAL else "close" if spread <= _CLOSE else "series"

    def _table(self, rows, columns):
        """The arguments of the compiled function between delta and the outputs."""
        if "rates" not in self.tables:
            self.tables["rates"] = self._rates()
        rates, ratio, slopes, top, norm = self.tables["rates"]
        u = self._place
        sign = 1.0 if rates.level == 2 else -1.0
        return (*rates.arrays, ratio, slopes, top, norm, u[rows], u[columns], sign)

    def _rates(self):
        activation = self.activation
        at = np.array([self.q.min(), self.q.max()])
        if self._mode == "close":
            surface = correlation_surface(activation, *np.log(at), nodes=2)
            low, high = (rates_of(surface.at(v)) for v in at)
            return low, high.ratio, high.slope, *self._top(low, at)
        v = 1.0 if self._mode == "homogeneous" else float(np.median(self.q))
        rates = rates_at(activation, v)
        return rates, _NONE, _NONE, *self._top(rates, np.array([v]))

    def _top(self, rates, at):
        top = self.activation.D(at) if rates.level == 2 else np.zeros(at.size)
        return np.asarray(top, float), at / self.activation.W(at)

    @cached_property
    def _place(self):
        """log q on [0, 1] between the least and the largest variance."""
        if self._mode != "close":
            return np.zeros(self.q.size)
        u = np.log(self.q / self.q.min())
        return u / u.max()

    def _series(self, largest):
        for terms in _TERMS:
            table = self._hermite(terms)
            found = table.terms(largest)
            if found is not None:
                return table, max(found, 1)
        return table, None

    def _hermite(self, terms):
        if terms not in self.tables:
            ends = float(self.q.min()), float(self.q.max())
            self.tables[terms] = hermite_table(self.activation, *ends, terms)
        return self.tables[terms]

    def _coefficients(self, table, rows, columns):
        key = "left", table.values.shape[1]
        if key not in self.tables:
            every = table.at(self.q)
            self.tables[key] = every, np.ascontiguousarray(every.T)
        left, right = self.tables[key]
        return np.ascontiguousarray(left[rows]), np.ascontiguousarray(right[:, columns])

    @cached_property
    def _reach(self):
        """The largest table, and up to which |c| it is accurate."""
        table = self._hermite(_TERMS[-1])
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if table.terms(middle) is not None else (low, middle)
        return _TERMS[-1], low

    def _refine(self, delta, rows, columns, limit, gap, slope):
        """f and f' pair by pair where the series does not reach."""
        product, rate = _single_kernels(self.activation)
        apart = (delta > 0.0) | (self.q[rows, None] != self.q[columns])
        i, j = np.nonzero((np.abs(1.0 - delta) > limit) & apart)
        q1, q2, c = self.q[rows][i], self.q[columns][j], 1.0 - delta[i, j]
        size = np.sqrt(self.activation.W(q1) * self.activation.W(q2))
        common = 0.0
        if is_centred(self.activation):
            common = means_at(self.activation, q1) * means_at(self.activation, q2)
        gap[i, j] = 1.0 - (product(q1, q2, c) - common) / size
        slope[i, j] = rate(q1, q2, c) * np.sqrt(q1 * q2) / size


def _single_kernels(activation):
    """E phi phi and E phi'phi' of (q1, q2, rho), compiled."""
    from theory.gaussian import E2
    from theory.symbols import q1, q2, rho

    from ..compile import compile

    kernel = activation.exact.kernel
    slope = kernel.diff(rho) / (q1 * q2) ** 0.5
    derivative = activation.exact.activation
    if not activation.jumps or all(jump.sizes[0] == 0.0 for jump in activation.jumps):
        slope = E2(derivative.derivative(1), derivative.derivative(1), q1, q2, rho)
    return (compile(e, [q1, q2, rho]) for e in (kernel, slope))


def layers_of_matrix(activation, rule, q):
    """The layers of all maps of a rule from the variances ``q`` of the inputs."""
    found = []
    for g in np.broadcast_to(rule.branch(), rule.depth):
        found.append(layer_of(activation, rule, g, q))
        q = found[-1].new
    return found


def layer_of(activation, rule, g, q):
    """The layer of branch weight ``g`` from variances ``q``; InputError where they overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        w, d = moments_at(activation, q)
        mean = means_at(activation, q) if is_centred(activation) else None
        total = w if mean is None else w + (1.0 - rule.correlation) * mean**2
        new = rule.keep * q + g * (rule.bias + rule.weight * total)
    if not (np.isfinite(new).all() and (new > 0).all()):
        raise InputError(
            "ntk_matrix: the variances leave the range of floats in one of the layers; take "
            "fewer layers or a sigma_w2 nearer to its critical value"
        )
    bias = np.full(q.size, g * rule.bias) / new
    source = bias if rule.fan_in is None else g / new
    shares = np.sqrt(np.array([rule.keep * q / new, g * rule.weight * w / new, bias, source]))
    if mean is not None:
        mean = np.sqrt(g * rule.weight / new) * mean
        part = 1.0 - rule.correlation
        shares = np.vstack([shares, np.outer(np.sqrt([part, rule.mean_gain]), mean)])
    return Layer(activation, q, new, shares, d * q / w, {})
