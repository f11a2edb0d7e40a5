"""Paths of the correlation SDE of shaped ReLU: speed, threads, memory."""

import math
import os

import numpy as np

import initheory as it

from .hand_written import correlation_paths
from .measure import Result, best_of, child

STEPS = 128
START = 0.3
#: Mean and variance of rho_1 from 0.3, by the Fokker-Planck equation.
EXACT = 0.34155119, 0.34952198

MEMORY = """
import json, resource
import initheory as it
sde = it.CovarianceSDE("relu")
it.simulate(sde, rho0=0.3, T=1, paths=10**5, keep="statistics")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
sample = it.simulate(sde, rho0=0.3, T=1, paths=10**7, keep="statistics")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"10^5 paths": before, "10^7 paths": after, "mean": sample.mean}))
"""


def run() -> list[Result]:
    """One core against a scalar compiled loop and NumPy; then two threads and 10^7 paths."""
    return [*speed(), threads(), memory()]


def euler(paths, seed=1):
    """Euler-Maruyama in rho, vectorised over the paths, clipped to [-1, 1]."""
    random, h, k = np.random.default_rng(seed), 1 / STEPS, 1 / (2 * math.pi)
    rho = np.full(paths, START)
    for _ in range(STEPS):
        square = 1 - rho * rho
        drift = k * (np.sqrt(square) - rho * np.arccos(rho)) - 0.5 * rho * square
        step = drift * h + square * math.sqrt(h) * random.standard_normal(paths)
        rho = np.clip(rho + step, -1.0, 1.0)
    return rho


def speed():
    """Nanoseconds a path and step of each, statistics included on our side."""
    sde, many, few = it.CovarianceSDE("relu"), 10**6, 1 << 13
    generator, out = np.random.default_rng(1), np.empty(few)

    def ours():
        return it.simulate(
            sde, rho0=START, T=1, paths=many, steps=STEPS, threads=1, keep="statistics"
        )

    sides = {
        "ours": (ours, many),
        "scalar": (lambda: correlation_paths(generator, STEPS, START, out), few),
        "numpy": (lambda: euler(many), many),
    }
    cost = {}
    for name, (work, paths) in sides.items():
        work()
        cost[name] = 1e9 * best_of(work, 3 if paths == many else 9)[0] / paths / STEPS
    sample = ours()
    details = {
        "nanoseconds a path and step": cost,
        "deviation in standard errors": (sample.mean - EXACT[0]) / sample.standard_error,
    }
    return [
        Result(
            "sde-scalar",
            "correlation SDE, speed a step over a scalar compiled loop, one core",
            cost["scalar"] / cost["ours"],
            7,
            details=details,
        ),
        Result(
            "sde-numpy",
            "the same over vectorised NumPy Euler-Maruyama",
            cost["numpy"] / cost["ours"],
            10,
        ),
    ]


def threads():
    """Whether 1, 2 and 4 threads give the same bits; the gain of two as a detail."""
    sde, paths = it.CovarianceSDE("relu"), 1 << 18
    runs, seconds = {}, {}
    for count in (1, 2, 4):

        def work(count=count):
            return it.simulate(sde, rho0=START, T=1, paths=paths, threads=count)

        seconds[count], runs[count] = best_of(work)
    same = [np.array_equal(runs[1].values, runs[n].values) for n in (2, 4)]
    return Result(
        "sde-threads",
        "share of thread counts 2, 4 whose paths are bitwise those of one thread",
        sum(same) / 2,
        1,
        details={"seconds": seconds, "processors": os.cpu_count()},
    )


def memory():
    """The peak of the whole process, imports included."""
    peaks = child(MEMORY)
    return Result(
        "sde-memory",
        "megabytes of a process that simulates 10^7 paths",
        peaks["10^7 paths"],
        300,
        at_least=False,
        details=peaks,
    )
