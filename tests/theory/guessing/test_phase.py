"""Phases of concrete networks: the published table, its exceptions, boundaries and bad input."""

import pytest
import sympy as sp

import initheory  # noqa: F401  loads the fast integrator of expectations
from theory.errors import UndecidedError
from theory.guessing import GuessingBias
from theory.guessing.given_number import rounding_of
from theory.mean_field import MeanField
from theory.symbols import gamma, q, sigma_b2, sigma_w2

#: The five phases of table 1 and the exceptions: activation, sigma_w2, sigma_b2, phase.
TABLE = [
    ("tanh", 1.59, 0.1, "deep prejudice, ordered"),
    ("tanh", 1.9860726411359, 0.1, "deep prejudice, critical"),
    ("tanh", 2.48, 0.1, "prejudice, chaotic"),
    ("tanh", 4.97, 0.1, "neutrality, chaotic"),
    ("relu", 1.5, 0.1, "deep prejudice, ordered"),
    ("relu", 1.5, 0, "deep prejudice, ordered"),
    ("relu", 2, 0, "deep prejudice, critical"),
    ("relu", 2.0, 0.1, "deep prejudice, critical"),
    ("relu", 3, 0.1, "deep prejudice, chaotic"),
    ("relu", 3, 0, "deep prejudice, chaotic"),
    # chi_1 = sigma_w2/2 at every variance, though q* is no closed number
    ("relu(x) - 1/2", 2, 0.1, "deep prejudice, critical"),
    # odd without biases: gamma stays 0 whatever the gradients do
    ("tanh", 0.8, 0, "neutrality, ordered"),
    ("tanh", 1, 0, "neutrality, critical"),
    ("sin(x)", 2, 0, "neutrality, chaotic"),
    # linear networks: gamma_l = (sigma_b2/sigma_w2) sum of sigma_w2^-k
    ("linear", 1, 0.1, "deep prejudice, critical"),
    ("linear", 1.05, 0.1, "prejudice, chaotic"),
    ("linear", 2, 0.1, "neutrality, chaotic"),
    ("linear", 1.1, 0.1, "border of neutrality and prejudice (gamma = 1), chaotic"),
    ("linear", 3, 0, "neutrality, chaotic"),
    # variances that vanish or explode
    ("relu(x)**2", 0.3, 0, "neutrality, ordered"),
    ("x**2", 0.6, 0.1, "border of neutrality and prejudice (gamma = 1), chaotic"),
    ("gelu", 5, 0, "deep prejudice, chaotic"),
    # jumps: chi_1 is infinite
    ("sign(x)", 1, 0.1, "neutrality, chaotic"),
]


@pytest.mark.parametrize(
    ("text", "weights", "biases", "expected"),
    TABLE,
    ids=["-".join(map(str, t[:3])) for t in TABLE],
)
def test_phase(text, weights, biases, expected):
    assert GuessingBias(text, weights, biases).phase == expected


def test_numbers_of_the_published_table():
    gb = GuessingBias("tanh", sigma_w2=2.48, sigma_b2=0.1)
    assert abs(gb.q_star - sp.Float("1.13517999670")) < 1e-11
    assert abs(gb.c_star - sp.Float("0.674072671168", 15)) < 1e-12
    assert abs(gb.gamma_star - sp.Float("2.06816861165", 15)) < 1e-11


def test_neutral_numbers_of_the_published_table():
    gb = GuessingBias("tanh", sigma_w2=4.97, sigma_b2=0.1)
    assert abs(gb.q_star - sp.Float("3.04047072811")) < 1e-11
    assert abs(gb.c_star - sp.Float("0.196062043620", 15)) < 1e-12
    assert abs(gb.gamma_star - sp.Float("0.243877082882", 15)) < 1e-12
    largest = gb.mean_of_largest.subs(gamma, gb.gamma_star)
    assert abs(largest.evalf(15) - sp.Float("0.646010901145", 15)) < 1e-12


def test_chaotic_limit_is_a_fixed_point_of_the_kernel():
    gb = GuessingBias("relu(x)**2", sigma_w2=0.3, sigma_b2=0)
    # k(c) of relu^2 is the arc-cosine kernel of degree 2 (Cho & Saul 2009)
    c = gb.c_star
    theta = sp.acos(c)
    kernel = (3 * sp.sin(theta) * c + (sp.pi - theta) * (1 + 2 * c**2)) / (3 * sp.pi)
    assert abs(kernel.evalf(20) - c) < 1e-17


def test_relu_numbers_are_exact():
    gb = GuessingBias("relu", sigma_w2="3/2", sigma_b2="1/10")
    slope = sp.Rational(3, 4)
    assert (gb.q_star, gb.chi_1, gb.correlation_slope) == (sp.Rational(2, 5), slope, slope)
    assert (gb.c_star, gb.gamma_star) == (1, sp.oo)


def test_gradients_and_the_slope_of_the_map_differ_without_biases():
    # plain ReLU: C'(1) = 1 always, tilde chi_1 = sigma_w2/2
    gb = GuessingBias("relu", sigma_w2=1, sigma_b2=0)
    assert (gb.chi_1, gb.correlation_slope) == (sp.S.Half, 1)


def test_an_exact_edge_of_chaos_is_proved():
    edge = MeanField("erf").edge_of_chaos
    values = {q: 1}
    gb = GuessingBias("erf", edge.sigma_w2.subs(values), edge.sigma_b2.subs(values))
    assert gb.phase == "deep prejudice, critical"


def test_an_exact_number_next_to_the_edge_is_not_on_it():
    edge = MeanField("erf").edge_of_chaos
    weights, biases = edge.sigma_w2.subs(q, 1), edge.sigma_b2.subs(q, 1)
    assert GuessingBias("erf", weights + sp.Rational(1, 10**15), biases).phase.endswith("chaotic")
    assert GuessingBias("erf", float(weights), biases).phase.endswith("critical")
    assert GuessingBias("relu", sp.Rational(2 * 10**20 + 1, 10**20), 0).phase.endswith("chaotic")


def test_rounded_numbers_are_those_with_many_digits():
    assert rounding_of(2.48) == rounding_of(2.0) == rounding_of(sp.Rational(1, 3)) == 0
    assert rounding_of(1.9860726411359) == sp.Rational(5, 10**14)
    assert rounding_of(1 / 3) >= sp.Rational(1, 2**54)


def test_the_neutral_line_is_a_border():
    gb = GuessingBias("tanh", sigma_w2=2.924765745162, sigma_b2=0.1)
    assert gb.phase == "border of neutrality and prejudice (gamma = 1), chaotic"
    assert (gb.c_star, gb.gamma_star) == (sp.S.Half, 1)


def test_the_start_decides_between_fixed_points():
    # V(q) = sigma_b2 + 3 sigma_w2 q^2: below the repelling point q settles, above it explodes
    settles, explodes = (GuessingBias("x**2", w, "1/100").decision for w in ("1/5", "3/5"))
    assert settles.destination == "finite"
    assert explodes.destination == "infinite"
    root = (1 - sp.sqrt(1 - 4 * sp.Rational(3, 5) / 100)) / (2 * sp.Rational(3, 5))
    assert abs(settles.q_star - root.evalf(25)) < 1e-20


def test_a_linear_limit_follows_the_path():
    # gelu shrinks to x/2: gamma stops; compare with the map itself in floats
    gb = GuessingBias("gelu", sigma_w2=2, sigma_b2=0)
    step = sp.lambdify((gamma, q), gb.gamma_recursion, "math")
    size = sp.lambdify(q, gb.recursion.variance, "math")
    ratio, variance = 0.0, 2.0
    for _ in range(32):
        ratio, variance = step(ratio, variance), size(variance)
    assert gb.phase == "prejudice, ordered"
    assert abs(float(gb.gamma_star) / ratio - 1) < 1e-4


def test_correlated_weights_move_the_balance_of_signal_and_gradient():
    # average pooling over two ReLU: 1 - c shrinks by pi/(pi + 1) per layer without biases
    gb = GuessingBias("relu", sigma_w2=2, sigma_b2=0, weight_correlation=-1)
    assert gb.phase == "deep prejudice, critical"
    assert sp.simplify(gb.correlation_slope - sp.pi / (sp.pi + 1)) == 0
    assert sp.simplify(gb.growth.rate - (sp.pi + 1) / sp.pi) == 0


def test_without_numbers_there_are_conditions_and_a_sentence():
    gb = GuessingBias("tanh")
    assert gb.phase == "undecided without values of sigma_b2, sigma_w2: see phase_conditions"
    conditions = {c.phase: c.condition for c in gb.phase_conditions}
    assert conditions["deep prejudice, critical"] == sp.Eq(gb.mean_field.chi_1, 1)
    place = {q: sp.Rational("3.04047072811"), sigma_w2: 5, sigma_b2: sp.Rational(1, 10)}
    side = conditions["neutrality, chaotic"].subs(place)
    assert isinstance(side, sp.StrictLessThan)
    assert (side.rhs - side.lhs).evalf(9) > 0
    with pytest.raises(UndecidedError, match="give values"):
        _ = gb.decision


def test_conditions_of_relu_are_free_of_q_and_complete():
    conditions = GuessingBias("relu").phase_conditions
    assert [c.condition for c in conditions[:3]] == [
        sp.Lt(sigma_w2 / 2, 1),
        sp.Eq(sigma_w2 / 2, 1),
        sp.Gt(sigma_w2 / 2, 1),
    ]
    assert conditions[3].condition == sp.false


def test_parameters_without_values_are_named():
    gb = GuessingBias("max(x,0)-alpha*max(-x,0)", sigma_w2=1, sigma_b2=0)
    assert "alpha" in gb.phase
    assert gb.at(alpha=-1).phase == "deep prejudice, critical"
    assert gb.at(alpha=1).phase == "neutrality, critical"  # phi(x) = x
