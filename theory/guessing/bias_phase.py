"""The phase of the bias as data: regime, dynamics, and the numbers they rest on."""

from dataclasses import dataclass

import sympy as sp

__all__ = ["BiasPhase"]


@dataclass(frozen=True)
class BiasPhase:
    """A phase and what decided it.

    Attributes
    ----------
    regime, dynamics
        'neutrality', 'prejudice', 'deep prejudice' or the border of the first two; 'ordered',
        'critical' or 'chaotic'.  ``name`` joins them.
    statement
        Why, in one sentence.
    destination
        Where the variance goes: 'finite', 'zero' or 'infinite'.
    q_star
        The fixed point of the variance (0 or oo where it goes there).
    chi_1
        tilde chi_1 = sigma_w2 E phi'^2 at q_star.
    gamma_star
        Where gamma tends to, if that needs no equation to be solved: oo in deep prejudice; None
        where it is c*/(1 - c*) of a fixed point c* of the correlation map.
    slope
        C'(1) = tilde chi_1 q_l/q_(l+1) in the limit: the slope of the correlation map at 1, equal
        to chi_1 where q_star is finite and positive.
    """

    regime: str
    dynamics: str
    statement: str
    destination: str
    q_star: sp.Expr
    chi_1: sp.Expr
    slope: sp.Expr
    gamma_star: sp.Expr | None = None

    @property
    def name(self) -> str:
        """Regime and dynamics, as in 'deep prejudice, critical'."""
        return f"{self.regime}, {self.dynamics}"

    def __str__(self):
        return f"{self.name}: {self.statement}"
