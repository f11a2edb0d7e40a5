"""Draw the figures of the page on the covariance SDE, from small samples, at build time."""

from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib as mpl

__all__ = ["FIGURES", "draw_figures"]

#: File name -> sizes that take a few seconds together.
FIGURES: Mapping[str, dict] = {
    "correlation_paths": {"width": 100, "paths": 6},
    "correlation_densities": {"width": 60, "samples": 4000},
    "norm_densities": {"width": 60, "samples": 4000},
    "explosion_curves": {"points": 10, "paths": 4000},
    "joint_law": {"width": 80, "samples": 500, "paths": 500},
    "sequel": {"width": 80, "samples": 2000, "paths": 4000},
}


def draw_figures(folder: Path) -> None:
    """Write every figure that ``folder`` does not hold yet."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    from numerics import sde_figures

    folder.mkdir(exist_ok=True)
    for name, sizes in FIGURES.items():
        path = folder / f"{name}.png"
        if path.exists():
            continue
        function: Callable = getattr(sde_figures, name)
        figure = function(**sizes)
        figure.savefig(path, dpi=100)
        plt.close(figure)
