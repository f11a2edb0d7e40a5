"""The list of constraints an activation has to meet."""

from functools import cache

import mpmath
import pytest
import sympy as sp

import initheory as it

NAMES = ["range", "zero", "growth", "kurtosis", "moments", "transform"]


@cache
def constraints(phi):
    return it.gaussian_constraints(phi)


def status(found):
    return {c.name: c.status for c in found}


@pytest.mark.parametrize(
    "phi", ["tanh", "erf(x/sqrt(2))", "x", "sign", "weibull_activation(x, 3)"]
)
def test_activations_that_meet_them_all(phi):
    found = constraints(phi)
    assert status(found) == dict.fromkeys(NAMES, "met")
    assert found.ok
    assert found.exists is not False


@pytest.mark.parametrize(
    ("phi", "violated"),
    [
        ("relu", {"range", "zero", "kurtosis", "moments", "transform"}),
        ("gelu", {"kurtosis", "moments", "transform"}),
        ("x**3", {"zero", "growth", "kurtosis", "moments", "transform"}),
        ("hardtanh", {"moments", "transform"}),
        ("exp(-x**2)", {"zero", "moments", "transform"}),
        ("leaky_relu", {"kurtosis", "moments", "transform"}),
    ],
)
def test_violations(phi, violated):
    found = constraints(phi)
    assert {c.name for c in found.violated} == violated
    assert found.exists is False
    assert found.certificate.verify()
    assert all("\n" not in c.reason for c in found)


def test_super_gaussian_growth_is_an_answer():
    found = constraints("x*exp(x**2/8)")
    assert found["growth"].status == found["kurtosis"].status == "violated"
    assert found.exists is False


def test_the_zero_gives_the_inverse_moment():
    # a C^1 activation with one zero needs E |W|^(-1) = |phi'(0)|
    assert constraints("tanh")["zero"].numbers["E |W|^(-1)"] == 1
    maxwell = constraints("erf(x/sqrt(2))")
    assert maxwell["zero"].numbers["E |W|^(-1)"] == sp.sqrt(2 / sp.pi)
    assert maxwell.weights.abs_moment(-1) == sp.sqrt(2 / sp.pi)
    weibull = constraints("weibull_activation(x, 3)")
    assert sp.simplify(weibull["zero"].numbers["E |W|^(-1)"] - sp.gamma(sp.Rational(2, 3))) == 0


def test_kinked_zeros_add_both_sides():
    # slopes 1 and a: density (1 + 1/a)/sqrt(2 pi), so E |W|^(-1) = 2 a/(1 + a)
    found = constraints("max(x, 0) + 3*min(x, 0)")
    assert found["zero"].numbers["E |W|^(-1)"] == sp.Rational(3, 2)


def test_tails():
    cusp = constraints("sign(x)*abs(x)**(1/3)")["growth"]
    assert cusp.numbers["tail index of W"] == 3
    line = constraints("2*x")["growth"]
    assert line.numbers["ess sup |W|"] == sp.Rational(1, 2)


def test_the_kurtosis_is_a_quadrature():
    value = constraints("tanh")["kurtosis"].numbers["kurtosis of phi(X)"]
    with mpmath.workdps(20):
        second, fourth = (
            mpmath.quad(lambda t, k=k: mpmath.tanh(t) ** k * mpmath.npdf(t), [-12, -3, 0, 3, 12])
            for k in (2, 4)
        )
        seen = value.evalf(20)
        assert abs(fourth / second**2 - mpmath.mpf(seen._mpf_)) < 1e-15


def test_parameters_leave_it_undecided():
    found = constraints("x*sigmoid(beta*x)")
    assert found["kurtosis"].status == "undecided"
    assert found.exists is None
    assert found["zero"].numbers["E |W|^(-1)"] == sp.Rational(1, 2)


def test_presentation():
    found = constraints("relu")
    assert repr(found) == "GaussianConstraints('relu': 5 violated, exists=False)"
    assert str(found).count("\n") == 7
    assert found.latex().startswith(r"\begin{array}")
    with pytest.raises(it.UnknownNameError, match="range, zero"):
        found["ranges"]
    with pytest.raises(it.InitheoryError):
        constraints("reluu")


def test_the_margin_of_asinh_is_positive():
    """By another route: x = sinh(e^u), trapezoidal in u, 25 digits, gives 3.2130753e-5."""
    least = it.gaussian_constraints("asinh(x)")["transform"].numbers["least eigenvalue"]
    assert abs(least - sp.Float("3.2130753e-5")) < 1e-7
