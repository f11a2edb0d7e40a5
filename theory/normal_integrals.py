r"""Integrals of the normal distribution to any precision, in mpmath numbers.

Each is a sum of positive terms, so that digits survive in the tails, and each integral is refined
where its integrand has its weight.  Sources: R. L. Plackett, Biometrika 41 (1954) 351;
D. B. Owen, Annals of Mathematical Statistics 27 (1956) 1075.
"""

import heapq
from functools import lru_cache

import mpmath
import sympy as sp
from mpmath.calculus.quadrature import GaussLegendre

__all__ = ["bivariate_cdf", "cdf", "conditional_cdf", "digits", "joint_exponential", "owens_t"]

_GUARD_BITS = 20
_MOST_PANELS = 4000
#: Beyond these bits Gauss nodes are expensive: the double-exponential rule is tried first.
_MOST_GAUSS_BITS = 500
_LARGEST_EXPONENT = mpmath.ldexp(1, 100)


def digits(function, arguments, prec: int, place=None) -> sp.Float | None:
    """``function`` of SymPy numbers as a Float of ``prec`` bits; None if not real numbers.

    ``place`` is the index of an argument, a correlation, whose distance to ±1 matters.
    """
    numbers = _numbers(arguments, prec + _GUARD_BITS)
    if numbers is None:
        return None
    # mpmath keeps the bits of its arguments: differences such as 1 - r stay accurate
    exact = prec + _GUARD_BITS + 2 * _amplified(numbers)
    if place is not None and abs(numbers[place]) > mpmath.mpf("0.99"):
        exact += prec + _GUARD_BITS
    with mpmath.workprec(prec + _GUARD_BITS):
        value = function(*_numbers(arguments, exact))
        return sp.Float._new(mpmath.mpf(value)._mpf_, prec)


def _numbers(arguments, prec):
    if not all(a.is_number for a in arguments):
        return None
    with mpmath.workprec(prec):
        numbers = [mpmath.mpmathify(a._to_mpmath(prec)) for a in arguments]
    return numbers if all(isinstance(n, mpmath.mpf) for n in numbers) else None


def cdf(h):
    r"""\Phi(h), through erfc: no digits are lost in the left tail."""
    with mpmath.extraprec(_amplified([h])):
        return mpmath.erfc(-h / mpmath.sqrt(2)) / 2


def conditional_cdf(h, k, r):
    """P(U <= h | W = k) for standard normals of correlation r; at r = ±1 a step, 1/2 on it."""
    spread = (1 - r) * (1 + r)
    if spread == 0:
        return (1 + mpmath.sign(h - r * k)) / 2
    with mpmath.extraprec(2 * _amplified([h, k]) + max(0, -mpmath.mag(spread))):
        return cdf((h - r * k) / mpmath.sqrt((1 - r) * (1 + r)))


def joint_exponential(h, k, r):
    """exp(-(h² - 2rhk + k²)/(2(1 - r²))), and its limit at r = ±1."""
    sign = -1 if r < 0 else 1
    gap, spread = h - sign * k, (1 - r) * (1 + r)
    if gap == 0:
        return mpmath.exp(-h * h / (1 + abs(r)))
    if spread == 0:
        return mpmath.mpf(0)
    return mpmath.exp(-gap * gap / (2 * spread) - sign * h * k / (1 + abs(r)))


def owens_t(h, a):
    r"""T(h, a) = (1/2\pi) \int_0^a exp(-h²(1 + x²)/2)/(1 + x²) dx."""
    h, sign, a = abs(h), mpmath.sign(a), abs(a)
    if mpmath.isinf(h) or a == 0:
        return mpmath.mpf(0)
    if mpmath.isinf(a):
        return sign * cdf(-h) / 2
    if a > 1:
        with mpmath.extraprec(_GUARD_BITS):
            tails = cdf(-h), cdf(-a * h)
            value = (tails[0] + tails[1]) / 2 - tails[0] * tails[1] - owens_t(a * h, 1 / a)
        return sign * value

    def integrand(x):
        return mpmath.exp(-((h * x) ** 2) / 2) / (1 + x * x)

    area = _integral(integrand, mpmath.mpf(0), a, h * h)
    with mpmath.extraprec(_amplified([h])):
        weight = mpmath.exp(-h * h / 2)
    return sign * weight * area / (2 * mpmath.pi)


def bivariate_cdf(h, k, r):
    r"""\Phi_2(h, k; r) by Plackett's identity, from r = 0 or from r = -1.

    d\Phi_2/dr is the density; in the angle s from the nearer end, |r| = cos s, it is
    exp(-(h - e k)²/(2 sin² s) - e h k/(1 + cos s))/(2 pi) with e the sign of r.
    """
    return _bivariate_cdf(h, k, r, mpmath.mp.prec)


@lru_cache(maxsize=4096)
def _bivariate_cdf(h, k, r, _prec):
    """The same at a precision: formulas that are compared hold the same values many times."""
    if min(h, k) == -mpmath.inf:
        return mpmath.mpf(0)
    if max(h, k) == mpmath.inf:
        return cdf(min(h, k))
    if r >= 1:
        return cdf(min(h, k))
    least = mpmath.mpf(0) if h + k <= 0 else cdf(h) - cdf(-k)
    if r <= -1:
        return least
    sign = -1 if r < 0 else 1
    half_gap, product = (h - sign * k) ** 2 / 2, sign * h * k

    def density(s):
        exponent = product / (1 + mpmath.cos(s))
        if half_gap:
            exponent += half_gap / mpmath.sin(s) ** 2
        return mpmath.exp(-exponent) if exponent < _LARGEST_EXPONENT else mpmath.mpf(0)

    spread = (1 - r) * (1 + r)
    angle = mpmath.atan2(mpmath.sqrt(spread), abs(r))
    steepest = abs(product) + half_gap / spread
    turn = 2 * mpmath.pi
    if r < 0:
        return least + _integral(density, mpmath.mpf(0), angle, steepest, least * turn) / turn
    base = cdf(h) * cdf(k)
    return base + _integral(density, angle, turn / 4, steepest, base * turn) / turn


def _integral(integrand, lower, upper, exponent, known=0):
    """The integral of a positive function; the panel with the largest error is halved.

    ``exponent`` bounds that of the exponential where it matters: a large one costs bits.  The
    error is relative to ``known`` plus the integral.
    """
    tolerance = mpmath.ldexp(1, 5 - mpmath.mp.prec)
    with mpmath.extraprec(_GUARD_BITS + (max(0, mpmath.mag(exponent)) if exponent else 0)):
        return _refined(integrand, lower, upper, tolerance, known)


def _amplified(numbers):
    """The bits that a Gaussian tail at these places takes from a relative error: log2 of h**2."""
    return max((2 * max(0, mpmath.mag(a)) for a in numbers if a and mpmath.isfinite(a)), default=0)


def _refined(integrand, lower, upper, tolerance, known):
    bits = -mpmath.mag(tolerance)
    if bits > _MOST_GAUSS_BITS:
        total, error = mpmath.quad(integrand, mpmath.linspace(lower, upper, 3), error=True)
        if error <= tolerance * (total + known):
            return total
    rule = _gauss(64 * (mpmath.mp.prec // 64 + 1), max(3, (bits // 4).bit_length() - 1))

    def area(a, b):
        half, middle = (b - a) / 2, (a + b) / 2
        return half * mpmath.fdot((w, integrand(middle + half * x)) for x, w in rule)

    def panel(a, b, coarse):
        middle = (a + b) / 2
        halves = area(a, middle), area(middle, b)
        return -abs(halves[0] + halves[1] - coarse), a, b, halves

    panels = [panel(lower, upper, area(lower, upper))]
    while len(panels) < _MOST_PANELS:
        total = mpmath.fsum(part for entry in panels for part in entry[3])
        if -mpmath.fsum(entry[0] for entry in panels) <= tolerance * (total + known):
            return total
        _, a, b, halves = heapq.heappop(panels)
        middle = (a + b) / 2
        heapq.heappush(panels, panel(a, middle, halves[0]))
        heapq.heappush(panels, panel(middle, b, halves[1]))
    raise ArithmeticError("the integral of a bivariate normal density did not settle")


@lru_cache(maxsize=64)
def _gauss(bits, degree):
    """Nodes and weights of a Gauss rule on [-1, 1]."""
    return GaussLegendre(mpmath.mp).calc_nodes(degree, bits)
