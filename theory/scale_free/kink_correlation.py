r"""The correlation c* that two signals tend to behind a kink at 0, as a function of kappa.

Whatever the two slopes of phi(x) = alpha x + beta |x| are, beta != 0, the fixed-point equation of
the correlation map without biases is

    sqrt(1 - c^2) - c arccos(c) = kappa (1 - c),

or, with c = cos(t), (sin t - t cos t)/(1 - cos t) = kappa, whose left side increases from 0 at
t = 0 to 1 at t = pi/2 (Singh & Sreejith 2021, arXiv:2103.12499, for ReLU; the linear part of phi
drops out).  For 0 < kappa <= 1 its root in [0, 1) attracts; for kappa <= 0 it is c = 1.
"""

import mpmath
import sympy as sp

from ..errors import InputError
from ..symbols import rho

__all__ = ["KAPPA_OF_C", "PROFILE", "c_star"]

#: h(rho) = sqrt(1 - rho^2) - rho arccos(rho); E phi(u) phi(v) = rho E phi^2 + (E phi)^2 h(rho).
PROFILE = sp.sqrt(1 - rho**2) - rho * sp.acos(rho)

#: kappa as a function of its attracting correlation rho.
KAPPA_OF_C = PROFILE / (1 - rho)


class c_star(sp.Function):
    """The attracting correlation of weight correlation kappa <= 1, for phi with a kink at 0.

    Exact at kappa = 1 and for kappa <= 0, elsewhere a number of as many digits as are asked for.
    InputError for kappa > 1, which no weights have.

    >>> c_star(1), c_star(-2), c_star(sp.Rational(1, 2)).evalf(20)
    (0, 1, 0.72662993423567722099)
    """

    nargs = 1

    @classmethod
    def eval(cls, kappa):
        if kappa.is_extended_real is False or (kappa.is_number and (kappa - 1).is_positive):
            raise InputError(f"weight_correlation = {kappa} is not a real number <= 1")
        least = kappa.args if isinstance(kappa, sp.Min) else (kappa,)
        if any(part.is_extended_nonpositive for part in least):
            return sp.S.One
        return sp.S.Zero if (kappa - 1).is_zero else None

    def fdiff(self, argindex=1):
        """dc*/dkappa = (1 - c*)/(kappa - arccos c*), by the implicit equation."""
        return (1 - self) / (self.args[0] - sp.acos(self))

    def inverse(self, argindex=1):
        """kappa as a function of c*."""
        return sp.Lambda(rho, KAPPA_OF_C)

    def _eval_is_real(self):
        return self.args[0].is_extended_real

    def _eval_is_nonnegative(self):
        return self.args[0].is_extended_real

    def _eval_evalf(self, prec):
        kappa = self.args[0].evalf(mpmath.libmp.prec_to_dps(prec) + 20)
        if not kappa.is_Float:
            return sp.Float(c_star(kappa), precision=prec) if kappa.is_number else None
        if kappa <= 0:
            return sp.Float(1, precision=prec)
        # sin t - t cos t loses two, 1 - cos t one, and cos t near pi/2 another factor
        lost = 4 * max(0, -_magnitude(kappa)) + 2 * max(0, -_magnitude(1 - kappa))
        kappa = self.args[0].evalf(mpmath.libmp.prec_to_dps(prec + lost) + 10)
        with mpmath.workprec(prec + lost + 30):
            goal = kappa._to_mpmath(prec + lost + 30)
            start = 3 * goal / 2
            angle = mpmath.findroot(lambda t: _kappa_of_angle(t) - goal, (start, start * 1.01))
            return sp.Float(mpmath.cos(angle), precision=prec)

    def _latex(self, printer, exp=None):
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"c_*{power}\left({printer._print(self.args[0])}\right)"


def _kappa_of_angle(t):
    return (mpmath.sin(t) - t * mpmath.cos(t)) / (1 - mpmath.cos(t))


def _magnitude(number):
    """The exponent of a number in base 2; 0 for zero."""
    return 0 if number == 0 else int(mpmath.mag(number._to_mpmath(53)))
