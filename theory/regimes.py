r"""What happens on both sides of the critical exponent.

With phi_s = x + sum_k n^{-k p} h_k the drift of one layer is n^{-k* p} g(V) and its noise n^{-1/2}
per layer, so p* = 1/k* balances them.  For p > p* only the noise is left (a linear network), for
p < p* only the drift: V' = g(V) on the clock layer/n^{k* p}, after which, on the clock layer/n,
everything has already happened.  What correlated weights take per layer, kappa V/n, belongs to the
clock layer/n: it stays for p > p* and is nothing for p < p*.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .latex import latex
from .logistic_norm import LogisticNorm, logistic_norm
from .pieces import sign_of
from .reduced_sde import ReducedSDE
from .scale_free.kink_correlation import PROFILE, c_star
from .state_terms import collected
from .symbols import V0, V, covariance_entry, n, rho

__all__ = ["Regimes"]

V11, V22 = covariance_entry(1, 1), covariance_entry(2, 2)


@dataclass(frozen=True)
class Regimes:
    """The three regimes of a shaping; ``exponent`` is the p it is written for.

    ``norm_flow`` is g(V), ``pair_flow`` the velocity of rho, both on the fast clock; ``loss`` is
    the rate at which layers of correlated weights shrink V on the clock layer/n.

    >>> from theory.covariance_sde import CovarianceSDE
    >>> regimes = CovarianceSDE("x + x**2/2 - x**3").regimes
    >>> regimes.norm_attractor, regimes.correlation_attractor
    (1, 1/2)
    >>> CovarianceSDE("relu").regimes.correlation_attractor
    1
    >>> CovarianceSDE("relu", weight_correlation="1/2").regimes.correlation_attractor.evalf(10)
    0.7266299342
    """

    critical_exponent: sp.Expr | None
    exponent: sp.Expr
    norm_flow: sp.Expr
    pair_flow: sp.Expr
    loss: sp.Expr = sp.S.Zero

    @property
    def current(self) -> str:
        """'subcritical' (linear), 'critical' or 'supercritical' (deterministic) or 'undecided'."""
        if self.critical_exponent is None:
            return "subcritical"
        difference = self.exponent - self.critical_exponent
        if not difference.is_number:
            return "undecided"
        return ("supercritical", "critical", "subcritical")[sign_of(difference) + 1]

    @property
    def clock(self) -> sp.Expr | None:
        """How many layers make one unit of time for p < p*: n^(p/p*)."""
        if self.critical_exponent is None:
            return None
        return n ** (self.exponent / self.critical_exponent)

    @cached_property
    def _logistic(self) -> LogisticNorm | None:
        return logistic_norm(self.norm_flow, sp.S.One)

    @property
    def norm_attractor(self) -> sp.Expr | None:
        """Where V tends to for p < p*; None if it stays, blows up, vanishes or is not known."""
        flow = self._logistic
        if flow is None or self.norm_flow.is_zero or not flow.push.is_negative:
            return None
        if not flow.pull.is_negative:
            return None
        return (flow.pull / flow.push) ** (1 / flow.delta)

    @property
    def blow_up_time(self) -> sp.Expr | None:
        """When V blows up for p < p*, in ``V0`` above the unstable fixed point; None if never.

        >>> from theory.covariance_sde import CovarianceSDE
        >>> CovarianceSDE("exp").regimes.blow_up_time
        -4*log(1 - 1/V0)/7
        """
        flow = self._logistic
        if flow is None or not flow.push.is_positive or not flow.pull.is_positive:
            return None
        inside = 1 - flow.pull / flow.push * V0 ** (-flow.delta)
        return -sp.log(inside) / (flow.delta * flow.pull)

    @cached_property
    def correlation_flow(self) -> sp.Expr | None:
        """The velocity of rho at V11 = V22 = the attractor of the norm (any V if it stays)."""
        still = self.norm_flow.is_zero or not self.pair_flow.has(V11, V22)
        place = V if still else self.norm_attractor
        if place is None:
            return None
        flow = self.pair_flow.subs({V11: place, V22: place})
        return sp.factor(flow) if flow.is_polynomial(rho) else sp.expand(flow)

    @property
    def correlation_attractor(self) -> sp.Expr | None:
        """Where rho tends to from all but exceptional starts, for p < p*; None if unknown."""
        flow = self.correlation_flow
        if flow is None or flow.is_zero:
            return None
        if (kappa := self._arc_balance) is not None:
            return c_star(kappa)
        if flow.free_symbols - {rho}:
            return None
        if not flow.is_polynomial(rho):
            return None
        slope = sp.diff(flow, rho)
        zeros = [z for z in sp.real_roots(sp.Poly(flow, rho)) if -1 <= z <= 1]
        stable = [z for z in dict.fromkeys(zeros) if sign_of(slope.subs(rho, z)) < 0]
        return stable[0] if len(stable) == 1 else None

    @property
    def _arc_balance(self) -> sp.Expr | None:
        """kappa <= 1 if rho moves by a positive factor times h - kappa (1 - rho), else None.

        h = sqrt(1-rho^2) - rho arccos(rho) falls from pi at -1 to 0 at 1 and is convex, with slope
        0 at 1.  So rho tends to 1 for kappa <= 0, else to the one zero in (-1, 1).
        """
        flow = sp.expand(self.correlation_flow)
        factor = flow.coeff(sp.sqrt(1 - rho**2))
        if not factor.is_positive:
            return None
        rest = sp.expand(PROFILE - flow / factor)
        kappa = rest.subs(rho, 0)
        if (kappa - 1).is_positive or kappa.has(V11, V22, V):
            return None
        return kappa if sp.expand(rest - kappa * (1 - rho)).is_zero else None

    @property
    def _correlation_fate(self):
        if self.correlation_attractor is not None:
            return f"; rho tends to {self.correlation_attractor}"
        if self.correlation_flow is not None and self.correlation_flow.is_zero:
            return "; rho stays where it is"
        return ""

    @property
    def subcritical(self) -> str:
        """In words, what happens for p > p*."""
        verb, rate = ("gains", -self.loss) if self.loss.is_negative else ("loses", self.loss)
        left = f", and V {verb} {rate * V} per unit of layer/n" if rate != 0 else ""
        if self.critical_exponent is None:
            return f"the network is linear for every exponent p > 0{left}"
        if left:
            return (
                f"p > {self.critical_exponent}: the drift becomes that of a linear network{left}"
            )
        return f"p > {self.critical_exponent}: the drift disappears, as in a linear network"

    @property
    def critical(self) -> str:
        """In words, what happens for p = p*."""
        if self.critical_exponent is None:
            return "there is no critical exponent"
        return f"p = {self.critical_exponent}: drift and noise balance on the clock layer/n"

    @property
    def supercritical(self) -> str:
        """In words, what happens for p < p*."""
        if self.critical_exponent is None:
            return self.subcritical
        order = 1 / self.critical_exponent
        power = "p" if order == 1 else f"({order} p)"
        text = f"p < {self.critical_exponent}: dV/dt = b(V) without noise on the clock "
        text += f"layer/n^{power}, and {self._norm_fate}"
        return text + self._correlation_fate

    @property
    def _norm_fate(self):
        if self.norm_flow.is_zero:
            return "V stays where it is"
        if self.norm_attractor is not None:
            return f"V tends to {self.norm_attractor}"
        if self.blow_up_time is not None:
            return f"V tends to 0 or blows up (at {self.blow_up_time} for a large V0)"
        return f"V follows dV/dt = {self.norm_flow}"

    def __str__(self):
        return "\n".join((self.subcritical, self.critical, self.supercritical))

    def latex(self) -> str:
        """The critical exponent as LaTeX."""
        value = r"\text{none}" if self.critical_exponent is None else latex(self.critical_exponent)
        return f"p_* = {value}"

    def _repr_latex_(self):
        return f"${self.latex()}$"


def regimes(
    critical_exponent: sp.Expr | None,
    exponent: sp.Expr,
    norm: ReducedSDE,
    pair: ReducedSDE,
    loss: sp.Expr = sp.S.Zero,
) -> Regimes:
    """The regimes that belong to the reduced equations of a covariance SDE without skip.

    ``loss`` is the rate of the part of the norm's drift that correlated weights cause without any
    bend of the activation; it does not move correlations.
    """
    martingale = -rho * (1 - rho**2) / 2
    pair_flow = sp.expand(pair.drift - martingale)
    norm_flow = norm.drift if loss.is_zero else collected(norm.drift + loss * V)
    return Regimes(critical_exponent, exponent, norm_flow, pair_flow, loss)
