r"""What two singular points on the diagonal contribute to a two-point expectation near rho = 1.

For standard normal X, Y of correlation rho = 1 - e the density next to the point (a, a) is

    exp(-(xi - eta)^2 / (4 e)) / sqrt(e) * exp(-a^2/2) / (2 sqrt(2) pi) * sum P_jl(a) v^j e^l,

with x = a + xi, y = a + eta, v = xi + eta.  One-sided powers xi^alpha and eta^beta integrate
against the first factor to e^((alpha+beta+2)/2) H S (finite part), where

    H = sqrt(pi) Gamma(alpha+1) Gamma(beta+1) / Gamma((alpha+beta+3)/2),
    S = 1 on opposite sides,  -cos(pi(alpha-beta)/2) / cos(pi(alpha+beta)/2) on the same side.

Where the cosine vanishes, the exponent meets one of the regular powers e^k: the poles of the two
cancel and leave a logarithm of e, or a boundary term if alpha and beta are whole.  Powers of
logarithms are derivatives in alpha and beta.
"""

from functools import lru_cache

import sympy as sp
from sympy.polys.rings import ring

from .truncated import divide_by_sum, exponential, product

__all__ = ["pair_weight"]

_RING, _V, _E, _A = ring("v, e, a", sp.QQ)


def pair_weight(first, second, sides, excess, place, logarithm) -> sp.Expr:
    """The coefficient of e^((alpha+beta+1+excess)/2) due to one-sided terms at (place, place).

    ``first`` = (alpha, j) stands for |xi|^alpha log(|xi|)^j on side ``sides[0]`` (1 or -1) of the
    first variable, ``second`` likewise; ``logarithm`` is the symbol to use for log(e).

    >>> L = sp.Symbol("L")
    >>> pair_weight((sp.S(1), 0), (sp.S(1), 0), (1, 1), 0, sp.S(0), L)  # ramp times ramp
    sqrt(2)/(3*pi)
    """
    if sides == (-1, -1) or sides == (-1, 1):  # reflect both variables
        sides, place = (-sides[0], -sides[1]), -place
    profile = _profile(first, second, sides[1], excess)
    value = sum((c * place**k for k, c in profile), sp.S.Zero).xreplace({_LOG: logarithm})
    return value * sp.exp(-(place**2) / 2) / (2 * sp.sqrt(2) * sp.pi)


_LOG = sp.Dummy("log_e", real=True)


@lru_cache(maxsize=8192)
def _profile(first, second, side, excess):
    """The weight as ((power of a, coefficient), ...), first variable on the right."""
    (alpha, i), (beta, j) = first, second
    total = alpha + beta + excess
    resonant = side == 1 and total.is_Integer and total % 2 == 1
    by_power: dict = {}
    for (m, _, power), c in _density(excess).terms():
        value = sum(
            sp.binomial(m, b)
            * side ** (m - b)
            * _bracket(alpha + b, beta + m - b, i, j, side, resonant)
            for b in range(m + 1)
        )
        by_power[power] = by_power.get(power, sp.S.Zero) + _rational(c) * value
    if resonant:
        regular = _regular_part(alpha, beta, i, j, excess)
        for power, c in regular:
            by_power[power] = by_power.get(power, sp.S.Zero) + c
        divided = {p: divide_by_sum(c) for p, c in by_power.items()}
    else:
        divided = by_power
    scale = sp.factorial(i) * sp.factorial(j)
    found = ((p, sp.expand(scale * series.coefficient(i, j))) for p, series in divided.items())
    return tuple((p, c) for p, c in found if c != 0)


def _rational(c):
    return sp.Rational(int(c.numerator), int(c.denominator))


@lru_cache(maxsize=64)
def _density(weight):
    """The part of weight j + 2l of sum P_jl(a) v^j e^l, as a polynomial in v, e, a.

    It is the exponential of log(t)/2 - (a^2/2)(t - 1) - t (a v/2 + v^2/8), t = 1/(1 - e/2), and
    obeys w P_w = sum_u u E_u P_{w-u} in its weights.
    """
    if weight == 0:
        return _RING(1)
    total = _RING(0)
    for u in range(1, weight + 1):
        total += u * _exponent(u) * _density(weight - u)
    return total * sp.QQ(1, weight)


def _exponent(weight):
    half = _E * sp.QQ(1, 2)
    if weight % 2:
        return -_A * _V * sp.QQ(1, 2) * half ** ((weight - 1) // 2)
    k = weight // 2
    even = half**k * sp.QQ(1, 2 * k) - _A**2 * half**k * sp.QQ(1, 2)
    return even - _V**2 * sp.QQ(1, 8) * half ** (k - 1)


@lru_cache(maxsize=8192)
def _bracket(alpha, beta, i, j, side, resonant):
    """H S e^((z1+z2)/2) at (alpha + z1, beta + z2); times (z1 + z2) if resonant."""
    degree = i + j + resonant
    middle = (alpha + beta + 3) / 2
    size = sp.sqrt(sp.pi) * sp.gamma(alpha + 1) * sp.gamma(beta + 1) / sp.gamma(middle)
    exponent: dict = {}
    if degree:
        exponent = {(1, 0): _LOG / 2, (0, 1): _LOG / 2}
    for n in range(1, degree + 1):
        for key, argument, scale in (
            ((n, 0), alpha + 1, sp.S.One),
            ((0, n), beta + 1, sp.S.One),
        ):
            term = scale * sp.polygamma(n - 1, argument) / sp.factorial(n)
            exponent[key] = exponent.get(key, sp.S.Zero) + term
        shared = -sp.polygamma(n - 1, middle) / sp.factorial(n) / 2**n
        for b in range(n + 1):
            key = (b, n - b)
            exponent[key] = exponent.get(key, sp.S.Zero) + shared * sp.binomial(n, b)
    found = exponential(exponent, degree)
    if side == 1:
        found = product(found, _angular(alpha, beta, degree, resonant), degree)
    return found * size


def _angular(alpha, beta, degree, resonant):
    """-cos(pi(alpha-beta+z1-z2)/2) / cos(pi(alpha+beta+z1+z2)/2), times (z1+z2) if resonant."""
    z = sp.Dummy("z")
    top, bottom = sp.pi * (alpha - beta) / 2, sp.pi * (alpha + beta) / 2
    upper = {
        n: sp.cos(top + n * sp.pi / 2) * (sp.pi / 2) ** n / sp.factorial(n)
        for n in range(degree + 1)
    }
    if resonant:
        ratio = -1 / (sp.cos(bottom + sp.pi / 2) * sp.sin(sp.pi * z / 2) / z)
    else:
        ratio = -1 / sp.cos(bottom + sp.pi * z / 2)
    if degree == 0 and not resonant:
        lower = {0: ratio.subs(z, 0)}
    elif degree <= 1 and resonant:
        lower = {0: -2 / sp.pi / sp.cos(bottom + sp.pi / 2)}
    else:
        series = sp.series(ratio, z, 0, degree + 1).removeO()
        lower = {n: series.coeff(z, n) for n in range(degree + 1)}
    difference = {
        (b, n - b): c * sp.binomial(n, b) * (-1) ** (n - b)
        for n, c in upper.items()
        for b in range(n + 1)
    }
    total = {(b, n - b): c * sp.binomial(n, b) for n, c in lower.items() for b in range(n + 1)}
    return product(difference, total, degree)


def _regular_part(alpha, beta, i, j, excess):
    """The pole of the regular power e^k times (z1 + z2), in units of the common prefactor."""
    k = int((alpha + beta + excess + 1) / 2)
    degree = i + j + 1
    falling = product(_falling(alpha, k, 0, degree), _falling(beta, k, 1, degree), degree)
    y = sp.Dummy("y")
    hermite = sp.Poly(sp.hermite_prob(excess, y), y)
    scale = 2 * sp.sqrt(sp.pi) * sp.Integer(-1) ** (k + excess)
    scale /= sp.factorial(k) * sp.factorial(excess)
    return [(m, falling * (scale * c)) for (m,), c in hermite.terms()]


def _falling(alpha, k, index, degree):
    """(alpha+z)(alpha+z-1)...(alpha+z-k+1) as a truncated polynomial in z = z1 or z2."""
    key = (1, 0) if index == 0 else (0, 1)
    total: object = {(0, 0): sp.S.One}
    for m in range(k):
        total = product(total, {(0, 0): alpha - m, key: sp.S.One}, degree)
    return total if k else product(total, {(0, 0): sp.S.One}, degree)
