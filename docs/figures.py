"""Draw the figures of the pages, from small samples, at build time."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import matplotlib as mpl

__all__ = ["FIGURES", "draw_figures", "drawing"]

#: Module -> file name (the function that draws it) -> sizes that take a few seconds.
FIGURES: Mapping[str, Mapping[str, dict]] = {
    "numerics.sde_figures": {
        "correlation_paths": {"width": 100, "paths": 6},
        "correlation_densities": {"width": 60, "samples": 4000},
        "norm_densities": {"width": 60, "samples": 4000},
        "explosion_curves": {"points": 10, "paths": 4000},
        "joint_law": {"width": 80, "samples": 500, "paths": 500},
        "sequel": {"width": 80, "samples": 2000, "paths": 4000},
    },
    "numerics.preactivation_figures": {
        "activation_curves": {},
        "distance_by_layer": {"width": 10, "depth": 100, "networks": 1000},
    },
    "numerics.fixed_point_figures": {"fixed_point_wave": {}},
    "numerics.tangent.figures": {"ratio_against_depth": {}, "condition_numbers": {}},
    "numerics.guessing.page_figures": {
        "fraction_densities": {},
        "many_classes": {},
        "bias_regimes": {},
        "bias_growth": {},
        "pooling_regimes": {"points": 40},
    },
    "numerics.correlated_figures": {
        "weight_phases": {"points": 100},
        "correlation_maps": {},
        "correlation_by_depth": {},
        "gained_edges": {},
    },
    "numerics.dead_units.figures": {"dead_networks": {}},
    "numerics.asymmetric.figures": {"asymmetric_growth_curves": {}},
    "numerics.spectrum.figures": {"singular_value_spectra": {"n": 150}},
}


def drawing(module: str, name: str) -> Callable:
    """The function that draws a figure."""
    return getattr(import_module(module), name)


def draw_figures(folder: Path) -> None:
    """Write every figure that ``folder`` does not hold yet."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    folder.mkdir(exist_ok=True)
    for module, figures in FIGURES.items():
        for name, sizes in figures.items():
            path = folder / f"{name}.png"
            if path.exists():
                continue
            figure = drawing(module, name)(**sizes)
            figure.savefig(path, dpi=100)
            plt.close(figure)
