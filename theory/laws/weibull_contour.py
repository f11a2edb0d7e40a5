r"""The law with E Y^s = 2^{s/2} Gamma((1+s)/2) / (sqrt(pi) Gamma(1 + s/theta)), in mpmath numbers.

Inverting the Mellin transform with 1/Gamma written as a Hankel integral gives

    P(Y > y) = (1/2 pi i) \int e^u erfc(y u^{1/theta}/sqrt 2) du/u,
    f(y) = sqrt(2/pi) (1/2 pi i) \int e^{u - (y^2/2) u^{2/theta}} u^{1/theta} du/u

over a loop around the negative axis.  The loop is the path of steepest descent of the exponent,
u = kappa r e^{i t} with r^{1 - a} = sin(a t)/(a sin t), a = 2/theta: nothing oscillates or
cancels on it, and the trapezoidal rule in t converges geometrically (theta > 2).
"""

import math
from dataclasses import dataclass

import mpmath

from ..errors import PrecisionError

__all__ = ["Values", "contour"]

_GUARD_BITS = 20
_MOST_HALVINGS = 14
#: Beyond exp(-2^_MOST_MAGNITUDE) the exponent alone would cost more bits than anyone wants.
_MOST_MAGNITUDE = 20_000
#: From this value of (saddle point)(theta - 2) on the integrand falls as quickly as a bell.
_SHARP = 2


@dataclass(frozen=True)
class Values:
    """What one loop gives at a point; ``error`` bounds the relative change of the last step."""

    cdf: mpmath.mpf | None
    survival: mpmath.mpf | None
    densities: tuple[mpmath.mpf, ...]
    error: mpmath.mpf


def contour(theta, y, orders: tuple[int, ...] = (0,), tails: bool = True) -> Values:
    """Survival, cdf and derivatives of the given ``orders`` of the density at y > 0, theta > 2.

    The numbers are those of the current precision, relative to each of them; without ``tails``
    only the densities are computed, which need no error function.

    Raises PrecisionError where the numbers are below exp(-2^20000).
    """
    bits = mpmath.mp.prec
    power = theta / (theta - 2)
    magnitude = _magnitude(theta, y, power)
    if magnitude > _MOST_MAGNITUDE:
        raise PrecisionError(
            f"P(Y > y) at y = {mpmath.nstr(y, 8)} is below exp(-2^{_MOST_MAGNITUDE}) for theta = "
            f"{mpmath.nstr(theta, 12)}; take a smaller y"
        )
    extra = _GUARD_BITS + max(0, magnitude) + 2 * max(0, mpmath.mag(power))
    with mpmath.workprec(bits + extra):
        loop = _Loop(theta, y, orders, tails, bits)
        return loop.settled()


def _magnitude(theta, y, power):
    """log2 of the saddle point, roughly."""
    return int(mpmath.ceil(power * mpmath.log(y * y / theta, 2))) + 1


class _Loop:
    def __init__(self, theta, y, orders, tails, bits):
        self.theta, self.y, self.orders, self.tails, self.bits = theta, y, orders, tails, bits
        self.ratio = 2 / theta
        self.power = theta / (theta - 2)
        self.saddle = (y * y / theta) ** self.power
        self.kappa = self._size()
        self.gauss = y * y / 2 * self.kappa**self.ratio
        self.stop = bits + 10
        self.top = self.kappa - self.gauss
        self.far = self.gauss > 1  # then P(Y > y) is integrated, else P(Y <= y)

    def _size(self):
        """How far out the loop passes: through the saddle if it is a sharp one and not next to 0.

        Otherwise where u - (y^2/2) u^a = 2 for real u, so that the integrand varies with u/kappa:
        next to theta = 2 the two terms all but cancel over a long way.
        """
        if self.saddle * (self.theta - 2) > _SHARP:
            return max(self.saddle, mpmath.mpf(2))
        half, slow = float(mpmath.log(self.y**2 / 2)), float(1 - self.ratio)

        def excess(t):
            return -math.exp(t) * math.expm1(min(half - slow * t, 600.0)) - 2

        high = 1.0 + max(0.0, float(mpmath.log(self.saddle)) if self.saddle > 1 else 0.0)
        low = high - 1.0
        while excess(high) < 0 and high < 600:
            low, high = high, high + 1.0
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if excess(middle) < 0 else (low, middle)
        return mpmath.exp(high)

    def settled(self):
        """Halve the step until the sums agree."""
        # the integrand is about exp(-(bend t)^2/2) next to the saddle
        bend = mpmath.sqrt(self.kappa * (1 - self.ratio) + 4)
        step = min(mpmath.pi / 12, 3 / bend / mpmath.sqrt(self.bits))
        middle = [part.real / 2 for part in self._integrands(self.kappa, mpmath.mpc(self.gauss))]
        sums, sizes = middle, [abs(part) for part in middle]
        sums, sizes = self._side(step, step, sums, sizes)
        values = [s * step for s in sums]
        previous = mpmath.mpf(1)
        for _ in range(_MOST_HALVINGS):
            sums, sizes = self._side(step / 2, step, sums, sizes)
            step /= 2
            refined = [s * step for s in sums]
            changes = zip(refined, values, sizes, strict=True)
            gap = max(abs(a - b) / (size * step) for a, b, size in changes)
            values = refined
            error = _left(gap, previous)
            if error < mpmath.ldexp(1, -self.bits - 3):
                return self._values(values, error)
            previous = gap
        raise PrecisionError("the contour integral of a law did not settle; ask for fewer digits")

    def _values(self, values, error):
        norm = 2 / (mpmath.pi * mpmath.sqrt(mpmath.pi) * self.y)
        densities = tuple(norm * value for value in values[: len(self.orders)])
        if not self.tails:
            return Values(None, None, densities, error)
        part = values[-1] / mpmath.pi
        cdf, survival = (1 - part, part) if self.far else (part, 1 - part)
        return Values(cdf, survival, densities, error)

    def _side(self, start, step, sums, sizes):
        """The sums continued over start, start + step, … < pi until the integrand has died out."""
        sums, sizes = list(sums), list(sizes)
        t = start
        while t < mpmath.pi and (parts := self._at(t)) is not None:
            for k, part in enumerate(parts):
                sums[k] += part
                sizes[k] += abs(part)
            t += step
        return sums, sizes

    def _at(self, t):
        c, s = mpmath.cos_sin(t)
        ca, sa = mpmath.cos_sin(self.ratio * t)
        stretch = sa / (self.ratio * s)  # r^{1-a}
        log_r = self.power * mpmath.log(stretch)
        if log_r > self.bits + mpmath.mag(self.kappa):
            return None
        r = mpmath.exp(log_r)
        u = self.kappa * r * mpmath.mpc(c, s)
        squared = self.gauss * r / stretch * mpmath.mpc(ca, sa)
        drop = (u - squared).real - self.top
        if not self.far:
            drop = max(drop, u.real - self.kappa)
        if drop < -self.stop:
            return None
        slope = self.power * (self.ratio * ca / sa - c / s)
        turn = mpmath.mpc(1, -slope)  # (du/u)/(i dt)
        return [(part * turn).real for part in self._integrands(u, squared)]

    def _integrands(self, u, squared):
        z = mpmath.sqrt(squared)
        bell = mpmath.exp(u - squared) * z
        found = [bell * p for p in self._polynomials(squared)]
        if self.tails:
            found.append(mpmath.exp(u) * (mpmath.erfc(z) if self.far else mpmath.erf(z)))
        return found

    def _polynomials(self, squared):
        """P_n with d^n/dy^n exp(-b y^2/2) = P_n exp(-b y^2/2), b y^2/2 = ``squared``."""
        if self.orders == (0,):
            return (1,)
        # P_n = (-v/y)^n He_n(v) with v = y sqrt(b)
        v = mpmath.sqrt(2 * squared)
        ladder = [mpmath.mpc(1), v]
        for k in range(1, max(self.orders)):
            ladder.append(v * ladder[k] - k * ladder[k - 1])
        return [(-v / self.y) ** n * ladder[n] for n in self.orders]


def _left(gap, previous):
    """The error after a halving that changed the sums by ``gap``, if it multiplies the digits.

    The factor seen is trusted up to 2, and three digits are kept in hand.
    """
    if gap == 0 or not 0 < previous < mpmath.mpf("0.01"):
        return gap
    order = min(mpmath.log(gap) / mpmath.log(previous), mpmath.mpf(2))
    return 1000 * gap**order if order > 1.3 else gap
