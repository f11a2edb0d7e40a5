"""The variance map of x g(log|x|): its Fourier series against direct quadrature."""

import mpmath
import pytest
import sympy as sp

from theory.errors import AssumptionError, InputError
from theory.fixed_point_family import FixedPointFamily, absolute_moment
from theory.symbols import u, x


def by_quadrature(expr, place):
    """E phi(e^u Z)^2 / e^(2u) on a logarithmic scale, which resolves the oscillation."""
    phi = sp.lambdify(x, expr, "mpmath")

    def integrand(s):
        z = mpmath.exp(s)
        square = sum(phi(side * mpmath.exp(place) * z) ** 2 for side in (1, -1))
        return square * mpmath.npdf(z) * z / mpmath.exp(2 * place)

    return mpmath.quad(integrand, mpmath.linspace(-24, 3, 28))


@pytest.mark.parametrize(
    ("delta", "omega", "at_0", "at_third"),
    [
        (1, 2, "1.85933609030106587", "2.07204122666105329"),
        ("0.5", 6, "0.999106159268415361", "0.998745631927982011"),
        ("0.99", 6, "1.01171958993553884", "1.01098564785823038"),
    ],
)
def test_published_values_of_the_series(delta, omega, at_0, at_third):
    family = FixedPointFamily(delta=delta, omega=omega)
    assert str(family.evaluate(0, 18)) == at_0
    assert str(family.evaluate("0.3", 18)) == at_third


@pytest.mark.parametrize(
    "text",
    [
        "x*exp(sin(2*log(abs(x)))/2)",
        "x*(2 + sin(log(abs(x))))",
        "max(x, 0)*(3 + cos(2*log(abs(x))))",
        "x*sqrt(2 + sin(log(abs(x))))",
        "x*exp(sin(2*log(abs(x))) + cos(4*log(abs(x)))/4)",
    ],
)
def test_the_series_is_the_expectation(text):
    family = FixedPointFamily(text)
    found = family.evaluate("0.7", 15)
    direct = by_quadrature(family.activation.expr.xreplace({x: x}), mpmath.mpf("0.7"))
    assert abs(found - direct) < 1e-11


def test_the_derivative_is_that_of_the_series():
    family = FixedPointFamily(delta=1, omega=3)
    step = sp.Rational(1, 10**6)
    difference = family.evaluate(step, 25) - family.evaluate(-step, 25)
    assert abs(difference / (2 * step) - family.evaluate(0, 25, derivative=1)) < 1e-10


def test_m_has_its_period_and_not_half_of_it():
    family = FixedPointFamily(delta=1, omega=2)
    assert (
        abs(family.evaluate("0.3", 18) - family.evaluate(sp.pi + sp.Rational(3, 10), 18)) < 1e-16
    )
    half = family.evaluate(sp.pi / 2 + sp.Rational(3, 10), 18)
    assert abs(family.evaluate("0.3", 18) - half) > 0.1


def test_parameters_may_be_symbols():
    family = FixedPointFamily()
    delta, omega = family.activation.parameters
    assert family.ratio == sp.exp(4 * sp.pi / omega)
    n = sp.Symbol("n", integer=True)
    known = (-sp.I) ** n * sp.besseli(n, 2 * delta / omega)
    assert sp.simplify(family.coefficient(n) - known) == 0
    assert not family.variance_map.has(u)
    assert r"I_{n}" in family.latex()
    with pytest.raises(InputError, match="delta has no value"):
        family.evaluate(0)


def test_absolute_moments_decay_like_the_hyperbolic_cosine():
    nu = sp.Rational(7, 3)
    size = sp.sqrt((1 + nu**2) / sp.cosh(sp.pi * nu / 2))
    assert abs(sp.Abs(absolute_moment(nu)).evalf(30) - size.evalf(30)) < 1e-28


@pytest.mark.parametrize(
    ("text", "message"), [("tanh(x)", "periodic"), ("relu", "homogeneous of degree 1")]
)
def test_other_activations_are_refused(text, message):
    with pytest.raises(AssumptionError, match=message):
        FixedPointFamily(text)


def test_parameters_out_of_range_are_refused():
    with pytest.raises(InputError, match="must lie in"):
        FixedPointFamily(delta=2, omega=1)
    with pytest.raises(InputError, match="positive"):
        FixedPointFamily(delta=1, omega=0)
    with pytest.raises(InputError, match="pass an activation, or"):
        FixedPointFamily("x*(2+sin(log(abs(x))))", delta=1)
