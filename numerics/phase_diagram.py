r"""Phase diagrams: the fixed point and its linearisations on a grid of (sigma_w2, sigma_b2).

Which fixed point, where there are several, is the choice of ``branch``:

* ``"lowest"`` (default): the smallest one with V' < 1, where signals of small variance go;
* ``"highest"``: the largest one with V' < 1;
* a number q0: the fixed point that an increasing V moves q0 to.

The numbers come from :mod:`phase_grid`.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import ClassVar

import numpy as np

from theory.errors import InputError
from theory.guessing import GuessingBias
from theory.guessing.pooling import PooledMeanField
from theory.mean_field import MeanField

from .input import finite, variance_axis
from .kernels import load_driver
from .numeric_activation import numeric_activation
from .phase_grid import CRITICAL_WIDTH, correlations_on_grid, fixed_points_on_grid, phase_codes
from .phase_plane import PhasePlane
from .result import Provenance

__all__ = ["PhaseDiagram", "phase_diagram"]


@dataclass(frozen=True, eq=False, repr=False)
class PhaseDiagram(PhasePlane):
    """Arrays indexed [i_sigma_b2, j_sigma_w2].

    ``q`` is infinite, and ``chi_1``, ``chi_q`` are NaN, exactly where ``count`` (the number of
    fixed points) leaves none on the branch: there ``phase`` reads 'divergent'.  ``c_star``,
    ``one_minus_c_star`` and ``xi_c`` are computed when first asked for.  ``weight_correlation``
    and ``skip`` are the options of the layer, exact, as text; ``pooling`` is ``"max"`` if it takes
    the maximum over ``pool_size`` neurons.
    """

    AXES: ClassVar = ("sigma_b2", "sigma_w2")
    LISTED: ClassVar = ("q", "chi_1", "chi_q", "xi_q", "count", "phase")

    activation: str
    formula: str
    sigma_w2: np.ndarray
    sigma_b2: np.ndarray
    branch: str
    q: np.ndarray
    chi_1: np.ndarray
    chi_q: np.ndarray
    count: np.ndarray
    provenance: Provenance
    weight_correlation: str = "0"
    skip: str = "0"
    pooling: str | None = None
    pool_size: int = 1

    @cached_property
    def phase_code(self):
        """0 ordered, 1 chaotic, 2 critical, 3 divergent, as int8."""
        width = CRITICAL_WIDTH * min(max(self._numbers.layer.branch, 1e-3), 1.0)
        return phase_codes(self.q, self.chi_1, self.chi_q, width)

    @cached_property
    def _numbers(self):
        if self.pooling is not None:
            return numeric_activation(
                PooledMeanField(self.formula, self.pooling, int(self.pool_size))
            )
        options = {"weight_correlation": self.weight_correlation, "skip": self.skip}
        return numeric_activation(MeanField(self.formula, **options))

    @cached_property
    def _correlation(self):
        grid = self.sigma_w2, self.sigma_b2
        found = self.q, self.chi_1, self.chi_q
        return correlations_on_grid(self._numbers, *grid, *found, self.phase_code)

    def __repr__(self):
        rows, columns = self.q.shape
        return (
            f"PhaseDiagram({self.activation}: {rows} sigma_b2 in [{self.sigma_b2[0]:g}, "
            f"{self.sigma_b2[-1]:g}] x {columns} sigma_w2 in [{self.sigma_w2[0]:g}, "
            f"{self.sigma_w2[-1]:g}])"
        )

    def __str__(self):
        several = (self.count > 1).mean()
        note = f"; several fixed points on {several:.1%}" if several else ""
        return f"{self!r}\n  {self.shares()} (branch: {self.branch}){note}"

    def plot(self, ax=None, quantity="chi_1"):
        """Draw ``quantity`` over the plane with the line chi_1 = 1; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        values = np.ma.masked_invalid(getattr(self, quantity))
        picture = ax.pcolormesh(self.sigma_w2, self.sigma_b2, values, shading="auto")
        ax.figure.colorbar(picture, ax=ax, label=quantity)
        if min(self.q.shape) > 1 and np.nanmin(self.chi_1) < 1 < np.nanmax(self.chi_1):
            ax.contour(
                self.sigma_w2,
                self.sigma_b2,
                np.ma.masked_invalid(self.chi_1),
                [1.0],
                colors="white",
            )
        ax.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=self.activation)
        return ax


def phase_diagram(
    model, sigma_w2, sigma_b2, branch="lowest", threads=2, *, weight_correlation=None
) -> PhaseDiagram:
    """Fixed points on the grid of two axes (each a number or a one-dimensional array).

    ``model`` is a MeanField, with its options, or anything that names an activation; of a
    ``GuessingBias`` the regimes of the bias are found too
    (:class:`numerics.guessing.diagram.BiasDiagram`), with the axes for its variances.
    ``weight_correlation`` given as a number or an array is the second axis in place of
    ``sigma_b2``, which is then one number: the plane of sigma_w2 and kappa
    (:class:`numerics.correlation_plane.CorrelationPlane`).
    Relative accuracy of q about 5e-15/|1 - chi_q|, of chi_1 1e-14 more than that.  ``threads``
    changes the time and nothing else.

    >>> diagram = phase_diagram("erf(x)", [1.0, 4.0], [0.05])
    >>> diagram.phase.tolist()
    [['ordered', 'chaotic']]
    """
    weights = variance_axis(sigma_w2, "sigma_w2", "phase_diagram", positive=True)
    if weight_correlation is not None:
        from .correlation_plane import correlation_plane

        mode = _branch(branch)
        return correlation_plane(
            model, weights, sigma_b2, weight_correlation, branch, mode, _threads(threads)
        )
    biases = variance_axis(sigma_b2, "sigma_b2", "phase_diagram", positive=False)
    mode, start = _branch(branch)
    if isinstance(model, GuessingBias):
        from .guessing.diagram import bias_diagram

        return bias_diagram(model, weights, biases, branch, threads)
    threads = _threads(threads)
    activation = numeric_activation(model)
    layer = activation.layer
    provenance = Provenance.of(
        "phase_diagram",
        activation.name,
        branch=str(branch),
        sigma_w2=weights,
        sigma_b2=biases,
        **layer.inputs,
    )
    arrays = fixed_points_on_grid(activation, weights, biases, mode, start, threads)
    return PhaseDiagram(
        activation.name,
        activation.formula,
        weights,
        biases,
        str(branch),
        *arrays,
        provenance,
        str(layer.weight_correlation),
        str(layer.skip),
        *(("max", activation.pool_size) if hasattr(activation, "pool_size") else ()),
    )


def _threads(threads):
    if isinstance(threads, bool) or not isinstance(threads, Integral) or threads < 1:
        raise InputError(f"phase_diagram: threads = {threads!r} must be a whole number, >= 1")
    return threads


def _branch(branch):
    driver = load_driver("log_table")
    if branch in ("lowest", "highest"):
        return {"lowest": driver.LOWEST, "highest": driver.HIGHEST}[branch], 0.0
    if isinstance(branch, str):
        raise InputError(
            f"phase_diagram: branch = {branch!r} is unknown; use 'lowest', 'highest' "
            "or a starting variance such as branch=1.0"
        )
    start = finite(branch, "branch", "phase_diagram")
    if start <= 0:
        raise InputError(f"phase_diagram: branch = {start:g} is no variance; it must be positive")
    return driver.FROM_START, math.log(start)
