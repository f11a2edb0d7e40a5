"""The activations of Gaussian pairs against polynomials written by hand and against np.tanh."""

import math

import numpy as np
import sympy as sp
from numba import njit

import initheory as it
from theory.laws.functions import LawActivation
from theory.laws.weibull_factor import WeibullFactor
from theory.symbols import x

from .measure import Result, best_of

_DEGREE = 15


def run() -> list[Result]:
    """Speed of a million values, and the time a new theta takes."""
    return [speed(), derivative(), new_theta()]


def _activation(theta, kind="odd"):
    return LawActivation(WeibullFactor(theta), x, kind)


@njit(error_model="numpy")
def _by_hand(x, edges, pieces, tail, power):
    """phi by a search for the piece and Horner's rule, with a power beyond the pieces."""
    out = np.empty_like(x)
    for i in range(x.size):
        a = abs(x[i])
        if a >= edges[-1]:
            y = tail * math.pow(a, power)
        else:
            k = np.searchsorted(edges, a, side="right") - 1
            u = (a - edges[k]) / (edges[k + 1] - edges[k])
            y = 0.0
            for j in range(pieces.shape[1] - 1, -1, -1):
                y = y * u + pieces[k, j]
        out[i] = math.copysign(y, x[i])
    return out


def _pieces(f):
    """Taylor coefficients of f on 160 pieces of [0, 40], through Chebyshev's nodes."""
    edges = np.linspace(0.0, 40.0, 161)
    nodes = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))
    places = edges[:-1, None] + 0.25 * nodes
    powers = np.vander(nodes, increasing=True)
    return edges, np.ascontiguousarray(np.linalg.solve(powers, f(places).T).T)


def speed() -> Result:
    """phi of a million numbers at theta = 3."""
    ours = it.compile(_activation(3), [x])
    edges, pieces = _pieces(ours)
    arguments = edges, pieces, ours(40.0) / 40.0 ** (1 / 3), 1 / 3
    values = 2.0 * np.random.default_rng(0).standard_normal(10**6)
    _by_hand(values[:2], *arguments)
    our_seconds, mine = best_of(lambda: ours(values), 15)
    hand_seconds, theirs = best_of(lambda: _by_hand(values, *arguments), 15)
    numpy_seconds, _ = best_of(lambda: np.tanh(values), 15)
    return Result(
        "gaussian-pair-speed",
        "compiled phi_3 of a million numbers, speed over polynomials written by hand",
        hand_seconds / our_seconds,
        1.0,
        details={
            "values a second": 1e6 / our_seconds,
            "seconds": {"ours": our_seconds, "by hand": hand_seconds, "np.tanh": numpy_seconds},
            "time over that of np.tanh": our_seconds / numpy_seconds,
            "largest relative difference": float(np.max(np.abs(mine / theirs - 1))),
        },
    )


def derivative() -> Result:
    """phi' of a million numbers: how much longer than phi."""
    values = 2.0 * np.random.default_rng(0).standard_normal(10**6)
    phi, slope = it.compile(_activation(3), [x]), it.compile(_activation(3).diff(x), [x])
    phi(values), slope(values)
    first, _ = best_of(lambda: phi(values), 15)
    second, _ = best_of(lambda: slope(values), 15)
    return Result(
        "gaussian-pair-derivative",
        "compiled phi_3', time over that of phi_3",
        second / first,
        2.0,
        at_least=False,
        details={"values a second": 1e6 / second},
    )


def new_theta() -> Result:
    """A table for another theta, once the kernels are loaded: seconds, none of them compiling."""
    from numerics.laws.table import _finest

    _finest(WeibullFactor(sp.Rational(301, 100)), "odd", 0)
    law = WeibullFactor(sp.Rational(317, 100))
    seconds, table = best_of(lambda: _finest(law, "odd", 0), 1)
    return Result(
        "gaussian-pair-table",
        "seconds for the table of a new theta",
        seconds,
        1.0,
        at_least=False,
        details={"estimated error": table.error},
    )
