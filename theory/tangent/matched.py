r"""Matched asymptotics of correlation and tangent kernel at the edge of chaos.

With u = 1 - c and k = K / q, two inputs obey

    u' = u - f(u),   k' = (1 - f'(u)) k + 1 - u',    f(u) = s u^(1+1/a) (1 + ...).

The first is the time-one map of the flow du/dl = -g(u), g = f + f f'/2 + ...; the factor of k is
the derivative of the map, so g(u_l) solves the homogeneous equation (Julia), and

    k_L = g(u_L) sum_l (1 - u_l) / g(u_l).

In y = u^(-1/a), l = int dy / (dy/dl) and the sum are integrals of y^r log(y)^j.  A shift of l (the
only trace of the initial correlation) enters at relative order 1/L, hence everything before, and
the logarithms at that order, is universal.  k_L / L -> 1/(a+2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from . import asymptotic_series as series
from .expansion import Term, tidy, vanishes_visibly

__all__ = ["Correction", "MatchedLaw", "matched_law"]


@dataclass(frozen=True)
class Correction:
    """``coefficient`` * l^(-``exponent``) * log(l)^``logarithm``.

    ``formula`` is the coefficient in s_1, s_2, ..., those of the expansion of the correlation map
    (and r, the weight of a residual branch).
    """

    coefficient: sp.Expr
    exponent: sp.Rational
    logarithm: int = 0
    formula: sp.Expr | None = None

    def at(self, depth) -> sp.Expr:
        """The term at a depth."""
        return self.coefficient * self.shape(depth)

    def shape(self, depth) -> sp.Expr:
        """The term without its coefficient."""
        return depth**-self.exponent * sp.log(depth) ** self.logarithm

    def __str__(self):
        t = sp.Symbol("L")
        return str(self.at(t))


@dataclass(frozen=True)
class MatchedLaw:
    """The universal part of correlation and kernel,

        1 - c^l = kappa l^-a log(l)^(-k a) (1 + ``correlation``),   K^L/(L q) = ratio + ``terms``.

    ``power`` a, ``coefficient`` kappa, ``logarithm`` k.  The corrections come in decreasing order;
    what follows depends on the inputs, and ``error`` says of which order it is.
    """

    power: sp.Expr
    coefficient: sp.Expr
    ratio: sp.Expr
    correlation: tuple[Correction, ...]
    terms: tuple[Correction, ...]
    logarithm: int = 0
    error: str = "O(1/L)"


def matched_law(
    terms: Sequence[Term], rate: sp.Expr = sp.S.One, *, continuous: bool = False
) -> MatchedLaw:
    """The law for f = rate * sum of ``terms``; ``continuous`` for a flow instead of a map.

    ``rate`` is the weight r of a residual branch: u' = u - r f(u) and
    k' = (1 - r f'(u)) k + r (1 - u').  Then ``terms`` belong to K^L / (r L q).

    >>> relu = matched_law([Term(2 * sp.sqrt(2) / (3 * sp.pi), sp.Rational(3, 2))])
    >>> relu.power, relu.ratio, relu.coefficient, str(relu.terms[0])
    (2, 1/4, 9*pi**2/2, '3*log(L)/(8*L)')
    """
    coefficients = [sp.Symbol(f"s_{k + 1}", positive=True) for k in range(len(terms))]
    r = sp.Symbol("r", positive=True)
    values = dict(zip(coefficients, (t.coefficient for t in terms), strict=True)) | {r: rate}
    named = [Term(s, t.exponent, t.logarithm) for s, t in zip(coefficients, terms, strict=True)]
    first = min(t.exponent for t in named)
    most = max(t.logarithm for t in named if t.exponent == first)
    leading = next(t for t in named if (t.exponent, t.logarithm) == (first, most))
    a = 1 / (first - 1)
    sigma = (sp.S.One if rate == 1 else r) * leading.coefficient * a ** (most - 1)
    kappa = tidy((sigma**-a).xreplace(values))
    ratio = 1 / (a + 2)
    if most:
        step = Correction(-most * a * ratio**2, sp.S.Zero, -1)
        return MatchedLaw(a, kappa, ratio, (), (step,), most, "O(log log L / log(L)^2)")
    flow = _flow(named, leading, a, None if continuous else sigma)
    inverse_flow = series.power(flow, -1)
    length = series.integral(inverse_flow, sp.S.Zero)  # sigma L / y
    kernel = series.integral(series.multiply(inverse_flow, inverse_flow), a + 1)
    kernel = series.scale(kernel, a + 2)
    quotient = series.multiply(series.multiply(flow, kernel), series.power(length, -1))
    y = series.inverse(length)
    found = series.scale(series.substitute(quotient, y), ratio)
    return MatchedLaw(
        a,
        kappa,
        ratio,
        _corrections(series.power(y, -a), sigma, values),
        _corrections(found, sigma, values),
    )


def _flow(terms, leading, a, sigma):
    """dy/dl / sigma = 1 + ..., up to relative order 1/y; ``sigma`` is None for a flow."""
    total = dict(series.ONE)
    for term in terms:
        distance = a * (term.exponent - leading.exponent)
        if term is not leading and distance <= 1:
            value = term.coefficient / leading.coefficient * a**term.logarithm
            total = series.add(total, {(distance, term.logarithm): value})
    if sigma is not None:  # f'/2, where f' = sigma (a + 1) / y
        total = series.add(total, {(sp.S.One, 0): sigma * (a + 1) / 2})
    return total


def _corrections(found, sigma, values):
    """The universal terms in L, from those in X = sigma L."""
    total: dict = {}
    for (d, j), value in found.items():
        for i in range(j + 1):
            part = sp.binomial(j, i) * sp.log(sigma) ** (j - i) if j > i else sp.S.One
            total[d, i] = total.get((d, i), sp.S.Zero) + value * part * sigma**-d
    kept = [(d, j) for d, j in total if 0 < d < 1 or (d == 1 and j > 0)]
    made = []
    for key in sorted(kept, key=lambda key: (key[0], -key[1])):
        formula = sp.expand(sp.powsimp(sp.expand(total[key])))
        coefficient = tidy(formula.xreplace(values))
        if not vanishes_visibly(coefficient):
            made.append(Correction(coefficient, *key, formula))
    return tuple(made)
