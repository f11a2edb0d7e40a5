"""Depth propagation against 200-bit arithmetic on the closed correlation maps."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from numerics.propagate import propagate
from numerics.result import load
from theory.errors import InputError

HALF = sp.Rational(1, 2)
LAYERS = (1, 10, 100, 1000, 10_000)


def relu_map(d):
    angle = 2 * mpmath.asin(mpmath.sqrt(d / 2))
    return d - (mpmath.sin(angle) - angle * mpmath.cos(angle)) / mpmath.pi


def erf_map(d):
    weight = mpmath.pi * mpmath.sqrt(3) / 4
    lost = mpmath.asin(mpmath.mpf(1) / 2) - mpmath.asin((1 - d) / 2)
    return 2 * weight * 2 / mpmath.pi * lost


def sin_map(d):
    q = mpmath.mpf(1) / 2
    weight = 2 / (1 + mpmath.exp(-1))
    return weight / q * mpmath.exp(-q) * (mpmath.sinh(q) - mpmath.sinh(q * (1 - d)))


CRITICAL = [
    ("relu", sp.Integer(2), sp.Integer(0), relu_map),
    ("erf(x)", sp.pi * sp.sqrt(3) / 4, HALF - sp.sqrt(3) / 2 * sp.asin(HALF), erf_map),
    ("sin(x)", 2 / (1 + sp.exp(-1)), HALF - sp.tanh(HALF), sin_map),
]


@pytest.mark.parametrize(("phi", "sigma_w2", "sigma_b2", "exact"), CRITICAL)
def test_critical_layers_against_200_bits(phi, sigma_w2, sigma_b2, exact):
    path = propagate(phi, sigma_w2, sigma_b2, depth=LAYERS[-1], c0=0.5)
    with mpmath.workprec(200):
        delta = mpmath.mpf("0.5")
        for layer in range(1, LAYERS[-1] + 1):
            delta = exact(delta)
            if layer in LAYERS:
                assert abs(path.one_minus_c[layer] / float(delta) - 1) < 1e-14


@pytest.mark.parametrize(
    ("phi", "sigma_w2", "sigma_b2", "limit", "power", "slack"),
    [
        ("relu", 2, 0, 9 * np.pi**2 / 2, 2, 1e-4),
        ("erf(x)", sp.pi * sp.sqrt(3) / 4, HALF - sp.sqrt(3) / 2 * sp.asin(HALF), 6, 1, 1e-4),
    ],
)
def test_a_million_critical_layers(phi, sigma_w2, sigma_b2, limit, power, slack):
    """l^2 (1 - c) -> 9 pi^2/2 for ReLU, l (1 - c) -> beta = 6 for erf at q = 1/2."""
    path = propagate(phi, sigma_w2, sigma_b2, depth=10**6, c0=0.5)
    assert abs(path.one_minus_c[-1] * 1e6**power / limit - 1) < slack


def test_relu_after_a_million_layers_to_all_digits():
    """4.441080740730...e-11, from 200-bit arithmetic (python-flint arb), at sigma_w2 = 2."""
    path = propagate("relu", 2, 0, depth=10**6, c0=0.5)
    table = {
        10**2: 3.447289e-3,
        10**3: 4.295604e-5,
        10**4: 4.423385e-7,
        10**5: 4.439217e-9,
        10**6: 4.441081e-11,
    }
    for layer, value in table.items():
        assert abs(path.one_minus_c[layer] / value - 1) < 2e-7


def hardtanh_reference(q, layers):
    """delta along the layers by mpmath: E phi'phi' = P(both in [-1, 1]) integrated in angle."""
    s = 1 / mpmath.sqrt(q)

    def slope_rate(t):
        both = mpmath.exp(-s * s / (1 + mpmath.cos(t)))
        gap = 1 - mpmath.cos(t)
        opposite = mpmath.exp(-s * s / gap) if gap > 0 else 0
        return (both - opposite) / mpmath.pi  # d/dt of -E phi'phi', sizes ±1 at ±1

    def loss(d):
        top = mpmath.acos(1 - d)
        return q * mpmath.quad(
            lambda t: (mpmath.cos(t) - (1 - d)) * slope_rate(t), [0, top / 4, top]
        )

    d = mpmath.mpf("0.5")
    for _ in range(layers):
        d = d - loss(d) / (q * mpmath.erf(s / mpmath.sqrt(2)))
        yield d


def test_kinks_away_from_zero():
    """hardtanh at its q = 1/2 edge of chaos: sigma_w2 = 1/erf(1/sqrt(2 q)) = 1/erf(1)."""
    weight = 1 / sp.erf(1)
    second = _hardtanh_second_moment(sp.Rational(1, 2))
    bias = HALF - weight * second
    path = propagate("hardtanh", weight, bias, depth=30, c0=0.5)
    with mpmath.workprec(100):
        for layer, delta in enumerate(hardtanh_reference(mpmath.mpf(1) / 2, 30), start=1):
            assert abs(path.one_minus_c[layer] / float(delta) - 1) < 1e-13


def _hardtanh_second_moment(q):
    """E = q erf(s/sqrt 2) - 2 q s phi(s) + erfc(s/sqrt 2), s = 1/sqrt q."""
    s = 1 / sp.sqrt(q)
    density = sp.exp(-(s**2) / 2) / sp.sqrt(2 * sp.pi)
    return q * sp.erf(s / sp.sqrt(2)) - 2 * sp.sqrt(q) * density + sp.erfc(s / sp.sqrt(2))


def gelu_product(q, c):
    """E phi phi of GELU: q c (1/4 + asin(r)/(2 pi)) + ..., r = q c/(1 + q) ."""
    root = mpmath.sqrt((1 + q) ** 2 - (q * c) ** 2)
    arc = mpmath.mpf(1) / 4 + mpmath.asin(q * c / (1 + q)) / (2 * mpmath.pi)
    return q * c * arc + q**2 * (1 + q - q * c**2 + c**2) / (2 * mpmath.pi * (1 + q) * root)


def test_gelu_at_a_stable_edge_of_chaos():
    """10^4 layers at q = 4, where the edge of chaos attracts, against 200-bit arithmetic."""
    from theory.mean_field import MeanField
    from theory.symbols import q as symbol

    curve = MeanField("gelu").edge_of_chaos
    weight, bias = (expr.subs(symbol, 4).doit() for expr in (curve.sigma_w2, curve.sigma_b2))
    path = propagate("gelu", weight, bias, depth=10_000, q0=4.0, c0=0.5)
    with mpmath.workprec(200):
        q, delta = mpmath.mpf(4), mpmath.mpf("0.5")
        w = mpmath.mpf(sp.N(weight, 60))
        top = gelu_product(q, mpmath.mpf(1))
        for layer in range(1, 10_001):
            delta = w / q * (top - gelu_product(q, 1 - delta))
            if layer in LAYERS:
                assert abs(path.one_minus_c[layer] / float(delta) - 1) < 1e-13


def test_elu_has_a_square_root_correction():
    """ELU at q = 1: l (1-c)/beta = 1 + 4.02662/sqrt(l) + O(log l/l), not 1 + O(log l/l)."""
    from theory.mean_field import MeanField
    from theory.symbols import q as symbol

    curve = MeanField("elu").edge_of_chaos
    weight, bias = (expr.subs(symbol, 1).doit() for expr in (curve.sigma_w2, curve.sigma_b2))
    path = propagate("elu", weight, bias, depth=10**6, q0=1.0, c0=0.5)
    for layer in (10**4, 10**5, 10**6):
        scaled = layer * path.one_minus_c[layer] / 7.94876915636720814
        correction = 4.026622460722694 / np.sqrt(layer)
        assert abs(scaled - 1 - correction) < 4 * np.log(layer) / layer
        assert abs(scaled - 1) > 20 * np.log(layer) / layer or layer == 10**4


def erf_pair(q, c, weight, bias):
    value = 2 / mpmath.pi * mpmath.asin(2 * q / (1 + 2 * q))
    product = 2 / mpmath.pi * mpmath.asin(2 * q * c / (1 + 2 * q))
    new = bias + weight * value
    return new, (bias + weight * product) / new


@pytest.mark.parametrize("c0", [-1.0, -0.4, 0.3, 0.999])
@pytest.mark.parametrize("depth", [12, 60])
def test_moving_variance(c0, depth):
    """erf from q0 = 3: both ways of following a transient against 50 digits."""
    path = propagate("erf(x)", 1.5, 0.05, depth=depth, q0=3.0, c0=[c0, c0])
    with mpmath.workdps(50):
        q, c = mpmath.mpf(3), mpmath.mpf(c0)
        for layer in range(depth + 1):
            assert abs(path.q[layer, 0] / float(q) - 1) < 1e-13
            assert abs(path.one_minus_c[layer, 0] / float(1 - c) - 1) < 2e-13
            q, c = erf_pair(q, c, mpmath.mpf(1.5), mpmath.mpf(0.05))


def test_diverging_relu_stays_honest():
    """sigma_w2 > 2 with bias: q -> inf, and the correlation still tends to 1."""
    path = propagate("relu", 3, 0.1, depth=2000, q0=1.0, c0=0.3)
    assert np.isinf(path.q[-1])
    assert "exceeds" in path.statement
    assert np.isfinite(path.one_minus_c).all()
    assert path.one_minus_c[-1] < 2e-5


def test_equal_and_opposite_inputs():
    path = propagate("tanh", 1.5, 0, depth=5, q0=1.0, c0=[1.0, -1.0])
    assert (path.one_minus_c[:, 0] == 0).all()
    np.testing.assert_allclose(path.one_minus_c[:, 1], 2.0, rtol=1e-15)


def test_nearly_equal_inputs_grow_by_chi_1():
    """In the chaotic phase delta grows by chi_1 per layer until it is not small."""
    path = propagate("erf(x)", 4, 0.05, depth=10, one_minus_c0=1e-14)
    ratio = path.one_minus_c[6] / path.one_minus_c[5]
    assert abs(ratio / 1.5142121834393241823 - 1) < 1e-11


def test_variance_alone_and_arrays():
    alone = propagate("gelu", 1.5, 0.2, depth=3, q0=[0.1, 2.0])
    assert alone.c is None
    assert alone.q.shape == (4, 2)
    both = propagate("gelu", 1.5, 0.2, depth=3, q0=[[0.1], [2.0]], c0=[0.1, 0.5, 0.9])
    assert both.one_minus_c.shape == (4, 2, 3)


def test_step_activation():
    """sign: C = (sb + sw (2/pi) asin c)/(sb + sw) from the second layer on."""
    path = propagate("sign", 1.5, 0.05, depth=3, q0=1.55, c0=0.3)
    c = 0.3
    for layer in range(4):
        assert abs(path.c[layer] - c) < 1e-14
        c = (0.05 + 1.5 * 2 / np.pi * np.arcsin(c)) / 1.55


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"c0": 1.5}, "outside"),
        ({"c0": -1.01}, "outside"),
        ({"one_minus_c0": 3}, "outside"),
        ({"c0": 0.5, "one_minus_c0": 0.5}, "both"),
        ({"q0": -1.0, "c0": 0.5}, "positive"),
        ({"c0": 0.5, "depth": -1}, "whole"),
        ({"c0": 0.5, "depth": 1.5}, "whole"),
        ({"c0": np.nan}, "outside"),
        ({"q0": [1, 2], "c0": [0.1, 0.2, 0.3]}, "broadcast"),
    ],
)
def test_bad_arguments(arguments, word):
    with pytest.raises(InputError, match=word):
        propagate("tanh", 1.5, 0.05, **arguments)


def test_no_fixed_point_to_start_from():
    with pytest.raises(InputError, match="pass q0"):
        propagate("gelu", 2.5, 0.05, depth=3, c0=0.5)


def test_saved_and_loaded(tmp_path):
    path = propagate("tanh", 1.5, 0.05, depth=20, c0=0.5)
    again = load(path.save(tmp_path / "path.npz"))
    assert np.array_equal(again.q, path.q)
    assert np.array_equal(again.c, path.c)
    assert "settled" in str(path) or "constant" in str(path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("phi", "weight", "said"),
    [("x + x**3", 0.01, "held"), ("x**2", 0.05, "not depend"), ("0", 0.5, "held")],
)
def test_a_variance_that_underflows_leaves_a_correlation(phi, weight, said):
    found = propagate(phi, weight, 0, depth=400, q0=1.0, c0=0.5)
    assert found.q[-1] == 0.0
    assert np.isfinite(found.c).all()
    assert abs(found.c[-1] - found.c[100]) < 1e-13
    assert said in found.statement


@pytest.mark.filterwarnings("error")
def test_relu_does_not_see_the_underflow():
    small, unit = (propagate("relu", w, 0, depth=1100, q0=1.0, c0=0.5) for w in (0.5, 2))
    assert small.q[-1] == 0.0
    assert np.allclose(small.one_minus_c, unit.one_minus_c, rtol=1e-12, atol=0)


def test_a_tiny_start_that_grows_is_not_held():
    found = propagate("tanh", 2.0, 0.1, depth=50, q0=1e-300, c0=0.5)
    assert found.one_minus_c[1] < 1e-290
    assert "held" not in found.statement


@pytest.mark.parametrize(
    "given",
    [{"depth": d} for d in ("a", None, np.nan, np.inf, [3])] + [{"c0": []}, {"q0": []}],
)
def test_raw_mistakes_are_named(given):
    with pytest.raises(InputError):
        propagate("relu", 1.5, 0.1, **{"q0": 1.0, **given})


def test_no_layers_no_story():
    assert propagate("erf(x)", 1.5, 0.1, depth=0).statement == "no layer was applied"
