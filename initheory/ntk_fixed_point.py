"""An activation at a fixed point of its variance, followed layer by layer by quadrature.

The maps are quadratures of untouched expectations: a witness for the limits of the tangent kernel.
"""

import math
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache

import sympy as sp

from theory.equation import closed
from theory.errors import UndecidedError
from theory.gaussian import BOUND, GaussianExpectation
from theory.mean_field import MeanField
from theory.pieces import unbounded_places
from theory.special import NUMERIC
from theory.symbols import q, rho, sigma_b2, sigma_w2

__all__ = ["FixedPoint", "fixed_point", "number", "of_correlation"]

#: Variances at which a phase is looked for, the correlation to start from.
_VARIANCES = tuple(map(sp.Rational, ("7/3", "1/2", "30", "200")))
_START = sp.Rational(1, 3)

_MOST_LAYERS = 100_000

#: Digits of the numbers that enter.
_DIGITS = 20


def number(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> float:
    """The value at a point as a float; UndecidedError where there is none."""
    value = sp.sympify(expression, strict=True).xreplace(dict(point)).evalf(_DIGITS)
    if not value.is_number or value.is_extended_real is False:
        raise UndecidedError(f"{expression} has no real value at {dict(point)}")
    return float(value)


class FixedPoint:
    """An activation at a fixed point q of its variance, with maps computed by quadrature."""

    def __init__(self, mean_field: MeanField, phase: str, values: Mapping[sp.Symbol, sp.Expr]):
        self.mean_field, self.phase = mean_field, phase
        for variance in _VARIANCES:
            self.place = {**values, q: variance}
            self.keep = number(mean_field.skip**2, self.place)
            self.second = number(mean_field.branch_moment, self.place)
            slope = mean_field.slope_moment
            self.slope = math.inf if slope is sp.oo else number(slope, self.place)
            self.variance = float(variance)
            if self.keep >= 1:
                raise UndecidedError("|skip| >= 1 leaves no fixed point of the variance")
            highest = (1 - self.keep) * self.variance / self.second
            critical = (1 - self.keep) / self.slope
            if phase == "ordered":
                self.weight = min(highest, critical) / 8
                break
            if highest > 1.01 * critical:
                self.weight = (critical + highest) / 2 if critical else highest / 2
                self.weight = min(self.weight, 3 * critical) if critical else self.weight
                break
        else:
            raise UndecidedError("no variance tried has a chaotic phase")
        self.bias = (1 - self.keep) * self.variance - self.weight * self.second
        self._kernel = of_correlation(mean_field.branch_kernel_at_q, self.place)
        self._slopes = of_correlation(mean_field.slope_kernel, self.place)

    @property
    def point(self) -> dict[sp.Symbol, sp.Expr]:
        """Every symbol of the maps, by its value."""
        given = {sigma_w2: self.weight, sigma_b2: self.bias}
        return {**self.place, **{s: sp.Float(v, 17) for s, v in given.items()}}

    def kernel_at_depth(self) -> tuple[float, float, int]:
        """(c, K, how many layers) where both have settled.

        In the ordered phase layer by layer; in the chaotic one at the attracting correlation,
        because the way there may be long.
        """
        c = float(_START) if self.phase == "ordered" else self.attractor
        kernel = self.variance * c
        factor, covariance = self._layer(c)
        before, layers = math.inf, 0
        while abs(kernel - before) > 1e-14 * abs(kernel) and layers < _MOST_LAYERS:
            source = covariance - self.keep * self.variance * c
            before, kernel = kernel, factor * kernel + source
            layers += 1
            if self.phase == "ordered":
                c = min(covariance / self.variance, 1.0)
                factor, covariance = self._layer(c)
        return c, kernel, layers

    def _layer(self, c: float) -> tuple[float, float]:
        """The factor of K and the covariance after one layer."""
        return self.keep + self.weight * self._slopes(c), self._covariance(c)

    def _covariance(self, c: float) -> float:
        return self.keep * self.variance * c + self.bias + self.weight * self._kernel(c)

    def gap_after(self, gap: float) -> float:
        """1 - C(1 - gap)."""
        lost = self._kernel(1.0) - self._kernel(1.0 - gap)
        return self.keep * gap + self.weight * lost / self.variance

    @cached_property
    def attractor(self) -> float:
        """The root of C(c) - c in [0, 1), which is positive at 0 and negative just below 1."""

        def gap(c: float) -> float:
            return self._covariance(c) - self.variance * c

        low, high = 0.0, 0.99999
        at_low, at_high = gap(low), gap(high)
        if abs(at_low) < 1e-11 * self.variance:
            return low
        if at_low < 0 or at_high > 0:
            raise UndecidedError("the attracting correlation is too near 1 to be resolved")
        for _ in range(60):  # Illinois
            c = (low * at_high - high * at_low) / (at_high - at_low)
            here = gap(c)
            if abs(here) < 1e-13 * self.variance or high - low < 1e-13:
                break
            if here > 0:
                low, at_low, at_high = c, here, at_high / 2
            else:
                high, at_high, at_low = c, here, at_low / 2
        return c


def fixed_point(mean_field: MeanField, phase: str, values: Mapping) -> FixedPoint:
    """The FixedPoint, kept for the next section that asks for it."""
    return _fixed_point(mean_field, phase, tuple(values.items()))


@lru_cache(maxsize=8)
def _fixed_point(mean_field: MeanField, phase: str, values: tuple) -> FixedPoint:
    return FixedPoint(mean_field, phase, dict(values))


def of_correlation(expression: sp.Expr, place: Mapping) -> Callable[[float], float]:
    """An expression in two-point expectations as a function of the correlation."""
    from numerics.two_point_node import prepared

    here = expression.xreplace(dict(place))
    if any(unbounded_places(f, BOUND) for n in here.atoms(GaussianExpectation) for f in n.factors):
        here = closed(here)  # quadratures of unbounded factors are slow
    variance = float(place[q])
    means = [n for n in here.atoms(GaussianExpectation) if len(n.factors) == 1]
    here = here.xreplace({node: node.evalf(_DIGITS) for node in means})
    nodes = list(here.atoms(GaussianExpectation))
    names = [sp.Dummy() for _ in nodes]
    plain = here.xreplace(dict(zip(nodes, names, strict=True)))
    rest = sp.lambdify([rho, *names], plain, modules=[NUMERIC, "mpmath"])
    functions = [prepared(node) for node in nodes]

    def value(c: float) -> float:
        return float(rest(c, *(f(variance, variance, c) for f in functions)))

    return value
