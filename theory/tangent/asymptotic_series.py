r"""Truncated sums of y^(-d) log(y)^j, y -> oo, with 0 <= d <= 1: the arithmetic of the depth law.

A series is a mapping {(d, j): coefficient}; terms beyond d = 1 are dropped.  Coefficients are
SymPy expressions; the leading term is (0, 0).
"""

from collections.abc import Mapping

import sympy as sp

__all__ = ["Series", "integral", "multiply", "power", "substitute"]

Series = Mapping[tuple[sp.Rational, int], sp.Expr]

ONE: Series = {(sp.S.Zero, 0): sp.S.One}


def add(*parts: Series) -> Series:
    """The sum."""
    total: dict = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total.get(key, sp.S.Zero) + value
    return {key: value for key, value in total.items() if value != 0}


def scale(series: Series, factor) -> Series:
    """A multiple."""
    return {key: factor * value for key, value in series.items()}


def multiply(first: Series, second: Series) -> Series:
    """The product, truncated at d = 1.

    >>> half = sp.Rational(1, 2)
    >>> multiply({(0, 0): 1, (half, 0): 2}, {(0, 0): 1, (half, 1): 3})
    {(0, 0): 1, (1/2, 1): 3, (1/2, 0): 2, (1, 1): 6}
    """
    total: dict = {}
    for (d, j), a in first.items():
        for (e, k), b in second.items():
            if d + e <= 1:
                total[d + e, j + k] = total.get((d + e, j + k), sp.S.Zero) + a * b
    return {key: value for key, value in total.items() if value != 0}


def _small(series):
    """The series without its leading 1."""
    return add(series, {(sp.S.Zero, 0): -sp.S.One})


def _compose(coefficient, series):
    """sum_n coefficient(n) small^n."""
    small, total, factor, n = _small(series), dict(ONE), dict(ONE), 0
    total = scale(ONE, coefficient(0))
    while factor := multiply(factor, small):
        n += 1
        total = add(total, scale(factor, coefficient(n)))
    return total


def power(series: Series, exponent) -> Series:
    """A power of a series that starts with 1."""
    return _compose(lambda n: sp.ff(exponent, n) / sp.factorial(n), series)


def logarithm(series: Series) -> Series:
    """The logarithm of a series that starts with 1."""
    return _compose(lambda n: sp.Rational((-1) ** (n + 1), n) if n else sp.S.Zero, series)


def integral(series: Series, r) -> Series:
    """y^(-r-1) times the integral of y^r times the series, r >= 0.

    A constant of integration is of relative order y^(-r-1), beyond or at the truncation.
    """
    total: dict = {}
    for (d, j), value in series.items():
        n = r - d + 1
        if n == 0:
            part = {(d, j + 1): value / (j + 1)}
        else:  # by parts
            part, factor = {}, value / n
            for i in range(j, -1, -1):
                part[d, i] = factor
                factor *= -sp.Integer(i) / n
        total = add(total, part)
    return total


def substitute(series: Series, ratio: Series) -> Series:
    """The series in X, where y = X * ratio(X)."""
    log = {(sp.S.Zero, 1): sp.S.One}
    inner = add(log, logarithm(ratio))
    total: dict = {}
    for (d, j), value in series.items():
        part = {(d, 0): value}
        part = multiply(part, power(ratio, -d))
        for _ in range(j):
            part = multiply(part, inner)
        total = add(total, part)
    return total


def inverse(ratio: Series) -> Series:
    """B with y = X B(X), where X = y ratio(y)."""
    found: Series = dict(ONE)
    while True:
        better = power(substitute(ratio, found), -1)
        gap = add(better, scale(found, -1))
        if not {key: v for key, v in gap.items() if not sp.expand(v).is_zero}:
            return found
        found = better
