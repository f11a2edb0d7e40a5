"""An activation as numbers: its jet, its jumps and its Gaussian moments in double precision.

The solvers of this package see an activation only through this object: ``jet[k]`` evaluates the
k-th almost-everywhere derivative on arrays, ``jumps`` lists where phi, phi' or phi'' jump and by
how much, and ``W``, ``D``, ``S`` are E phi^2, E phi'^2 and d/dq E phi^2 as functions of arrays q.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from theory.activation import as_activation
from theory.errors import DivergentExpectationError, InputError, PrecisionError

from .gaussian_panels import Feature

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

    def W(self, q):
        """E phi(sqrt(q) Z)^2."""
        return np.asarray(self.moments.W(np.asarray(q, dtype=float)))

    def D(self, q):
        """E phi'(sqrt(q) Z)^2 with the weak derivative: infinite if phi jumps."""
        q = np.asarray(q, dtype=float)
        return np.asarray(self.moments.D(q)) if self.has_slope else np.full(q.shape, np.inf)

    def S(self, q):
        """d/dq E phi(sqrt(q) Z)^2."""
        q = np.asarray(q, dtype=float)
        return np.asarray(self.moments.qdW(q)) / q

    @cached_property
    def at_zero(self):
        """phi(0), the limit of sqrt(W) as q -> 0 for an activation continuous there."""
        left, right = self.jet[0](np.array([-1e-300, 1e-300]))
        return float(np.sqrt((left**2 + right**2) / 2))

    @cached_property
    def slope_at_zero(self):
        """The limit of W/q as q -> 0 if phi(0) = 0: the mean of the squared one-sided slopes."""
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
    model = getattr(model, "activation", model)
    activation = _read(model) if isinstance(model, str) else as_activation(model)
    if activation.parameters:
        names = ", ".join(str(parameter) for parameter in activation.parameters)
        raise InputError(
            f"a number was asked of {activation.expr}, but {names} has no value: pass it to the "
            f"activation, as in Activation({activation.name or str(activation.expr)!r}, "
            f"{activation.parameters[0]}=1)"
        )
    return _build(activation)


@lru_cache(maxsize=64)
def _read(text):
    return as_activation(text)


@lru_cache(maxsize=64)
def _build(activation):
    from theory.mean_field import MeanField
    from theory.pieces import jumps

    from .compile import compile
    from .homogeneous_moments import homogeneous_moments
    from .moments import moments_of

    mean_field = MeanField(activation)
    places: dict[float, list[float]] = {}
    for order in range(3):
        for place, size in jumps(activation.expr, order):
            places.setdefault(float(place), [0.0, 0.0, 0.0])[order] = float(size)
    degree = activation.homogeneity
    return NumericActivation(
        name=activation.name or str(activation.expr),
        formula=str(activation.expr),
        jet=tuple(compile(activation.derivative(k) if k else activation) for k in range(3)),
        jumps=tuple(Jump(place, tuple(sizes)) for place, sizes in sorted(places.items())),
        moments=moments_of(mean_field) if degree is None else homogeneous_moments(mean_field),
        homogeneity=None if degree is None else float(degree),
        parity=activation.parity,
        exact=mean_field,
    )
