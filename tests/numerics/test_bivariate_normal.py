"""Kernels and balls of the bivariate normal functions against their digits."""

import random

import numpy as np
import pytest
import sympy as sp
from flint import arb

from numerics.balls import evaluate_ball
from numerics.compile import compile
from theory.gaussian import E2
from theory.special import BinormalExp, OwenT, Phi2, PhiGiven
from theory.symbols import q1, q2, rho

R = sp.Rational
h, k, r, a = sp.symbols("h k r a", real=True)


def places(count, seed=5):
    """(h, k, r): near and far thresholds, equal and opposite ones, correlations up to ±1."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        first = draw.choice([draw.gauss(0, 1), draw.gauss(0, 4), 10 ** draw.uniform(-6, 2)])
        second = draw.choice([first, -first, first * (1 + 1e-10), draw.gauss(0, 2)])
        near = 1 - 10 ** draw.uniform(-14, -1)
        found.append(
            (first, second, draw.choice([draw.uniform(-1, 1), near, -near, 0.0, 1.0, -1.0]))
        )
    return found


def slopes(count, seed=6):
    draw = random.Random(seed)
    heights = [
        draw.choice([draw.gauss(0, 2), 10 ** draw.uniform(-6, 3), 0.0]) for _ in range(count)
    ]
    return [(t, draw.choice([draw.gauss(0, 1), 10 ** draw.uniform(-8, 8), -1.0])) for t in heights]


CASES = [
    (Phi2, (h, k, r), places),
    (PhiGiven, (h, k, r), places),
    (BinormalExp, (h, k, r), places),
    (OwenT, (h, a), slopes),
]


@pytest.mark.parametrize(
    ("function", "symbols", "draw"), CASES, ids=lambda c: getattr(c, "__name__", "")
)
def test_kernels_are_accurate_to_the_last_digits(function, symbols, draw):
    points = draw(60)
    values = compile(function(*symbols), symbols)(*np.array(points).T)
    for point, value in zip(points, values, strict=True):
        assert abs(float(function(*map(R, point)).evalf(20)) - value) < 3e-16, point


@pytest.mark.parametrize(
    ("function", "symbols", "draw"), CASES, ids=lambda c: getattr(c, "__name__", "")
)
def test_balls_contain_the_digits(function, symbols, draw):
    for point in draw(25, seed=9):
        exact = function(*map(R, point)).evalf(30)
        thin = evaluate_ball(function(*map(R, point)))
        assert thin.overlaps(arb(str(exact)))
        assert thin.rad() < 1e-15
        wide = {s: (R(v) - R(1, 1000), R(v)) for s, v in zip(symbols, point, strict=True)}
        wide[symbols[-1]] = R(point[-1])
        assert evaluate_ball(function(*symbols), wide).overlaps(arb(str(exact)))


def test_compiled_kernels_hold_up_to_perfect_correlation():
    closed = E2("hardtanh", "hardtanh", q1, q2, rho).doit()
    kernel = compile(closed, [q1, q2, rho])
    for variances in ((1e-6, 1e-6), (0.7, 1.9), (3.0, 3.0), (40.0, 1e-3)):
        for correlation in (1.0, -1.0, 1 - 1e-12, 0.3, -0.99):
            at = dict(zip((q1, q2, rho), map(R, (*variances, correlation)), strict=True))
            exact = float(closed.subs(at).evalf(18))
            scale = (variances[0] * variances[1]) ** 0.5
            assert abs(kernel(*variances, correlation) - exact) < 4e-15 * scale
