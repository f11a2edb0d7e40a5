r"""The edge of chaos of an activation: parameters at which chi_1 = 1 at a fixed point.

It is parametrised by the variance q of the fixed point (Hayou et al. 2019, 1902.06853),

    sigma_w2(q) = 1/E phi'^2,    sigma_b2(q) = q - E phi^2 / E phi'^2 >= 0,

so that no nested root finding is needed: a given sigma_b2 or sigma_w2 is one equation in q, and
all its roots are found on the table.  The point attracts iff |V'(q)| < 1.  Weights of correlation
kappa put E phi^2 - kappa (E phi)^2 in place of E phi^2; a skip connection s multiplies both
variances by 1 - s^2 (see :mod:`numerics.layer_numbers`).
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import sympy as sp
from numpy.polynomial import chebyshev

from theory.errors import InputError
from theory.symbols import q as variance

from .homogeneous_edge import linear_edge
from .input import finite
from .numeric_activation import numeric_activation
from .panel_roots import has_no_root, polished_root, real_roots
from .result import PointSequence, Provenance
from .table import DEGREE, moment_table

__all__ = ["EdgeOfChaos", "EdgeOfChaosPoint", "curvature_moment", "edge_of_chaos"]

_X = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
_TO_CHEBYSHEV = np.linalg.inv(chebyshev.chebvander(_X, DEGREE))

_SMALLEST_SLOPE = 1e-8


@dataclass(frozen=True)
class EdgeOfChaosPoint:
    """A point with chi_1 = 1; ``beta`` is 2 E phi'^2/(q E phi''^2), None if phi has kinks.

    With ``stable`` and a smooth phi, 1 - c_l ~ beta/l; a skip connection s divides beta by
    1 - s^2.
    """

    q: float
    sigma_w2: float
    sigma_b2: float
    stable: bool
    beta: float | None
    chi_q: float

    def __str__(self):
        kind = "stable" if self.stable else "unstable"
        beta = "" if self.beta is None else f", beta = {self.beta:.12g}"
        return (
            f"q = {self.q:.15g}: sigma_w2 = {self.sigma_w2:.15g}, "
            f"sigma_b2 = {self.sigma_b2:.15g} ({kind}, chi_q = {self.chi_q:.12g}{beta})"
        )


@dataclass(frozen=True, repr=False)
class EdgeOfChaos(PointSequence):
    """All edge-of-chaos points asked for, in ascending q, with a statement."""

    points: tuple[EdgeOfChaosPoint, ...]
    activation: str
    statement: str
    provenance: Provenance

    def __repr__(self):
        values = ", ".join(f"{point.q:.6g}" for point in self.points)
        return f"EdgeOfChaos({self.activation}: q = [{values}])"


def edge_of_chaos(model, sigma_b2=None, sigma_w2=None, q=None) -> EdgeOfChaos:
    """Every edge-of-chaos point with a given ``sigma_b2``, or ``sigma_w2``, or ``q``.

    ``model`` is a MeanField, with its options, or anything that names an activation.  Exactly one
    of the three is given.  The answer is a sequence, empty with a reason if there is no such
    point.  Accuracy of q: 1e-15 divided by the relative slope of the equation.

    >>> point = edge_of_chaos("erf(x)", q=0.5)[0]
    >>> abs(point.sigma_w2 - math.pi * math.sqrt(3) / 4) < 1e-14
    True
    """
    given = {"sigma_b2": sigma_b2, "sigma_w2": sigma_w2, "q": q}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) != 1:
        raise InputError(
            f"edge_of_chaos: {len(given)} of sigma_b2, sigma_w2, q are given; give exactly one, "
            "as in edge_of_chaos('tanh', sigma_b2=0.05)"
        )
    ((name, value),) = given.items()
    value = finite(value, name, "edge_of_chaos")
    if value < 0 or (value == 0 and name != "sigma_b2"):
        raise InputError(
            f"edge_of_chaos: {name} = {value:g} must be "
            + ("not negative" if name == "sigma_b2" else "positive")
        )
    activation = numeric_activation(model)
    layer = activation.layer
    if layer.grows:
        points, statement = (
            [],
            (
                f"no edge of chaos: chi_1 = skip^2 + sigma_w2 E phi'^2 exceeds 1, as |skip| >= 1 "
                f"({layer.skip})"
            ),
        )
    else:
        plain = value if name == "q" else value / layer.branch
        points, statement = _solve(activation.without_skip, name, plain, layer)
        points = [_taken_back(point, layer) for point in points]
    return EdgeOfChaos(
        tuple(points),
        activation.name,
        statement,
        Provenance.of("edge_of_chaos", activation.name, **{name: value}, **layer.inputs),
    )


def curvature_moment(activation, q):
    """E phi''(sqrt(q) Z)^2, infinite if phi or phi' jumps."""
    if any(
        jump.sizes[0] or jump.sizes[1] or math.isinf(jump.sizes[2]) for jump in activation.jumps
    ):
        return math.inf
    node = activation.exact.curvature_moment
    return float(node.subs(variance, sp.Rational(q)).doit().evalf(17))


def _taken_back(point, layer):
    """A point of the layer without the skip as one of the layer with it."""
    if layer.keep == 0.0:
        return point
    chi_q = layer.slope(point.chi_q)
    return replace(
        point,
        sigma_w2=layer.branch * point.sigma_w2,
        sigma_b2=layer.branch * point.sigma_b2,
        stable=abs(chi_q) < 1.0,
        beta=None if point.beta is None else point.beta / layer.branch,
        chi_q=chi_q,
    )


def _solve(activation, name, value, layer):
    if not activation.has_slope:
        return [], f"E phi'^2 and chi_1 are infinite for {activation.name}: no edge of chaos"
    if activation.exact.slope_moment == 0:
        return [], "chi_1 = 0 for every sigma_w2: the activation is constant"
    if activation.homogeneity == 1.0:
        found, statement = linear_edge(activation, name, value, layer.branch)
        return [EdgeOfChaosPoint(*found)] if found else [], statement
    if name == "q":
        point = _point(activation, value)
        if point is None:
            bias = layer.branch * (value - _ratio(activation, value))
            return [], f"q = {value:g} would need sigma_b2 = {bias:g} < 0: not admissible"
        return [point], "one edge-of-chaos point"
    table = moment_table(activation)
    if name == "sigma_b2":
        roots = _roots(
            activation,
            table,
            lambda q: 1.0 - _table_ratio(table, q) / q - value / q,
            lambda q: q - _ratio(activation, q) - value,
        )
    else:
        roots = _roots(
            activation,
            table,
            lambda q: table.D(q) * value - 1.0,
            lambda q: float(activation.D(q)) * value - 1.0,
        )
    points = [
        point
        for point in (
            _point(activation, root, value if name == "sigma_b2" else None) for root in roots
        )
        if point is not None
    ]
    return points, _statement(activation, table, points, name, value, layer.branch)


def _table_ratio(table, q):
    return table.W(q) / np.maximum(table.D(q), 1e-300)


def _ratio(activation, q):
    return float(activation.W(q) / activation.D(q))


def _roots(activation, table, on_table, direct):
    """Roots q of a function of the table, polished with the moments themselves."""
    found = []
    for left, right in pairwise(table.edges):
        middle, half = (left + right) / 2, (right - left) / 2
        if table.D(np.exp(left)) < _SMALLEST_SLOPE:
            continue  # sigma_w2 = 1/E phi'^2 would exceed 1e8
        series = _TO_CHEBYSHEV @ on_table(np.exp(middle + half * _X))
        if has_no_root(series) or np.abs(series).max() < 1e-13:
            continue
        found += [math.exp(middle + half * x) for x in real_roots(series, 1e-9)]
    roots = [polished_root(q, direct, 1e-7, 4, 2e-16) for q in found]
    return [q for i, q in enumerate(roots) if i == 0 or q > roots[i - 1] * (1 + 1e-9)]


def _point(activation, q, sigma_b2=None):
    w, d, s = (float(f(q)) for f in (activation.W, activation.D, activation.S))
    bias = q - w / d if sigma_b2 is None else sigma_b2
    if abs(bias) <= 4e-15 * q:
        bias = max(bias, 0.0)
    if bias < 0.0:
        return None
    chi_q = s / d
    curvature = curvature_moment(activation, q)
    beta = (
        None
        if math.isinf(curvature)
        else (math.inf if curvature == 0.0 else 2 * d / (q * curvature))
    )
    return EdgeOfChaosPoint(q, 1.0 / d, bias, abs(chi_q) < 1.0, beta, chi_q)


def _statement(activation, table, points, name, value, branch):
    low, high = table.q_range
    if points:
        stable = sum(point.stable for point in points)
        count = "one edge-of-chaos point" if len(points) == 1 else f"{len(points)} points"
        return f"{count}, {stable} attracting, among q in ({low:.0e}, {high:.0e})"
    grid = np.exp(np.linspace(table.edges[0], table.edges[-1], 400))
    bias = grid - _table_ratio(table, grid)
    if (bias < 0).all():
        return (
            f"no edge of chaos: chi_1 = 1 would need sigma_b2 = q - {_moment_text(activation)}"
            f"/E phi'^2 < 0 at every q in ({low:.0e}, {high:.0e})"
        )
    given = value if name == "q" else branch * value
    text = f"no edge-of-chaos point with {name} = {given:g} for q in ({low:.0e}, {high:.0e})"
    if name == "sigma_b2" and value == 0.0 and activation.at_zero == 0.0:
        start = branch / activation.gradient_at_zero if activation.gradient_at_zero else math.inf
        text += f"; the curve starts at q -> 0, sigma_w2 -> {start:.15g}"
    return text


def _moment_text(activation):
    if activation.layer.weight_correlation == 0:
        return "E phi^2"
    return f"(E phi^2 - {activation.layer.weight_correlation} (E phi)^2)"
