"""Finite networks of width 500 with two inputs: exact in law against drawn weights."""

import numpy as np

import initheory as it

from .measure import Result, best_of

WIDTH, DEPTH, NETWORKS = 500, 20, 2000
START = np.array([[1.0, 0.3], [0.3, 1.0]])


def brute(depth, seed=1):
    """One ReLU network with weights drawn by NumPy, as one would write it."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((WIDTH, 2)) @ np.linalg.cholesky(START).T
    for _ in range(depth):
        weights = random.standard_normal((WIDTH, WIDTH))
        z = weights @ np.maximum(z, 0.0) * np.sqrt(2 / WIDTH)
    return z


def run() -> list[Result]:
    """Seconds a layer and network on one thread, and two samples' agreement on five statistics."""
    from scipy import stats

    net = it.Network("relu", WIDTH, DEPTH, shaping=False)

    def ours():
        return it.simulate(net, V0=START, samples=NETWORKS, threads=1)

    ours()
    fast, _ = best_of(ours, 3)
    slow, _ = best_of(lambda: brute(DEPTH), 5)
    cost = {"ours": fast / NETWORKS / DEPTH, "drawn": slow / DEPTH}
    small = it.Network("relu", 100, 20, c_plus=1)
    drawn = statistics(it.simulate(small, V0=START, samples=1000, method="brute"))
    exact = statistics(it.simulate(small, V0=START, samples=10_000))
    p_values = {name: float(stats.ks_2samp(drawn[name], exact[name]).pvalue) for name in drawn}
    return [
        Result(
            "network-exact",
            "network of width 500 exact in law, speed over drawing its weights",
            cost["drawn"] / cost["ours"],
            200,
            details={"microseconds a layer": {k: 1e6 * v for k, v in cost.items()}},
        ),
        Result(
            "network-law",
            "least p-value of five Kolmogorov-Smirnov tests against drawn weights",
            min(p_values.values()),
            1e-3,
            details=p_values,
        ),
    ]


def statistics(sample):
    v, rho = sample.values, sample.correlation()
    return {
        "log V11": np.log(v[:, 0, 0]),
        "log V22": np.log(v[:, 1, 1]),
        "V12": v[:, 0, 1],
        "rho": rho,
        "log det": np.log(v[:, 0, 0] * v[:, 1, 1] * (1 - rho**2)),
    }
