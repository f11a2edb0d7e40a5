r"""The bivariate normal distribution as SymPy functions: \Phi_2, its conditionals, Owen's T.

U and W are standard normal with correlation r.  Differentiating \Phi_2(h, k; r) gives
\Phi((k - r h)/\sqrt{1 - r²}) and exp(-(h² - 2rhk + k²)/(2(1 - r²))).  Both are functions here,
because they have limits at r = ±1 that the expressions lose in 0/0: with them, a closed form may
be evaluated there.

Sources: W. F. Sheppard, Phil. Trans. R. Soc. A 192 (1899) 101; D. B. Owen, Annals of Mathematical
Statistics 27 (1956) 1075.
"""

import sympy as sp
from sympy.core.function import ArgumentIndexError

from .normal_integrals import (
    bivariate_cdf,
    conditional_cdf,
    digits,
    joint_exponential,
    owens_t,
)
from .smooth_steps import Phi

__all__ = ["NUMERIC", "BinormalExp", "OwenT", "Phi2", "PhiGiven"]

#: mpmath implementations by name, for what ``sympy.lambdify`` compiles.
NUMERIC = {
    "Phi2": bivariate_cdf,
    "PhiGiven": conditional_cdf,
    "BinormalExp": joint_exponential,
    "OwenT": owens_t,
}


class _NormalFunction(sp.Function):
    """What these functions share: real, evaluated by name, continuous where a limit is taken."""

    def _eval_evalf(self, prec):
        place = 2 if len(self.args) == 3 else None
        return digits(NUMERIC[type(self).__name__], self.args, prec, place)

    def _eval_is_real(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_as_leading_term(self, x, logx=None, cdir=0):
        value = self._limit(x, cdir)
        if value.is_zero and all(a.is_finite is not False for a in value.args):
            slope = sp.limit(self.diff(x), x, 0, "-" if cdir == -1 else "+")
            if slope.is_finite is not False and not slope.is_zero:
                return slope * x
        return value

    def _eval_nseries(self, x, n, logx, cdir=0):
        value = self._limit(x, cdir)
        start = [sp.limit(a, x, 0, "-" if cdir == -1 else "+") for a in self.args]
        if any(a.is_finite is False for a in start):
            return value + sp.Order(x**n, x)  # tails decay faster than any power
        if len(start) == 3 and _end(start[2]) is not None:
            return value + sp.Order(sp.sqrt(x), x)
        derivatives = [self.diff(x, k).subs(x, 0) for k in range(1, max(n, 1))]
        terms = [d * x**k / sp.factorial(k) for k, d in enumerate(derivatives, 1)]
        return sp.Add(value, *terms) + sp.Order(x**n, x)

    def _limit(self, x, cdir):
        side = "-" if cdir == -1 else "+"
        return self.func(*(sp.limit(a, x, 0, side) for a in self.args))


def _end(r):
    """1 or -1 where the correlation is that, else None."""
    if (r - 1).is_zero:
        return 1
    return -1 if (r + 1).is_zero else None


def _vanishes(gap):
    return gap.is_zero or (gap.is_number and sp.expand(gap).is_zero)


def _spread(r):
    return sp.sqrt(1 - r**2)


class PhiGiven(_NormalFunction):
    r"""\Phi((h - r k)/\sqrt{1 - r²}) = P(U <= h | W = k); at r = ±1 the step that it tends to.

    >>> r = sp.Symbol("r", real=True)
    >>> PhiGiven(1, 2, r).subs(r, 1), PhiGiven(1, 2, 0), PhiGiven(0, 0, r)
    (0, Phi(1), 1/2)
    """

    nargs = 3

    @classmethod
    def eval(cls, h, k, r):
        if h in (sp.oo, -sp.oo):
            return Phi(h)
        if h.is_zero and k.is_zero:
            return sp.S.Half
        if r.is_zero:
            return Phi(h)
        end = _end(r)
        if end is not None:
            gap = h - end * k
            if _vanishes(gap):
                return sp.S.Half
            if gap.is_extended_positive or gap.is_extended_negative:
                return sp.S.One if gap.is_extended_positive else sp.S.Zero
            return sp.Heaviside(gap, sp.S.Half)
        if r.is_number:
            return Phi((h - r * k) / _spread(r))
        if k.could_extract_minus_sign():
            return cls(h, -k, -r)
        return None

    def fdiff(self, argindex=1):
        h, k, r = self.args
        density = BinormalExp(h, k, r) * sp.exp(k**2 / 2) / sp.sqrt(2 * sp.pi)
        if argindex == 1:
            return density / _spread(r)
        if argindex == 2:
            return -r * density / _spread(r)
        if argindex == 3:
            return (r * h - k) * density / (1 - r**2) ** sp.Rational(3, 2)
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_Phi(self, h, k, r, **hints):
        return Phi((h - r * k) / _spread(r))

    def _eval_rewrite_as_erf(self, h, k, r, **hints):
        return self.rewrite(Phi).rewrite(sp.erf)

    def _latex(self, printer, exp=None):
        return Phi((self.args[0] - self.args[2] * self.args[1]) / _spread(self.args[2]))._latex(
            printer, exp
        )


class BinormalExp(_NormalFunction):
    r"""exp(-(h² - 2rhk + k²)/(2(1 - r²))), 2\pi\sqrt{1 - r²} times the bivariate normal density.

    It lies between 0 and 1; at r = ±1 it is 0 off the line h = ±k and exp(-h²/2) on it.

    >>> h, r = sp.symbols("h r", real=True)
    >>> BinormalExp(h, h, r).subs(r, 1), BinormalExp(1, 0, r).subs(r, -1), BinormalExp(0, 0, r)
    (exp(-h**2/2), 0, 1)
    """

    nargs = 3

    @classmethod
    def eval(cls, h, k, r):
        if h.is_infinite or k.is_infinite:
            return sp.S.Zero
        if h.is_zero and k.is_zero:
            return sp.S.One
        end = _end(r)
        if end is not None:
            gap = h - end * k
            if _vanishes(gap):
                return sp.exp(-(h**2) / 2)
            if gap.is_nonzero or gap.is_number:
                return sp.S.Zero
        elif r.is_number:
            return cls._explicit(h, k, r)
        for place, mirrored in ((h, (-h, k)), (k, (h, -k))):
            if place.could_extract_minus_sign():
                return cls(*mirrored, -r)
        if sp.default_sort_key(k) < sp.default_sort_key(h):
            return cls(k, h, r)
        return None

    @staticmethod
    def _explicit(h, k, r):
        return sp.exp(-sp.expand(h**2 - 2 * r * h * k + k**2) / (2 * (1 - r**2)))

    def fdiff(self, argindex=1):
        h, k, r = self.args
        if argindex == 1:
            return -(h - r * k) / (1 - r**2) * self
        if argindex == 2:
            return -(k - r * h) / (1 - r**2) * self
        if argindex == 3:
            return (h * k * (1 + r**2) - r * (h**2 + k**2)) / (1 - r**2) ** 2 * self
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_exp(self, h, k, r, **hints):
        return self._explicit(h, k, r)

    def _eval_is_nonnegative(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _latex(self, printer, exp=None):
        text = printer._print(self._explicit(*self.args))
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text


class Phi2(_NormalFunction):
    r"""The bivariate normal distribution function \Phi_2(h, k; r) = P(U <= h, W <= k).

    Here -1 <= r <= 1.  Centred values are elementary: \Phi_2(0, 0; r) = 1/4 + asin(r)/(2 pi).
    ``rewrite(OwenT)`` writes it with Owen's T for all signs of the arguments.

    >>> h, k, r = sp.symbols("h k r", real=True)
    >>> Phi2(0, 0, sp.Rational(1, 2)), Phi2(h, k, 0), Phi2(h, k, 1)
    (1/3, Phi(h)*Phi(k), Phi(Min(h, k)))
    >>> Phi2(1, 2, sp.Rational(1, 2)).rewrite(OwenT)
    -OwenT(1, sqrt(3)) + Phi(1)/2 + Phi(2)/2
    """

    nargs = 3

    @classmethod
    def eval(cls, h, k, r):
        if h is -sp.oo or k is -sp.oo:
            return sp.S.Zero
        if h is sp.oo:
            return Phi(k)
        if k is sp.oo:
            return Phi(h)
        if h.is_zero and k.is_zero:
            return sp.Rational(1, 4) + sp.asin(r) / (2 * sp.pi)
        if r.is_zero:
            return Phi(h) * Phi(k)
        end = _end(r)
        if end == 1 and h.is_extended_real and k.is_extended_real:
            return Phi(sp.Min(h, k))
        if end == -1 and h.is_extended_real and k.is_extended_real:
            if (h + k).is_extended_nonpositive:
                return sp.S.Zero
            total = Phi(h) - Phi(-k)
            return total if (h + k).is_extended_nonnegative else sp.Max(0, total)
        # the two thresholds are exchangeable: one canonical order
        if sp.default_sort_key(k) < sp.default_sort_key(h):
            return cls(k, h, r)
        return None

    def fdiff(self, argindex=1):
        h, k, r = self.args
        if argindex == 3:
            return BinormalExp(h, k, r) / (2 * sp.pi * _spread(r))
        if argindex == 2:
            h, k = k, h
        elif argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return sp.exp(-(h**2) / 2) / sp.sqrt(2 * sp.pi) * PhiGiven(k, h, r)

    def _eval_is_nonnegative(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_rewrite_as_OwenT(self, h, k, r, **hints):
        on_axis = [Phi(b) / 2 + OwenT(b, r / _spread(r)) for b in (k, h)]
        if h.is_zero or k.is_zero:
            return on_axis[0 if h.is_zero else 1]
        slopes = (sp.cancel((k - r * h) / h), sp.cancel((h - r * k) / k))
        value = (Phi(h) + Phi(k)) / 2
        value -= sum(OwenT(a, s / _spread(r)) for a, s in zip((h, k), slopes, strict=True))
        sign = h * k
        if sign.is_positive or sign.is_negative:
            return value - (0 if sign.is_positive else sp.S.Half)
        value -= sp.Piecewise((sp.S.Half, sign < 0), (0, True))
        cases = [(on_axis[i], sp.Eq(a, 0)) for i, a in enumerate((h, k)) if not a.is_nonzero]
        return sp.Piecewise(*cases, (value, True)) if cases else value

    def _latex(self, printer, exp=None):
        h, k, r = (printer._print(a) for a in self.args)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\Phi_2{power}\left({h}, {k}; {r}\right)"


class OwenT(_NormalFunction):
    r"""Owen's function T(h, a) = (1/2\pi) \int_0^a exp(-h²(1 + x²)/2)/(1 + x²) dx.

    For h, a > 0 it is P(U > h, 0 < V < a U) of independent standard normals U and V.  Even in h,
    odd in a; T(0, a) = atan(a)/(2 pi), T(h, 1) = \Phi(h) \Phi(-h)/2, T(h, oo) = \Phi(-|h|)/2.

    >>> h, a = sp.symbols("h a", real=True)
    >>> OwenT(0, a), OwenT(h, 1), OwenT(-h, -a)
    (atan(a)/(2*pi), Phi(-h)*Phi(h)/2, -OwenT(h, a))
    >>> OwenT(h, a).rewrite(Phi2)
    -Phi(h)/2 + Phi2(0, h, a/sqrt(a**2 + 1))
    """

    nargs = 2

    @classmethod
    def eval(cls, h, a):
        if a.is_zero or h in (sp.oo, -sp.oo):
            return sp.S.Zero
        if a is -sp.oo or (a is not sp.oo and a.could_extract_minus_sign()):
            return -cls(h, -a)
        if h.is_zero:
            return sp.atan(a) / (2 * sp.pi)
        if a is sp.oo:
            return Phi(-sp.Abs(h)) / 2 if h.is_extended_real else None
        if (a - 1).is_zero:
            return Phi(h) * Phi(-h) / 2
        if h.could_extract_minus_sign():
            return cls(-h, a)
        return None

    def fdiff(self, argindex=1):
        h, a = self.args
        if argindex == 1:
            # an odd integral: the part of the normal density on 0 < V < a h
            return -sp.exp(-(h**2) / 2) * (Phi(a * h) - sp.S.Half) / sp.sqrt(2 * sp.pi)
        if argindex == 2:
            return sp.exp(-(h**2) * (1 + a**2) / 2) / (2 * sp.pi * (1 + a**2))
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_Phi2(self, h, a, **hints):
        return Phi2(h, 0, a / sp.sqrt(1 + a**2)) - Phi(h) / 2

    def _eval_rewrite_as_Integral(self, h, a, **hints):
        x = sp.Dummy("x", real=True)
        integrand = sp.exp(-(h**2) * (1 + x**2) / 2) / (1 + x**2) / (2 * sp.pi)
        return sp.Integral(integrand, (x, 0, a))

    def _latex(self, printer, exp=None):
        h, a = (printer._print(argument) for argument in self.args)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"T{power}\left({h}, {a}\right)"
