"""Phase grids: agreement with single points, closed forms, and the facts a grid must respect."""

import numpy as np
import pytest

from numerics.fixed_point import fixed_points
from numerics.phase_diagram import phase_diagram
from numerics.result import load
from theory.errors import InputError


@pytest.fixture(scope="module")
def erf_grid():
    return phase_diagram("erf(x)", np.linspace(0.01, 3, 300), np.linspace(0, 0.249, 250))


def test_erf_grid_has_no_nan_and_no_contradiction(erf_grid):
    """75,000 points: c* < 1 exactly where chi_1 > 1."""
    assert not np.isnan(erf_grid.q).any()
    assert not np.isnan(erf_grid.c_star).any()
    assert not np.isnan(erf_grid.xi_q).any()
    assert not np.isnan(erf_grid.xi_c).any()
    chaotic = erf_grid.phase_code == 1
    attracting_zero = (erf_grid.q == 0) & (erf_grid.chi_1 <= 1)
    assert ((erf_grid.one_minus_c_star > 0) == chaotic).all()
    assert (erf_grid.chi_1[chaotic] > 1).all()
    assert attracting_zero.any()


def test_erf_grid_satisfies_the_closed_maps(erf_grid):
    """V = sb + (2 sw/pi) asin(2q/(1+2q)); C likewise with 2qc/(1+2q)."""
    w, b = np.meshgrid(erf_grid.sigma_w2, erf_grid.sigma_b2)
    q = erf_grid.q
    residual = b + 2 * w / np.pi * np.arcsin(2 * q / (1 + 2 * q)) - q
    tolerance = 2e-14 * np.maximum(q, 1e-3) * 1.0
    assert (np.abs(residual) <= tolerance).all()
    chi_1 = 4 * w / np.pi / np.sqrt(1 + 4 * q)
    np.testing.assert_allclose(erf_grid.chi_1, chi_1, rtol=3e-14)
    c = erf_grid.c_star
    gap = b + 2 * w / np.pi * np.arcsin(2 * q * c / (1 + 2 * q)) - q * c
    assert np.abs(gap[erf_grid.phase_code == 1]).max() < 1e-13


@pytest.mark.parametrize("phi", ["tanh", "gelu", "elu", "hardtanh", "x*erf(x)"])
def test_grid_agrees_with_single_points(phi):
    weights, biases = [0.8, 1.7, 2.3], [0.02, 0.15]
    diagram = phase_diagram(phi, weights, biases)
    for i, bias in enumerate(biases):
        for j, weight in enumerate(weights):
            points = fixed_points(phi, weight, bias)
            assert diagram.count[i, j] == len(points)
            stable = [point for point in points if point.chi_q < 1]
            if not stable:
                assert np.isinf(diagram.q[i, j])
                assert diagram.phase[i, j] == "divergent"
                continue
            room = 1 - stable[0].chi_q
            assert abs(diagram.q[i, j] / stable[0].q - 1) < 2e-14 / room
            assert abs(diagram.chi_1[i, j] / stable[0].chi_1 - 1) < 3e-14 / room
            assert diagram.phase[i, j] == stable[0].phase
            if stable[0].phase == "chaotic":
                excess = stable[0].chi_1 - 1
                gap = stable[0].one_minus_c_star
                assert abs(diagram.one_minus_c_star[i, j] / gap - 1) < 1e-12 / excess


def test_large_weight_variance():
    diagram = phase_diagram("tanh", [64.0], [0.05])
    assert abs(diagram.q[0, 0] / 57.354919850024335097 - 1) < 1e-13
    assert abs(diagram.chi_1[0, 0] / 4.4825690980557872587 - 1) < 1e-13


def test_branches_of_a_bistable_activation():
    """GELU at its q = 3 edge-of-chaos parameters: 1.1285 and 52.891 attract, 3 repels."""
    point = [1.99606248443199], [0.154379529609375]
    assert phase_diagram("gelu", *point, branch="lowest").q[0, 0] == pytest.approx(1.128521486)
    assert phase_diagram("gelu", *point, branch="highest").q[0, 0] == pytest.approx(52.89103065)
    assert phase_diagram("gelu", *point, branch=2.9).q[0, 0] == pytest.approx(1.128521486)
    assert phase_diagram("gelu", *point, branch=3.1).q[0, 0] == pytest.approx(52.89103065)
    assert phase_diagram("gelu", *point).count[0, 0] == 3


def test_saddle_node_is_not_jumped():
    """x^2: two roots below sigma_b2 = 1/(12 sigma_w2), none above; lower q = (1 - sqrt(...))/6."""
    biases = np.linspace(0.08, 0.0866, 200)
    diagram = phase_diagram("x**2", [1.0], biases)
    exists = biases < 1 / 12
    assert (diagram.count[:, 0] == np.where(exists, 2, 0)).all()
    expected = (1 - np.sqrt(1 - 12 * biases[exists])) / 6
    np.testing.assert_allclose(diagram.q[exists, 0], expected, rtol=1e-11)
    assert np.isinf(diagram.q[~exists, 0]).all()


def test_relu_grid():
    diagram = phase_diagram("relu", [0.5, 2.0, 2.5], [0, 0.1])
    np.testing.assert_allclose(
        diagram.q, [[0, 1, np.inf], [0.1 / 0.75, np.inf, np.inf]], rtol=1e-15
    )
    assert diagram.phase.tolist() == [
        ["ordered", "critical", "divergent"],
        ["ordered", "divergent", "divergent"],
    ]


def test_threads_do_not_change_a_bit():
    axes = np.linspace(0.5, 3, 200), np.linspace(0.01, 0.25, 200)
    one, two = (phase_diagram("tanh", *axes, threads=n) for n in (1, 2))
    for name in ("q", "chi_1", "chi_q", "count"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_saved_and_exported(tmp_path):
    diagram = phase_diagram("elu", [1.0, 1.6], [0.05])
    again = load(diagram.save(tmp_path / "phase.npz"))
    assert np.array_equal(again.q, diagram.q)
    assert again.provenance == diagram.provenance
    assert np.array_equal(again.c_star, diagram.c_star)
    lines = diagram.to_csv(tmp_path / "phase.csv").read_text().splitlines()
    assert lines[0].startswith("sigma_w2,sigma_b2,q,chi_1")
    assert len(lines) == 3
    assert float(lines[1].split(",")[2]) == diagram.q[0, 0]
    assert diagram.to_xarray()["q"].dims == ("sigma_b2", "sigma_w2")


def test_plot_returns_axes():
    import matplotlib

    matplotlib.use("Agg")
    diagram = phase_diagram("erf", np.linspace(0.5, 3, 20), np.linspace(0, 0.2, 10))
    assert diagram.plot().get_xlabel()


@pytest.mark.parametrize(
    "arguments",
    [
        ([], [0.1]),
        ([1.0], []),
        ([-1.0], [0.1]),
        ([1.0], [-0.1]),
        ([np.nan], [0.1]),
        ([[1.0]], [0.1]),
        (["a"], [0.1]),
    ],
)
def test_bad_axes(arguments):
    with pytest.raises(InputError):
        phase_diagram("tanh", *arguments)


@pytest.mark.parametrize("branch", ["middle", -1.0, float("nan")])
def test_bad_branch(branch):
    with pytest.raises(InputError):
        phase_diagram("tanh", [1.0], [0.1], branch=branch)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_damaged_file(tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        load(path)


def test_foreign_file(tmp_path):
    np.savez(tmp_path / "y.npz", a=np.ones(3))
    with pytest.raises(InputError, match="not written by save"):
        load(tmp_path / "y.npz")
    with pytest.raises(InputError, match="no file"):
        load(tmp_path / "absent.npz")


@pytest.mark.parametrize("threads", [-1, 0, 1.5, "a", None])
def test_threads_are_a_positive_number(threads):
    with pytest.raises(InputError, match="threads"):
        phase_diagram("erf(x)", [1.0], [0.1], threads=threads)


@pytest.mark.parametrize(
    "header",
    [
        "[" * 100_000,
        "3",
        "[1]",
        '{"format": "initheory-result-1", "value": 3}',
        '{"format": "initheory-result-1", "value": {"class": "PhaseDiagram", "fields": 3}}',
    ],
)
def test_a_strange_header_is_refused(header, tmp_path):
    np.savez(tmp_path / "strange.npz", _header=np.array(header))
    with pytest.raises(InputError, match="damaged"):
        load(tmp_path / "strange.npz")


def test_a_folder_or_nothing_is_no_file(tmp_path):
    diagram = phase_diagram("relu", [1.0], [0.1])
    (tmp_path / "folder.npz").mkdir()
    for call in (
        lambda: diagram.save(tmp_path / "folder.npz"),
        lambda: diagram.to_csv(tmp_path),
        lambda: load(None),
        lambda: load(tmp_path),
    ):
        with pytest.raises(InputError):
            call()
    assert [path.name for path in tmp_path.iterdir()] == ["folder.npz"]
