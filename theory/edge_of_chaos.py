r"""The edge of chaos, parametrised by the variance q.

chi_1 = 1 and V(q) = q together give one point for every q > 0,

    sigma_w2(q) = 1 / E phi'^2,    sigma_b2(q) = q - E phi^2 / E phi'^2,

admissible where sigma_b2(q) >= 0, and V'(q) = (d/dq E phi^2) / E phi'^2 there: the point is
reached by forward propagation only if it attracts, |V'(q)| < 1 (Hayou, Doucet & Rousseau 2019).

With weight correlation kappa and a skip connection s the same two equations give

    sigma_w2 = (1 - s^2) / E phi'^2,
    sigma_b2 = (1 - s^2) (q - (E phi^2 - kappa (E phi)^2) / E phi'^2),

so kappa lifts the curve at the same q and sigma_w2, and V'(q) < 1 there on one side of

    kappa_s(q) = (d/dq E phi^2 - E phi'^2) / (d/dq (E phi)^2),

which is E phi phi'' / (E phi E phi'') for smooth phi, and which no skip connection moves.  For
|s| >= 1, chi_1 > 1 whatever sigma_w2 > 0.
"""

from dataclasses import dataclass

import sympy as sp

from .equation import closed
from .gaussian import GaussianExpectation
from .symbols import q

__all__ = ["EdgeOfChaos", "critical_weight_correlation", "edge_of_chaos"]


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
    w, d, kept = mean_field.branch_moment, mean_field.slope_moment, mean_field.skip**2
    if d.is_finite is False or d.is_zero:
        reason = (
            "chi_1 is infinite for every sigma_w2 > 0"
            if d.is_finite is False
            else f"chi_1 = {kept}: the activation is constant"
        )
        return _none(reason)
    branch = 1 - kept
    if branch.is_nonpositive:
        return _none(f"chi_1 > 1 for every sigma_w2 > 0, as |skip| = {abs(mean_field.skip)} >= 1")
    definition = (branch / d, branch * (q - w / d), kept + branch * w.diff(q) / d)
    second, slope, rate = closed(w), closed(d), closed(w.diff(q))
    sigma_b2 = _tidy(branch * (q - second / slope))
    statement = "one candidate for every q > 0, admissible where sigma_b2(q) >= 0"
    if sigma_b2.is_negative:
        return _none(f"chi_1 = 1 needs sigma_b2 = {sigma_b2} < 0 for every q")
    if sigma_b2.is_zero:
        statement = "sigma_b2 = 0 and one sigma_w2: there every variance q is preserved"
    elif not slope.has(q):
        statement += "; sigma_w2 is the same for every q: a line in the plane"
    if branch.is_positive is None:
        statement += "; for |skip| < 1"
    stability = _tidy(kept + branch * rate / slope)
    return EdgeOfChaos(True, branch / slope, sigma_b2, stability, statement, definition)


def critical_weight_correlation(mean_field) -> tuple[sp.Expr | None, sp.Expr | None]:
    """kappa_s(q) with untouched expectations and derived, or None twice: see the module.

    None where V' does not depend on kappa, or where there is no edge of chaos.
    """
    d, common = mean_field.slope_moment, mean_field.mean**2
    moves = common.diff(q)
    if not mean_field.edge_of_chaos.exists or closed(moves).is_zero:
        return None, None
    excess = mean_field.second_moment.diff(q) - d
    if closed(excess).is_zero:  # homogeneous of degree 1
        return sp.S.Zero, sp.S.Zero
    return excess / moves, _tidy(closed(excess) / closed(moves))


def _none(reason):
    return EdgeOfChaos(False, None, None, None, reason, (None, None, None))


def _tidy(expr):
    """Cancel what cancels when the quotient is algebraic; leave longer quotients alone."""
    if expr.has(sp.Function, sp.exp, GaussianExpectation) or sp.count_ops(expr) > 60:
        return expr
    return sp.simplify(expr)
