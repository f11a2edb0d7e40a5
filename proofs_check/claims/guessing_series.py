r"""The agreement of K classes enclosed by its power series, with a rigorous bound of the rest.

Let f = 1 where the first of K independent standard normals is the largest, with Hermite
coefficients a_m = E f prod He_{m_i}(Z_i)/(m_i!)^(1/2).  By Mehler's formula two inputs of
correlation c both give f = 1 with probability sum_m a_m^2 c^|m|, so

    A_K(c) = sum_n s_n c^n,    s_n = K sum_{|m| = n} a_m^2 >= 0,    sum_n s_n = A_K(1) = 1,

and what follows order N lies between 0 and c^(N+1) (1 - s_0 - ... - s_N).  As int_{-oo}^z He_m phi
is Phi for m = 0 and -He_{m-1} phi else, a_m is a sum of M(j, r) = int z^r phi^(1+j) Phi^(K-1-j),
and integration by parts leads these to r = 0.
"""

import math
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["agreement_series", "within"]

_BITS = 200


def agreement_series(classes: int, c, order: int):
    """A ball that contains A_K(c), 0 < c < 1 a ball, from the terms up to ``order``.

    >>> from flint import arb
    >>> two = agreement_series(2, arb(1) / 2, 20)  # 1/2 + asin(1/2)/pi
    >>> two.contains(arb(2) / 3), bool(two.rad() < 1e-6)
    (True, True)
    """
    from flint import arb, ctx

    with ctx.workprec(_BITS):
        terms = _coefficients(classes, order)
        rest = c ** (order + 1) * (1 - sum(terms, arb(0)))
        total = sum((s * c**n for n, s in enumerate(terms)), arb(0))
        return total + rest * arb("0.5", "0.5")


def within(value: float, error: str):
    """A floating-point number with its relative error, as a ball."""
    from flint import arb

    return arb(value) * arb(1, error)


@lru_cache(maxsize=8)
def _coefficients(classes, order):
    """s_0 ... s_order."""
    from flint import arb, fmpz_poly

    hermite = [fmpz_poly([1]), fmpz_poly([0, 1])]
    for n in range(1, order + 1):
        hermite.append(fmpz_poly([0, 1]) * hermite[n] - n * hermite[n - 1])
    moments = _moments(classes, order)
    found = [arb(0)] * (order + 1)
    for parts in _partitions(order, classes - 1):
        used, size = len(parts), sum(parts)
        product = math.prod((hermite[part - 1] for part in parts), start=fmpz_poly([1]))
        # to how many choices of the other classes the parts belong
        ways = math.factorial(classes - 1) // math.factorial(classes - 1 - used)
        for times in Counter(parts).values():
            ways //= math.factorial(times)
        below = math.prod(math.factorial(part) for part in parts)
        for own in range(order - size + 1):
            polynomial = (hermite[own] * product).coeffs()
            value = sum(
                (m * int(k) for m, k in zip(moments[used], polynomial, strict=False)), arb(0)
            )
            found[own + size] += classes * ways * value * value / (below * math.factorial(own))
    return tuple(found)


def _moments(classes, order):
    """M(j, r) for j < classes and r <= order."""
    from flint import arb

    table = [[_integral(j, classes - 1 - j)] for j in range(classes)]
    for r in range(1, order + 1):
        for j, row in enumerate(table):
            other = classes - 1 - j
            value = (r - 1) * row[r - 2] if r > 1 else arb(0)
            if other:
                value = value + other * table[j + 1][r - 1]
            row.append(value / (1 + j))
    return table


def _integral(j, k):
    """int phi^(1+j) Phi^k; what lies beyond 20 is less than 1e-80."""
    from flint import acb, arb

    root = arb(2).sqrt()

    def integrand(z, _):
        bell = (-z * z / 2).exp() / (2 * arb.pi()).sqrt()
        return bell ** (1 + j) * ((-z / root).erfc() / 2) ** k

    return acb.integral(integrand, -20, 20).real + arb(0, "1e-80")


def _partitions(most: int, parts: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    """Weakly decreasing tuples of at most ``parts`` positive numbers of sum at most ``most``."""
    yield ()
    if not parts:
        return
    for first in range(1, min(most, largest or most) + 1):
        for rest in _partitions(most - first, parts - 1, first):
            yield (first, *rest)
