r"""Finite random networks: what is drawn, before anything is drawn.

Pre-activations z_l of a network of width n on m inputs follow

    z_{l+1} = carry z_l + branch (W_l phi(z_l) sqrt(sigma_w2/n) + b_l),   z_1 ~ N(0, V_0 (x) I_n)

with W_l of independent entries of mean 0 and variance 1 and b_l ~ N(0, sigma_b2).  A plain network
has carry 0 and branch 1; a skip connection of weight lambda has carry lambda and branch
sqrt(1 - lambda^2); a residual network of depth d has carry 1 and branch gamma/sqrt(d).  Given z_l,
the rows of the branch are exactly N(0, V_{l+1}) if the weights are Gaussian, with

    V_{l+1} = sigma_b2 + (sigma_w2/n) sum_i phi(z_{l,i}) phi(z_{l,i})^T,

so that no weight matrix is needed (Li, Nica & Roy 2022, arXiv:2206.02768).  With normalisation,
sigma_w2 = 1/E phi(g)^2 for a standard Gaussian g, and sigma_b2 = 0.

Of weights whose rows have the covariance (delta_jk - kappa/n), V_{l+1} loses
(kappa sigma_w2/n^2) s s^T, s = sum_i phi(z_{l,i}); this is exact at every n.  If it is the columns
that have it, the branch has the covariance sigma_w2/n sum_i phi phi^T (x) (I - (kappa/n) 11^T) and
again no weight is needed.  The first layer is N(0, V_0 (x) I_n) whatever the law of the others.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from .activation import Activation, as_activation
from .errors import InputError
from .gaussian import E
from .laws.weight_law import WeightLaw
from .matrix_laws.matrix_law import MatrixLaw
from .network_input import (
    check_slopes,
    law_given,
    positive_gamma,
    skip_weight,
    variance,
    whole_number,
)
from .network_weights import (
    WEIGHT_LAWS,
    default_weights,
    name_of,
    own_variance,
    standard_weights,
)
from .parser import exact
from .shaping import Shaping, shaping_of
from .symbols import x

__all__ = ["WEIGHT_LAWS", "Network"]


@dataclass(frozen=True, init=False)
class Network:
    """A fully connected network of a width and a depth (the number of maps V -> V').

    Parameters
    ----------
    activation
        Anything that describes an activation; may be left out if ``shaping`` is a formula.
    width, depth
        Whole numbers >= 1; ``depth`` may be 0.
    shaping
        None for the natural shaping (none if ``sigma_w2`` is given), False for none, or a
        formula in x and n (see :func:`theory.shaping.shaping_of`, also for ``centre``, ``a``,
        ``c_plus``, ``c_minus``).
    sigma_w2, sigma_b2
        Scaled weight variance and bias variance; without ``sigma_w2`` that of a law that fixes
        one, such as a given covariance of rows, else the network is normalised.
    skip
        lambda, |lambda| < 1: weight of the identity branch.
    architecture, gamma
        ``"mlp"``, or ``"residual"`` for z' = z + (gamma/sqrt(depth)) sqrt(c/n) W phi(z), which is
        not shaped.
    weights
        The law of a weight up to a factor, which is set to variance 1: a law of
        :mod:`theory.weights`, its text such as ``"chi(4)"`` with a name of ours or of SciPy, or an
        object with ``rvs(size, random_state)`` of mean 0 and variance 1; or a law of matrices
        such as ``it.weights.Correlated(1/2)`` and ``it.weights.Orthogonal()``.  The default is
        Gaussian or, for a Gaussian pair, the pair's own law and variance.  Normal weights, also
        correlated ones, can be simulated exactly in law.
    weight_correlation
        kappa <= 1, short for ``weights=Correlated(kappa)``.  It does not enter the normaliser.

    Raises InputError for numbers out of range, among them kappa = 1 at width 1, where every weight
    is 0; AssumptionError if the width is too small for the shaping.

    >>> Network("relu", width=100, depth=100).phi.subs(x, -1)
    -9/10
    >>> Network("relu", width=100, depth=100).gain
    200/181
    >>> Network("tanh", 50, 10, sigma_w2=1.5).phi
    tanh(x)
    >>> Network("relu", width=100, depth=50, architecture="residual").branch
    sqrt(2)/10
    >>> Network("relu", width=100, depth=50, weights="chi(4)").law_name
    'Chi(4)'
    >>> Network("relu", width=100, depth=50, sigma_w2=2, weight_correlation=1).law_name
    'Correlated(1)'
    """

    activation: Activation | None
    width: int
    depth: int
    shaping: Shaping | None
    sigma_w2: sp.Expr | None
    sigma_b2: sp.Expr
    skip: sp.Expr
    weights: Any
    architecture: str
    gamma: sp.Expr

    def __init__(
        self,
        activation=None,
        width=None,
        depth=None,
        shaping=None,
        *,
        centre=0,
        a=1,
        c_plus=0,
        c_minus=-1,
        sigma_w2=None,
        sigma_b2=0,
        skip=0,
        weights=None,
        weight_correlation=None,
        architecture="mlp",
        gamma=1,
    ):
        if architecture not in ("mlp", "residual"):
            raise InputError(f"the architecture is 'mlp' or 'residual'; got {architecture!r}")
        if activation is None and not shaping:
            raise InputError("Network: pass an activation, or shaping=, a formula in x and n")
        phi = None if activation is None else as_activation(activation)
        size = whole_number(width, "width", 1)
        weights = law_given(weights, weight_correlation)
        if weights is None:
            weights, sigma_w2, sigma_b2 = default_weights(activation, sigma_w2, sigma_b2, shaping)
        weights = standard_weights(weights, size)
        sigma_w2 = own_variance(weights, sigma_w2)
        residual = architecture == "residual"
        if residual and (phi is None or shaping or not exact(skip, "skip").is_zero):
            raise InputError(
                "Network: a residual network takes an activation, not a shaping, and has its own "
                "skip connection"
            )
        plain = residual or shaping is False or (shaping is None and sigma_w2 is not None)
        shaped = None if plain else shaping_of(phi, shaping, centre, a, c_plus, c_minus)
        fields = {
            "activation": phi,
            "width": size,
            "depth": whole_number(depth, "depth", 0),
            "shaping": shaped,
            "sigma_w2": None if sigma_w2 is None else variance(sigma_w2, "sigma_w2"),
            "sigma_b2": variance(sigma_b2, "sigma_b2"),
            "skip": skip_weight(skip),
            "weights": weights,
            "architecture": architecture,
            "gamma": positive_gamma(gamma),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._check()

    def __repr__(self):
        named = isinstance(self.weights, MatrixLaw | WeightLaw)
        law = f", weights={self.law_name}" if named else ""
        return f"Network({self.name!r}, width={self.width}, depth={self.depth}{law})"

    def __str__(self):
        given = f"sigma_w2 = {self.gain}, sigma_b2 = {self.sigma_b2}, weights {self.law_name}"
        skip = f", skip {self.skip}" if self.skip else ""
        if self.architecture == "residual":
            skip = f", residual with gamma = {self.gamma}"
        return f"{self!r}: phi(x) = {self.phi}, {given}{skip}"

    @property
    def name(self) -> str:
        """The name of the activation, or the shaping's formula."""
        if self.activation is not None:
            return self.activation.name or str(self.activation.expr)
        return str(self.shaping.expr)

    @property
    def law_name(self) -> str:
        """The name of the weight law, whatever its factor."""
        return name_of(self.weights)

    @property
    def weight_correlation(self) -> sp.Expr:
        """kappa of the rows in the maps of wide networks; AssumptionError if there are none."""
        law = self.weights
        named = "weight_correlation"
        return law.effect.kappa(named) if isinstance(law, MatrixLaw) else sp.S.Zero

    @cached_property
    def phi(self) -> sp.Expr:
        """The activation of every layer, in x."""
        return self.activation.expr if self.shaping is None else self.shaping.at(self.width)

    @cached_property
    def gain(self) -> sp.Expr:
        """sigma_w2: as given, or 1/E phi(g)^2 (an unevaluated expectation if need be)."""
        return 1 / E(self.phi**2, 1).doit() if self.sigma_w2 is None else self.sigma_w2

    @property
    def carry(self) -> sp.Expr:
        """The factor of z_l in z_{l+1}."""
        return sp.S.One if self.architecture == "residual" else self.skip

    @property
    def branch(self) -> sp.Expr:
        """The factor of the layer's output in z_{l+1}."""
        if self.architecture == "residual":
            return self.gamma / sp.sqrt(max(self.depth, 1))
        return sp.sqrt(1 - self.skip**2)

    @property
    def time(self) -> sp.Rational:
        """depth/width, the time of the covariance SDE; 1 for a residual network."""
        if self.architecture == "residual":
            return sp.S.One
        return sp.Rational(self.depth, self.width)

    def latex(self) -> str:
        r"""The recursion of the layers, as LaTeX."""
        from .latex import latex

        weight = "" if self.carry == 1 else rf"{latex(self.carry)}\, "
        carry = rf"{weight}z_\ell + " if self.carry else ""
        branch = latex(self.branch) if self.carry else ""
        law = ""
        if self.weights != "gaussian":
            law = rf",\quad W_\ell \sim \mathrm{{{self.law_name}}}"
        return (
            rf"z_{{\ell+1}} = {carry}{branch}\sqrt{{\sigma_w^2/n}}\, W_\ell \phi(z_\ell) + b_\ell,"
            rf"\quad \phi(x) = {latex(self.phi)}{law}"
        )

    def _repr_latex_(self):
        return f"${self.latex()}$"

    def _check(self):
        strangers = sorted(str(s) for s in self.phi.free_symbols - {x})
        if strangers:
            raise InputError(
                f"Network: {self.name} has the parameter {strangers[0]} without a value; give it "
                f"one, as in Activation(..., {strangers[0]}=1)"
            )
        if self.phi.is_zero:
            raise InputError("Network: the activation is 0, so nothing passes the first layer")
        if self.shaping is not None and self.shaping.kind == "slopes":
            check_slopes(self.phi, self.width)
