r"""One layer of a shaped network of enormous width, by quadrature: the witness of its SDE.

Given V, one layer makes V' = (c/n) sum_i phi_s(y_i) phi_s(y_i)^T with y_i ~ N(0, V) independent.
With n so large that n^(-p) = 1e-14, the mean and the covariance of n (V' - V) agree with drift and
noise of the limit to about fourteen digits.  They are integrals over the plane, taken in polar
coordinates, between the lines on which phi_s may have a kink, of the activation as it is: nothing
here knows about expansions, closed forms or Itô's formula.  With weights of correlation kappa
V' loses (c kappa/n^2) (sum_i phi_s(y_i)) (sum_i phi_s(y_i))^T.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.errors import AssumptionError
from theory.special import NUMERIC
from theory.symbols import x

__all__ = ["DIGITS", "ShapedLayer", "norm_push", "power_of_ten", "push_of", "shaped_layer"]

#: n^(-p) = 10^(-DIGITS): the digits to which a layer and the limit can agree.
DIGITS = 14

_GUARD = 40
_LEVEL = 4  # 24 Gauss-Legendre angles in each sector


@dataclass(frozen=True)
class ShapedLayer:
    """Mean ``drift`` of n (V' - V) and covariance ``noise`` of sqrt(n) V', for V11, V12, V22.

    ``products`` holds phi(u)^2, phi(u) phi(v), phi(v)^2 at the nodes, normalised by c.
    """

    width: Any
    state: tuple
    drift: tuple
    weights: tuple = field(repr=False)
    products: tuple = field(repr=False)

    @cached_property
    def noise(self) -> list[list]:
        """The 3x3 covariance of one neuron's contribution to V'."""
        with mpmath.workdps(_GUARD):
            means = [_dot(self.weights, products) for products in self.products]
            square = [[mpmath.mpf(0)] * 3 for _ in range(3)]
            for i, first in enumerate(self.products):
                weighted = [w * value for w, value in zip(self.weights, first, strict=True)]
                for j in range(i + 1):
                    entry = _dot(weighted, self.products[j]) - means[i] * means[j]
                    square[i][j] = square[j][i] = entry
            return square

    def mean(self, f: Callable) -> Any:
        """n E[f(V') - f(V)] as n grows: gradient . drift + tr(Hessian noise)/2."""
        with mpmath.workdps(_GUARD):
            total = mpmath.mpf(0)
            for i, slope in enumerate(_gradient(f, self.state)):
                total += self.drift[i] * slope
                for j in range(i + 1):
                    order = [int(k == i) + int(k == j) for k in range(3)]
                    curve = mpmath.diff(f, self.state, tuple(order))
                    total += curve * self.noise[i][j] / (2 if i == j else 1)
            return total

    def deviation(self, f: Callable) -> Any:
        """The standard deviation of sqrt(n) f(V')."""
        with mpmath.workdps(_GUARD):
            slopes = _gradient(f, self.state)
            square = sum(
                slopes[i] * slopes[j] * self.noise[i][j] for i in range(3) for j in range(3)
            )
            return mpmath.sqrt(square)


def shaped_layer(
    sde: CovarianceSDE,
    state: tuple[sp.Rational, sp.Rational, sp.Rational],
    values: Mapping[sp.Symbol, sp.Rational],
    digits: int = DIGITS,
) -> ShapedLayer:
    """The layer at V11, V12, V22 = ``state``, with ``values`` of the activation's parameters.

    >>> third = sp.Rational(1, 3)
    >>> layer = shaped_layer(CovarianceSDE("tanh"), (third, sp.S(0), sp.S(1)), {})
    >>> mpmath.nstr(layer.drift[0], 12)  # b(V) = 2 V (1 - V)
    '0.444444444444'
    """
    order = _order(sde)
    with mpmath.workdps(digits * order + _GUARD):
        width = mpmath.mpf(10) ** (digits * order)
        phi = _shaped(sde, digits, order, values)
        v11, v12, v22 = (sp.Rational(v)._to_mpmath(mpmath.mp.prec) for v in state)
        scale = 1 / _norm_mean(phi, mpmath.mpf(1), order)
        weights, first, second = zip(*_pairs(phi, v11, v12, v22, order), strict=True)
        products = (
            tuple(scale * a * a for a in first),
            tuple(scale * a * b for a, b in zip(first, second, strict=True)),
            tuple(scale * b * b for b in second),
        )
        before = (v11, v12, v22)
        kappa = _correlation(sde, values)
        a, b = _dot(weights, first), _dot(weights, second)
        drift = tuple(
            width * (_kept(_dot(weights, terms), scale * means, kappa, width) - v)
            for terms, means, v in zip(products, (a * a, a * b, b * b), before, strict=True)
        )
        return ShapedLayer(width, before, drift, weights, products)


def norm_push(
    sde: CovarianceSDE,
    variance: Any,
    values: Mapping[sp.Symbol, sp.Rational],
    digits: int = DIGITS,
) -> Any:
    """n (E V' - V) for one squared norm V = ``variance``, by quadrature.

    >>> mpmath.nstr(norm_push(CovarianceSDE("silu"), 2, {}), 12)  # (3/4) V (V - 1)
    '1.5'
    """
    order = _order(sde)
    shaped, kappa = _shaped_expr(sde, digits, order, values), _correlation(sde, values)
    return push_of(shaped, variance, order, digits, kappa)


def push_of(
    shaped: sp.Expr, variance: Any, order: int = 2, digits: int = DIGITS, correlation: Any = 0
) -> Any:
    """The same for an activation ``shaped`` for the width n = 10^(order digits).

    >>> mpmath.nstr(push_of(x + x**3 / 10**28, 2), 12)  # 6 V (V - 1)
    '12.0'
    """
    with mpmath.workdps(digits * order + _GUARD):
        variance, width = mpmath.mpf(variance), mpmath.mpf(10) ** (digits * order)
        phi = sp.lambdify(x, shaped, modules=[NUMERIC, "mpmath"])
        scale = 1 / _norm_mean(phi, mpmath.mpf(1), order)
        square, mean = _norm_mean(phi, variance, order), _mean(phi, variance, order)
        return width * (_kept(scale * square, scale * mean**2, correlation, width) - variance)


@lru_cache(maxsize=64)
def _gradient(f, state):
    return [mpmath.diff(f, state, unit) for unit in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]


def power_of_ten(number: Any) -> str:
    """A width in words.

    >>> power_of_ten(mpmath.mpf(10) ** 28)
    '1e28'
    """
    return f"1e{int(mpmath.nint(mpmath.log10(number)))}"


def _order(sde):
    if sde.shaping is None:
        raise AssumptionError(f"{sde!r} has no shaping, so no layer of it has a width to choose")
    return int(1 / sde.shaping.exponent)


def _correlation(sde, values):
    """kappa of the weights into a neuron, as a number."""
    if sde.weights.axis != "row":
        raise AssumptionError("the layer checked here has weights correlated along rows, if any")
    return sde.weight_correlation.subs(dict(values)).evalf(_GUARD)._to_mpmath(mpmath.mp.prec)


def _kept(square, means, kappa, width):
    """The mean of V': a product of sums over n neurons has n equal and n^2 - n other pairs."""
    return square - kappa / width * (square + (width - 1) * means)


def _shaped(sde, digits, order, values):
    """phi_s at n = 10^(digits order) as an mpmath function."""
    expr = _shaped_expr(sde, digits, order, values)
    return sp.lambdify(x, expr, modules=[NUMERIC, "mpmath"])


def _shaped_expr(sde, digits, order, values):
    return sde.shaping.at(sp.Integer(10) ** (digits * order)).subs(dict(values))


def _dot(weights, numbers):
    return mpmath.fdot(zip(weights, numbers, strict=True))


def _norm_mean(phi, variance, order):
    """E phi(sqrt(V) Z)^2, the two half-lines apart."""
    deviation = mpmath.sqrt(variance)
    total = mpmath.mpf(0)
    for radius, weight in _radii(order, 0, mpmath.mp.dps):
        total += weight * (phi(deviation * radius) ** 2 + phi(-deviation * radius) ** 2)
    return total / mpmath.sqrt(2 * mpmath.pi)


def _mean(phi, variance, order):
    """E phi(sqrt(V) Z)."""
    deviation = mpmath.sqrt(variance)
    total = mpmath.mpf(0)
    for radius, weight in _radii(order, 0, mpmath.mp.dps):
        total += weight * (phi(deviation * radius) + phi(-deviation * radius))
    return total / mpmath.sqrt(2 * mpmath.pi)


def _pairs(phi, v11, v12, v22, order) -> Iterator[tuple]:
    """(weight, phi(u), phi(v)) for (u, v) ~ N(0, V), in the sectors between u = 0 and v = 0."""
    first, second = mpmath.sqrt(v11), mpmath.sqrt(v22)
    apart = mpmath.acos(v12 / (first * second))
    right = mpmath.pi / 2
    places = [-right, apart - right, right, apart + right, 3 * right]
    for low, high in pairwise(places):
        middle, half = (low + high) / 2, (high - low) / 2
        for node, angular in _angles(order, mpmath.mp.prec):
            angle = middle + half * node
            along, across = first * mpmath.cos(angle), second * mpmath.cos(angle - apart)
            for radius, radial in _radii(order, 1, mpmath.mp.dps):
                weight = half * angular * radial / (2 * mpmath.pi)
                yield weight, phi(radius * along), phi(radius * across)


@lru_cache(maxsize=16)
def _angles(order, prec):
    level = _LEVEL if order <= 2 else _LEVEL + 1
    return mpmath.calculus.quadrature.GaussLegendre(mpmath.mp).calc_nodes(level, prec)


@lru_cache(maxsize=64)
def _radii(order, power, dps):
    """Gauss's rule for the weight r^power exp(-r^2/2) on (0, oo), from its moments.

    Enough nodes for the powers that matter: phi_s is x plus terms of growing degree that are
    smaller by a factor n^(-p) each.
    """
    size = order + 4
    with mpmath.workdps(dps + 20):
        moments = [
            mpmath.mpf(2) ** ((k + power - 1) / mpmath.mpf(2))
            * mpmath.gamma((k + power + 1) / mpmath.mpf(2))
            for k in range(2 * size + 1)
        ]
        hankel = mpmath.matrix(size + 1, size + 1)
        for i in range(size + 1):
            for j in range(size + 1):
                hankel[i, j] = moments[i + j]
        root = mpmath.cholesky(hankel).T
        jacobi = mpmath.matrix(size, size)
        for i in range(size):
            jacobi[i, i] = root[i, i + 1] / root[i, i]
            if i:
                jacobi[i, i] -= root[i - 1, i] / root[i - 1, i - 1]
                jacobi[i, i - 1] = jacobi[i - 1, i] = root[i, i] / root[i - 1, i - 1]
        nodes, vectors = mpmath.eigsy(jacobi)
        return [(nodes[i], moments[0] * vectors[0, i] ** 2) for i in range(size)]
