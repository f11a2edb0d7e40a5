r"""The defining identity of a Gaussian pair as a number: the density of W phi(X).

At z > 0 the density of |W| Y is \int f_W(z e^{-t}) f_Y(e^t) dt.  For laws without ends both
factors decay double exponentially, and the trapezoidal rule in t converges geometrically.
"""

import mpmath
import sympy as sp

from .errors import PrecisionError
from .laws.numbers import expression
from .quadrature import number

__all__ = ["product_density", "residual"]

_GUARD_DIGITS = 12
_MOST_HALVINGS = 9
_MOST_STEPS = 4000


def residual(pair, z, digits: int) -> sp.Float:
    """density of W phi(X) at z, minus that of N(0, 1 - sigma_b2), both to ``digits`` digits."""
    with mpmath.workdps(digits + _GUARD_DIGITS):
        place = abs(number(z))
        variance = 1 - number(expression(pair.sigma_b2))
        scale = mpmath.sqrt(variance)
        found = product_density(pair.weights.magnitude, pair.factor, place, digits) / 2
        normal = mpmath.npdf(place / scale) / scale
        return sp.Float._new((found - normal)._mpf_, mpmath.libmp.dps_to_prec(digits))


def product_density(first, second, z, digits):
    """The density of the product of two independent positive variables at z > 0."""
    for law, other in ((first, second), (second, first)):
        if law.atoms_of_law:
            terms = [(number(place), number(p)) for place, p in law.atoms_of_law]
            return mpmath.fsum(p * other.density_digits(z / c) / c for c, p in terms)
    low, high = _range(first, second, z)

    def integrand(t):
        y = mpmath.exp(t)
        return first.density_digits(z / y) * second.density_digits(y)

    if first.support[1] is sp.oo and second.support[1] is sp.oo:
        centre, width = _peak(first, second, z)

        def shifted(t):
            t = centre + width * t
            dead = _is_dead(second, t, digits) or _is_dead(first, mpmath.log(z) - t, digits)
            return mpmath.mpf(0) if dead else width * integrand(t)

        return _trapezoid(shifted, digits)
    with mpmath.workdps(2 * digits + _GUARD_DIGITS):  # for a density with a singular end
        return mpmath.quad(integrand, [low, (low + high) / 2, high], maxdegree=12)


def _peak(first, second, z):
    """Where the narrower of the two factors has its weight in t = log y, and how wide it is."""
    sharpness = [number(expression(law.tail.index)) for law in (first, second)]
    s = sp.Symbol("s")
    law = first if sharpness[0] > sharpness[1] else second
    mean = number(sp.N(sp.diff(law.mellin(s), s).subs(s, 0), 20))  # E log
    centre = mpmath.log(z) - mean if law is first else mean
    return centre, 1 / max(mpmath.mpf(1), *sharpness)


def _is_dead(law, t, digits):
    """Whether e^t is so far in the tail that the density is negligible."""
    if law.tail.rate is None:
        return False
    index, rate = (number(expression(part)) for part in (law.tail.index, law.tail.rate))
    return index > 0 and rate * mpmath.exp(index * t) > 5 * digits + 100


def _range(first, second, z):
    """Where y = e^t is inside the support of the second law and z/y inside that of the first."""
    reach = mpmath.mpf(30)
    ends = [law.support[1] for law in (first, second)]
    low = -reach if ends[0] is sp.oo else mpmath.log(z / number(ends[0]))
    high = reach if ends[1] is sp.oo else mpmath.log(number(ends[1]))
    return low, high


def _trapezoid(integrand, digits):
    tolerance = mpmath.mpf(10) ** (-digits - 4)
    step = mpmath.mpf(1) / 4
    total = integrand(mpmath.mpf(0)) + _arms(integrand, step, step, tolerance)
    value = total * step
    for _ in range(_MOST_HALVINGS):
        total += _arms(integrand, step / 2, step, tolerance)
        step /= 2
        refined = total * step
        if abs(refined - value) < mpmath.sqrt(tolerance) ** mpmath.mpf("1.2") * abs(refined):
            return refined
        value = refined
    raise PrecisionError("the density of a product did not settle; ask for fewer digits")


def _arms(integrand, start, step, tolerance):
    """The sum over ±start, ±(start + step), … until three terms in a row are negligible."""
    total, largest = mpmath.mpf(0), mpmath.mpf(0)
    for side in (1, -1):
        t, quiet = start, 0
        while quiet < 3 and t < _MOST_STEPS * step:
            term = integrand(side * t)
            total += term
            largest = max(largest, abs(term))
            quiet = quiet + 1 if abs(term) <= tolerance * largest and largest > 0 else 0
            t += step
    return total
