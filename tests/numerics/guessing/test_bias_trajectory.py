"""The bias along the layers against 40-digit recursions on closed maps and published numbers."""

import mpmath
import numpy as np
import pytest

from numerics.edge_of_chaos import edge_of_chaos
from numerics.fixed_point import fixed_points
from numerics.propagate import propagate
from numerics.result import load
from theory.errors import InputError
from theory.guessing import GuessingBias


def bias(phi, *variances, **options):
    return GuessingBias(phi, *variances, **options)


def relu_gammas(layers, sigma_w2, sigma_b2):
    """sigma_mu2 and sigma_y2 from Francazi et al.'s recursion, in 40 digits."""
    with mpmath.workdps(40):
        w, b = mpmath.mpf(str(sigma_w2)), mpmath.mpf(str(sigma_b2))
        spread, centre = w, b
        for _ in range(layers):
            gamma = centre / spread
            root = mpmath.sqrt(2 * gamma + 1)
            g = (2 * gamma / mpmath.pi) * mpmath.atan(root) + root / mpmath.pi
            spread, centre = w / 2 * spread * (1 + gamma - g), w / 2 * spread * g + b
        return centre / spread


@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(2, 0), (0.5, 0), (3.7, 0.2), (1.5, 0.1)])
def test_relu_against_the_recursion_of_the_two_variances(sigma_w2, sigma_b2):
    path = propagate(bias("relu", sigma_w2, sigma_b2), depth=60)
    for layer in (0, 1, 2, 7, 30):
        exact = float(relu_gammas(layer, sigma_w2, sigma_b2))
        assert abs(path.gamma[layer] - exact) <= 2e-13 * exact
    total = path.sigma_y2 + path.sigma_mu2
    assert np.allclose(total, path.q, rtol=1e-15)


def test_published_gammas_of_relu():
    path = propagate(bias("relu", 2, 0), depth=1000)
    known = {
        1: 0.466942206924259858,
        2: 0.975234861638612,
        3: 1.53052906248304,
        4: 2.13433967947684,
        5: 2.78710918170201,
        10: 6.78425265124249,
        20: 18.3905470235139,
        50: 81.3855218021477,
        100: 278.57534504201,
        1000: 23184.8613743763,
    }
    for row, gamma in known.items():
        assert abs(path.gamma[row] / gamma - 1) < 3e-14
    assert abs(path.c[1] - 0.318309886183791) < 1e-15
    assert abs(path.c[3] - 0.604825720112945) < 1e-15


@pytest.mark.parametrize(
    ("sigma_b2", "ratios"),
    [
        (0.1, (1.20434, 1.06691, 1.04745, 1.02129)),
        (1, (0.92502, 0.97578, 0.98282, 0.99229)),
        (0.01, (1.9037, 1.2863, 1.2004, 1.0881)),
    ],
)
def test_critical_relu_with_biases_is_four_times_faster(sigma_b2, ratios):
    layers = np.array([1000, 10001, 20001, 100_000])
    path = propagate(bias("relu", 2, sigma_b2), depth=99_999, layers=layers - 1)
    found = path.one_minus_c * 8 * layers**2 / (9 * np.pi**2)
    assert np.allclose(found, ratios, rtol=6e-5)


def test_tanh_at_its_edge_of_chaos():
    path = propagate(bias("tanh", "1.9860726411359", "0.1"), c0=0, depth=200)
    known = {10: 1.731047510513, 50: 10.664191776591, 100: 22.627465519119, 200: 47.056971936374}
    for layer, gamma in known.items():
        assert abs(path.gamma[layer] / gamma - 1) < 3e-11
    rise = (path.gamma[200] - path.gamma[100]) / 100
    assert abs(rise - 0.24430) < 1e-5


@pytest.mark.parametrize(
    ("sigma_w2", "gamma", "largest"),
    [("2.48", 2.06816861165, 0.806594216259), ("4.97", 0.243877082882, 0.646010901145)],
)
def test_tanh_in_its_chaotic_phase(sigma_w2, gamma, largest):
    path = propagate(bias("tanh", sigma_w2, "0.1"), depth=400)
    assert abs(path.gamma[-1] / gamma - 1) < 1e-11
    assert abs(path.expected_largest[-1] - largest) < 1e-11


@pytest.mark.parametrize(
    ("sigma_w2", "depth", "c"),
    [("0.8", 120, 0.55584351607), (1, 400, 0.537229170), ("1.5", 400, 0.0)],
)
def test_odd_without_biases_never_grows(sigma_w2, depth, c):
    path = propagate(bias("tanh", sigma_w2, 0), q0=1.0, c0=[0.0, 0.6], depth=depth)
    assert (path.gamma[:, 0] == 0.0).all()
    assert (np.diff(path.gamma[:, 1]) <= 1e-13).all()
    assert abs(path.c[-1, 1] - c) < (1e-9 if c else 1e-3)


def test_a_variance_beyond_all_floats_keeps_gamma():
    """GELU at sigma_w2 = 3 is ReLU up to 1/q, and gamma ~ 2 l^2/(9 pi^2)."""
    path = propagate(bias("gelu", 3, "0.1"), depth=3000, layers=[0, 100, 2999, 3000])
    assert np.isinf(path.q[-1])
    assert "limit" in path.statement
    assert abs(path.gamma[-1] * 4.5 * np.pi**2 / 3000**2 - 1) < 0.02
    step = np.sqrt(path.gamma[-1]) - np.sqrt(path.gamma[-2])
    assert abs(step / (np.sqrt(2) / (3 * np.pi)) - 1) < 2e-3


def test_linear_networks_in_closed_form():
    path = propagate(bias("linear", "0.9", "0.1"), depth=50)
    powers = np.cumsum(0.9 ** -np.arange(51.0))
    assert np.allclose(path.gamma, 0.1 / 0.9 * powers, rtol=1e-12)


def test_correlated_data_and_inputs_of_another_norm():
    gb = bias("erf", "1.5", "0.2")
    first = propagate(gb, depth=2, data_correlation=[0.0, 0.3])
    assert np.allclose(first.gamma[0], [0.2 / 1.5, (0.2 + 0.45) / (1.5 * 0.7)], rtol=1e-14)
    scaled = propagate(gb, depth=2, q0=0.2 + 1.5 * 4)
    assert abs(scaled.gamma[0] - 0.2 / 6.0) < 1e-15
    again = propagate(bias("erf"), 1.5, 0.2, depth=2)
    assert np.array_equal(again.gamma, first.gamma[:, 0])


def test_where_no_variance_attracts():
    path = propagate(bias("relu", 1, 0), depth=2, c0=0.1)
    assert path.q[0] == 1.0
    assert "sigma_w2 + sigma_b2" in path.statement
    assert propagate(bias("tanh", "1.5", "0.1"), depth=1, c0=0.1).statement == "q is constant"


def test_saved_drawn_and_exported(tmp_path):
    path = propagate(bias("tanh", "2.48", "0.1"), depth=12)
    again = load(path.save(tmp_path / "bias.npz"))
    assert np.array_equal(again.gamma, path.gamma)
    assert type(again) is type(path)
    assert path.plot().get_ylabel() == r"$\gamma_\ell$"
    assert "gamma" in path.to_xarray()
    assert repr(path).startswith("BiasTrajectory(tanh")
    assert "gamma" in str(path)
    law = path.class_fraction(12)
    assert abs(law.var() - np.arcsin(path.c[-1]) / (2 * np.pi)) < 1e-15


@pytest.mark.parametrize(
    ("gb", "options", "word"),
    [
        (("tanh",), {}, "has no value"),
        (("tanh", 1), {}, "sigma_b2"),
        (("tanh", 1, 0.1), {"c0": -0.1}, "negative"),
        (("tanh", 1, 0.1), {"c0": 0.1, "data_correlation": 0.1}, "one of them"),
        (("tanh", 1, 0.1), {"data_correlation": 1.5}, r"\[0, 1\]"),
        (("tanh", 1, 0.1), {"data_correlation": "a"}, "number"),
        (("tanh", 1, 0.1), {"q0": 0.05}, "above sigma_b2"),
        (("tanh", 1, 0.1), {"q0": np.nan}, "above sigma_b2"),
        (("tanh", 1, 0.1), {"depth": -1}, "whole"),
        (("tanh", 1, 0.1), {"sigma_w2": -2}, "positive"),
    ],
)
def test_bad_arguments(gb, options, word):
    with pytest.raises(InputError, match=word):
        propagate(bias(*gb), **{"depth": 2, **options})


def test_bad_layers_and_models():
    path = propagate(bias("tanh", 1, "0.1"), depth=2)
    with pytest.raises(InputError, match="none of the 3 layers"):
        path.class_fraction(7)
    with pytest.raises(InputError, match="data_correlation"):
        propagate("tanh", 1, depth=2, c0=0.1, data_correlation=0.1)
    with pytest.raises(InputError, match="sigma_w2"):
        propagate("tanh", depth=2, c0=0.1)


def test_other_verbs_read_the_layer_of_a_guessing_bias():
    gb = GuessingBias("tanh", 2.48, 0.1)  # not pooled, whatever its pool_size
    (found,) = fixed_points(gb, 2.48, 0.1)
    assert found.c_star == pytest.approx(0.674072671168, abs=1e-11)
    (edge,) = edge_of_chaos(gb, sigma_b2=0.1)
    assert edge.sigma_w2 == pytest.approx(1.9860726411359, abs=1e-12)
