"""An activation as numbers: its jet, its jumps and its Gaussian moments in double precision.

The solvers of this package see an activation only through this object: ``jet[k]`` evaluates the
k-th almost-everywhere derivative on arrays, ``jumps`` lists where phi, phi' or phi'' jump and by
how much, and ``W``, ``D``, ``S`` are E phi^2, E phi'^2 and d/dq E phi^2 as functions of arrays q.
Correlated weights replace E phi^2 by E phi^2 - kappa (E phi)^2 in W and S; a skip connection is in
none of the three.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp

from theory.activation import as_activation
from theory.errors import DivergentExpectationError, InputError, PrecisionError
from theory.mean_field import MeanField

from .gaussian_panels import Feature
from .layer_numbers import LayerNumbers

__all__ = ["Jump", "NumericActivation", "numeric_activation"]


@dataclass(frozen=True)
class Jump:
    """Jumps of phi, phi' and phi'' at one place; infinite where a one-sided value is."""

    place: float
    sizes: tuple[float, float, float]

    @property
    def order(self):
        """The lowest derivative that jumps: 0, 1 or 2 (3 if none of them does)."""
        return next((k for k, size in enumerate(self.sizes) if size != 0.0), 3)


@dataclass(frozen=True, eq=False)
class NumericActivation:
    """phi with everything the solvers ask of it; build it with :func:`numeric_activation`."""

    name: str
    jet: tuple[Callable, Callable, Callable]
    jumps: tuple[Jump, ...]
    moments: Any
    homogeneity: float | None = None
    parity: str | None = None
    formula: str = ""
    exact: Any = field(default=None, repr=False)
    layer: LayerNumbers = field(default_factory=LayerNumbers)

    def W(self, q):
        """E phi(sqrt(q) Z)^2 - kappa (E phi(sqrt(q) Z))^2: what sigma_w2 multiplies."""
        return np.asarray(self.moments.W(np.asarray(q, dtype=float)))

    def D(self, q):
        """E phi'(sqrt(q) Z)^2 with the weak derivative: infinite if phi jumps."""
        q = np.asarray(q, dtype=float)
        return np.asarray(self.moments.D(q)) if self.has_slope else np.full(q.shape, np.inf)

    def S(self, q):
        """W'(q)."""
        q = np.asarray(q, dtype=float)
        return np.asarray(self.moments.qdW(q)) / q

    @cached_property
    def without_skip(self):
        """The same activation and weights in a layer without a skip connection."""
        if self.layer.skip == 0:
            return self
        if self.exact is None:
            return replace(self, layer=replace(self.layer, skip=sp.S.Zero))
        phi = self.exact.activation
        return _build(phi, phi.name, replace(self.layer, skip=sp.S.Zero))

    @cached_property
    def centred(self):
        """psi = phi - phi(0) on arrays; phi itself if it jumps at 0."""
        from .centred import centred

        return centred(self.exact.activation.expr).function(self.jet[0])

    def offset(self, q):
        """What E psi(X) psi(Y) lacks of E phi(X) phi(Y) - kappa (E phi)^2; free of c."""
        return np.asarray(self.moments.offset(np.asarray(q, dtype=float)))

    @property
    def ignores_correlation(self):
        """Whether E phi = 0 at every q, or the weights are independent."""
        return self.layer.weight_correlation == 0 or self.parity == "odd"

    @cached_property
    def at_zero(self):
        """The limit of sqrt(W) as q -> 0: |phi(0)| for independent weights."""
        left, right = self.jet[0](np.array([-1e-300, 1e-300]))
        w = (left**2 + right**2) / 2 - self.layer.kappa * ((left + right) / 2) ** 2
        return float(np.sqrt(max(w, 0.0)))

    @cached_property
    def slope_at_zero(self):
        """The limit of W/q as q -> 0 where that of W is 0: V' there.

        For independent weights it is the mean of the squared one-sided slopes.
        """
        left, right = self.jet[1](np.array([-1e-300, 1e-300]))
        lost = 0.0 if left == right else self.layer.kappa * (right - left) ** 2 / (2 * np.pi)
        return float((left**2 + right**2) / 2 - lost)

    @cached_property
    def gradient_at_zero(self):
        """The limit of D as q -> 0: the mean of the squared one-sided slopes."""
        left, right = self.jet[1](np.array([-1e-300, 1e-300]))
        return float((left**2 + right**2) / 2)

    @cached_property
    def has_slope(self):
        """Whether E phi'^2 is finite: phi is continuous and phi' square integrable."""
        if any(jump.sizes[0] != 0.0 for jump in self.jumps):
            return False
        try:
            return bool(np.isfinite(self.moments.D(np.ones(1))).all())
        except (DivergentExpectationError, PrecisionError):
            return True

    @property
    def is_singular(self):
        """Whether phi' is unbounded somewhere, as for |x|^p with p < 1."""
        return any(np.isinf(jump.sizes[1]) for jump in self.jumps)

    @cached_property
    def features(self):
        """Where quadrature must place panel edges."""
        return tuple(
            Feature(jump.place, kinked=True, singular=bool(np.isinf(jump.sizes).any()))
            for jump in self.jumps
        )


def numeric_activation(model) -> NumericActivation:
    """The numbers behind a MeanField, an Activation, an expression or a text.

    Raises ``InputError`` if a parameter of the activation has no value.
    """
    if isinstance(model, NumericActivation):
        return model
    inner = getattr(model, "mean_field", None)  # the layer of a GuessingBias, a tangent kernel
    if isinstance(inner, MeanField) or hasattr(inner, "pool_size"):
        model = inner
    if hasattr(model, "pool_size"):
        from .guessing.max_pooling import pooled_activation

        return pooled_activation(model)
    layer = LayerNumbers.of(model) if isinstance(model, MeanField) else LayerNumbers()
    model = getattr(model, "activation", model)
    activation = _read(model) if isinstance(model, str) else as_activation(model)
    if activation.parameters:
        names = ", ".join(str(parameter) for parameter in activation.parameters)
        raise InputError(
            f"a number was asked of {activation.expr}, but {names} has no value: pass it to the "
            f"activation, as in Activation({activation.name or str(activation.expr)!r}, "
            f"{activation.parameters[0]}=1)"
        )
    return _build(activation, activation.name, layer)


@lru_cache(maxsize=64)
def _read(text):
    return as_activation(text)


@lru_cache(maxsize=256)
def _build(activation, name, layer):
    # equal activations may differ in their names, and each caller is shown its own
    mean_field = MeanField(activation, weight_correlation=layer.weight_correlation)
    return NumericActivation(
        name=f"{name or activation.expr}{layer}",
        moments=_moments(mean_field, layer),
        exact=mean_field,
        layer=layer,
        **_own(activation),
    )


@lru_cache(maxsize=64)
def _own(activation):
    """What does not depend on the layer: a plane over kappa asks for it in every row."""
    from theory.pieces import jumps

    from .compile import compile

    places: dict[float, list[float]] = {}
    for order in range(3):
        for place, size in jumps(activation.expr, order):
            places.setdefault(float(place), [0.0, 0.0, 0.0])[order] = float(size)
    degree = activation.homogeneity
    return {
        "formula": str(activation.expr),
        "jet": tuple(compile(activation.derivative(k) if k else activation) for k in range(3)),
        "jumps": tuple(Jump(place, tuple(sizes)) for place, sizes in sorted(places.items())),
        "homogeneity": None if degree is None else float(degree),
        "parity": activation.parity,
    }


def _moments(mean_field, layer):
    """The moments of independent or correlated weights; the same if E phi = 0 at every q."""
    activation = mean_field.activation
    if activation.homogeneity is not None:
        from .homogeneous_moments import homogeneous_moments

        return homogeneous_moments(mean_field)
    if layer.weight_correlation == 0 or activation.parity == "odd":
        from .moments import moments_of

        return moments_of(mean_field)
    from .correlated_moments import CorrelatedMoments, centred_moments

    return CorrelatedMoments(centred_moments(MeanField(activation)), layer.kappa)
