"""All Hermite integrals at once, against Arb's own integrator one by one."""

import time

import pytest
import sympy as sp

from numerics.balls import as_ball
from numerics.gaussian_balls import gaussian_integral
from numerics.hermite_quadrature import _weight, hermite_coefficients
from theory.activation import as_activation
from theory.bound import BOUND
from theory.symbols import x

flint = pytest.importorskip("flint")


def _integral(text):
    return gaussian_integral(as_activation(text).expr.xreplace({x: BOUND}), BOUND)


@pytest.mark.parametrize(
    ("text", "variance"),
    [
        ("tanh(x)", "1"),
        ("tanh(x)", "100"),
        ("x**12", "3"),
        ("exp(5*x)", "1"),
        ("clip(x, -1, 2)", "1/3"),
        ("exp(-30*x**2)", "1"),
        ("sqrt(abs(x))", "1"),
        ("x*sigmoid(x)", ("9/10", "11/10")),
    ],
)
def test_agrees_with_the_integrals_one_by_one(text, variance):
    integral = _integral(text)
    with flint.ctx.workprec(130):
        q = as_ball(variance)
        found = hermite_coefficients(integral, q, 24)
        for n in (0, 1, 2, 3, 23, 24):
            single = integral(flint.arb(0), q, (), n)
            assert found[n].overlaps(single)
            assert found[n].rad() <= 10 * single.rad() + flint.arb(10) ** -30


def test_polynomials_have_finitely_many_coefficients():
    with flint.ctx.workprec(120):
        found = hermite_coefficients(_integral("x**3"), flint.arb(1), 8)
        expected = [0, 3, 0, flint.arb(6).sqrt(), 0, 0, 0, 0, 0]
        for ball, value in zip(found, expected, strict=True):
            assert ball.contains(value)
            assert ball.rad() < flint.arb(10) ** -28


def test_the_bound_of_the_hermite_factor_is_a_bound():
    """Mehler's bound against values; with twice the decay in x it fails."""
    arb, acb = flint.arb, flint.acb
    for n in (0, 3, 20, 60):
        for real, imaginary in ((0.0, 0.8), (3.0, 0.5), (7.0, 0.1), (9.0, 0.0)):
            z = acb(real, imaginary)
            polynomial = flint.acb_poly(
                [int(c) for c in reversed(sp.Poly(sp.hermite_prob_poly(n, x), x).all_coeffs())]
            )
            size = abs(polynomial(z) * (-z * z / 2).exp()) / arb(n).fac().sqrt()
            bound = _weight(arb(real), arb(0), arb(imaginary), n)
            assert size < bound
    assert not size < bound**2


def test_forty_one_terms_take_milliseconds():
    integral = _integral("tanh(x)")
    with flint.ctx.workprec(150):
        hermite_coefficients(integral, flint.arb(1), 41)
        start = time.process_time()
        hermite_coefficients(integral, flint.arb(1), 41)
        assert time.process_time() - start < 0.5  # 0.03 s on an idle core
