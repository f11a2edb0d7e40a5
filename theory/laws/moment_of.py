"""A moment of a law without a closed form."""

import mpmath
import sympy as sp

from .numbers import digits_of

__all__ = ["MomentOf"]


class MomentOf(sp.Function):
    """E Y^s, a number that evaluates to any digits; arguments the law and a number s."""

    nargs = 2

    @property
    def is_number(self):
        return self.args[1].is_number and not self.args[0].free_symbols

    def _eval_is_positive(self):
        return self.args[1].is_extended_real

    def _eval_is_extended_real(self):
        return self.args[1].is_extended_real

    def _eval_evalf(self, prec):
        law, s = self.args
        if s.free_symbols:
            return None
        with mpmath.workprec(prec + 10):
            if s.is_extended_real:
                value = mpmath.mpf(law.mellin_digits(digits_of(s)[0]))
                return sp.Float._new(value._mpf_, prec)
            value = mpmath.mpc(law.mellin_digits(mpmath.mpc(*digits_of(*s.as_real_imag()))))
        parts = (sp.Float._new(part._mpf_, prec) for part in (value.real, value.imag))
        return sp.Add(next(parts), sp.I * next(parts))

    def _sympystr(self, printer):
        return f"E[Y**{printer.parenthesize(self.args[1], 100)}]"
