"""The normal form: equal expressions become one, values stay, and the result is short."""

import itertools

import pytest
import sympy as sp

from theory.activation import Activation
from theory.catalogue import CATALOGUE
from theory.equation import closed
from theory.gaussian import E2, E, GaussianExpectation
from theory.mean_field import MeanField
from theory.normal_form import normal_form
from theory.special import BinormalExp, Phi, Phi2, PhiGiven
from theory.symbols import q, q1, q2, rho, x

R, sqrt, pi = sp.Rational, sp.sqrt, sp.pi
a = sp.Symbol("a", real=True)

#: Groups of expressions that are equal for |rho| < 1.
EQUAL = [
    (sqrt(q1) * sqrt(q2), sqrt(q1 * q2), q1 * q2 / sqrt(q1 * q2)),
    (sqrt(1 - rho**2), sqrt((1 - rho) * (1 + rho)), (1 - rho**2) / sqrt(1 - rho**2)),
    (1 / (sqrt(q) + 1), (sqrt(q) - 1) / (q - 1)),
    (sp.exp(q) * sp.exp(-q / 2), sp.exp(q / 2), sqrt(sp.exp(q))),
    (sp.exp((q1 + q2) / (q1 * q2)), sp.exp(1 / q1 + 1 / q2)),
    (Phi(q), 1 - Phi(-q), (1 + sp.erf(q / sqrt(2))) / 2, sp.erfc(-q / sqrt(2)) / 2),
    (sp.acos(rho), pi / 2 - sp.asin(rho), pi / 2 + sp.asin(-rho)),
    (sp.asin(rho * (q + 1) / (q + 1)), sp.asin(rho)),
    (sp.gamma(R(5, 4)), sp.gamma(R(1, 4)) / 4),
    (sp.gamma(q / 2 + R(3, 2)), (q + 1) * sp.gamma((q + 1) / 2) / 2),
    (sp.cosh(q) + sp.sinh(q), sp.exp(q)),
    (Phi2(q1, q2, rho), Phi(q2) - Phi2(-q1, q2, -rho), Phi2(q2, q1, rho)),
    (Phi2(0, q, rho), Phi(q) - Phi2(0, q, -rho)),
    (PhiGiven(q1, q2, rho), 1 - PhiGiven(-q1, -q2, rho), 1 - PhiGiven(-q1, q2, -rho)),
    (PhiGiven(rho * q, q, rho), R(1, 2)),
    (PhiGiven(-q, -q * rho, rho), Phi(-q * sqrt(1 - rho**2))),
    (BinormalExp(q1, q2, rho), BinormalExp(-q2, q1, -rho)),
    (2 ** R(1, 3) * q ** R(4, 3), (2 * q) ** R(1, 3) * q),
    (1 / sqrt(q**2 + 2 * q + 1 - q**2 * rho**2), 1 / sqrt((1 + q - q * rho) * (1 + q + q * rho))),
    (sp.exp(R(1, 2)) * sp.erfc(1 / sqrt(2)), 2 * sp.exp(R(1, 2)) * Phi(-1)),
]


@pytest.mark.parametrize("group", EQUAL, ids=lambda group: str(group[0]))
def test_equal_expressions_have_one_form(group):
    first, *others = map(normal_form, group)
    assert all(first == other for other in others)


@pytest.mark.parametrize("group", EQUAL, ids=lambda group: str(group[0]))
def test_values_are_kept(group):
    point = {q: R(7, 5), q1: R(3, 5), q2: R(9, 4), rho: R(-2, 7)}
    for expr in group:
        expected = expr.subs(point).evalf(25)
        assert abs(normal_form(expr).subs(point).evalf(25) - expected) < 1e-20 * (
            1 + abs(expected)
        )


def test_different_expressions_stay_different():
    forms = {normal_form(group[0]) for group in EQUAL}
    assert len(forms) == len(EQUAL)
    assert normal_form(Phi2(q1, q2, rho)) != normal_form(Phi2(q1, q2, -rho))
    assert normal_form(sqrt(a**2)) == sp.Abs(a)


@pytest.mark.parametrize("group", EQUAL, ids=lambda group: str(group[0]))
def test_it_is_idempotent(group):
    form = normal_form(group[0])
    assert normal_form(form) == form


def test_the_kernel_of_relu_is_that_of_cho_and_saul():
    kernel = E2("relu(x)", "relu(x)", q1, q2, rho).doit()
    printed = "sqrt(q1)*sqrt(q2)*(rho*(asin(rho) + pi/2) + sqrt(1 - rho**2))/(2*pi)"
    assert str(kernel) == printed


def test_the_kernel_of_gelu_is_short():
    """With c = rho sqrt(q1 q2) and D = (1 + q1)(1 + q2) - c^2, as one would write it."""
    kernel = E2("gelu(x)", "gelu(x)", q1, q2, rho).doit()
    c, both = rho * sqrt(q1 * q2), (1 + q1) * (1 + q2)
    bracket = q1 * q2 + c**2 * (1 - q1 * q2) / both
    expected = c / 4 + c * sp.asin(c / sqrt(both)) / (2 * pi)
    expected += bracket / (2 * pi * sqrt(both - c**2))
    assert kernel == normal_form(expected)
    assert sp.count_ops(kernel) <= sp.count_ops(expected)
    assert kernel.has(1 / sqrt(both - q1 * q2 * rho**2))


CLOSED = ("relu", "leaky_relu", "hardtanh", "elu", "gelu", "erf", "snake", "gaussian", "laplace")


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms_are_in_normal_form(name):
    theory = MeanField(name)
    for node in (theory.second_moment, theory.slope_moment, theory.kernel_at_q):
        assert normal_form(node.doit()) == node.doit()


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_nothing_a_reader_would_not_write(name):
    theory = MeanField(name)
    for value in map(closed, (theory.second_moment, theory.slope_moment)):
        if not value.has(GaussianExpectation):
            assert not value.has(sp.I, sp.re, sp.im, sp.Piecewise, sp.erf, sp.erfc, sp.acos)


#: Ways to write one activation; all their expectations must be the same objects.
SPELLINGS = [
    ("relu(x)", "max(x, 0)", "where(x > 0, x, 0)", "(x + abs(x))/2", "x*step(x)"),
    ("abs(x)", "sqrt(x**2)", "x*sign(x)", "max(x, -x)", "2*relu(x) - x"),
    ("sign(x)", "2*step(x) - 1", "where(x < 0, -1, 1)", "x/abs(x)"),
    ("gelu(x)", "x*Phi(x)", "x*(1 + erf(x/sqrt(2)))/2", "x*erfc(-x/sqrt(2))/2", "x - x*Phi(-x)"),
    ("erf(x)", "2*Phi(sqrt(2)*x) - 1", "1 - erfc(x)"),
    ("clip(x, -1, 1)", "max(-1, min(1, x))", "(abs(x + 1) - abs(x - 1))/2"),
    ("elu(x)", "where(x > 0, x, exp(x) - 1)", "relu(x) + expm1(min(x, 0))"),
    ("x + sin(x)**2", "x + (1 - cos(2*x))/2"),
    ("sinh(x)", "(exp(x) - exp(-x))/2", "exp(x) - cosh(x)"),
    ("relu(x)**2", "x**2*step(x)", "x*relu(x)", "(x**2 + x*abs(x))/2"),
    ("exp(-x**2/2)*x", "x/exp(x**2/2)"),
    ("exp(-abs(x))", "exp(-max(x, -x))", "where(x > 0, exp(-x), exp(x))"),
]


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda group: group[0])
def test_closed_forms_do_not_depend_on_the_spelling(spellings):
    values = []
    for text in spellings:
        phi = Activation(text).expr
        values.append(
            (
                E(phi, q).doit(),
                E(phi**2, q).doit(),
                E2(phi, phi, q1, q2, rho).doit(),
                normal_form(E2(phi, x**2 + x, q1, q2, rho).doit()),
            )
        )
    for other in values[1:]:
        assert [normal_form(v) for v in values[0]] == [normal_form(v) for v in other]


def test_sums_of_closed_forms_cancel():
    pairs = [("relu(x)", "relu(-x)"), ("elu(x)", "x"), ("hardtanh(x)", "sign(x)")]
    for f, g in pairs:
        total = E2(f, g, q1, q2, rho).doit() - E2(g, f, q2, q1, rho).doit()
        assert normal_form(total) == 0


def test_linearity_and_reflection_of_closed_forms():
    for f, g in itertools.pairwise(("relu(x)", "gelu(x)", "sin(x)", "x**3")):
        one, other = Activation(f).expr, Activation(g).expr
        whole = E((one + 2 * other) ** 2, q).doit()
        parts = E(one**2, q).doit() + 4 * E(one * other, q).doit() + 4 * E(other**2, q).doit()
        assert normal_form(whole - parts) == 0
        mirrored = E2(one.subs(x, -x), other, q1, q2, rho).doit()
        assert normal_form(mirrored - E2(one, other, q1, q2, -rho).doit()) == 0


def test_numbers_with_many_digits():
    """Neither the exponent nor the radicand of a 53-bit variance is taken apart at length."""
    value = sp.Rational(1.300912569945670)
    assert normal_form(sp.exp(2 * value)) == sp.exp(2 * value)
    both = normal_form(sp.exp(2 * value) - sp.exp(value) * sp.sqrt(value))
    assert (
        abs(both.evalf(20) - (sp.exp(2 * value) - sp.exp(value) * sp.sqrt(value)).evalf(20))
        < 1e-18
    )
    large = sp.nextprime(10**25) * sp.nextprime(3 * 10**24)
    assert normal_form(sp.sqrt(large) + sp.sqrt(large)) == 2 * sp.sqrt(large)
