r"""One layer of the bias ratio: gamma' as an expression in gamma and q, for any activation.

Inputs of variance q and correlation c = gamma/(1 + gamma) leave a layer with

    sigma_mu2' = K(q, q, c),    sigma_y2' = V(q) - K(q, q, c),    gamma' = sigma_mu2'/sigma_y2',

V the variance map and K the covariance map of the mean-field theory.  At a fixed point q = V(q)
this is gamma' = C(c)/(1 - C(c)).  For ReLU it is the arc-cosine recursion of Francazi et al. 2024
(arXiv:2306.00809).
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..equation import closed
from ..gaussian import GaussianExpectation
from ..normal_form import normal_form
from ..symbols import q, q1, q2, rho
from .dictionary import correlation_of

__all__ = ["GammaMap", "gamma_map", "in_normal_form"]


@dataclass(frozen=True)
class GammaMap:
    """The layer map in ``gamma``, ``q``, ``sigma_w2`` and ``sigma_b2``.

    Attributes
    ----------
    centre
        sigma_mu2', the variance over networks of a node's centre in the next layer.
    spread
        sigma_y2', its variance over the data.  It is free of sigma_b2.
    variance
        q' = V(q), which both add up to.
    """

    centre: sp.Expr
    spread: sp.Expr
    variance: sp.Expr

    @cached_property
    def ratio(self) -> sp.Expr:
        """gamma' = centre/spread, wherever q is."""
        return quotient(self.centre, self.spread)

    @cached_property
    def at_fixed_point(self) -> sp.Expr:
        """gamma' where q = V(q): the same with the spread written as q - centre."""
        return quotient(self.centre, q - self.centre)

    @property
    def is_closed(self) -> bool:
        """Whether no Gaussian expectation is left."""
        return not self.ratio.has(GaussianExpectation)

    def __str__(self):
        return f"gamma' = {self.ratio}, q' = {self.variance}"


def gamma_map(mean_field) -> GammaMap:
    """The map of anything with a ``variance_map`` and a ``covariance_map``.

    >>> from theory.mean_field import MeanField
    >>> gamma_map(MeanField("linear")).ratio
    (gamma*(q*sigma_w2 + sigma_b2) + sigma_b2)/(q*sigma_w2)
    """
    place = {q1: q, q2: q, rho: correlation_of()}
    centre = in_normal_form(closed(mean_field.covariance_map.subs(place)))
    variance = closed(mean_field.variance_map)
    return GammaMap(centre, in_normal_form(variance - centre), variance)


def in_normal_form(expr: sp.Expr) -> sp.Expr:
    """The normal form of a closed expression; one with expectations is only collected."""
    if not expr.has(GaussianExpectation):
        try:
            return normal_form(expr)
        except (NotImplementedError, ValueError, RecursionError):
            return expr
    return sp.factor_terms(sp.expand(expr))


def quotient(above: sp.Expr, below: sp.Expr) -> sp.Expr:
    """above/below in the shortest of a few forms."""
    forms = [above / below]
    (a, b), (c, d) = (sp.fraction(sp.together(e, deep=False)) for e in (above, below))
    forms.append(a * sp.cancel(d / b) / c)
    forms.append(sp.factor_terms(sp.expand(forms[-1])))
    return min(forms, key=sp.count_ops)
