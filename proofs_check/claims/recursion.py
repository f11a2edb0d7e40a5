"""Iterating the maps of the theory, at any precision, for claims about their limits."""

import sympy as sp

from numerics.balls import BallProgram, as_ball
from numerics.enclosure import expectation_nodes

__all__ = ["contraction", "orbit"]


def orbit(step: sp.Expr, symbol: sp.Symbol, start, steps: int, bits: int = 53) -> list:
    """start, step(start), step(step(start)), ...: midpoints of balls of the given precision.

    >>> t = sp.Symbol("t", positive=True)
    >>> [float(place) for place in orbit(t / 2, t, 1, 3)]
    [1.0, 0.5, 0.25, 0.125]
    """
    from flint import ctx

    with ctx.workprec(bits):
        program = BallProgram(step, (symbol,), expectation_nodes(bits))
        places = [as_ball(start).mid()]
        for _ in range(steps):
            places.append(program.real([places[-1]]).mid())
    return places


def contraction(step: sp.Expr, symbol: sp.Symbol, limit, start, steps: int, bits: int = 300):
    """|x^(l+1) - x*| / |x^l - x*| after ``steps`` steps: the slope of the map at its limit."""
    from flint import ctx

    with ctx.workprec(bits):
        *_, before, after = orbit(step, symbol, start, steps, bits)
        target = as_ball(limit)
        return sp.Float(str(abs((after - target) / (before - target)).mid().str(30, radius=False)))
