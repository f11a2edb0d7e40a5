r"""What the correlation kappa of the weights does for any activation.

Independent outputs.  Without biases, C(0) = (1 - kappa) sigma_w2 (E phi)^2/V(q).  If that is 0,
because rows sum to 0 (kappa = 1) or E phi = 0, then c = 0 is a fixed point at every q, stationary
or not, of slope

    chi_0 = (s^2 q + sigma_w2 (E u phi(u))^2/q)/V(q),    which without skip is  a_1^2/Var phi,

u ~ N(0, q), E u phi = q E phi', and a_1 = E u phi/sqrt(q) the first Hermite coefficient of phi.
By Bessel's inequality Var phi = a_1^2 + a_2^2 + ... >= a_1^2: chi_0 <= 1, with equality for affine
phi alone.  As C is convex on [0, 1] with C(0) = 0 and C(1) = 1, c = 0 attracts all of [0, 1).

The least correlation.  sigma_b2(q) >= 0 on the edge of chaos if and only if

    kappa >= kappa_min(q) = (E phi^2 - q E phi'^2)/(E phi)^2,

so that an activation without an edge of chaos may gain one from anti-correlated weights.
(Derived here; the maps are those of Singh & Sreejith 2021, arXiv:2103.12499.)
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .equation import closed
from .gaussian import E, GaussianExpectation
from .normal_form import normal_form
from .scale_free.maps import ScaleFreeMaps
from .scale_free.parts import scale_free_obstacle
from .symbols import q, sigma_w2, x

__all__ = ["CorrelationEffects", "Independence", "independence", "least_weight_correlation"]


@dataclass(frozen=True)
class Independence:
    """Whether c = 0 stays a fixed point without biases, and how fast it attracts.

    ``slope`` is chi_0 <= 1, an expression in q, and ``definition`` the same with untouched
    expectations; both are None where ``exists`` is False.  ``statement`` says what holds and why.
    """

    exists: bool
    slope: sp.Expr | None
    definition: sp.Expr | None
    statement: str

    @property
    def bound(self) -> sp.Basic:
        """chi_0 <= 1 as a SymPy relation, true for every q by Bessel's inequality."""
        return sp.Le(self.slope, 1, evaluate=False) if self.exists else sp.false

    def __str__(self):
        return self.statement


def independence(mean_field) -> Independence:
    """The fixed point c = 0 of a MeanField without biases; see the module."""
    kappa, skip = mean_field.weight_correlation, mean_field.skip
    if kappa != 1 and not closed(mean_field.mean).is_zero:
        return Independence(
            False,
            None,
            None,
            "C(0) = (1 - weight_correlation) sigma_w2 (E phi)^2/V(q) is not 0: c = 0 is a fixed "
            f"point for weight_correlation = 1, not {kappa}",
        )
    kept = skip**2 * q / sigma_w2
    shared = E(x * mean_field.activation.expr, q) ** 2 / q
    spread = mean_field.second_moment - mean_field.mean**2
    if closed(spread).is_zero:
        return Independence(False, None, None, "the activation is constant: without biases V = 0")
    slope = (kept + closed(shared)) / (kept + _short(closed(spread)))
    if not slope.has(GaussianExpectation) and sp.count_ops(slope) < 60:
        slope = sp.factor(slope)
    statement = (
        "without biases c = 0 is a fixed point and attracts [0, 1): its slope is at most 1 by "
        "Bessel's inequality, and 1 only if phi is affine"
    )
    if slope == 1:
        statement = "phi is affine: without biases every correlation is kept"
    return Independence(True, slope, (kept + shared) / (kept + spread), statement)


def least_weight_correlation(mean_field) -> tuple[sp.Expr | None, sp.Expr | None]:
    """kappa_min(q) with untouched expectations and derived, or None twice.

    None if E phi = 0, or if no sigma_w2 makes chi_1 = 1.

    >>> from theory.mean_field import MeanField
    >>> least_weight_correlation(MeanField("relu"))[1]
    0
    """
    second, slope, mean = mean_field.second_moment, mean_field.slope_moment, mean_field.mean
    if slope.is_finite is False or slope.is_zero or closed(mean).is_zero:
        return None, None
    value = _short(closed(second) - q * closed(slope)) / closed(mean) ** 2
    if not value.has(GaussianExpectation, sp.Function, sp.exp) and sp.count_ops(value) < 60:
        value = sp.factor(value)
    return (second - q * slope) / mean**2, value


def _short(expr):
    return expr if expr.has(GaussianExpectation) else normal_form(expr)


class CorrelationEffects:
    """The attributes that a MeanField has from this module and from ``scale_free.maps``."""

    @cached_property
    def scale_free(self) -> ScaleFreeMaps | None:
        """The closed forms if phi(t x) = t phi(x) for t > 0 and phi is not linear, else None.

        ``scale_free_obstacle`` then says why.
        """
        return ScaleFreeMaps(self) if self.scale_free_obstacle is None else None

    @cached_property
    def scale_free_obstacle(self) -> str | None:
        """Why ``scale_free`` is None, in a sentence; None if it is not."""
        return scale_free_obstacle(self)

    @cached_property
    def independence(self) -> Independence:
        """Whether signals become independent with depth without biases: the slope of C at 0."""
        return independence(self)

    @cached_property
    def least_weight_correlation(self) -> sp.Expr | None:
        """kappa_min(q), above which the edge of chaos at q is admissible (sigma_b2 >= 0).

        None if E phi = 0, where kappa has no effect, or if chi_1 is infinite.  It exists for
        weights if it is at most 1; the point attracts on one side of
        ``critical_weight_correlation``.
        """
        return least_weight_correlation(self)[1]
