r"""Figures of the tangent kernel: its ratio against depth, and its condition number by phase.

Every function takes its sizes as arguments and returns a matplotlib Figure.  (After S. Hayou,
A. Doucet and J. Rousseau, arXiv:1905.13654, and L. Xiao, J. Pennington and S. Schoenholz,
arXiv:1912.13053.)
"""

import numpy as np

from theory.symbols import q
from theory.tangent import NTK

from ..propagate import propagate
from .matrix import ntk_matrix

__all__ = ["condition_numbers", "ratio_against_depth"]


def ratio_against_depth(activations=("relu", "erf", "elu"), depth=10**5, c0=0.1, variance=1.0):
    """N1: K(x, x')/K(x, x) at criticality, and its distance to the limit beside the law (dashed).

    The dashed lines are the universal corrections of the depth law and nothing else.
    """
    figure, (left, right) = _axes(2)
    layers = np.unique(np.geomspace(1, depth, 60).astype(int)) - 1
    for k, name in enumerate(activations):
        ntk = NTK(name)
        weight, bias = _critical(ntk, variance)
        path = propagate(
            ntk, weight, bias, depth=int(layers[-1]), q0=variance, c0=c0, layers=layers
        )
        law = ntk.depth_law["critical"]
        limit = float(law.ratio)
        style = {"color": f"C{k}", "label": ntk.activation.name}
        left.semilogx(layers + 1, path.ntk_ratio, **style)
        left.axhline(limit, color=f"C{k}", ls=":", lw=0.8)
        right.loglog(layers + 1, np.abs(path.ntk_ratio - limit), **style)
        far = layers[layers >= 30] + 1
        if law.corrections and far.size:
            terms = [float(law.approximation(int(L)).subs(q, variance)) for L in far]
            right.loglog(far, np.abs(np.array(terms) - limit), "--", color=f"C{k}", lw=0.8)
    left.set(xlabel="depth $L$", ylabel="$K^L(x,x')/K^L(x,x)$", title=f"critical, c = {c0:g}")
    right.set(xlabel="depth $L$", ylabel="distance to the limit", title="dashed: the law")
    left.legend()
    right.legend()
    return figure


def condition_numbers(
    activation="erf", gains=(0.6, 1.0, 1.2), inputs=10, depths=(2, 4, 8, 16, 32, 64, 128)
):
    """N2: condition number of the kernel matrix of random inputs against depth, by phase.

    ``gains`` multiply the critical weight variance at q = 1; the bias keeps q = 1.  The dotted
    line is the limit of the critical law.
    """
    figure, (ax,) = _axes(1)
    ntk = NTK(activation)
    critical, _ = _critical(ntk, 1)
    second = ntk.mean_field.second_moment.subs(q, 1).evalf(20)
    x = np.random.default_rng(0).standard_normal((inputs, 3 * inputs))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    for gain in gains:
        weight = gain * float(critical)
        setting = {"sigma_w2": weight, "sigma_b2": 1.0 - weight * float(second)}
        found = [
            ntk_matrix(ntk, gram=float(second) * (x @ x.T), depth=int(L), **setting)
            for L in depths
        ]
        label = rf"$\sigma_w^2$ = {weight:.3g}"
        ax.loglog(depths, [kernel.condition_number for kernel in found], ".-", label=label)
    limit = ntk.depth_law["critical"].condition_number(inputs)
    ax.axhline(float(limit), color="k", ls=":", label="critical limit")
    ax.set(xlabel="depth $L$", ylabel="condition number", title=f"{ntk.activation.name}, q = 1")
    ax.legend()
    return figure


def _critical(ntk, variance):
    """sigma_w2 and sigma_b2 of the edge of chaos at this variance, as SymPy numbers."""
    edge = ntk.mean_field.edge_of_chaos
    return edge.sigma_w2.subs(q, variance), edge.sigma_b2.subs(q, variance)


def _axes(count):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(4.4 * count, 3.4), layout="constrained", squeeze=False
    )
    return figure, axes[0]
