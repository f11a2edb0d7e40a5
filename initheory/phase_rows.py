"""The phases of correlated weights as rows, each checked by iterating the maps at a point of it.

c* must stay where it is, perturbations must shrink by the stated factor, and where that is 1 the
distance after thousands of layers must be the stated power of the depth.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import sympy as sp

from theory.latex import latex
from theory.symbols import l, q, q1, q2, rho, sigma_b2, sigma_w2

from .report import Check, Row
from .spot_check import sample_points

__all__ = ["phase_rows"]

_SOURCE = "Singh & Sreejith 2021 (arXiv:2103.12499) for ReLU; derived for both slopes"

#: Shares of the critical and the norm-preserving sigma_w2, and correlations, among the points.
_SHARES = ("4/5", "1", "13/10")
_KAPPAS = ("4/5", "0", "-1")

#: Layers behind a power law, 1 - c at their start, what the next order may add, and the accuracy
#: of a factor.
_LAYERS = 2000
_START = 1e-3
_NEXT_ORDER = 0.02
_ACCURACY = 2e-3

#: A variance next to which biases are nothing; squares of it are finite.
_HUGE = 1e100


def phase_rows(maps: Any) -> Iterator[Row]:
    """One row for each phase of a ScaleFreeMaps."""
    points = list(_points(maps))
    for phase in maps.phases:
        here = next((p for p in points if phase.condition.subs(p) in (True, sp.true)), None)
        yield Row(
            "mean-field",
            "phase_" + phase.name.replace(" ", "_").replace(",", "").replace("-", "_"),
            f"phase: {phase.name}",
            r"\text{where}",
            latex(phase.condition),
            sp.sstr(phase.condition),
            source=_SOURCE,
            check=None if here is None else _check(maps, phase, here),
            note=phase.statement,
        )


def _points(maps: Any) -> Iterator[Mapping[sp.Symbol, sp.Expr]]:
    """Values of all symbols, with variances on either side of the two lines."""
    theory = maps.mean_field
    own = set(theory.activation.parameters) | theory.skip.free_symbols
    fixed = next(sample_points(frozenset(own))) if own else {}
    free = sorted(maps.kappa.free_symbols - own, key=str)
    choices = [dict.fromkeys(free, sp.Rational(text)) for text in _KAPPAS] if free else [{}]
    for kappa, bias in product(choices, (sp.Rational(1, 10), sp.S.Zero)):
        here = {**fixed, **kappa}
        edge, bound = (e.subs(here) for e in (maps.critical_sigma_w2, maps.boundary))
        shares = [share * line for line in (edge, bound) for share in map(sp.Rational, _SHARES)]
        for weights in (*shares, (edge + bound) / 2, sp.S.One):
            if weights.is_positive:
                yield {**here, sigma_w2: weights, sigma_b2: bias}


def _check(maps: Any, phase: Any, point: Mapping[sp.Symbol, sp.Expr]) -> Check:
    layer = _layer(maps, point)
    star, rate = (float(value.subs(point)) for value in (phase.c_star, phase.rate))
    grows = float(maps.variance_factor.subs(point)) >= 1.0 or point[sigma_b2] == 0
    start = _HUGE if grows else float(maps.fixed_point.subs(point))
    step = 1e-9 if star == 1.0 else 1e-5 * (1.0 - star)
    moved = layer(start, star - step)[1] - star
    measured = moved / -step
    if grows and star < 1.0 and point[sigma_b2] != 0:  # the trace of the bias dies like 1/q
        measured = max(measured, start / layer(start, star)[0])
    off = abs(measured - rate)
    where = ", ".join(f"{symbol} = {_short(value)}" for symbol, value in point.items())
    evidence = f"one layer near c* = {star:.6g} at {where}: factor {measured:.6g} for {rate:.6g}"
    ok = off < _ACCURACY and abs(layer(start, star)[1] - star) < 1e-12
    if phase.approach is not None:
        if star < 1.0:
            share = _share_of_trace(phase, point, layer)
            evidence += f"; c - c* is {share:.4g} times what the law says"
        else:
            share = _share_of_law(maps, phase, point, layer)
            evidence += f"; (1 - c)^(-1/2) grows {share:.4g} times as fast as the law says"
        ok = ok and abs(share - 1.0) < _NEXT_ORDER
    return Check("SUPPORTED" if ok else "REFUTED", evidence)


def _layer(maps: Any, point: Mapping[sp.Symbol, sp.Expr]) -> Callable:
    """(q, c) -> (V(q), next c) in double precision, from the maps of the theory."""
    theory = maps.mean_field
    shared = theory.covariance_map.subs({q1: q, q2: q})
    both = [expr.subs(point) for expr in (theory.variance_map, shared)]
    compiled = sp.lambdify([q, rho], both, "math")

    def layer(variance, c):
        new, covariance = compiled(variance, min(max(c, -1.0), 1.0))
        return new, covariance / new

    return layer


def _share_of_law(maps: Any, phase: Any, point: Mapping, layer: Callable) -> float:
    """The growth of (1 - c)^(-1/2) over many layers, over that of the law, from a start on it.

    The start is as deep as makes 1 - c small; there a growing variance is bias times depth.
    """
    size, bias = float(phase.approach.subs({**point, l: 1})), float(point[sigma_b2])
    depth = (size / _START) ** 0.5
    factor = float(maps.variance_factor.subs(point))
    if bias and factor < 1.0:
        variance = float(maps.fixed_point.subs(point))
    else:
        variance = bias * depth if bias and abs(factor - 1.0) < 1e-12 else _HUGE
    c = 1.0 - _START
    for _ in range(_LAYERS):
        new, c = layer(variance, c)
        variance = new if variance < _HUGE else _HUGE
    grown = (1.0 - c) ** -0.5 - _START**-0.5
    return grown * size**0.5 / _LAYERS


def _share_of_trace(phase: Any, point: Mapping, layer: Callable) -> float:
    """c - c* over the law after many layers from c*, where the variance is bias times depth."""
    star = c = float(phase.c_star.subs(point))
    variance = float(point[sigma_b2]) * _LAYERS
    for _ in range(_LAYERS):
        variance, c = layer(variance, c)
    return (c - star) / float(phase.approach.subs({**point, l: 2 * _LAYERS}))


def _short(value: sp.Expr) -> str:
    return str(value) if value.is_Rational else f"{float(value):.6g}"
