"""Pooling over neurons: maxima and averages as expressions."""

import mpmath
import pytest
import sympy as sp

from theory.activation import Activation
from theory.errors import InputError, UnknownNameError
from theory.gaussian import E
from theory.guessing.max_kernel import MaxKernel, MaxSlope
from theory.guessing.pooling import PooledMeanField
from theory.guessing.ranked import RankedExpectation
from theory.symbols import q, rho, sigma_b2, sigma_w2, x

PI = sp.pi


def test_relu_both_critical_lines():
    """Bassi et al. 2025 draw V' = 1; chi_1 = 1 is elsewhere."""
    top, mean = (PooledMeanField("relu", pooling) for pooling in ("max", "average"))
    assert sp.simplify(top.chi_q / sigma_w2 - (3 * PI + 2) / (4 * PI)) == 0
    assert sp.simplify(mean.chi_q / sigma_w2 - (PI + 1) / (4 * PI)) == 0
    assert sp.simplify(top.variance_critical_sigma_w2 - 4 * PI / (3 * PI + 2)) == 0
    assert sp.simplify(mean.variance_critical_sigma_w2 - 4 * PI / (PI + 1)) == 0
    assert top.gradient_critical_sigma_w2 == sp.Rational(4, 3)
    assert mean.gradient_critical_sigma_w2 == 4
    assert float(top.gradient_ratio) == pytest.approx(0.824941893, abs=1e-9)
    assert float(mean.gradient_ratio) == pytest.approx(0.758546993, abs=1e-9)
    assert not top.edge_of_chaos.exists
    assert not mean.edge_of_chaos.exists


@pytest.mark.parametrize("text", ["tanh", "erf", "sin(x)", "x**3 - x"])
def test_maximum_of_two_odd_functions_keeps_variance_and_gradients(text):
    """E max^2 + E min^2 = 2 E phi^2, and the two are equal by symmetry."""
    phi = Activation(text)
    pool = PooledMeanField(phi, "max")
    assert pool.second_moment == E(phi.expr**2, q)
    assert pool.slope_moment == E(phi.derivative_expr(1) ** 2, q)
    assert pool.mean != 0


@pytest.mark.parametrize(("text", "size"), [("softplus", 3), ("exp(-x)", 2), ("exp(-abs(x))", 4)])
def test_moments_against_order_statistics(text, size):
    """E g(m) = int g d(F^k), with F^k integrated by parts along the line."""
    phi, at = Activation(text), {q: sp.Rational(7, 5)}
    pool = PooledMeanField(phi, "max", size)
    f = {
        "softplus": lambda y: mpmath.log1p(mpmath.exp(y)),
        "exp(-x)": lambda y: mpmath.exp(-y),
        "exp(-abs(x))": lambda y: mpmath.exp(-abs(y)),
    }[text]
    with mpmath.workdps(20):
        scale = mpmath.sqrt(mpmath.mpf(7) / 5)
        if text == "exp(-abs(x))":
            law = lambda z: (2 * mpmath.ncdf(-z)) ** (size - 1) * 2 * mpmath.npdf(z)  # noqa: E731
            edges = [0, 1, 4, 12]
        else:
            side = -1 if text == "exp(-x)" else 1
            law = lambda z: mpmath.ncdf(side * z) ** (size - 1) * mpmath.npdf(z)  # noqa: E731
            edges = [-14, -4, 0, 4, 14]
        expected = mpmath.quad(lambda z: size * f(scale * z) ** 2 * law(z), edges)
    assert float(pool.second_moment.evalf(15, subs=at)) == pytest.approx(
        float(expected), rel=1e-12
    )


def test_rank_of_a_function_that_turns():
    """A slight wave on a line keeps the level sets half-lines: both routes must agree."""
    wave = Activation("x + sin(x)/2")
    node = RankedExpectation(wave.expr**2, wave, 2 * sp.Symbol("F", nonnegative=True), 1)
    assert float(node.evalf(12)) == pytest.approx(float(E(wave.expr**2, 1).evalf(12)), rel=1e-10)


def test_average_is_a_layer_with_correlated_weights():
    pool = PooledMeanField("tanh", "average", 3)
    plain = E(sp.tanh(x) ** 2, q)
    assert sp.simplify(pool.variance_map - sigma_b2 - sigma_w2 * plain / 3) == 0
    gelu = PooledMeanField("gelu", "average", 2)
    mean, second = (E(Activation("gelu").expr ** n, 1).evalf(15) for n in (1, 2))
    found = (gelu.variance_map - sigma_b2).subs(q, 1) / sigma_w2
    assert float(found) == pytest.approx(float((second + mean**2) / 2), rel=1e-12)


def test_kernel_at_its_ends():
    relu = Activation("relu")
    kernel = MaxKernel(relu, 2, q, q, rho)
    second = q * (2 + 3 * PI) / (4 * PI)
    assert sp.simplify(kernel.subs(rho, 1).doit() - second) == 0
    mean = MaxKernel(relu, 2, 1, 1, 0).doit()
    # by parts, 2 int_0^oo z Phi(z) n(z) dz = n(0) + 1/(2 sqrt(pi))
    expected = (1 + sp.sqrt(2)) ** 2 / (4 * PI)
    assert float(mean) == pytest.approx(float(expected), rel=1e-14)
    assert kernel.diff(rho) == q * MaxSlope(relu, 2, q, q, rho)
    assert r"\max" in sp.latex(kernel)


def test_edge_of_chaos_of_a_maximum_is_that_of_the_function_if_it_is_odd():
    pool, plain = PooledMeanField("erf", "max"), PooledMeanField("erf", "average")
    assert pool.edge_of_chaos.sigma_w2 == PI * sp.sqrt(4 * q + 1) / 4
    assert plain.edge_of_chaos.sigma_w2 == PI * sp.sqrt(4 * q + 1) / 2
    assert pool.correlation_rate.power == 2
    assert plain.correlation_rate.power == 1


@pytest.mark.parametrize("size", [1, 2.5, True, "2", 0])
def test_pool_sizes_that_are_none(size):
    with pytest.raises(InputError, match="pool_size is a whole number of neurons >= 2"):
        PooledMeanField("relu", "max", size)


def test_unknown_pooling():
    with pytest.raises(UnknownNameError, match="write 'max' or 'average'"):
        PooledMeanField("relu", "median")


@pytest.mark.parametrize("text", ["x", "abs(x)"])
def test_product_of_maxima_in_closed_form(text):
    """max(a, b) = (a + b)/2 + |a - b|/2, and max(|a|, |b|) = |a + b|/2 + |a - b|/2."""
    rho = sp.Rational(1, 2)
    moduli = 2 / PI * (sp.sqrt(1 - rho**2) + rho * sp.asin(rho))  # E |X Y|
    expected = {"x": (rho + moduli) / 2, "abs(x)": moduli + 2 / PI}[text]
    found = MaxKernel(Activation(text), 2, 1, 1, rho).evalf(10)
    assert float(found) == pytest.approx(float(expected), rel=1e-9)


def test_slope_of_maxima_of_a_line_in_closed_form():
    """d/drho of the above at rho = 1/3, where dE |X Y|/drho = (2/pi) asin rho."""
    rho = sp.Rational(1, 3)
    found = MaxSlope(Activation("x"), 2, 2, 2, rho).evalf(8)
    assert float(found) == pytest.approx(float(sp.S.Half + sp.asin(rho) / PI), rel=1e-7)
