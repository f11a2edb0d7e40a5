r"""The law of Y in X = |W| Y, from the laws of X and |W|: a quotient of Mellin transforms."""

import sympy as sp

from .beta_power import BetaPower
from .beta_prime_power import BetaPrimePower
from .discrete import Constant
from .gamma_quotient import GammaQuotient
from .generalized_gamma import GeneralizedGamma
from .mellin_law import MellinLaw
from .positive_law import PositiveLaw
from .quotient_law import QuotientLaw

__all__ = ["HALF_NORMAL", "quotient", "recognised"]

#: The law of |N|, N standard normal.
HALF_NORMAL = GeneralizedGamma(sp.Rational(1, 2), 2, sp.sqrt(2))


def quotient(product: PositiveLaw, factor: PositiveLaw) -> PositiveLaw:
    """The simplest law with E Y^s = E product^s / E factor^s, whether or not it is a law.

    >>> quotient(HALF_NORMAL, GeneralizedGamma(sp.Rational(3, 2), 2, sp.sqrt(2)))
    BetaPower(1, 1, 1, 1)
    """
    if isinstance(factor, Constant):
        return product.scaled(1 / factor.value)
    top, below = product.gamma_quotient, factor.gamma_quotient
    if top is not None and below is not None:
        return recognised((top / below).probability())
    return QuotientLaw(product, factor)


def recognised(transform: GammaQuotient) -> PositiveLaw:
    """The law of a transform with M(0) = 1: one of a family, or a :class:`MellinLaw`."""
    transform = transform.normal()
    for family in (_constant, _gamma, _beta, _beta_prime, _weibull_factor):
        if (law := family(transform)) is not None:
            return law
    return MellinLaw.of(transform)


def _constant(transform):
    return None if transform.upper or transform.lower else Constant(transform.base)


def _gamma(transform):
    if len(transform.upper) != 1 or transform.lower:
        return None
    ((a, alpha),) = transform.upper
    if _impossible(a, alpha):
        return None
    return GeneralizedGamma(a, 1 / alpha, transform.base)


def _beta(transform):
    if len(transform.upper) != 1 or len(transform.lower) != 1:
        return None
    (a, alpha), (b, beta) = *transform.upper, *transform.lower
    if sp.expand(alpha - beta) != 0 or _impossible(a, b - a, alpha):
        return None
    return BetaPower(a, sp.expand(b - a), alpha, transform.base)


def _beta_prime(transform):
    if len(transform.upper) != 2 or transform.lower:
        return None
    first, second = transform.upper
    if first[1].is_negative:
        first, second = second, first
    if sp.expand(first[1] + second[1]) != 0 or _impossible(first[0], second[0], first[1]):
        return None
    return BetaPrimePower(first[0], second[0], first[1], transform.base)


def _weibull_factor(transform):
    """(sqrt 2)^s Gamma((1 + s)/2)/(sqrt(pi) Gamma(1 + s/theta)), times a scale."""
    half = sp.Rational(1, 2)
    if transform.upper != ((half, half),) or len(transform.lower) != 1:
        return None
    ((b, beta),) = transform.lower
    if b != 1 or _impossible(beta) or (half - beta).is_negative:
        return None
    from .weibull_factor import WeibullFactor

    return WeibullFactor(1 / beta).scaled(sp.powsimp(transform.base / sp.sqrt(2)))


def _impossible(*values):
    """Whether one of the numbers is known not to be positive."""
    return any(value.is_positive is False for value in values)
