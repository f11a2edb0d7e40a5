"""The equations of a Gaussian pair, as rows."""

import sympy as sp

from .equation import Equation
from .errors import InitheoryError
from .laws.functions import LawDensity

__all__ = ["pair_equations"]

_SOURCE = "Wolinski & Arbel, arXiv:2205.12379"
_S = sp.Symbol("s")
_Y = sp.Symbol("y", positive=True)


def pair_equations(pair) -> tuple[Equation, ...]:
    """Moments, density, activation, derivative and asymptotics; a row says why where one lacks."""
    rows = [
        ("weight_moments", "E|W|^s", r"\mathbb{E}|W|^s", lambda: pair.weights.mellin(_S)),
        ("factor_moments", "E|phi(X)|^s", r"\mathbb{E}|\varphi(X)|^s", lambda: _moments(pair)),
        ("density", "density of |phi(X)|", "f(y)", lambda: _density(pair)),
        ("activation", "activation", r"\varphi(x)", lambda: pair.activation.expr),
        ("slope", "derivative", r"\varphi'(x)", lambda: pair.activation.derivative_expr(1)),
        ("at_zero", "at 0", r"\varphi(x)\ (x\to0)", lambda: pair.asymptotics.zero),
        ("at_infinity", "at oo", r"\varphi(x)\ (x\to\infty)", lambda: pair.asymptotics.infinity),
    ]
    return tuple(_row(pair, *row) for row in rows)


def _row(pair, name, title, symbol, value):
    try:
        found, note = value(), ""
    except InitheoryError as reason:
        found, note = None, str(reason)
    return Equation("gaussian", name, title, symbol, None, found, _SOURCE, note)


def _moments(pair):
    return pair.factor.mellin(_S)


def _density(pair):
    """Elementary or a Meijer G-function where there is one, else the node."""
    from .laws.closed_density import closed_density

    found = pair.factor.density(_Y)
    if found.has(LawDensity):
        try:
            return closed_density(pair.factor, _Y)
        except InitheoryError:
            pass
    return found
