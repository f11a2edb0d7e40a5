"""Fixed points of the variance map as records: what ``fixed_points`` returns."""

import math
from dataclasses import dataclass
from functools import cached_property

from .result import PointSequence, Provenance, depth_scale

__all__ = ["FixedPoint", "FixedPoints"]


@dataclass(frozen=True)
class FixedPoint:
    """One fixed point of the variance map and the linearisations there.

    ``stable`` means |chi_q| < 1 or, at q = 0 with chi = 1, V(q) < q nearby.  ``multiplicity`` is 2
    where the graph of V touches the diagonal, and ``q_range`` is set if a whole range of variances
    is fixed (then q stands for all of it).
    At q = 0 the correlation is that of vanishing signals: c* = 1 is reported unless the weights
    are correlated and phi has a kink at 0, which then decides c*, C'(c*) and the phase.
    """

    q: float
    chi_q: float
    chi_1: float
    stable: bool
    c_star: float
    one_minus_c_star: float
    chi_c: float
    phase: str
    multiplicity: int = 1
    q_range: tuple[float, float] | None = None

    @property
    def xi_q(self):
        """Depth over which q_l - q* shrinks (or, if negative, grows) by e: -1/log|V'|."""
        return depth_scale(self.chi_q)

    @property
    def xi_c(self):
        """Depth over which c_l - c* shrinks by e: -1/log C'(c*); infinite at criticality."""
        return math.inf if self.phase == "critical" else depth_scale(self.chi_c)

    def __str__(self):
        kind = "stable" if self.stable else "unstable"
        if self.multiplicity == 2:
            kind = "double root"
        if self.q_range:
            kind = f"every q in ({self.q_range[0]:g}, {self.q_range[1]:g}) is fixed"
        return (
            f"q = {self.q:.15g} ({kind}, {self.phase}): chi_q = {self.chi_q:.12g}, "
            f"chi_1 = {self.chi_1:.12g}, c* = {self.c_star:.12g}, "
            f"xi_q = {self.xi_q:.6g}, xi_c = {self.xi_c:.6g}"
        )


@dataclass(frozen=True, repr=False)
class FixedPoints(PointSequence):
    """All fixed points in ascending order: a sequence of :class:`FixedPoint` with a statement."""

    points: tuple[FixedPoint, ...]
    activation: str
    sigma_w2: float
    sigma_b2: float
    statement: str
    provenance: Provenance

    @cached_property
    def stable(self):
        """The attracting ones."""
        return tuple(point for point in self.points if point.stable)

    def __repr__(self):
        values = ", ".join(f"{point.q:.6g}" for point in self.points)
        return (
            f"FixedPoints({self.activation}, sigma_w2={self.sigma_w2:g}, "
            f"sigma_b2={self.sigma_b2:g}: q = [{values}])"
        )
