"""Bends: places and widths of what a formula does on a short scale."""

import math

import pytest
import sympy as sp

from theory.activation import Activation
from theory.bends import bend_finder, bends
from theory.catalogue import CATALOGUE
from theory.pieces import pieces
from theory.symbols import x


@pytest.mark.parametrize(
    ("formula", "places", "width"),
    [
        ("exp(-100*(x-3)**2)*tanh(x)", [3], 0.1),
        ("tanh(1000*(x-2))", [2], math.pi / 2000),
        ("erf(300*(x+1))", [-1], 1 / 300),
        ("1/(1+10000*(x-3)**2)", [3], 0.01),
        ("1/(1+exp(500*(x-30)))", [30], math.pi / 500),
        ("sqrt(1/10**6+(x-2)**2)", [2], 1e-3),
        ("exp(-1000*(tanh(x)-1/2)**2)", [math.atanh(0.5)], 0.03),
        ("exp(-50*(x**2-9)**2)", [-3, 3], 0.0236),
        ("log(1+exp(200*(x-4)))", [4], math.pi / 200),
    ],
)
def test_narrow_features_are_found(formula, places, width):
    found = [b for b in bends(Activation(formula).expr, x) if not b.at_origin and b.width < 1]
    assert [b.place for b in found] == pytest.approx(places, rel=1e-6)
    assert all(width / 3 < b.width < 3 * width for b in found)


@pytest.mark.parametrize("formula", ["sin(50*x)", "x**5 + x", "exp(40*x)", "tanh(sin(30*x))"])
def test_waves_and_polynomials_have_none_away_from_the_origin(formula):
    assert all(b.at_origin for b in bends(Activation(formula).expr, x))


def test_parameters_move_a_bend():
    a, c = sp.symbols("a c", real=True)
    find = bend_finder((sp.tanh(a * (x - c)),), x, (a, c))
    assert find((100.0, 5.0))[0].place == pytest.approx(5)
    assert find((100.0, -7.0))[0].place == pytest.approx(-7)


def test_a_listed_activation_is_seen_from_the_origin_or_cut():
    for name in CATALOGUE:
        phi = Activation(name)
        if not phi.parameters:
            for part in pieces(phi.expr):
                assert all(bend.at_origin for bend in bends(part.expr, x)), name
