r"""The covariance SDE of deep and wide shaped networks, for any shaping.

A network of width n and depth T n with activation phi_s -> x has, in the limit n -> oo, a
covariance of its m inputs that is a diffusion in t = layer/n on m×m matrices,

    dV = b(V) dt + Sigma(V)^{1/2} dB,      Sigma^{ab,cd} = V^{ac} V^{bd} + V^{ad} V^{bc}

(Li, Nica & Roy 2022, arXiv:2206.02768, for two shapings).  Here the drift b and the critical
exponent of the shaping are derived for any family phi_s, and everything else follows by Itô's
formula: correlation, angle, norm, explosion, stationary law.
"""

from dataclasses import dataclass, fields
from functools import cached_property

import sympy as sp

from .activation import Activation
from .covariance_entries import (
    covariance_matrix,
    diffusion_matrix,
    generator,
    in_entries,
    input_pairs,
)
from .equation import Equation, Equations
from .errors import AssumptionError, InputError
from .explosion import Explosion
from .matrix_laws.correlated import Correlated
from .parser import exact, parse
from .reduced_sde import ReducedSDE, angle, correlation, lamperti
from .regimes import Regimes, regimes
from .residual_drift import residual_drift
from .shaped_kernel import ShapedDrift, shaped_drift, shrunk
from .shaped_weights import shaped_weights, weight_option
from .shaping import Shaping, shaping_of
from .shaping_assumptions import unmet_assumptions
from .state_terms import collected, presented
from .stationary import StationaryLaw
from .symbols import V, covariance_entry

__all__ = ["CovarianceSDE"]

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)


@dataclass(frozen=True, init=False, eq=False)
class CovarianceSDE(Equations):
    r"""The limit of the covariance of a shaped network, as SymPy expressions.

    Parameters
    ----------
    activation, shaping, centre, a, c_plus, c_minus
        The shaping, see :func:`theory.shaping.shaping_of`.
    skip
        lambda in z' = lambda z + sqrt(1 - lambda^2) sqrt(c/n) W phi_s(z), |lambda| < 1.
    normalised
        Whether layers carry the factor c = 1/E phi_s(Z)^2; without it c = 1.
    architecture
        ``"mlp"``, or ``"residual"`` for z' = z + (gamma/sqrt(d)) sqrt(c/n) W phi(z) with depth d
        much smaller than n and phi not shaped: then V moves deterministically in t = layer/d.
    gamma
        The strength of a residual branch.
    weight_correlation, weights
        kappa <= 1 in Cov(W_ij, W_ik) = (c/n) (delta_jk - kappa/n), a number or a symbol; or a law
        of :mod:`theory.weights` in its place, or its text; see :mod:`theory.shaped_weights`.

    Raises AssumptionError, UndecidedError or InputError with the reason where there is no limit.

    >>> sde = CovarianceSDE("tanh")
    >>> sde.critical_exponent, sde.norm.drift
    (1/2, -2*V**2 + 2*V)
    >>> CovarianceSDE("relu").correlation.diffusion
    1 - rho**2
    >>> CovarianceSDE(shaping="x + x**3/n").drift(1)
    Matrix([[6*V11**2 - 6*V11]])
    >>> CovarianceSDE("silu", weight_correlation="kappa").norm.drift
    -V**2*(kappa - 3)/4 - V*(4*kappa + 3)/4
    """

    activation: Activation | None
    shaping: Shaping | None
    skip: sp.Expr
    normalised: bool
    architecture: str
    gamma: sp.Expr
    weights: Correlated

    def __init__(
        self,
        activation=None,
        shaping=None,
        centre=0,
        a=1,
        *,
        c_plus=0,
        c_minus=-1,
        skip=0,
        normalised=True,
        architecture="mlp",
        gamma=1,
        weight_correlation=None,
        weights=None,
    ):
        if architecture not in ("mlp", "residual"):
            raise InputError(f"the architecture is 'mlp' or 'residual'; got {architecture!r}")
        residual = architecture == "residual"
        if residual and (activation is None or shaping is not None):
            raise InputError("a residual network takes an activation, which is not shaped")
        phi, law = shaped_weights(activation, weight_correlation, weights)
        given = None if residual else shaping_of(phi, shaping, centre, a, c_plus, c_minus)
        if given and not normalised and given.expansion.slope != 1:
            raise InputError(
                f"without normaliser the shaping must tend to x, not to {given.expansion.slope}*x"
            )
        skip = exact(skip, "skip")
        if skip.is_number and not bool(abs(skip) < 1):
            raise InputError(f"a skip connection has |lambda| < 1; got {skip}")
        if residual and not skip.is_zero:
            raise InputError("a residual network has its own skip connection; leave out skip")
        values = (phi, given, skip, bool(normalised), architecture, exact(gamma, "gamma"), law)
        for field, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, field.name, value)

    @property
    def name(self) -> str:
        """What the SDE belongs to, in a few words."""
        if self.activation is not None:
            return self.activation.name
        return str(self.shaping.expr)

    def __repr__(self):
        return f"CovarianceSDE({self.name!r}{weight_option(self.weights)})"

    @property
    def weight_correlation(self) -> sp.Expr:
        """kappa, 0 for independent weights."""
        return self.weights.correlation

    @property
    def heading(self) -> str:
        """What the equations are about, and whether the shaping suits them."""
        lines = [f"covariance SDE of {self.name}{weight_option(self.weights)}"]
        if self.shaping is not None and self.critical_exponent is not None:
            p, best, current = self.shaping.exponent, self.critical_exponent, self.regimes.current
            if current.startswith(("sub", "super")):
                lines.append(
                    f"  the shaping is {current}: p = {p}, this SDE belongs to p = {best}"
                )
        return "\n".join(lines)

    # the matrix equation

    @cached_property
    def kernel(self) -> ShapedDrift:
        """The critical order and the drift before skip connections."""
        kappa = self.weights.effect.weight_correlation
        if self.architecture == "residual":
            return residual_drift(self.activation, self.gamma, self.normalised, kappa)
        drift = shaped_drift(self.shaping.expansion, self.normalised, kappa)
        return shrunk(drift, self.weight_correlation)

    @property
    def critical_exponent(self) -> sp.Expr | None:
        """p* such that eps = n^(-p*) in phi_s = x + sum_k eps^k h_k gives drift and noise alike.

        None if the network is linear for every exponent.
        """
        order = self.kernel.order
        return None if order is None else sp.Rational(1, order)

    @property
    def drift_factor(self) -> sp.Expr:
        """1 - lambda^2, what a skip connection leaves of the drift."""
        return 1 - self.skip**2

    @property
    def noise_factor(self) -> sp.Expr:
        """What multiplies Sigma: 1 - lambda^4 with a skip connection, 0 for a residual network."""
        return sp.S.Zero if self.architecture == "residual" else 1 - self.skip**4

    @cached_property
    def cross_drift(self) -> sp.Expr:
        """The drift of V12 in V11, V22 and ``rho``."""
        return presented(self.drift_factor * self.kernel.cross)

    def drift(self, m: int = 2) -> sp.ImmutableDenseMatrix:
        """The drift b(V) of m inputs, an m×m matrix in V11, V12, …"""
        input_pairs(m)
        cross, norm = collected(in_entries(self.cross_drift)), self.norm.drift

        def entry(i, j):
            i, j = sorted((i + 1, j + 1))
            first, second = covariance_entry(i, i), covariance_entry(j, j)
            if i == j:
                return norm.subs(V, first)
            return cross.subs(
                {V11: first, V22: second, V12: covariance_entry(i, j)}, simultaneous=True
            )

        return sp.ImmutableDenseMatrix(m, m, entry)

    def diffusion(self, m: int = 2) -> sp.ImmutableDenseMatrix:
        """The covariance Sigma(V) of the noise, indexed by the pairs (1,1), (1,2), …, (m,m)."""
        return self.noise_factor * diffusion_matrix(m)

    def generator(self, f, m: int | None = None) -> sp.Expr:
        """The generator applied to a function f of the entries V11, V12, … of the covariance.

        >>> CovarianceSDE("linear").generator("log(V11)")
        -1
        """
        known = {covariance_entry(*pair): pair for pair in input_pairs(9)}
        f = parse(f, symbols=tuple(known)) if isinstance(f, str) else f
        used = [max(known[s]) for s in f.free_symbols if s in known]
        m = m or max(used, default=1)
        variables = [covariance_entry(*pair) for pair in input_pairs(m)]
        drift = self.drift(m)
        b = [drift[i - 1, j - 1] for i, j in input_pairs(m)]
        return sp.expand(generator(b, self.diffusion(m), variables, f))

    def log_determinant(self, m: int = 2) -> tuple[sp.Expr, sp.Expr]:
        """(drift, noise coefficient) of log det V for m inputs.

        d log det V = [-m(m+1)/2 + tr(V^{-1} b)] dt + sqrt(2m) dB, whatever the drift b.
        """
        v = covariance_matrix(m)
        trace = (v.adjugate() * self.drift(m)).trace() / v.det()
        scale = self.noise_factor
        drift = -scale * sp.Rational(m * (m + 1), 2) + sp.together(trace)
        return drift, sp.sqrt(2 * m * scale)

    # reduced equations

    @cached_property
    def norm(self) -> ReducedSDE:
        """The SDE of one squared norm V = V11."""
        drift = presented(self.drift_factor * self.kernel.norm.subs(V11, V))
        return ReducedSDE(V, drift, sp.sqrt(2 * self.noise_factor) * V, True, (sp.S.Zero, sp.oo))

    @cached_property
    def correlation(self) -> ReducedSDE:
        """The SDE of rho = V12/sqrt(V11 V22); it carries V11, V22 where it is not autonomous."""
        return correlation(self.norm.drift, self.cross_drift, self.noise_factor)

    @cached_property
    def angle(self) -> ReducedSDE:
        """The SDE of the angle theta = arccos(rho)."""
        return angle(self.correlation)

    @cached_property
    def lamperti(self) -> ReducedSDE:
        """The SDE of u = log tan(theta/2), rho = -tanh(u), whose noise is constant."""
        return lamperti(self.correlation)

    @cached_property
    def regimes(self) -> Regimes:
        """What happens for exponents below, at and above the critical one."""
        if self.architecture == "residual":
            raise AssumptionError("a residual network is not shaped, so it has no exponent")
        plain = self
        if not self.skip.is_zero:
            options = {"normalised": self.normalised, "weights": self.weights}
            plain = CovarianceSDE(self.activation, self.shaping, **options)
        p, best = self.shaping.exponent, self.critical_exponent
        return regimes(best, p, plain.norm, plain.correlation, self.weight_correlation)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the convergence theorem asks of the shaping and this one does not give."""
        return () if self.shaping is None else unmet_assumptions(self.shaping)

    # the fate of the norm

    @cached_property
    def explosion(self) -> Explosion:
        """Whether V reaches infinity in finite time, with what probability and when."""
        return Explosion(self.norm, self.kernel.norm.subs(V11, V), self.weight_correlation)

    @property
    def stationary(self) -> StationaryLaw | None:
        """The stationary law of V, or None; :attr:`stationary_reason` says why."""
        return self.explosion.stationary

    @property
    def stationary_reason(self) -> str:
        """The stationary law in words, or why there is none."""
        return self.explosion.stationary_reason

    def equations(self) -> tuple[Equation, ...]:
        """The equations of the theory, each with its definition and its source."""
        from .covariance_equations import covariance_equations

        return covariance_equations(self)
