"""The edge of chaos against 20-digit values (mpmath, not this code) and closed forms."""

import math

import numpy as np
import pytest

from numerics.edge_of_chaos import edge_of_chaos
from theory.errors import InputError

TABLE = [  # phi, q, sigma_w2, sigma_b2, V'(q), beta
    (
        "tanh",
        0.5,
        1.68797512057753525,
        0.0380412011112684734,
        0.547967356622392558,
        7.306727403916414,
    ),
    (
        "tanh",
        1,
        2.15330264890279003,
        0.15096462937855289,
        0.391465443437314155,
        3.09391742461811571,
    ),
    ("erf", 0.5, 1.36034952317566339, 0.0465501589414455374, 0.5, 6),
    ("erf", 1, 1.7562036827601816, 0.184139677807452754, 1 / 3, 2.5),
    (
        "elu",
        1,
        1.49677743543528658,
        0.0346602520092012027,
        0.860086797418934461,
        7.94876915636720814,
    ),
    (
        "sin",
        0.5,
        1.46211715726000976,
        0.0378828427399902415,
        0.537882842739990241,
        8.6558136549546114,
    ),
    (
        "sin",
        1,
        1.76159415595576489,
        0.238405844044235112,
        0.238405844044235112,
        2.62607057099866261,
    ),
    (
        "atan",
        0.5,
        1.61014022017811905,
        0.0262061548145906942,
        0.628208612560442564,
        10.3373301606393092,
    ),
    (
        "softsign",
        1,
        4.39229636082279545,
        0.196148180411397726,
        0.383205455280555516,
        0.756754221094488372,
    ),
    (
        "gelu",
        1,
        2.19369990353239519,
        0.0671916747056337342,
        1.06719167470563373,
        3.30728804120117936,
    ),
    (
        "gelu",
        20,
        1.9601850425484747,
        0.475336767898979116,
        0.981784146536297626,
        0.742933989888588606,
    ),
    (
        "silu",
        1,
        2.63516865987896243,
        0.0624715002251668786,
        1.09934034438408994,
        5.27668409037199968,
    ),
    (
        "silu",
        20,
        1.97546663700728939,
        0.678910488645207966,
        0.993167793562536407,
        1.3004570513534762,
    ),
    (
        "mish",
        1,
        2.08731768197285928,
        0.0558181435514511961,
        1.01625958179966433,
        4.86667591502502821,
    ),
    (
        "mish",
        20,
        1.94692626276705884,
        0.592892369588373209,
        0.974718892871978426,
        1.01886003069714357,
    ),
    (
        "sigmoid",
        100,
        151.362745203304893,
        30.2610621919750612,
        0.0287826031862462283,
        0.100997157690058315,
    ),
]
BY_BIAS = [
    ("tanh", 0.05, 0.57004788164076414999, 1.7609546396067391316),
    ("tanh", 0.04, 0.51207850423390151807, 1.7007963721367038944),
    ("erf", 0.05, 0.51717683798056437875, 1.375839007346680443),
    ("elu", 0.04, 1.1069305403461100755, 1.5110583261925856202),
    ("sigmoid", 0.0, 45.624277797379712827, 103.007553855519322),
]


@pytest.mark.parametrize(("phi", "q", "sigma_w2", "sigma_b2", "chi_q", "beta"), TABLE)
def test_table_by_variance(phi, q, sigma_w2, sigma_b2, chi_q, beta):
    (point,) = edge_of_chaos(phi, q=q)
    assert abs(point.sigma_w2 / sigma_w2 - 1) < 5e-15
    assert abs(point.sigma_b2 - sigma_b2) < 5e-15 * q
    assert abs(point.chi_q / chi_q - 1) < 1e-13
    assert abs(point.beta / beta - 1) < 1e-13
    assert point.stable is (chi_q < 1)


@pytest.mark.parametrize(("phi", "sigma_b2", "q", "sigma_w2"), BY_BIAS)
def test_by_bias(phi, sigma_b2, q, sigma_w2):
    (point,) = edge_of_chaos(phi, sigma_b2=sigma_b2)
    assert abs(point.q / q - 1) < 2e-14
    assert abs(point.sigma_w2 / sigma_w2 - 1) < 2e-14


def test_two_points_with_one_weight_variance():
    """GELU: sigma_w2(q) falls below 2 and comes back, so some values are taken twice."""
    points = edge_of_chaos("gelu", sigma_w2=1.9601850425484747)
    assert len(points) == 2
    assert abs(points[1].q - 20) < 1e-10
    for point in points:
        assert abs(edge_of_chaos("gelu", q=point.q)[0].sigma_w2 / 1.9601850425484747 - 1) < 1e-14


def test_onset_of_stability_of_gelu():
    """E phi phi'' of GELU vanishes at q = (3 + sqrt 17)/2, where V' = 1."""
    onset = (3 + math.sqrt(17)) / 2
    assert not edge_of_chaos("gelu", q=onset * 0.999)[0].stable
    assert edge_of_chaos("gelu", q=onset * 1.001)[0].stable
    assert abs(edge_of_chaos("gelu", q=onset)[0].chi_q - 1) < 1e-14


def test_roots_on_panel_edges_are_counted_once():
    sigma_b2 = edge_of_chaos("gelu", q=1.0)[0].sigma_b2
    points = edge_of_chaos("gelu", sigma_b2=sigma_b2)
    assert [round(point.q, 12) for point in points] == [1.0]


@pytest.mark.parametrize(
    ("phi", "arguments", "word"),
    [
        ("softplus", {"sigma_b2": 0.1}, "at every q"),
        ("sign", {"sigma_b2": 0.1}, "infinite"),
        ("relu", {"sigma_b2": 0.1}, "homogeneous"),
        ("sigmoid", {"q": 1}, "not admissible"),
        ("sign(x)*sqrt(abs(x))", {"sigma_b2": 0.1}, "infinite"),
    ],
)
def test_absence_has_a_reason(phi, arguments, word):
    found = edge_of_chaos(phi, **arguments)
    assert len(found) == 0
    assert word in found.statement


def test_relu_is_critical_at_every_variance():
    (point,) = edge_of_chaos("relu", sigma_b2=0)
    assert point.sigma_w2 == pytest.approx(2, rel=1e-15)
    assert not point.stable
    assert point.beta is None


def test_hardtanh_has_no_beta():
    (point,) = edge_of_chaos("hardtanh", sigma_b2=0.1)
    assert point.beta is None
    assert point.stable


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"q": 1, "sigma_b2": 0.1},
        {"q": -1},
        {"q": 0},
        {"sigma_b2": -0.1},
        {"sigma_w2": 0},
        {"q": np.array([1.0, 2.0])},
        {"q": math.nan},
    ],
)
def test_bad_questions(arguments):
    with pytest.raises(InputError):
        edge_of_chaos("tanh", **arguments)


@pytest.mark.parametrize(
    ("phi", "given"),
    [
        ("x**2", {"sigma_w2": 0.25}),
        ("x**2", {"sigma_b2": 0.25}),
        ("exp(x)", {"sigma_b2": 0}),
        ("exp(x)", {"sigma_w2": math.exp(-2)}),
    ],
)
def test_a_point_on_the_edge_of_a_panel_is_found_once(phi, given):
    (point,) = edge_of_chaos(phi, **given)
    assert abs(point.q - 1) < 1e-14


@pytest.mark.parametrize("given", [{"q": 1}, {"sigma_b2": 1}, {"sigma_w2": 1}])
@pytest.mark.parametrize("phi", ["0", "3"])
def test_a_constant_has_no_edge(phi, given):
    found = edge_of_chaos(phi, **given)
    assert len(found) == 0
    assert found.statement == "chi_1 = 0 for every sigma_w2: the activation is constant"


def test_results_are_named_as_the_activation_was_written():
    """max(x, 0) equals relu, and what is kept of one serves the other but for the name."""
    assert "max(x,0)" in repr(edge_of_chaos("max(x,0)", q=2))
    assert "relu" in repr(edge_of_chaos("relu", q=2))
