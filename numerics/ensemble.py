"""Many independent simulations, in blocks, on threads, reduced in the order of the blocks.

A task computes the paths begin, ..., begin + count - 1 and must not depend on how paths are cut
into blocks; the random numbers are keyed by the path, so it does not.  Blocks end at multiples of
their size, are computed in any order and are added up in order: no result depends on the number of
threads.  Either all values are kept, or moments and a histogram, in memory that does not grow.
"""

import os
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .input import whole

__all__ = ["Block", "Ensemble", "Scale", "run", "thread_count"]


@dataclass(frozen=True)
class Block:
    """What a task returns: ``values`` [path, record, ...] and when a path exploded, or None.

    Values of a path at and after its explosion are infinite (V) or nan (a correlation).
    """

    values: np.ndarray
    times: np.ndarray | None = None


@dataclass(frozen=True)
class Scale:
    """Where a histogram counts: ``forward`` maps values to [low, high], ``back`` returns."""

    forward: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]
    low: float
    high: float
    bins: int = 1 << 14


@dataclass(frozen=True)
class Ensemble:
    """The paths of all blocks: ``mean`` and ``variance`` are over the paths still ``finite``."""

    values: np.ndarray | None
    finite: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    counts: np.ndarray | None
    explosion_times: np.ndarray


def run(task, paths, first, size, threads, scale=None, progress=None) -> Ensemble:
    """Compute ``paths`` paths from number ``first`` on, in blocks of ``size``.

    Values are kept if ``scale`` is None; else only moments and a histogram on that scale.
    """
    pieces = list(_pieces(first, paths, size))
    collect = _Keep() if scale is None else _Reduce(scale)
    report, done = _reporter(progress), 0
    for block in _in_order(task, pieces, threads):
        collect.add(block)
        done += len(block.values)
        report(done, paths)
    return collect.result()


def thread_count(threads, verb, name="threads"):
    """The number of threads to use; None is one for each processor available."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return whole(threads, name, verb)


def _pieces(first, paths, size):
    begin, end = first, first + paths
    while begin < end:
        stop = min((begin // size + 1) * size, end)
        yield begin, stop - begin
        begin = stop


def _in_order(task, pieces, threads):
    """The results of the pieces in order; at most two for each thread are alive at once."""
    if threads == 1 or len(pieces) == 1:
        yield from (task(*piece) for piece in pieces)
        return
    waiting, rest = deque(), iter(pieces)
    with ThreadPoolExecutor(threads) as pool:
        try:
            for piece in rest:
                waiting.append(pool.submit(task, *piece))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _reporter(progress):
    if progress is None or progress is False:
        return lambda done, total: None
    if callable(progress):
        return progress

    def show(done, total):
        end = "\n" if done == total else ""
        print(f"\r{done / total:4.0%} of {total} paths", end=end, file=sys.stderr, flush=True)

    return show


class _Keep:
    """All values, in order."""

    def __init__(self):
        self.blocks = []

    def add(self, block):
        self.blocks.append(block)

    def result(self):
        values = np.concatenate([block.values for block in self.blocks])
        times = [t[np.isfinite(t)] for b in self.blocks if (t := b.times) is not None]
        self.blocks.clear()
        finite, mean, variance = _moments(values)
        every = np.concatenate(times) if times else np.empty(0)
        return Ensemble(values, finite, mean, variance, None, every)


class _Reduce:
    """Counts, moments and a histogram of each recorded number."""

    def __init__(self, scale):
        self.scale = scale
        self.moments = None
        self.counts = None
        self.times = []

    def add(self, block):
        values = block.values.reshape(len(block.values), -1)
        if self.counts is None:
            self.shape = block.values.shape[1:]
            self.counts = np.zeros((values.shape[1], self.scale.bins), dtype=np.int64)
        for row, column in zip(self.counts, values.T, strict=True):
            row += self._histogram(column)
        self.moments = _merged(self.moments, _moments(block.values))
        if block.times is not None:
            self.times.append(block.times[np.isfinite(block.times)])

    def result(self):
        finite, mean, variance = self.moments
        counts = self.counts.reshape(*self.shape, self.scale.bins)
        times = np.concatenate(self.times) if self.times else np.empty(0)
        return Ensemble(None, finite, mean, variance, counts, times)

    def _histogram(self, column):
        scale = self.scale
        known = column[np.isfinite(column)]
        place = (scale.forward(known) - scale.low) * (scale.bins / (scale.high - scale.low))
        bins = np.clip(place, 0, scale.bins - 1).astype(np.int64)
        return np.bincount(bins, minlength=scale.bins)


def _moments(values):
    """(number, mean, variance) of the finite values of every recorded number."""
    flat = values.reshape(len(values), -1)
    finite = np.isfinite(flat)
    if finite.all():
        count = np.full(flat.shape[1], len(flat))
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = flat.mean(axis=0), flat.var(axis=0)
    else:
        count, mean, variance = finite.sum(axis=0), *np.full((2, flat.shape[1]), np.nan)
        for i, good in enumerate(finite.T):
            if count[i]:
                with np.errstate(over="ignore", invalid="ignore"):
                    mean[i], variance[i] = flat[good, i].mean(), flat[good, i].var()
    shape = values.shape[1:]
    return count.reshape(shape), mean.reshape(shape), variance.reshape(shape)


def _merged(old, new):
    """Moments of two groups together (T. Chan, G. Golub, R. LeVeque 1983)."""
    if old is None:
        return new
    (n, mean, var), (k, mean_, var_) = old, new
    total = n + k
    safe = np.maximum(total, 1)
    mean, var = np.where(n, mean, 0.0), np.where(n, var, 0.0)
    step = np.where(k, mean_, 0.0) - mean
    step = np.where((n > 0) & (k > 0), step, np.where(k > 0, step, 0.0))
    merged = mean + step * (k / safe)
    spread = var * n + np.where(k, var_, 0.0) * k + step**2 * (n * k / safe)
    nothing = total == 0
    return (
        total,
        np.where(nothing, np.nan, merged),
        np.where(nothing, np.nan, spread / safe),
    )
