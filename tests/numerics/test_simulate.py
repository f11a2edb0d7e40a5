"""The verb ``simulate``, its results and its refusals; and the command of that name."""

import json

import numpy as np
import pytest
import sympy as sp

import initheory as it
from initheory.__main__ import main
from numerics.ensemble import run
from numerics.sample import sample_of, scale_of
from numerics.simulate import simulate
from theory.covariance_sde import CovarianceSDE
from theory.errors import InitheoryError, InputError

RELU = CovarianceSDE("relu")
NETWORK = it.Network("relu", 20, 10)
CUBIC = CovarianceSDE("x + x**3/3")


@pytest.fixture(scope="module")
def sample():
    return simulate(RELU, rho0=0.3, T=1, paths=20_000, seed=3)


def test_the_front_door(sample):
    assert it.simulate is simulate
    assert sample.values.shape == (20_000,)
    assert sample.mean == pytest.approx(np.mean(sample.values), rel=1e-14)
    assert sample.standard_error == pytest.approx(np.std(sample.values, ddof=1) / 20_000**0.5)
    assert sample.quantiles(0.5) == np.median(sample.values)
    assert sample.provenance.seed == 3
    assert sample.provenance.inputs["rho0"] == 0.3
    assert "none exploded" in str(sample)


def test_statistics_agree_with_values(sample):
    reduced = simulate(RELU, rho0=0.3, T=1, paths=20_000, seed=3, keep="statistics")
    assert reduced.values is None
    assert reduced.mean == pytest.approx(sample.mean, rel=1e-12)
    assert reduced.variance == pytest.approx(sample.variance, rel=1e-12)
    shares = np.linspace(0.01, 0.99, 50)
    # the quantiles of values interpolate between neighbours, the histogram within bins
    np.testing.assert_allclose(reduced.quantiles(shares), sample.quantiles(shares), atol=3e-3)
    for threads in (1, 2, 4):
        again = simulate(
            RELU, rho0=0.3, T=1, paths=20_000, seed=3, keep="statistics", threads=threads
        )
        assert again.mean == reduced.mean
        assert np.array_equal(again.counts, reduced.counts)


def test_quantiles_of_a_histogram_of_a_known_law():
    """Deterministic normal scores as log V: quantiles to 1e-5 in log V."""
    from scipy.special import ndtri

    from numerics.ensemble import Block

    paths = 1_000_000

    def task(begin, count):
        shares = (np.arange(begin, begin + count) + 0.5) / paths
        return Block(np.exp(ndtri(shares))[:, None])

    kept = run(task, paths, 0, 1 << 14, 2, scale_of("V"))
    about = dict.fromkeys(("label", "quantity", "places", "statement", "provenance"), "V")
    made = sample_of(kept, paths, True, **about)
    shares = np.array([0.001, 0.1, 0.5, 0.75, 0.99])
    np.testing.assert_allclose(np.log(made.quantiles(shares)), ndtri(shares), atol=1e-4)
    assert made.mean == pytest.approx(np.exp(0.5), rel=1e-4)


def test_statistics_with_explosions():
    options = {"V0": 1.0, "times": [0.5, 1.0], "paths": 30_000}
    values = simulate(CUBIC, **options)
    reduced = simulate(CUBIC, keep="statistics", **options)
    assert reduced.exploded == values.exploded > 0
    assert np.array_equal(reduced.explosion_times, values.explosion_times)
    assert np.array_equal(reduced.finite, values.finite)
    np.testing.assert_allclose(reduced.survivor_mean, values.survivor_mean, rtol=1e-12)
    assert np.isinf(reduced.mean).all()
    shares = np.array([0.2, 0.5, 0.95])
    np.testing.assert_allclose(reduced.quantiles(shares), values.quantiles(shares), rtol=2e-2)
    assert np.isinf(values.quantiles(0.95)[1])


def test_save_load_export(sample, tmp_path):
    matrices = simulate(NETWORK, V0=np.eye(2), samples=30, layers=[5, 10])
    for result in (sample, matrices):
        again = it.load(result.save(tmp_path / "sample.npz"))
        assert np.array_equal(again.values, result.values)
        assert again.mean.tolist() == result.mean.tolist() if np.ndim(again.mean) else True
        assert again.provenance.seed == result.provenance.seed
    assert len((tmp_path / sample.to_csv(tmp_path / "s.csv")).read_text().splitlines()) == 20_001
    xarray = pytest.importorskip("xarray")
    array = matrices.to_xarray()
    assert isinstance(array, xarray.DataArray)
    assert array.dims == ("path", "place", "input_1", "input_2")


def test_plot(sample):
    assert sample.plot().get_xlabel() == r"$\rho$"
    norms = simulate(RELU, V0=1, T=1, paths=1000, keep="statistics")
    assert norms.plot().get_xlabel() == r"$\log V$"
    with pytest.raises(InputError, match="one entry"):
        simulate(NETWORK, V0=np.eye(2), samples=3).plot()


def test_progress_is_told(capsys):
    seen = []
    simulate(RELU, rho0=0, T=0.1, paths=40_000, progress=lambda *at: seen.append(at))
    assert seen[-1] == (40_000, 40_000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    simulate(RELU, rho0=0, T=0.1, paths=10, progress=True)
    assert "100% of 10 paths" in capsys.readouterr().err


def test_one_path_has_no_standard_error():
    sample = simulate(RELU, rho0=0.3, T=0.5, paths=1)
    assert sample.standard_error == np.inf
    assert sample.mean == sample.values[0]


def test_default_quantiles(sample):
    assert np.array_equal(sample.quantiles(), sample.quantiles([0.1, 0.25, 0.5, 0.75, 0.9]))


def test_statistics_of_a_signed_coordinate():
    line = RELU.lamperti
    values = simulate(line, start=-0.5, T=0.5, paths=2000)
    counted = simulate(line, start=-0.5, T=0.5, paths=2000, keep="statistics")
    assert counted.quantity == values.quantity == "u"
    np.testing.assert_allclose(counted.quantiles(), values.quantiles(), atol=0.02)
    assert values.plot().get_xlabel() == "$u$"


def test_no_picture_of_nothing():
    sample = simulate(CUBIC, V0=1e6, T=1, paths=20)
    assert sample.exploded == 20
    with pytest.raises(InputError, match="every path exploded"):
        sample.plot()


def test_non_autonomous_correlation_goes_through_the_matrix():
    sample = simulate(CovarianceSDE("gelu"), rho0=0.3, T=0.1, paths=500)
    assert sample.quantity == "rho"
    assert sample.values.shape == (500,)
    assert np.abs(sample.values).max() < 1


REFUSED = [
    (RELU, {"rho0": 1.5, "T": 1}, "rho0 = 1.5 is no correlation"),
    (RELU, {"rho0": 1, "T": 1}, "equal inputs, which stay equal"),
    (CovarianceSDE("linear"), {"rho0": -1, "T": 1}, "rho does not move"),
    (RELU, {"rho0": 0.3}, "pass T"),
    (RELU, {"rho0": 0.3, "T": 0}, "T = 0 must be positive"),
    (RELU, {"rho0": 0.3, "T": -1}, "T = -1 must be positive"),
    (RELU, {"rho0": 0.3, "T": np.inf}, "not finite"),
    (RELU, {"T": 1}, "pass either rho0"),
    (RELU, {"rho0": 0.3, "V0": 1, "T": 1}, "pass either rho0"),
    (RELU, {"V0": 0, "T": 1}, "must be positive"),
    (RELU, {"V0": [[1, 2], [2, 1]], "T": 1}, "eigenvalue -1"),
    (RELU, {"V0": [[1, 2], [0, 1]], "T": 1}, "symmetric"),
    (RELU, {"V0": [[1, 0], [0, 0]], "T": 1}, "positive diagonal"),
    (RELU, {"V0": [1, 2, 3], "T": 1}, "square matrix"),
    (RELU, {"V0": "x", "T": 1}, "V0 = 'x' is not a number"),
    (RELU, {"rho0": 0.3, "T": 1, "paths": 0}, "paths = 0"),
    (RELU, {"rho0": 0.3, "T": 1, "paths": 2.5}, "paths = 2.5"),
    (RELU, {"rho0": 0.3, "T": 1, "paths": 2, "samples": 2}, "two names"),
    (RELU, {"rho0": 0.3, "T": 1, "steps": 0}, "steps = 0"),
    (RELU, {"rho0": 0.3, "T": 1, "threads": 0}, "threads = 0"),
    (RELU, {"rho0": 0.3, "T": 1, "seed": -1}, "seed = -1"),
    (RELU, {"rho0": 0.3, "T": 1, "first": -1}, "first = -1"),
    (RELU, {"rho0": 0.3, "T": 1, "random": "r250"}, "mix, philox"),
    (RELU, {"rho0": 0.3, "T": 1, "keep": "all"}, "'statistics'"),
    (RELU, {"rho0": 0.3, "T": 1, "method": "brute"}, "does not apply"),
    (RELU, {"rho0": 0.3, "times": [1, 0.5]}, "must be positive, increase"),
    (RELU, {"rho0": 0.3, "times": [0.3, 1], "steps": 16}, "divisible by 10"),
    (CUBIC, {"V0": 1, "T": 1, "steps": 4}, "V can explode; take steps="),
    (CUBIC, {"V0": np.eye(2), "T": 1, "steps": 4}, "V can explode; take steps="),
    (CovarianceSDE("tanh", a=sp.Symbol("a", positive=True)), {"V0": 1, "T": 1}, "depends on a"),
    (NETWORK, {"rho0": 0.3, "T": 1}, "does not apply"),
    (NETWORK, {"rho0": 0.3, "method": "magic"}, "'exact' or 'brute'"),
    (NETWORK, {"rho0": 0.3, "layers": [3, 99]}, "layers"),
    (NETWORK, {"rho0": 1}, "stay equal"),
    (NETWORK, {"rho0": 0.3, "layers": 1.5}, "whole numbers"),
    (NETWORK, {"rho0": 0.3, "limit": -1}, "limit = -1"),
    (RELU, {"rho0": 0.3, "times": []}, "times is empty"),
    (RELU, {"rho0": [0.3, 0.4], "T": 1}, "rho0 is one number"),
    (RELU, {"rho0": 0.3, "T": 1e9}, "takes 6.4e.10 steps"),
    (RELU, {"V0": [1, 2], "T": 1}, r"shape \(2,\)"),
    (RELU, {"V0": [[np.nan]], "T": 1}, "not finite"),
    (
        CovarianceSDE(shaping="x + softplus(x)/n"),
        {"V0": np.eye(2), "T": 1},
        "two-point expectation without closed form",
    ),
    (RELU.correlation, {"rho0": 0.3, "T": 1}, "start="),
    (it.MeanField("relu"), {"rho0": 0.3}, "MeanField cannot be simulated"),
]


@pytest.mark.parametrize(("model", "arguments", "message"), REFUSED)
def test_refusals_are_one_sentence(model, arguments, message):
    with pytest.raises(InputError, match=message) as raised:
        simulate(model, **arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("phi", "message"), [("x**2", "flat"), ("cos(x)", "flat"), ("relu(x - 1)", "flat")]
)
def test_activations_that_cannot_be_shaped(phi, message):
    for make in (CovarianceSDE, lambda phi: it.Network(phi, 10, 10)):
        with pytest.raises(InitheoryError, match=message):
            make(phi)


def test_formulas_that_do_not_tend_to_x():
    with pytest.raises(InitheoryError):
        it.Network(shaping="x + 1 + x**2/n", width=10, depth=2)


def test_command(capsys, tmp_path):
    arguments = ["simulate", "relu", "--rho0", ".3", "--paths", "2000", "--seed", "1"]
    assert main([*arguments, "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    direct = simulate(RELU, rho0=0.3, T=1, paths=2000, seed=1)
    assert summary["mean"] == pytest.approx(direct.mean, rel=1e-12)
    assert summary["quantiles"].keys() == {"0.1", "0.25", "0.5", "0.75", "0.9"}
    for suffix, beginning in (("npz", b"PK"), ("png", b"\x89PNG"), ("csv", b"rho")):
        target = tmp_path / f"rho.{suffix}"
        assert main([*arguments, "-o", str(target)]) == 0
        assert target.read_bytes().startswith(beginning)
    assert np.array_equal(it.load(tmp_path / "rho.npz").values, direct.values)


def test_command_for_networks(capsys):
    arguments = ["simulate", "relu", "--rho0", ".3", "--network", "--width", "20", "--paths", "50"]
    assert main([*arguments, "--depth", "10", "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["mean"] == pytest.approx(simulate(NETWORK, rho0=0.3, samples=50).mean)


def test_command_for_a_shaping_and_for_residual_networks(capsys):
    arguments = ["--rho0", ".1", "--paths", "20", "--format", "json"]
    assert main(["simulate", "--shaping", "x + sin(x)/n", *arguments]) == 0
    capsys.readouterr()
    residual = ["--architecture", "residual", "--gamma", "1.5"]
    assert main(["simulate", "relu", *residual, *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["mean"] == pytest.approx(0.49315606654, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "give --rho0"),
        (["--rho0", "1"], "stay equal"),
        (["--rho0", "0", "--T", "0"], "above 0"),
        (["--rho0", "0", "--width", "5"], "add --network"),
        (["--rho0", "0", "--network"], "needs --width"),
        (["--rho0", "0", "--network", "--width", "5", "--T", "1"], "--depth"),
        (["--rho0", "0", "--network", "--width", "1"], "larger width"),
        (["--rho0", "0", "--paths", "0"], "paths"),
    ],
)
def test_command_refuses_in_one_line(options, message, capsys):
    assert main(["simulate", "relu", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
