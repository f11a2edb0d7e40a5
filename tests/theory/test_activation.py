"""What follows from the expression of an activation."""

import pickle

import pytest
import sympy as sp

from theory.activation import Activation, activation, activations, as_activation
from theory.errors import (
    DivergentExpectationError,
    InitheoryError,
    InputError,
    NonRealActivationError,
    UnknownNameError,
)
from theory.symbols import x
from theory.validation import local_exponent


@pytest.mark.parametrize(
    ("text", "parity"),
    [
        ("tanh(x)", "odd"),
        ("x*erf(x)", "even"),
        ("gelu(x)", None),
        ("softsign(x)", "odd"),
        ("hardtanh(x)", "odd"),
        ("log(1 + x**2)", "even"),
        ("x*sigmoid(x) - x/2", "even"),
        ("sigmoid(x) - 1/2", "odd"),
        ("abs(x + 1) - abs(x - 1)", "odd"),
        ("sin(x) + cos(x)", None),
        ("sign(x)", "odd"),
    ],
)
def test_parity(text, parity):
    assert Activation(text).parity == parity


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("relu(x)", 1),
        ("leaky_relu(x)", 1),
        ("max(x, 0)**3", 3),
        ("sign(x)*sqrt(abs(x))", sp.Rational(1, 2)),
        ("step(x)", 0),
        ("tanh(x)", None),
        ("x + x**2", None),
        ("max(x - 1, 0)", None),
    ],
)
def test_homogeneity(text, degree):
    assert Activation(text).homogeneity == degree


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("relu(x)", "bounded", "linear"),
        ("mish(x)", "vanishing", "linear"),
        ("gelu_tanh(x)", "vanishing", "linear"),
        ("x/2 + sqrt(x**2 + 4)/2", "vanishing", "linear"),
        ("exp(x)", "vanishing", "exponential"),
        ("log(1 + x**2)", "logarithmic", "logarithmic"),
        ("x**2/(1 + abs(x))", "linear", "linear"),
        ("softplus(x)**2", "vanishing", "of order |x|^(2)"),
        ("x*exp(-x**2)", "vanishing", "vanishing"),
        ("atan(x**3)", "bounded", "bounded"),
    ],
)
def test_growth(text, left, right):
    growth = Activation(text).growth
    assert (growth.left.kind, growth.right.kind) == (left, right)


@pytest.mark.parametrize(
    ("text", "breakpoints"),
    [
        ("relu(x)", [(0, 1, 1)]),
        ("elu(x)", [(0, 2, -1)]),
        ("softsign(x)", [(0, 2, -4)]),
        ("hardtanh(x)", [(-1, 1, 1), (1, 1, -1)]),
        ("max(x, 0)**2/(1 + max(x, 0))", [(0, 2, 2)]),
        ("sign(x)", [(0, 0, 2)]),
        ("tanh(x)", []),
    ],
)
def test_breakpoints_carry_order_and_size(text, breakpoints):
    found = [(b.place, b.order, b.jump) for b in Activation(text).breakpoints]
    assert found == breakpoints


def test_parameters_stay_symbolic_until_given():
    phi = Activation("x*sigmoid(beta*x)")
    assert [p.name for p in phi.parameters] == ["beta"]
    fixed = phi.at(beta=1.702)
    assert fixed.expr == Activation("x*sigmoid(1.702*x)").expr
    assert fixed == Activation("x*sigmoid(beta*x)", beta="851/500")
    assert fixed.parameters == ()


def test_a_users_own_x_is_our_x():
    plain = sp.Symbol("x")
    assert Activation(plain * sp.erf(plain)) == Activation("x*erf(x)")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x/(1 + exp(-x))", "silu"),
        ("log(1 + exp(x))", "softplus"),
        ("x*(1 + erf(x/sqrt(2)))/2", "gelu"),
        ("exp(x)/(1 + exp(x))", "sigmoid"),
    ],
)
def test_stable_forms_are_recognised(text, same):
    assert Activation(text) == activation(same)


@pytest.mark.parametrize("name", activations())
def test_catalogue_derivatives_match_difference_quotients(name):
    phi = activation(name)
    if phi.parameters:
        phi = phi.at(**{p.name: sp.Rational(1, 4) for p in phi.parameters})
    step = sp.Float("1e-12", 60)
    for point in (sp.Rational(-7, 3), sp.Rational(-2, 7), sp.Rational(3, 8), sp.Rational(19, 7)):
        point = sp.Float(point, 60)
        slope = (phi(point + step) - phi(point - step)) / (2 * step)
        derived = phi.derivative()(point)
        assert abs(slope - derived) < sp.Float("1e-18") * (1 + abs(derived))


def test_derivative_orders():
    assert activation("relu").derivative().expr == sp.Piecewise((0, x <= 0), (1, True))
    assert activation("sin").derivative(4).expr == sp.sin(x)
    with pytest.raises(InputError, match="order"):
        activation("sin").derivative(-1)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("1/x", DivergentExpectationError, "pole at x = 0"),
        ("1/(x - 2)", DivergentExpectationError, "pole at x = 2"),
        ("exp(x**2)", DivergentExpectationError, "q < 1/4"),
        ("exp(x**3)", DivergentExpectationError, "every q"),
        ("log(x)", NonRealActivationError, "not real"),
        ("sqrt(x)", NonRealActivationError, "not real"),
        ("asin(x)", NonRealActivationError, "not real"),
        ("gelo", UnknownNameError, "gelu"),
    ],
)
def test_no_activation_without_a_second_moment(text, error, words):
    with pytest.raises(error, match=words) as caught:
        Activation(text)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, InitheoryError)


def test_integrable_singularities_are_accepted():
    assert Activation("abs(x)**(-1/4)").homogeneity == sp.Rational(-1, 4)
    assert Activation("log(abs(x))").parity == "even"
    assert local_exponent(sp.sqrt(x), sp.S.Zero, "+") == sp.Rational(1, 2)


def test_wrong_values_name_the_parameters():
    with pytest.raises(InputError, match="no parameter 'gamma'"):
        Activation("x*sigmoid(beta*x)", gamma=2)
    with pytest.raises(InputError):
        as_activation(3.5)
    with pytest.raises(UnknownNameError):
        activation("x*erf(x)")


def test_pickle_and_equality():
    phi = activation("selu")
    again = pickle.loads(pickle.dumps(phi))
    assert again == phi
    assert hash(again) == hash(phi)
    assert len({phi, again, Activation("tanh")}) == 2
