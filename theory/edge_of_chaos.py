r"""The edge of chaos, parametrised by the variance q.

chi_1 = 1 and V(q) = q together give one point for every q > 0,

    sigma_w2(q) = 1 / E phi'^2,    sigma_b2(q) = q - E phi^2 / E phi'^2,

admissible where sigma_b2(q) >= 0, and V'(q) = (d/dq E phi^2) / E phi'^2 there: the point is
reached by forward propagation only if it attracts, |V'(q)| < 1 (Hayou, Doucet & Rousseau 2019).
"""

from dataclasses import dataclass

import sympy as sp

from .equation import closed
from .gaussian import GaussianExpectation
from .symbols import q

__all__ = ["EdgeOfChaos", "edge_of_chaos"]


@dataclass(frozen=True)
class EdgeOfChaos:
    """The curve as expressions in ``q``: ``sigma_w2``, ``sigma_b2`` and ``stability`` = V'(q).

    All three are None where ``exists`` is False; ``statement`` says why.  ``definition`` holds the
    same three with untouched expectations, ``admissible`` the condition sigma_b2(q) >= 0.
    """

    exists: bool
    sigma_w2: sp.Expr | None
    sigma_b2: sp.Expr | None
    stability: sp.Expr | None
    statement: str
    definition: tuple[sp.Expr | None, ...]

    @property
    def admissible(self) -> sp.Basic:
        """sigma_b2(q) >= 0 as a SymPy relation (true or false where that is decided)."""
        return sp.Ge(self.sigma_b2, 0) if self.exists else sp.false

    def __str__(self):
        if not self.exists:
            return f"no edge of chaos: {self.statement}"
        return (
            f"edge of chaos: sigma_w2(q) = {self.sigma_w2}, sigma_b2(q) = {self.sigma_b2}, "
            f"V'(q) = {self.stability}"
        )


def edge_of_chaos(mean_field) -> EdgeOfChaos:
    """The edge of chaos of a MeanField."""
    w, d = mean_field.second_moment, mean_field.slope_moment
    if d.is_finite is False or d.is_zero:
        reason = (
            "chi_1 is infinite for every sigma_w2 > 0"
            if d.is_finite is False
            else "chi_1 = 0: the activation is constant"
        )
        return EdgeOfChaos(False, None, None, None, reason, (None, None, None))
    definition = (1 / d, q - w / d, w.diff(q) / d)
    second, slope, rate = closed(w), closed(d), closed(w.diff(q))
    sigma_b2 = _tidy(q - second / slope)
    statement = "one candidate for every q > 0, admissible where sigma_b2(q) >= 0"
    if sigma_b2.is_negative:
        reason = f"chi_1 = 1 needs sigma_b2 = {sigma_b2} < 0 for every q"
        return EdgeOfChaos(False, None, None, None, reason, (None, None, None))
    if sigma_b2.is_zero:
        statement = "sigma_b2 = 0 and one sigma_w2: there every variance q is preserved"
    return EdgeOfChaos(True, 1 / slope, sigma_b2, _tidy(rate / slope), statement, definition)


def _tidy(expr):
    """Cancel what cancels when the quotient is algebraic; leave longer quotients alone."""
    if expr.has(sp.Function, sp.exp, GaussianExpectation) or sp.count_ops(expr) > 60:
        return expr
    return sp.simplify(expr)
