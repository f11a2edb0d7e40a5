r"""A correlation table in the form that the compiled layers take.

With R and T of :mod:`numerics.correlation_table` (the mean and the value of the drop
E phi'^2 - E phi'phi' of the slope kernel), panels run in s = sin(alpha/2) = sqrt(delta/2) where
that is small and in cos(alpha/2) = sqrt(1 - delta/2) beyond, so that a layer takes a square root
and no arc sine.  A short first panel holds what nearly equal inputs need with eight terms.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev

from ..correlation_table import DEGREE, correlation_table
from .singular_table import singular_table

__all__ = ["Rates", "has_unit_table", "rates_at", "rates_of"]

_X = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
_TO_CHEBYSHEV = np.linalg.inv(chebyshev.chebvander(_X, DEGREE))
_SHORT = 7
_X_SHORT = np.cos(np.pi * (np.arange(_SHORT + 1) + 0.5) / (_SHORT + 1))
_TO_SHORT = np.linalg.inv(chebyshev.chebvander(_X_SHORT, _SHORT))
#: Panels up to this angle run in sin(alpha/2).
_SPLIT = 2.1
#: The first panel ends at this share of the first panel of the table.
_INNER = 0.06


@dataclass(frozen=True, eq=False)
class Rates:
    """Panels of delta: ``lower`` ends (and the last upper one), centre and scale of x = (s -
    centre) scale, whether s is the cosine, the powers of s in front, and the two series."""

    lower: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    far: np.ndarray
    powers: np.ndarray
    ratio: np.ndarray
    slope: np.ndarray
    level: int

    @property
    def arrays(self):
        """What the compiled driver takes, in its order."""
        fields = self.lower, self.centre, self.scale, self.far, self.powers, self.ratio
        return (*fields, self.slope)


def has_unit_table(activation) -> bool:
    """Whether one table at variance 1 serves all variances."""
    degree = activation.homogeneity
    return degree is not None and (degree > 0.5 or not activation.is_singular)


@lru_cache(maxsize=16)
def rates_at(activation, q) -> Rates:
    """The rates of a NumericActivation at variance q.

    Raises ``AssumptionError`` where phi' is unbounded and phi not homogeneous.
    """
    if q == 1.0 and has_unit_table(activation) and _is_broken_power(activation):
        return rates_of(singular_table(activation))
    return rates_of(correlation_table(activation, q))


def _is_broken_power(activation):
    """Whether the second derivative is unbounded, and the power not that of a logarithm."""
    unbounded = any(np.isinf(jump.sizes[1:]).any() for jump in activation.jumps)
    return unbounded and (activation.homogeneity - 0.5) % 1.0 != 0.0


def rates_of(table) -> Rates:
    """The rates of a correlation table."""
    near = [edge for edge in table.edges if edge <= _SPLIT]
    rest = [edge for edge in table.edges if edge > near[-1]]
    sines = np.sin(np.array(near) / 2)
    cosines = np.cos(np.array([near[-1], *rest]) / 2)
    cosines[-1] = 0.0 if table.edges[-1] == np.pi else cosines[-1]
    sines = np.concatenate([[0.0, _INNER * sines[1]], sines[1:]])
    r = float(table.exponent)
    power = (r, r), (0.0, -1.0 if table.level == 1 and r == -1 else 0.0)
    panels = [(a, b, False) for a, b in pairwise(sines)]
    panels += [(a, b, True) for a, b in pairwise(cosines)]
    lower = [2 * a * a if not far else 2 * (1 - a * a) for a, _, far in panels]
    ratio, slope = np.zeros((2, len(panels), DEGREE + 1))
    for index, (a, b, far) in enumerate(panels):
        nodes, matrix = (_X_SHORT, _TO_SHORT) if index == 0 else (_X, _TO_CHEBYSHEV)
        s = (a + b) / 2 + (b - a) / 2 * nodes
        alpha = 2 * (np.arccos(s) if far else np.arcsin(s))
        first, second = power[far]
        values = table.ratio_at(alpha) / s**first, table.slope_at(alpha) / s**second
        for series, value in zip((ratio, slope), values, strict=True):
            powers = chebyshev.cheb2poly(matrix @ value)
            series[index, : powers.size] = powers
    ends = np.array([(a, b) for a, b, _ in panels])
    return Rates(
        np.array([*lower, 2.0 + 1e-9]),
        ends.mean(axis=1),
        2 / (ends[:, 1] - ends[:, 0]),
        np.array([far for *_, far in panels]),
        np.array([power[far] for *_, far in panels]),
        ratio,
        slope,
        table.level,
    )
