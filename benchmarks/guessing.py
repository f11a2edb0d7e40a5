"""The regimes of the guessing bias over a plane of variances, and the law of a class fraction."""

import numpy as np

import initheory as it

from .measure import Result, best_of

SIDE = 500
POINTS = 1_000_000


def run() -> list[Result]:
    """Seconds of a phase diagram after compilation, its ratio to the plain one, and speed."""
    axes = np.linspace(0.5, 6, SIDE), np.linspace(0, 0.5, SIDE)
    bias, plain = it.GuessingBias("tanh"), it.MeanField("tanh")
    regimes(bias, *(axis[:3] for axis in axes))
    seconds, found = best_of(lambda: regimes(bias, *axes))
    without, _ = best_of(lambda: it.phase_diagram(plain, *axes).chi_1)
    return [
        Result(
            "bias-phase",
            f"seconds of a {SIDE} x {SIDE} map of the regimes of tanh, after compilation",
            seconds,
            2,
            at_least=False,
            details={
                "seconds": seconds,
                "plain_seconds": without,
                "ratio_to_plain": seconds / without,
                "phases": sorted(map(str, np.unique(found))),
            },
            note=f"{seconds / without:.2g} times the diagram without the bias",
        ),
        class_fraction(),
    ]


def regimes(model, sigma_w2, sigma_b2):
    """The phase at every point; what the diagram computes when first asked is included."""
    return it.phase_diagram(model, sigma_w2, sigma_b2).phase


def class_fraction() -> Result:
    """The distribution function of a class fraction beside the same formula by scipy.stats."""
    from scipy import stats

    g = np.linspace(0.001, 0.999, POINTS)
    law = it.class_fraction(gamma=4)
    ours, mine = best_of(lambda: law.cdf(g))
    theirs, other = best_of(lambda: stats.norm.cdf(stats.norm.ppf(g) / 2))
    details = {
        "nanoseconds_a_point": {"ours": 1e9 * ours / POINTS, "scipy": 1e9 * theirs / POINTS},
        "largest_difference": float(np.abs(mine - other).max()),
    }
    meaning = "distribution function of a class fraction, speed over scipy.stats"
    return Result("class-fraction", meaning, theirs / ours, 1, details=details)
