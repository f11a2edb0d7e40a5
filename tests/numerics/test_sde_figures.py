"""Each figure draws, from small samples, what it says."""

import numpy as np
import pytest

plt = pytest.importorskip("matplotlib.pyplot")

from numerics import sde_figures  # noqa: E402
from numerics.simulate import simulate  # noqa: E402
from theory.errors import InputError  # noqa: E402
from theory.network import Network  # noqa: E402
from theory.unshaped import unshaped_limit  # noqa: E402


@pytest.fixture(autouse=True)
def _close():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def test_correlation_paths():
    figure = sde_figures.correlation_paths(width=30, paths=3)
    left, right = figure.axes
    assert len(left.lines) == 4
    assert len(right.lines) == 3
    assert left.lines[0].get_ydata()[-1] < 0.2
    assert np.array_equal(
        right.lines[0].get_ydata(),
        sde_figures.correlation_paths(width=30, paths=3).axes[1].lines[0].get_ydata(),
    )


def test_correlation_densities_are_nearer_with_the_width():
    figure = sde_figures.correlation_densities(width=25, c_minus=-2, rho0=0.2, samples=4000)
    labels = [line.get_label() for line in figure.axes[0].lines]
    limit, corrected = (float(label.split()[-1]) for label in labels)
    assert corrected < limit
    assert corrected < 0.06


def test_norm_densities():
    figure = sde_figures.norm_densities(width=40, samples=1000)
    assert [ax.lines[0].get_label() for ax in figure.axes] == ["N(-1, 2)", "N(-2.5, 5)"]


def test_explosion_curves():
    figure = sde_figures.explosion_curves(("silu", "tanh"), T=1.0, points=2, paths=2000)
    curves = figure.axes[0].lines
    assert curves[0].get_ydata()[-1] == pytest.approx(0.0985541168, abs=1e-9)
    assert abs(curves[1].get_ydata()[-1] - 0.0985541168) < 4 * np.sqrt(0.0986 * 0.9014 / 2000)
    assert np.max(np.abs(curves[2].get_ydata())) < 1e-9
    assert np.max(curves[3].get_ydata()) == 0


def test_joint_law():
    figure = sde_figures.joint_law(width=40, samples=200, paths=200)
    assert len(figure.axes) == 3
    with pytest.raises(InputError, match="three inputs"):
        sde_figures.joint_law(start=[[1, 0], [0, 1]])


def test_sequel_residual_and_shaped_flows_agree():
    figure = sde_figures.sequel(width=40, samples=200, paths=500)
    residual, shaped = figure.axes[1].lines
    assert np.allclose(residual.get_ydata(), shaped.get_ydata(), atol=1e-8)
    # the published value at t = 1, gamma = 1
    assert residual.get_ydata()[40] == pytest.approx(0.31804990356, abs=1e-8)
    with pytest.raises(InputError, match="less than one layer"):
        sde_figures.norm_densities(width=10, T=0.01)


def test_the_unshaped_limit_has_the_term_plus_2q():
    """E log q_1 from q = 9 pi^2/2 at t = 1/2: 2.868 +- .005; with -2q it would be 1.238."""
    values = sde_figures.unshaped_paths(unshaped_limit("relu"), 0.5, 1.0, 100_000, seed=3)
    assert abs(values.mean() - 2.868) < 4 * (values.std() / 100_000**0.5 + 0.005)


@pytest.mark.slow
def test_networks_approach_the_unshaped_limit():
    """At n = 400, started at half depth: the bias is about -7/n."""
    figure = sde_figures.sequel(width=40, samples=50, paths=50)
    assert len(figure.axes) == 2
    limit = unshaped_limit("relu")
    network = Network("relu", 400, 200, shaping=False)
    rho = simulate(network, rho0=1 - float(limit.start) / 200**2, samples=4000, seed=5).values
    log_q = np.log(400**2 * (1 - rho))
    assert abs(log_q.mean() - 2.868) < 4 * log_q.std() / 4000**0.5 + 7 / 400 + 0.005
