"""Max pooling as numbers: what the solvers see of m = max(phi(y_1), ..., phi(y_k)).

The solvers ask a :class:`numerics.numeric_activation.NumericActivation` for its moments and for
its correlation map; of a maximum both come from here, and everything built on them (fixed points,
edge of chaos, propagation, phase diagrams) holds for it as it stands.
"""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from theory.activation import Activation
from theory.symbols import x

from ..numeric_activation import NumericActivation, numeric_activation
from .max_correlation import MaxCorrelationMap
from .max_moments import MaxMoments

__all__ = ["MaxActivation", "max_activation", "pooled_activation"]

_TINY = 1e-200
_EQUAL = 1e-12  #: relative difference of two moments that is rounding


@dataclass(frozen=True, eq=False)
class MaxActivation(NumericActivation):
    """The maximum of ``pool_size`` neurons with the plain activation ``plain``."""

    plain: NumericActivation = None
    pool_size: int = 2
    _rules: dict = field(default_factory=dict, repr=False)
    _levels: dict = field(default_factory=dict, repr=False)

    def correlation_source(self, q):
        """E m m' at variance q."""
        return MaxCorrelationMap(self, q)

    def rule_near(self, q):
        """The quadrature of :class:`MaxCorrelationMap` at variances up to the next power of 2."""
        octave = int(np.ceil(np.log2(q)))
        if octave not in self._rules:
            self._rules[octave] = self.correlation_source(2.0**octave).settled_rule()
        return self._rules[octave]

    def levels_near(self, q):
        """The fineness of levels that suits variances up to the next power of 2."""
        octave = int(np.ceil(np.log2(q)))
        if octave not in self._levels:
            self._levels[octave] = self.correlation_source(2.0**octave).settled_levels()
        return self._levels[octave]

    @property
    def without_skip(self):
        """Itself."""
        return self

    @property
    def ignores_correlation(self):
        """The weights are independent."""
        return True

    @cached_property
    def at_zero(self):
        """The limit of sqrt(E m^2) as q -> 0."""
        left, right = self.jet[0](np.array([-1e-300, 1e-300]))
        if max(abs(left), abs(right)) < 1e-290:
            return 0.0
        return abs(float(right)) if left == right else float(np.sqrt(self.W(_TINY)))

    @cached_property
    def slope_at_zero(self):
        """The limit of E m^2/q as q -> 0 where phi(0) = 0: that of the one-sided tangents."""
        return float(self._tangents.W(1.0))

    @cached_property
    def gradient_at_zero(self):
        """The limit of E sum_i (d_i m)^2 as q -> 0."""
        gradient, slope = float(self._tangents.D(1.0)), self.slope_at_zero
        return slope if abs(gradient - slope) <= _EQUAL * slope else gradient

    @cached_property
    def has_slope(self):
        """Whether phi is continuous with a square-integrable derivative."""
        return self.plain.has_slope

    @cached_property
    def _tangents(self):
        """The same pooling of the one-sided tangents at 0, homogeneous of degree 1."""
        left, right = (float(s) for s in self.jet[1](np.array([-1e-300, 1e-300])))
        return MaxMoments(_tangent(left, right), self.pool_size)

    def pooled_like(self, expr):
        """The same pooling of another activation."""
        return max_activation(type(self.exact)(Activation(expr), self.pool_size))

    def scale_free_star(self):
        """(c*, 1 - c*, slope there) of the map of vanishing signals."""
        from ..correlation_fixed_point import correlation_fixed_point

        left, right = (float(s) for s in self.jet[1](np.array([-1e-300, 1e-300])))
        source = _pooled(_tangent(left, right), self.pool_size, self.exact)
        weight = 1.0 / float(source.W(1.0))
        return correlation_fixed_point(source, 1.0, weight, 0.0, weight * float(source.D(1.0)))

    def bounded_star(self, q, sigma_w2, sigma_b2, chi_1):
        """(c*, 1 - c*, slope there) at a finite fixed point."""
        from ..correlation_fixed_point import correlation_fixed_point

        return correlation_fixed_point(self, q, sigma_w2, sigma_b2, chi_1)


def pooled_activation(theory) -> NumericActivation:
    """The numbers behind a PooledMeanField or the layer of one."""
    layer = getattr(theory, "layer", theory)
    if layer.activation.parameters or not hasattr(layer, "pool_size"):
        return numeric_activation(layer if not hasattr(layer, "pool_size") else layer.activation)
    return max_activation(layer)


def max_activation(layer) -> MaxActivation:
    """The numbers behind the max pooling of :class:`theory.guessing.pooling.PooledMeanField`."""
    return _built(layer.activation, layer.pool_size, layer)


@lru_cache(maxsize=64)
def _built(activation, size, layer):
    return _pooled(numeric_activation(activation), size, layer)


def _pooled(plain, size, layer):
    degree = plain.homogeneity
    return MaxActivation(
        name=f"{plain.name} (maximum of {size})",
        jet=plain.jet,
        jumps=plain.jumps,
        moments=(MaxMoments if degree is None else _HomogeneousMax)(plain, size),
        homogeneity=degree,
        parity=None,  # the maximum of odd functions is not odd
        formula=plain.formula,
        exact=layer,
        plain=plain,
        pool_size=size,
    )


class _HomogeneousMax(MaxMoments):
    """The moments as powers of q: one quadrature at q = 1."""

    def _all(self, q):
        q = np.asarray(q, dtype=float)
        unit = super()._all(1.0)
        degree = self.plain.homogeneity
        powers = np.array([degree, degree - 1.0, degree, degree / 2, degree])
        with np.errstate(divide="ignore", over="ignore"):
            return (unit.reshape(5, 1) * q.ravel() ** powers[:, None]).reshape(5, *q.shape)


@lru_cache(maxsize=64)
def _tangent(left, right):
    import sympy as sp

    expr = sp.Float(left) * sp.Min(x, 0) + sp.Float(right) * sp.Max(x, 0)
    return numeric_activation(Activation(sp.nsimplify(expr, rational=True)))
