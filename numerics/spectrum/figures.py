r"""Figures of the Jacobian: limits beside sampled spectra, edges against depth, curvature.

Every function takes its sizes as arguments and returns a matplotlib Figure; the numbers drawn
depend on the seed only.  After Pennington, Schoenholz & Ganguli 2017 (arXiv:1711.04735) and Poole
et al. 2016 (arXiv:1606.05340).
"""

import math

import numpy as np

from .jacobian import jacobian

__all__ = ["edge_against_depth", "residual_curves", "singular_value_spectra"]


def singular_value_spectra(
    activations=("relu", "hardtanh", "erf"), depths=(2, 8, 32), n=200, samples=2, seed=0
):
    """J1: densities of log10 of the singular values, limit (line) and samples (steps).

    What rises above 2, next to a point mass, is cut off.
    """
    figure, axes = _axes(len(activations))
    for ax, name in zip(axes, activations, strict=True):
        top = 0.0
        for k, depth in enumerate(depths):
            found = jacobian(name, depth, "orthogonal")
            found.plot(ax)
            top = max(top, math.log10(found.largest) / 2)
            ax.lines[-1].set(color=f"C{k}", label=f"L = {depth}")
            values = found.sample(n, samples, seed).values.ravel()
            logs = np.log10(values[values > 0]) / 2
            share = np.full(logs.size, 1.0 / values.size)
            counts, edges = np.histogram(logs, bins=60, weights=share)
            ax.stairs(counts / np.diff(edges), edges, color=f"C{k}", alpha=0.5)
        ax.set(title=f"{name}, orthogonal", xlim=(-3, top + 0.2))
        ax.set_ylim(0, min(2.0, ax.get_ylim()[1]))
        ax.legend()
    return figure


def edge_against_depth(activations=("linear", "relu", "tanh", "erf"), depths=None):
    """J2: the largest singular value at criticality against depth, both kinds of weights."""
    depths = np.unique(np.geomspace(1, 1000, 25).astype(int)) if depths is None else depths
    figure, (ax,) = _axes(1)
    for k, name in enumerate(activations):
        for weights, style in (("gaussian", "-"), ("orthogonal", "--")):
            edges = [jacobian(name, int(L), weights).largest_singular_value for L in depths]
            ax.loglog(depths, edges, style, color=f"C{k}", label=f"{name}, {weights}")
    ax.loglog(depths, np.sqrt(math.e * np.asarray(depths)), "k:", label=r"$\sqrt{eL}$")
    ax.set(xlabel="depth", ylabel="largest singular value")
    ax.legend(fontsize=7)
    return figure


def residual_curves(kernel, labels, times, steps=(), **options):
    """J3: the residual of gradient flow, and of gradient descent with the given steps."""
    from ..kernel_training import kernel_training

    figure, (ax,) = _axes(1)
    kernel_training(kernel, labels, times, **options).plot(ax)
    for step in steps:
        count = np.unique(np.round(np.asarray(times) / step))
        found = kernel_training(kernel, labels, count, step=step, **options)
        ax.loglog(count * step, found.residual, ".", ms=3, label=rf"$\eta = {step:g}$")
    ax.set(title="training in the kernel regime")
    if steps:
        ax.legend()
    return figure


def _axes(count):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(4.4 * count, 3.4), layout="constrained", squeeze=False
    )
    return figure, axes[0]
