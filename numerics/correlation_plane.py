r"""Phase diagrams over the weight variance and the correlation of the weights, at one sigma_b2.

Each row is one kappa, computed as a row of a :class:`PhaseDiagram` is.  Where q grows without
bound and phi has straight tails, the correlation still settles: at c* of the scale-free map of the
two lines (Singh & Sreejith 2021, arXiv:2103.12499, for ReLU).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from theory.errors import InputError
from theory.mean_field import MeanField

from .correlation_lines import bounded_boundary, critical_line
from .correlation_surface import correlation_fixed_points
from .far_tails import tails
from .input import finite
from .numeric_activation import numeric_activation
from .phase_grid import CRITICAL_WIDTH, fixed_points_on_grid, phase_codes
from .phase_plane import PhasePlane
from .result import Provenance
from .scale_free import star_at_zero

__all__ = ["CorrelationPlane", "correlation_plane"]


@dataclass(frozen=True, eq=False, repr=False)
class CorrelationPlane(PhasePlane):
    """Arrays indexed [i_weight_correlation, j_sigma_w2], at one ``sigma_b2``.

    ``q`` is infinite, and ``chi_1``, ``chi_q`` are NaN, where ``phase`` reads 'divergent'; there
    ``c_star``, ``one_minus_c_star`` and ``xi_c`` are those of signals of growing variance if phi
    has straight tails, else NaN.  These three are computed when first asked for.
    """

    AXES: ClassVar = ("weight_correlation", "sigma_w2")
    LISTED: ClassVar = ("q", "chi_1", "chi_q", "c_star", "count", "phase")

    activation: str
    formula: str
    sigma_w2: np.ndarray
    weight_correlation: np.ndarray
    sigma_b2: float
    skip: str
    branch: str
    q: np.ndarray
    chi_1: np.ndarray
    chi_q: np.ndarray
    count: np.ndarray
    provenance: Provenance

    @cached_property
    def phase_code(self):
        """0 ordered, 1 chaotic, 2 critical, 3 divergent, as int8."""
        return phase_codes(self.q, self.chi_1, self.chi_q, CRITICAL_WIDTH)

    @cached_property
    def _correlation(self):
        """W - G has no kappa, so all rows are found at once with the bias q - sigma_w2 E phi^2."""
        plain = _numbers(self.formula, 0, self.skip)
        code = self.phase_code
        weights = np.broadcast_to(self.sigma_w2, self.q.shape)
        gap, slope = np.where(code == 3, np.nan, 0.0), self.chi_1.copy()
        chaotic = (code == 1) & (self.q > 0.0)
        if chaotic.any():
            layer, q, w = plain.layer, self.q[chaotic], weights[chaotic] / plain.layer.branch
            odd = plain.parity == "odd"
            bias = np.full(q.shape, self.sigma_b2) if odd else q - w * plain.W(q)
            chi = (self.chi_1[chaotic] - layer.keep) / layer.branch
            found = correlation_fixed_points(plain.without_skip, q, code[chaotic], w, bias, chi)
            gap[chaotic], slope[chaotic] = found[0], layer.slope(found[1])
        for i, kappa in enumerate(self.weight_correlation.tolist()):
            numbers = _numbers(self.formula, kappa, self.skip)
            if kappa == 1.0 and self.sigma_b2 == 0.0:
                gap[i, chaotic[i]] = 1.0
            vanishing = (self.q[i] == 0.0) & (self.chi_1[i] != self.chi_q[i])
            far = code[i] == 3
            for here, ends in ((vanishing, numbers), (far, tails(numbers) if far.any() else None)):
                if here.any() and ends is not None and ends != "flat":
                    gap[i, here], slope[i, here] = _scale_free(ends, weights[i, here], here is far)
        return gap, slope

    def __repr__(self):
        kappa, weights = self.weight_correlation, self.sigma_w2
        return (
            f"CorrelationPlane({self.activation}, sigma_b2={self.sigma_b2:g}: {kappa.size} "
            f"weight_correlation in [{kappa[0]:g}, {kappa[-1]:g}] x {weights.size} sigma_w2 in "
            f"[{weights[0]:g}, {weights[-1]:g}])"
        )

    def __str__(self):
        return f"{self!r}\n  {self.shares()} (branch: {self.branch})"

    def plot(self, ax=None, quantity="c_star"):
        """Draw ``quantity`` with the lines chi_1 = 1 (dotted: it repels) and q -> infinity."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        axes = self.sigma_w2, self.weight_correlation
        values = np.ma.masked_invalid(getattr(self, quantity))
        ax.figure.colorbar(ax.pcolormesh(*axes, values, shading="auto"), ax=ax, label=quantity)
        window = ax.get_xlim(), ax.get_ylim()
        line = critical_line(self.formula, self.skip, self.sigma_b2)
        if line is None:
            self._contour(ax, np.ma.masked_invalid(self.chi_1), 1.0, r"$\chi_1 = 1$")
        else:
            weights, kappa, attracts = line
            for kept, style in ((attracts, "-"), (~attracts, ":")):
                kept = kept & (kappa >= window[1][0])
                if kept.any():
                    drawn = np.where(kept, kappa, np.nan)
                    ax.plot(weights, drawn, style, color="tab:red", label=r"$\chi_1 = 1$")
        boundary = bounded_boundary(self.formula, self.skip, self.weight_correlation)
        if boundary is None:
            self._contour(ax, np.isfinite(self.q).astype(float), 0.5, r"$q \to \infty$")
        else:
            ax.plot(boundary, axes[1], "--", color="tab:red", label=r"$q \to \infty$")
        ax.set(xlim=window[0], ylim=window[1])
        ax.set(
            xlabel=r"$\sigma_w^2$",
            ylabel=r"$\kappa$",
            title=rf"{self.activation}, $\sigma_b^2 = {self.sigma_b2:g}$",
        )
        return ax

    def _contour(self, ax, field, level, text):
        """The line of a level on the grid, labelled, where the grid crosses it."""
        known = np.ma.compressed(np.ma.asarray(field))
        if min(self.q.shape) > 1 and known.size and known.min() < level < known.max():
            drawn = ax.contour(
                self.sigma_w2, self.weight_correlation, field, [level], colors="tab:red"
            )
            ax.clabel(drawn, fmt={level: text})

    def to_xarray(self):
        """An xarray Dataset over weight_correlation and sigma_w2 (needs the extra ``xarray``)."""
        return super().to_xarray().assign_attrs(sigma_b2=self.sigma_b2)


def correlation_plane(model, weights, sigma_b2, weight_correlation, branch, mode, threads):
    """See :func:`numerics.phase_diagram.phase_diagram`; ``mode`` is the branch for the driver."""
    if np.ndim(sigma_b2):
        raise InputError(
            "phase_diagram: with weight_correlation as an axis sigma_b2 is one number; for an "
            "axis of sigma_b2 pass MeanField(..., weight_correlation=...)"
        )
    bias = finite(sigma_b2, "sigma_b2", "phase_diagram")
    if bias < 0.0:
        raise InputError(f"phase_diagram: sigma_b2 = {bias:g} is a variance, not negative")
    kappas = _axis(weight_correlation)
    if hasattr(model, "pooling"):
        raise InputError(
            "phase_diagram: weight_correlation is no axis for a model that pools or guesses; pass "
            "a MeanField or an activation"
        )
    activation = numeric_activation(model)
    if activation.layer.weight_correlation != 0:
        raise InputError(
            "phase_diagram: weight_correlation is an axis here, and the model has its own; leave "
            "that out"
        )
    skip = str(activation.layer.skip)
    rows = [
        fixed_points_on_grid(
            _numbers(activation.formula, kappa, skip), weights, np.array([bias]), *mode, threads
        )
        for kappa in kappas.tolist()
    ]
    provenance = Provenance.of(
        "phase_diagram",
        activation.name,
        branch=str(branch),
        sigma_w2=weights,
        sigma_b2=bias,
        weight_correlation=kappas,
    )
    arrays = (np.concatenate(columns) for columns in zip(*rows, strict=True))
    names = activation.name, activation.formula
    return CorrelationPlane(*names, weights, kappas, bias, skip, str(branch), *arrays, provenance)


def _numbers(formula, kappa, skip):
    return numeric_activation(MeanField(formula, weight_correlation=kappa, skip=skip))


def _scale_free(activation, weights, grows):
    """(1 - c*, slope there) of signals whose variance grows without bound, or vanishes."""
    _, gap, slope = star_at_zero(activation)
    keep = activation.layer.keep
    branch = weights * (float(activation.W(1.0)) if grows else activation.slope_at_zero)
    return gap, (keep + branch * slope) / (keep + branch)


def _axis(values):
    try:
        axis = np.atleast_1d(np.ascontiguousarray(values, dtype=float))
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            "phase_diagram: weight_correlation must be a sequence of numbers"
        ) from None
    if axis.ndim != 1 or axis.size == 0:
        raise InputError(
            f"phase_diagram: weight_correlation has shape {axis.shape}; one non-empty axis is "
            "expected"
        )
    bad = ~(np.isfinite(axis) & (axis <= 1.0))
    if bad.any():
        raise InputError(
            f"phase_diagram: weight_correlation contains {axis[bad][0]:g}; its entries must be "
            "finite and at most 1"
        )
    return axis
