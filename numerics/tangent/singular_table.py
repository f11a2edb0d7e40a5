r"""Correlation tables of homogeneous activations whose derivatives are unbounded at 0.

With phi(x) = e |x|^p + o sgn(x) |x|^p, p > 1/2, and X, Y standard normal of correlation c,

    G(c) = E phi(X) phi(Y) = e^2 m_p^2 2F1(-p/2, -p/2; 1/2; c^2)
                           + o^2 m_{p+1}^2 c 2F1((1-p)/2, (1-p)/2; 3/2; c^2),   m_r = E |Z|^r.

By the connection formula at 1 each 2F1 is A f(w) + B w^(p+1/2) g(w) in w = 1 - c^2 with power
series f and g, so that what is left of W - G after its linear term is summed without cancellation;
panels that shrink geometrically resolve the power of w.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gamma

__all__ = ["SingularTable", "singular_table"]

_TERMS = 120
_FINEST = 1e-12


@dataclass(frozen=True, eq=False)
class SingularTable:
    """What :mod:`numerics.tangent.rates` reads of a table, at variance 1."""

    degree: float
    even: float
    odd: float
    edges: np.ndarray
    level: int = 2

    @property
    def exponent(self):
        """The power of alpha in front."""
        return min(2 * self.degree - 1, 2.0)

    def ratio_at(self, alpha):
        """D - (W - G)/delta at angles alpha."""
        return self._values(alpha)[0]

    def slope_at(self, alpha):
        """D - E phi'phi' at angles alpha."""
        return self._values(alpha)[1]

    def _values(self, alpha):
        alpha = np.asarray(alpha, dtype=float)
        near = np.sin(alpha) ** 2 < 0.5
        values = np.where(near, *(f(alpha) for f in (self._near_ends, self._between)))
        return values

    def _near_ends(self, alpha):
        """By the connection formula, for c^2 > 1/2."""
        u, w, c = 2 * np.sin(alpha / 2) ** 2, np.minimum(np.sin(alpha) ** 2, 0.5), np.cos(alpha)
        p = self.degree
        ratio, drop = np.zeros((2, *alpha.shape))
        lead = w ** (p - 0.5)
        for size, odd in ((self._sizes[0], 0), (self._sizes[1], 1)):
            a, b, f, g = _connection(p, odd)
            two = _sum(f[2:], w)
            slope_two = _sum(f[2:] * np.arange(2, _TERMS), w)
            one = _sum(f[1:], w)
            g0, g1 = _sum(g, w), _sum(g[1:] * np.arange(1, _TERMS), w)
            if odd:
                ratio += size * a * (-u * f[1] + w * ((2 - u) * two - one))
                ratio += size * b * c * (2 - u) * lead * g0
                rest = -w * one - 2 * w * f[1] + 2 * c * c * w * slope_two
                drop += size * a * rest
                power = 2 * c * c * ((p + 0.5) * g0 + w * g1) - w * g0
                drop += size * b * lead * power
            else:
                ratio += size * a * (-u * f[1] + (2 - u) * w * two)
                ratio += size * b * (2 - u) * lead * g0
                drop += size * a * (-2 * u * f[1] + 2 * c * w * slope_two)
                drop += size * b * 2 * c * lead * ((p + 0.5) * g0 + w * g1)
        return ratio, drop

    def _between(self, alpha):
        """By the power series at c = 0, for c^2 <= 1/2."""
        c = np.clip(np.cos(alpha), -(0.5**0.5), 0.5**0.5)
        z, p = c * c, self.degree
        product, slope = np.zeros((2, *alpha.shape))
        for size, odd in ((self._sizes[0], 0), (self._sizes[1], 1)):
            a = (odd - p) / 2
            f = _series(a, a, odd + 0.5)
            value, rate = _sum(f, z), _sum(f[1:] * np.arange(1, _TERMS), z)
            product += size * (c * value if odd else value)
            slope += size * (value + 2 * z * rate if odd else 2 * c * rate)
        top = self._second * p * p / (2 * p - 1)
        return top - (self._second - product) / (1 - c), top - slope

    @cached_property
    def _sizes(self):
        p = self.degree
        return self.even**2 * _moment(p) ** 2, self.odd**2 * _moment(p + 1) ** 2

    @cached_property
    def _second(self):
        return (self.even**2 + self.odd**2) * _moment(2 * self.degree)


def singular_table(activation) -> SingularTable:
    """The table of a homogeneous NumericActivation of degree p > 1/2, p - 1/2 no integer.

    >>> from ..numeric_activation import numeric_activation
    >>> table = singular_table(numeric_activation("abs(x)**(3/4)"))
    >>> abs(table.slope_at(np.pi / 2) - 1.5**2 / 4 * table._second * 2) < 1e-14
    np.True_
    """
    left, right = activation.jet[0](np.array([-1.0, 1.0]))
    fine = np.concatenate([_FINEST * 4.0 ** np.arange(15), 2e-3 * 2.0 ** np.arange(7)])
    edges = np.concatenate([[0.0], fine, [0.35, 0.8, 1.3, 1.9, 2.5], np.pi - fine[::-1], [np.pi]])
    return SingularTable(
        float(activation.homogeneity), (left + right) / 2, (right - left) / 2, np.sort(edges)
    )


def _connection(p, odd):
    """A, B and the two power series in w of 2F1((odd-p)/2, same; odd + 1/2; 1 - w)."""
    a, c = (odd - p) / 2, odd + 0.5
    first = gamma(c) * gamma(c - 2 * a) / gamma(c - a) ** 2
    second = gamma(c) * gamma(2 * a - c) / gamma(a) ** 2
    return first, second, _series(a, a, 2 * a - c + 1), _series(c - a, c - a, c - 2 * a + 1)


def _series(a, b, c):
    n = np.arange(_TERMS - 1)
    return np.concatenate([[1.0], np.cumprod((a + n) * (b + n) / ((c + n) * (n + 1)))])


def _sum(coefficients, w):
    total = np.zeros_like(w)
    for value in coefficients[::-1]:
        total = total * w + value
    return total


def _moment(r):
    return 2 ** (r / 2) * gamma((r + 1) / 2) / np.sqrt(np.pi)
