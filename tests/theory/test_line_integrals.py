"""Half-line integrals of decaying remainders against quadrature."""

import mpmath
import pytest
import sympy as sp

from theory.bound import BOUND
from theory.line_integrals import decaying_integral
from theory.special import NUMERIC, Phi

R = sp.Rational

CASES = {
    "erfc": (sp.erf(BOUND) - 1, R(0)),
    "moment of erfc": (BOUND**3 * (1 - sp.erf(2 * BOUND + 1)), R(1, 3)),
    "square": (Phi(BOUND) ** 2 - 1, R(0)),
    "product": (BOUND * (Phi(BOUND - 1) * sp.erf(2 * BOUND) - 1), R(1)),
    "exponential": (BOUND**2 * sp.exp(-3 * BOUND), R(1, 2)),
    "bell": (BOUND * sp.exp(-(BOUND**2) / 3 + BOUND) * Phi(BOUND), R(-1)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_quadrature(name):
    expr, start = CASES[name]
    f = sp.lambdify(BOUND, expr, ["mpmath", NUMERIC])
    with mpmath.workdps(25):
        ends = [mpmath.mpf(start.p) / start.q, 2, 4, 8, 16, 40]
        expected = sp.Float(mpmath.nstr(mpmath.quad(f, ends), 24), 24)
    assert abs(decaying_integral(expr, start).evalf(22) - expected) < R(1, 10**19)


@pytest.mark.parametrize(
    "expr", [sp.tanh(BOUND) - 1, sp.erf(BOUND), sp.exp(BOUND), 1 / BOUND**2, sp.sin(BOUND)]
)
def test_what_does_not_decay_or_belong_is_left(expr):
    assert decaying_integral(expr, R(1)) is None
