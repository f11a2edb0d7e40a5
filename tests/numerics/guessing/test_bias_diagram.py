"""Regimes on a grid and the neutral line: published numbers, mpmath, and facts of convexity."""

import mpmath
import numpy as np
import pytest

from numerics.fixed_point import fixed_points
from numerics.guessing.neutral_line import neutral_line
from numerics.phase_diagram import phase_diagram
from numerics.result import load
from theory.errors import InputError
from theory.guessing import GuessingBias
from theory.mean_field import MeanField


@pytest.fixture(scope="module")
def tanh_grid():
    weights, biases = np.linspace(0.5, 5, 90), np.linspace(0, 0.2, 41)
    return phase_diagram(GuessingBias("tanh"), weights, biases)


def test_regimes_and_gamma_agree(tanh_grid):
    """Regimes come from C(1/2), gamma from c*: two computations."""
    gamma, regime = tanh_grid.gamma, tanh_grid.regime
    assert not np.isnan(gamma).any()
    assert np.array_equal(regime == "neutrality", gamma < 1)
    assert np.array_equal(regime == "deep prejudice", np.isinf(gamma))
    assert np.array_equal(regime == "prejudice", (gamma > 1) & np.isfinite(gamma))
    assert (gamma[0] == 0).all()  # odd, no biases
    assert (regime[0] == "neutrality").all()
    biased = tanh_grid.sigma_b2 > 0
    chaotic = tanh_grid.dynamics[biased] == "chaotic"
    assert np.array_equal(np.isfinite(gamma[biased]), chaotic)


def test_borders_of_the_grid_are_the_two_lines(tanh_grid):
    """At sigma_b2 = 0.1: edge of chaos 1.98607..., neutral line 2.92476... (published)."""
    row = int(np.argmin(abs(tanh_grid.sigma_b2 - 0.1)))
    assert abs(tanh_grid.sigma_b2[row] - 0.1) < 1e-12
    weights = tanh_grid.sigma_w2
    assert np.array_equal(tanh_grid.regime[row] == "deep prejudice", weights < 1.9860726411359)
    assert np.array_equal(tanh_grid.regime[row] == "neutrality", weights > 2.924765745162)


def test_published_points_of_tanh():
    found = phase_diagram(GuessingBias("tanh"), [1.9860726411359, 2.48, 4.97], 0.1)
    assert np.allclose(found.q[0, 1:], [1.13517999670, 3.04047072811], rtol=1e-11)
    assert np.allclose(found.c_star[0, 1:], [0.674072671168, 0.196062043620], rtol=1e-11)
    assert np.allclose(found.gamma[0, 1:], [2.06816861165, 0.243877082882], rtol=1e-11)
    assert np.allclose(found.expected_largest[0, 1:], [0.806594216259, 0.646010901145], rtol=1e-11)
    assert found.phase[0].tolist()[1:] == ["prejudice, chaotic", "neutrality, chaotic"]
    assert found.phase[0, 0].startswith("deep prejudice")


def test_relu_is_never_neutral():
    found = phase_diagram(GuessingBias("relu"), [0.5, 2, 2.5], [0, 0.1])
    assert (found.regime == "deep prejudice").all()
    assert found.dynamics.tolist() == [["ordered", "critical", "chaotic"]] * 2
    assert np.isinf(found.gamma).all()
    assert not neutral_line("relu", sigma_b2=0.1).points


def test_linear_networks():
    """gamma* = sigma_b2/(sigma_w2 - 1) above 1, which is no fixed point of q."""
    found = phase_diagram(GuessingBias("linear"), [0.5, 1, 1.05, 3], [0, 0.1])
    assert np.allclose(found.gamma, [[0, 0, 0, 0], [np.inf, np.inf, 2, 0.05]], rtol=1e-12)
    assert found.phase[1, 2] == "prejudice, chaotic"
    assert found.phase[0, 1] == "neutrality, critical"


def test_variances_without_a_fixed_point():
    """GELU is ReLU at infinity; x^2 has c* = 1/2 there; below q -> 0 GELU is linear: open."""
    gelu = phase_diagram(GuessingBias("gelu"), [1, 3], [0, 0.5])
    assert gelu.phase.tolist() == [
        ["undecided, ordered", "undecided, ordered"],
        ["deep prejudice, ordered", "deep prejudice, chaotic"],
    ]
    square = phase_diagram(GuessingBias("x**2"), [2.0], [0.5])
    assert abs(square.gamma[0, 0] - 1) < 1e-13
    assert square.regime[0, 0].startswith("border")


def test_correlated_weights_of_relu():
    """sin t - t cos t = kappa (1 - cos t) where variances have no scale (sigma_b2 = 0)."""
    gb = GuessingBias("relu", weight_correlation="0.5")
    found = phase_diagram(gb, [1, 4], [0.0, 0.1])
    angle = mpmath.findroot(
        lambda t: mpmath.sin(t) - t * mpmath.cos(t) - (1 - mpmath.cos(t)) / 2, 0.7
    )
    c = float(mpmath.cos(angle))
    assert np.allclose(found.c_star[[0, 0, 1], [0, 1, 1]], c, rtol=1e-12)
    assert found.regime[1, 0] == "deep prejudice"
    assert (phase_diagram(GuessingBias("relu", weight_correlation=1), 2, 0).gamma == 0).all()


def test_saved_drawn_and_exported(tanh_grid, tmp_path):
    again = load(tanh_grid.save(tmp_path / "bias.npz"))
    assert type(again) is type(tanh_grid)
    assert np.array_equal(again.phase, tanh_grid.phase)
    names = [text.get_text() for text in tanh_grid.plot().get_legend().get_texts()]
    assert "prejudice, chaotic" in names
    assert any("edge of chaos" in name for name in names)
    assert any("gamma" in name for name in names)
    assert "regime" in tanh_grid.to_xarray()
    lines = tanh_grid.to_csv(tmp_path / "bias.csv").read_text().splitlines()
    assert "deep prejudice" in lines[-1] or "neutrality" in lines[-1]
    assert repr(tanh_grid).startswith("BiasDiagram(tanh")
    assert "prejudice" in str(tanh_grid)


@pytest.mark.parametrize(
    ("sigma_b2", "sigma_w2"),
    [(0.05, 2.378265500801), (0.10, 2.924765745162), (0.20, 3.761095041373)],
)
def test_published_neutral_points(sigma_b2, sigma_w2):
    (point,) = neutral_line("tanh", sigma_b2=sigma_b2)
    assert abs(point.sigma_w2 - sigma_w2) < 1e-12
    assert point.stable
    back = neutral_line("tanh", sigma_w2=point.sigma_w2)
    assert abs(back[0].sigma_b2 / sigma_b2 - 1) < 1e-12
    (fixed,) = fixed_points("tanh", point.sigma_w2, sigma_b2)
    assert abs(fixed.c_star - 0.5) < 1e-12


def test_erf_in_closed_form():
    """W = (2/pi) asin(2q/(1+2q)), G the same with q c: both conditions by mpmath."""
    with mpmath.workdps(30):

        def half(q):
            w, g = (2 / mpmath.pi * mpmath.asin(s * q / (1 + 2 * q)) for s in (2, 1))
            weight = q / (2 * (w - g))
            return weight, q - weight * w

        q = mpmath.findroot(lambda q: half(q)[1] - mpmath.mpf("0.1"), 1.0)
        weight = float(half(q)[0])
    (point,) = neutral_line(GuessingBias("erf"), sigma_b2=0.1)
    assert abs(point.q / float(q) - 1) < 1e-13
    assert abs(point.sigma_w2 / weight - 1) < 1e-13
    line = neutral_line("erf", sigma_b2=[0.0, 0.1])
    assert len(line) == 1
    assert "none at 1 sigma_b2" in line.statement


def test_a_skip_connection_only_rescales():
    (plain,) = neutral_line("erf", q=1.0)
    (kept,) = neutral_line(MeanField("erf", skip="0.5"), q=1.0)
    assert abs(kept.sigma_w2 / plain.sigma_w2 - 0.75) < 1e-14
    assert abs(kept.chi_q - (0.25 + 0.75 * plain.chi_q)) < 1e-14


def test_homogeneous_lines():
    """x^2 keeps c = 1/2 at sigma_w2 = 1/(3 q); correlated ReLU has one sigma_w2."""
    (point,) = neutral_line("x**2", sigma_w2=0.5)
    assert abs(point.q - 2 / 3) < 1e-13
    assert (point.sigma_b2, point.stable) == (0.0, False)
    (relu,) = neutral_line(MeanField("relu", weight_correlation="0.8"), sigma_b2=0.1)
    g = (np.sqrt(0.75) + 0.5 * (np.pi - np.arccos(0.5))) / (2 * np.pi)
    assert abs(relu.sigma_w2 - 0.5 / (0.5 - g)) < 1e-13
    slope = 1 - relu.sigma_w2 * (0.5 - 0.8 / (2 * np.pi))
    assert abs(relu.q - 0.1 / slope) < 1e-12


@pytest.mark.parametrize("phi", ["relu", "linear", "0"])
def test_no_line_has_a_reason(phi):
    line = neutral_line(phi, sigma_b2=0.1)
    assert not line.points
    assert line.statement.startswith("no neutral line")


@pytest.mark.parametrize(
    "options", [{}, {"sigma_b2": -1}, {"sigma_w2": 0}, {"q": "a"}, {"q": 1, "sigma_b2": 1}]
)
def test_bad_numbers(options):
    with pytest.raises(InputError, match="neutral_line"):
        neutral_line("tanh", **options)


def test_lines_are_saved_and_drawn(tmp_path):
    line = neutral_line("erf", q=[0.5, 1.0])
    again = load(line.save(tmp_path / "line.npz"))
    assert again.points == line.points
    assert line.plot().get_xlabel()
    assert np.array_equal(line.q, [0.5, 1.0])


def test_bad_axes():
    with pytest.raises(InputError, match="sigma_w2"):
        phase_diagram(GuessingBias("tanh"), [], [0.1])


@pytest.mark.parametrize(
    ("text", "bias", "q", "weight"),
    [
        ("sin", 0.2, 1.305766821237, 2.386775096314),
        ("sigmoid(4*x)-1/3", 0.02, 1.728740695178, 8.296644549080),
    ],
)
def test_neutral_lines_of_functions_that_turn_often_or_sharply(text, bias, q, weight):
    (point,) = neutral_line(text, sigma_b2=bias)  # values of a solver of its own
    assert point.q == pytest.approx(q, rel=2e-12)
    assert point.sigma_w2 == pytest.approx(weight, rel=2e-12)
