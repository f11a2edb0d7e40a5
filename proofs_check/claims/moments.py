r"""The Gaussian moments that claims speak of, by derivation from the activation alone.

With u ~ N(0, q): W = E \phi^2, D = E \phi'^2, B = E \phi \phi'' (in the sense of distributions, so
that a kink of slope J at x_k adds J \phi(x_k) times the density there) and K = E \phi''^2.
"""

from functools import lru_cache

import sympy as sp

from theory.activation import Activation
from theory.gaussian import E2, E
from theory.symbols import q, rho, sigma_b2, sigma_w2

__all__ = [
    "bend",
    "correlation_map",
    "curvature",
    "edge",
    "function",
    "kernel",
    "second",
    "slope",
    "variance_map",
]


@lru_cache(maxsize=64)
def function(text: str) -> sp.Expr:
    """The expression in x of an activation given by name or formula."""
    return Activation(text).expr


@lru_cache(maxsize=64)
def _derivative(text, order):
    return Activation(text).derivative(order).expr


def second(text: str) -> sp.Expr:
    """W = E phi^2, in q."""
    return E(function(text) ** 2, q)


def slope(text: str) -> sp.Expr:
    """D = E phi'^2, in q."""
    return E(_derivative(text, 1) ** 2, q)


def curvature(text: str) -> sp.Expr:
    """K = E phi''^2, in q, for functions without kinks."""
    return E(_derivative(text, 2) ** 2, q)


def bend(text: str) -> sp.Expr:
    """B = E phi phi'' = W' - D, where W' is the derivative of the node (kinks included)."""
    return second(text).diff(q) - slope(text)


def variance_map(text: str) -> sp.Expr:
    """V(q) = sigma_b2 + sigma_w2 W(q)."""
    return sigma_b2 + sigma_w2 * second(text)


def kernel(text: str) -> sp.Expr:
    """G_q(rho) = E phi(u) phi(v) at variances q and correlation rho."""
    return E2(function(text), function(text), q, q, rho)


def correlation_map(text: str) -> sp.Expr:
    """C(rho) = (sigma_b2 + sigma_w2 G_q(rho))/q; C(1) = 1 where q = V(q)."""
    return (sigma_b2 + sigma_w2 * kernel(text)) / q


def edge(text: str) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """(sigma_w2, sigma_b2, V') on the edge of chaos, in q: 1/D, q - W/D and W'/D."""
    weights = 1 / slope(text)
    return weights, q - weights * second(text), weights * second(text).diff(q)
