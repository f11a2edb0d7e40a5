"""Integrands with features far narrower than the Gaussian, at variances from 1e-8 to 1e6."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from numerics.compile import compile
from theory.activation import Activation
from theory.gaussian import E
from theory.special import NUMERIC
from theory.symbols import q, x

#: Formula and the (place, width) of its features.
CASES = {
    "exp(-100*(x-3)**2)*tanh(x)": [(3, 0.07)],
    "exp(-10**6*(x-3)**2)": [(3, 7e-4)],
    "tanh(1000*x)**2": [(0, 1e-3)],
    "tanh(1000*(x-2))": [(2, 1e-3)],
    "1/(1+10000*(x-3)**2)": [(3, 0.01)],
    "1/(1+exp(500*(x-30)))": [(30, 2e-3)],
    "erf(300*(x+1))*abs(x-1/3)": [(-1, 2e-3), (1 / 3, 1)],
    "max(x-3,0)*exp(-200*(x-5)**2)": [(3, 1), (5, 0.05)],
    "exp(-1000*(tanh(x)-1/2)**2)": [(0.549306, 0.02)],
    "abs(x-1/2)*exp(-10**8*x**2)": [(0, 1e-4), (0.5, 1e-4)],
    "abs(x-1000)": [(1000, 1)],
}
VARIANCES = [1e-8, 1e-2, 1.0, 100.0, 6e4, 1e6]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(30)


def reference(formula, variance):
    """Gauss-Legendre on panels that double in length away from each feature."""
    f = sp.lambdify(x, Activation(formula).expr, [NUMERIC, "mpmath"])
    reach, cuts = 12 * variance**0.5, {0.0}
    for place, width in [*CASES[formula], (0, 1), (0, variance**0.5)]:
        steps = width * 2.0 ** np.arange(-2, 2 + max(1, np.log2(4 * reach / width)))
        cuts.update(c for c in (place, *(place + steps), *(place - steps)) if abs(c) < reach)
    cuts = sorted(cuts | {-reach, reach})
    total = mpmath.mpf(0)
    for low, high in itertools.pairwise(cuts):
        at = (low + high) / 2 + (high - low) / 2 * _NODES
        with np.errstate(under="ignore"):
            density = np.exp(-at * at / (2 * variance)) * _WEIGHTS * (high - low) / 2
        values = (f(mpmath.mpf(a)) * mpmath.mpf(d) for a, d in zip(at, density, strict=True) if d)
        total += mpmath.fsum(values)
    return float(total / mpmath.sqrt(2 * mpmath.pi * variance))


@pytest.mark.parametrize("formula", CASES)
def test_compiled_moments(formula):
    values = compile(E(formula, q), [q])(VARIANCES)
    for variance, value in zip(VARIANCES, values, strict=True):
        if variance >= 1 or value > 1e-100:  # else the mass lies far out, where the density ends
            assert value == pytest.approx(reference(formula, variance), rel=2e-12), variance


@pytest.mark.parametrize("formula", list(CASES)[::3])
def test_digits(formula):
    node = E(formula, q)
    for variance in (1.0, 6e4):
        value = float(node.evalf(15, subs={q: sp.Rational(variance)}))
        assert value == pytest.approx(reference(formula, variance), rel=1e-12)


def test_a_bump_at_every_place():
    a = sp.Symbol("a", real=True)
    node = E(sp.exp(-400 * (x - a) ** 2), q)
    place = np.array([0.0, 0.5, 3.0, -20.0, 400.0])
    for variance in (0.5, 9.0, 1e4):
        spread = 1 + 800 * variance
        exact = np.exp(-400 * place**2 / spread) / np.sqrt(spread)
        found = compile(node, [q, a])(variance, place)
        # the bump is at |z| = |place|/sigma; deep in the tail the panels keep fewer digits
        np.testing.assert_allclose(found, exact, rtol=1e-11, atol=1e-290)
