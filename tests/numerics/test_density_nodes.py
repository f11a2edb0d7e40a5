"""Nodes shared by all correlations against closed forms and another quadrature."""

import math

import numpy as np
import pytest

from numerics.correlation_map import CorrelationMap
from numerics.correlation_surface import correlation_surface, surface_nodes
from numerics.correlation_table import correlation_table
from numerics.density_nodes import DensityNodes, settled_nodes
from numerics.numeric_activation import numeric_activation

_PROBES = (0.9, 0.2, -0.7)


@pytest.mark.parametrize("q", [6.0, 300.0, 1e5])
@pytest.mark.parametrize("t", [1e-3, 0.02, 0.3, 1.5, 2.9, 3.14])
def test_a_bell_has_its_closed_form(q, t):
    bell = settled_nodes(lambda x: np.exp(-x * x / 2), q, (), _PROBES, 1e-14)
    rho, delta = math.cos(t), 2 * math.sin(t / 2) ** 2
    exact = 1 / math.sqrt((1 + q * delta) * (1 + q * (1 + rho)))
    assert abs(bell.mean(rho, delta) / exact - 1) < 1e-12


def test_nodes_that_miss_oscillations_are_not_taken():
    def waves(x):
        return np.cos(300 * x)

    assert settled_nodes(waves, 100.0, (), _PROBES, 1e-13) is None
    assert DensityNodes(lambda x: x**3, 50.0, ()).mean(1.0, 0.0) is None


def test_the_slope_drop_of_erf_at_a_large_variance():
    # E phi'phi' of erf is 4/(pi sqrt((1 + 2q)^2 - (2 q rho)^2)), by Williams
    q = 400.0
    table = correlation_table(numeric_activation("erf(x)"), q)
    delta = np.array([1e-6, 1e-3, 0.1, 0.7, 1.3, 1.9])

    def slope(d):
        return 4 / np.pi / np.sqrt((1 + 2 * q * d) * (1 + 2 * q * (2 - d)))

    exact = slope(0.0) - slope(delta)
    assert np.abs(table.slope(delta) / exact - 1).max() < 1e-12


def test_a_wide_surface_agrees_with_a_table():
    # four units of log q by as many tables as two surfaces of one unit had
    activation = numeric_activation("erf(x)")
    low, high = math.log(7.0), math.log(300.0)
    assert surface_nodes(0.0, 1.0) <= 14 < surface_nodes(low, high) <= 28
    surface = correlation_surface(activation, low, high, nodes=surface_nodes(low, high))
    delta = np.array([1e-4, 0.05, 0.5, 1.5])
    for q in (9.0, 61.0, 230.0):
        direct = correlation_table(activation, q).ratio(delta)
        assert np.abs(surface.at(q).ratio(delta) / direct - 1).max() < 1e-11


def test_a_step_that_is_steep_on_the_scale_of_the_variance():
    # phi'' of tanh(20x) at q = 1000 against a plain product rule
    activation = numeric_activation("tanh(20*x)")
    q, t = 1000.0, 0.05
    source = CorrelationMap(activation, q)
    x = np.linspace(-1.5, 1.5, 3001)
    weighted = activation.jet[2](x) * (x[1] - x[0])
    u, v = np.meshgrid(x, x)
    sine, rho = math.sin(t), math.cos(t)
    density = np.exp(-((u - v) ** 2) / (2 * q * sine**2) - u * v / (q * (1 + rho)))
    exact = weighted @ density @ weighted / (2 * math.pi * q * sine) * q * sine
    assert abs(float(source.M([t])[0]) / exact - 1) < 1e-5
