r"""The law of the explosion time of the norm: Laplace transform, distribution function, moments.

The transform is known in closed form (:mod:`theory.logistic_norm`); the rest follows from it by
numerical inversion (Talbot's contour) and by differentiation at lambda = 0.  Every inversion is
done on two contours, and their disagreement is the error that is checked.
"""

from dataclasses import dataclass

import mpmath
import sympy as sp

from . import symbols
from .errors import InputError, PrecisionError
from .logistic_norm import LogisticNorm
from .parser import exact

__all__ = ["ConditionalMoment", "ExplosionTime"]


@dataclass(frozen=True)
class ExplosionTime:
    """T*, the time at which V reaches infinity; infinite with probability 1 - P(T* < oo).

    >>> from theory.logistic_norm import logistic_norm
    >>> from theory.symbols import V
    >>> time = ExplosionTime(logistic_norm(2*V*(V - 1), sp.S(1)))
    >>> round(time.cdf(1, V0=1), 12), round(time.mean(V0=1), 12)
    (0.263560063205, 0.719930094551)
    """

    norm: LogisticNorm

    def __str__(self):
        return f"explosion time with E exp(-lambda T) = {self.laplace}"

    @property
    def laplace(self) -> sp.Expr:
        """E[exp(-lambda T*); T* < oo] in ``lambda`` (``it.symbols.lambda_``) and ``V0``."""
        return self.norm.laplace

    def latex(self) -> str:
        """The Laplace transform as LaTeX."""
        from .latex import latex

        return rf"\mathbb{{E}}\left[e^{{-\lambda T_*}}\right] = {latex(self.laplace)}"

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"

    @property
    def mean(self) -> sp.Expr:
        """E[T* | T* < oo]: an expression in ``V0`` that is also callable, ``mean(V0=1)``."""
        return self.moment(1)

    def moment(self, order: int) -> sp.Expr:
        """E[T*^order | T* < oo], an expression in ``V0`` that is also callable."""
        if not isinstance(order, int) or isinstance(order, bool) or order < 1:
            raise InputError(f"a moment has an order 1, 2, …; got {order!r}")
        norm = self.norm
        return ConditionalMoment(sp.Integer(order), norm.gamma, norm.clock, norm.start)

    @property
    def variance(self) -> sp.Expr:
        """Var[T* | T* < oo] in ``V0``."""
        return self.moment(2) - self.moment(1) ** 2

    def cdf(self, t, V0=1, digits: int = 15) -> float:
        """P(T* <= t) for a start V0, to ``digits`` digits (of 1)."""
        return self._inverted(t, V0, digits, 1)

    def pdf(self, t, V0=1, digits: int = 15) -> float:
        """The density of T* at t; its integral is P(T* < oo)."""
        return self._inverted(t, V0, digits, 0)

    def _inverted(self, t, start, digits, power):
        t = exact(t, "the time")
        if not (t.is_number and t.is_positive):
            raise InputError(f"a time is a positive number; got {t}")
        with mpmath.workdps(digits + 20):
            transform = _transform(self.norm, start)
            values = [
                mpmath.invertlaplace(
                    lambda s: transform(s) / s**power,
                    mpmath.mpmathify(t),
                    method="talbot",
                    degree=d,
                )
                for d in (2 * digits + 10, 2 * digits + 22)
            ]
            error = abs(values[1] - values[0])
            if error > mpmath.mpf(10) ** -digits * max(1, abs(values[1])):
                raise PrecisionError(
                    f"P(T* <= {t}) is known to {mpmath.nstr(error, 2)} only; ask for fewer digits"
                )
            value = max(values[1], mpmath.mpf(0))
            return float(value) if digits <= 15 else sp.Float(value, digits)


class ConditionalMoment(sp.Expr):
    """E[T*^order | T* < oo] in gamma, the clock and the start alpha W_0; any number of digits."""

    is_commutative = True
    is_real = True

    def __new__(cls, order, gamma, clock, start):
        if (1 + gamma).is_zero:  # the transform has a branch point at lambda = 0
            return sp.oo
        return super().__new__(cls, order, gamma, clock, start)

    def __call__(self, V0, digits: int = 15):
        """The value at a start V0."""
        value = self.subs(symbols.V0, exact(V0, "V0")).evalf(digits)
        if not value.is_Float:
            raise InputError(f"the moment depends on {value.free_symbols}; give them values")
        return float(value) if digits <= 15 else value

    def _eval_evalf(self, prec):
        if self.free_symbols:
            return None
        order = int(self.args[0])
        with mpmath.workprec(2 * prec + 40):
            gamma, clock, start = (a._to_mpmath(mpmath.mp.prec) for a in self.args[1:])
            coefficients = mpmath.taylor(
                lambda s: _standard_transform(gamma, clock, start, s), 0, order
            )
            value = (-1) ** order * mpmath.factorial(order) * coefficients[order] / coefficients[0]
        return sp.Float(value, precision=prec)

    def _sympystr(self, printer):
        order = self.args[0]
        power = "T" if order == 1 else f"T**{order}"
        return f"E[{power} | T < oo; alpha*W0 = {printer.doprint(self.args[3])}]"

    def _latex(self, printer, exp=None):
        order = self.args[0]
        power = "T_*" if order == 1 else f"T_*^{{{order}}}"
        body = rf"\mathbb{{E}}\left[{power} \mid T_* < \infty\right]"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


def _transform(norm, start):
    start = exact(start, "V0")
    if not (start.is_number and start.is_positive):
        raise InputError(f"a start V0 is a positive number; got {start}")
    values = [e.subs(symbols.V0, start) for e in (norm.gamma, norm.clock, norm.start)]
    unknown = set().union(*(v.free_symbols for v in values)) - {symbols.lambda_}
    if unknown:
        raise InputError(f"the law depends on {sorted(map(str, unknown))}; give them values")
    gamma, clock, x0 = (v._to_mpmath(mpmath.mp.prec) for v in values)
    return lambda s: _standard_transform(gamma, clock, x0, s)


def _standard_transform(gamma, clock, start, s):
    """The transform at a complex s; 1F1(b; c; -x) = e^{-x} 1F1(c - b; c; x) has positive terms."""
    root = mpmath.sqrt((1 + gamma) ** 2 + 4 * s / clock)
    lower, upper = (root - 1 - gamma) / 2, (root + 1 + gamma) / 2
    series = mpmath.exp(-start) * mpmath.hyp1f1(lower + 1, root + 1, start)
    return start**upper * mpmath.gammaprod([lower + 1], [root + 1]) * series
