r"""The claim on moments of the fraction of inputs that one of two classes is given.

Derived here, for the law of E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

from functools import lru_cache

import sympy as sp

from theory.gaussian import E
from theory.guessing.class_fraction import BinaryFraction
from theory.special import Phi
from theory.symbols import g, gamma, x

from ..checks import Certified, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_tools import normal_cdf, normal_density, normal_quantile

__all__ = ["MOMENTS_OF_LAW"]

R = sp.Rational
FRANCAZI = "Francazi, Lucchi & Baity-Jesi, arXiv:2306.00809"
_POSITIVE = {gamma: (R(1, 5), 3)}
_W, _S = sp.Symbol("w", real=True), sp.Symbol("s", positive=True)

#: gamma: Var G_0, E max(G_0, 1 - G_0), P(max > 0.9)
_TABLE = {
    R(1, 20): ("0.00758167399105193", "0.570024348046551", None),
    R(1, 4): ("0.0320471084244875", "0.647583617650433", None),
    R(1): (None, None, "0.2"),
    R(4): ("0.147583617650433", "0.852416382349567", "0.521668369213249"),
    R(10): ("0.181611174087064", "0.902508885478932", "0.685284796957002"),
}
_C = gamma / (1 + gamma)
_VARIANCE = sp.asin(_C) / (2 * sp.pi)
_LARGEST = R(1, 2) + sp.atan(sp.sqrt(gamma)) / sp.pi


def _by_derivative(variance=_VARIANCE, largest=_LARGEST):
    r"""d/ds of both moments of Phi(s Z), s = sqrt(gamma), and their values at s = 0.

    E Z h(Z) = E h'(Z) with h = phi(s z) Phi(s z) gives (1 + s^2) E Z h = s E phi(s Z)^2.
    """
    square = sp.integrate(normal_density(_S * _W) ** 2 * normal_density(_W), (_W, -sp.oo, sp.oo))
    slope = 2 * _S * square / (1 + _S**2)
    yield Symbolic(variance.subs(gamma, _S**2).diff(_S), slope)
    yield Symbolic(variance.subs(gamma, 0), 0)
    half = sp.Symbol("z", positive=True)
    slope = sp.integrate(
        2 * half * normal_density(_S * half) * normal_density(half), (half, 0, sp.oo)
    )
    yield Symbolic(largest.subs(gamma, _S**2).diff(_S), slope)
    yield Symbolic(largest.subs(gamma, 0), R(1, 2))
    law = BinaryFraction()
    yield Symbolic(law.variance, variance)
    yield Symbolic(law.mean_of_largest, largest)


def _by_integration(variance=_VARIANCE, largest=_LARGEST, at=tuple(_TABLE)):
    """Both expectations enclosed by integration with rigorous tails."""
    for ratio in at:
        place = {gamma: ratio}
        second = E(Phi(x) ** 2, gamma) - R(1, 4)
        yield CertifiedValue(second, variance, place)
        yield CertifiedValue(E(Phi(sp.Abs(x)), gamma), largest, place)


def _median_and_tail():
    law = BinaryFraction()
    median = normal_cdf(sp.sqrt(gamma) * normal_quantile(R(3, 4)))
    yield Symbolic(law.median_of_largest, median, _POSITIVE)
    tail = 2 * (1 - normal_cdf(normal_quantile(g) / sp.sqrt(gamma)))
    yield Symbolic(law.tail_of_largest(), tail, {g: (R(11, 20), R(19, 20))} | _POSITIVE)
    yield Symbolic(tail.subs(g, median), R(1, 2), _POSITIVE)
    yield Symbolic(law.mean, R(1, 2))


@lru_cache(maxsize=8)
def _float_law(ratio):
    from numerics.guessing.class_fraction import class_fraction

    return class_fraction(float(ratio))


def _table():
    yield Symbolic(BinaryFraction(1).variance, R(1, 12))
    yield Symbolic(BinaryFraction(1).mean_of_largest, R(3, 4))
    for ratio, row in _TABLE.items():
        law = BinaryFraction(ratio)
        exact = law.variance, law.mean_of_largest, law.tail_of_largest(R(9, 10))
        numbers = _float_law(ratio)
        floats = numbers.var(), numbers.expected_largest, numbers.largest.sf(0.9)
        for digits, value, number in zip(row, exact, floats, strict=True):
            if digits is not None:
                yield _printed(value, digits)
            yield Numeric(number, value, [{}], digits=13)
        median = numbers.largest.median()
        yield Numeric(median, law.median_of_largest, [{}], digits=13)
    # a network of gamma = 0.9 counts as neutral, yet has a bias
    yield Certified(sp.Abs(BinaryFraction(R(9, 10)).mean_of_largest - R("0.741")) < R(1, 1000))


def _printed(value, digits):
    figures = len(digits.replace(".", "").lstrip("0"))
    return Balls(lambda: ball(sp.N(value, 40)), lambda: printed(digits), figures - 1)


def _g0_moments():
    yield from _by_derivative()
    yield from _by_integration()
    yield from _median_and_tail()
    yield from _table()


def _wrong(**stated):
    yield from _by_derivative(**stated)
    yield from _by_integration(**stated, at=(R(4),))


G0_MOMENTS = Claim(
    "igb.g0-moments",
    r"$E\,G_0 = \frac12$, $\mathrm{Var}\,G_0 = \arcsin(\frac\gamma{1+\gamma})/(2\pi)$, $E\max(G_0,"
    r" 1-G_0) = \frac12 + \arctan(\sqrt\gamma)/\pi$; the median of the maximum is "
    r"$\Phi(\sqrt\gamma\,\Phi^{-1}(\frac34))$ and $P(\max > t) = "
    r"2(1-\Phi(\Phi^{-1}(t)/\sqrt\gamma))$.",
    f"derived here, for the law of {FRANCAZI}",
    _g0_moments,
    (
        Mutation("arctan(gamma)", lambda: list(_wrong(largest=R(1, 2) + sp.atan(gamma) / sp.pi))),
        Mutation(
            "arcsin(sqrt(c))", lambda: list(_wrong(variance=sp.asin(sp.sqrt(_C)) / 2 / sp.pi))
        ),
    ),
)

MOMENTS_OF_LAW = (G0_MOMENTS,)
