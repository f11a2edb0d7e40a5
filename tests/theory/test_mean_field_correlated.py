"""Correlated weights and skip connections: published numbers, a recursion of its own, limits."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.errors import InputError
from theory.mean_field import MeanField
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2

R = sp.Rational

#: name, q, sigma_w2, sigma_b2 and V'(q) at kappa = 0, 1/2, 1 (Singh & Sreejith's maps, audited)
EDGES = [
    (
        "gelu",
        R(1, 2),
        "2.455506416826",
        ("0.034542695180", "0.067109860516", "0.099677025852"),
        ("1.09979000830", "0.99123279051", "0.88267557272"),
    ),
    (
        "gelu",
        R(1),
        "2.193699903532",
        ("0.067191674706", "0.154476220532", "0.241760766359"),
        ("1.06719167471", "0.93626485597", "0.80533803723"),  # linear in kappa
    ),
    (
        "gelu",
        R(2),
        "2.042851098813",
        ("0.116321991513", "0.333075225098", "0.549828458682"),
        ("1.02584933145", "0.88134717572", "0.73684502000"),
    ),
    (
        "silu",
        R(1),
        "2.635168659879",
        ("0.062471500225", "0.118722104027", "0.174972707829"),
        ("1.09934034438", "1.00382598955", "0.90831163472"),
    ),
    (
        "silu",
        R(2),
        "2.342618634719",
        ("0.127888934218", "0.282368851440", "0.436848768661"),
        ("1.08275621925", "0.96279866131", "0.84284110337"),
    ),
    ("softplus", R(1), "3.408559841623", (None, None, "0.074526572744"), (None, None, None)),
    ("softplus", R(2), "3.140515353135", (None, None, "0.218919845173"), (None, None, None)),
]

KAPPA_S = {
    "gelu": {"1/2": "0.459619407771", "1": "0.256600119640", "5": "-0.031325853982"},
    "silu": {"1/2": "0.681257928391", "1": "0.520028348414", "2": "0.344939579758"},
    "softplus": {"1/2": "0.985968817875", "1": "0.960217113805", "2": "0.904457892780"},
}


def off(value, printed):
    """The difference from a printed number in units of its last digit."""
    digits = len(printed.split(".")[1])
    return abs(sp.N(value, 25) - sp.Float(printed, 25)) * 10**digits


@pytest.mark.parametrize("case", EDGES, ids=lambda case: f"{case[0]} {case[1]}")
def test_edge_of_chaos_tables(case):
    name, variance, weights, biases, slopes = case
    curve = MeanField(name, weight_correlation="kappa").edge_of_chaos
    kappa = sp.Symbol("kappa", real=True)
    assert off(curve.sigma_w2.subs(q, variance), weights) <= 1
    for value, bias, slope in zip((0, R(1, 2), 1), biases, slopes, strict=True):
        at = {q: variance, kappa: value}
        found = curve.sigma_b2.subs(at)
        assert found.evalf(15) < 0 if bias is None else off(found, bias) <= 1
        assert slope is None or off(curve.stability.subs(at), slope) <= 1


@pytest.mark.parametrize("name", KAPPA_S)
def test_correlation_at_which_the_edge_becomes_stable(name):
    theory = MeanField(name, weight_correlation="kappa", skip="s")
    found = theory.critical_weight_correlation
    assert found.free_symbols == {q}
    for variance, printed in KAPPA_S[name].items():
        assert off(found.subs(q, R(variance)), printed) <= 1
    row = next(e for e in theory.equations() if e.name == "critical_weight_correlation")
    assert abs(row.definition.subs(q, 1).evalf(15) - found.subs(q, 1).evalf(15)) < 1e-12
    assert MeanField("gelu").critical_weight_correlation.subs(q, 2) == sp.sqrt(5) / 25


def test_threshold_without_an_effect_of_the_mean():
    for text in ("sigmoid", "tanh", "erf"):  # E phi'' = 0
        theory = MeanField(text, weight_correlation="kappa")
        assert theory.critical_weight_correlation is None
        assert "does not depend" in theory.equations()[-1].note
    assert MeanField("relu").critical_weight_correlation == 0


def test_relu_in_closed_form():
    theory = MeanField("relu", weight_correlation="kappa", skip="s")
    kappa, s = (sp.Symbol(name, real=True) for name in ("kappa", "s"))
    growth = s**2 + sigma_w2 / 2 * (1 - kappa / sp.pi)
    assert sp.expand(theory.variance_map - sigma_b2 - growth * q) == 0
    assert sp.expand(theory.chi_q - growth) == 0
    assert theory.chi_1 == s**2 + sigma_w2 / 2
    (star,) = theory.fixed_points
    assert sp.simplify(star - sigma_b2 / (1 - growth)) == 0
    edge = theory.edge_of_chaos
    assert sp.expand(edge.sigma_w2 - 2 * (1 - s**2)) == 0
    assert sp.expand(edge.sigma_b2 - (1 - s**2) * kappa * q / sp.pi) == 0
    assert sp.expand(edge.stability - 1 + (1 - s**2) * kappa / sp.pi) == 0
    assert "|skip| < 1" in edge.statement
    # with biases the map at q* knows neither kappa nor sigma_b2
    plain = theory.at(s=0)
    (star,) = plain.fixed_points
    known = (sp.sqrt(1 - rho**2) + rho * (sp.pi - sp.acos(rho))) / sp.pi
    gap = plain.correlation_map.subs(q, star) - 1 + sigma_w2 / 2 * (1 - known)
    point = {sigma_w2: R(9, 4), sigma_b2: R(1, 3), kappa: R(4, 5), rho: R(-2, 7)}
    assert abs(gap.subs(point).evalf(30)) < 1e-28


def test_slopes_and_the_line_of_the_leaky_family():
    a, kappa = (sp.Symbol(name, real=True) for name in ("a", "kappa"))
    theory = MeanField(sp.Max(0, sp.Symbol("x")) - a * sp.Max(0, -sp.Symbol("x")))
    assert theory.weight_correlation == theory.skip == 0
    theory = MeanField(theory.activation, weight_correlation=kappa)
    edge = theory.edge_of_chaos
    assert sp.simplify(edge.sigma_w2 - 2 / (1 + a**2)) == 0
    assert "a line in the plane" in edge.statement
    # V = q at sigma_b2 = 0: the slope of c at 1 is chi_1 there
    bounded = 2 / (1 + a**2 - kappa * (1 - a) ** 2 / sp.pi)
    assert sp.simplify(theory.chi_q.subs(sigma_w2, bounded) - 1) == 0


#: The trapezoidal rule is exponentially accurate for analytic functions.
NODES = np.linspace(-9, 9, 241)
WEIGHTS = np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi) * (NODES[1] - NODES[0])


def bowl(t):
    return 1 / (1 + np.exp(-t)) + t * t / 4


def test_maps_of_unequal_variances_by_quadrature():
    """kappa = 2/3 and s = 1/2 at q1 = 0.7, q2 = 1.9, rho = -0.4."""
    theory = MeanField("sigmoid(x) + x**2/4", weight_correlation="2/3", skip=0.5)
    a, b, c = 0.7, 1.9, -0.4
    first = math.sqrt(a) * NODES[:, None]
    second = math.sqrt(b) * (c * NODES[:, None] + math.sqrt(1 - c * c) * NODES)
    pair = WEIGHTS @ (bowl(first) * bowl(second)) @ WEIGHTS
    means = [WEIGHTS @ bowl(math.sqrt(v) * NODES) for v in (a, b)]
    expected = c * math.sqrt(a * b) / 4 + 0.1 + 1.3 * (pair - 2 / 3 * means[0] * means[1])
    point = {q1: R(7, 10), q2: R(19, 10), rho: R(-2, 5), sigma_w2: R(13, 10), sigma_b2: R(1, 10)}
    assert abs(theory.covariance_map.subs(point).evalf(15) - expected) < 1e-12
    own = WEIGHTS @ bowl(math.sqrt(a) * NODES) ** 2 - 2 / 3 * means[0] ** 2
    point = {q: R(7, 10), sigma_w2: R(13, 10), sigma_b2: R(1, 10)}
    assert abs(theory.variance_map.subs(point).evalf(15) - a / 4 - 0.1 - 1.3 * own) < 1e-12
    h = R(1, 10**6)
    high, low = (theory.variance_map.subs({**point, q: R(7, 10) + d}).evalf(30) for d in (h, -h))
    assert abs((high - low) / (2 * h) - theory.chi_q.subs(point).evalf(20)) < 1e-10


def test_rows_define_what_they_derive():
    theory = MeanField("relu", weight_correlation="4/5", skip="1/3")
    point = {sigma_w2: R(7, 5), sigma_b2: R(1, 4), q: R(3, 2), q1: R(3, 2), q2: R(2, 3)}
    point[rho] = R(-1, 4)
    assert len(theory.equations()) == 13
    for row in theory.equations():
        gap = row.definition.subs(point).evalf(20) - row.value.subs(point).evalf(20)
        assert abs(gap) < 1e-15, row.name
        assert "Singh" in row.source
        assert "Yang" in row.source


def test_odd_activations_do_not_feel_the_correlation():
    for text in ("tanh", "x*exp(-x**2)"):
        plain, theory = MeanField(text), MeanField(text, weight_correlation="kappa")
        for name in ("variance_map", "covariance_map", "correlation_map", "chi_1", "chi_q"):
            assert getattr(plain, name) == getattr(theory, name)


def test_nothing_is_a_fixed_point_of_a_full_skip_connection():
    for skip in (1, -1, "5/4"):
        theory = MeanField("tanh", skip=skip)
        assert not theory.edge_of_chaos.exists
        assert "chi_1 > 1 for every sigma_w2" in theory.edge_of_chaos.statement
        assert theory.correlation_rate.power is None


def test_negative_correlation_has_no_critical_relu():
    theory = MeanField("relu", weight_correlation=-1)
    assert "sigma_b2 = -q/pi < 0" in theory.edge_of_chaos.statement
    assert theory.correlation_rate.coefficient is None


def iterated(gap, keep, depths):
    """1 - c at some depths of u -> keep u + (1 - keep) gap(u), from u = 1/2."""
    u, found = mpmath.mpf("0.5"), []
    for layer in range(1, max(depths) + 1):
        u = keep * u + (1 - keep) * gap(u)
        if layer in depths:
            found.append(u)
    return found


def relu_gap(u):
    """1 - C(1 - u) of relu on its edge of chaos."""
    c = 1 - u
    return 1 - (mpmath.sqrt(1 - c * c) + c * (mpmath.pi - mpmath.acos(c))) / mpmath.pi


def erf_gap(u):
    """The same for erf at q = 1: 1 - C = (2 sigma_w2/pi)(asin a - asin(a c)), a = 2q/(1 + 2q)."""
    a = mpmath.mpf(2) / 3
    weights = mpmath.pi * mpmath.sqrt(5) / 4
    return 2 * weights / mpmath.pi * (mpmath.asin(a) - mpmath.asin(a * (1 - u)))


def test_rate_of_relu_with_a_skip_connection():
    theory = MeanField("relu", weight_correlation="1/2", skip="3/5")
    rate = theory.correlation_rate
    assert rate.power == 2
    assert sp.simplify(rate.coefficient - R(9, 2) * sp.pi**2 / R(16, 25) ** 2) == 0
    with mpmath.workdps(20):
        (last,) = iterated(relu_gap, mpmath.mpf("0.36"), (4000,))
    assert abs(last * 4000**2 / float(rate.coefficient) - 1) < 0.02


def test_rate_and_logarithm_of_erf_with_a_skip_connection():
    rate = MeanField("erf", skip="1/2").correlation_rate
    kappa, step = (e.subs(q, 1).evalf(20) for e in (rate.coefficient, rate.correction.coefficient))
    assert rate.correction.term == "log(l)/l"
    assert abs(kappa - sp.Rational(5, 2) * 4 / 3) < 1e-15
    depths = (1000, 2000, 4000, 8000)
    with mpmath.workdps(20):
        seen = iterated(erf_gap, mpmath.mpf("0.25"), depths)
    # l (l u/kappa - 1) = step log(l) + constant: differences over doublings give step log(2)
    lost = [d * (d * u / kappa - 1) for d, u in zip(depths, seen, strict=True)]
    early, late = lost[2] - lost[1], lost[3] - lost[2]
    assert abs((2 * late - early) / sp.log(2) - step) < 5e-3 * abs(step)


def test_bent_curvature_with_a_skip_connection():
    """elu: the correction of order l^(-1/2) scales like (1 - s^2)^(-1/2)."""
    plain, skipped = (MeanField("elu", skip=s).correlation_rate for s in (0, R(1, 2)))
    ratio = skipped.correction.coefficient / plain.correction.coefficient
    assert abs(ratio.subs(q, 1).evalf(15) - 2 / sp.sqrt(3).evalf(15)) < 1e-13
    s, power = skipped.expansion
    assert power == 2
    theory, small = MeanField("elu", skip=R(1, 2)), R(1, 10**6)
    edge = theory.edge_of_chaos
    point = {sigma_w2: edge.sigma_w2, sigma_b2: edge.sigma_b2}
    gap = 1 - theory.correlation_map.subs(point).subs({q: 1, rho: 1 - small}).evalf(30)
    # f(u) = s u^2 - b u^(5/2) + ..., and 2 b/s^(3/2) is the correction
    s, step = (e.subs(q, 1).evalf(15) for e in (s, skipped.correction.coefficient))
    b = step / 2 * s ** R(3, 2)
    assert abs((small - gap) / small**2 - s + b * sp.sqrt(small)) < 1e-2 * b * sp.sqrt(small)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight_correlation": 1.5}, "exceeds 1"),
        ({"weight_correlation": "1 + 1/10^9"}, "exceeds 1"),
        ({"weight_correlation": sp.I}, "not a real number <= 1"),
        ({"weight_correlation": "kappa >"}, "weight_correlation = 'kappa >' is not"),
        ({"weight_correlation": True}, "not a real number"),
        ({"skip": float("inf")}, "skip = 'inf' is not a real number"),
        ({"skip": "x"}, "depends on x"),
        ({"skip": [1]}, "not a real number or a symbol"),
    ],
)
def test_options_that_are_none_are_one_sentence(options, words):
    with pytest.raises(InputError, match=words) as caught:
        MeanField("relu", **options)
    assert "\n" not in str(caught.value)


def test_options_print_compare_and_take_values():
    theory = MeanField("elu(x, alpha)", weight_correlation="kappa", skip=0.5)
    assert repr(MeanField("relu", skip="0")) == "MeanField('relu')"
    assert repr(MeanField("relu", skip=0.5)) == "MeanField('relu', skip=1/2)"
    assert theory.at(kappa=1, alpha=2) == MeanField(
        "elu(x, alpha)", weight_correlation=1, skip="1/2"
    ).at(alpha=2)
    assert theory != theory.at(kappa="1/2")
    with pytest.raises(InputError, match="exceeds 1"):
        theory.at(kappa=3)
    shared = MeanField("x*sigmoid(beta*x)", skip="beta/2").at(beta=1)
    assert (shared.skip, shared.activation.parameters) == (R(1, 2), ())
