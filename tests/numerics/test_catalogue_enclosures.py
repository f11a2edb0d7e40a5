"""Enclosures of every catalogue activation's moments against quadrature of forty digits."""

import time

import pytest
import sympy as sp

from numerics.enclosure import enclose
from theory.activation import Activation
from theory.catalogue import CATALOGUE
from theory.gaussian import E
from theory.symbols import q

NAMES = [name for name in CATALOGUE if not Activation(name).parameters]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_thirty_certified_digits(name):
    phi = Activation(name)
    for integrand in (phi.expr, phi.expr**2, phi.derivative(1).expr ** 2):
        node = sp.sympify(E(integrand, q))
        for variance in ("1/1000000", "1", "10000"):
            at = {q: sp.Rational(variance)}
            start = time.perf_counter()
            found = enclose(node, at, digits=30)
            assert time.perf_counter() - start < 20  # all below 1.2 s on a core
            reference = node.evalf(40, subs=at)
            gap = abs(reference - found.midpoint)
            assert gap <= found.radius + abs(reference) * sp.Float("1e-38", 40)


def test_a_value_of_zero_at_more_bits_than_a_double_has_exponents():
    mean = Activation("selu").expr
    start = time.perf_counter()
    found = enclose(E(mean, 1), digits=30)  # zero by the choice of its constants
    assert time.perf_counter() - start < 15
    assert found.ball().contains(0)
    assert found.radius < 1e-30


def test_a_thousand_certified_digits():
    found = enclose(E("tanh(x)**2", q), {q: 1}, digits=1000)
    assert found.digits >= 1000
