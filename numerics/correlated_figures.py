r"""Figures of correlated and asymmetric weights: edges, maps, depth, dead networks, growth.

Every function takes its sizes as arguments and returns a matplotlib Figure.  (After R. Singh and
P. Sreejith, arXiv:2103.12499, and L. Lu, Y. Shin, Y. Su and G. E. Karniadakis, arXiv:1903.06733.)
"""

import numpy as np

from theory.asymmetric.maps import AsymmetricMaps, m, s
from theory.matrix_laws.asymmetric import Asymmetric
from theory.mean_field import MeanField
from theory.network import Network
from theory.symbols import q, rho, sigma_b2, sigma_w2

from .asymmetric.gain import asymmetric_gain
from .asymmetric.iteration import asymmetric_iteration
from .compile import compile
from .dead_study import dead_study
from .dead_units import dead_units
from .propagate import propagate
from .simulate import simulate

__all__ = [
    "asymmetric_growth_curves",
    "correlated_edges",
    "correlated_maps",
    "correlated_networks",
    "dead_networks",
]


def correlated_edges(activations=("gelu", "softplus"), kappas=(0, 0.5, 1), points=400):
    """The edges of chaos of activations for several kappa, dashed where the fixed point repels."""
    figure, panels = _axes(len(activations))
    size = np.geomspace(1e-3, 30, points)
    for axes, name in zip(panels, activations, strict=True):
        for number, kappa in enumerate(kappas):
            edge = MeanField(name, weight_correlation=kappa).edge_of_chaos
            parts = edge.sigma_w2, edge.sigma_b2, edge.stability
            weight, bias, slope = (compile(part, [q])(size) for part in parts)
            for kept, style in ((np.abs(slope) <= 1, "-"), (np.abs(slope) >= 1, "--")):
                shown = np.where(kept & (bias >= 0), weight, np.nan)
                label = rf"$\kappa = {kappa:g}$" if style == "-" else None
                axes.plot(shown, bias, style, color=f"C{number}", label=label)
        axes.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=name, ylim=(0, 1))
        axes.legend()
    return figure


def correlated_maps(activation="relu", kappas=(-1, 0, 0.5, 1), start=0.95, steps=40, points=200):
    """C without biases for several kappa, and a cobweb to the attracting c* of one of them."""
    figure, (left, right) = _axes(2)
    c = np.linspace(0, 1, points)
    for number, kappa in enumerate(kappas):
        map_ = compile(_free(activation, kappa).correlation_map, [rho])
        left.plot(c, map_(c), color=f"C{number}", label=rf"$\kappa = {kappa:g}$")
    chosen = kappas[-2]
    map_, path = compile(_free(activation, chosen).correlation_map, [rho]), [start]
    for _ in range(steps):
        path.append(float(map_(path[-1])))
    right.plot(c, map_(c), color=f"C{len(kappas) - 2}")
    right.plot(np.repeat(path, 2)[:-1], np.repeat(path, 2)[1:], color="0.4", lw=0.8)
    star = float(_free(activation, chosen).c_star().evalf(17))
    right.plot(star, star, "ko", ms=4, label=rf"$c^* = {star:.4f}$")
    right.set(title=rf"$\kappa = {chosen:g}$", xlim=(0.6, 1), ylim=(0.6, 1))
    for axes in (left, right):
        axes.plot(c, c, color="k", ls=":", lw=0.8)
        axes.set(xlabel=r"$c^\ell$", ylabel=r"$c^{\ell+1}$")
        axes.legend()
    left.set_title(f"{activation}, no biases")
    return figure


def correlated_networks(
    activation="relu", kappa=0.5, starts=(0.3, 0.9, 0.99), width=500, depth=30, samples=60
):
    """c by layer: the map, and the middle half and 95 % of networks of one width around it.

    On the right the same without correlation, with the power law of the critical decay.
    """
    figure, panels = _axes(2)
    for axes, value in zip(panels, (kappa, 0), strict=True):
        maps = _free(activation, value)
        weight, layers = maps.boundary, np.arange(depth + 1)
        for number, start in enumerate(starts):
            path = propagate(
                maps.mean_field, weight, 0, depth=depth, q0=1.0, c0=start
            )
            axes.plot(layers, path.c, color=f"C{number}")
            network = Network(
                activation, width, depth, sigma_w2=weight, weight_correlation=value
            )
            found = simulate(network, rho0=start, samples=samples, layers=layers[1:].tolist())
            ends = np.quantile(found.values, [0.025, 0.25, 0.75, 0.975], axis=0)
            for low, high, alpha in ((0, 3, 0.12), (1, 2, 0.25)):
                axes.fill_between(
                    layers[1:], ends[low], ends[high], color=f"C{number}", alpha=alpha, lw=0
                )
        axes.set(xlabel=r"layer $\ell$", ylim=(0.2, 1.01))
        axes.set_title(rf"$\kappa = {value:g}$, networks of width {width}")
    panels[0].axhline(float(_free(activation, kappa).c_star().evalf(17)), color="k", ls=":")
    panels[0].set_ylabel(r"$c^\ell$")
    return figure


def dead_networks(widths=(2, 3, 5), depth=20, networks=4000, kappas=(0, 0.5, 1), layers=40):
    """Dead networks by depth and width beside 1 - (1 - 2^-N)^L, and units off on two inputs."""
    figure, (left, right) = _axes(2)
    dead_study("relu", widths, depth, networks=networks).plot(ax=left)
    left.set_title("dead networks, lines: $1 - (1 - 2^{-N})^L$")
    for number, kappa in enumerate(kappas):
        theory = MeanField("relu", weight_correlation=kappa)
        for start, style in ((0.0, "-"), (0.9, "--")):
            path = dead_units(theory, c0=start, depth=layers)
            label = rf"$\kappa = {kappa:g}$" if style == "-" else None
            right.plot(path.layers, path.all_inputs, style, color=f"C{number}", label=label)
    right.axhline(0.25, color="k", ls=":", lw=0.8)
    right.set(xlabel=r"layer $\ell$", ylabel="probability", title="unit off on two inputs")
    right.legend()
    return figure


def asymmetric_growth_curves(
    kappas=(0, 1), growths=(0.6, 0.8, 1, 1.25, 1.5, 1.8), particles=40_000, depth=16
):
    """The growth of squares with one positive entry a row: its law, particles, and normal maps."""
    figure, (axes,) = _axes(1)
    for number, kappa in enumerate(kappas):
        maps = AsymmetricMaps("relu", Asymmetric(correlation=kappa))
        scale = [asymmetric_gain(maps, growth=growth) for growth in growths]
        style = {"color": f"C{number}", "label": rf"$\kappa = {kappa:g}$"}
        axes.plot(np.sqrt(scale), growths, **style)
        for weight in scale[1::2]:
            run = asymmetric_iteration(maps, weight, particles=particles, depth=depth)
            error = 2 * run.stationary_growth_error
            axes.errorbar(
                np.sqrt(weight), run.stationary_growth, error, fmt="o", ms=3, color=f"C{number}"
            )
        line = compile(_normal_growth(maps), [sigma_w2])
        grid = np.linspace(0.3, np.sqrt(2), 50)
        axes.plot(grid, line(grid**2), "--", lw=0.8, color=f"C{number}")
    axes.axhline(1, color="k", ls=":", lw=0.8)
    axes.set(xlabel=r"$\sigma$ of the normal weights", ylabel=r"$s_{\ell+1}/s_\ell$", ylim=(0, 2))
    axes.set_title("ReLU, Beta(2, 1) entries; dashed: normal maps")
    axes.legend()
    return figure


def _normal_growth(maps):
    """The growth if pre-activations were normal: E y^2 by E phi^2/q, and (E phi)^2/E phi^2."""
    free = MeanField(maps.activation).scale_free
    mean = (s * free.mean_square / free.second_moment) ** 0.5
    grown = maps.second_moment.subs({m: mean, sigma_b2: 0}) * free.second_moment / s
    return grown.simplify()


def _free(activation, kappa):
    """The closed forms of degree 1."""
    return MeanField(activation, weight_correlation=kappa).scale_free


def _axes(count):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(4.6 * count, 3.6), layout="constrained", squeeze=False
    )
    return figure, axes[0]
