r"""Two-point expectations when both variances grow together: covariance s Sigma, s -> oo.

As a distribution in u = x/sqrt(s) a function with f ~ sum c x^alpha log(x)^j far out tends to

    f(sqrt(s) u) ~ sum c s^(alpha/2) FP |u|^alpha (log|u| + log(s)/2)^j        (each side)
                   + sum_k s^(-(k+1)/2) (-1)^k/k! mu_k delta^(k)(u),

mu_k = FP int x^k f dx; where alpha = -1 - k the two meet in c log(s)^(j+1)/(2^(j+1) (j+1)) times
the same delta.  The Gaussian density p of (U, V) ~ N(0, Sigma) is smooth, so the expansions of f
and g multiply and every pair acts on p: two deltas give its derivatives at 0, a delta and a power
gamma functions, two powers the expectation of a homogeneous function.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from .bound import BOUND
from .errors import UndecidedError
from .finite_part import half_line_moment
from .gaussian import GaussianExpectation
from .small_variance import closed

__all__ = ["Power", "Spike", "pair_expansion"]


@dataclass(frozen=True)
class Power:
    """c s^degree FP |u|^alpha log(|u|)^j on the side 1 or -1."""

    degree: sp.Expr
    coefficient: sp.Expr
    side: int
    alpha: sp.Expr
    j: int

    @property
    def function(self):
        size = (self.side * BOUND) ** self.alpha * sp.log(self.side * BOUND) ** self.j
        return sp.Piecewise((size, self.side * BOUND > 0), (0, True))


@dataclass(frozen=True)
class Spike:
    """c s^degree (-1)^k delta^(k)(u) / k!; the coefficient is computed on demand."""

    degree: sp.Expr
    value: Callable[[], sp.Expr]
    k: int

    @property
    def coefficient(self):
        return self.value()


def pair_expansion(first, second, covariance, order):
    """(degree, coefficient) of the products of two lists of Power and Spike, degree >= -order."""
    for f in first:
        for g in second:
            degree = f.degree + g.degree
            if degree < -order:
                continue
            value = _action(f, g, covariance)
            if value != 0:
                yield degree, f.coefficient * g.coefficient * value


def _action(f, g, covariance):
    """What the pair gives on the density of (U, V)."""
    if isinstance(f, Spike) and isinstance(g, Spike):
        return _two_spikes(f.k, g.k, covariance)
    if isinstance(f, Spike):
        return _power_and_spike(g, f.k, covariance[1, 1], covariance[0, 1], covariance[0, 0])
    if isinstance(g, Spike):
        return _power_and_spike(f, g.k, covariance[0, 0], covariance[0, 1], covariance[1, 1])
    if min(f.alpha, g.alpha) <= -1:
        raise UndecidedError(
            "the finite part of two powers far out, one of them not integrable, is not known; "
            "lower the order of the expansion"
        )
    return closed(GaussianExpectation((f.function, g.function), (0, 0), covariance))


def _two_spikes(j, k, covariance):
    """d_u^j d_v^k p(0, 0) / (j! k!): a coefficient of exp(-quadratic form/2)."""
    if (j + k) % 2:
        return sp.S.Zero
    det = sp.factor_terms(sp.expand(covariance.det()))
    # p = exp(-(A u^2 - 2 C u v + B v^2)/2): choose a, b, c factors of each with 2a + b = j, ...
    a, b, c = covariance[1, 1] / det, covariance[0, 0] / det, covariance[0, 1] / det
    total = sp.S.Zero
    for mixed in range(min(j, k) + 1):
        if (j - mixed) % 2 == 0 and (k - mixed) % 2 == 0:
            m, n = (j - mixed) // 2, (k - mixed) // 2
            weight = sp.factorial(m) * sp.factorial(n) * sp.factorial(mixed)
            total += (-a / 2) ** m * (-b / 2) ** n * c**mixed / weight
    return sp.factor(total) / (2 * sp.pi * sp.sqrt(det))


def _power_and_spike(power, k, own, shared, other):
    """int |u|^alpha log^j d_v^k p(u, 0) du / k! on one side; ``own`` is the variance of U."""
    det = sp.factor_terms(sp.expand(own * other - shared**2))
    spread = det / other  # the variance of U at V = 0
    # p(u, v) = N(u; 0, spread) N(0; 0, other) exp(C u v - B v^2/2)
    c, b = shared / det, own / det
    total = sp.S.Zero
    for n in range(k // 2 + 1):
        m = k - 2 * n
        weight = c**m * (-b / 2) ** n / (sp.factorial(m) * sp.factorial(n))
        if weight != 0:
            total += power.side**m * weight * _moment(power.alpha + m, power.j, spread)
    return total / sp.sqrt(2 * sp.pi * other)


def _moment(alpha, j, variance):
    """FP of int_0^oo u^alpha log(u)^j N(u; 0, variance) du."""
    log = sp.log(variance) / 2
    total = sum(
        sp.binomial(j, i) * log ** (j - i) * half_line_moment(alpha, i) for i in range(j + 1)
    )
    if alpha.is_Integer and alpha < 0 and alpha % 2 == 1:
        n = -(alpha + 1) / 2  # the cut-off is rescaled too
        weight = (-1) ** n / (2**n * sp.factorial(n) * sp.sqrt(2 * sp.pi))
        total += weight * log ** (j + 1) / (j + 1)
    return variance ** (alpha / 2) * total
