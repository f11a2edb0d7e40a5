r"""Figures of the covariance SDE: finite networks beside their limits, one function each.

Every function draws from the public verbs ``simulate`` and ``law``, takes the sizes as arguments
(small ones for a quick look) and returns a matplotlib Figure; the numbers drawn depend on the seed
only.  After Li, Nica & Roy 2022 (arXiv:2206.02768) and Li & Nica 2023 (arXiv:2310.12079).
"""

import math

import numpy as np

from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError
from theory.finite_width import at_width
from theory.network import Network
from theory.symbols import rho
from theory.unshaped import unshaped_limit

from .compile import compile
from .law import law
from .simulate import simulate

__all__ = [
    "correlation_densities",
    "correlation_paths",
    "explosion_curves",
    "joint_law",
    "norm_densities",
    "sequel",
    "unshaped_paths",
]


def correlation_paths(width=150, rho0=0.3, paths=8, seed=0):
    """F1: rho through ``width`` layers of ReLU networks, unshaped and shaped.

    Unshaped correlations tend to 1 like 1 - 9 pi^2/(2 l^2), drawn as a line; shaped ones diffuse.
    """
    figure, (left, right) = _axes(2)
    layers = np.arange(1, width + 1)
    unshaped, shaped = (
        simulate(
            Network("relu", width, width, shaping=shaping),
            rho0=rho0,
            layers=layers.tolist(),
            samples=paths,
            seed=seed,
        )
        for shaping in (False, None)
    )
    left.loglog(layers, 1.0 - unshaped.values.T, lw=0.8)
    start = float(unshaped_limit("relu").start)
    left.loglog(layers, np.minimum(start / layers**2, 2.0), "k--", label=r"$9\pi^2/(2\ell^2)$")
    left.set(xlabel=r"layer $\ell$", ylabel=r"$1-\rho_\ell$", title="unshaped")
    left.legend()
    right.plot(layers, shaped.values.T, lw=0.8)
    right.set(xlabel=r"layer $\ell$", ylabel=r"$\rho_\ell$", title="shaped", ylim=(-1, 1))
    return figure


def correlation_densities(width=100, T=1.0, rho0=0.3, c_plus=0, c_minus=-1, samples=8192, seed=0):
    """F2: rho after T width layers against the law of the SDE, with kappa and with kappa_n.

    The title of each line holds the Kolmogorov-Smirnov distance to the sample.
    """
    figure, (axes,) = _axes(1)
    depth = _depth(width, T)
    slopes = {"c_plus": c_plus, "c_minus": c_minus}
    network = Network("relu", width, depth, **slopes)
    values = np.sort(simulate(network, rho0=rho0, samples=samples, seed=seed).values)
    axes.hist(values, bins=60, density=True, color="0.8", label=f"networks, n = {width}")
    limit = CovarianceSDE("relu", **slopes)
    for sde, name in ((limit, r"$\kappa$"), (at_width(limit, width), r"$\kappa_n$")):
        found = law(sde, "rho", rho0=rho0, T=depth / width)
        distance = _distance(values, found.cdf(values))
        x = np.linspace(-0.999, 0.999, 800)
        axes.plot(x, found.density(x), label=f"{name}: KS {distance:.4f}")
    axes.set(xlabel=r"$\rho_T$", ylabel="density", ylim=(0, None))
    axes.legend()
    return figure


def norm_densities(width=100, T=1.0, samples=8192, seed=0):
    """F3: log V of ReLU networks against N(-T, 2T) (shaped) and N(-5T/2, 5T) (unshaped)."""
    figure, axes = _axes(2)
    depth = _depth(width, T)
    rates = (-1.0, 2.0), tuple(float(v) for v in unshaped_limit("relu").log_norm)
    for ax, shaping, title, (mean, variance) in zip(
        axes, (None, False), ("shaped", "unshaped"), rates, strict=True
    ):
        network = Network("relu", width, depth, shaping=shaping)
        values = simulate(network, V0=1.0, samples=samples, seed=seed).values.ravel()
        log_v, time = np.log(values), depth / width
        ax.hist(log_v, bins=60, density=True, color="0.8", label=f"networks, n = {width}")
        deviation = math.sqrt(variance * time)
        y = mean * time + deviation * np.linspace(-4, 4, 400)
        density = np.exp(-(((y - mean * time) / deviation) ** 2) / 2)
        label = f"N({mean * time:.3g}, {variance * time:.3g})"
        ax.plot(y, density / (deviation * math.sqrt(2 * math.pi)), label=label)
        ax.set(xlabel=r"$\log V_T$", ylabel="density", title=title)
        ax.legend()
    return figure


def explosion_curves(
    activations=("softplus", "silu", "gelu", "tanh"), T=2.0, points=24, paths=20_000, seed=0
):
    """F4: the share of exploded norms of the SDE against t, and P(T* <= t) as lines.

    Activations whose norm cannot explode stay at 0.
    """
    figure, (axes,) = _axes(1)
    times = T * np.arange(1, points + 1) / points
    for k, name in enumerate(activations):
        sde = CovarianceSDE(name)
        sample = simulate(sde, V0=1.0, T=T, paths=paths, seed=seed)
        exact = [law(sde, "V", V0=1, T=t).lost_above for t in times]
        axes.plot(times, exact, color=f"C{k}", label=sde.name)
        axes.plot(times, sample.exploded_by(times), ".", color=f"C{k}")
    axes.set(xlabel=r"$t$", ylabel=r"$P(T^* \leq t)$", ylim=(-0.01, None))
    axes.legend()
    return figure


#: The covariance that the joint figure starts from by default.
_THREE = ((1.0, 0.3, -0.2), (0.3, 0.8, 0.4), (-0.2, 0.4, 1.2))


def joint_law(
    width=200, T=0.5, start=_THREE, c_plus="1/2", c_minus=-1, samples=1500, paths=1500, seed=0
):
    """F5: covariances of three inputs, finite networks against the matrix SDE at that width."""
    start = np.asarray(start, dtype=float)
    if start.shape != (3, 3):
        raise InputError(f"joint_law: three inputs are drawn; start has shape {start.shape}")
    figure, axes = _axes(3)
    depth = _depth(width, T)
    slopes = {"c_plus": c_plus, "c_minus": c_minus}
    network = simulate(
        Network("relu", width, depth, **slopes), V0=start, samples=samples, seed=seed
    )
    sde = at_width(CovarianceSDE("relu", **slopes), width)
    limit = simulate(sde, V0=start, T=depth / width, paths=paths, seed=seed)
    pairs = (0, 1), (0, 2), (1, 2)
    for ax, first, second in zip(axes, pairs, (pairs[1], pairs[2], pairs[0]), strict=True):
        for sample, label, size in ((network, f"networks, n = {width}", 3), (limit, "SDE", 3)):
            ax.plot(
                sample.values[:, first[0], first[1]],
                sample.values[:, second[0], second[1]],
                ".",
                ms=size,
                alpha=0.4,
                label=label,
            )
        names = [f"$V^{{{i + 1}{j + 1}}}$" for i, j in (first, second)]
        ax.set(xlabel=names[0], ylabel=names[1], xlim=(-1.5, 2), ylim=(-1.5, 2))
    axes[0].legend()
    return figure


def sequel(width=200, samples=4096, paths=20_000, rho0=0.1, gamma=1, seed=0):
    """F6: unshaped networks in the middle of their collapse, and two ways to the same flow.

    Left: log q_1, q_t = l^2 (1 - rho_l) and t = l/n, of ReLU networks that start at t = 1/2 from
    q = 9 pi^2/2, against the SDE of q_t.  (From a generic first layer the approach to the SDE is
    logarithmic in the width.)  Right: rho in a residual network much wider than deep beside the
    shaped network with (c_+ - c_-)^2 = 2 gamma^2.
    """
    figure, (left, right) = _axes(2)
    limit = unshaped_limit("relu")
    half = _depth(width, 0.5)
    first = 1.0 - float(limit.start) / half**2
    if first <= -1.0:
        raise InputError(f"sequel: width {width} is too small for q = 9 pi^2/2 at half depth")
    network = Network("relu", width, width - half, shaping=False)
    last = simulate(network, rho0=first, samples=samples, seed=seed).values
    log_q = np.log(width**2 * (1.0 - last)), unshaped_paths(limit, half / width, 1.0, paths, seed)
    for values, label in zip(log_q, (f"networks, n = {width}", "SDE"), strict=True):
        left.hist(values, bins=60, density=True, histtype="step", label=label)
    left.set(xlabel=r"$\log q_1$", ylabel="density")
    left.legend()
    times = np.linspace(0.0, 2.0, 81)
    residual = CovarianceSDE("relu", architecture="residual", gamma=gamma).correlation
    shaped = CovarianceSDE("relu", c_minus=f"sqrt(2)*{gamma}").correlation
    # much wider than deep there is no noise, nor what noise adds to the drift (Ito)
    quiet = shaped.drift - CovarianceSDE("linear").correlation.drift
    right.plot(times, _flow(residual.drift, rho0, times), label="residual network")
    name = r"shaped, $(c_+-c_-)^2 = 2\gamma^2$"
    right.plot(times, _flow(quiet, rho0, times), ".", ms=4, label=name)
    right.set(xlabel=r"$t$", ylabel=r"$\rho_t$")
    right.legend()
    return figure


def unshaped_paths(limit, begin, end, paths, seed=0, steps=400):
    """log q at time ``end`` of the unshaped limit from its start at ``begin``: an array of paths.

    Euler-Maruyama in s = log t, where d log q = (2 - k sqrt(q) - m t) ds + 2 sqrt(m t) dB_s.
    """
    m, k = float(limit.m), float(limit.k)
    random = np.random.default_rng(seed)
    log_q = np.full(paths, math.log(float(limit.start)))
    s, h = np.linspace(math.log(begin), math.log(end), steps + 1, retstep=True)
    for now in s[:-1]:
        time = math.exp(now + h / 2)
        log_q += (2.0 - k * np.exp(log_q / 2) - m * time) * h
        log_q += 2.0 * math.sqrt(m * time * h) * random.standard_normal(paths)
    return log_q


def _flow(drift, start, times):
    """The flow of the drift of a correlation, to 1e-9."""
    from scipy.integrate import solve_ivp

    function = compile(drift, [rho])

    def slope(_, state):
        return [function(float(np.clip(state[0], -1.0, 1.0)))]

    found = solve_ivp(slope, (times[0], times[-1]), [start], t_eval=times, rtol=1e-9, atol=1e-12)
    return found.y[0]


def _distance(values, cdf):
    """The Kolmogorov-Smirnov distance of sorted values to a law."""
    ranks = np.arange(len(values) + 1) / len(values)
    return float(max(np.max(cdf - ranks[:-1]), np.max(ranks[1:] - cdf)))


def _depth(width, time):
    depth = round(width * time)
    if depth < 1:
        raise InputError(f"T = {time} is less than one layer of width {width}; take a larger T")
    return depth


def _axes(count):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(4.4 * count, 3.4), layout="constrained", squeeze=False
    )
    return figure, axes[0]
