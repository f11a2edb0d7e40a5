r"""Covariance of two maxima, for correlations away from 1 and -1: a double sum over levels.

For k pairs of correlation rho, m and m' are below s and s' with probability G(s, s')^k, where
G(s, s') = P(phi(X) < s, phi(Y) < s') and F is its margin.  Hoeffding's formula is

    E m m' - (E m)^2 = iint [G(s, s')^k - F(s)^k F(s')^k] ds ds'

and d/drho of it has k G^(k-1) dG/drho inside.  With e_i the ends of {phi < s}, t_i their signs and
h_n = He_n n/sqrt(n!) (n the density), Mehler's series is

    G - F F' = sum_n rho^(n+1)/(n+1) B_n(s) B_n(s'),    B_n(s) = sum_i t_i h_n(e_i(s)).

All that depends on phi and q are F and B on one set of levels: a correlation costs one product of
matrices, whatever the shape of phi.
"""

import numpy as np

__all__ = ["MaxCovariance"]

_NEGLIGIBLE = 1e-19
_TAIL = 1e-21
_ROUNDING = 2e-16


class MaxCovariance:
    """The covariance of maxima over ``size`` neurons, from a LevelMeasure.

    >>> from ..numeric_activation import numeric_activation
    >>> from .level_measure import level_measure
    >>> from .level_sets import level_sets
    >>> line = numeric_activation("x")
    >>> levels = level_measure(line, level_sets(*line.jet[:2], 12.0), 1.0)
    >>> round(MaxCovariance(levels, 1).covariance(0.5)[0], 14)
    0.5
    """

    def __init__(self, measure, size):
        # D(x, y) <= exp(-(x^2 + y^2)/4) at every correlation
        worth = measure.weight * np.exp(-(np.abs(measure.ends).min(axis=0) ** 2) / 4)
        kept = worth > _NEGLIGIBLE * worth.sum()
        self.size, self.weight, self.rank = size, measure.weight[kept], measure.rank[kept]
        self._ends, self._signs = measure.ends[:, kept], measure.signs
        self._basis = np.empty((0, self.weight.size))
        self._last = None

    def covariance(self, rho):
        """E m m' - (E m)^2 and the size of its rounding."""
        basis, powers = self._terms(rho)
        shares = powers * rho / np.arange(1, powers.size + 1)
        plain = np.outer(self.rank, self.rank)
        excess = (basis.T * shares) @ basis
        both = np.clip(plain + excess, 0.0, 1.0)
        total, power = np.zeros_like(plain), 1.0
        if self.size > 40:
            total = both**self.size - plain**self.size
        else:  # a difference of powers without a difference
            for _ in range(self.size):
                total, power = total * both + power, power * plain
            total *= excess
        return self._summed(total, shares)

    def slope(self, rho):
        """d/drho of it, and the size of its rounding."""
        basis, powers = self._terms(rho)
        shares = powers * rho / np.arange(1, powers.size + 1)
        both = np.outer(self.rank, self.rank) + (basis.T * shares) @ basis
        density = (basis.T * powers) @ basis
        both = self.size * np.clip(both, 0.0, 1.0) ** (self.size - 1)
        return self._summed(both * density, powers)

    def _summed(self, values, shares):
        basis = self._basis[: shares.size]
        moduli = np.abs(basis) @ self.weight
        rounding = _ROUNDING * self.size * float(np.abs(shares) @ moduli**2)
        return float(self.weight @ values @ self.weight), rounding

    def _terms(self, rho):
        """B_n and rho^n, as far as needed."""
        count = 2 if rho == 0.0 else int(np.ceil(np.log(_TAIL) / np.log(abs(rho)))) + 2
        if count > len(self._basis):
            self._basis = _signed_hermite(self._ends, self._signs, count)
        return self._basis[:count], float(rho) ** np.arange(count)


def _signed_hermite(ends, signs, count):
    """B_n, n < count, at each level: (count, N)."""
    here = np.exp(-(ends**2) / 2) / np.sqrt(2 * np.pi)
    before, rows = np.zeros_like(here), np.empty((count, ends.shape[1]))
    for n in range(count):
        rows[n] = signs @ here
        before, here = here, (ends * here - np.sqrt(n) * before) / np.sqrt(n + 1)
    return rows
