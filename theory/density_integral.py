r"""Integrals of positive densities on (0, oo) that evaluate safely, however fast they decay.

A scale density may fall like exp(-exp(V)) and a speed density like exp(-1/V): sampling them at
1e300 or 1e-300 would ask for numbers of astronomical exponent.  The integral is taken in y = log V
over the window where the integrand is not negligible, found outwards from its peak.
"""

import mpmath
import sympy as sp

from .errors import PrecisionError
from .gaussian import GaussianExpectation
from .latex import latex
from .symbols import V

__all__ = ["DensityIntegral"]

_STEP = mpmath.mpf(1) / 4
_FARTHEST = 4000  # steps: densities that reach beyond e^1000 are not integrable in practice


class DensityIntegral(sp.Expr):
    """The integral of a positive function of ``V`` from 0 to ``upper`` (a number, symbol or oo).

    >>> DensityIntegral(V**2 * sp.exp(-3 * V), sp.oo).evalf(20)
    0.074074074074074074074
    """

    is_commutative = True
    is_positive = True

    def __new__(cls, density, upper):
        return super().__new__(cls, density, upper)

    @property
    def free_symbols(self):
        return (self.args[0].free_symbols - {V}) | self.args[1].free_symbols

    @property
    def bound_symbols(self):
        return [V]

    def _eval_subs(self, old, new):
        density, upper = self.args
        if old != V:
            density = density.subs(old, new)
        return type(self)(density, upper.subs(old, new))

    def _eval_derivative(self, symbol):
        density, upper = self.args
        return density.subs(V, upper) * sp.diff(upper, symbol)

    def _eval_evalf(self, prec):
        density, upper = self.args
        if self.free_symbols or density.has(GaussianExpectation):
            return None
        inner = {node: sp.Dummy() for node in density.atoms(sp.Integral)}
        exponent = sp.expand_log(sp.log(density.xreplace(inner)), force=True) + sp.log(V)
        plain = sp.lambdify([V, *inner.values()], exponent, "mpmath")
        primitives = [_Primitive(node) for node in inner]

        def log_density(v):
            return plain(v, *(primitive(v) for primitive in primitives))

        with mpmath.workprec(prec + 20):
            value = _integral(log_density, upper, mpmath.mpf(2) ** (-prec - 4))
            return sp.Float(value, precision=prec)

    def _sympystr(self, printer):
        density, upper = (printer.doprint(a) for a in self.args)
        return f"DensityIntegral({density}, (V, 0, {upper}))"

    def _latex(self, printer, exp=None):
        density, upper = (latex(a) for a in self.args)
        body = rf"\int_0^{{{upper}}} {density}\,dV"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


class _Primitive:
    """An integral from 1 to V as a function of V: cell by cell in log V, each cell once."""

    def __init__(self, node):
        function, (w, *_) = node.args
        y = sp.Dummy("y", real=True)
        self.integrand = sp.lambdify(y, function.subs(w, sp.exp(y)) * sp.exp(y), "mpmath")
        self.whole = {0: mpmath.mpf(0)}

    def __call__(self, v):
        y = mpmath.log(v)
        cell, side = int(y / _STEP), 1 if y > 0 else -1
        for k in range(side, cell + side, side):
            if k not in self.whole:
                step = self._over((k - side) * _STEP, k * _STEP)
                self.whole[k] = self.whole[k - side] + step
        return self.whole[cell] + self._over(cell * _STEP, y)

    def _over(self, low, high):
        return mpmath.quad(self.integrand, [low, high], method="gauss-legendre")


def _integral(log_density, upper, epsilon):
    def height(y):
        return log_density(mpmath.exp(y))

    top = mpmath.inf if upper is sp.oo else mpmath.log(upper._to_mpmath(mpmath.mp.prec))
    peak = _climb(height, min(mpmath.mpf(0), top), top)
    limit = height(peak) + mpmath.log(epsilon)
    low = _outwards(height, peak, -_STEP, limit)
    high = top if top != mpmath.inf and height(top) > limit else None
    high = _outwards(height, peak, _STEP, limit) if high is None else high
    places = [low + (high - low) * k / 8 for k in range(9)]
    places = sorted({*places, peak} - {None})
    return mpmath.quad(lambda y: mpmath.exp(height(y)), places)


def _climb(height, y, top):
    """A place near the highest point, by steps uphill."""
    for direction in (_STEP, -_STEP):
        while y + direction <= top and height(y + direction) > height(y):
            y += direction
            if abs(y) > _FARTHEST * _STEP:
                raise PrecisionError("this density has no highest point, so its integral diverges")
    return y


def _outwards(height, y, step, limit):
    for _ in range(_FARTHEST):
        y += step
        if height(y) < limit:
            return y
    raise PrecisionError(
        "this density decays too slowly to be integrated, or its integral diverges"
    )
