r"""The law of X = phi'(sqrt(q) Z)^2 and the expectations of 1/(1 - uX) that free products need.

Intervals on which phi' is constant are atoms; the rest of the line is integrated by 16-point
Gauss-Legendre panels in z that are halved until no integrand of a batch of complex u changes.
X is scaled to mean 1.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory.errors import DivergentExpectationError, PrecisionError

from ..gaussian_panels import Feature, gauss_legendre, graded_places

__all__ = ["SlopeLaw", "slope_law"]

_REACH = 13.0
_DEEPEST = 60  #: halvings of a panel
_MOST_PANELS = 2000
_EPS = np.finfo(float).eps
_NODES, _WEIGHTS = gauss_legendre(16)


@dataclass(frozen=True, eq=False)
class SlopeLaw:
    """X/mu_1 for X = phi'(sqrt(q) Z)^2: atoms and a density given by panels in z.

    ``values`` and ``masses`` are the atoms (of X/mu_1), ``panels`` the (left, right) panels of
    the rest, ``square`` gives X/mu_1 on arrays of z.  ``lowest`` and ``highest`` bound X/mu_1.
    """

    mean: float
    values: np.ndarray
    masses: np.ndarray
    panels: np.ndarray
    square: object = field(repr=False)
    lowest: float
    highest: float

    @property
    def is_discrete(self) -> bool:
        return len(self.panels) == 0

    @property
    def atom_at_zero(self) -> float:
        """P(phi' = 0)."""
        return float(self.masses[self.values == 0.0].sum())

    def nodes(self, u=None, tolerance=1e-13):
        """Values of X/mu_1 and their weights, fine enough for all ``u`` (None: for the mean)."""
        if self.is_discrete:
            return self.values, self.masses
        panels = self.panels if u is None else self._fine_enough(np.atleast_1d(u), tolerance)
        x, weight = _points(panels, self.square)
        return (
            np.concatenate([self.values, x.ravel()]),
            np.concatenate([self.masses, weight.ravel()]),
        )

    def _fine_enough(self, u, tolerance):
        """Panels on which 1/(1 - uX) and its square are resolved for every u."""
        accepted, open_ = [], self.panels
        whole, _ = _integrals(open_, self.square, u)
        size = np.abs(whole).sum(axis=1, keepdims=True)
        for _ in range(_DEEPEST):
            halves = _halved(open_)
            parts, rounding = _integrals(halves, self.square, u)
            one, other = np.split(parts, 2, axis=1)
            change = np.abs(whole - one - other)
            fine = change <= tolerance * size + np.add(*np.split(rounding, 2, axis=1))
            fine = fine.all(axis=(0, 2))
            accepted.append(open_[fine])
            again = np.concatenate([~fine, ~fine])
            open_, whole = halves[again], parts[:, again]
            if len(open_) == 0 or len(open_) > _MOST_PANELS:
                break
        return np.concatenate([*accepted, open_])

    def tail(self, s):
        """P(X/mu_1 > s) and the density of X/mu_1 at each s > 0, from the level sets."""
        z, x = self._fine_grid
        tails, densities = [], []
        for level in np.atleast_1d(s):
            above = x > level
            tail = float(self.masses[self.values > level].sum())
            density = 0.0
            for row in range(len(z)):
                cross = np.flatnonzero(above[row][1:] != above[row][:-1])
                places = [self._crossing(z[row, i], z[row, i + 1], level) for i in cross]
                ends = [self.panels[row, 0], *places, self.panels[row, 1]]
                inside = bool(above[row, 0])
                for left, right in pairwise(ends):
                    if inside:
                        tail += (
                            ndtr(-left) - ndtr(-right) if left > 0 else ndtr(right) - ndtr(left)
                        )
                    inside = not inside
                for place in places:
                    step = 1e-5
                    rise = np.diff(self.square(np.array([place - step, place + step])))[0]
                    slope = abs(rise) / (2 * step)
                    if slope > 0:
                        density += math.exp(-place * place / 2) / math.sqrt(2 * math.pi) / slope
            tails.append(tail)
            densities.append(density)
        return np.array(tails), np.array(densities)

    def draw(self, size, random):
        """Independent values of phi'^2 itself."""
        return self.mean * self.square(random.standard_normal(size))

    @cached_property
    def _fine_grid(self):
        share = np.linspace(0.0, 1.0, 129)
        inner = np.clip(share, 1e-12, 1 - 1e-12)
        z = self.panels[:, :1] + np.diff(self.panels, axis=1) * inner
        return z, self.square(z)

    def _crossing(self, left, right, level):
        from scipy.optimize import brentq

        def excess(z):
            return float(self.square(np.array([z]))[0]) - level

        if excess(left) * excess(right) > 0:
            return (left + right) / 2
        return brentq(excess, left, right, xtol=1e-15, rtol=1e-14)


def _points(panels, square):
    half = (panels[:, 1:] - panels[:, :1]) / 2
    z = panels[:, :1] + half * (1 + _NODES)
    return square(z), half * _WEIGHTS * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _integrals(panels, square, u):
    """E 1/(1-uX) and E X/(1-uX)^2 over panels, shape (len(u), len(panels), 2), and their rounding.

    Where 1 - uX is small it carries the rounding error of uX, which is near 1 there.
    """
    x, weight = _points(panels, square)
    found = np.empty((len(u), len(panels), 2), dtype=np.result_type(u, float))
    rounding = np.empty(found.shape)
    for start in range(0, len(panels), 64):
        part = slice(start, start + 64)
        with np.errstate(divide="ignore", over="ignore"):
            inverse = 1.0 / (1.0 - u[:, None, None] * x[part])
        found[:, part, 0] = np.einsum("upn,pn->up", inverse, weight[part])
        found[:, part, 1] = np.einsum("upn,pn->up", inverse * inverse, (weight * x)[part])
        size = np.abs(inverse)
        largest = 4 * _EPS * (1.0 + size.max(axis=2))
        rounding[:, part, 0] = largest * np.einsum("upn,pn->up", size, weight[part])
        rounding[:, part, 1] = largest * np.einsum("upn,pn->up", size**2, (weight * x)[part])
    return found, rounding


@lru_cache(maxsize=32)
def slope_law(activation, q: float) -> SlopeLaw:
    """The law for a NumericActivation at variance q >= 0.

    Raises DivergentExpectationError if phi jumps or phi' is not square integrable.
    """
    mean = float(activation.D(max(q, 1e-300))) if q > 0 else activation.gradient_at_zero
    if not math.isfinite(mean):
        raise DivergentExpectationError(
            f"E phi'^2 of {activation.name} is infinite, so its Jacobian has no spectrum: phi "
            "jumps or phi' is not square integrable; use a continuous activation"
        )
    if mean == 0.0:
        raise DivergentExpectationError(
            f"phi' of {activation.name} is 0 almost surely at q = {q:g}: the Jacobian is 0"
        )
    slope = activation.jet[1]
    if q == 0.0:
        sides = slope(np.array([-1e-300, 1e-300])) ** 2 / mean
        values, masses = np.unique(sides, return_counts=True)
        return _discrete(mean, values, masses / 2)
    deviation = math.sqrt(q)

    def square(z):
        return slope(np.asarray(z) * deviation) ** 2 / mean

    atoms, intervals = _flat_and_curved(activation, deviation, mean)
    values = np.array(sorted(atoms))
    masses = np.array([atoms[value] for value in values])
    if not intervals:
        return SlopeLaw(mean, values, masses, np.empty((0, 2)), square, values[0], values[-1])
    panels = _panels(activation, deviation, intervals)
    # next to a singularity of phi' only bounded functions of X are integrated
    close = 1e-4 if activation.is_singular else 1e-9
    for _ in range(6):
        x, weight = _points(panels, square)
        if abs(float((x * weight).sum()) + float(values @ masses) - 1.0) < close:
            break
        panels = _halved(panels)
    else:
        law = SlopeLaw(mean, values, masses, panels, square, 0.0, math.inf)
        x, weight = law.nodes(np.array([-1.0]))
        if abs(float(x @ weight) - 1.0) > close:
            raise PrecisionError(
                f"the law of phi' of {activation.name} at q = {q:g} is not resolved: phi' varies "
                "too fast"
            )
    bounds = _range(activation, panels, square, values)
    return SlopeLaw(mean, values, masses, panels, square, *bounds)


def _discrete(mean, values, masses):
    def square(z):
        return np.where(np.asarray(z) < 0, values[0], values[-1])

    return SlopeLaw(mean, values, masses, np.empty((0, 2)), square, values[0], values[-1])


def _flat_and_curved(activation, deviation, mean):
    """Atoms {value: mass} where phi' is constant, and intervals in z where it is not."""
    from theory.symbols import x

    exact = getattr(getattr(activation.exact, "activation", None), "pieces", None)
    if exact is None:
        places = sorted(jump.place for jump in activation.jumps)
        ends = [-math.inf, *places, math.inf]
        pieces = [(a, b, None) for a, b in pairwise(ends)]
    else:
        pieces = [(float(p.lower), float(p.upper), p.expr.diff(x)) for p in exact]
    atoms: dict[float, float] = {}
    intervals = []
    for lower, upper, slope in pieces:
        a, b = lower / deviation, upper / deviation
        if slope is None or slope.has(x):
            intervals.append((max(a, -_REACH), min(b, _REACH)))
            continue
        value = float(slope) ** 2 / mean
        mass = ndtr(-a) - ndtr(-b) if a > 0 else ndtr(b) - ndtr(a)
        atoms[value] = atoms.get(value, 0.0) + float(mass)
    return atoms, [(a, b) for a, b in intervals if a < b]


def _panels(activation, deviation, intervals):
    features = [*activation.features, Feature(0.0)]
    places = np.concatenate([graded_places(feature) for feature in features]) / deviation
    cuts = np.unique(np.concatenate([places, np.arange(-_REACH, _REACH + 0.5)]))
    panels = []
    for a, b in intervals:
        inner = cuts[(cuts > a + 1e-12) & (cuts < b - 1e-12)]
        edges = np.concatenate([[a], inner, [b]])
        panels.append(np.column_stack([edges[:-1], edges[1:]]))
    return np.concatenate(panels)


def _halved(panels):
    middle = panels.mean(axis=1)
    both = [np.column_stack([panels[:, 0], middle]), np.column_stack([middle, panels[:, 1]])]
    return np.concatenate(both)


def _range(activation, panels, square, values):
    """Infimum and supremum of X/mu_1, polished on every panel."""
    low, high = math.inf, 0.0
    for left, right in panels:
        z = np.linspace(left, right, 33)[1:-1]
        x = square(z)
        for sign, place in ((1.0, int(np.argmin(x))), (-1.0, int(np.argmax(x)))):
            best = sign * x[place]
            if 0 < place < len(z) - 1:
                found = minimize_scalar(
                    lambda t, s=sign: s * float(square(np.array([t]))[0]),
                    bounds=(z[place - 1], z[place + 1]),
                    method="bounded",
                    options={"xatol": 1e-10},
                )
                best = min(best, float(found.fun))
            low, high = (min(low, best), high) if sign > 0 else (low, max(high, -best))
    edges = square(np.concatenate([panels[:, 0] + 1e-13, panels[:, 1] - 1e-13]))
    reach = [z for z in (-_REACH, _REACH) if np.any(panels == z)]
    with np.errstate(all="ignore"):
        far = square(np.outer(reach, [3.0, 1e2, 1e4]).ravel())
    every = np.concatenate([far[np.isfinite(far)], edges, values])
    low, high = min(low, every.min()), max(high, every.max())
    if activation.is_singular or not _has_bounded_slope(activation):
        high = math.inf
    return float(low) if low > 1e-20 else 0.0, float(high)


def _has_bounded_slope(activation):
    from theory.growth import growth

    phi = getattr(activation.exact, "activation", None)
    if phi is None or not hasattr(phi, "pieces"):
        return True
    from theory.symbols import x

    first, last = phi.pieces[0].expr.diff(x), phi.pieces[-1].expr.diff(x)
    return growth(first, last).is_bounded
