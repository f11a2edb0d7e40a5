"""The lines of the plane of weight correlations against fixed points, and its figures."""

import math

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from numerics import correlated_figures
from numerics.correlation_lines import bounded_boundary, critical_line
from numerics.fixed_point import fixed_points
from numerics.phase_diagram import phase_diagram
from theory.mean_field import MeanField

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_points_of_the_critical_line_are_critical():
    """gelu at sigma_b2 = 0.1 and a skip: chi_1 = 1 at a fixed point, which attracts as told."""
    weights, kappa, attracts = critical_line("gelu(x)", "1/3", 0.1)
    inside = np.flatnonzero(np.isfinite(kappa) & (kappa > -0.5))
    for place in inside[: -1 : len(inside) // 3]:
        model = MeanField("gelu", weight_correlation=kappa[place], skip="1/3")
        found = fixed_points(model, weights[place], 0.1)
        near = min(found, key=lambda point: abs(point.chi_1 - 1))
        assert near.chi_1 == pytest.approx(1, abs=1e-9)
        assert (abs(near.chi_q) < 1) == attracts[place]
    assert critical_line("tanh(x)", "0", 0.1) is None  # kappa has no effect
    assert critical_line("relu(x)", "1", 0.1) is None
    assert critical_line("sign(x) + 1", "0", 0.1) is None


def test_the_boundary_of_bounded_variances():
    kappas = np.array([-1, 0, 0.5, 1])
    found = bounded_boundary("relu(x)", "0", kappas)
    assert found == pytest.approx(2 * math.pi / (math.pi - kappas), rel=1e-15)
    assert bounded_boundary("gelu(x)", "0", kappas) is None


def test_the_plane_shows_both_lines():
    grid = np.linspace(1.5, 3.5, 9), 0.1
    plane = phase_diagram("relu", *grid, weight_correlation=np.linspace(-1, 1, 5))
    axes = plane.plot()
    critical, boundary = axes.lines
    kappa = critical.get_ydata()
    assert critical.get_xdata()[np.isfinite(kappa)] == pytest.approx(2)
    assert np.nanmin(kappa) >= 0  # no critical line without anti-correlation
    assert boundary.get_xdata()[-1] == pytest.approx(2 * math.pi / (math.pi - 1))
    odd = phase_diagram("tanh", *grid, weight_correlation=np.linspace(-1, 1, 5))
    assert not odd.plot().lines


def test_figures_from_small_samples():
    figure = correlated_figures.weight_phases(points=12)
    assert len(figure.axes) == 2  # the plane and its colour bar
    left, right = correlated_figures.correlation_maps(kappas=(0.5,), starts=(0.9,), layers=8).axes
    assert len(left.lines) == 3
    path = right.lines[0].get_ydata()
    # the published layers of kappa = 1/2 from c = 0.9
    assert path[1:7] == pytest.approx([0.892, 0.885, 0.877, 0.869, 0.861, 0.854], abs=6e-4)
    panels = correlated_figures.correlation_by_depth(
        kappas=(0, 1), depth=40, width=20, samples=4
    ).axes
    assert panels[0].lines[-1].get_ydata()[-1] == pytest.approx(1 - 9 * math.pi**2 / 3200)
    (axes,) = correlated_figures.gained_edges(activations=("gelu",), kappas=(0, 1)).axes
    assert len(axes.lines) == 4
