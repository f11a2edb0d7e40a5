"""Quantiles of a law given by its density, in double precision, for drawing from it."""

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.polynomial.legendre import leggauss

from theory.errors import InputError

__all__ = ["density_quantile"]

#: Cells, nodes in each, and the power by which the cells grow away from 0.
_CELLS, _NODES, _POWER = 4000, 8, 3


def density_quantile(law) -> Callable[[np.ndarray], np.ndarray]:
    """The function of an array of probabilities for a ``DensityLaw`` without free symbols.

    The distribution function is integrated over small cells, and within a cell, where the density
    is taken as linear, it is inverted exactly; the error is below 1e-6 of the deviation.
    Raises InputError where the density is negative or not finite.

    >>> from theory.weights import Density
    >>> law = Density("1 + cos(pi*w)", bound=1).magnitude
    >>> bool(abs(density_quantile(law)(np.array([0.5])) - 0.264) < 1e-3)
    True
    """
    formula, y, bound = law.args
    function = sp.lambdify(y, formula.evalf(20), ["scipy", "numpy"])
    end = _end(function, formula) if bound is sp.oo else float(bound)
    edges = end * np.linspace(0.0, 1.0, _CELLS + 1) ** _POWER
    places, weights = leggauss(_NODES)
    width = np.diff(edges)
    inside = edges[:-1, None] + width[:, None] * (1.0 + places) / 2.0
    density = np.broadcast_to(np.asarray(function(inside), dtype=float), inside.shape)
    if not (np.isfinite(density).all() and (density >= 0.0).all()):
        raise InputError(f"the density {formula} must be finite and at least 0 to draw from it")
    mass = density @ weights * width / 2.0
    steps = np.concatenate([[0.0], np.cumsum(mass)])
    # the linear density of a cell has its mass and its first moment
    slope = 3.0 * (density * places) @ weights / np.maximum(2.0 * (mass / width), 1e-300)

    def quantile(p):
        target = np.asarray(p, dtype=float) * steps[-1]
        cell = np.clip(np.searchsorted(steps, target, side="right") - 1, 0, _CELLS - 1)
        share = np.clip((target - steps[cell]) / np.maximum(mass[cell], 1e-300), 0.0, 1.0)
        tilt = np.clip(slope[cell], -1.0, 1.0)
        # share = v (1 - tilt + tilt v), the root in [0, 1]
        low = 1.0 - tilt
        root = np.sqrt(np.maximum(low * low + 4.0 * tilt * share, 0.0))
        return edges[cell] + width[cell] * 2.0 * share / np.maximum(low + root, 1e-300)

    return quantile


def _end(function, formula):
    """A place beyond which less than about 1e-17 of the largest density lies."""
    places = np.geomspace(1e-6, 1e6, 4001)
    with np.errstate(all="ignore"):
        values = np.asarray(function(places) * places, dtype=float) + 0.0 * places
    seen = np.flatnonzero(values > 1e-18 * np.nanmax(values))
    if not len(seen) or seen[-1] == len(places) - 1:
        raise InputError(f"the tail of the density {formula} is too heavy to draw from it")
    return float(places[seen[-1] + 1])
