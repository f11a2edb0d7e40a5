r"""The neural tangent kernel of wide random networks: recursion and behaviour at large depth.

The kernel K^L(x, x') of L layers, all of whose parameters are trained by gradient flow, is built
layer by layer (:mod:`theory.tangent.recursion`) from K^1 = q^1, the covariance of the first layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from ..activation import Activation, as_activation
from ..equation import Equation, aligned
from ..errors import InputError, UnknownNameError
from ..layer_options import inherited, layer_options, substituted
from ..layer_weights import layer_weights
from ..mean_field import MeanField
from ..symbols import n
from .architecture import Architecture, architecture_named
from .depth_law import DepthLaw, positive_count
from .law_equations import law_equations
from .low_depth import critical_kernel, kernel_of_depth
from .phases import feedforward_laws
from .recursion import Recursion
from .residual_laws import residual_laws

__all__ = ["NTK", "PARAMETRISATIONS"]

PARAMETRISATIONS = ("ntk", "standard")


@dataclass(frozen=True, init=False)
class NTK:
    r"""The tangent kernel of an activation in an architecture.

    Parameters
    ----------
    activation
        Anything that describes an activation (text, catalogue name, expression, Activation), or a
        MeanField, whose options are then kept unless given anew.
    architecture
        "dense", "conv" (one-dimensional, circular padding), "residual", "scaled-residual" (branch
        weight 1/sqrt(l)) or "stable-residual" (1/sqrt(L)).
    parametrisation
        "ntk": w and beta of W = sqrt(sigma_w2 / fan_in) w, b = sigma_b beta are trained;
        "standard": W and b themselves, with one learning rate.
    filter_size
        Of a convolution, odd; 3 if not given.
    width
        Of the layers, in the standard parametrisation; the symbol ``n`` if not given.
    weight_correlation
        kappa <= 1 of ``MeanField``, above the first layer.  In the NTK parametrisation the trained
        w are independent and W is made of them; in the standard one W itself is trained.
    weights
        In place of ``weight_correlation``: the law of the weights as in ``MeanField``.  Squared
        gradients of wide layers have the factor chi_1 for each of them, so kappa says all.
    skip
        The weight s of the identity path, y^l = s y^{l-1} + ...; 0 for dense and convolutional
        layers and 1 for residual ones if not given.

    Raises
    ------
    UnknownNameError, InputError
        for an architecture or parametrisation that does not exist, or options that do not fit;
        and what ``Activation`` raises.

    >>> ntk = NTK("relu")
    >>> ntk.recursion.ntk_diagonal
    K_diagonal*sigma_w2/2 + q*sigma_w2/2 + sigma_b2
    >>> NTK("erf", skip="1/2").depth_law["critical"].coefficient
    2*(4*q + 1)/(3*q**2)
    """

    activation: Activation
    architecture: str
    parametrisation: str
    filter_size: int | None
    width: sp.Expr | None
    weight_correlation: sp.Expr
    skip: sp.Expr
    weights: Any = field(compare=False)

    def __init__(
        self,
        activation,
        architecture="dense",
        parametrisation="ntk",
        *,
        filter_size=None,
        width=None,
        weight_correlation=None,
        skip=None,
        weights=None,
    ):
        kappa, law = layer_weights(activation, weights, weight_correlation, "NTK")
        if isinstance(activation, MeanField):
            skip = inherited(activation, skip=skip)["skip"] or skip
            activation = activation.activation
        layout = architecture_named(architecture, filter_size, skip)
        if parametrisation not in PARAMETRISATIONS:
            raise UnknownNameError(
                f"no parametrisation {parametrisation!r}; the parametrisations are "
                f"{', '.join(PARAMETRISATIONS)}"
            )
        set_ = object.__setattr__
        set_(self, "activation", as_activation(activation))
        set_(self, "architecture", layout.name)
        set_(self, "parametrisation", parametrisation)
        set_(self, "filter_size", layout.filter_size if layout.is_convolution else None)
        set_(self, "width", _width(parametrisation, width))
        set_(self, "weight_correlation", kappa)
        set_(self, "skip", layout.skip)
        set_(self, "weights", law)

    def __repr__(self):
        options = [repr(self.activation.name)]
        if self.architecture != "dense":
            options.append(f"architecture={self.architecture!r}")
        if self.filter_size not in (None, 3):
            options.append(f"filter_size={self.filter_size}")
        if self.parametrisation != "ntk":
            options.append(f"parametrisation={self.parametrisation!r}")
            if self.width != n:
                options.append(f"width={self.width}")
        return f"NTK({', '.join(options)}{self._layer_options()})"

    def _layer_options(self):
        own = _own_skip(self.architecture)
        text = layer_options(self.weight_correlation, sp.S.Zero, self.weights)
        return text if self.skip == own else f"{text}, skip={self.skip}"

    def __str__(self):
        lines = [
            f"tangent kernel of {self.activation} ({self.architecture}{self._layer_options()})"
        ]
        lines += [f"  {e.title}: {e.value}" for e in self.recursion.equations()]
        lines += [f"  {law}" for law in self.depth_law.values()]
        return "\n".join(lines)

    def latex(self) -> str:
        """All equations as one LaTeX ``aligned`` block."""
        return aligned(e for e in self.equations() if e.value is not None)

    def _repr_latex_(self):
        return f"$${self.latex()}$$"

    def at(self, **parameters) -> "NTK":
        """The theory with some parameters, of the activation or the options, given values."""
        if not parameters:
            return self
        options = (self.weight_correlation, self.skip)
        activation, (kappa, skip), law = substituted(
            options, self.activation, parameters, self.weights
        )
        return NTK(
            activation,
            self.architecture,
            self.parametrisation,
            filter_size=self.filter_size,
            width=self.width,
            weight_correlation=kappa,
            skip=skip,
            weights=law,
        )

    @cached_property
    def layout(self) -> Architecture:
        """The architecture as data: skip, branch weight, filter."""
        return architecture_named(self.architecture, self.filter_size, self.skip)

    @cached_property
    def mean_field(self) -> MeanField:
        """The mean-field theory of a layer; of the branch alone in growing or weighted layers.

        That is, with the skip connection unless |s| >= 1 or the branch has a weight of its own.
        """
        layout = self.layout
        alone = layout.branch != 1 or (layout.is_growing and layout.name == "residual")
        skip = sp.S.Zero if alone else layout.skip
        return MeanField(self.activation, weight_correlation=self.weight_correlation, skip=skip)

    @cached_property
    def recursion(self) -> Recursion:
        """One layer: the next variance, covariance and kernel as SymPy expressions."""
        return Recursion(self.mean_field, self.layout, self.width)

    def kernel(self, depth: int) -> sp.Expr:
        """K^depth as one expression in q1, q2, rho of the first layer and the parameters.

        For a convolution, of inputs that are the same at every position.  Raises InputError for a
        depth that is no positive integer.

        >>> from theory.symbols import q1, q2, rho, sigma_b2, sigma_w2
        >>> two = NTK("relu").kernel(2).subs({q1: 1, q2: 1, sigma_w2: 2, sigma_b2: 0})
        >>> two.subs(rho, 0)
        1/pi
        """
        return kernel_of_depth(self.recursion, depth)

    def critical_kernel(self, depth: int) -> sp.Expr:
        """K^depth of two inputs at the point q of the edge of chaos, in q and rho.

        Raises InputError as :meth:`kernel`, AssumptionError where there is no edge of chaos.

        >>> from theory.symbols import rho
        >>> NTK("relu").critical_kernel(2).subs(rho, 1)
        2*q
        """
        return critical_kernel(self.recursion, depth)

    @cached_property
    def depth_law(self) -> Mapping[str, DepthLaw]:
        """The law at large depth by phase: 'ordered', 'critical', 'chaotic'.

        >>> law = NTK("relu").depth_law["critical"]
        >>> law.ratio, law.power, law.log_coefficient
        (1/4, 2, 3/8)
        """
        if self.layout.branch != 1 or self.layout.is_growing:
            return residual_laws(self.recursion)
        return feedforward_laws(self.mean_field, self.width, self.layout.filter_size)

    def equations(self) -> tuple[Equation, ...]:
        """The maps of a layer and the law at large depth, with their sources."""
        return (*self.recursion.equations(), *law_equations(self.depth_law))


def _own_skip(architecture):
    return architecture_named(architecture).skip


def _width(parametrisation, width):
    if parametrisation == "ntk":
        if width is not None:
            raise InputError("width belongs to parametrisation='standard'; leave it out here")
        return None
    found = n if width is None else positive_count(width)
    if found is None:
        raise InputError(f"width is a positive integer or a symbol; got {width!r}")
    return found
