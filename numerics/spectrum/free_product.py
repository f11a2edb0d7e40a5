r"""The free multiplicative convolution power behind J J^T, solved on its spectral curve.

With w = psi_D(u) = E uX/(1 - uX), A = 1 + w and g = 1 (independent weights) or 0 (orthogonal),

    log z = log w - log A - L [log sigma_w2 + log(w/u) - (1 - g) log A],    z = 1/lambda,

is log chi_{JJ^T}(w), so psi_{JJ^T}(z) = w and the density of J J^T at lambda is Im w/(pi lambda).
By subordination u lies in the upper half plane with arg z <= arg u: starting from z < 0, where u
is real and found by monotony, z is rotated to the positive axis and u follows by Newton's method.

No integration over lambda is needed for the distribution function: w d log lambda is exact,

    P(> lambda) = -(1/pi) Im [g (L w - log A) + (1 - g)(L - 1) log A + L E log(1 - uX)].
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from theory.errors import PrecisionError

from .slope_law import SlopeLaw

__all__ = ["FreeProduct", "SpectralPoints"]

#: Arguments of z on the way to the positive axis, in units of pi.
_ANGLES = (1.0, 0.8, 0.6, 0.45, 0.33, 0.24, 0.17, 0.12, 0.08, 0.05, 0.03, 0.015, 0.006, 0.002, 0.0)
_BATCH = 16
_EPS = np.finfo(float).eps


@dataclass(frozen=True)
class SpectralPoints:
    """Where lambda meets the curve: density, P(> lambda), and bounds of their errors."""

    density: np.ndarray
    tail: np.ndarray
    density_error: np.ndarray
    tail_error: np.ndarray


@dataclass(frozen=True, eq=False)
class FreeProduct:
    """The law of J J^T for ``depth`` layers; ``log_gain`` is log(sigma_w2 mu_1)."""

    law: SlopeLaw
    depth: int
    power: int
    log_gain: float

    # one point of the curve

    def curve(self, u, nodes):
        """log z, d log z / d log u, w, A and u w' at an array of u (real or complex)."""
        x, weight = nodes
        with np.errstate(over="ignore"):
            inverse = 1.0 / (1.0 - np.multiply.outer(u, x))
        a = _sum(inverse, weight)
        first = _sum(inverse, weight * x)
        square = inverse * inverse
        w = u * first
        # u w'/w, and the same less 1: each without cancellation, at large and at small u
        growth = _sum(square, weight * x) / first
        spread = u * _sum(square, weight * x * x) / first
        both = growth / a
        orthogonal = 1 - self.power
        log = np.log if np.iscomplexobj(u) else (lambda y: np.log(np.abs(y)))
        # not log w: next to z < 0 rounding would decide on which side of its cut it is
        log_z = log(u) + log(first) - log(a)
        log_z = log_z - self.depth * (self.log_gain + log(first) - orthogonal * log(a))
        slope = both - self.depth * (spread if self.power else both - 1.0)
        return log_z, slope, w, a, w * growth

    # edges

    def right_edge(self) -> float:
        """log of the largest lambda: the first critical point on 0 < u < 1/sup X.

        The map u -> lambda is flat there, so an error of u counts squared.
        """
        if math.isinf(self.law.highest):
            return math.inf
        return self._edge(math.log(1.0 / self.law.highest), -1.0)

    def left_edge(self) -> float:
        """log of the smallest lambda other than 0, or -infinity for a spectrum that touches 0."""
        if self.power or self.law.lowest == 0.0:
            return -math.inf
        return self._edge(math.log(1.0 / self.law.lowest), 1.0)

    @cached_property
    def floor(self) -> float:
        """log of the lambda below which, but for an atom at 0, there is less than rounding.

        At z < 0 the mean of 1/(1 + |z| lambda) is A, so P(0 < lambda < 1/|z|) <= 2 (A - P(X = 0)).
        """
        grid, table = self._negative_axis
        x, weight = (part[self.law.nodes()[0] > 0.0] for part in self.law.nodes())
        with np.errstate(over="ignore"):
            rest = np.array([np.sum(weight / (1.0 + math.exp(v) * x)) for v in grid])
        small = rest < _EPS / 16
        edge = self.left_edge()
        return max(edge, -float(table[small][0])) if small.any() else edge

    def _edge(self, wall, side):
        """The critical point at side*(v - wall) > 0 that is farthest from where X lives."""

        def slope(v):
            return float(self._real(v)[1])

        if self.law.is_discrete and len(self.law.values) == 1 and not self.power:
            return self.depth * self.log_gain
        near = wall + side * 1e-12
        far = wall + side * (5.0 + math.log(self.depth))
        while slope(far) <= 0.0:
            far += side * 5.0
        if self.depth == 1 and not self.power:
            return self.log_gain - wall
        # towards the wall until the slope has changed its sign
        distance = abs(far - wall)
        inner, outer = None, far
        while distance > 1e-12:
            distance /= 2.0
            if slope(wall + side * distance) <= 0.0:
                inner = wall + side * distance
                break
            outer = wall + side * distance
        v = near if inner is None else brentq(slope, inner, outer, xtol=1e-14, rtol=1e-14)
        return -float(self._real(v)[0])

    def _real(self, v):
        u = np.array([math.exp(v)])
        return [part[0] for part in self.curve(u, self.law.nodes(u))]

    @cached_property
    def point_mass(self) -> tuple[float, float]:
        """(log place, mass) of the atom other than 0, of mass 0 if there is none.

        A value of X with probability p gives the free product of L layers with orthogonal weights
        an atom of mass 1 - L (1 - p), if that is positive (Bercovici & Voiculescu 1998).
        """
        x, weight = self.law.values, np.where(self.law.values > 0.0, self.law.masses, 0.0)
        if self.power or not len(x):
            return 0.0, 0.0
        best = int(np.argmax(weight))
        mass = 1.0 - self.depth * (1.0 - min(float(weight[best]), 1.0))
        if mass <= 1e-15 * self.depth:
            return 0.0, 0.0
        return self.depth * (self.log_gain + math.log(x[best])), mass

    # the interior

    def solve(self, log_lambda) -> SpectralPoints:
        """Density (of lambda) and tail at log lambda, an ascending 1-D array inside the support.

        Raises PrecisionError if the curve cannot be followed.
        """
        log_lambda = np.asarray(log_lambda, dtype=float)
        parts = [
            self._batch(log_lambda[start : start + _BATCH])
            for start in range(0, len(log_lambda), _BATCH)
        ]
        return SpectralPoints(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _batch(self, log_lambda):
        coarse = self.law.nodes()
        v = self._on_negative_axis(-log_lambda, coarse) + 1j * math.pi
        for before, after in pairwise(_ANGLES):
            nodes = coarse
            if after < 0.04:
                nodes = self.law.nodes(np.exp(v), 1e-6)
            v = self._turn(v, -log_lambda, before * math.pi, after * math.pi, nodes, 0)
        nodes = self.law.nodes(np.exp(v))
        v = self._newton(v, -log_lambda + 0j, nodes)[0]
        return self._values(v, log_lambda, nodes)

    def _on_negative_axis(self, log_z, nodes):
        """log(-u) where z < 0: log|z| increases with log|u|; a table, then Newton's method."""
        grid, table = self._negative_axis
        v = np.interp(log_z, table, grid)
        low, high = v - 2.0, v + 2.0
        for _ in range(30):
            here, slope, *_ = self.curve(-np.exp(v), nodes)
            below = here < log_z
            low, high = np.where(below, v, low), np.where(below, high, v)
            new = v + (log_z - here) / slope
            new = np.where((new > low) & (new < high), new, (low + high) / 2)
            if np.max(np.abs(new - v)) < 1e-10:
                return new
            v = new
        return v

    @cached_property
    def _negative_axis(self):
        """log(-u) and log(-z) on a grid."""
        grid = np.arange(-700.0, 700.0)
        with np.errstate(all="ignore"):
            table = self.curve(-np.exp(grid), self.law.nodes())[0]
        known = np.isfinite(table)
        return grid[known], np.maximum.accumulate(table[known])

    def _turn(self, v, log_z, before, after, nodes, level):
        """Follow u while arg z moves; where Newton's method fails, in two smaller moves."""
        slope = self.curve(np.exp(v), nodes)[1]
        guess = _inside(v + 1j * (after - before) / slope, v)
        found, done = self._newton(guess, log_z + 1j * after, nodes)
        if done.all():
            return found
        if level > 14:
            raise PrecisionError(
                f"the spectral curve could not be followed at lambda = "
                f"{math.exp(-log_z[~done][0]):.6g}; the density has no error bound there"
            )
        bad = ~done
        # the last move towards the axis is halved geometrically
        half = (before + after) / 2
        part = self._turn(v[bad], log_z[bad], before, half, nodes, level + 1)
        found[bad] = self._turn(part, log_z[bad], half, after, nodes, level + 1)
        return found

    def _newton(self, v, target, nodes):
        done = np.zeros(len(v), dtype=bool)
        for _ in range(40):
            log_z, slope, *_ = self.curve(np.exp(v), nodes)
            step = (target - log_z) / slope
            size = np.abs(step)
            step = np.where(size > 1.0, step / np.maximum(size, 1.0), step)
            done = np.abs(target - log_z) <= 1e-14 * self.depth + 4e-15 * np.abs(log_z) + 1e-14
            v = np.where(done & (size < 1e-13), v, _inside(v + step, v))
            if (done & (size < 1e-9)).all():
                break
        return v, np.abs(target - log_z) <= 1e-11 * (self.depth + np.abs(log_z))

    def _values(self, v, log_lambda, nodes):
        u = np.exp(v)
        log_z, slope, w, a, steep = self.curve(u, nodes)
        x, weight = nodes
        logs = _sum(np.log(1.0 - np.multiply.outer(u, x)), weight)
        potential = self.depth * logs
        if self.power:
            potential = potential + self.depth * w - np.log(a)
        else:
            potential = potential + (self.depth - 1) * np.log(a)
        tail = np.clip(-potential.imag / math.pi, 0.0, 1.0)
        with np.errstate(over="ignore"):
            inverse = np.exp(-log_lambda) / math.pi
        density = np.maximum(w.imag, 0.0) * inverse
        miss = np.abs(log_z + log_lambda) + _EPS * (8 * self.depth + np.abs(log_lambda))
        # a double root limits what rounding leaves of u: the error is at most its square root
        shift = np.minimum(miss / np.maximum(np.abs(slope), 1e-300), np.sqrt(miss))
        error = np.abs(steep) * shift * inverse + 8 * _EPS * density
        tail_error = np.abs(w) * miss / math.pi + _EPS * self.depth * (np.abs(logs) + np.abs(w))
        return density, tail, error, tail_error


def _sum(values, weight):
    """Rows of values times weights; BLAS would start threads for so little."""
    return np.einsum("un,n->u", values, weight)


def _inside(new, old):
    """Steps that would leave 0 < arg u < pi go half way to the boundary instead."""
    angle = new.imag
    angle = np.where(angle <= 0.0, old.imag / 2, angle)
    angle = np.where(angle >= math.pi, (old.imag + math.pi) / 2, angle)
    return new.real + 1j * angle
