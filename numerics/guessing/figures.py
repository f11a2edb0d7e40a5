"""Pictures of the regimes of the guessing bias."""

import numpy as np

from .regimes import DYNAMICS, REGIMES

__all__ = ["plot_regimes"]

#: A colour for each regime, lighter, medium and darker for ordered, critical and chaotic.
_COLOURS = (
    ("#cfe8d5", "#9fd0ac", "#5fae76", "#e8f3ea"),
    ("#fde3bd", "#fac97f", "#f0a43a", "#fdf0dc"),
    ("#d3dcf0", "#a4b7df", "#6f8cc6", "#e6ebf7"),
    ("#444444", "#444444", "#444444", "#444444"),
    ("#f0f0f0", "#f0f0f0", "#e2e2e2", "#f0f0f0"),
)


def plot_regimes(diagram, ax=None):
    """Fill each phase with its colour, draw both lines, and name everything in the legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(layout="constrained")[1]
    kinds = len(DYNAMICS)
    code = diagram.regime_code.astype(int) * kinds + diagram.dynamics_code
    colours = [colour for row in _COLOURS for colour in row]
    ax.pcolormesh(
        diagram.sigma_w2,
        diagram.sigma_b2,
        code,
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(colours) - 0.5,
        shading="nearest",
    )
    handles = [
        Patch(color=colours[k], label=f"{REGIMES[k // kinds]}, {DYNAMICS[k % kinds]}")
        for k in np.unique(code)
    ]
    lines = (
        (diagram.limit_chi_1, 1.0, "solid", r"edge of chaos, $\chi_1 = 1$"),
        (np.where(diagram.special, np.nan, diagram.c_half), 0.5, "dashed", r"$\gamma^* = 1$"),
    )
    for values, level, style, label in lines:
        values = np.ma.masked_invalid(values)
        if min(code.shape) > 1 and values.count() and values.min() < level < values.max():
            ax.contour(
                diagram.sigma_w2,
                diagram.sigma_b2,
                values,
                [level],
                colors="black",
                linestyles=style,
                linewidths=1.2,
            )
            handles.append(Line2D([], [], color="black", linestyle=style, label=label))
    ax.legend(handles=handles, fontsize="small", loc="best")
    ax.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=diagram.activation)
    return ax
