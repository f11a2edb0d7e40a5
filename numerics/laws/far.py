r"""How an activation of a law continues beyond its table.

P(Y > y) with -log P ~ r y^k means r phi^k = x^2/2 + b log x + c + o(1), so that

    log phi = -log(2 r)/k + p log x + p (b log x + c)/x^2 + O((log x)^2/x^4),  p = 2/k;

b and c are those that continue phi and phi' at the end of the table.
"""

import math
from dataclasses import dataclass

import sympy as sp

from theory.errors import UndecidedError
from theory.laws.weibull_factor import WeibullFactor

__all__ = ["Far", "far_of"]


@dataclass(frozen=True)
class Far:
    """The logarithm c0 + c1 log x + (c2 log x + c3)/x^2 for ``end`` <= x < oo, and at oo."""

    coefficients: tuple[float, float, float, float]
    at_infinity: float
    end: float

    def header(self) -> dict[int, float]:
        """The entries of a table's header."""
        return dict(enumerate((*self.coefficients, self.at_infinity, self.end)))


def far_of(law, end: float, value: float, slope: float) -> tuple[Far, Far]:
    """The continuations of phi and of phi' from their values at ``end``."""
    length, square = math.log(end), end * end
    elasticity = end * slope / value
    power, constant = _leading(law)
    if power == 0.0:  # bounded
        limit = math.log(float(law.support[1])) if law.support[1].is_finite else math.log(value)
        return Far((limit, 0.0, 0.0, 0.0), limit, end), Far((-math.inf, 0, 0, 0), -math.inf, end)
    if power is None:
        power = elasticity
        constant = math.log(value) - power * length
        b = shift = 0.0
    else:
        # b log x + c, and b from the derivative of the logarithm
        shift = (math.log(value) - constant - power * length) * square / power
        b = (elasticity / power - 1.0) * square + 2.0 * shift
    c = shift - b * length
    phi = (constant, power, power * b, power * c)
    first = (power * b - 2.0 * b, power * c + b - 2.0 * c)
    lead = math.log(slope) - (power - 1.0) * length - (first[0] * length + first[1]) / square
    edge = 0.0 if power == 1.0 else math.inf if power > 1.0 else -math.inf
    return (
        Far(phi, math.inf, end),
        Far((lead, power - 1.0, *first), edge if edge else lead, end),
    )


def _leading(law):
    """(p, -log(2 r)/k), or (None, None) where the tail is not known."""
    if isinstance(law, WeibullFactor):
        # 1/k and log(2 r)/k without the power theta^(-theta'/theta), which may be 1e-1000000
        theta = float(law.theta)
        share = (theta - 2.0) / (2.0 * theta)
        return 2.0 * share, math.log(theta) / theta - share * math.log(2.0 * share)
    try:
        tail = law.tail
    except UndecidedError:
        return None, None
    if tail.index is sp.oo:
        return 0.0, None
    if tail.rate is None or tail.index == 0:
        return None, None
    index = tail.index.evalf(30)
    logarithm = sp.log(2 * tail.rate).evalf(30)
    return float(2 / index), float(-logarithm / index)
