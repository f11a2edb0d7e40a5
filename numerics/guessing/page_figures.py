r"""Figures of the guessing bias: regimes, laws of the fraction, growth, many classes, pooling.

Every function takes its sizes as arguments and returns a matplotlib Figure.  (After F. Bassi et
al., arXiv:2505.12096, and E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.)
"""

import numpy as np

from theory.guessing import GuessingBias
from theory.symbols import q

from ..phase_diagram import phase_diagram
from ..propagate import propagate
from .class_fraction import class_fraction

__all__ = [
    "bias_growth",
    "bias_regimes",
    "fraction_densities",
    "many_classes",
    "pooling_regimes",
]


def bias_regimes(activation="tanh", points=200):
    """The regimes of an activation over the variances, with edge of chaos and neutral line."""
    figure, (axes,) = _axes(1, width=6.5)
    phase_diagram(
        GuessingBias(activation),
        sigma_w2=np.linspace(0.5, 6, points),
        sigma_b2=np.linspace(0, 0.5, points),
    ).plot(ax=axes)
    return figure


def fraction_densities(ratios=(0.05, 1, 10), points=400):
    """Densities of the fraction of one of two classes."""
    figure, (axes,) = _axes(1, width=5.5)
    g = np.linspace(0.002, 0.998, points)
    for ratio in ratios:
        axes.plot(g, class_fraction(gamma=ratio).pdf(g), label=rf"$\gamma = {ratio:g}$")
    axes.set(xlabel="fraction $g$ of one class", ylabel="density", ylim=(0, 5))
    axes.legend()
    return figure


def bias_growth(depth=1000):
    """gamma by layer at criticality and, for tanh, on either side of it; dashed: the laws."""
    figure, (left, right) = _axes(2)
    layers = np.unique(np.geomspace(1, depth, 60).astype(int)) - 1
    number = layers + 1.0
    starts = (("relu", 2.0, 0.0), ("relu", 2.0, 0.1), ("erf", 1.0, 0.0))
    for k, (name, weight, bias) in enumerate(starts):
        model = GuessingBias(name)
        if name != "relu":
            weight, bias = _critical(model)
        path = propagate(model, weight, bias, depth=int(layers[-1]), layers=layers)
        label = rf"{name}, $\sigma_b^2 = {bias:.3g}$"
        left.loglog(number, np.ma.masked_equal(path.gamma, 0), f"C{k}", label=label)
        law = GuessingBias(name, weight, bias).growth if name == "relu" else model.growth
        size = float(law.coefficient.subs(q, 1).evalf(17))
        left.loglog(number, size * number ** float(law.power), f"C{k}--", lw=0.8)
    left.set(xlabel=r"layer $\ell$", ylabel=r"$\gamma_\ell$", title="critical (dashed: the law)")
    left.legend(fontsize="small")
    for weight in (1.2, 1.8, 2.2, 3.0, 4.0):
        path = propagate(GuessingBias("tanh"), weight, 0.1, depth=60)
        right.semilogy(np.arange(61) + 1, path.gamma, label=rf"$\sigma_w^2 = {weight:g}$")
    right.axhline(1, color="grey", lw=0.8, ls=":")
    right.set(xlabel=r"layer $\ell$", title=r"tanh, $\sigma_b^2 = 0.1$", ylim=(1e-2, 1e6))
    right.legend(fontsize="small")
    return figure


def many_classes(classes=(2, 3, 10), points=25):
    """Mean of the largest fraction and agreement of two inputs against gamma."""
    figure, (left, right) = _axes(2)
    ratios = np.geomspace(1e-3, 1e3, points)
    for count in classes:
        laws = [class_fraction(gamma=ratio, classes=count) for ratio in ratios]
        left.semilogx(ratios, [law.expected_largest for law in laws], label=f"$K = {count}$")
        right.semilogx(ratios, [law.agreement for law in laws])
    left.set(xlabel=r"$\gamma$", ylabel=r"$\mathbb{E} \max_k G_k$", title="largest class")
    right.set(xlabel=r"$\gamma$", ylabel="probability", title="two inputs in the same class")
    left.legend()
    return figure


def pooling_regimes(points=60):
    """Regimes of ReLU and tanh behind max and average pooling of two neurons."""
    figure, panels = _axes(4)
    chosen = [(name, pooling) for name in ("relu", "tanh") for pooling in ("max", "average")]
    for axes, (name, pooling) in zip(panels, chosen, strict=True):
        phase_diagram(
            GuessingBias(name, pooling=pooling),
            sigma_w2=np.linspace(0.5, 8, points),
            sigma_b2=np.linspace(0, 0.5, points),
        ).plot(ax=axes)
        axes.set_title(f"{name}, {pooling}")
        axes.legend(handles=axes.get_legend().legend_handles, fontsize="x-small", loc="best")
    return figure


def _critical(model):
    """The variances of the edge of chaos at q = 1."""
    edge = model.mean_field.edge_of_chaos
    return tuple(float(part.subs(q, 1).evalf(17)) for part in (edge.sigma_w2, edge.sigma_b2))


def _axes(columns, width=4.8):
    from matplotlib import pyplot as plt

    size = (width * min(columns, 2), 3.8 * ((columns + 1) // 2))
    figure, axes = plt.subplots(
        (columns + 1) // 2, min(columns, 2), figsize=size, layout="constrained", squeeze=False
    )
    return figure, axes.ravel()
