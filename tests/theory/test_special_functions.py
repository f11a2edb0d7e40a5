"""Phi2, its conditionals and Owen's T: identities, derivatives, tails, limits, typesetting."""

import itertools

import mpmath
import pytest
import sympy as sp

from theory.gaussian import E2
from theory.special import BinormalExp, OwenT, Phi, Phi2, PhiGiven
from theory.symbols import q1, q2, rho

R = sp.Rational
h, k, r, a = sp.symbols("h k r a", real=True)
FUNCTIONS = [Phi2(h, k, r), PhiGiven(h, k, r), BinormalExp(h, k, r), OwenT(h, a)]


def owen_by_quadrature(place, slope):
    with mpmath.workdps(40):
        place, slope = mpmath.mpf(place), mpmath.mpf(slope)
        ends = mpmath.linspace(0, slope, 9)
        density = mpmath.quad(
            lambda t: mpmath.exp(-place * place * (1 + t * t) / 2) / (1 + t * t), ends
        )
        return sp.Float(str(density / (2 * mpmath.pi)), 30)


def phi2_by_quadrature(first, second, correlation):
    """P(U <= first, W <= second) = int n(u) Phi((second - r u)/w) du, a route without angles."""
    with mpmath.workdps(40):
        first, second, c = (mpmath.mpf(v.p) / v.q for v in map(sp.S, (first, second, correlation)))
        w = mpmath.sqrt(1 - c * c)
        ends = [first - 40, first - 20, first - 8, first - 4, first - 2, first - 1, first]
        value = mpmath.quad(lambda u: mpmath.npdf(u) * mpmath.ncdf((second - c * u) / w), ends)
        return sp.Float(str(value), 30)


@pytest.mark.parametrize("place", ["0.3", "-2", "7"])
@pytest.mark.parametrize("slope", ["0.2", "-1.7", "6"])
def test_owens_t_is_its_integral(place, slope):
    value = OwenT(R(place), R(slope)).evalf(28)
    exact = owen_by_quadrature(place, slope)
    assert abs(value - exact) <= R(1, 10**25) * abs(exact)


@pytest.mark.parametrize(
    ("law", "digits"),
    [((R(3, 10), R(-7, 10), R(2, 5)), 25), ((-3, -2, R(-4, 5)), 25), ((-8, -9, R(1, 2)), 20)],
)
def test_phi2_is_its_integral_with_relative_accuracy(law, digits):
    value, exact = Phi2(*law).evalf(28), phi2_by_quadrature(*law)
    assert abs(value - exact) <= R(1, 10**digits) * abs(exact)


@pytest.mark.parametrize("digits", [15, 60, 250])
def test_more_digits_confirm_fewer(digits):
    for value in (OwenT(R(1, 3), 2), Phi2(-30, -20, R(1, 3)), Phi2(1, -1, -1 + R(1, 10**9))):
        few, many = value.evalf(digits), value.evalf(digits + 20)
        assert abs(few - many) <= sp.Float(10) ** (1 - digits) * abs(many)


def test_elementary_values_of_owens_t():
    assert OwenT(0, a) == sp.atan(a) / (2 * sp.pi)
    assert OwenT(h, 0) == 0 == OwenT(sp.oo, a)
    assert OwenT(h, 1) == OwenT(-h, 1) == Phi(h) * Phi(-h) / 2
    assert OwenT(h, sp.oo) == Phi(-sp.Abs(h)) / 2
    assert OwenT(h, -a) == -OwenT(h, a)
    assert OwenT(-h, a) == OwenT(h, a)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: type(f).__name__)
def test_derivatives_are_difference_quotients(function):
    at = {h: R(7, 10), k: R(-2, 5), r: R(3, 10), a: R(6, 5)}
    step = R(1, 10**8)
    for symbol in sorted(function.free_symbols, key=str):
        derived = function.diff(symbol).subs(at).evalf(20)
        ends = [function.subs({**at, symbol: at[symbol] + s * step}).evalf(40) for s in (1, -1)]
        assert abs(derived - (ends[0] - ends[1]) / (2 * step)) < R(1, 10**13)


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product([R(-3, 2), 0, R(1, 2)], [R(-1, 3), 0, 2]))
)
@pytest.mark.parametrize("correlation", [R(-7, 10), R(1, 3)])
def test_phi2_and_owens_t_rewrite_into_each_other(first, second, correlation):
    """All signs of the thresholds, zeros included, and the same through the symbolic form."""
    value = Phi2(first, second, correlation)
    by_owen = value.rewrite(OwenT)
    assert not by_owen.has(Phi2)
    assert abs(sp.N(by_owen, 25) - sp.N(value, 25)) < R(1, 10**22)
    general = Phi2(h, k, r).rewrite(OwenT).subs({h: first, k: second, r: correlation})
    assert abs(sp.N(general, 25) - sp.N(value, 25)) < R(1, 10**22)
    back = OwenT(h, a).rewrite(Phi2).subs({h: first, a: second})
    assert abs(sp.N(back, 25) - sp.N(OwenT(first, second), 25)) < R(1, 10**22)


def test_dropping_the_jump_of_the_rewriting_is_seen():
    """Negative control: without its 1/2 the form is wrong where h k < 0."""
    value = Phi2(-1, 2, R(1, 3))
    assert abs(sp.N(value.rewrite(OwenT) + R(1, 2), 20) - sp.N(value, 20)) > R(2, 5)


def test_limits_of_the_correlation():
    assert sp.limit(Phi2(h, k, r), r, 0) == Phi(h) * Phi(k)
    assert sp.limit(Phi2(h, k, r), r, 1, "-") == Phi(sp.Min(h, k)) == Phi2(h, k, 1)
    assert sp.limit(Phi2(h, k, r), r, -1, "+") == sp.Max(0, Phi(h) - Phi(-k))
    assert sp.limit(Phi2(h, k, r), h, sp.oo) == Phi(k)
    assert sp.limit(Phi2(h, k, r), h, -sp.oo) == 0
    assert sp.limit(OwenT(h, a), a, sp.oo) == Phi(-sp.Abs(h)) / 2
    assert sp.limit(OwenT(1, a) / a, a, 0) == sp.exp(-R(1, 2)) / (2 * sp.pi)
    assert PhiGiven(1, 2, 1) == 0
    assert PhiGiven(2, 1, 1) == 1
    assert PhiGiven(h, -h, -1) == R(1, 2)
    near = {h: 1, k: R(999, 1000), r: 1 - R(1, 10**12)}
    assert PhiGiven(h, k, r).subs(near).evalf(15) > 1 - R(1, 10**14)
    assert BinormalExp(h, k, r).subs(near).evalf(15) < R(1, 10**200)


@pytest.mark.parametrize(
    ("f", "g"), [("hardtanh", "hardtanh"), ("elu", "relu"), ("hardswish", "abs(x - 1)")]
)
@pytest.mark.parametrize("end", [1, -1])
def test_closed_forms_hold_at_perfect_correlation(f, g, end):
    closed = E2(f, g, q1, q2, rho).doit()
    for variances in ((R(7, 10), R(7, 10)), (R(1, 100), 30)):
        law = dict(zip((q1, q2), variances, strict=True))
        expected = E2(f, g, *variances, end).evalf(20)
        for value in (closed.subs(rho, end).subs(law), closed.subs({**law, rho: end})):
            assert abs(sp.N(value, 20) - expected) <= R(1, 10**16) * (1 + abs(expected))


def test_typesetting():
    assert sp.latex(OwenT(h, a)) == r"T\left(h, a\right)"
    assert sp.latex(Phi2(h, k, r)) == r"\Phi_2\left(h, k; r\right)"
    assert sp.latex(PhiGiven(h, k, r)) == r"\Phi\left(\frac{h - k r}{\sqrt{1 - r^{2}}}\right)"
    assert sp.latex(BinormalExp(h, k, r)).startswith("e^{")
    assert sp.latex(OwenT(h, a) ** 2) == r"T^{2}\left(h, a\right)"
