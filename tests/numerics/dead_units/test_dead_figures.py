"""The figure of dead units draws the probabilities that follow from the arc-sine law."""

import math

import matplotlib
import pytest

from numerics.dead_units.figures import dead_networks


def test_units_off_on_two_orthogonal_inputs():
    matplotlib.use("Agg")
    figure = dead_networks(widths=(2,), depth=3, networks=50, kappas=(0, 1), layers=2)
    _, right = figure.axes
    # one layer takes orthogonal inputs to the correlation 1/pi, or leaves them where rows sum to 0
    assert right.lines[0].get_ydata() == pytest.approx(
        [0.25, 0.25 + math.asin(1 / math.pi) / (2 * math.pi)]
    )
    assert right.lines[2].get_ydata() == pytest.approx([0.25, 0.25])
    matplotlib.pyplot.close(figure)
