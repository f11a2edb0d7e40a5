r"""The correlation map of an activation at one variance q, with nothing lost as c -> 1.

With X, Y of variance q and correlation rho = cos t, Price's theorem gives
dG/drho = q E phi' phi' and d(E phi' phi')/drho = q E phi'' phi''.  If phi is continuous, phi''
has an absolutely continuous part and a delta of size J_k at each kink x_k, so that

    M(t) = q sin t { E phi''phi'' + 2 sum_k J_k p(x_k) E[phi''(Y) | X = x_k]
                     + sum_jk J_j J_k n2(x_j, x_k; rho) }

is bounded and smooth on [0, pi] (the bivariate density n2 is singular like 1/sin t).  If phi
itself jumps the same holds one derivative lower for M(t) = sin t E phi'phi'.  The level says
which: 2, 1, or 0 where phi' is unbounded and only phi itself can be integrated.
"""

from functools import cached_property

import numpy as np

from .density_nodes import settled_nodes
from .gaussian_panels import gauss_legendre
from .two_point import TRAPEZOID, conditional_moment, two_point_once

__all__ = ["CorrelationMap"]

_GAUSS_X, _GAUSS_W = gauss_legendre(12)
#: The variance from which on nodes on the axis of phi may be shared by all correlations.
_LARGE = 6.0
#: Correlations at which quadratures are compared.
_PROBES = (0.9, 0.2, -0.7)


class CorrelationMap:
    """G, its slope E phi'(X) phi'(Y) and M(t) at variance q > 0.

    >>> from .numeric_activation import numeric_activation
    >>> erf = CorrelationMap(numeric_activation("erf(x)"), 0.5)
    >>> abs(erf.product(0.5) - 2 / np.pi * np.arcsin(0.25)) < 1e-15
    np.True_
    """

    def __new__(cls, activation, q):
        """The map that a pooled activation brings, or one of this class."""
        own = getattr(activation, "correlation_source", None)
        return super().__new__(cls) if own is None else own(q)

    def __init__(self, activation, q):
        self.activation, self.q, self._known = activation, float(q), {}

    @cached_property
    def level(self):
        """How many derivatives M is built from: 2, 1 or 0."""
        sizes = np.array([jump.sizes for jump in self.activation.jumps]).reshape(-1, 3)
        if np.isinf(sizes[:, :2]).any():
            return 0
        return 1 if sizes[:, 0].any() or np.isinf(sizes[:, 2]).any() else 2

    @cached_property
    def exponent(self):
        """r with J/(q delta) ~ alpha^r (level 2) or (W - G)/(q delta) ~ alpha^r (level 1)."""
        jumps = self.activation.jumps
        if self.level == 2:
            return 1 if any(jump.sizes[1] for jump in jumps) else 2
        return -1 if any(jump.sizes[0] for jump in jumps) else 0

    def product(self, rho, one_minus_rho=None):
        """G = E phi(X) phi(Y) - kappa (E phi)^2: correlated weights take a constant off it."""
        if self.activation.ignores_correlation:
            return self._mean(0, rho, one_minus_rho)
        f, features = self.activation.centred, self.activation.features
        value, _ = two_point_once(
            f, f, self.q, self.q, rho, features, features, one_minus_rho, self._grid
        )
        return value + self._offset

    @cached_property
    def _offset(self):
        return float(self.activation.offset(self.q))

    def slope(self, rho, one_minus_rho=None):
        """E phi'(X) phi'(Y) with weak derivatives (infinite at rho = 1 if phi jumps)."""
        delta = 1.0 - rho if one_minus_rho is None else one_minus_rho
        return self._weak(
            1, rho, delta, 1.0 / np.sqrt(delta * (1.0 + rho)) if delta > 0 else np.inf
        )

    def loss(self, delta):
        """W - G(1 - delta) for one delta in [0, 2]: a difference unless delta is small.

        (At huge q delta the difference is both quicker and the more accurate of the two.)
        For small delta it is q times the integral of E phi'phi' sin t over [0, arccos(1 - delta)],
        on panels that start at the length 1/sqrt(q) on which the integrand varies.
        """
        if delta == 0.0:
            return 0.0
        if delta > 0.02 or self.level == 0 or self.q * delta > 1e4:
            return self.product(1.0, 0.0) - self.product(1.0 - delta, delta)
        reach = 2.0 * np.arcsin(np.sqrt(delta / 2))
        edges = 0.5 / np.sqrt(1.0 + self.q) * 3.0 ** np.arange(20)
        edges = np.concatenate([[0.0], edges[edges < reach * 0.8], [reach]])
        half = np.diff(edges)[:, None] / 2
        t = edges[:-1, None] + half * (1.0 + _GAUSS_X)
        values = [
            self._weak(1, np.cos(a), 2 * np.sin(a / 2) ** 2, 1 / np.sin(a)) * np.sin(a)
            for a in t.ravel()
        ]
        return self.q * float((half * _GAUSS_W * np.reshape(values, t.shape)).sum())

    def M(self, t):
        """M(t) for an array of angles in (0, pi)."""
        if self._vanishes[self.level]:
            return self._deltas_only(np.asarray(t, dtype=float))
        return np.array([self._remembered(float(a)) for a in np.ravel(t)]).reshape(np.shape(t))

    def _deltas_only(self, t):
        """M for piecewise polynomials whose smooth part vanishes: sin t cancels in n2."""
        rho, delta = np.cos(t), 2.0 * np.sin(t / 2) ** 2
        total = np.zeros_like(t)
        deltas = self._deltas(self.level)
        for x, a in deltas:
            for y, b in deltas:
                total += a * b * np.exp(-_exponent(x, y, self.q, rho, delta))
        return total / (2 * np.pi * (1.0 if self.level == 2 else self.q))

    def _deltas(self, k):
        """Places and sizes of the deltas of phi^(k), at the jumps of phi^(k-1)."""
        jumps = self.activation.jumps
        return [(jump.place, jump.sizes[k - 1]) for jump in jumps if jump.sizes[k - 1] != 0.0]

    def _remembered(self, t):
        if t not in self._known:
            self._known[t] = self._kernel(t)
        return self._known[t]

    def reduced(self, t):
        """M(t)/sin t if that is bounded, that is without deltas, else M(t)."""
        values = self.M(t)
        return values / np.sin(t) if self.exponent in (0, 2) else values

    def _kernel(self, t):
        rho, delta = np.cos(t), 2.0 * np.sin(t / 2) ** 2
        if self.level == 2:
            return self.q * self._weak(2, rho, delta, 1.0 / np.sin(t)) * np.sin(t)
        return self._weak(1, rho, delta, 1.0 / np.sin(t)) * np.sin(t)

    def _weak(self, k, rho, delta, inverse_sine):
        """E phi^(k)(X) phi^(k)(Y) with the deltas of phi^(k) at the jumps of phi^(k-1)."""
        deltas = self._deltas(k)
        total = self._mean(k, rho, delta)
        for place, size in deltas:
            density = np.exp(-(place**2) / (2 * self.q)) / np.sqrt(2 * np.pi * self.q)
            if not self._vanishes[k]:
                conditional = conditional_moment(
                    self.activation.jet[k],
                    place,
                    self.q,
                    rho,
                    self.activation.features,
                    delta,
                    max(self._grid, 0),
                )
                total += 2 * size * density * float(conditional)
            for other, other_size in deltas:
                weight = float(np.exp(-_exponent(place, other, self.q, rho, delta)))
                if weight > 0.0:
                    total += size * other_size * weight * inverse_sine / (2 * np.pi * self.q)
        return total

    def _mean(self, k, rho, one_minus_rho):
        if self._vanishes[k]:
            return 0.0
        f, features = self.activation.jet[k], self.activation.features
        if k == self.level and self._shared is not None:
            value = self._shared.mean(rho, 1.0 - rho if one_minus_rho is None else one_minus_rho)
            if value is not None:
                return value
        value, _ = two_point_once(
            f, f, self.q, self.q, rho, features, features, one_minus_rho, self._grid
        )
        return value

    @cached_property
    def _vanishes(self):
        """Which derivatives are zero almost everywhere (piecewise polynomials)."""
        probes = np.concatenate(
            [
                np.linspace(-7.03, 7.01, 301),
                np.geomspace(1e-3, 1e3, 60),
                -np.geomspace(1.1e-3, 1.1e3, 60),
            ]
        )
        return [bool(np.all(f(probes) == 0.0)) for f in self.activation.jet]

    @cached_property
    def _shared(self):
        """Nodes for the derivative that M is built from, where all correlations can share them."""
        if self.level == 0 or self.q < _LARGE or self.activation.is_singular:
            return None
        f = self.activation.jet[self.level]
        return settled_nodes(f, self.q, self.activation.features, _PROBES, self._rounding)

    @property
    def is_fast(self):
        """Whether coarse quadrature does, as it does unless phi turns often or sharply."""
        return self._grid < 2

    @property
    def _rounding(self):
        return 4e-15 + 3e-15 * np.sqrt(self.q)

    @cached_property
    def _grid(self):
        """The coarsest quadrature level that agrees with the next one, or with other nodes."""
        f, features = self.activation.jet[min(self.level, 2)], self.activation.features
        if self._vanishes[self.level]:
            return 0
        rounding = self._rounding
        start = 0 if self.activation.jumps or self.q > 40 else TRAPEZOID
        if self._shared is not None:
            fine = [self._shared.sums(rho, 1.0 - rho) for rho in _PROBES]
        for level in range(start, 3):
            arguments = [
                (f, f, self.q, self.q, rho, features, features, None, level) for rho in _PROBES
            ]
            if self._shared is None:
                fine = [two_point_once(*a[:-1], level + 1) for a in arguments]
            pairs = list(zip((two_point_once(*a) for a in arguments), fine, strict=True))
            size = max(fine[1] for _, fine in pairs)
            if all(abs(coarse[0] - fine[0]) <= rounding * size for coarse, fine in pairs):
                return level
        return 3


def _exponent(x, y, q, rho, delta):
    """(x^2 - 2 rho x y + y^2) / (2 q (1 - rho^2)) without cancellation at rho = ±1."""
    sine_squared = delta * (1.0 + rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = x * y / (q * (1.0 + rho))
        if x != y:
            near = near + (x - y) ** 2 / (2 * q * sine_squared)
        far = -x * y / (q * delta)
        if x != -y:
            far = far + (x + y) ** 2 / (2 * q * sine_squared)
    return np.where(rho >= 0, near, far)
