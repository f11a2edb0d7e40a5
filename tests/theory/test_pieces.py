"""Smooth pieces and the jumps between them."""

import pytest
import sympy as sp

from theory.errors import UndecidedError
from theory.parser import parse
from theory.pieces import compare, jumps, pieces
from theory.symbols import x

ALPHA = sp.Symbol("alpha", real=True)
H = sp.Symbol("h", positive=True)


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ("max(x, 0)", [0]),
        ("min(max(x, -1), 1)", [-1, 1]),
        ("abs(abs(x) - 1)", [-1, 0, 1]),
        ("abs(x**2 - 2)", [-sp.sqrt(2), sp.sqrt(2)]),
        ("tanh(x)", []),
        ("max(x, x)", []),
        ("piecewise((0, x < -1), (x, x < 1/3), (1, True))", [-1, sp.Rational(1, 3)]),
        ("sqrt(abs(x - 5))", [5]),
        ("abs(exp(x) - 1)", [0]),
    ],
)
def test_breakpoints_are_exact(text, cuts):
    assert [p.lower for p in pieces(parse(text))[1:]] == cuts


@pytest.mark.parametrize(
    "text", ["max(0, x)*tanh(x) + abs(x - 1)", "sign(x)*min(2, x**2)", "relu6(x) - abs(x - 1/2)"]
)
def test_pieces_agree_with_the_expression(text):
    expr = parse(text)
    for piece in pieces(expr):
        low = piece.lower if piece.lower.is_finite else piece.upper - 3
        high = piece.upper if piece.upper.is_finite else piece.lower + 3
        point = low + (high - low) * sp.Rational(3, 7)
        assert sp.simplify(expr.subs(x, point) - piece.expr.subs(x, point)) == 0


def test_symbolic_breakpoints_need_only_their_order():
    shrink = sp.Max(x - H, 0) - sp.Max(-x - H, 0)
    assert jumps(shrink, 1) == ((-H, -1), (H, 1))
    assert jumps(sp.Max(0, x) + ALPHA * sp.Min(0, x), 1) == ((0, 1 - ALPHA),)


def test_undecidable_order_is_an_error_not_a_guess():
    with pytest.raises(UndecidedError, match="sign of"):
        pieces(sp.Max(x, ALPHA * x))
    with pytest.raises(UndecidedError, match="cannot be located exactly"):
        pieces(abs(sp.sin(x)))


def test_jumps_of_derivatives():
    elu = parse("elu(x)")
    assert jumps(elu, 0) == jumps(elu, 1) == ()
    assert jumps(elu, 2) == ((0, -1),)
    assert jumps(parse("step(x)"), 0) == ((0, 1),)
    assert jumps(parse("x*abs(x)"), 2) == ((0, 4),)
    assert jumps(parse("sign(x)*sqrt(abs(x))"), 1) == ((0, sp.oo),)


def test_compare_is_exact_near_ties():
    tiny = sp.sqrt(2) - sp.Rational(141421356237309504880168872420969807856967, 10**41)
    assert compare(tiny, sp.S.Zero) == 1
    assert compare(sp.sqrt(2) * sp.sqrt(3), sp.sqrt(6)) == 0
