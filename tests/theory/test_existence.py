"""For which variances an expectation exists, and what is said where it does not."""

import pytest
import sympy as sp

from numerics.compile import compile
from theory.errors import DivergentExpectationError, UndecidedError
from theory.gaussian import E2, E, GaussianExpectation
from theory.symbols import q, q1, q2, rho

R = sp.Rational


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("exp(x**2)", sp.Lt(q, R(1, 2))),
        ("x*exp(x**2/4)", sp.Lt(q, 2)),
        ("exp(x**2/4)/(1 + x**2)", sp.Le(q, 2)),
        ("exp(x**2/3) + exp(x**2/8)", sp.Lt(q, R(3, 2))),
        ("exp(-1/x**2)", sp.true),
        ("1 + log(abs(x))", sp.true),
        ("tanh(x)**2", sp.true),
        ("1/x", sp.false),
        ("1/x**2", sp.false),
        ("exp(1/x)", sp.false),
        ("tan(x)", sp.false),
        ("exp(x**4)", sp.false),
    ],
)
def test_the_condition_of_one_variable(text, condition):
    assert E(text, q).conditions == condition


def test_symbolic_rates_give_a_condition_on_both():
    node = E("exp(a*x**2)", q)
    (a,) = node.free_symbols - {q}
    assert node.conditions == sp.Lt(2 * a * q, 1)
    assert sp.simplify(node.doit() - 1 / sp.sqrt(1 - 2 * a * q)) == 0


@pytest.mark.parametrize(
    ("first", "second", "correlation", "exists"),
    [
        (1, 1, R(9, 10), True),
        (R(19, 10), R(19, 10), R(9, 10), False),
        (R(19, 10), R(1, 10), R(1, 2), True),
        (3, R(1, 10), 0, False),
    ],
)
def test_two_growing_factors(first, second, correlation, exists):
    """E exp(X²/4) exp(Y²/4) exists iff 1 - diag(1, 1)/2 Sigma is positive: compare eigenvalues."""
    node = E2("exp(x**2/4)", "exp(x**2/4)", q1, q2, rho)
    law = {q1: first, q2: second, rho: correlation}
    cross = correlation * sp.sqrt(first) * sp.sqrt(second)
    sigma = sp.Matrix([[first, cross], [cross, second]])
    assert exists == all(v < 2 for v in sigma.evalf().eigenvals())
    assert node.conditions.subs(law) == sp.S(exists)


def test_symmetry_does_not_hide_divergence():
    """An odd integrand vanishes only where it is integrable."""
    assert E("sqrt(abs(x))/x", q) == 0
    assert isinstance(E("x*exp(x**2/4)", q), GaussianExpectation)
    assert E("x*exp(x**2/4)", q).doit() == 0
    assert E("x*exp(x**2/4)", 1) == 0
    for operation in (lambda n: n.doit(), lambda n: n.evalf(15)):
        with pytest.raises(DivergentExpectationError, match="only for q < 2"):
            operation(E("x*exp(x**2/4)", 3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exp(x**2)", "only for q < 1/2"),
        ("1/x", "any variance.*pole at x = 0"),
        ("tan(x)", "any variance.*pole at x = pi/2"),
        ("exp(x**4)", "any variance"),
    ],
)
def test_every_evaluation_says_why(text, said):
    with pytest.raises(DivergentExpectationError, match=said):
        E(text, 3).doit()
    with pytest.raises(DivergentExpectationError, match=said):
        E(text, 3).evalf(15)


def test_kernels_refuse_what_never_exists():
    for text in ("tan(x)", "1/x**2", "exp(x**4)"):
        with pytest.raises(DivergentExpectationError, match="any variance"):
            compile(E(text, q), [q])(1.0)


def test_undecided_growth_is_said():
    with pytest.raises(UndecidedError, match="growth"):
        E(sp.gamma(1 + sp.Symbol("x", real=True) ** 2), q).conditions  # noqa: B018


def test_a_bounded_oscillation_at_zero_is_integrable():
    assert E("abs(x)*(2 + sin(log(abs(x))))", q).conditions == True  # noqa: E712  SymPy truth
