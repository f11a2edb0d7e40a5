r"""Mean-field theory of layers that pool: m = pool(phi(y_1), ..., phi(y_k)) over k neurons.

The k neurons of a pool are independent and m enters the next layer in place of each of them, so

    V(q) = sigma_b2 + sigma_w2 E m^2,    C(rho) = (sigma_b2 + sigma_w2 E m m')/q,
    chi_1 = C'(1) = sigma_w2 E sum_i (d_i m)^2,

m' for inputs that have correlation rho at every neuron.  chi_1 is what gradients are multiplied by
from layer to layer; it is not V'(q), not even where phi is of degree 1 and V(q) = V' q:
the sigma_w2 that keeps the variance is another one than the sigma_w2 that keeps gradients.

An average has E m m' = (E phi phi' + (k-1) E phi E phi')/k, which is a layer without pooling,
activation phi/sqrt(k) and weights of correlation kappa = 1 - k (rows that add up what neighbours
share).  For a maximum see :mod:`theory.guessing.ranked` and :mod:`theory.guessing.max_kernel`.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..activation import Activation, as_activation
from ..correlation_rate import CorrelationRate
from ..equation import Equation, Equations, closed
from ..errors import InputError, UnknownNameError
from ..mean_field import MeanField, _square_integrable
from ..symbols import q, q1, q2, rho
from .max_kernel import MaxKernel, MaxSlope
from .max_rate import max_rate
from .ranked import rank_moment, winner_weight

__all__ = ["MaxLayer", "PooledMeanField"]

_SOURCE = "Bassi et al. 2025 (arXiv:2505.12096)"


@dataclass(frozen=True, init=False)
class PooledMeanField(Equations):
    """The mean-field theory of an activation followed by pooling over ``pool_size`` neurons.

    Everything that :class:`theory.mean_field.MeanField` answers is answered for the pooled layer:
    ``variance_map``, ``covariance_map``, ``correlation_map``, ``chi_1``, ``chi_q``,
    ``edge_of_chaos`` and so on are those of ``layer``.

    Parameters
    ----------
    activation
        Anything that describes an activation.
    pooling
        ``"max"`` or ``"average"``.
    pool_size
        A whole number k >= 2.

    Raises InputError for a pool size that is none, UnknownNameError for another pooling, and what
    ``Activation`` raises.

    >>> pool = PooledMeanField("relu", "max")
    >>> pool.variance_map, pool.chi_1
    (q*sigma_w2*(2 + 3*pi)/(4*pi) + sigma_b2, 3*sigma_w2/4)
    >>> pool.variance_critical_sigma_w2, pool.gradient_critical_sigma_w2
    (4*pi/(2 + 3*pi), 4/3)
    >>> PooledMeanField("relu", "average").gradient_ratio
    pi/(1 + pi)
    """

    activation: Activation
    pooling: str
    pool_size: int

    def __init__(self, activation, pooling="max", pool_size=2):
        if pooling not in ("max", "average"):
            raise UnknownNameError(f"no pooling {pooling!r}; write 'max' or 'average'")
        whole = isinstance(pool_size, int) and not isinstance(pool_size, bool)
        if not (whole or isinstance(pool_size, sp.Integer)) or pool_size < 2:
            raise InputError(f"pool_size is a whole number of neurons >= 2; got {pool_size!r}")
        object.__setattr__(self, "activation", as_activation(activation))
        object.__setattr__(self, "pooling", pooling)
        object.__setattr__(self, "pool_size", int(pool_size))

    def __repr__(self):
        return f"PooledMeanField({self.activation.name!r}, {self.pooling!r}, {self.pool_size})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        kind = {"max": "the maximum", "average": "the average"}[self.pooling]
        return f"mean-field theory of {kind} over {self.pool_size} neurons of {self.activation}"

    def at(self, **parameters) -> "PooledMeanField":
        """The theory with some parameters of the activation replaced by values."""
        if not parameters:
            return self
        return PooledMeanField(self.activation.at(**parameters), self.pooling, self.pool_size)

    @cached_property
    def layer(self) -> MeanField:
        """The pooled layer as a MeanField."""
        if self.pooling == "max":
            return MaxLayer(self.activation, self.pool_size)
        scaled = Activation(self.activation.expr / sp.sqrt(self.pool_size), self._layer_name)
        return MeanField(scaled, weight_correlation=1 - self.pool_size)

    @property
    def _layer_name(self):
        return f"{self.activation.name} (average of {self.pool_size})"

    def __getattr__(self, name):
        if name.startswith("_") or name in ("layer", "activation", "pooling", "pool_size"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.layer, name)

    @cached_property
    def mean(self) -> sp.Expr:
        """E m, unevaluated."""
        return self.layer.mean * (1 if self.pooling == "max" else sp.sqrt(self.pool_size))

    @cached_property
    def variance_critical_sigma_w2(self) -> sp.Expr | None:
        """The sigma_w2 that keeps every variance at sigma_b2 = 0 (phi of degree 1), or None."""
        if self.activation.homogeneity != 1:
            return None
        return sp.simplify(1 / closed(self.layer.branch_moment).subs(q, 1))

    @cached_property
    def gradient_critical_sigma_w2(self) -> sp.Expr | None:
        """1/E sum_i (d_i m)^2, at which chi_1 = 1: an expression in q; None if phi jumps."""
        slope = closed(self.layer.slope_moment)
        if slope.is_finite is False or slope.is_zero:
            return None
        return 1 / slope if slope.has(q) else sp.simplify(1 / slope)

    @cached_property
    def gradient_ratio(self) -> sp.Expr | None:
        """chi_1 where every variance is kept: the ratio per layer of squared gradients.

        At sigma_b2 = 0 it is also C'(1), so 1 - c falls by it per layer if it is below 1.
        """
        if self.variance_critical_sigma_w2 is None:
            return None
        return sp.simplify(self.variance_critical_sigma_w2 / self.gradient_critical_sigma_w2)

    def equations(self) -> tuple[Equation, ...]:
        """The equations of the layer, and for phi of degree 1 both critical weight variances."""
        rows = self.layer.equations()
        if self.variance_critical_sigma_w2 is None:
            return rows
        extra = (
            (
                "variance_critical_sigma_w2",
                "weight variance that keeps the variance",
                r"\sigma_w^2\big|_{V'(q)=1}",
                1 / self.layer.branch_moment.subs(q, 1),
                self.variance_critical_sigma_w2,
                "drawn as edge of chaos in the literature; chi_1 is not 1 there",
            ),
            (
                "gradient_critical_sigma_w2",
                "weight variance that keeps gradients",
                r"\sigma_w^2\big|_{\chi_1=1}",
                1 / self.layer.slope_moment,
                self.gradient_critical_sigma_w2,
                "",
            ),
            (
                "gradient_ratio",
                "ratio of squared gradients where the variance is kept",
                r"\chi_1\big|_{V'(q)=1}",
                self.layer.slope_moment / self.layer.branch_moment.subs(q, 1),
                self.gradient_ratio,
                "also C'(1) at sigma_b2 = 0",
            ),
        )
        return rows + tuple(
            Equation("mean-field", name, title, symbol, definition, value, _SOURCE, note)
            for name, title, symbol, definition, value, note in extra
        )


@dataclass(frozen=True, init=False)
class MaxLayer(MeanField):
    """A MeanField whose expectations are those of m = max(phi(y_1), ..., phi(y_k)).

    >>> MaxLayer(Activation("tanh"), 2).second_moment
    E[tanh(u)**2; u ~ N(0, q)]
    """

    pool_size: int

    def __init__(self, activation, pool_size):
        super().__init__(activation)
        object.__setattr__(self, "pool_size", pool_size)

    def __repr__(self):
        return f"MaxLayer({self.activation.name!r}, {self.pool_size})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"mean-field theory of the maximum over {self.pool_size} of {self.activation}"

    def at(self, **parameters) -> "MaxLayer":
        """The theory with some parameters of the activation given values."""
        return MaxLayer(self.activation.at(**parameters), self.pool_size) if parameters else self

    def _winner(self, f):
        return rank_moment(f, self.activation, winner_weight(self.pool_size))

    @cached_property
    def second_moment(self) -> sp.Expr:
        """E m^2, unevaluated."""
        return self._winner(self.activation.expr**2)

    @cached_property
    def mean(self) -> sp.Expr:
        """E m, unevaluated."""
        return self._winner(self.activation.expr)

    @cached_property
    def slope_moment(self) -> sp.Expr:
        """E sum_i (d_i m)^2, unevaluated; infinite if phi jumps."""
        if not _square_integrable(self.activation, 1):
            return sp.oo
        return self._winner(self.activation.derivative_expr(1) ** 2)

    @cached_property
    def curvature_moment(self) -> sp.Expr:
        """Infinite: m has a kink where two neurons tie, unless phi is constant."""
        return sp.S.Zero if self.slope_moment.is_zero else sp.oo

    @cached_property
    def kernel(self) -> sp.Expr:
        """E m m' with variances q1, q2 and correlation rho at every neuron, unevaluated."""
        return MaxKernel(self.activation, self.pool_size, q1, q2, rho)

    @cached_property
    def kernel_at_q(self) -> sp.Expr:
        """The kernel at q1 = q2 = q, unevaluated."""
        return MaxKernel(self.activation, self.pool_size, q, q, rho)

    @cached_property
    def slope_kernel(self) -> sp.Expr:
        """E sum_i d_i m d_i m' at q1 = q2 = q, unevaluated."""
        return MaxSlope(self.activation, self.pool_size, q, q, rho)

    @cached_property
    def correlation_rate(self) -> CorrelationRate:
        """How 1 - c^l vanishes at criticality: the ties of neurons make it l^-2 for smooth phi."""
        return max_rate(self)
