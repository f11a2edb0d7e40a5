r"""The density of a law as a Meijer G-function, written by a Bessel function where it is one.

For a gamma quotient with rational slopes, s = N t and Gauss's multiplication formula make every
slope ±1; what then cancels is cancelled, and the Mellin inversion is Meijer's G by definition.
Source of the reductions: Luke, The Special Functions and their Approximations I (1969), 6.5.
"""

import sympy as sp

from ..errors import UndecidedError

__all__ = ["closed_density"]

_MOST_PARAMETERS = 60


def closed_density(law, y) -> sp.Expr:
    """The density at y > 0 of a law whose Mellin transform is a rational gamma quotient.

    Raises UndecidedError where the slopes are not rational numbers.

    >>> from .weibull_factor import WeibullFactor
    >>> y = sp.Symbol("y", positive=True)
    >>> closed_density(WeibullFactor(4), y)
    sqrt(2)*y*exp(-y**4/32)*besselk(1/4, y**4/32)/(2*pi**(3/2))
    """
    constant, base, scale, upper, lower = _unit_slopes(law)
    # f(y) = (1/2 pi i) int M(s) y^{-s-1} ds with s = scale t and z^{-t} = (base/y)^{scale t}
    z = (y / base) ** scale
    front = constant * scale / y
    plus, minus = upper
    below_plus, below_minus = lower
    if not minus and not below_minus and (len(plus), len(below_plus)) == (2, 1):
        found = _bessel(below_plus[0], *plus, z)
        if found is not None:
            return sp.powsimp(sp.expand_power_base(front * found))
    function = sp.meijerg(
        [[1 - b for b in minus], below_plus], [plus, [1 - a for a in below_minus]], z
    )
    return front * function


def _bessel(a, b, c, z):
    """G^{2,0}_{1,2}(z | a; b, c) = e^-z z^b U(a - c, 1 + b - c, z) by a Bessel function K."""
    b, c = sorted((b, c))
    if 1 + b - c != 2 * (a - c):
        return None
    order = a - c - sp.Rational(1, 2)
    return sp.exp(-z / 2) * z ** (b - order) * sp.besselk(abs(order), z / 2) / sp.sqrt(sp.pi)


def _unit_slopes(law):
    """(C, A, N, (numerator +, -), (denominator +, -)) of M(N t) with slopes ±1 only."""
    quotient = law.gamma_quotient
    if quotient is None:
        raise UndecidedError(f"the Mellin transform of {law} is not a quotient of gamma functions")
    quotient = quotient.normal()
    slopes = [alpha for _, alpha in quotient.upper + quotient.lower]
    if not all(alpha.is_Rational for alpha in slopes):
        raise UndecidedError(
            f"the density of {law} is a Meijer G-function only for rational exponents"
        )
    scale = sp.ilcm(1, 1, *(alpha.q for alpha in slopes))
    counts = [int(abs(alpha) * scale) for alpha in slopes]
    common = max(1, sp.igcd(0, 0, *counts))
    scale = sp.Rational(scale, common)
    if sum(counts) > _MOST_PARAMETERS * common:
        raise UndecidedError(
            f"the density of {law} is a Meijer G-function with {sum(counts) // common} "
            "parameters, too many to be of use"
        )
    constant, base = quotient.constant, sp.S.One
    sides = []
    for factors, power in ((quotient.upper, 1), (quotient.lower, -1)):
        plus, minus = [], []
        for a, alpha in factors:
            n = int(abs(alpha) * scale)
            step = alpha * scale
            # Gamma(a + n t) = (2 pi)^{(1-n)/2} n^{a + n t - 1/2} prod_j Gamma((a + j)/n + t)
            constant *= ((2 * sp.pi) ** sp.Rational(1 - n, 2) * n ** (a - sp.S.Half)) ** power
            base *= sp.Integer(n) ** (step * power)
            target = plus if alpha > 0 else minus
            target += [(a + j) / n for j in range(n)]
        sides.append((plus, minus))
    (plus, minus), (below_plus, below_minus) = sides
    plus, below_plus = _cancelled(plus, below_plus)
    minus, below_minus = _cancelled(minus, below_minus)
    base = quotient.base * base ** (1 / scale)
    return constant, base, scale, (plus, minus), (below_plus, below_minus)


def _cancelled(first, second):
    first, second = list(first), list(second)
    for value in list(first):
        if value in second:
            first.remove(value)
            second.remove(value)
    return first, second
