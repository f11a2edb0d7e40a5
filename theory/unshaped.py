r"""The unshaped limit: two slopes kept fixed as width and depth grow.

Correlations then tend to 1 like l^(-2), and q_t = l^2 (1 - rho_l), t = l/n, has a limit: with

    1 - C(1 - e) = e - k e^(3/2) + …,   mu_1 -> -m e,   sigma_1^2 -> 4 m e^2    (e -> 0)

from one layer (:func:`theory.finite_width.one_step`),

    dq = (2q/t + m q - k q^(3/2)/t) dt + 2 sqrt(m) q dB,      q_{0+} = 4/k^2

(Li, Nica & Roy 2022, arXiv:2206.02768, for ReLU).  The term +m q is Itô's; with -m q the
correlations would collapse three times too fast.
"""

from dataclasses import dataclass

import sympy as sp

from .activation import as_activation
from .equation import closed
from .errors import AssumptionError
from .finite_width import one_step
from .gaussian import E2, E
from .latex import latex
from .near_one import near_one
from .symbols import q, rho, t

__all__ = ["UnshapedLimit", "unshaped_limit"]


@dataclass(frozen=True)
class UnshapedLimit:
    """The SDE of q_t = l^2 (1 - rho_l) for an activation of degree 1 with a kink at 0.

    ``m`` is the size of the noise, ``k`` that of the kink; for ReLU 2 and 2 sqrt(2)/(3 pi).
    """

    m: sp.Expr
    k: sp.Expr

    @property
    def drift(self) -> sp.Expr:
        """2q/t + m q - k q^(3/2)/t."""
        return 2 * q / t + self.m * q - self.k * q ** sp.Rational(3, 2) / t

    @property
    def diffusion(self) -> sp.Expr:
        """2 sqrt(m) q, the coefficient of dB."""
        return 2 * sp.sqrt(self.m) * q

    @property
    def start(self) -> sp.Expr:
        """q_{0+} = 4/k^2: 1 - rho_l ~ 4/(k l)^2 in an infinitely wide network."""
        return sp.simplify(4 / self.k**2)

    @property
    def collapse(self) -> sp.Expr:
        """lim log(1 - rho_l)/t = -m as t grows: drift m q less half of the squared noise."""
        return -self.m

    @property
    def log_norm(self) -> tuple[sp.Expr, sp.Expr]:
        """(mean, variance) of log(V_t/V_0) per unit of t: -M/2 and M with M = 3m - 1.

        >>> unshaped_limit("relu").log_norm
        (-5/2, 5)
        """
        variance = 3 * self.m - 1
        return sp.simplify(-variance / 2), sp.simplify(variance)

    def latex(self) -> str:
        """The SDE as LaTeX."""
        return (
            rf"dq = \left({latex(self.drift)}\right)dt + {latex(self.diffusion)}\,dB,"
            rf"\quad q_{{0+}} = {latex(self.start)}"
        )

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"


def unshaped_limit(activation) -> UnshapedLimit:
    r"""m and k of an activation of degree 1, derived from its expansions at rho = 1.

    Raises AssumptionError for any other activation, and for a linear one (k = 0: nothing
    collapses at this rate).

    >>> unshaped_limit("relu").k, unshaped_limit("relu").start
    (2*sqrt(2)/(3*pi), 9*pi**2/2)
    >>> unshaped_limit("max(x, 0) + alpha*min(x, 0)").m
    2*(alpha**4 + 1)/(alpha**2 + 1)**2
    """
    phi = as_activation(activation)
    step = one_step(phi)  # raises for other degrees
    if not phi.breakpoints:
        raise AssumptionError(f"{phi.name} is linear: its correlations do not collapse")
    e = sp.Dummy("e", positive=True)
    scale = 1 / closed(E(phi.expr**2, 1))
    near = near_one(E2(phi.expr, phi.expr, 1, 1, rho), 2).subs(rho, 1 - e)
    loss = sp.expand(1 - scale * near)
    k = sp.factor(sp.simplify(-loss.coeff(e ** sp.Rational(3, 2))))
    return UnshapedLimit(-_linear_part(step.mean), k)


def _linear_part(moment):
    """lim moment(1 - e)/e, by the angle: e = 1 - cos(theta) ~ theta^2/2."""
    angle = sp.Dummy("theta", positive=True)
    at = moment.subs(sp.asin(rho), sp.pi / 2 - angle)
    at = at.subs(sp.sqrt(1 - rho**2), sp.sin(angle)).subs(rho, sp.cos(angle))
    second = sp.diff(at, angle, 2).subs(angle, 0)
    return sp.factor(sp.simplify(second))
