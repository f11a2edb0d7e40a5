r"""The neutral line as numbers: variances at which c* = 1/2, that is gamma* = 1.

C(1/2) = 1/2 at a fixed point q = V(q) is linear in the variances: with H(q) = (W - G)(q, 1/2)/q
(:mod:`numerics.guessing.half_table`) and a skip connection s

    sigma_w2(q) = (1 - s^2)/(2 H(q)),    sigma_b2(q) = (1 - s^2) q - sigma_w2(q) W(q) >= 0,

so that a given sigma_b2 or sigma_w2 is one equation in q.  By convexity of C the whole line has
chi_1 > 1.  A point attracts the variance iff |V'(q)| < 1.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev

from theory.errors import InputError

from ..correlation_fixed_point import decorrelates
from ..input import variance_axis
from ..numeric_activation import numeric_activation
from ..panel_roots import has_no_root, polished_root, real_roots
from ..result import PointSequence, Provenance
from .half_table import half_table, is_within_reach, loss_ratio

__all__ = ["NeutralLine", "NeutralPoint", "neutral_line"]

#: Panels of width 2 in log q that are searched: q from 8e-7 to 1.6e5.
_FIRST, _LAST = -7, 5
_ROUGH = 8
_ROUNDING = 1e-13


@dataclass(frozen=True)
class NeutralPoint:
    """Variances with c* = 1/2 at the fixed point q; it attracts if ``stable``, |V'(q)| < 1."""

    q: float
    sigma_w2: float
    sigma_b2: float
    stable: bool
    chi_q: float
    chi_1: float

    def __str__(self):
        kind = "stable" if self.stable else "unstable"
        return (
            f"q = {self.q:.15g}: sigma_w2 = {self.sigma_w2:.15g}, sigma_b2 = "
            f"{self.sigma_b2:.15g} ({kind}, chi_q = {self.chi_q:.12g}, chi_1 = {self.chi_1:.12g})"
        )


@dataclass(frozen=True, repr=False)
class NeutralLine(PointSequence):
    """The points asked for: of each given number in turn, in ascending q; with a statement."""

    points: tuple[NeutralPoint, ...]
    activation: str
    statement: str
    provenance: Provenance

    @property
    def sigma_w2(self):
        """sigma_w2 of all points."""
        return np.array([point.sigma_w2 for point in self.points])

    @property
    def sigma_b2(self):
        """sigma_b2 of all points."""
        return np.array([point.sigma_b2 for point in self.points])

    @property
    def q(self):
        """q of all points."""
        return np.array([point.q for point in self.points])

    def __repr__(self):
        values = ", ".join(f"{point.sigma_w2:.6g}" for point in self.points[:6])
        more = ", …" if len(self.points) > 6 else ""
        return f"NeutralLine({self.activation}: sigma_w2 = [{values}{more}])"

    def plot(self, ax=None):
        """The points in the plane of variances, hollow where unstable; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        for stable, face in ((True, "C0"), (False, "none")):
            here = [(p.sigma_w2, p.sigma_b2) for p in self.points if p.stable is stable]
            if here:
                label = "stable" if stable else "unstable"
                ax.plot(*zip(*here, strict=True), "o", ms=4, mec="C0", mfc=face, label=label)
        ax.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=self.activation)
        return ax


def neutral_line(model, sigma_b2=None, sigma_w2=None, q=None) -> NeutralLine:
    """Every point with gamma* = 1 (c* = 1/2) at a given ``sigma_b2``, or ``sigma_w2``, or ``q``.

    Parameters
    ----------
    model
        A GuessingBias (its own variances are not used), a MeanField with its options, or anything
        that names an activation.
    sigma_b2, sigma_w2, q
        Exactly one of them: a number or a one-dimensional array.

    The answer is a sequence, empty with a reason in ``statement`` if there is no such point.  q is
    accurate to 1e-14 divided by the relative slope of its equation.  Source: Bassi et al. 2025,
    arXiv:2505.12096 (the border of prejudice and neutrality).

    >>> line = neutral_line("tanh", sigma_b2=0.1)
    >>> print(f"{line[0].sigma_w2:.11f}")
    2.92476574516
    >>> print(neutral_line("relu", sigma_b2=0.1).statement[:43])
    no neutral line: c* = 1/2 would need sigma_
    """
    given = {"sigma_b2": sigma_b2, "sigma_w2": sigma_w2, "q": q}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) != 1:
        raise InputError(
            f"neutral_line: {len(given)} of sigma_b2, sigma_w2, q are given; give exactly one, "
            "as in neutral_line('tanh', sigma_b2=0.1)"
        )
    ((name, value),) = given.items()
    values = variance_axis(value, name, "neutral_line", positive=name != "sigma_b2")
    activation = numeric_activation(getattr(model, "mean_field", model))
    line = _Line(activation)
    points, statement = [], line.obstacle
    if statement is None:
        find = line.points if activation.homogeneity is None else line.powers
        found = [find(name, float(number)) for number in values]
        points = [point for one in found for point in one]
        statement = _statement(line, name, values, found)
    return NeutralLine(
        tuple(points),
        activation.name,
        statement,
        Provenance.of("neutral_line", activation.name, **{name: value}, **activation.layer.inputs),
    )


class _Line:
    """sigma_w2 and sigma_b2 of a layer along the line."""

    def __init__(self, activation):
        self.whole, self.activation = activation, activation.without_skip
        self.layer = activation.layer

    @property
    def obstacle(self):
        """Why there is no line at all, or None."""
        if self.layer.grows:
            return "no neutral line: |skip| >= 1 leaves no fixed point"
        if getattr(self.activation.exact, "slope_moment", None) == 0:
            return "no neutral line: the activation is constant"
        if self.activation.homogeneity is None:
            return None
        # 2 H q/W is free of q: sigma_b2 = q (1 - W/(2 H q)) has one sign
        if self.slope < -_ROUNDING:
            return (
                "no neutral line: c* = 1/2 would need sigma_b2 = "
                f"{self.slope * self.layer.branch:.6g} q < 0 at every q"
            )
        if self.activation.homogeneity == 1.0 and self.activation.parity == "odd":
            return "no neutral line: a linear activation keeps every c where sigma_b2 = 0"
        return None

    @property
    def slope(self):
        """sigma_b2/q without a skip, of a homogeneous activation."""
        value = 1.0 - float(self.activation.W(1.0)) / (2 * loss_ratio(self.activation, 1.0))
        return 0.0 if abs(value) <= _ROUNDING else value

    def point(self, q, sigma_w2=None, sigma_b2=None):
        """The point at q (with what was given as given), None if its sigma_b2 is negative."""
        weight = 0.5 / loss_ratio(self.activation, q)
        w = weight * float(self.activation.W(q))
        bias = q - w
        if abs(bias) <= _ROUNDING * q and sigma_b2 in (None, 0.0):
            bias = 0.0
        if bias < 0.0:
            return None
        branch = self.layer.branch
        chi_q, chi_1 = (
            self.layer.keep + branch * weight * float(f(q))
            for f in (self.activation.S, self.activation.D)
        )
        return NeutralPoint(
            q,
            branch * weight if sigma_w2 is None else sigma_w2,
            branch * bias if sigma_b2 is None else sigma_b2,
            abs(chi_q) < 1.0,
            chi_q,
            chi_1,
        )

    def powers(self, name, value):
        """Of a homogeneous activation: sigma_b2 is a multiple of q and sigma_w2 a power of it."""
        slope, degree = self.slope * self.layer.branch, self.activation.homogeneity
        if name == "q":
            return [self.point(value)]
        if name == "sigma_b2":
            held = slope > 0.0 if value > 0.0 else slope == 0.0
            return [self.point(value / slope if slope else 1.0, sigma_b2=value)] if held else []
        ratio = self.layer.branch * 0.5 / loss_ratio(self.activation, 1.0) / value
        if degree == 1.0:
            return [self.point(1.0, sigma_w2=value)] if abs(ratio - 1.0) <= _ROUNDING else []
        return [self.point(ratio ** (1.0 / (degree - 1.0)), sigma_w2=value)]

    def points(self, name, value):
        """Every point with this number, in ascending q."""
        if name == "q":
            return [point for point in [self.point(value)] if point is not None]
        if name == "sigma_b2" and value == 0.0 and decorrelates(self.activation):
            return []
        plain = value / self.layer.branch
        found = []
        for q in self._roots(name, plain):
            point = self.point(q, **{name: value})
            if point is not None and (not found or q > found[-1].q * (1 + 1e-9)):
                found.append(point)
        return found

    def _excess(self, name, plain):
        """The equation for q, from H and W there; of size 1 relative to its terms."""
        if name == "sigma_w2":
            return lambda q, h, w: 2 * plain * h - 1.0
        return lambda q, h, w: 1.0 - w / (2 * h * q) - plain / q

    def _roots(self, name, plain):
        equation = self._excess(name, plain)

        def direct(q):
            return equation(q, loss_ratio(self.activation, q), float(self.activation.W(q)))

        for index in range(*self._searched):
            series = self._series(equation, 2.0 * index + 1.0, 1.0, _ROUGH)
            if has_no_root(series, 10 * abs(series[-1])):
                continue
            for left, right in pairwise(half_table(self.activation, index, index).edges):
                middle, half = (left + right) / 2, (right - left) / 2
                series = self._series(equation, middle, half, 20)
                if has_no_root(series) or np.abs(series).max() < _ROUNDING:
                    continue
                for x in real_roots(series, 1e-8):
                    yield polished_root(math.exp(middle + half * x), direct, 1e-6, 6, 4e-16)

    def _series(self, equation, middle, half, number):
        """The Chebyshev series of the equation on a panel of log q."""
        x = np.cos(np.pi * (np.arange(number) + 0.5) / number)
        q = np.exp(middle + half * x)
        h = np.array([loss_ratio(self.activation, value) for value in q.tolist()])
        values = equation(q, h, np.asarray(self.activation.W(q)))
        return np.linalg.solve(chebyshev.chebvander(x, number - 1), values)

    @cached_property
    def _searched(self):
        """The range of panels on which H can be had: moments of fast activations end somewhere."""
        first, last = 0, 0
        while last <= _LAST and is_within_reach(self.activation, math.exp(2.0 * last + 2.0)):
            last += 1
        while first > _FIRST and is_within_reach(self.activation, math.exp(2.0 * first - 2.0)):
            first -= 1
        return first, last

    @property
    def range(self):
        """The variances q among which points are looked for."""
        return tuple(math.exp(2.0 * index) for index in self._searched)


def _statement(line, name, values, found):
    activation = line.activation
    number = sum(map(len, found))
    if number:
        stable = sum(point.stable for one in found for point in one)
        count = "one neutral point" if number == 1 else f"{number} neutral points"
        missed = sum(not one for one in found)
        return f"{count}, {stable} attracting" + (f"; none at {missed} {name}" if missed else "")
    if name == "sigma_b2" and not values.any() and decorrelates(activation):
        return "no neutral point at sigma_b2 = 0: there C(0) = 0 and c* = 0 by symmetry"
    if name == "q":
        return "no neutral point: c* = 1/2 would need sigma_b2 < 0 at this q"
    if activation.homogeneity is not None:
        return f"no neutral point: phi is homogeneous, and its line does not meet this {name}"
    low, high = line.range
    return f"no neutral point with this {name} for q in ({low:.0e}, {high:.0e})"
