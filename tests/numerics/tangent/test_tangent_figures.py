"""The figures of the tangent kernel draw what they say."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def _headless(monkeypatch):
    import matplotlib

    matplotlib.use("Agg")


def test_the_ratio_approaches_the_law():
    from numerics.tangent.figures import ratio_against_depth

    left, right = ratio_against_depth(("relu",), depth=10**4).axes
    x, y = left.lines[0].get_data()
    assert x[0] == 1
    assert y[0] == pytest.approx(0.1)
    distance, law = right.lines
    assert distance.get_ydata()[-1] == pytest.approx(y[-1] - 0.25)
    # the law is 3 log(L)/(8 L); the constant over L is not universal
    assert law.get_ydata()[-1] == pytest.approx(3 * np.log(x[-1]) / (8 * x[-1]), rel=1e-9)
    assert law.get_ydata()[-1] == pytest.approx(y[-1] - 0.25, rel=0.3)


def test_the_condition_number_tells_the_phases_apart():
    from numerics.tangent.figures import condition_numbers

    (axes,) = condition_numbers(depths=(2, 64, 256)).axes
    ordered, critical, chaotic, limit = (line.get_ydata() for line in axes.lines)
    assert ordered[-1] > 1e6
    assert critical[-1] == pytest.approx(6, rel=0.05)
    assert chaotic[-1] == pytest.approx(1, abs=0.05)
    assert limit[0] == 6  # 1 + N ratio/(1 - ratio) for N = 10 and the ratio 1/3
