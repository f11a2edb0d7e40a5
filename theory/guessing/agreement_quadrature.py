r"""The double integral of the agreement of K classes, to any precision.

In the principal axes X, Y = w s ± n d, w^2 = (1 + c)/2, n^2 = (1 - c)/2, of independent standard
normals s and d,

    A_K = K E F(s, d)^(K-1),    F(s, d) = Phi_2(w s + n d, w s - n d; c),

and dF/ds = w (phi(w s + n d) Phi(n s - w d) + phi(w s - n d) Phi(n s + w d)) is elementary.  As
w^2 + n^2 = 1, its Fourier transform in s decays like exp(-k^2/2) for every c, also next to 1: on
nodes of step h its integral from -oo is a sum of sine integrals with the error
exp(-pi^2/(2 h^2)), and the outer integral is a trapezoidal sum (F. Stenger, Numerical Methods
Based on Sinc and Analytic Functions, 1993, sections 3.2 and 3.6).
"""

import mpmath

__all__ = ["agreement_integral"]


def agreement_integral(count: int, gap) -> mpmath.mpf:
    """A_K for K = ``count`` at the correlation 1 - ``gap``, 0 < gap < 1, at mpmath's precision.

    >>> mpmath.nstr(agreement_integral(2, mpmath.mpf(1) / 2), 12)  # 1/2 + asin(1/2)/pi
    '0.666666666667'
    """
    bits = mpmath.mp.prec
    with mpmath.extraprec(15):
        tail = mpmath.sqrt(2 * (bits + 10) * mpmath.log(2))
        # F^(K-1) times a Gaussian has a transform like exp(-k^2/(2 K)), seen at k = 2 pi/step
        refinement = int(mpmath.ceil(mpmath.sqrt(count) / 2))
        lattice = _Lattice(gap, tail, mpmath.pi / tail, refinement)
        total = mpmath.fsum(_column(lattice, j, count) for j in range(lattice.columns + 1))
        value = count * lattice.fine**2 * total / (2 * mpmath.pi)
    return +value


def _column(lattice, j, count):
    """The sum over s at d = j * step, of both signs of d."""
    d = j * lattice.fine
    reach = int(mpmath.floor(mpmath.sqrt(lattice.tail**2 - d**2) / lattice.fine))
    joint = lattice.joint(d, reach)
    weights = lattice.weights
    terms = (
        weights[abs(i)] * value ** (count - 1)
        for i, value in zip(range(-reach, reach + 1), joint, strict=True)
    )
    return mpmath.fsum(terms) * weights[j] * (1 if j == 0 else 2)


class _Lattice:
    """Steps, nodes and tables for one correlation."""

    def __init__(self, gap, tail, step, refinement):
        self.tail, self.step, self.refinement = tail, step, refinement
        self.fine = step / refinement
        self.wide, self.narrow = mpmath.sqrt(1 - gap / 2), mpmath.sqrt(gap / 2)
        self.columns = int(mpmath.floor(tail / self.fine))
        self.weights = [mpmath.exp(-((i * self.fine) ** 2) / 2) for i in range(self.columns + 1)]
        self.bits = mpmath.mp.prec
        self._integrals = {}

    def joint(self, d, reach):
        """F(s, d) at s = i * fine, |i| <= reach, from its derivative at multiples of the step."""
        first = -int(mpmath.ceil(self.tail / self.step)) - 1
        last = int(mpmath.ceil((self.narrow * d + self.tail) / (self.wide * self.step))) + 1
        slopes = [(m, self._fixed(self._slope(m * self.step, d))) for m in range(first, last + 1)]
        slopes = [(m, value) for m, value in slopes if value]
        r, table = self.refinement, self._integral
        for i in range(-reach, reach + 1):
            # whole numbers: far faster than floating-point arithmetic of the same length
            total = sum(value * table(i - r * m) for m, value in slopes)
            yield mpmath.ldexp(total, -2 * self.bits) * self.step

    def _slope(self, s, d):
        w, n = self.wide, self.narrow
        return w * (
            mpmath.npdf(w * s + n * d) * mpmath.ncdf(n * s - w * d)
            + mpmath.npdf(w * s - n * d) * mpmath.ncdf(n * s + w * d)
        )

    def _integral(self, k):
        """int_{-oo}^t of sinc(x), the sine integral, at t = k/refinement, in fixed point."""
        if k not in self._integrals:
            place = mpmath.pi * k / self.refinement
            self._integrals[k] = self._fixed(mpmath.si(place) / mpmath.pi + mpmath.mpf(1) / 2)
        return self._integrals[k]

    def _fixed(self, value):
        return int(mpmath.floor(mpmath.ldexp(value, self.bits) + mpmath.mpf(1) / 2))
