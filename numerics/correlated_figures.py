r"""Figures of correlated weights: the phase plane, correlation maps, depth, edges of chaos.

Every function takes its sizes as arguments and returns a matplotlib Figure.  (After D. Singh and
G. J. Sreejith, arXiv:2103.12499.)
"""

import math

import numpy as np

from theory.mean_field import MeanField
from theory.network import Network
from theory.symbols import l, q, rho

from .compile import compile
from .phase_diagram import phase_diagram
from .propagate import propagate
from .simulate import simulate

__all__ = ["correlation_by_depth", "correlation_maps", "gained_edges", "weight_phases"]


def weight_phases(activation="relu", sigma_b2=0.1, points=120):
    """The attracting correlation over weight variance and correlation, with both lines."""
    figure, (axes,) = _axes(1)
    phase_diagram(
        activation,
        np.linspace(0.5, 4, points),
        sigma_b2,
        weight_correlation=np.linspace(-1, 1, points),
    ).plot(ax=axes)
    return figure


def correlation_maps(
    activation="relu", kappas=(-1, 0, 0.5, 1), starts=(0.1, 0.5, 0.9, 0.99), layers=40
):
    """C without biases for several kappa, with a cobweb of the last, and its paths by layer.

    The cobweb goes from the last start; ``activation`` is of degree 1.
    """
    figure, (left, right) = _axes(2)
    c = np.linspace(0, 1, 400)
    for kappa in kappas:
        map_ = compile(_free(activation, kappa).correlation_map, [rho])
        left.plot(c, map_(c), label=rf"$\kappa = {kappa:g}$")
    left.plot(c, c, "k:", lw=0.8)
    maps = _free(activation, kappas[-1])
    paths = propagate(
        maps.mean_field, maps.boundary, 0, depth=layers, q0=1.0, c0=np.array(starts)
    ).c
    steps = np.repeat(paths[:, -1], 2)
    left.plot(steps[:-1], steps[1:], color="0.4", lw=0.8)
    left.set(xlabel=r"$c^\ell$", ylabel=r"$c^{\ell+1}$", title=f"{activation}, no biases")
    left.legend()
    for path in paths.T:
        right.plot(path, ".-", ms=3)
    right.axhline(float(maps.c_star().evalf(17)), color="k", ls=":", lw=0.8)
    right.set(xlabel=r"layer $\ell$", ylabel=r"$c^\ell$", title=rf"$\kappa = {kappas[-1]:g}$")
    return figure


def correlation_by_depth(
    activation="relu",
    kappas=(0, 0.5, 1),
    starts=(0.1, 0.5, 0.9, 0.99),
    depth=50,
    width=500,
    samples=100,
):
    """c by layer at the norm-preserving sigma_w2 from several starts; dotted: where it tends to.

    The band holds the middle 95 % of random networks of one ``width`` from the last start; for
    kappa = 0 the dotted line is the power law of the critical decay.
    """
    figure, panels = _axes(len(kappas), width=3.8, sharey=True)
    layers = np.arange(depth + 1)
    for axes, kappa in zip(panels, kappas, strict=True):
        maps = _free(activation, kappa)
        path = propagate(
            maps.mean_field, maps.boundary, 0, depth=depth, q0=1.0, c0=np.array(starts)
        )
        axes.plot(layers, path.c)
        net = Network(activation, width, depth, sigma_w2=maps.boundary, weight_correlation=kappa)
        drawn = simulate(net, rho0=starts[-1], samples=samples, layers=layers[1:].tolist())
        ends = np.quantile(drawn.values, [0.025, 0.975], axis=0)
        axes.fill_between(layers[1:], *ends, color=f"C{len(starts) - 1}", alpha=0.2, lw=0)
        axes.plot(layers[1:], _limit(maps, layers[1:]), "k:", lw=1)
        axes.set(xlabel=r"layer $\ell$", title=rf"$\kappa = {kappa:g}$", ylim=(-0.1, 1.03))
    panels[0].set_ylabel(r"$c^\ell$")
    return figure


def gained_edges(activations=("gelu", "softplus"), kappas=(0, 0.5, 1), points=400):
    """The edges of chaos of activations for several kappa, dashed where the fixed point repels."""
    figure, panels = _axes(len(activations))
    size = np.geomspace(1e-3, 100, points)
    for axes, name in zip(panels, activations, strict=True):
        for number, kappa in enumerate(kappas):
            edge = MeanField(name, weight_correlation=kappa).edge_of_chaos
            parts = edge.sigma_w2, edge.sigma_b2, edge.stability
            weight, bias, slope = (compile(part, [q])(size) for part in parts)
            for attracts, style in ((slope <= 1, "-"), (slope >= 1, "--")):
                shown = np.where(attracts & (bias >= 0), weight, math.nan)
                label = rf"$\kappa = {kappa:g}$" if style == "-" else None
                axes.plot(shown, bias, style, color=f"C{number}", label=label)
        axes.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=name, ylim=(0, 1))
        axes.legend()
    return figure


def _limit(maps, layers):
    """c* in every layer, or the power law by which c tends to 1 where there is one."""
    slow = maps.phase_at(maps.boundary).approach
    if slow is not None:
        return 1 - compile(slow, [l])(layers.astype(float))
    return np.full(layers.size, float(maps.c_star().evalf(17)))


def _free(activation, kappa):
    """The closed forms of degree 1."""
    return MeanField(activation, weight_correlation=kappa).scale_free


def _axes(count, width=4.6, sharey=False):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(width * count, 3.6), layout="constrained", squeeze=False, sharey=sharey
    )
    return figure, axes[0]
