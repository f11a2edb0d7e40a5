r"""Derivatives of Gaussian expectations in the parameters of the law, and of the integrand.

For X, Y jointly Gaussian with means m and covariance Sigma depending on s,

    d/ds E f(X)g(Y) = sum_i m_i' E d_i[fg] + 1/2 sum_ij Sigma_ij' E d_i d_j[fg] + E d_s[fg]

(Bonnet, heat equation, Price).  The derivatives of f are distributions when f has kinks or jumps:
a jump of size J of f^(j) at b adds J delta^(k-1-j)(x - b) to f^(k).  Each delta is integrated
exactly, so no DiracDelta ever appears.  Where a one-sided derivative is infinite (|x|^p), the
Gaussian density is differentiated instead of the integrand.
"""

from dataclasses import dataclass

import sympy as sp

from . import pieces
from .bound import BOUND
from .errors import UndecidedError
from .gaussian import GaussianExpectation

__all__ = ["density", "derivative"]


@dataclass(frozen=True)
class _Weak:
    """A distributional derivative: a function plus terms (place, size, order of the delta)."""

    regular: sp.Expr
    deltas: tuple[tuple[sp.Expr, sp.Expr, int], ...]

    @property
    def is_finite(self):
        return all(size.is_finite is not False for _, size, _ in self.deltas)


def derivative(node: GaussianExpectation, symbol: sp.Symbol) -> sp.Expr:
    """d node / d symbol, again in Gaussian expectations (and densities at kinks and jumps)."""
    d = len(node.factors)
    total = []
    for i in range(d):
        slope = node.means[i].diff(symbol)
        if slope != 0:
            orders = tuple(int(i == j) for j in range(d))
            total.append(slope * _expect(node, orders, "mean"))
        for j in range(i + 1):
            rate = node.covariance[i, j].diff(symbol)
            if rate != 0:
                orders = tuple(int(i == k) + int(j == k) for k in range(d))
                weight = sp.S.Half if i == j else sp.S.One
                total.append(weight * rate * _expect(node, orders, (i, j)))
    total += [_in_the_integrand(node, i, symbol) for i in range(d)]
    return sp.Add(*total)


def density(place: sp.Expr, mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """The normal density at ``place``."""
    return sp.exp(-((place - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)


def _weak(factor, order):
    if order == 0:
        return _Weak(factor, ())
    deltas = [
        (place, size, order - 1 - j)
        for j in range(order)
        for place, size in pieces.jumps(factor, j, BOUND)
    ]
    return _Weak(pieces.derivative(factor, order, BOUND), tuple(deltas))


def _expect(node, orders, target):
    """E of the product of the ``orders``-th derivatives of the factors."""
    try:
        weak = [_weak(f, k) for f, k in zip(node.factors, orders, strict=True)]
    except UndecidedError:  # one-sided limits that depend on parameters are not needed there
        return _through_the_density(node, target)
    if not all(w.is_finite for w in weak):
        return _through_the_density(node, target)
    if len(weak) == 1:
        return _one_variable(weak[0], node.means[0], node.covariance[0, 0])
    return _two_variables(weak, node.means, node.covariance)


def _one_variable(weak, mean, variance):
    total = [GaussianExpectation((weak.regular,), (mean,), [[variance]])]
    t = sp.Dummy("t", real=True)
    for place, size, order in weak.deltas:
        slope = sp.diff(density(t, mean, variance), t, order).subs(t, place)
        total.append(size * (-1) ** order * slope)
    return sp.Add(*total)


def _two_variables(weak, means, covariance):
    first, second = weak
    total = [GaussianExpectation((first.regular, second.regular), means, covariance)]
    total += _against_deltas(first.deltas, second, means, covariance, 0)
    if second.deltas:
        regular_first = _Weak(first.regular, ())
        total += _against_deltas(second.deltas, regular_first, means, covariance, 1)
    return sp.Add(*total)


def _against_deltas(deltas, other, means, covariance, index):
    """Deltas in variable ``index`` against the other factor: condition on its value t there."""
    t = sp.Dummy("t", real=True)
    rest = 1 - index
    variance = covariance[index, index]
    gain = covariance[0, 1] / variance
    mean = means[rest] + gain * (t - means[index])
    spread = covariance[rest, rest] - gain * covariance[0, 1]
    marginal = density(t, means[index], variance)
    total = []
    for place, size, order in deltas:
        conditional = _one_variable(other, mean, sp.factor(spread))
        profile = sp.diff(marginal * conditional, t, order) if order else marginal * conditional
        total.append(size * (-1) ** order * profile.subs(t, place))
    return total


def _through_the_density(node, target):
    """Differentiate the Gaussian weight: multiply the integrand by a Hermite polynomial."""
    precision = node.covariance.inv()
    deviations = [BOUND - m for m in node.means]
    if len(target) == 1:
        return _through_the_mean(node, precision, deviations, *target)
    i, j = target
    d = len(node.factors)
    # (Sigma^-1 z z^T Sigma^-1 - Sigma^-1)_ij, expanded into products of one-variable polynomials
    total = [-precision[i, j] * _weighted(node, (sp.S.One,) * d)]
    for a in range(d):
        for b in range(d):
            weights = [sp.S.One] * d
            weights[a] *= deviations[a]
            weights[b] *= deviations[b]
            total.append(precision[i, a] * precision[j, b] * _weighted(node, weights))
    return sp.Add(*total)


def _through_the_mean(node, precision, deviations, i):
    """E f (Sigma^-1 z)_i."""
    total = []
    for a, deviation in enumerate(deviations):
        weights = [sp.S.One] * len(deviations)
        weights[a] = deviation
        total.append(precision[i, a] * _weighted(node, weights))
    return sp.Add(*total)


def _weighted(node, weights):
    factors = [f * w for f, w in zip(node.factors, weights, strict=True)]
    return GaussianExpectation(factors, node.means, node.covariance)


def _in_the_integrand(node, index, symbol):
    """E d_s f, and the flux J p(b) db/ds through every jump whose place b moves."""
    factor = node.factors[index]
    if symbol not in factor.free_symbols:
        return sp.S.Zero
    regular = pieces.join(factor, lambda smooth: sp.diff(smooth, symbol), BOUND)
    moving = tuple(
        (place, -size * place.diff(symbol), 0)
        for place, size in pieces.jumps(factor, 0, BOUND)
        if place.has(symbol)
    )
    weak = [_Weak(f, ()) for f in node.factors]
    weak[index] = _Weak(regular, moving)
    if len(weak) == 1:
        return _one_variable(weak[0], node.means[0], node.covariance[0, 0])
    return _two_variables(weak, node.means, node.covariance)
