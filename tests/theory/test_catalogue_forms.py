"""Every catalogue activation with a closed form against its own integral, to 25 digits."""

import ast
from pathlib import Path

import pytest
import sympy as sp

import theory
from theory.activation import activation, activations
from theory.gaussian import E2, E, GaussianExpectation
from theory.symbols import q, q1, q2, rho

R = sp.Rational
OPEN = {"gelu_tanh", "quick_gelu", "silu", "mish", "softplus", "squareplus", "bent_identity"}
OPEN |= {"sigmoid", "logsigmoid", "tanh", "lecun_tanh", "atan", "softsign", "isru"}
CLOSED = sorted(set(activations()) - OPEN)


def expression(name):
    expr = activation(name).expr
    alpha = [s for s in expr.free_symbols if s.name == "alpha"]
    return expr.subs(dict.fromkeys(alpha, R(1, 4)))


@pytest.mark.parametrize("name", CLOSED)
def test_one_point_forms(name):
    expr = expression(name)
    for integrand in (expr, expr**2):
        closed = E(integrand, q).doit()
        assert not closed.has(GaussianExpectation)
        for variance in (R(13, 10), R(1, 1000), R(25)):
            exact = E(integrand, variance).evalf(27)
            value = sp.N(closed.subs(q, variance), 27)
            assert abs(value - exact) <= R(1, 10**25) * abs(exact)


@pytest.mark.parametrize("name", sorted(OPEN))
def test_the_others_stay_expectations(name):
    node = E(activation(name).expr ** 2, q)
    assert node.doit() == node


@pytest.mark.parametrize(
    ("f", "g", "closed"),
    [
        ("relu(x)", "relu(x)*erf(x)", True),  # three constraints, all through the origin
        ("step(x - 1)", "step(x)*erf(x)", False),  # three constraints, one of them shifted
        ("step(x)*erf(x)", "step(x)*erf(x)", False),  # four constraints
        ("erf(x + 1)", "hardtanh(x)", True),  # two constraints
        ("x*erf(x)**2", "x**3", True),
    ],
)
def test_the_number_of_constraints_decides(f, g, closed):
    node = E2(f, g, q1, q2, rho)
    assert node.doit().has(GaussianExpectation) != closed


RULES = ["closed_forms", "orthant", "terms", "normal_form", "absolute_moments", "existence"]
RULES += ["bivariate_normal", "normal_integrals"]


@pytest.mark.parametrize("module", RULES)
def test_no_rule_names_an_activation(module):
    """Functions of mathematics aside, no name of the catalogue occurs in the rules."""
    mathematics = {"exp", "erf", "sin", "cos", "sign", "abs", "square", "linear", "cube"}
    mathematics |= {"gaussian", "sigmoid", "softplus", "tanh", "atan", "step"}
    tree = ast.parse((Path(theory.__file__).parent / f"{module}.py").read_text())
    words = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    words |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    words |= {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    assert not words & (set(activations()) - mathematics)
    assert "integrate" not in words


@pytest.mark.slow
@pytest.mark.parametrize("name", ["abs", "celu", "cos", "cube", "elu", "erf", "gaussian", "gelu"])
@pytest.mark.parametrize(
    "law", [(R(7, 10), R(19, 10), R(2, 5)), (R(1, 50), R(30), R(-9, 10))], ids=["mild", "extreme"]
)
def test_two_point_forms(name, law):
    expr = expression(name)
    closed = E2(expr, expr, q1, q2, rho).doit()
    value = sp.N(closed.subs(dict(zip((q1, q2, rho), law, strict=True))), 27)
    exact = E2(expr, expr, *law).evalf(27)
    assert abs(value - exact) <= R(1, 10**25) * abs(exact)
