"""The figure of infinitely many fixed points draws what it says."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")


def test_dots_lie_where_the_wave_crosses_one(monkeypatch):
    import matplotlib

    matplotlib.use("Agg")
    from numerics.fixed_point_figures import fixed_point_wave

    (axes,) = fixed_point_wave().axes
    wave, _, stable, unstable = axes.lines
    x, y = wave.get_data()
    assert stable.get_label() == "attracting"
    assert len(stable.get_xdata()) == len(unstable.get_xdata()) == 4
    for line, sign in ((stable, -1), (unstable, 1)):
        for q in line.get_xdata():
            below, above = np.interp([q * 0.95, q * 1.05], x, y)
            assert (below - 1) * (above - 1) < 0
            assert np.sign(above - below) == sign
