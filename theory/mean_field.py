r"""Mean-field theory of wide random networks: variance and correlation of pre-activations.

For y^l = W^l phi(y^{l-1}) + b^l with independent Gaussian W_ij ~ N(0, sigma_w2 / fan_in) and
b_i ~ N(0, sigma_b2), in the limit of infinite width,

    V(q) = sigma_b2 + sigma_w2 E phi(sqrt(q) Z)^2                               (variance map)
    C(rho) = (sigma_b2 + sigma_w2 E phi(u) phi(v)) / q                      (correlation map)
    chi_1 = C'(1) = sigma_w2 E phi'(sqrt(q) Z)^2,   chi_q = V'(q)

(Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232; Hayou et al. 2019,
arXiv:1902.06853).  Everything is derived from the activation's expression; nothing is tabulated.

With weights that are correlated within a row, Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N),
and a skip connection, y^l = s y^{l-1} + W^l phi(y^{l-1}) + b^l, the law of large numbers gives

    V(q) = s^2 q + sigma_b2 + sigma_w2 (E phi^2 - kappa (E phi)^2),
    C(rho) = s^2 rho + (sigma_b2 + sigma_w2 (E phi(u) phi(v) - kappa (E phi)^2)) / q,
    chi_1 = s^2 + sigma_w2 E phi'^2

(Singh & Sreejith 2021, arXiv:2103.12499; Yang & Schoenholz 2017, arXiv:1712.08969).  kappa is not
in chi_1: it moves the fixed point only.  For |s| < 1 all is the plain theory at
sigma_w2/(1 - s^2), sigma_b2/(1 - s^2), with every slope chi replaced by s^2 + (1 - s^2) chi; for
|s| >= 1, V(q) > q unless the branch vanishes, and no variance is fixed.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from .activation import Activation, as_activation
from .correlation_effects import CorrelationEffects
from .correlation_rate import CorrelationRate, correlation_rate
from .edge_of_chaos import EdgeOfChaos, critical_weight_correlation, edge_of_chaos
from .equation import Equation, Equations, closed
from .errors import UndecidedError
from .gaussian import E2, E
from .layer_options import inherited, layer_options, skip_option, substituted
from .layer_weights import layer_weights
from .mean_field_equations import mean_field_equations
from .symbols import q, q1, q2, rho, sigma_b2, sigma_w2, x
from .validation import local_exponent

__all__ = ["MeanField"]


@dataclass(frozen=True, init=False)
class MeanField(CorrelationEffects, Equations):
    """The mean-field theory of an activation, as SymPy expressions in ``theory.symbols``.

    Parameters
    ----------
    activation
        Anything that describes an activation (text, catalogue name, expression, Activation), or
        another MeanField, whose options are then kept unless given anew.
    weight_correlation
        kappa <= 1 in Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N); 0 for independent weights,
        1 for rows that sum to 0.  A number, a symbol or an expression in symbols.
    weights
        In place of ``weight_correlation``: the law of the weights, one of :mod:`theory.weights` or
        a text such as "correlated(1/2)", "orthogonal" or "uniform", whose kappa is then taken.
        A variance that is part of the law is not: pass ``sigma_w2=law.sigma_w2`` to the verbs.
    skip
        s in y^l = s y^{l-1} + W^l phi(y^{l-1}) + b^l; the branch is not rescaled: replace sigma_w2
        and sigma_b2 by (1 - s^2) times themselves for branch weights s and sqrt(1 - s^2).

    Raises
    ------
    InputError
        if an option is not real or kappa > 1; and what ``Activation`` raises.
    AssumptionError
        if ``weights`` leave pre-activations that are not Gaussian at any width.

    >>> mf = MeanField("relu")
    >>> mf.variance_map, mf.chi_1
    (q*sigma_w2/2 + sigma_b2, sigma_w2/2)
    >>> MeanField("erf").edge_of_chaos.stability
    1/(2*q + 1)
    >>> MeanField("relu", weight_correlation="kappa").edge_of_chaos.sigma_b2
    kappa*q/pi
    >>> MeanField("relu", weights="correlated(1)") == MeanField("relu", weight_correlation=1)
    True
    """

    activation: Activation
    weight_correlation: sp.Expr
    skip: sp.Expr
    weights: Any = field(compare=False)

    def __init__(self, activation, *, weight_correlation=None, skip=None, weights=None):
        kappa, law = layer_weights(activation, weights, weight_correlation, "MeanField")
        skip = skip_option(inherited(activation, skip=skip)["skip"])
        phi = activation.activation if isinstance(activation, MeanField) else activation
        object.__setattr__(self, "activation", as_activation(phi))
        object.__setattr__(self, "weight_correlation", kappa)
        object.__setattr__(self, "skip", skip)
        object.__setattr__(self, "weights", law)

    def __repr__(self):
        options = layer_options(self.weight_correlation, self.skip, self.weights)
        return f"MeanField({self.activation.name!r}{options})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        options = layer_options(self.weight_correlation, self.skip, self.weights)
        return f"mean-field theory of {self.activation}{options}"

    def at(self, **parameters) -> "MeanField":
        """The theory with some parameters, of the activation or the options, given values.

        >>> MeanField("relu", weight_correlation="kappa").at(kappa=1)
        MeanField('relu', weight_correlation=1)
        """
        if not parameters:
            return self
        options = (self.weight_correlation, self.skip)
        activation, (kappa, skip), law = substituted(
            options, self.activation, parameters, self.weights
        )
        return MeanField(activation, weight_correlation=kappa, skip=skip, weights=law)

    # expectations, unevaluated

    @cached_property
    def second_moment(self) -> sp.Expr:
        """E phi(sqrt(q) Z)^2, unevaluated."""
        return E(self.activation.expr**2, q)

    @cached_property
    def slope_moment(self) -> sp.Expr:
        """E phi'(sqrt(q) Z)^2, unevaluated; infinite if phi jumps or phi' is too singular."""
        return self._moment_of_derivative(1)

    @cached_property
    def curvature_moment(self) -> sp.Expr:
        """E phi''(sqrt(q) Z)^2, unevaluated; infinite if phi' jumps."""
        return self._moment_of_derivative(2)

    @cached_property
    def kernel(self) -> sp.Expr:
        """E phi(u) phi(v) with variances q1, q2 and correlation rho, unevaluated."""
        return E2(self.activation, self.activation, q1, q2, rho)

    @cached_property
    def slope_kernel(self) -> sp.Expr:
        """E phi'(u) phi'(v) at q1 = q2 = q by Price's theorem; densities where phi jumps."""
        return sp.expand(self.kernel_at_q.diff(rho) / q)

    @cached_property
    def kernel_at_q(self) -> sp.Expr:
        """The kernel at q1 = q2 = q, unevaluated."""
        return E2(self.activation, self.activation, q, q, rho)

    @cached_property
    def mean(self) -> sp.Expr:
        """E phi(sqrt(q) Z), unevaluated."""
        return E(self.activation.expr, q)

    @cached_property
    def branch_moment(self) -> sp.Expr:
        """E phi^2 - kappa (E phi)^2, unevaluated: what sigma_w2 multiplies in V."""
        return self.second_moment - self._common(q, q)

    @cached_property
    def branch_kernel(self) -> sp.Expr:
        """E phi(u) phi(v) - kappa E phi(u) E phi(v) with variances q1, q2, unevaluated."""
        return self.kernel - self._common(q1, q2)

    @cached_property
    def branch_kernel_at_q(self) -> sp.Expr:
        """The same at q1 = q2 = q."""
        return self.kernel_at_q - self._common(q, q)

    def _common(self, first, second):
        """kappa E phi(u) E phi(v), which is not looked at for independent weights."""
        if self.weight_correlation == 0:
            return sp.S.Zero
        both = self.mean.subs(q, first) * self.mean.subs(q, second)
        return self.weight_correlation * both

    def _moment_of_derivative(self, order):
        phi = self.activation
        if not _square_integrable(phi, order):
            return sp.oo
        return E(phi.derivative_expr(order) ** 2, q)

    # maps

    @cached_property
    def variance_map(self) -> sp.Expr:
        """V(q) = s^2 q + sigma_b2 + sigma_w2 (E phi^2 - kappa (E phi)^2) (Poole et al. 2016)."""
        return self.skip**2 * q + sigma_b2 + sigma_w2 * closed(self.branch_moment)

    @cached_property
    def covariance_map(self) -> sp.Expr:
        """The next covariance in q1, q2, rho (Poole et al. 2016)."""
        kept = self.skip**2 * rho * sp.sqrt(q1) * sp.sqrt(q2)
        return kept + sigma_b2 + sigma_w2 * closed(self.branch_kernel)

    @cached_property
    def correlation_map(self) -> sp.Expr:
        """C(rho) at a fixed point q of V; C(1) = V(q)/q = 1 there."""
        branch = sigma_b2 + sigma_w2 * closed(self.branch_kernel_at_q)
        return self.skip**2 * rho + branch / q

    @cached_property
    def correlation_slope(self) -> sp.Expr:
        """C'(rho) = s^2 + sigma_w2 E phi'(u) phi'(v)."""
        return self.skip**2 + sigma_w2 * closed(self.slope_kernel)

    @cached_property
    def chi_1(self) -> sp.Expr:
        """chi_1 = C'(1) = s^2 + sigma_w2 E phi'^2; infinite where that expectation is."""
        return self.skip**2 + sigma_w2 * closed(self.slope_moment)

    @cached_property
    def chi_q(self) -> sp.Expr:
        """V'(q), by the heat equation with the boundary terms of kinks and jumps."""
        return self.skip**2 + sigma_w2 * closed(self.branch_moment.diff(q))

    # consequences

    @cached_property
    def fixed_point_equation(self) -> sp.Equality:
        """V(q) = q."""
        return sp.Eq(self.variance_map, q, evaluate=False)

    @cached_property
    def fixed_points(self) -> tuple[sp.Expr, ...] | None:
        """The fixed points in closed form where V is a polynomial in q, else None.

        A root that is no variance for some parameters (negative, complex) is listed all the same.
        """
        polynomial = sp.expand(self.variance_map - q).as_poly(q)
        if polynomial is None or polynomial.is_zero or polynomial.degree() > 2:
            return None
        if any(coefficient.has(q) for coefficient in polynomial.all_coeffs()):
            return None
        return tuple(sp.roots(polynomial, q))

    @cached_property
    def xi_q(self) -> sp.Expr:
        """The depth scale of the variance, -1/log|V'(q)| at the fixed point q."""
        return -1 / sp.log(sp.Abs(self.chi_q))

    @cached_property
    def xi_c(self) -> sp.Expr:
        """The depth scale of the correlation, -1/log C'(rho) at the fixed point rho = c*."""
        return -1 / sp.log(self.correlation_slope)

    @cached_property
    def xi_gradient(self) -> sp.Expr:
        """The depth scale of gradients, -1/log chi_1; negative when they explode."""
        return -1 / sp.log(self.chi_1) if self.chi_1.is_finite is not False else sp.S.Zero

    @cached_property
    def edge_of_chaos(self) -> EdgeOfChaos:
        """The curve chi_1 = 1, V(q) = q, parametrised by q, and its stability V'(q)."""
        return edge_of_chaos(self)

    @cached_property
    def critical_weight_correlation(self) -> sp.Expr | None:
        """kappa_s(q) at which V'(q) = 1 on the edge of chaos; None where V' is free of kappa.

        V'(q) < 1 for kappa above it where (E phi)^2 grows with q, below it where it falls.
        """
        return critical_weight_correlation(self)[1]

    @cached_property
    def correlation_rate(self) -> CorrelationRate:
        """How 1 - c^l vanishes with depth at criticality."""
        return correlation_rate(self)

    def equations(self) -> tuple[Equation, ...]:
        """The equations of the theory, each with its untouched definition and its source.

        A quantity that cannot be decided is a row without a value whose note says why.
        """
        return mean_field_equations(self)


def _square_integrable(phi, order):
    """Whether the weak derivative of this order is a locally square-integrable function."""
    for lower in range(order):
        if any(size.is_finite is not False for _, size in phi.jumps(lower)):
            return False
    ends = [(p, p.lower, "+") for p in phi.pieces] + [(p, p.upper, "-") for p in phi.pieces]
    return all(
        _is_integrable(2 * local_exponent(sp.diff(piece.expr, x, order), end, side))
        for piece, end, side in ends
        if end.is_finite is not False
    )


def _is_integrable(exponent):
    """Whether |t|^exponent is integrable at 0."""
    held = sp.Gt(exponent, -1)
    if held in (sp.true, sp.false):
        return held is sp.true
    names = ", ".join(sorted(map(str, exponent.free_symbols)))
    raise UndecidedError(f"whether {held} holds depends on {names}; give {names} a value")
