r"""The stationary law of the norm, where there is one: the normalised speed density.

For dV = V (C V^delta - D) dt + sqrt(2 S) V dB with C < 0 it is a power of a Gamma variable,

    V^delta ~ Gamma(shape k, rate r),   k = -(1 + D/S)/delta > 0,   r = -C/(S delta),

and for smooth shapings with b = -beta < -1 it is Gamma(beta - 1, beta) itself.
"""

from dataclasses import dataclass

import sympy as sp

from .density_integral import DensityIntegral
from .errors import InputError, UndecidedError
from .feller import Boundary, sign
from .logistic_norm import LogisticNorm
from .parser import exact
from .state_terms import factored
from .symbols import V

__all__ = ["GammaPower", "SpeedLaw", "StationaryLaw", "gamma_power"]


class StationaryLaw:
    """A law on (0, oo): ``density`` in V, ``mean``, ``variance``, ``moment(k)``, ``cdf``.

    An implementer gives ``density``, ``moment`` and ``cdf``.
    """

    name: str
    density: sp.Expr
    condition: sp.Basic = sp.true

    def moment(self, order) -> sp.Expr:
        """E V^order."""
        raise NotImplementedError("a stationary law defines its moments")

    @property
    def mean(self) -> sp.Expr:
        """E V."""
        return self.moment(1)

    @property
    def variance(self) -> sp.Expr:
        """Var V."""
        return sp.simplify(self.moment(2) - self.moment(1) ** 2)

    def latex(self) -> str:
        """The density as LaTeX."""
        from .latex import latex

        return f"p(V) = {latex(self.density)}"

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class GammaPower(StationaryLaw):
    """V^delta has the Gamma law with this shape and rate, provided ``condition`` holds.

    >>> law = GammaPower(sp.Integer(7), sp.Integer(8))
    >>> law.mean, law.variance
    (7/8, 7/64)
    """

    shape: sp.Expr
    rate: sp.Expr
    delta: sp.Expr = sp.S.One
    condition: sp.Basic = sp.true

    def __str__(self):
        power = "V" if self.delta == 1 else f"V**{sp.sstr(self.delta, order=None)}"
        return f"{power} ~ Gamma(shape {self.shape}, rate {self.rate})"

    @property
    def name(self) -> str:
        """'Gamma', or 'generalised Gamma' for a power of a Gamma variable."""
        return "Gamma" if self.delta == 1 else "generalised Gamma"

    @property
    def density(self) -> sp.Expr:
        """The density in ``V``."""
        k, r, d = self.shape, self.rate, self.delta
        return d * r**k * V ** (d * k - 1) * sp.exp(-r * V**d) / sp.gamma(k)

    @property
    def cdf(self) -> sp.Expr:
        """The distribution function in ``V``."""
        below = sp.lowergamma(self.shape, self.rate * V**self.delta, evaluate=False)
        return below / sp.gamma(self.shape)

    def moment(self, order) -> sp.Expr:
        """E V^order for order > -delta shape."""
        order = exact(order, "the order")
        shape = self.shape + order / self.delta
        if shape.is_nonpositive:
            raise InputError(f"E V^{order} is infinite for {self}")
        ratio = sp.gammasimp(sp.gamma(shape) / sp.gamma(self.shape))
        return factored(ratio / self.rate ** (order / self.delta))


@dataclass(frozen=True)
class SpeedLaw(StationaryLaw):
    """The normalised speed density, by integrals that evaluate numerically.

    ``ends`` are Feller's boundaries at 0 and oo: with a linear drift k V there the speed density
    behaves like V^(k - 2), so only the moments between two orders are finite.
    """

    speed: sp.Expr
    ends: tuple[Boundary, ...] = ()

    name = "speed measure"

    def __str__(self):
        return f"density proportional to {self.speed}"

    @property
    def density(self) -> sp.Expr:
        """The density in ``V``."""
        return self.speed / self._integral(self.speed)

    @property
    def cdf(self) -> sp.Expr:
        """The distribution function in ``V``."""
        return DensityIntegral(self.speed, V) / self._integral(self.speed)

    def moment(self, order) -> sp.Expr:
        """E V^order, a ratio of integrals; infinite where they diverge."""
        order = exact(order, "the order")
        for end in self.ends:
            power, rate = end.dominant
            outward = 1 if end.end is sp.oo else -1
            if power == 1 and _at_least(outward * (order - 1 + rate)):
                return sp.oo
        return self._integral(V**order * self.speed) / self._integral(self.speed)

    @property
    def variance(self) -> sp.Expr:
        """Var V; infinite if E V^2 is."""
        second = self.moment(2)
        return second if second is sp.oo else second - self.moment(1) ** 2

    @staticmethod
    def _integral(integrand):
        return DensityIntegral(sp.powsimp(integrand), sp.oo)


def gamma_power(norm: LogisticNorm) -> GammaPower:
    """The law of :class:`GammaPower` that belongs to a solvable norm, with its condition.

    >>> from theory.logistic_norm import logistic_norm
    >>> str(gamma_power(logistic_norm(-8*V*(V - 1), sp.S(1))))
    'V ~ Gamma(shape 7, rate 8)'
    """
    shape, rate = factored(-(1 + norm.pull / norm.noise) / norm.delta), -norm.alpha
    condition = sp.And(*(_positive(value) for value in (shape, rate)))
    return GammaPower(shape, rate, norm.delta, condition)


def _at_least(value):
    """Whether a number is >= 0; not if that depends on parameters."""
    try:
        return sign(value) >= 0
    except UndecidedError:
        return False


def _positive(value):
    try:
        return sp.true if sign(value) > 0 else sp.false
    except UndecidedError:
        return value > 0
