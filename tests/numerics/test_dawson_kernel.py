"""exp(-x**2) erfi(x) in kernels: no overflow, no loss at either end."""

import numpy as np
import sympy as sp

from numerics.compile import compile
from theory.gaussian import E
from theory.symbols import q, x

PLACES = [1e-8, 0.1, 0.199, 0.2, 0.3, 0.9, 1.7, 3.3, -2.0, 30.0]


def test_product_of_a_gaussian_and_erfi():
    kernel = compile(sp.exp(-(x**2)) * sp.erfi(x), [x])
    exact = [
        float((sp.exp(-(x**2)) * sp.erfi(x)).subs(x, sp.Rational(p)).evalf(20)) for p in PLACES
    ]
    assert np.allclose(kernel(PLACES), exact, rtol=1e-15, atol=0)


def test_half_wave_at_a_variance_where_erfi_overflows():
    closed = E("step(x)*sin(2*x)", q).doit()
    assert closed.has(sp.erfi)
    exact = float(closed.subs(q, 10**4).evalf(20))
    assert abs(compile(closed, [q])(1e4) / exact - 1) < 1e-14
