"""The plane of sigma_w2 and the weight correlation, against closed forms and single diagrams."""

import math

import matplotlib
import numpy as np
import pytest

from numerics.phase_diagram import phase_diagram
from numerics.result import load
from theory.errors import InputError
from theory.mean_field import MeanField

matplotlib.use("Agg")
WEIGHTS = np.array([1.5, 2.0, 2.1, 2.25, 2.7, 3.5])
KAPPAS = np.array([-1.0, 0.5, 1.0])


def test_relu_phases(tmp_path):
    """Ordered below 2, bounded up to 2 pi/(pi - kappa), c* of kappa alone beyond that."""
    plane = load(
        phase_diagram("relu", WEIGHTS, 0.1, weight_correlation=KAPPAS).save(tmp_path / "p.npz")
    )
    assert plane.phase.tolist() == [
        ["ordered"] + ["divergent"] * 5,
        ["ordered", "critical", "chaotic", "chaotic", "divergent", "divergent"],
        ["ordered", "critical", "chaotic", "chaotic", "chaotic", "divergent"],
    ]
    bounded = [0.9748858060120254, 0.8647976007916224]
    assert plane.c_star[1, 2:4] == pytest.approx(bounded, abs=1e-14)
    assert plane.c_star[2, 2:4] == pytest.approx(bounded, abs=1e-14)
    assert plane.c_star[:, 5] == pytest.approx([1, 0.7266299342356772, 0], abs=1e-15)
    assert plane.q[1, 1] == pytest.approx(0.2 * math.pi, rel=1e-14)
    axes = plane.plot()
    assert axes.get_ylabel() == r"$\kappa$"
    matplotlib.pyplot.close(axes.figure)
    assert "divergent" in str(plane)
    assert plane.to_xarray()["c_star"].shape == (3, 6)


def test_rows_agree_with_diagrams_of_one_correlation():
    model = MeanField("gelu", skip="1/3")
    plane = phase_diagram(model, WEIGHTS, 0.1, weight_correlation=KAPPAS)
    for i, kappa in enumerate(KAPPAS):
        one = MeanField("gelu", weight_correlation=kappa, skip="1/3")
        row = phase_diagram(one, WEIGHTS, 0.1)
        bounded = np.isfinite(plane.q[i])
        for name in ("q", "chi_1", "c_star", "xi_c"):
            ours, theirs = getattr(plane, name)[i, bounded], getattr(row, name)[0, bounded]
            assert ours == pytest.approx(theirs, rel=1e-11), name
    assert plane.phase[2].tolist().count("chaotic") > 0


def test_what_the_plane_refuses():
    for wrong in ([1.5], [], "many", [[0.1]]):
        with pytest.raises(InputError, match="weight_correlation"):
            phase_diagram("relu", WEIGHTS, 0.1, weight_correlation=wrong)
    with pytest.raises(InputError, match="sigma_b2 is one number"):
        phase_diagram("relu", [1, 2], [0, 0.1], weight_correlation=0.5)
    with pytest.raises(InputError, match="sigma_b2"):
        phase_diagram("relu", WEIGHTS, [0.1, 0.2], weight_correlation=0.5)
    model = MeanField("relu", weight_correlation=0.5)
    with pytest.raises(InputError, match="leave that out"):
        phase_diagram(model, WEIGHTS, 0.1, weight_correlation=0.5)
