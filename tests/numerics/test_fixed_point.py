"""Fixed points of the variance map against values from 30-digit quadrature and closed forms.

The tables were computed with mpmath, independently of this code (30 digits, rounded here to the
digits shown); expected values elsewhere are closed forms written out in the test.
"""

import math

import numpy as np
import pytest
import sympy as sp

from numerics.fixed_point import fixed_points
from numerics.result import load
from theory.errors import InputError

PHASE_VALUES = [
    ("tanh", 1.7, 0.05, 0.53307562794663975035, 0.98674080902587559097, 0.52637368297090627361),
    ("tanh", 2.5, 0.3, 1.4577160136503468648, 0.99892927351841991164, 0.31221984785595346452),
    ("tanh", 4, 0.05, 2.1954939280344877618, 1.3424024144451916959, 0.31819509940455061124),
    ("erf", 2, 0.1, 1.046255360121432544212, 1.118316766118448100338, None),
    ("erf", 1.5, 0.05, 0.6017531671097203449816, 1.034700129581625196307, None),
    ("erf", 4, 0.05, 2.5781781075940371622, 1.5142121834393241823, 0.24595915676608806823),
    ("sin", 2, 0.1, 0.9506153380973517020184, 1.149384661902648297982, 0.29876932380529659596),
    ("sin", 3, 0.01, 1.422861649828268701148, 1.587138350171731298852, 0.1742767003434625977),
    ("elu", 1.3, 0.1, 0.74583861796853235418, 0.89303250129414918914, 0.77007051008571694569),
    ("gelu", 1.5, 0.2, 0.45302064355758998937, 0.5996179839115658374, 0.66101202504413938336),
    ("silu", 1.5, 0.2, 0.36681305613869357015, 0.47673362402549883189, 0.51696366429400412282),
]
TANH_LIMITS = [  # kernel benchmarks' references, sigma_w2 up to 64
    (1.5, 0.05, 0.41803720053347785398, 0.93863626819885115533),
    (2.0, 0.05, 0.72176187265207142362, 1.0476659995757353142),
    (16.0, 0.05, 12.558150362358602117, 2.3714850068082686473),
    (64.0, 0.05, 57.354919850024335097, 4.4825690980557872587),
]
GELU_ROOTS = [
    (2.5, 0.01, [0.02926608428573801, 0.6164759599556802]),
    (3.0, 0.01, [0.05699401123238348, 0.17323974082348]),
    (2.0, 0.10, [0.34083000966576754, 11.297871196605792]),
    (1.9, 0.01, [0.01969667857678967]),
    (2.5, 0.05, []),
]
CHAOTIC = [  # sigma_w2, sigma_b2, c*, xi_c
    ("sin", 2, 0.1, 0.5498732426181385173956, 7.8955399090009524295),
    ("sin", 3, 0.01, 0.02539299854022142223696, 3.0902655263298448414),
    ("erf", 4, 0.05, 0.11308865725154037783, 5.4018976483275801736),
]


@pytest.mark.parametrize(("phi", "sigma_w2", "sigma_b2", "q", "chi_1", "chi_q"), PHASE_VALUES)
def test_phase_values(phi, sigma_w2, sigma_b2, q, chi_1, chi_q):
    (point,) = fixed_points(phi, sigma_w2, sigma_b2)
    assert abs(point.q / q - 1) < 1e-14
    assert abs(point.chi_1 / chi_1 - 1) < 1e-14
    assert point.phase == ("chaotic" if chi_1 > 1 else "ordered")
    assert (point.c_star < 1) == (chi_1 > 1)
    if chi_q:
        assert abs(point.chi_q / chi_q - 1) < 1e-13
        assert abs(point.xi_q * math.log(chi_q) + 1) < 1e-12


@pytest.mark.parametrize(("sigma_w2", "sigma_b2", "q", "chi_1"), TANH_LIMITS)
def test_large_weight_variance(sigma_w2, sigma_b2, q, chi_1):
    (point,) = fixed_points("tanh", sigma_w2, sigma_b2)
    assert abs(point.q / q - 1) < 1e-14
    assert abs(point.chi_1 / chi_1 - 1) < 3e-14


@pytest.mark.parametrize(("sigma_w2", "sigma_b2", "roots"), GELU_ROOTS)
def test_every_fixed_point_of_gelu_is_found(sigma_w2, sigma_b2, roots):
    found = fixed_points("gelu", sigma_w2, sigma_b2)
    np.testing.assert_allclose([point.q for point in found], roots, rtol=1e-12)
    assert [point.stable for point in found] == [True, False][: len(roots)]
    if not roots:
        assert "no fixed point" in found.statement
        assert "grows without bound" in found.statement


def test_three_fixed_points_at_the_unstable_edge_of_chaos():
    """GELU at its q = 3 edge-of-chaos parameters (1902.06853; values by 30-digit quadrature)."""
    low, middle, high = fixed_points("gelu", 1.99606248443199, 0.154379529609375)
    assert abs(low.q - 1.12852148613664164) < 1e-11
    assert low.stable
    assert low.phase == "ordered"
    assert abs(middle.q - 3) < 1e-11
    assert not middle.stable
    assert abs(high.q - 52.8910306494323542) < 1e-8
    assert high.stable
    assert high.phase == "chaotic"
    assert abs(low.chi_1 - 0.924193394685701) < 1e-12
    assert abs(high.chi_1 - 1.01230868576711) < 1e-12


@pytest.mark.parametrize(("phi", "sigma_w2", "sigma_b2", "c_star", "xi_c"), CHAOTIC)
def test_correlation_of_the_chaotic_phase(phi, sigma_w2, sigma_b2, c_star, xi_c):
    (point,) = fixed_points(phi, sigma_w2, sigma_b2)
    assert abs(point.c_star - c_star) < 1e-14
    assert abs(point.xi_c / xi_c - 1) < 1e-12


@pytest.mark.parametrize("excess", [1e-2, 1e-4, 1e-7, 1e-10])
def test_one_minus_c_star_close_to_criticality(excess):
    """sin at q = 1/2 with chi_1 = 1 + excess: delta solves e^-q (cosh q - sinh(q) ...) exactly."""
    import mpmath

    with mpmath.workdps(60):
        q = mpmath.mpf("0.5")
        sigma_w2 = mpmath.mpf(float((1 + excess) * 2 / (1 + mpmath.exp(-1))))
        sigma_b2 = mpmath.mpf(float(q - sigma_w2 * (1 - mpmath.exp(-1)) / 2))
        q = mpmath.findroot(lambda q: sigma_b2 + sigma_w2 * (1 - mpmath.exp(-2 * q)) / 2 - q, q)

        def gap(d):
            lost = mpmath.exp(-q) * (mpmath.sinh(q) - mpmath.sinh(q * (1 - d)))
            return sigma_w2 * lost / (q * d) - 1

        beta = float(2 / (q * mpmath.tanh(q)))
        delta = mpmath.findroot(gap, (0.9 * beta * excess, 1.1 * beta * excess), tol=1e-50)
    (point,) = fixed_points("sin(x)", float(sigma_w2), float(sigma_b2))
    assert abs(point.one_minus_c_star / float(delta) - 1) < 4e-15 / excess + 1e-13


def test_relu_is_linear():
    """V = sigma_b2 + sigma_w2 q/2: one root, every q, none, or only a repelling zero."""
    assert fixed_points("relu", 1.5, 0.1)[0].q == pytest.approx(0.4, rel=1e-15)
    (line,) = fixed_points("relu", 2, 0)
    assert line.q_range == (0.0, math.inf)
    assert line.phase == "critical"
    assert "every variance" in fixed_points("relu", 2, 0).statement
    assert len(fixed_points("relu", 2, 0.1)) == 0
    (zero,) = fixed_points("relu", 3, 0)
    assert zero.q == 0
    assert not zero.stable
    assert "repelling" in fixed_points("relu", 3, 0).statement


def test_square_has_two_one_double_or_no_roots():
    """phi = x^2: q = (1 ± sqrt(1 - 12 sw sb))/(6 sw)."""
    low, high = fixed_points("x**2", 1, 0.05)
    assert abs(low.q - (1 - math.sqrt(0.4)) / 6) < 1e-15
    assert low.stable
    assert abs(high.q - (1 + math.sqrt(0.4)) / 6) < 1e-15
    assert not high.stable
    (double,) = fixed_points("x**2", 1, sp.Rational(1, 12))
    assert double.multiplicity == 2
    assert abs(double.q - 1 / 6) < 1e-9
    assert len(fixed_points("x**2", 1, 0.09)) == 0


@pytest.mark.parametrize(("sigma_w2", "stable"), [(0.5, True), (1.5, False)])
def test_zero_is_fixed_without_bias(sigma_w2, stable):
    points = fixed_points("tanh", sigma_w2, 0)
    assert points[0].q == 0
    assert points[0].stable is stable
    assert points[0].chi_1 == sigma_w2
    assert len(points) == (1 if stable else 2)


def test_fixed_points_far_outside_the_usual_range():
    tiny = fixed_points("tanh", 0.5, 1e-14)[0]
    assert abs(tiny.q / 2e-14 - 1) < 1e-12
    near = fixed_points("erf(x)", float(sp.pi / 4 * (1 + 1e-9)), 0)[1]
    exact = _erf_root(float(sp.pi / 4 * (1 + 1e-9)))
    assert abs(near.q / exact - 1) < 5e-6  # W is known to 1e-15, the slope is 1e-9


def _erf_root(sigma_w2):
    import mpmath

    with mpmath.workdps(40):
        w = mpmath.mpf(sigma_w2)
        return float(
            mpmath.findroot(
                lambda q: w * 2 / mpmath.pi * mpmath.asin(2 * q / (1 + 2 * q)) / q - 1,
                (1e-10, 1e-8),
                solver="anderson",
                tol=1e-35,
            )
        )


def test_jump_of_phi_makes_the_slope_infinite_but_not_the_correlation():
    """sign: c* solves sb + sw (2/pi) asin c = q c with q = sb + sw."""
    (point,) = fixed_points("sign", 2, 0.1)
    assert point.q == pytest.approx(2.1, rel=1e-15)
    assert point.chi_1 == math.inf
    residual = 0.1 + 4 / math.pi * math.asin(point.c_star) - 2.1 * point.c_star
    assert abs(residual) < 1e-14


@pytest.mark.parametrize("phi", ["gelu", "tanh", "elu", "hardtanh", "x*erf(x)", "log(1+x**2)"])
@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(0.7, 0.3), (1.6, 0.02)])
def test_fixed_points_satisfy_their_equation(phi, sigma_w2, sigma_b2):
    from numerics.moments import moments_of
    from theory.mean_field import MeanField

    moments = moments_of(MeanField(phi))
    for point in fixed_points(phi, sigma_w2, sigma_b2):
        residual = sigma_b2 + sigma_w2 * moments.W(np.array([point.q]))[0] - point.q
        assert abs(residual) < 4e-15 * point.q
        wrong = sigma_b2 + sigma_w2 * moments.D(np.array([point.q]))[0] - point.q
        assert abs(wrong) > 1e-6 * point.q  # the mutation E phi'^2 for E phi^2 is refuted


@pytest.mark.parametrize(
    ("sigma_w2", "sigma_b2", "word"),
    [
        (-1, 0.1, "positive"),
        (float("nan"), 0, "finite"),
        (float("inf"), 0, "finite"),
        (1, -0.1, "negative"),
        ([1, 2], 0, "phase_diagram"),
        ("a", 0, "number"),
        (None, 0, "number"),
        (0, 0.1, "positive"),
        (True, 0, "number"),
        (1j, 0, "real"),
        (10**400, 0, "too large"),
    ],
)
def test_bad_variances_are_refused_in_a_sentence(sigma_w2, sigma_b2, word):
    with pytest.raises(InputError, match=word) as caught:
        fixed_points("tanh", sigma_w2, sigma_b2)
    assert "\n" not in str(caught.value)


MARGINAL = [  # phi, sigma_w2 with chi = 1 at q = 0, whether V(q) < q for small q
    ("tanh", 1, True),
    ("hardtanh", 1, True),
    ("softsign", 1, True),
    ("sin(x)", 1, True),
    ("atan(x)", 1, True),
    ("x*exp(-x**2)", 1, True),
    ("sin(2*x)/2", 1, True),
    ("erf", math.pi / 4, True),
    ("gelu", 4, False),
    ("silu", 4, False),
    ("x+x**3", 1, False),
]


@pytest.mark.parametrize(("phi", "sigma_w2", "stable"), MARGINAL)
def test_only_zero_is_fixed_at_the_marginal_slope(phi, sigma_w2, stable):
    found = fixed_points(phi, sigma_w2, 0)
    (zero,) = found
    assert zero.q == 0
    assert zero.phase == "critical"
    assert zero.stable is stable
    assert "marginal" in found.statement
    assert ("above q = 0 q_l grows" in found.statement) is not stable


def test_root_above_a_marginal_zero():
    """phi = x - x^3: V = q - 6 q^2 + 15 q^3 = q at q = 2/5."""
    zero, high = fixed_points("x-x**3", 1, 0)
    assert zero.stable
    assert abs(high.q - 0.4) < 1e-14
    assert not high.stable


def test_no_root_where_v_approaches_q_from_below():
    found = fixed_points("x*erf(x)", 1, 0)
    assert [point.q for point in found] == [0.0]
    assert found.statement == "one fixed point, attracting"


def test_fixed_point_of_a_bounded_activation_beyond_the_table():
    """V = sigma_b2 + sigma_w2 (1 - sqrt(2/(pi q))) and E tanh'^2 = (4/3)/sqrt(2 pi q) far out."""
    (point,) = fixed_points("tanh", 1000, 1e16)
    assert point.q == 1e16 + 1000
    assert abs(point.chi_1 / (4e-5 / 3 / math.sqrt(2 * math.pi)) - 1) < 1e-8
    assert point.stable


@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(1e300, 0), (1.5, 1e300)])
def test_bounded_activation_is_never_said_to_grow(sigma_w2, sigma_b2):
    statement = fixed_points("tanh", sigma_w2, sigma_b2).statement
    assert "grows" not in statement
    assert "phi is bounded" in statement


def test_correlation_of_an_activation_with_a_pole():
    """log|x|: Cov(log|X|, log|Y|) = arcsin(c)^2/2, E log|Z| = -(gamma + log 2)/2."""
    (point,) = fixed_points("log(abs(x))", 1, 0)
    mean = (math.log(point.q) - np.euler_gamma - math.log(2)) / 2
    assert abs(mean**2 + math.pi**2 / 8 - point.q) < 1e-13
    assert 0 < point.c_star < 1
    assert abs(mean**2 + math.asin(point.c_star) ** 2 / 2 - point.q * point.c_star) < 1e-13


def test_parameters_need_values():
    with pytest.raises(InputError, match="has no value"):
        fixed_points("x*sigmoid(beta*x)", 1.5, 0.1)


def test_saved_and_loaded(tmp_path):
    found = fixed_points("gelu", 2.5, 0.01)
    path = found.save(tmp_path / "points.npz")
    assert load(path) == found
    assert "q = 0.0292660842857" in str(found)
