r"""Second routes for claims on the covariance SDE: Isserlis, Itô, balls, samples.

None of them uses the derivations of :mod:`theory.covariance_sde` that they are compared with.
"""

from collections.abc import Callable, Sequence
from functools import cache

import sympy as sp

from theory.symbols import covariance_entry, rho

from .enclosures import Balls, ball, printed

__all__ = [
    "COVARIANCE",
    "PAIRS",
    "Balls",
    "U",
    "arccosines",
    "ball",
    "drawn",
    "gaussian_mean",
    "in_correlation",
    "isserlis",
    "ito",
    "nu",
    "printed",
    "sigma",
]

U = sp.symbols("u v", real=True)
V11, V12, V22 = COVARIANCE = (
    covariance_entry(1, 1),
    covariance_entry(1, 2),
    covariance_entry(2, 2),
)
#: The entries (1,1), (1,2), (2,2) of the covariance of two inputs.
PAIRS = ((1, 1), (1, 2), (2, 2))


@cache
def isserlis(*indices: int) -> sp.Expr:
    """E y_a y_b … for y ~ N(0, V): the sum over all pairings.

    >>> isserlis(1, 1, 2, 2)
    V11*V22 + 2*V12**2
    """
    if not indices:
        return sp.S.One
    first, rest = indices[0], indices[1:]
    return sp.expand(
        sp.Add(
            *(
                covariance_entry(first, other) * isserlis(*rest[:k], *rest[k + 1 :])
                for k, other in enumerate(rest)
            )
        )
    )


def gaussian_mean(polynomial: sp.Expr) -> sp.Expr:
    """E of a polynomial in ``U`` = (u, v) ~ N(0, V), other symbols fixed.

    >>> gaussian_mean(U[0]**3 * U[1])
    3*V11*V12
    """
    terms = sp.Poly(sp.expand(polynomial), *U).terms()
    return sp.Add(*(c * isserlis(*(1,) * i, *(2,) * j) for (i, j), c in terms))


def sigma(first: tuple, second: tuple) -> sp.Expr:
    """V^{ac} V^{bd} + V^{ad} V^{bc}."""
    (a, b), (c, d) = first, second
    entry = covariance_entry
    return entry(a, c) * entry(b, d) + entry(a, d) * entry(b, c)


def ito(f: sp.Expr, variables: Sequence, drift: Sequence, squared_noise: Callable) -> sp.Expr:
    """drift . grad f + (1/2) sum of squared_noise(i, j) f_ij."""
    total = sp.Add(*(b * f.diff(y) for b, y in zip(drift, variables, strict=True)))
    for i, y in enumerate(variables):
        for j, z in enumerate(variables):
            total += squared_noise(i, j) * f.diff(y, z) / 2
    return total


def in_correlation(expr: sp.Expr) -> sp.Expr:
    """V12 written as rho sqrt(V11 V22)."""
    return expr.subs(V12, rho * sp.sqrt(V11) * sp.sqrt(V22))


def arccosines(expr: sp.Expr) -> sp.Expr:
    """arcsin written as pi/2 - arccos, and radicals of V11 V22 (1 - rho^2) drawn apart."""
    expr = expr.replace(sp.asin, lambda a: sp.pi / 2 - sp.acos(a))
    unit = sp.sqrt(V11 * V22 * (1 - rho**2))
    apart = sp.sqrt(V11) * sp.sqrt(V22) * sp.sqrt(1 - rho**2)
    return expr.subs(sp.sqrt(sp.expand(unit**2)), apart)


def nu(kappa) -> sp.Expr:
    """kappa (sqrt(1 - rho^2) - rho arccos rho)."""
    return kappa * (sp.sqrt(1 - rho**2) - rho * sp.acos(rho))


def drawn(make: Callable, of: Callable, **options) -> Callable:
    """A sampler: ``of`` the sample that the model ``make()`` gives, with seeds of the check.

    The seed of a simulation is drawn from the generator of the check, so that every check has
    numbers of its own and the whole is reproducible.
    """

    def sampler(generator, samples):
        from numerics.simulate import simulate

        seed = int(generator.integers(2**31))
        return of(simulate(make(), samples=samples, seed=seed, **options))

    return sampler
