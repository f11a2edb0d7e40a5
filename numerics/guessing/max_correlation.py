r"""The correlation map of a maximum over neurons, with nothing lost as c -> 1.

For k pairs (X_i, Y_i) of variance q and correlation cos t, m = max phi(X_i), m' = max phi(Y_i) and
G(x, y) = P(phi(X) < phi(x), phi(Y) < phi(y)),

    d/drho E m m' = q K(t),    K(t) = k E phi'(X) phi'(Y) G(X, Y)^(k-1),
    W - E m m' = q int_0^alpha K(t) sin t dt

(:mod:`theory.guessing.max_kernel`; deltas of phi' where phi jumps).  With a and b independent and
X, Y = sqrt(q) (cos(t/2) a ± sin(t/2) b) the integrand is smooth in b however small t is.  G is a
sum of bivariate normal distribution functions; their arguments in Owen's T, (s a - c b)/h with
h = c a + s b, s = sin(t/2), c = cos(t/2), do not cancel either.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from theory.errors import AssumptionError, PrecisionError

from ..correlation_table import find_edges, tabulate
from ..gaussian_panels import Feature, expectations, gauss_legendre, gaussian_nodes
from .bivariate_cdf import bivariate_cdf, both_below
from .level_measure import level_measure
from .max_covariance import MaxCovariance
from .pair_nodes import base_level, equidistant, graded

__all__ = ["MaxCorrelationMap"]

_PROBES = (0.04, 0.7, 1.9)
_MOST_TRAPEZOID = 3.0  #: standard deviations on the axis of phi for the equidistant rule
_TOLERANCE = 2e-14
_WORST = 1e-9
_BLOCK = 400_000
_NARROW = 0.35  #: angle to correlations 1 and -1 within which levels are not used
_MOST_LEVELS = 3
_LEVEL_TOLERANCE = 1e-13
_NEGLIGIBLE = 1e-21  #: share of the largest term below which no rank is computed
_GAUSS_X, _GAUSS_W = gauss_legendre(12)


class MaxCorrelationMap:
    """E m m' and its slope for a pooled activation at variance q > 0.

    It answers what :class:`numerics.correlation_map.CorrelationMap` does, at its level 1.
    """

    def __init__(self, activation, q):
        self.activation, self.q, self.size = activation, float(q), activation.pool_size
        self._known, self.scale = {}, np.sqrt(float(q))
        plain = activation.plain
        self.jumps = [(j.place, j.sizes[0]) for j in plain.jumps if j.sizes[0] != 0.0]
        self.sets = activation.moments.sets(self.q)
        self.mirrored = self.sets.monotone == -1
        if self.jumps and self.sets.monotone is None:
            raise AssumptionError(
                f"the correlation of maxima of {plain.name} was asked for, which jumps and is not "
                "monotone; replace its jumps by steep slopes"
            )
        if np.isinf([size for j in plain.jumps for size in j.sizes[:2]]).any():
            raise AssumptionError(
                f"the correlation of maxima of {plain.name} was asked for, whose slope is "
                "unbounded; smooth it near its singular points"
            )

    level = 1

    @cached_property
    def exponent(self):
        """0, or -1 if phi jumps, as in :class:`numerics.correlation_map.CorrelationMap`."""
        return -1 if self.jumps else 0

    @property
    def noise(self):
        """Relative rounding of M that tables need not resolve: singular sets are costly."""
        return 1e-12 if any(f.singular for f in self._features) else 0.0

    @cached_property
    def _table(self):
        edges, accuracy = find_edges(self)
        return tabulate(self, edges, accuracy)

    def product(self, rho, one_minus_rho=None):
        """E m m'."""
        delta = 1.0 - rho if one_minus_rho is None else one_minus_rho
        return float(self.activation.W(self.q)) - self.loss(delta)

    def slope(self, rho, one_minus_rho=None):
        """K, the slope of E m m' in rho divided by q; infinite at rho = 1 if phi jumps."""
        delta = 1.0 - rho if one_minus_rho is None else one_minus_rho
        if delta == 0.0:
            return float(self.activation.D(self.q))
        angle = 2.0 * np.arcsin(np.sqrt(delta / 2))
        if "_table" not in self.__dict__ and self._is_wide(angle):
            return float(self.M(angle) / np.sin(angle))
        return float(self._table.slope(delta))

    def _loss_by_table(self, delta):
        return self.q * delta * float(self._table.ratio(delta)) if delta > 0.0 else 0.0

    def loss(self, delta):
        """W - E m m' for one delta = 1 - rho in [0, 2]."""
        if delta == 0.0 or "_table" in self.__dict__:
            return self._loss_by_table(delta)
        alpha = 2.0 * np.arcsin(np.sqrt(delta / 2))
        if self._is_wide(alpha):
            return float(self.activation.moments.variance(self.q)) - self._covariance(1.0 - delta)
        if alpha > np.pi / 2:
            return self._loss_by_table(delta)
        edges = alpha * np.array([0.0, 0.1, 0.4, 1.0])
        half = np.diff(edges)[:, None] / 2
        t = edges[:-1, None] + half * (1.0 + _GAUSS_X)
        return self.q * float((half * _GAUSS_W * self.M(t)).sum())

    # sums over levels, away from correlations 1 and -1

    @staticmethod
    def _is_wide(t):
        return _NARROW <= t <= np.pi - _NARROW

    def _covariance(self, rho):
        return self._checked(*self._levels.covariance(rho))

    def _checked(self, value, rounding):
        if not rounding <= _WORST * abs(value):
            raise PrecisionError(
                f"the correlation of maxima of {self.activation.plain.name} at variance "
                f"{self.q:g}: rounding of {rounding:.1e} in {value:.3g}; use a smaller variance"
            )
        return value

    @cached_property
    def _levels(self):
        """The levels of phi at this q, on panels that suit the next of a few variances."""
        return self._levels_at(self.activation.levels_near(self.q))

    def _levels_at(self, level):
        measure = level_measure(self.activation.plain, self.sets, self.q, level)
        return MaxCovariance(measure, self.size)

    def settled_levels(self):
        """The coarsest levels that agree with the next finer ones."""
        coarse, worst = self._levels_at(0).covariance(0.5)[0], np.inf
        for level in range(_MOST_LEVELS):
            fine = self._levels_at(level + 1).covariance(0.5)[0]
            worst = abs(fine - coarse) / abs(fine) if fine else 0.0
            if worst <= _LEVEL_TOLERANCE:
                return level
            coarse = fine
        if not worst <= _WORST:
            raise PrecisionError(
                f"the correlation of maxima of {self.activation.plain.name} at variance "
                f"{self.q:g}: two sets of levels differ by {worst:.1e}; take a smoother "
                "activation or a smaller variance"
            )
        return _MOST_LEVELS

    def M(self, t):
        """sin t K(t) for an array of angles in (0, pi)."""
        t = np.asarray(t, dtype=float)
        return np.array([self._remembered(float(a)) for a in t.ravel()]).reshape(t.shape)

    def reduced(self, t):
        """K(t), or sin t K(t) if phi jumps."""
        return self.M(t) if self.jumps else self.M(t) / np.sin(t)

    def _remembered(self, t):
        if t not in self._known and self.sets.monotone is None and self._is_wide(t):
            slope = self._checked(*self._levels.slope(np.cos(t)))
            self._known[t] = slope * np.sin(t) / self.q
        if t not in self._known:
            total = self._smooth(t, self._grid)[0] if not self._flat else 0.0
            self._known[t] = total * np.sin(t) + (self._deltas(t) if self.jumps else 0.0)
        return self._known[t]

    # the smooth part

    @cached_property
    def _features(self):
        own = (*self.activation.plain.features, *self.sets.features)
        return tuple(Feature(f.place, kinked=f.kinked, singular=f.singular) for f in own)

    @cached_property
    def _flat(self):
        """Whether phi' vanishes almost everywhere."""
        probes = np.concatenate([np.linspace(-7.03, 7.01, 301), np.geomspace(1e-3, 1e3, 60)])
        slope = self.activation.plain.jet[1]
        return bool((slope(probes) == 0.0).all() and (slope(-probes) == 0.0).all())

    @cached_property
    def _grid(self):
        """The rule that suits the next of a few variances per octave: one choice for many q."""
        return self.activation.rule_near(self.q)

    def settled_rule(self):
        """The coarsest rule that agrees with the next finer one at some angles."""
        if self._flat:
            return 0
        last = 2 if any(f.singular for f in self._features) else 3
        rules = list(pairwise(range(last + 1)))
        if not self._features and self.scale <= _MOST_TRAPEZOID:
            rules = [(-2, -1), (-1, -3), *rules]
        tolerance = 3e-12 if any(f.singular for f in self._features) else _TOLERANCE
        worst = np.inf
        for rule, finer in rules:
            pairs = [(self._smooth(t, rule), self._smooth(t, finer)) for t in _PROBES]
            gaps = [abs(a[0] - b[0]) / max(b[1], 1e-290) for a, b in pairs]
            worst = min(worst, max(gaps))
            if max(gaps) <= tolerance * (1 + self.scale):
                return rule
        if not worst <= _WORST:
            raise PrecisionError(
                f"the correlation of maxima of {self.activation.plain.name} at variance "
                f"{self.q:g}: two grids differ by {worst:.1e}; take a smoother activation or a "
                "smaller variance"
            )
        return finer

    def _smooth(self, t, rule):
        """K(t) without deltas and the sum of absolute values; rule < 0 is equidistant."""
        c, s = np.cos(t / 2), np.sin(t / 2)
        a, b, weight = self._trapezoid(c, s, rule) if rule < 0 else self._panels(c, s, rule)
        total = magnitude = 0.0
        for start in range(0, a.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            terms = self._terms(a[part], b[part], weight[part], c, s)
            total, magnitude = total + terms.sum(), magnitude + np.abs(terms).sum()
        return float(total), float(magnitude)

    def _terms(self, a, b, weight, c, s):
        h, k = c * a + s * b, c * a - s * b
        slope, sign = self.activation.plain.jet[1], -1.0 if self.mirrored else 1.0
        terms = self.size * slope(sign * self.scale * h) * slope(sign * self.scale * k) * weight
        sizes = np.abs(terms)
        worth = sizes > _NEGLIGIBLE * sizes.max()
        a, b, h, k = a[worth], b[worth], h[worth], k[worth]
        if self.sets.monotone is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                below = bivariate_cdf(h, k, (s * a - c * b) / h, (s * a + c * b) / k)
            below = np.clip(below, 0.0, 1.0)
        else:
            below = self._both_below(h, k, c, s)
        return terms[worth] * below ** (self.size - 1)

    def _both_below(self, h, k, c, s):
        """G by the signed ends of the two sets."""
        rho, sine = (c - s) * (c + s), 2.0 * s * c
        first, second = (self.sets.ends(self.scale * z) / self.scale for z in (h, k))
        signs, constant = self.sets.signs, self.sets.constant
        total = np.full(h.shape, float(constant))
        if constant:
            total += signs @ ndtr(first) + signs @ ndtr(second)
        for i, x in zip(signs, first, strict=True):
            for j, y in zip(signs, second, strict=True):
                with np.errstate(divide="ignore", invalid="ignore"):
                    slopes = (y - rho * x) / (x * sine), (x - rho * y) / (y * sine)
                total += i * j * bivariate_cdf(x, y, *slopes)
        return np.clip(total, 0.0, 1.0)

    def _trapezoid(self, c, s, rule):
        """Equidistant nodes, b >= 0 only: the integrand is even in b."""
        fine = {-2: 1.0, -1: 0.7, -3: 0.5}[rule]
        a, a_weight = equidistant(min(0.35, 0.22 / (self.scale * max(c, 0.05))) * fine, 0.381966)
        b, b_weight = equidistant(min(0.35, 0.22 / (self.scale * max(s, 0.05))) * fine)
        half = b >= 0
        b, b_weight = b[half], np.where(b[half] > 0, 2.0, 1.0) * b_weight[half]
        grids = np.meshgrid(a, b, indexing="ij")
        return grids[0].ravel(), grids[1].ravel(), np.outer(a_weight, b_weight).ravel()

    def _panels(self, c, s, rule):
        """Nodes on panels that end at the features of both neurons, b >= 0 only."""
        scale, sign = self.scale, -1.0 if self.mirrored else 1.0
        own = sign * np.array([f.place for f in self._features]) / scale
        layers = np.array([0.5, 1.2, 2.2, 3.6, 5.8, 8.8]) * s if s < 0.4 else np.zeros(0)
        middles = ((own[:, None] + own) / 2).ravel() if own.size else np.zeros(0)
        around = (own[:, None] + np.concatenate([-layers, layers])).ravel()
        outer = np.concatenate([self._places(c, rule) * sign / scale, middles, around]) / c
        a, a_weight, _ = gaussian_nodes(
            outer[None, :], c * scale, level=base_level(rule, c * scale)
        )
        places = self._places(s, rule) * sign / scale
        inner = np.concatenate([places[None, :] - c * a[:, None], c * a[:, None] - places], axis=1)
        edges = np.concatenate([np.zeros((a.size, 1)), np.maximum(inner / s, 0.0)], axis=1)
        b, b_weight, row = gaussian_nodes(edges, s * scale, level=base_level(rule, s * scale))
        kept = (b > 0) & (np.abs(a_weight[row] * b_weight) > 1e-20)
        row = row[kept]
        return a[row], b[kept], 2.0 * a_weight[row] * b_weight[kept]

    def _places(self, share, rule):
        """Panel edges on the axis of phi, if the variable moves it by scale * share."""
        features = (Feature(0.0), *self._features)
        if rule == 0 and self.scale * share <= 1.2:
            features = tuple(f for f in features if f.kinked)
            parts = [graded(f, 0) if f.singular else np.array([f.place]) for f in features]
        else:
            parts = [graded(f, rule) for f in features]
        return np.concatenate(parts) if parts else np.zeros(0)

    # the deltas of phi' where phi jumps (monotone phi)

    def _deltas(self, t):
        """sin t times what the jumps contribute to K(t)."""
        rho, sine, k = np.cos(t), np.sin(t), self.size
        sign = -1.0 if self.mirrored else 1.0
        places = [(sign * place / self.scale, abs(size)) for place, size in self.jumps]
        total = 0.0
        for x, size in places:
            for y, other in places:
                below = both_below(np.array([x]), np.array([y]), rho, sine)[0]
                form = (x - y) ** 2 / sine**2 + 2 * x * y / (1.0 + rho)
                density = np.exp(-form / 2) / (2 * np.pi * self.q)
                total += k * size * other * density * below ** (k - 1)
            if not self._flat:
                total += 2 * k * sine * size * self._conditional(x, rho, sine)
        return total

    def _conditional(self, x, rho, sine):
        """n(x) E[|phi'|(Y) G(x, Y)^(k-1) | X = x], with x in standard units."""
        sign = -1.0 if self.mirrored else 1.0
        slope = self.activation.plain.jet[1]

        def integrand(y):
            below = both_below(np.full(y.shape, x), y / self.scale, rho, sine)
            return np.abs(slope(sign * y)) * below ** (self.size - 1)

        features = [Feature(sign * f.place, kinked=True) for f in self.activation.plain.features]
        mean, deviation = rho * x * self.scale, self.scale * sine
        value = expectations(integrand, [mean], deviation, (Feature(0.0), *features), level=1)[0]
        return value * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi * self.q)
