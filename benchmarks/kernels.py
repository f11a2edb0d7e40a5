"""Generated kernels against kernels written by hand, on the same nodes."""

import numpy as np

import initheory as it

from .hand_written import gelu_array, gelu_moments
from .measure import Result, best_of


def run() -> list[Result]:
    """GELU: the mean of phi^2 and phi'^2 over nodes, and phi on an array."""
    return [moments(), elementwise()]


def moments() -> Result:
    """E phi^2 and E phi'^2 at 2000 variances with 384 nodes each."""
    from numerics.kernels import load_module
    from numerics.moment_kernel import moment_source

    phi = it.activation("gelu")
    source = moment_source([[phi.expr**2, phi.derivative_expr(1) ** 2]], [])
    generated = load_module(source, "the moments of gelu").sums_0
    points, weights = np.polynomial.legendre.leggauss(384)
    z, w = 9 * points, 9 * weights / np.sqrt(2 * np.pi)
    q = np.geomspace(0.01, 100, 2000)
    tiled = np.tile(z, q.size), np.tile(w, q.size)
    start, scale = np.arange(q.size + 1) * z.size, np.sqrt(q)
    out = np.empty((q.size, 4))

    def ours():
        generated(start, np.zeros_like(scale), scale, *tiled, np.zeros(0), out)
        return out[:, :2]

    density = w * np.exp(-(z**2) / 2)

    def by_hand():
        return np.array([gelu_moments(variance, z, density) for variance in q])

    ours(), by_hand()
    our_seconds, mine = best_of(ours, 5)
    hand_seconds, theirs = best_of(by_hand, 5)
    return Result(
        "generated-moments",
        "generated moments kernel of GELU, speed over one written by hand",
        hand_seconds / our_seconds,
        0.9,
        details={
            "seconds": {"ours": our_seconds, "by hand": hand_seconds},
            "largest relative difference": float(np.max(np.abs(mine / theirs - 1))),
        },
    )


def elementwise() -> Result:
    """GELU of a million numbers."""
    x = np.random.default_rng(0).standard_normal(10**6)
    ours = it.compile(it.activation("gelu"))
    ours(x), gelu_array(x)
    our_seconds, mine = best_of(lambda: ours(x), 5)
    hand_seconds, theirs = best_of(lambda: gelu_array(x), 5)
    return Result(
        "generated-elementwise",
        "compiled GELU of a million numbers, speed over one written by hand",
        hand_seconds / our_seconds,
        0.9,
        details={
            "seconds": {"ours": our_seconds, "by hand": hand_seconds},
            "largest difference": float(np.max(np.abs(mine - theirs))),
        },
    )
