"""The figure of growing squares: normal maps have a growth that can be written down."""

import math

import matplotlib
import numpy as np
import pytest

from numerics.asymmetric.figures import asymmetric_growth_curves


def test_growth_of_normal_maps_beside_the_law():
    matplotlib.use("Agg")
    figure = asymmetric_growth_curves(growths=(0.8, 1.2), particles=800, depth=4)
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
    for (law, normal), kappa in zip((lines[:2], lines[2:4]), (0, 1), strict=True):
        squares = np.array(normal.get_xdata()) ** 2
        # s = q/2 and (E phi)^2 = q/(2 pi) for relu at N(0, q), and E v^2 = 1/2
        expected = (squares * (1 - kappa / math.pi) + 0.5) / 2
        assert normal.get_ydata() == pytest.approx(expected)
        assert law.get_ydata() == pytest.approx([0.8, 1.2])
        assert (np.array(law.get_ydata()) > normal.get_ydata()).all()
    matplotlib.pyplot.close(figure)
