"""Compiled closed forms: Faddeeva, Gauss and scaled tails, and what is done where terms cancel."""

import mpmath
import numpy as np
import pytest
import scipy.special
import sympy as sp

from numerics.compile import compile
from numerics.enclosure import enclose
from numerics.expectation_nodes import rounding_size
from theory.errors import DivergentExpectationError
from theory.gaussian import E2, E
from theory.special import CosBelow, Phi, Phi2, SinBelow
from theory.symbols import q, q1, q2, rho

a, b, c, z = sp.symbols("a b c z", real=True)


def test_truncated_waves_equal_the_faddeeva_function_of_scipy():
    """E[exp(iyZ); Z <= h] = exp(-h²/2 + ihy) w((y + ih)/(i sqrt 2) ...) for h <= 0."""
    rng = np.random.default_rng(3)
    h, y = -rng.uniform(0, 8, 300), rng.choice([-1, 1], 300) * 10 ** rng.uniform(-3, 1.5, 300)
    w = scipy.special.wofz((-y - 1j * h) / np.sqrt(2))
    exact = np.exp(-(h**2) / 2 + 1j * h * y) * w / 2
    size = scipy.special.ndtr(h)
    cosine, sine = (compile(F(a, b), [a, b]) for F in (CosBelow, SinBelow))
    assert (abs(cosine(h, y) - exact.real) / size).max() < 2e-14
    assert (abs(sine(h, y) - exact.imag) / size).max() < 2e-14
    np.testing.assert_allclose(cosine(-h, y), np.exp(-(y**2) / 2) - exact.real, atol=2e-15)
    np.testing.assert_allclose(sine(-h, y), exact.imag, atol=2e-15)


def test_gauss_function_is_mpmaths_up_to_one():
    rng = np.random.default_rng(4)
    first, second = -rng.uniform(-0.9, 6, (2, 60)) / 2
    place = np.concatenate([rng.uniform(-2, 1, 40), 1 - 10 ** rng.uniform(-12, -1, 19), [1.0]])
    found = compile(sp.hyper((a, b), (c,), z), [a, b, c, z])(first, second, 0.5, place)
    exact = [
        float(mpmath.hyp2f1(*map(mpmath.mpf, (f, s, 0.5, p))))
        for f, s, p in zip(first, second, place, strict=True)
    ]
    np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-14)


def test_real_powers_compile_by_their_closed_form():
    """E|X|^p|Y|^p at p = 2 is q1 q2 (1 + 2 rho²); at rho = 1 and p = 3/2 it is E|Z|^3."""
    p = sp.Symbol("p", positive=True)
    power = sp.Abs(sp.Symbol("x")) ** p
    f = compile(E2(power, power, q1, q2, rho).doit(), [p, q1, q2, rho])
    assert f(2.0, 2.0, 3.0, 0.5) == pytest.approx(9.0, rel=1e-14)
    closed = E2("abs(x)**1.5", "abs(x)**1.5", q1, q2, rho).doit()
    assert compile(closed, [q1, q2, rho])(1.0, 1.0, 1.0) == pytest.approx(
        2**1.5 / np.sqrt(np.pi), rel=1e-14
    )


def test_scaled_tails_do_not_overflow():
    """e^{2q} Phi(-2 sqrt q) tends to 1/(2 sqrt(2 pi q)); at q = 400 it is .00996735164..."""
    f = compile(sp.exp(2 * q) * Phi(-2 * sp.sqrt(q)), [q])
    for value in (1.0, 400.0, 1e4):
        with mpmath.workdps(40):
            exact = mpmath.exp(2 * value) * mpmath.ncdf(-2 * mpmath.sqrt(value))
        assert f(value) == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.parametrize(
    "law",
    [(1e-6, 1e-6, 0.0), (30.0, 1e3, 0.99), (1e4, 1e4, 0.5), (1e3, 1e4, -0.99), (1e-3, 1.0, 0.999)],
)
def test_elu_kernel_at_extreme_variances(law):
    """Against E[elu(X) E[elu(Y) | X]], integrated in one dimension with many digits."""
    kernel = compile(E2("elu", "elu", q1, q2, rho), [q1, q2, rho])
    with mpmath.workdps(30):
        v, w, r = map(mpmath.mpf, law)
        s, spread = mpmath.sqrt(v), mpmath.sqrt(w * (1 - r * r))

        def elu(x):
            return x if x > 0 else mpmath.expm1(x)

        def mean(x):
            m = r * mpmath.sqrt(w / v) * x
            tail = mpmath.exp(m + spread**2 / 2) * mpmath.ncdf(-(m + spread**2) / spread)
            linear = spread * mpmath.npdf(m / spread) + m * mpmath.ncdf(m / spread)
            return linear + tail - mpmath.ncdf(-m / spread)

        near = sorted({k * t for k in (-1, 1) for t in (0, s / 8, s, 3 * s, 12 * s, spread, 5)})
        places = [p for p in near if abs(p) <= 12 * s]
        exact = mpmath.quad(lambda x: elu(x) * mean(x) * mpmath.npdf(x, 0, s), places)
    size = min(v, 1) * min(w, 1) if max(law) <= 1 else mpmath.sqrt(v * w)
    assert abs(kernel(*law) - exact) < 1e-12 * float(max(abs(exact), mpmath.sqrt(size) * 1e-3))


def test_a_vanishing_kernel_is_nearly_zero_at_large_variances():
    kernel = compile(E2("hardtanh", "hardtanh", q1, q2, rho), [q1, q2, rho])
    assert abs(kernel(1e4, 1e4, 0.0)) < 1e-15
    assert kernel(1.0, 1.0, 0.5) == pytest.approx(0.23816916580077065384, rel=1e-14)


def test_rounding_size_adds_what_the_value_subtracts():
    size = rounding_size(sp.exp(q) * Phi2(-q, -1, rho) - q * Phi(-q))
    found = compile(size, [q, rho])(2.0, 0.5)
    terms = [
        float((sp.exp(2) * 3 * Phi2(-2, -1, sp.Rational(1, 2))).evalf()),
        float(2 * Phi(-2).evalf()),
    ]
    assert found == pytest.approx(sum(terms), rel=1e-12)


def test_truncated_sine_compiles_alike_in_closed_form_and_as_a_node():
    e = E(sp.Piecewise((sp.sin(a), a > 1), (0, True)).subs(a, sp.Symbol("x")), q)
    values = np.array([0.2, 1.0, 30.0])
    np.testing.assert_allclose(
        compile(e.doit(), [q])(values), compile(e, [q])(values), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("law", [(1.0, 1.0, 1.0, 0.5), (3.0, 1.0, 1.0, 0.1), (0.1, 6.0, 1.0, 0.0)])
def test_a_law_without_expectation_is_refused(law):
    """E exp(aX²) exp(aY²) exists where I - 2a Sigma is positive; beyond, the form may be real."""
    rate = sp.Symbol("a", positive=True)
    f = sp.exp(rate * sp.Symbol("x") ** 2)
    kernel = compile(E2(f, f, q1, q2, rho), [rate, q1, q2, rho])
    assert kernel(0.1, 1.0, 2.0, 0.5) == pytest.approx(
        (0.8 * 0.6 - 4 * 0.01 * 0.5) ** -0.5, rel=1e-14
    )
    with pytest.raises(DivergentExpectationError, match="it exists only for"):
        kernel(*law)


def test_truncated_waves_are_enclosed():
    """The ball of the closed form meets the one integrated in the plane, and the number."""
    wave = sp.Piecewise((sp.sin(a), a > 1), (0, True)).subs(a, sp.Symbol("x"))
    node = E2(wave, sp.sin(2 * sp.Symbol("x")), q1, q2, rho)
    law = {q1: 1, q2: 2, rho: sp.Rational(1, 2)}
    closed = enclose(node, law, digits=20)
    integrated = enclose(node, law, digits=10, closed_forms=False)
    assert closed.lower <= integrated.upper
    assert integrated.lower <= closed.upper
    assert float(closed) == pytest.approx(compile(node, [q1, q2, rho])(1, 2, 0.5), rel=1e-13)
