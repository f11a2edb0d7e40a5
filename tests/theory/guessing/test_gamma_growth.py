"""Growth of gamma against its recursion, far down, and against published constants."""

import math

import pytest
import sympy as sp

from theory.guessing import GuessingBias
from theory.mean_field import MeanField
from theory.symbols import gamma, q, sigma_b2, sigma_w2


def relu_path(weights, biases, depth):
    """1 - c of ReLU by layer: e' = q (e - s(e))/q', the arc-cosine kernel in its angle."""
    variance = weights + biases
    e = weights / variance
    path = [e]
    for _ in range(depth - 1):
        half = math.asin(math.sqrt(e / 2))
        angle = 2 * half
        # 1 - kappa(c) = (2 sin^2(half) pi + angle cos(angle) - sin(angle))/pi - angle term
        kernel = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi
        small = angle < 1e-2
        loss = _loss(angle) if small else 1 - kernel
        following = biases + weights * variance / 2
        e = weights * variance / 2 * loss / following
        variance = following
        path.append(e)
    return path


def _loss(t):
    """1 - (sin t + (pi - t) cos t)/pi by its series, free of cancellation."""
    even = 2 * math.sin(t / 2) ** 2
    odd = sum((-1) ** k * 2 * k * t ** (2 * k + 1) / math.factorial(2 * k + 1) for k in (1, 2, 3))
    return even + odd / math.pi


#: (1 - c) * 8 l^2/(9 pi^2) at sigma_w2 = 2
DRIFTING = [(0.1, 1000, 1.20434), (0.1, 10001, 1.06691), (1.0, 10001, 0.97578)]


@pytest.mark.parametrize(("biases", "depth", "ratio"), DRIFTING)
def test_critical_relu_with_biases_follows_the_drifting_law(biases, depth, ratio):
    law = GuessingBias("relu", sigma_w2=2, sigma_b2=biases).growth
    assert (law.power, law.coefficient) == (2, 8 / (9 * sp.pi**2))
    e = relu_path(2.0, biases, depth)[-1]
    assert abs(e * float(law.coefficient) * depth**2 - ratio) < 2e-5


def test_relu_without_biases_grows_four_times_slower():
    law = GuessingBias("relu", sigma_w2="3/2", sigma_b2=0).growth_laws["ordered"]
    assert (law.power, law.coefficient) == (2, 2 / (9 * sp.pi**2))
    e = relu_path(1.5, 0.0, 600)[-1]
    assert abs(e * float(law.coefficient) * 600**2 - 0.958) < 1e-3


def test_exploding_relu_leaves_the_biases_behind():
    law = GuessingBias("relu", sigma_w2=3, sigma_b2="1/10").growth_laws["chaotic"]
    depths = 300, 1500
    values = [float(law.coefficient) * d**2 * relu_path(3.0, 0.1, d)[-1] for d in depths]
    assert abs(values[1] - 1) < abs(values[0] - 1) < 0.1


#: tanh on the edge of chaos: sigma_b2, q*, sigma_w2, C''(1)
TANH = [
    ("0.05", "0.5700478816408", "1.7609546396067", "0.3240899560184"),
    ("0.10", "0.8057991819135", "1.9860726411359", "0.4988054893602"),
    ("0.20", "1.1644962874580", "2.2851524737202", "0.7730362094719"),
]


@pytest.mark.parametrize(("biases", "place", "weights", "curvature"), TANH)
def test_critical_tanh_grows_by_half_the_curvature(biases, place, weights, curvature):
    gb = GuessingBias("tanh")
    at = sp.Float(place, 20)
    edge = gb.mean_field.edge_of_chaos
    assert abs(edge.sigma_w2.subs(q, at).evalf(15) - sp.Float(weights, 15)) < 2e-13
    assert abs(edge.sigma_b2.subs(q, at).evalf(15) - sp.Float(biases, 15)) < 2e-13
    assert gb.growth.power == 1
    slope = gb.growth.coefficient.subs(q, at).evalf(15)
    assert abs(2 * slope - sp.Float(curvature, 15)) < 1e-12


def test_increment_of_gamma_tends_to_the_coefficient():
    # erf has closed maps: iterate gamma on the edge of chaos at q = 1
    gb = GuessingBias("erf")
    edge = MeanField("erf").edge_of_chaos
    values = {q: 1, sigma_w2: edge.sigma_w2.subs(q, 1), sigma_b2: edge.sigma_b2.subs(q, 1)}
    step = sp.lambdify(gamma, gb.recursion.at_fixed_point.subs(values).evalf(30), "mpmath")
    slope = float(gb.growth.coefficient.subs(q, 1))
    correction = gb.growth.correction
    assert correction.term == "log(l)/l"
    import mpmath

    with mpmath.workdps(30):
        path = [mpmath.mpf(0)]
        for _ in range(4000):
            path.append(step(path[-1]))
        middle = (path[4000] - path[2000]) / 2000
        # gamma = slope (l + correction log l + const): the increment has correction/l left
        relative = float(middle / slope - 1)
    predicted = float(correction.coefficient.subs(q, 1)) * math.log(2) / 2000
    assert abs(relative) < 2e-3
    assert abs(relative / predicted - 1) < 0.1


def test_ordered_growth_is_geometric():
    gb = GuessingBias("relu", sigma_w2=1, sigma_b2=1)
    path = relu_path(1.0, 1.0, 40)
    assert gb.growth_laws["ordered"].rate == 2
    assert abs(path[-2] / path[-1] - 2) < 1e-4


def test_linear_growth_in_closed_form():
    laws = GuessingBias("linear").growth_laws
    assert laws["critical"].coefficient == sigma_b2 / sigma_w2
    assert sp.simplify(laws["chaotic"].limit - sigma_b2 / (sigma_w2 - 1)) == 0
    concrete = GuessingBias("linear", sigma_w2="1/2", sigma_b2=1).growth_laws["ordered"]
    # gamma_l = 2 (2^l - 1)
    assert (concrete.coefficient, concrete.rate) == (2, 2)


def test_kinks_and_curvature_decide_the_power():
    powers = {t: GuessingBias(t).growth.power for t in ("hardtanh", "gelu", "abs(x)")}
    assert powers == {"hardtanh": 2, "gelu": 1, "abs(x)": 2}


def test_what_does_not_grow_says_so():
    odd = GuessingBias("tanh", sigma_b2=0).growth
    assert odd.law is None
    assert "never grows" in odd.statement
    jump = GuessingBias("sign(x)").growth
    assert not jump.exists
    assert "chi_1 is infinite" in jump.statement


def test_symbolic_slopes_keep_their_symbol():
    law = GuessingBias("max(x,0)-alpha*max(-x,0)", sigma_b2=0).growth
    alpha = next(iter(law.coefficient.free_symbols))
    assert sp.simplify(law.coefficient.subs(alpha, 0) - 2 / (9 * sp.pi**2)) == 0
    assert sp.simplify(law.coefficient.subs(alpha, -1) - 8 / (9 * sp.pi**2)) == 0
