"""Branch and bound: proved inequalities, found counterexamples, isolated roots."""

import pytest
import sympy as sp

from numerics.certified import Proved, Refuted, Undecided, certified_roots, prove_sign
from theory.errors import InputError, PrecisionError
from theory.gaussian import E
from theory.symbols import q, sigma_b2, sigma_w2

t = sp.Symbol("t", real=True)


def test_a_true_inequality_is_proved():
    assert isinstance(prove_sign(sp.exp(t) > 1 + t, {t: ("1/10", 3)}), Proved)


def test_a_false_inequality_has_an_exact_counterexample():
    found = prove_sign(t**2 > sp.Rational(1, 100), {t: (-1, 1)})
    assert isinstance(found, Refuted)
    assert found.point[t] ** 2 <= sp.Rational(1, 100)
    assert not found


def test_a_tangency_stays_undecided():
    found = prove_sign((t - sp.Rational(1, 3)) ** 2 > 0, {t: (0, 1)}, most_boxes=60)
    assert isinstance(found, Undecided)


def test_conditions_restrict_the_box():
    relation = t > sp.Rational(1, 2)
    assert not prove_sign(relation, {t: (0, 1)})
    assert prove_sign(relation, {t: (0, 1)}, where=[t > sp.Rational(3, 5)])


@pytest.mark.parametrize(("weights", "ordered"), [((0.3, 1.2), True), ((0.3, 2), False)])
def test_fixed_points_of_erf_networks_are_ordered_without_solving_for_them(weights, ordered):
    """sigma_b2 = q - sigma_w2 E erf^2 is in range at a fixed point; then chi_1 < 1."""
    second, slope = E("erf(x)**2", q).doit(), E("4*exp(-2*x**2)/pi", q).doit()
    bias = q - sigma_w2 * second
    found = prove_sign(
        sigma_w2 * slope < 1,
        {sigma_w2: weights, q: ("1/1000", 3)},
        where=[bias >= sp.Rational(1, 10), bias <= sp.Rational(1, 2)],
    )
    assert bool(found) == ordered
    if not ordered:
        at = found.point
        assert (sigma_w2 * slope).subs(at).evalf() >= 1
        assert 0.1 <= bias.subs(at).evalf() <= 0.5


def test_an_expectation_without_closed_form_in_branch_and_bound():
    assert prove_sign(E("tanh(x)**2", q) < q, {q: ("1/20", 4)})


def test_all_roots_of_a_polynomial():
    roots = certified_roots((t - 1) * (t - 2) * (t**2 - 3), t, 0, 3, digits=30)
    for root, exact in zip(roots, (1, sp.sqrt(3), 2), strict=True):
        assert exact in root or root.midpoint == exact
        assert root.digits >= 30


def test_roots_at_the_ends_count():
    assert [float(r) for r in certified_roots(t * (t - 1), t, 0, 1)] == [0, 1]


def test_no_root_is_an_answer():
    assert certified_roots(t**2 + 1, t, -5, 5) == ()


def test_a_double_root_is_refused():
    with pytest.raises(PrecisionError, match="double"):
        certified_roots((t - sp.sqrt(2)) ** 2, t, 0, 3, most_boxes=300)


def test_fixed_point_of_a_tanh_network():
    expr = sigma_b2 + sigma_w2 * E("tanh(x)**2", q) - q
    at = {sigma_w2: sp.Rational(17, 10), sigma_b2: sp.Rational(1, 20)}
    (root,) = certified_roots(expr.subs(at), q, "1/100", 3, digits=25)
    residual = expr.subs(at).subs(q, sp.Rational(root.midpoint)).evalf(25)
    assert root.digits >= 25
    assert abs(residual) < 1e-22


def test_bad_requests_are_refused():
    with pytest.raises(InputError):
        prove_sign(t > 0, {t: (1, 0)})
    with pytest.raises(InputError):
        prove_sign(sp.Eq(t, 1), {t: (0, 1)})
