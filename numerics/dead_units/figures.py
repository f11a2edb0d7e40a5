"""Figure of dead networks and of units that are off on two inputs.

It takes its sizes as arguments and returns a matplotlib Figure.  (After L. Lu, Y. Shin, Y. Su and
G. E. Karniadakis, arXiv:1903.06733.)
"""

from theory.mean_field import MeanField

from .by_layer import dead_units
from .study import dead_study

__all__ = ["dead_networks"]


def dead_networks(widths=(2, 3, 5), depth=20, networks=4000, kappas=(0, 0.5, 1), layers=40):
    """Dead networks by depth and width beside the formula, and units off on two inputs by layer.

    On the right inputs are orthogonal at first (solid) or have the correlation 0.9 (dashed).
    """
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.6), layout="constrained")
    dead_study("relu", widths, depth, networks=networks).plot(ax=left)
    left.set_title("dead on one input; lines: $1 - (1 - 2^{-N})^L$")
    for number, kappa in enumerate(kappas):
        theory = MeanField("relu", weight_correlation=kappa)
        for start, style in ((0.0, "-"), (0.9, "--")):
            path = dead_units(theory, c0=start, depth=layers)
            label = rf"$\kappa = {kappa:g}$" if style == "-" else None
            right.plot(path.layers, path.all_inputs, style, color=f"C{number}", label=label)
    right.set(xlabel=r"layer $\ell$", ylabel="probability", title="unit off on two inputs")
    right.legend(loc="center right")
    return figure
