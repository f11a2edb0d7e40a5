"""The activations of Weibull weights as functions of a formula."""

import sympy as sp

from ..errors import InputError
from .functions import LawActivation
from .numbers import expression
from .weibull_factor import WeibullFactor

__all__ = ["weibull_activation", "weibull_activation_positive"]


def weibull_activation(x, theta) -> sp.Expr:
    r"""The odd \varphi_\theta: W \varphi_\theta(X) is normal for P(|W| > w) = e^{-w^theta}.

    Raises InputError for theta < 2.

    >>> weibull_activation(sp.Symbol("x", real=True), 2)
    sqrt(2)*sin(pi*erf(sqrt(2)*x/2)/2)
    """
    return LawActivation(_factor(theta), expression(x), "odd")


def weibull_activation_positive(x, theta) -> sp.Expr:
    r"""The positive increasing \varphi^+_\theta of the same weights.

    >>> weibull_activation_positive(sp.Symbol("x", real=True), 2)
    sqrt(2)*sin(pi*Phi(x)/2)
    """
    return LawActivation(_factor(theta), expression(x), "positive")


def _factor(theta):
    theta = expression(theta)
    if theta.is_number or all(s.is_Symbol for s in theta.free_symbols):
        return WeibullFactor(theta)
    raise InputError(f"theta is a number >= 2 or a parameter; got {theta}")
