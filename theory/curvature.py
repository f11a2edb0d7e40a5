r"""The geometry of a curve carried through a random network: its speed and its curvature.

For a curve of pre-activations with covariance k(t) = E h(s) h(s + t) the squared speed is
g = -k''(0) and, with |v|^2 = g, |a|^2 = k''''(0), v.a = 0, the squared extrinsic curvature is
k''''(0)/g^2.  A layer maps k to F(k) = sigma_b2 + sigma_w2 E phi phi, whose derivatives at k = q
are chi_1 and chi_2 = sigma_w2 E phi''^2; the fourth derivative of F(k(t)) at 0 gives

    g' = chi_1 g,    kappa'^2 = kappa^2/chi_1 + 3 chi_2/chi_1^2

(Poole et al. 2016, arXiv:1606.05340, eq. 9).
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .activation import Activation, as_activation
from .equation import Equation, Equations, closed
from .mean_field import MeanField
from .symbols import l, sigma_w2

__all__ = ["Curvature"]

#: Squared speed and squared extrinsic curvature of the input curve.
g0 = sp.Symbol("g0", positive=True)
kappa0 = sp.Symbol("kappa0_2", nonnegative=True)

_POOLE = "Poole et al. 2016 (arXiv:1606.05340), eq. 9"


@dataclass(frozen=True, init=False)
class Curvature(Equations):
    """Speed and squared extrinsic curvature of a curve after l layers at a fixed point q.

    Both are per neuron: g = |dh/ds|^2/n and kappa^2 = n |curvature|^2.

    >>> c = Curvature("erf")
    >>> c.chi_2
    16*q*sigma_w2/(pi*(4*q + 1)**(3/2))
    >>> c.limits["critical"]
    oo
    """

    activation: Activation

    def __init__(self, activation):
        object.__setattr__(self, "activation", as_activation(activation))

    def __repr__(self):
        return f"Curvature({self.activation.name!r})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"curves through {self.activation}"

    @cached_property
    def _mean_field(self):
        return MeanField(self.activation)

    @property
    def chi_1(self) -> sp.Expr:
        """chi_1 = sigma_w2 E phi'^2, the factor of the squared speed."""
        return self._mean_field.chi_1

    @cached_property
    def chi_2(self) -> sp.Expr:
        """chi_2 = sigma_w2 E phi''^2; infinite where phi' jumps, as curves then get corners."""
        return sigma_w2 * closed(self._mean_field.curvature_moment)

    def next_layer(self, speed, curvature) -> tuple[sp.Expr, sp.Expr]:
        """(g, kappa^2) after one more layer."""
        chi_1, chi_2 = self.chi_1, self.chi_2
        return chi_1 * speed, curvature / chi_1 + 3 * chi_2 / chi_1**2

    @cached_property
    def speed(self) -> sp.Expr:
        """g_l = chi_1^l g_0."""
        return self.chi_1**l * g0

    @cached_property
    def fixed_curvature(self) -> sp.Expr:
        """The fixed point 3 chi_2/(chi_1 (chi_1 - 1)) of the recursion: the limit if chi_1 > 1."""
        return 3 * self.chi_2 / (self.chi_1 * (self.chi_1 - 1))

    @cached_property
    def curvature(self) -> sp.Expr:
        """kappa_l^2 away from chi_1 = 1: kappa*^2 + chi_1^(-l) (kappa_0^2 - kappa*^2)."""
        if self.chi_2.is_infinite:
            return sp.oo
        return self.fixed_curvature + self.chi_1 ** (-l) * (kappa0 - self.fixed_curvature)

    @cached_property
    def critical_curvature(self) -> sp.Expr:
        """kappa_l^2 at chi_1 = 1: kappa_0^2 + 3 chi_2 l."""
        return kappa0 + 3 * self.chi_2 * l if self.chi_2.is_finite is not False else sp.oo

    @cached_property
    def limits(self) -> dict[str, sp.Expr]:
        """The limit of kappa_l^2 as l grows, by phase.

        In the ordered phase it grows like chi_1^(-l), at criticality like 3 chi_2 l, unless the
        curve is flat and stays so (chi_2 = 0).
        """
        if self.chi_2.is_zero:
            return {"ordered": kappa0 * sp.oo, "critical": kappa0, "chaotic": sp.S.Zero}
        return {"ordered": sp.oo, "critical": sp.oo, "chaotic": self.fixed_curvature}

    def equations(self) -> tuple[Equation, ...]:
        """Speed, curvature in general and at criticality, and the chaotic limit."""
        mf = self._mean_field
        definition = sigma_w2 * mf.curvature_moment
        note = ""
        if self.chi_2.is_infinite:
            note = "infinite: phi' jumps, so a smooth curve gets corners in the first layer"
        return (
            Equation("jacobian", "chi_2", "curvature factor", r"\chi_2", definition, self.chi_2,
                     _POOLE, note),
            Equation("jacobian", "curve_speed", "squared speed of a curve", r"g^\ell",
                     (sigma_w2 * mf.slope_moment) ** l * g0, self.speed, _POOLE),
            Equation("jacobian", "curvature", "squared curvature of a curve",
                     r"\bar\kappa_\ell^2", self._by_definition(), self.curvature, _POOLE,
                     note or "at a fixed point q with chi_1 != 1"),
            Equation("jacobian", "critical_curvature", "squared curvature at criticality",
                     r"\bar\kappa_\ell^2", kappa0 + 3 * definition * l, self.critical_curvature,
                     _POOLE, note or "linear growth at chi_1 = 1"),
        )  # fmt: skip

    def _by_definition(self):
        mf = self._mean_field
        first, second = sigma_w2 * mf.slope_moment, sigma_w2 * mf.curvature_moment
        if first.is_infinite or second.is_infinite:
            return sp.oo
        fixed = 3 * second / (first * (first - 1))
        return fixed + first ** (-l) * (kappa0 - fixed)
