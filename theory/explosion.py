r"""What becomes of the norm: explosion in finite time, vanishing, or a stationary law.

Everything follows from Feller's test (:mod:`theory.feller`) on dV = g dt + sqrt(2 S) V dB:

    s(0) and s(oo) finite     V tends to 0 or to infinity, each with positive probability
    only s(0) finite          V tends to 0
    only s(oo) finite         V tends to infinity
    none finite               V returns for ever; stationary law iff the speed measure is finite

and infinity is reached in finite time iff the drift grows like V^e, e > 1, with a positive factor.
With m inputs the covariance explodes when the first of its diagonal entries does.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from .density_integral import DensityIntegral
from .errors import InputError, UndecidedError
from .explosion_time import ExplosionTime
from .feller import Boundary, boundary, explosion_condition
from .logistic_norm import LogisticNorm, logistic_norm
from .reduced_sde import ReducedSDE
from .scale_function import scale_density, speed_density
from .state_terms import factored
from .stationary import SpeedLaw, StationaryLaw, gamma_power
from .symbols import V0, V

__all__ = ["Explosion"]


@dataclass(frozen=True)
class Explosion:
    """The long-time behaviour of one squared norm.

    >>> from theory.covariance_sde import CovarianceSDE
    >>> explosion = CovarianceSDE("silu").explosion
    >>> explosion.explodes, explosion.probability
    (True, lowergamma(7/4, 3*V0/4)/gamma(7/4))
    >>> print(CovarianceSDE("tanh").explosion.statement)
    no explosion; V converges to its stationary law: V ~ Gamma(shape 1, rate 2)
    """

    norm: ReducedSDE
    unscaled: sp.Expr | None = None  # the drift up to a positive factor, as 1 - lambda^2
    at_most_one: sp.Expr = sp.S.Zero  # kappa of correlated weights, a symbol or not

    @cached_property
    def noise(self) -> sp.Expr:
        """S in the noise sqrt(2 S) V dB; 0 for a residual network."""
        return factored(self.norm.diffusion**2 / (2 * V**2))

    @cached_property
    def condition(self) -> sp.Basic:
        """When V explodes with positive probability: a relation in the parameters, or truth."""
        drift = self.norm.drift if self.unscaled is None else self.unscaled
        return self._decided(explosion_condition(drift))

    @cached_property
    def _range(self):
        """{kappa: 1 - s} with s >= 0, if kappa is a symbol."""
        free = self.at_most_one
        return {free: 1 - sp.Dummy("s", nonnegative=True)} if free.is_Symbol else {}

    def _decided(self, condition):
        """A condition, or what it is for every kappa <= 1."""
        general = condition.subs(self._range)
        return general if general in (sp.true, sp.false) else condition

    @property
    def explodes(self) -> bool | None:
        """Whether it does; None if that depends on parameters."""
        truth = {sp.true: True, sp.false: False}
        return truth.get(self.condition)

    @cached_property
    def at_zero(self) -> Boundary:
        """Feller's classification of V = 0."""
        return self._boundary(sp.S.Zero)

    @cached_property
    def at_infinity(self) -> Boundary:
        """Feller's classification of V = oo."""
        return self._boundary(sp.oo)

    def _boundary(self, end):
        if self.noise.is_zero:
            raise InputError("V moves deterministically here, so there is no boundary to classify")
        drift = sp.expand(self.norm.drift / self.noise)
        try:
            return boundary(drift, end)
        except UndecidedError as error:
            for free, within in self._range.items():
                with suppress(UndecidedError):
                    found = boundary(sp.expand(drift.subs(free, within)), end)
                    power, rate = found.dominant
                    return replace(found, dominant=(power, rate.subs(1 - within, 1 - free)))
            raise error

    @property
    def scale_density(self) -> sp.Expr:
        """s'(V), up to a factor."""
        return scale_density(self.norm.drift, self.noise)

    @property
    def speed_density(self) -> sp.Expr:
        """1/(V^2 s'(V)), up to a factor."""
        return speed_density(self.norm.drift, self.noise)

    @cached_property
    def solvable(self) -> LogisticNorm | None:
        """The norm in the form whose explosion time has a known law, or None."""
        return logistic_norm(self.norm.drift, self.noise)

    @cached_property
    def probability(self) -> sp.Expr:
        """P(V explodes) in ``V0``: the ratio of scale functions s(V0)/s(oo), counted from 0."""
        if self.condition == sp.false:
            return sp.S.Zero
        if self.noise.is_zero:
            return sp.S.One
        if self.solvable is not None:
            value = self.solvable.probability
        elif not self.at_zero.attracts:
            value = sp.S.One
        else:
            s = self.scale_density
            value = DensityIntegral(s, V0) / DensityIntegral(s, sp.oo)
        if self.condition == sp.true:
            return value
        return sp.Piecewise((value, self.condition), (sp.S.Zero, True))

    @property
    def time(self) -> ExplosionTime | None:
        """The law of the explosion time; None without explosion or without a solvable norm."""
        if self.condition == sp.false or self.solvable is None:
            return None
        return ExplosionTime(self.solvable)

    @property
    def time_reason(self) -> str:
        """Why there is no law of the explosion time; empty if there is one."""
        if self.condition == sp.false:
            return "V does not explode"
        if self.solvable is None:
            return "the drift is not a sum of V and one higher power: solve the law numerically"
        return ""

    @cached_property
    def _stationary(self) -> tuple[StationaryLaw | None, str]:
        """(the stationary law or None, why)."""
        if self.noise.is_zero:
            return None, "V moves deterministically"
        try:
            if self.condition == sp.true:
                return None, "V explodes with positive probability"
            zero, infinity = self.at_zero, self.at_infinity
        except UndecidedError as error:
            if self.solvable is not None and not self.solvable.push.is_zero:
                law = self._gamma_power()
                if law.condition == sp.false:
                    return None, "no value of the parameters gives a stationary law"
                return law, f"{law} where {law.condition}"
            return None, str(error)
        if not zero.speed_finite or not infinity.speed_finite:
            return None, f"{self._limit}: the speed measure is infinite"
        if self.solvable is not None and not self.solvable.push.is_zero:
            law = self._gamma_power()
            return law, str(law)
        law = SpeedLaw(self.speed_density, (zero, infinity))
        return law, str(law)

    def _gamma_power(self):
        law = gamma_power(self.solvable)
        return replace(law, condition=self._decided(law.condition))

    @property
    def stationary(self) -> StationaryLaw | None:
        """The stationary law of V, or None (:attr:`stationary_reason` says why)."""
        return self._stationary[0]

    @property
    def stationary_reason(self) -> str:
        """The stationary law in words, or why there is none."""
        return self._stationary[1]

    @property
    def _limit(self):
        """Where V goes if it does not explode and has no stationary law, in words."""
        zero, infinity = self.at_zero, self.at_infinity
        if zero.attracts and infinity.attracts:
            return "V tends to 0 or to infinity, each with positive probability"
        if zero.attracts:
            return "V tends to 0 almost surely"
        if infinity.attracts:
            return "V tends to infinity almost surely"
        if infinity.speed_finite:
            return "V tends to 0 in probability"
        if zero.speed_finite:
            return "V tends to infinity in probability"
        return "V spreads for ever"

    @cached_property
    def statement(self) -> str:
        """The answer in one sentence."""
        try:
            return self._statement()
        except UndecidedError as error:
            return f"not decided: {error}"

    def _statement(self):
        if self.noise.is_zero:
            return self._deterministic()
        if self.explodes is None:
            return f"V explodes in finite time with positive probability iff {self.condition}"
        if not self.explodes:
            end = self._limit if self.stationary is None else ""
            return "no explosion; " + (
                end or f"V converges to its stationary law: {self.stationary_reason}"
            )
        if self.probability == 1:
            return "V explodes in finite time almost surely"
        if self.probability.has(sp.Piecewise):
            return f"V explodes in finite time with probability {self.probability}"
        return (
            f"V explodes in finite time with probability {self.probability}, strictly between 0 "
            "and 1; otherwise it tends to 0"
        )

    def _deterministic(self):
        if self.explodes is None:
            return f"V blows up in finite time iff {self.condition} (and V0 is large enough)"
        if self.explodes:
            return "V grows deterministically and blows up in finite time"
        return "V moves deterministically and does not blow up in finite time"

    def __str__(self):
        return self.statement

    def latex(self) -> str:
        """The condition as LaTeX."""
        from .latex import latex

        return latex(self.condition)

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"

    def thresholds(self, symbol: sp.Symbol | None = None) -> tuple[sp.Expr, ...] | None:
        """The exact values of a parameter at which explosion begins or ends, ascending.

        None if they have no closed form; then enclose them numerically.

        >>> from theory.covariance_sde import CovarianceSDE
        >>> CovarianceSDE("softplus", centre="x0").explosion.thresholds()
        (log(7/4),)
        """
        from .explosion_thresholds import exact_thresholds

        return exact_thresholds(self.condition, symbol)
