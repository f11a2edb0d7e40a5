r"""Figure of the growth of squares under asymmetric weights, by the scale of the normal ones.

It takes its sizes as arguments and returns a matplotlib Figure.  (The weights are those of L. Lu,
Y. Shin, Y. Su and G. E. Karniadakis, arXiv:1903.06733.)
"""

import numpy as np
import sympy as sp

from theory.asymmetric.maps import AsymmetricMaps, m, s
from theory.matrix_laws.asymmetric import Asymmetric
from theory.mean_field import MeanField
from theory.symbols import sigma_b2, sigma_w2

from ..compile import compile
from .gain import asymmetric_gain
from .iteration import asymmetric_iteration

__all__ = ["asymmetric_growth_curves"]


def asymmetric_growth_curves(
    kappas=(0, 1), growths=(0.6, 0.7, 0.85, 1, 1.2, 1.4, 1.6, 1.8), particles=40_000, depth=16
):
    """Growth of E phi^2 per layer of ReLU with one positive entry in every row, by its scale.

    Solid: the stationary law; dots: particles, with two standard errors; dashed: what maps of
    normal pre-activations would give.
    """
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5.6, 3.8), layout="constrained")
    for number, kappa in enumerate(kappas):
        maps, colour = AsymmetricMaps("relu", Asymmetric(correlation=kappa)), f"C{number}"
        scale = np.array([asymmetric_gain(maps, growth=growth) for growth in growths])
        axes.plot(np.sqrt(scale), growths, color=colour, label=rf"$\kappa = {kappa:g}$")
        for weight in scale[1::3]:
            run = asymmetric_iteration(maps, weight, particles=particles, depth=depth)
            bar = 2 * run.stationary_growth_error
            axes.errorbar(np.sqrt(weight), run.stationary_growth, bar, fmt="o", ms=3, color=colour)
        normal = compile(_normal_growth(maps), [sigma_w2])
        axes.plot(np.sqrt(scale), normal(scale), "--", lw=0.8, color=colour)
    axes.axhline(1, color="k", ls=":", lw=0.8)
    axes.set(xlabel=r"$\sigma_w$ of the normal weights", ylabel=r"$s_{\ell+1}/s_\ell$")
    axes.set_title("solid and dots: the law; dashed: normal maps")
    axes.legend()
    return figure


def _normal_growth(maps):
    """The growth if E y^2 = q made s = W q and m^2 = M q, as for normal pre-activations."""
    free = MeanField(maps.activation).scale_free
    mean = sp.sqrt(s * free.mean_square / free.second_moment)
    next_ = maps.second_moment.subs({m: mean, sigma_b2: 0})
    return sp.cancel(next_ * free.second_moment / s)
