"""The figures of the Jacobian draw what they say."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def _headless(monkeypatch):
    import matplotlib

    matplotlib.use("Agg")


def test_spectra_and_samples():
    from numerics.spectrum.figures import singular_value_spectra

    figure = singular_value_spectra(("relu",), (2, 4), n=40, samples=1)
    (axes,) = figure.axes
    x, y = axes.lines[0].get_data()
    area = np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)
    assert area == pytest.approx(0.5, abs=0.01)  # half of the singular values are 0


def test_edges_grow_like_the_root_of_the_depth():
    from numerics.spectrum.figures import edge_against_depth

    figure = edge_against_depth(("linear",), (1, 10, 100))
    x, y = figure.axes[0].lines[0].get_data()
    np.testing.assert_allclose(y**2, (x + 1.0) * (1 + 1 / x) ** x, rtol=1e-12)
    assert np.all(figure.axes[0].lines[1].get_ydata() == 1.0)


def test_residuals():
    from numerics.spectrum.figures import residual_curves

    kernel = np.eye(3) + 0.5
    figure = residual_curves(kernel, [1, 2, 3], np.geomspace(0.1, 30, 12), steps=(0.5,))
    assert len(figure.axes[0].lines) == 2
