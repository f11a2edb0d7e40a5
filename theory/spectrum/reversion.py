r"""Moments of a free product from the moments of its factors, by Lagrange inversion.

With psi(z) = sum m_k z^k and its inverse chi, S(w) = (1 + w) chi(w)/w is multiplicative
(Voiculescu).  For J = prod_l D_l W_l with psi_D(z) = sum mu_k z^k and
S_W = (1 + w)^(-g)/sigma_w2,

    m_k = (1/k) [w^(k-1)] (w/chi(w))^k
        = (sigma_w2 mu_1)^(Lk) (1/k) sum_j c_j binomial(k - (1-g) L k, k-1-j),
    c_j = (a/(a-j)) [t^j] (psi_D(t)/(mu_1 t))^(a-j) mu_1^(-j),     a = L k,

the last line being Lagrange's formula once more.  All is polynomial in L.
"""

from itertools import accumulate, repeat
from math import factorial

import sympy as sp

__all__ = ["falling_binomial", "reduced_moment"]


def falling_binomial(upper, lower: int):
    """binomial(upper, lower) as a polynomial in ``upper``.

    >>> L = sp.Symbol("L")
    >>> falling_binomial(L, 2)
    L*(L - 1)/2
    """
    product = sp.S.One if isinstance(upper, (int, sp.Basic)) else 1
    for i in range(lower):
        product = product * (upper - i)
    return product / factorial(lower)


def reduced_moment(k: int, ratios, depth, power: int):
    """m_k / (sigma_w2 mu_1)^(L k) of the product of ``depth`` layers.

    ``ratios`` are mu_2/mu_1^2, mu_3/mu_1^3, ..., mu_k/mu_1^k (at least k - 1 of them), SymPy or
    mpmath numbers alike; ``power`` is g = 1 for independent weights, 0 for orthogonal ones.

    >>> L, r = sp.symbols("L r")
    >>> sp.expand(reduced_moment(2, [r], L, 1)), sp.expand(reduced_moment(2, [r], L, 0))
    (L*r + 1, L*r - L + 1)
    """
    ratios = list(ratios)[: k - 1]
    powers = list(accumulate(repeat(ratios, k - 1), lambda one, _: _times(one, ratios)))
    a = depth * k
    upper = k - (1 - power) * a
    total = falling_binomial(upper, k - 1)
    for j in range(1, k):
        # (a/(a-j)) binomial(a-j, m) = a (a-j-1)...(a-j-m+1)/m!, summed over the m-th powers
        inner = sum(
            a * falling_binomial(a - j - 1, m - 1) / m * powers[m - 1][j - 1]
            for m in range(1, j + 1)
        )
        total = total + inner * falling_binomial(upper, k - 1 - j)
    return total / k


def _times(one, other):
    """Coefficients 1, 2, ... of the product of two series without constant term."""
    size = len(other)
    product = [0] * size
    for i, first in enumerate(one[: size - 1]):
        for j, second in enumerate(other[: size - 1 - i]):
            product[i + j + 1] = product[i + j + 1] + first * second
    return product
