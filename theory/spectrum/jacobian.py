r"""The input-output Jacobian of a wide network at its fixed point, as symbolic mathematics.

J = prod_{l=1}^L D_l W_l with D = diag(phi'(h)), h ~ N(0, q), and W with entries of variance
sigma_w2/n or sqrt(sigma_w2) times orthogonal.  Wide layers are asymptotically free, so

    S_{JJ^T}(z) = (S_{D^2}(z) S_{WW^T}(z))^L

(Pennington, Schoenholz & Ganguli 2017, arXiv:1711.04735, and 2018, arXiv:1802.09979), from which
all moments m_k = lim (1/n) tr (JJ^T)^k follow by series reversion for any activation.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..activation import Activation, as_activation
from ..equation import Equation, Equations, closed
from ..errors import InputError
from ..symbols import sigma_w2
from .edge import largest
from .isometry import Isometry, isometry
from .reversion import reduced_moment
from .slopes import SlopeAtom, slope_atoms, slope_moment, slope_s_transform
from .weights import WeightSpectrum, weight_spectrum

__all__ = ["DEPTH", "JacobianSpectrum"]

#: The number of layers.
DEPTH = sp.Symbol("L", positive=True, integer=True)


@dataclass(frozen=True, init=False)
class JacobianSpectrum(Equations):
    """The law of the squared singular values of the Jacobian, in q, sigma_w2 and the depth L.

    Parameters
    ----------
    activation
        Anything that describes an activation.
    weights
        ``"gaussian"`` (any independent entries), ``"orthogonal"``, or a law with ``rvs``.

    >>> spectrum = JacobianSpectrum("relu", weights="orthogonal")
    >>> spectrum.m1, spectrum.variance
    ((sigma_w2/2)**L, L*(sigma_w2/2)**(2*L))
    >>> sp.expand(JacobianSpectrum("linear").moment(3).subs(sigma_w2, 1))
    3*L**2/2 + 5*L/2 + 1
    """

    activation: Activation
    weights: WeightSpectrum

    def __init__(self, activation, weights="gaussian"):
        object.__setattr__(self, "activation", as_activation(activation))
        object.__setattr__(self, "weights", weight_spectrum(weights))

    def __repr__(self):
        return f"JacobianSpectrum({self.activation.name!r}, weights={self.weights.name!r})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"Jacobian of {self.activation}, {self.weights.name} weights"

    # the slopes of one layer

    def mu(self, k: int) -> sp.Expr:
        """mu_k = E phi'(sqrt(q) Z)^(2k), in closed form where there is one; infinite if it is."""
        return closed(slope_moment(self.activation, _order(k)))

    @cached_property
    def slope_atoms(self) -> tuple[SlopeAtom, ...] | None:
        """Values and probabilities of phi'^2 for a piecewise linear activation, else None."""
        return slope_atoms(self.activation)

    @cached_property
    def slope_s_transform(self) -> sp.Expr | None:
        """S(z) of D^2 where psi can be inverted in closed form, else None."""
        return slope_s_transform(self.slope_atoms)

    @property
    def weight_s_transform(self) -> sp.Expr:
        """S(z) of W W^T."""
        return self.weights.s_transform

    # the product

    @cached_property
    def s_transform(self) -> sp.Expr | None:
        """S(z) of J J^T, or None where that of D^2 has no closed form."""
        slope = self.slope_s_transform
        return None if slope is None else (slope * self.weight_s_transform) ** DEPTH

    @cached_property
    def m1(self) -> sp.Expr:
        """The mean squared singular value, (sigma_w2 mu_1)^L = chi_1^L."""
        return self.moment(1)

    @cached_property
    def m2(self) -> sp.Expr:
        """The second moment, m_1^2 (1 + L (mu_2/mu_1^2 - 1 - s_1))."""
        return self.moment(2)

    @cached_property
    def variance(self) -> sp.Expr:
        """The variance of the squared singular values, m_1^2 L (mu_2/mu_1^2 - 1 - s_1)."""
        first, second = self.mu(1), self.mu(2)
        if sp.oo in (first, second):
            return sp.oo
        return self.m1**2 * DEPTH * (second / first**2 - 1 - self.weights.s_1)

    def moment(self, k: int) -> sp.Expr:
        """m_k, the limit of (1/n) tr (J J^T)^k, in q, sigma_w2 and L; infinite if mu_k is."""
        mus = [self.mu(j) for j in range(1, _order(k) + 1)]
        if any(mu.is_infinite for mu in mus):
            return sp.oo
        if mus[0].is_zero:
            return sp.S.Zero
        ratios = [mu / mus[0] ** (j + 2) for j, mu in enumerate(mus[1:])]
        return (sigma_w2 * mus[0]) ** (DEPTH * k) * reduced_moment(
            k, ratios, DEPTH, self.weights.power
        )

    @cached_property
    def largest(self) -> sp.Expr | None:
        """The right edge of the spectrum in closed form, or None.

        There is one where phi'^2 takes one value, or 0 and another one.
        """
        return largest(self.slope_atoms, self.weights, DEPTH)

    @cached_property
    def atom(self) -> sp.Expr | None:
        """The share of singular values that are 0: the probability of phi' = 0."""
        if self.slope_atoms is None:
            return None
        return sum((a.mass for a in self.slope_atoms if a.value.is_zero), sp.S.Zero)

    @cached_property
    def isometry(self) -> Isometry:
        """Whether all singular values can be near 1, and how nearly."""
        return isometry(self.activation, self.weights, self.slope_atoms)

    def equations(self) -> tuple[Equation, ...]:
        """Slope moments, S-transforms, moments and edge, each with its definition and source."""
        from .equations import spectrum_equations

        return spectrum_equations(self)


def _order(k):
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError(f"a moment of the Jacobian has an order 1, 2, 3, ...; got {k!r}")
    return k
