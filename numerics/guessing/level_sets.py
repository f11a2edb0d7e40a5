"""The sets {y : phi(y) < phi(x)} in double precision, for arrays of x.

The line is cut into runs on which phi rises or falls, not strictly.  On each the set has one end,
where phi passes the level phi(x); ends of neighbouring runs cancel, so that the indicator of the
set is sum_r s_r 1{y < e_r} (+ 1 if the last run falls), s_r = 1 on rising and -1 on falling runs;
two runs of one direction, between which phi jumps back, leave their joint as one more, fixed end.
Ties on flat stretches go to the run that lies further right, within a run to its upper end.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from theory.errors import PrecisionError

from ..gaussian_panels import Feature

__all__ = ["LevelSets", "level_sets"]

_POINTS = 1500  #: places per run at which phi is tabulated
_SCAN = 6000
_STEPS = 8
_MOST_RUNS = 40


@dataclass(frozen=True, eq=False)
class _Run:
    """Places ``grid`` on a run, and phi there times ``sign``, which ascends."""

    sign: int
    grid: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class LevelSets:
    """The runs of a function on [-reach, reach], from left to right."""

    phi: object
    slope: object
    runs: tuple[_Run, ...]

    @property
    def monotone(self):
        """1 or -1 if there is one run, rising or falling, else None."""
        return self.runs[0].sign if len(self.runs) == 1 else None

    @property
    def constant(self):
        """1 if the set reaches to +oo for high levels, else 0."""
        return 1 if self.runs[-1].sign < 0 else 0

    @cached_property
    def _fixed(self):
        """Joints of runs of one direction, with the sign of each."""
        pairs = zip(self.runs[:-1], self.runs[1:], strict=True)
        return [(-a.sign, a.grid[-1]) for a, b in pairs if a.sign == b.sign]

    @cached_property
    def signs(self):
        """s_r of each end."""
        return np.array([run.sign for run in self.runs] + [sign for sign, _ in self._fixed])

    def ends(self, x):
        """e_r for an array of x: shape (ends, x.size)."""
        x = np.asarray(x, dtype=float)
        level = self.phi(x)
        home = np.searchsorted([run.grid[-1] for run in self.runs[:-1]], x)
        found = np.empty((self.signs.size, x.size))
        for index, run in enumerate(self.runs):
            own = home == index
            found[index] = x
            if not own.all():
                found[index, ~own] = self._end(run, level[~own], index < home[~own])
        for index, (_, place) in enumerate(self._fixed, len(self.runs)):
            found[index] = place
        return found

    def _end(self, run, level, ties):
        """Where phi passes the levels on a run; ``ties`` marks those whose equals are below."""
        target = run.sign * level
        upper = ties == (run.sign > 0)  # which end of a flat stretch
        right = np.searchsorted(run.values, target, side="right")
        left = np.searchsorted(run.values, target, side="left")
        index = np.where(upper, right, left)
        inside = (index > 0) & (index < run.grid.size)
        index = np.clip(index, 1, run.grid.size - 1)
        low, high = run.grid[index - 1], run.grid[index]
        exact = np.where(upper, run.values[index - 1], run.values[index]) == target
        at = np.where(upper, low, high)
        y = np.where(exact, at, (low + high) / 2)
        with np.errstate(all="ignore"):
            for _ in range(_STEPS):
                gap = run.sign * self.phi(y) - target
                high = np.where(gap > 0, y, high)
                low = np.where(gap <= 0, y, low)
                newton = y - gap / (run.sign * self.slope(y))
                within = (newton >= low) & (newton <= high)
                y = np.where(exact, y, np.where(within, newton, (low + high) / 2))
        outside = np.where(target < run.values[0], run.grid[0], run.grid[-1])
        return np.where(inside, y, outside)

    def between(self, index, level):
        """Where phi passes the levels on run ``index``, its ends for levels outside."""
        run = self.runs[index]
        target = run.sign * level
        found = self._end(run, level, np.zeros(level.size, bool))
        found = np.where(target <= run.values[0], run.grid[0], found)
        return np.where(target >= run.values[-1], run.grid[-1], found)

    @cached_property
    def features(self):
        """Where the measure of the set is not smooth: ends of runs and the levels of these."""
        if len(self.runs) == 1:
            return ()
        joints = [float(run.grid[-1]) for run in self.runs[:-1]]
        levels = [
            float(v * run.sign) for run in self.runs for v in (run.values[0], run.values[-1])
        ]
        places = []
        for run in self.runs:
            own = np.array([v for v in levels if run.values[0] < run.sign * v < run.values[-1]])
            if own.size:
                places += list(self._end(run, own, np.zeros(own.size, bool)))
        kept = []
        for place in sorted(places):
            others = (*joints, *kept[-1:])
            if all(abs(place - other) > 1e-7 for other in others):
                kept.append(float(place))
        return tuple(Feature(p, kinked=True) for p in joints) + tuple(
            Feature(p, kinked=True, singular=True) for p in kept
        )


def level_sets(phi, slope, reach, jumps=()) -> LevelSets:
    """The sets of ``phi`` with derivative ``slope`` on [-reach, reach].

    ``jumps`` lists (place, size) where phi or phi' jumps, with the size of the jump of phi.

    >>> sets = level_sets(np.square, lambda x: 2 * x, 9.0)
    >>> sets.ends(np.array([1.0, -2.0])).round(12)
    array([[-1., -2.],
           [ 1.,  2.]])
    """
    near = np.geomspace(1e-3, 1.0, 200) * reach
    scan = np.unique(np.concatenate([np.linspace(-reach, reach, _SCAN), near, -near]))
    steps = {place: size for place, size in jumps if abs(place) < reach}
    kinks = np.array(sorted(steps))
    edges = np.unique(np.concatenate([[-reach, reach], kinks]))
    turns, last = [], None
    for left, right in pairwise(edges):
        inner = scan[(scan > left) & (scan < right)]
        if inner.size < 3:
            inner = np.linspace(left, right, 5)[1:-1]
        with np.errstate(all="ignore"):
            signs = np.sign(slope(inner))
        step = np.sign(steps.get(left, 0.0))
        if step and last is not None and step != last[1]:
            turns.append((float(left), last[1]))
            last = None
        for place, sign in zip(inner, signs, strict=True):
            if not sign:
                continue
            if last is not None and sign != last[1]:
                between = [k for k in kinks if last[0] < k < place]
                turn = between[-1] if between else _root(slope, last[0], place)
                turns.append((float(turn), last[1]))
            last = (place, sign)
        if last is None and left in steps:  # flat after a jump
            last = (float(inner[-1]), 1.0)
    final = 1.0 if last is None else last[1]
    if len(turns) > _MOST_RUNS:
        raise PrecisionError(
            f"the maximum over neurons is followed through at most {_MOST_RUNS} turns of phi, and "
            f"there are {len(turns)} within {reach:.3g} of 0; take a smaller variance"
        )
    ends = [-reach, *(turn for turn, _ in turns), reach]
    signs = [*(sign for _, sign in turns), final]
    runs = tuple(
        _tabulated(phi, int(sign), left, right, kinks)
        for sign, left, right in zip(signs, ends[:-1], ends[1:], strict=True)
    )
    return LevelSets(phi, slope, runs)


def _root(slope, left, right):
    """The sign change of the slope between two places."""
    first = np.sign(slope(np.array([left])))[0]
    for _ in range(80):
        middle = (left + right) / 2
        if np.sign(slope(np.array([middle])))[0] == first:
            left = middle
        else:
            right = middle
    return (left + right) / 2


def _tabulated(phi, sign, left, right, kinks):
    t = np.linspace(0.0, np.pi, _POINTS)
    grid = left + (right - left) * (1 - np.cos(t)) / 2
    grid = np.unique(np.concatenate([grid, [k for k in kinks if left <= k <= right]]))
    return _Run(sign, grid, np.maximum.accumulate(sign * phi(grid)))
