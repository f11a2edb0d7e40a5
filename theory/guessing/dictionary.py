r"""From correlations to the bias ratio and back: gamma = c/(1 - c), c = gamma/(1 + gamma).

Averaging over networks first gives q_aa and q_ab = c q_aa; averaging over the data first gives the
variance sigma_mu2 of a node's centre and its spread sigma_y2.  By the law of total variance
q_aa = sigma_mu2 + sigma_y2 and q_ab = sigma_mu2 (Bassi et al. 2025, arXiv:2505.12096, thm 3.1).
"""

from dataclasses import dataclass

import sympy as sp

from ..errors import InputError
from ..parser import exact
from ..symbols import gamma, rho, sigma_b2, sigma_w2

__all__ = [
    "FirstLayer",
    "bias_ratio",
    "correlation_of",
    "counted_variance",
    "estimated_ratio",
    "estimated_variance",
    "first_layer",
    "gamma_of",
    "gamma_of_gap",
]


def gamma_of(c=rho) -> sp.Expr:
    """gamma = c/(1 - c) of a correlation 0 <= c <= 1; infinite at c = 1.

    >>> gamma_of("1/2"), gamma_of(1), gamma_of()
    (1, oo, rho/(1 - rho))
    """
    c = _within(c, 0, 1, "a correlation c")
    return sp.oo if c == 1 else c / (1 - c)


def gamma_of_gap(one_minus_c) -> sp.Expr:
    """gamma = 1/e - 1 of e = 1 - c: no digit is lost next to c = 1.

    >>> gamma_of_gap(sp.Rational(1, 10**30)) == 10**30 - 1
    True
    """
    e = _within(one_minus_c, 0, 1, "a gap 1 - c")
    return sp.oo if e == 0 else 1 / e - 1


def correlation_of(ratio=gamma) -> sp.Expr:
    """c = gamma/(1 + gamma) of gamma >= 0; 1 where gamma is infinite.

    >>> correlation_of(3), correlation_of(sp.oo)
    (3/4, 1)
    """
    ratio = bias_ratio(ratio)
    return sp.S.One if ratio is sp.oo else ratio / (1 + ratio)


@dataclass(frozen=True)
class FirstLayer:
    """Variance ``q``, correlation ``c`` and ``gamma`` of the first pre-activations."""

    q: sp.Expr
    c: sp.Expr
    gamma: sp.Expr


def first_layer(weights=sigma_w2, biases=sigma_b2, q0=1, c0=0) -> FirstLayer:
    """The first pre-activations W x + b for inputs of mean square q0 and correlation c0.

    q_1 = sigma_b2 + sigma_w2 q0 and gamma_1 = (sigma_b2 + sigma_w2 q0 c0)/(sigma_w2 q0 (1 - c0)):
    centred inputs have c0 = 0, images that were not centred c0 > 0.

    >>> first_layer()
    FirstLayer(q=sigma_b2 + sigma_w2, c=sigma_b2/(sigma_b2 + sigma_w2), gamma=sigma_b2/sigma_w2)
    """
    weights, biases = exact(weights, "sigma_w2"), exact(biases, "sigma_b2")
    q0 = exact(q0, "q0")
    c0 = _within(c0, 0, 1, "the correlation c0 of the inputs")
    if q0.is_positive is False:
        raise InputError(f"q0 is the mean square of an input, > 0; got {q0}")
    variance = biases + weights * q0
    centre = biases + weights * q0 * c0
    ratio = sp.oo if c0 == 1 else centre / (weights * q0 * (1 - c0))
    return FirstLayer(variance, centre / variance, ratio)


def estimated_ratio(samples, ratio=gamma) -> sp.Expr:
    """E mu_hat^2 / E s^2 if a node's mean and (1/D) variance are estimated from D inputs.

    E mu_hat^2 = sigma_mu2 + sigma_y2/D and E s^2 = sigma_y2 (1 - 1/D), exactly, so that the ratio
    is (gamma + 1/D)/(1 - 1/D): at gamma = 0 it is 1/(D - 1), not 0.

    >>> estimated_ratio(11, 0), sp.limit(estimated_ratio(sp.Symbol("D")), sp.Symbol("D"), sp.oo)
    (1/10, gamma)
    """
    count, ratio = _samples(samples, 2), bias_ratio(ratio)
    return sp.cancel((ratio + 1 / count) / (1 - 1 / count)) if ratio is not sp.oo else sp.oo


def estimated_variance(samples, ratio=gamma) -> sp.Expr:
    """The variance of the fraction that is counted on D inputs: (1 - 1/D) Var G + 1/(4 D).

    Given the network the count is binomial with probability G, so E G(1 - G)/D is added.

    >>> estimated_variance(1, 5)
    1/4
    """
    return counted_variance(samples, sp.asin(correlation_of(ratio)) / (2 * sp.pi))


def counted_variance(samples, variance) -> sp.Expr:
    """The same for a fraction G of mean 1/2 with any ``variance`` over the networks.

    >>> counted_variance(100, 0)
    1/400
    """
    count = _samples(samples, 1)
    return (1 - 1 / count) * exact(variance, "variance") + 1 / (4 * count)


def bias_ratio(value) -> sp.Expr:
    """gamma as an exact number or expression, at least 0 and possibly infinite."""
    if value in (sp.oo, float("inf")):
        return sp.oo
    ratio = exact(value, "gamma")
    if ratio.is_negative:
        raise InputError(f"gamma is a ratio of variances, >= 0; got {ratio}")
    return ratio


def _within(value, low, high, what):
    number = exact(value, what)
    if number.is_number and not (low <= number) & (number <= high):
        raise InputError(f"{what} lies between {low} and {high}; got {number}")
    return number


def _samples(value, least):
    count = exact(value, "the number of inputs")
    if count.is_number and not (count.is_Integer and count >= least):
        raise InputError(f"the number of inputs is a whole number >= {least}; got {count}")
    return count
