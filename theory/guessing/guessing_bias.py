r"""The guessing bias of an untrained network: one object for the whole theory.

Over the data, pre-activation i of a given network is N(mu_i, sigma_y2), and over networks mu_i is
N(0, sigma_mu2).  gamma = sigma_mu2/sigma_y2 decides everything: q_aa = sigma_mu2 + sigma_y2 and
q_ab = sigma_mu2 of the mean-field theory give gamma = c/(1 - c) (Bassi et al. 2025,
arXiv:2505.12096, theorem 3.1; Francazi et al. 2024, arXiv:2306.00809).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from ..activation import Activation, as_activation
from ..equation import Equation, Equations, aligned
from ..layer_weights import layer_weights
from ..mean_field import MeanField
from ..symbols import rho, sigma_b2, sigma_w2
from .agreement import agreement, classes
from .attractor import attractor
from .bias_equations import bias_equations
from .bias_phase import BiasPhase
from .class_fraction import BinaryFraction
from .class_gradient import ClassGradient, class_gradient
from .dictionary import FirstLayer, first_layer, gamma_of
from .gamma_growth import GammaGrowth, growth_laws
from .gamma_map import GammaMap, gamma_map
from .given_number import rounding_of
from .neutral_line import NeutralLine, neutral_line
from .options import (
    bias_variance,
    correlation_option,
    named_apart,
    pool_size_option,
    pooling_option,
    weight_variance,
)
from .phase import bias_phase
from .regimes import PhaseCondition, phase_conditions

__all__ = ["GuessingBias"]


@dataclass(frozen=True, init=False)
class GuessingBias(Equations):
    """The guessing bias of an activation.

    Parameters
    ----------
    activation
        Anything that describes an activation (text, catalogue name, expression, Activation), or a
        MeanField without skip, whose weight correlation is then kept unless given anew.
    sigma_w2, sigma_b2
        The variances of weights (scaled by the fan-in) and biases: numbers, decimals as written,
        or expressions; the symbols of ``theory.symbols`` where left out.
    pooling, pool_size
        ``"max"`` or ``"average"`` over ``pool_size`` neurons after the activation; none if left
        out.
    weight_correlation, weights
        As in :class:`theory.mean_field.MeanField`; a variance that is part of the law of the
        weights is not taken: give ``sigma_w2=law.sigma_w2``.

    Raises InputError for variances that cannot be, and what ``Activation`` raises.

    >>> GuessingBias("relu", sigma_w2=2, sigma_b2=0)
    GuessingBias('relu', sigma_w2=2, sigma_b2=0)
    """

    activation: Activation
    sigma_w2: sp.Expr
    sigma_b2: sp.Expr
    pooling: str | None
    pool_size: int
    weight_correlation: sp.Expr
    rounding: tuple[sp.Expr, sp.Expr] = field(compare=False, repr=False)
    weights: Any = field(compare=False)

    def __init__(
        self,
        activation,
        sigma_w2=None,
        sigma_b2=None,
        *,
        pooling=None,
        pool_size=2,
        weight_correlation=None,
        weights=None,
    ):
        kappa, law = layer_weights(activation, weights, weight_correlation, "GuessingBias")
        plain = isinstance(activation, MeanField) and activation.skip == 0
        phi = activation.activation if plain else activation
        set_ = object.__setattr__
        set_(self, "activation", named_apart(as_activation(phi)))
        set_(self, "sigma_w2", weight_variance(sigma_w2))
        set_(self, "sigma_b2", bias_variance(sigma_b2))
        set_(self, "pooling", pooling_option(pooling))
        set_(self, "pool_size", pool_size_option(pool_size))
        set_(self, "weight_correlation", correlation_option(kappa, pooling))
        set_(self, "rounding", (rounding_of(sigma_w2), rounding_of(sigma_b2)))
        set_(self, "weights", law)

    def __repr__(self):
        options = [repr(self.activation.name)]
        options += [
            f"{name}={value}"
            for name, value in (("sigma_w2", self.sigma_w2), ("sigma_b2", self.sigma_b2))
            if str(value) != name
        ]
        if self.pooling is not None:
            options.append(f"pooling={self.pooling!r}, pool_size={self.pool_size}")
        if self.weights is not None:
            options.append(f"weights={self.weights!r}")
        elif self.weight_correlation != 0:
            options.append(f"weight_correlation={self.weight_correlation}")
        return f"GuessingBias({', '.join(options)})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"guessing bias of {self.activation}"

    @cached_property
    def mean_field(self):
        """The mean-field theory of a layer, in the symbols sigma_w2 and sigma_b2."""
        if self.pooling is not None:
            from .pooling import PooledMeanField

            return PooledMeanField(self.activation, self.pooling, self.pool_size)
        return MeanField(self.activation, weight_correlation=self.weight_correlation)

    def with_activation(self, activation) -> "GuessingBias":
        """The same network with another activation."""
        return GuessingBias(
            activation,
            self.sigma_w2,
            self.sigma_b2,
            pooling=self.pooling,
            pool_size=self.pool_size,
            weight_correlation=self.weight_correlation,
            weights=self.weights,
        )

    def at(self, **parameters) -> "GuessingBias":
        """The same with some parameters of the activation replaced by values."""
        return self.with_activation(self.activation.at(**parameters)) if parameters else self

    @property
    def values(self) -> dict[sp.Symbol, sp.Expr]:
        """The symbols sigma_w2 and sigma_b2 with what they are here."""
        return {sigma_w2: self.sigma_w2, sigma_b2: self.sigma_b2}

    @property
    def unknowns(self) -> tuple[sp.Symbol, ...]:
        """The symbols without a value: of the variances, the activation and the weights."""
        given = (self.sigma_w2, self.sigma_b2, self.weight_correlation)
        found = set(self.activation.parameters).union(*(e.free_symbols for e in given))
        return tuple(sorted(found, key=str))

    @property
    def is_odd_without_biases(self) -> bool:
        """Whether C(c) <= c everywhere: odd, not pooled, sigma_b2 = 0."""
        return (
            self.sigma_b2.is_zero is True
            and self.pooling is None
            and self.activation.parity == "odd"
        )

    # the law of the fraction

    @property
    def gamma(self) -> sp.Expr:
        """gamma = c/(1 - c) as a function of the correlation c, the symbol rho."""
        return gamma_of(rho)

    @property
    def class_fraction(self) -> BinaryFraction:
        """The law of the fraction of inputs in one of two classes, in gamma and g."""
        return BinaryFraction()

    @property
    def class_fraction_density(self) -> sp.Expr:
        """Its density in gamma and g, for 0 < gamma < oo."""
        return self.class_fraction.density

    @property
    def class_fraction_cdf(self) -> sp.Expr:
        """Its distribution function in gamma and g."""
        return self.class_fraction.cdf

    @property
    def class_fraction_quantile(self) -> sp.Expr:
        """Its quantile function in gamma, at the level g."""
        return self.class_fraction.quantile()

    @property
    def class_fraction_variance(self) -> sp.Expr:
        """Its variance, arcsin(gamma/(1 + gamma))/(2 pi)."""
        return self.class_fraction.variance

    @property
    def mean_of_largest(self) -> sp.Expr:
        """E max(G, 1 - G) = 1/2 + arctan(sqrt(gamma))/pi."""
        return self.class_fraction.mean_of_largest

    def agreement(self, classes=classes) -> sp.Expr:
        """The probability that two inputs are given the same of ``classes`` classes, in gamma.

        >>> GuessingBias("relu").agreement(2)
        asin(gamma/(gamma + 1))/pi + 1/2
        """
        return agreement(classes)

    # depth

    def first_layer(self, q0=1, c0=0) -> FirstLayer:
        """Variance, correlation and gamma of the first pre-activations.

        ``q0`` is the mean square of an input and ``c0`` the correlation of two: 0 if centred.
        """
        return first_layer(self.sigma_w2, self.sigma_b2, q0, c0)

    @cached_property
    def recursion(self) -> GammaMap:
        """One layer: centre, spread and ratio in gamma and q."""
        found = gamma_map(self.mean_field)
        return GammaMap(
            *(e.subs(self.values) for e in (found.centre, found.spread, found.variance))
        )

    @property
    def gamma_recursion(self) -> sp.Expr:
        """gamma of the next layer, in gamma and q of this one.

        >>> from theory.symbols import gamma
        >>> GuessingBias("relu", sigma_b2=0).gamma_recursion.subs(gamma, 0)
        2/(-2 + 2*pi)
        """
        return self.recursion.ratio

    @cached_property
    def growth_laws(self) -> dict[str, GammaGrowth]:
        """How gamma grows with depth: 'ordered', 'critical', 'chaotic'."""
        return growth_laws(self)

    @property
    def growth(self) -> GammaGrowth:
        """The law of growth at criticality.

        >>> GuessingBias("relu", sigma_w2=2, sigma_b2=0).growth.coefficient
        2/(9*pi**2)
        """
        return self.growth_laws["critical"]

    # phases

    @cached_property
    def phase_conditions(self) -> tuple[PhaseCondition, ...]:
        """When each phase occurs, as SymPy relations."""
        return phase_conditions(self)

    @cached_property
    def decision(self) -> BiasPhase:
        """The phase with its reasons; UndecidedError if something has no value."""
        return bias_phase(self)

    @property
    def phase(self) -> str:
        """Regime and dynamics, such as 'deep prejudice, critical', from centred inputs.

        A sentence that says what is missing where variances or parameters have no value.
        Raises UndecidedError where exact numbers leave it open.

        >>> GuessingBias("relu", sigma_w2=2, sigma_b2=0).phase
        'deep prejudice, critical'
        """
        if self.unknowns:
            names = ", ".join(map(str, self.unknowns))
            return f"undecided without values of {names}: see phase_conditions"
        return self.decision.name

    @property
    def q_star(self) -> sp.Expr:
        """Where the variance tends to from its start, possibly 0 or oo."""
        return self.decision.q_star

    @cached_property
    def c_star(self) -> sp.Expr:
        """Where the correlation of two inputs tends to, to 20 digits."""
        return attractor(self, self.decision)

    @property
    def gamma_star(self) -> sp.Expr:
        """Where gamma tends to; oo in deep prejudice."""
        known = self.decision.gamma_star
        return self.c_star / (1 - self.c_star) if known is None else known

    @property
    def chi_1(self) -> sp.Expr:
        """tilde chi_1 = sigma_w2 E phi'^2 where the variance tends to: the factor of gradients."""
        return self.decision.chi_1

    @property
    def correlation_slope(self) -> sp.Expr:
        """C'(1) = tilde chi_1 q_l/q_(l+1) for l -> oo, equal to chi_1 where q settles."""
        return self.decision.slope

    @cached_property
    def neutral_line(self) -> NeutralLine:
        """Where gamma tends to 1, parametrised by q."""
        return neutral_line(self.mean_field)

    @property
    def class_gradient(self) -> ClassGradient:
        """Squared output gradients per class in deep prejudice, in the output variance q."""
        return class_gradient()

    def equations(self) -> tuple[Equation, ...]:
        """The equations of the theory, each with its source; a row without value says why."""
        return bias_equations(self)

    def latex(self) -> str:
        """All equations that have a value as one LaTeX ``aligned`` block."""
        return aligned(e for e in self.equations() if e.value is not None)
