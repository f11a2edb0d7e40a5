r"""The neutral line: where the bias ratio tends to 1 and the class fraction to the uniform law.

gamma* = 1 means c* = 1/2, that is C(1/2) = 1/2 at a fixed point q = V(q).  Both conditions are
linear in the variances: with V(q) = sigma_b2 + sigma_w2 W and K(q, q, 1/2) = sigma_b2 + sigma_w2 G

    sigma_w2(q) = q/(2 (W - G)),    sigma_b2(q) = q - sigma_w2(q) W.

Below the line (smaller sigma_w2) lies prejudice, above it neutrality.  As C is convex with
C(1) = 1, C(1/2) = 1/2 forces chi_1 > 1: the whole line is chaotic.
"""

from dataclasses import dataclass

import sympy as sp

from ..equation import closed
from ..gaussian import GaussianExpectation
from ..symbols import q, q1, q2, rho, sigma_b2, sigma_w2
from .gamma_map import in_normal_form, quotient

__all__ = ["NeutralLine", "neutral_line"]


@dataclass(frozen=True)
class NeutralLine:
    """The line parametrised by q; all three are None where ``exists`` is False.

    ``stability`` is V'(q) on the line: a network settles there only if it lies in (-1, 1).
    ``condition`` is C(1/2) = 1/2 as a SymPy equation in q and the variances, ``statement`` says
    where the line is admissible, or why there is none.
    """

    exists: bool
    sigma_w2: sp.Expr | None
    sigma_b2: sp.Expr | None
    stability: sp.Expr | None
    condition: sp.Basic
    statement: str

    @property
    def admissible(self) -> sp.Basic:
        """sigma_b2(q) >= 0 as a SymPy relation (true or false where that is decided)."""
        return sp.Ge(self.sigma_b2, 0) if self.exists else sp.false

    def __str__(self):
        if not self.exists:
            return f"no neutral line: {self.statement}"
        return f"neutral line: sigma_w2(q) = {self.sigma_w2}, sigma_b2(q) = {self.sigma_b2}"


def neutral_line(mean_field) -> NeutralLine:
    """The line of a mean-field theory, linear in sigma_w2 and sigma_b2.

    >>> from theory.mean_field import MeanField
    >>> neutral_line(MeanField("relu")).exists
    False
    >>> line = neutral_line(MeanField("x**2"))
    >>> line.sigma_w2, line.sigma_b2.is_zero
    (1/(3*q), True)
    """
    condition = sp.Eq(mean_field.correlation_map.subs(rho, sp.S.Half), sp.S.Half, evaluate=False)
    one_layer = {sigma_w2: 1, sigma_b2: 0}
    whole = closed(mean_field.variance_map.subs(one_layer))
    half = {q1: q, q2: q, rho: sp.S.Half}
    shared = in_normal_form(closed(mean_field.covariance_map.subs(one_layer).subs(half)))
    spread = in_normal_form(whole - shared)
    if spread.is_zero:
        return NeutralLine(False, None, None, None, condition, "the activation is constant")
    weights = quotient(q / 2, spread)
    biases = quotient(q * in_normal_form(whole - 2 * shared), 2 * spread)
    if _always_negative(mean_field, biases):
        reason = f"gamma = 1 at a fixed point needs sigma_b2 = {biases} < 0 for every q"
        return NeutralLine(False, None, None, None, condition, reason)
    stability = mean_field.chi_q.subs(sigma_w2, weights)
    statement = "one candidate for every q > 0, admissible where sigma_b2(q) >= 0"
    if not biases.has(GaussianExpectation) and biases.is_zero:
        statement = "sigma_b2 = 0: there gamma = 1 is kept at the variance q"
    return NeutralLine(True, weights, biases, stability, condition, statement)


def _always_negative(mean_field, biases):
    """Whether the biases are negative for every q, as for homogeneous activations.

    SymPy's assumptions are not asked about expectations: they tell nothing and are slow there.
    """
    if mean_field.activation.homogeneity == 1:
        slope = biases.subs(q, 1)
        return not slope.free_symbols and slope.evalf(15).is_negative is True
    return not biases.has(GaussianExpectation) and biases.is_negative is True
