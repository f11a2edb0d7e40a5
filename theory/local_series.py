r"""Expansions of a smooth piece at one of its ends: powers, fractional powers and logarithms.

    f(x) = sum_{alpha, j} c_{alpha, j} t^alpha log(t)^j + O(t^order),   t -> 0+,

where x = a + t or a - t next to a place a, and x = 1/t or -1/t at infinity.  Exponents are exact
rational numbers and coefficients exact.  The arithmetic is that of truncated series, applied to
the structure of the expression; at infinity what decays faster than every power is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from .errors import UndecidedError
from .laws.functions import LAW_FUNCTIONS
from .laws.jets import law_jet
from .logistic_jet import logistic_jet
from .special import Phi, sigmoid, softplus

__all__ = ["LocalSeries", "local_series"]

_ATTEMPTS = 4
_HIGHEST_LOGARITHM = 8


@dataclass(frozen=True)
class LocalSeries:
    """``terms`` maps (exponent, power of the logarithm) to a coefficient; error O(t^order)."""

    terms: Mapping[tuple[sp.Rational, int], sp.Expr]
    order: sp.Expr

    def scaled(self, factor: sp.Expr) -> "LocalSeries":
        """The series in s, with t = factor * s."""
        total: dict = {}
        for (alpha, j), c in self.terms.items():
            for i in range(j + 1):
                piece = sp.binomial(j, i) * sp.log(factor) ** (j - i) if j else sp.S.One
                key = alpha, i
                total[key] = total.get(key, sp.S.Zero) + c * factor**alpha * piece
        return LocalSeries({k: c for k, c in total.items() if c != 0}, self.order)

    @property
    def is_taylor(self) -> bool:
        """Whether only powers 0, 1, 2, ... occur."""
        return all(a.is_Integer and a >= 0 and j == 0 for a, j in self.terms)


def local_series(expr, variable, place, side, order) -> LocalSeries:
    """All terms with exponent < ``order`` of a smooth ``expr`` at ``place`` from ``side``.

    ``side`` is "+" for x > place and "-" for x < place; ``place`` may be oo or -oo.

    Raises UndecidedError where the function has no such expansion (it oscillates or grows
    exponentially) or where it depends on the values of parameters.

    >>> from theory.symbols import x
    >>> local_series(sp.sqrt(x) * sp.sin(x), x, sp.S(0), "+", 4).terms
    {(3/2, 0): 1, (7/2, 0): -1/6}
    >>> local_series(sp.tanh(x) + sp.log(1 + x), x, sp.oo, "-", 2).terms
    {(0, 0): 1, (0, 1): -1, (1, 0): 1}
    """
    return _local_series(expr, variable, sp.S(place), side, sp.S(order))


@lru_cache(maxsize=1024)
def _local_series(expr, variable, place, side, order):
    t = sp.Dummy("t", positive=True)
    if place.is_infinite:
        near = expr.subs(variable, 1 / t if place is sp.oo else -1 / t)
    else:
        near = expr.subs(variable, place + t if side == "+" else place - t)
    working = order
    for _ in range(_ATTEMPTS):
        found = _Expansion(t, working).of(near)
        if found.order >= order:
            kept = {k: c for k, c in found.terms.items() if k[0] < order}
            return LocalSeries(dict(sorted(kept.items())), order)
        working += order - found.order + 1
    raise UndecidedError(f"{expr} cannot be expanded at {variable} = {place} to order {order}")


class _Expansion:
    """Truncated series arithmetic in t -> 0+; exponents below ``order`` are wanted."""

    def __init__(self, t, order):
        self.t, self.order = t, sp.S(order)
        self._seen = {}

    def of(self, expr) -> LocalSeries:
        if expr not in self._seen:
            self._seen[expr] = self._clean(self._expand(expr))
        return self._seen[expr]

    def _expand(self, expr):
        if not expr.has(self.t):
            return self._constant(expr)
        if expr == self.t:
            return LocalSeries({(sp.S.One, 0): sp.S.One}, sp.oo)
        polynomial = expr.as_poly(self.t) if not expr.atoms(sp.Function) else None
        if polynomial is not None:
            terms = {(sp.Integer(m[0]), 0): c for m, c in polynomial.terms()}
            return LocalSeries(terms, sp.oo)
        if expr.is_Add:
            return self._sum([self.of(a) for a in expr.args])
        if expr.is_Mul:
            total = self._constant(sp.S.One)
            for a in expr.args:
                total = self._product(total, self.of(a))
            return total
        if isinstance(expr, sp.exp):
            return self._exp(self.of(expr.args[0]))
        if expr.is_Pow:
            if expr.exp.has(self.t):
                return self._exp(self.of(expr.exp * sp.log(expr.base)))
            return self._power(self.of(expr.base), expr.exp)
        return self._function(expr)

    def _constant(self, value):
        return LocalSeries({(sp.S.Zero, 0): value} if value != 0 else {}, sp.oo)

    def _clean(self, series):
        """Drop terms beyond the order, and coefficients that vanish identically."""
        order = min(series.order, self.order) if series.order is not sp.oo else sp.oo
        terms = {k: c for k, c in series.terms.items() if k[0] < order}
        return LocalSeries({k: c for k, c in terms.items() if not _vanishes(c)}, order)

    def _sum(self, parts):
        total: dict = {}
        for part in parts:
            for key, c in part.terms.items():
                total[key] = total.get(key, sp.S.Zero) + c
        return self._clean(LocalSeries(total, min(p.order for p in parts)))

    def _product(self, first, second):
        if not first.terms or not second.terms:
            # O(t^order) of one factor times the leading power, or the O(...), of the other
            starts = [_valuation(f) if f.terms else f.order for f in (first, second)]
            return LocalSeries({}, sum(starts))
        order = min(first.order + _valuation(second), second.order + _valuation(first))
        total: dict = {}
        for (a, i), c in first.terms.items():
            for (b, j), d in second.terms.items():
                if a + b < min(order, self.order):
                    key = a + b, i + j
                    total[key] = total.get(key, sp.S.Zero) + c * d
        if any(j > _HIGHEST_LOGARITHM for _, j in total):
            raise UndecidedError("a power of a logarithm is too high to be expanded")
        exact = order is sp.oo and all(
            a + b < self.order for a, _ in first.terms for b, _ in second.terms
        )
        return LocalSeries(total, order if exact or order < self.order else self.order)

    def _power(self, series, exponent):
        if (
            exponent.is_Integer
            and exponent.is_positive
            and (len(series.terms) <= 3 or _leading(series)[1] != 0)
        ):
            total = series
            for _ in range(int(exponent) - 1):
                total = self._clean(self._product(total, series))
            return total
        if not exponent.is_Rational:
            raise UndecidedError(
                f"an expansion needs the value of the exponent {exponent}; substitute a number"
            )
        (alpha, j), c, rest = self._split(series)
        if j:
            raise UndecidedError("a power of a logarithm has no expansion in powers")
        if not exponent.is_Integer and c.is_negative:
            raise UndecidedError("the base of a fractional power is negative near this place")
        binomials = [sp.binomial(exponent, k) for k in range(self._count(rest, -alpha * exponent))]
        tail = self._compose(binomials, rest)
        lead = LocalSeries({(alpha * exponent, 0): c**exponent}, sp.oo)
        return self._product(lead, tail)

    def _split(self, series):
        """(leading key, leading coefficient, relative rest)."""
        if not series.terms:
            raise UndecidedError("the leading term of an expansion vanishes to the order tried")
        key = _leading(series)
        c = series.terms[key]
        rest = {(a - key[0], i): d / c for (a, i), d in series.terms.items() if (a, i) != key}
        if any(a == 0 for a, _ in rest):
            raise UndecidedError("a power of a sum with a logarithm has no expansion in powers")
        order = series.order - key[0] if series.order is not sp.oo else sp.oo
        return key, c, LocalSeries(rest, order)

    def _count(self, small, slack=sp.S.Zero):
        """How many powers of a small series are needed."""
        if not small.terms:
            return 1 if small.order is sp.oo else 2
        return int(sp.ceiling(max(self.order + slack, 1) / _valuation(small))) + 1

    def _compose(self, coefficients, small):
        """sum_k coefficients[k] small^k, small -> 0; Horner's rule."""
        total = LocalSeries({}, sp.oo)
        for c in reversed(coefficients):
            total = self._sum([self._product(total, small), self._constant(c)])
        if small.terms:
            cut = len(coefficients) * _valuation(small)
            total = LocalSeries(total.terms, min(total.order, cut))
        return LocalSeries(total.terms, min(total.order, small.order))

    def _limit(self, series):
        """("finite", c0, small part) or ("infinite", sign, series)."""
        if not series.terms and series.order <= 0:
            raise UndecidedError("an expansion lost all its terms; simplify the formula")
        key = _leading(series) if series.terms else (sp.S.One, 0)
        if key[0] < 0 or (key[0] == 0 and key[1] > 0):
            c = series.terms[key] * (-1) ** key[1]  # log t -> -oo
            if not (c.is_positive or c.is_negative):
                raise UndecidedError(
                    f"the sign of {c} decides an expansion; give its symbols values or assumptions"
                )
            return "infinite", 1 if c.is_positive else -1, series
        c0 = series.terms.get((sp.S.Zero, 0), sp.S.Zero)
        small = {k: c for k, c in series.terms.items() if k != (sp.S.Zero, 0)}
        return "finite", c0, LocalSeries(small, series.order)

    def _exp(self, series):
        kind, value, rest = self._limit(series)
        if kind == "infinite":
            flat = {k: c for k, c in series.terms.items() if k[0] <= 0}
            if set(flat) <= {(sp.S.Zero, 1), (sp.S.Zero, 0)}:
                return self._exp_of_log(series)
            if value < 0:
                return LocalSeries({}, self.order)
            raise UndecidedError("it grows exponentially")
        powers = [1 / sp.factorial(k) for k in range(self._count(rest))]
        return self._product(self._constant(sp.exp(value)), self._compose(powers, rest))

    def _exp_of_log(self, series):
        exponent = series.terms[(sp.S.Zero, 1)]
        if not exponent.is_Rational:
            raise UndecidedError(f"an expansion needs the value of the exponent {exponent}")
        rest = {k: c for k, c in series.terms.items() if k != (sp.S.Zero, 1)}
        power = LocalSeries({(exponent, 0): sp.S.One}, sp.oo)
        return self._product(power, self._exp(LocalSeries(rest, series.order)))

    def _log(self, series):
        (alpha, j), c, rest = self._split(series)
        if j or c.is_negative:
            raise UndecidedError("the logarithm of a logarithm, or of a negative number")
        powers = [sp.S.Zero] + [
            (-1) ** (k + 1) / sp.Integer(k) for k in range(1, self._count(rest))
        ]
        lead = LocalSeries({(sp.S.Zero, 1): alpha, (sp.S.Zero, 0): sp.log(c)}, sp.oo)
        return self._sum([lead, self._compose(powers, rest)])

    def _function(self, expr):
        if isinstance(expr, LAW_FUNCTIONS):
            kind, value, rest = self._limit(self.of(expr.argument))
            if kind == "infinite":
                raise UndecidedError(f"no expansion of {expr.func.__name__} at infinity is known")
            return self._compose(law_jet(expr, value, self._count(rest)), rest)
        argument = expr.args[0]
        if isinstance(expr, sp.log):
            return self._log(self.of(argument))
        kind, value, rest = self._limit(self.of(argument))
        if kind == "infinite":
            return self._saturated(expr, argument, value)
        if len(expr.args) > 1:
            raise UndecidedError(f"no expansion of {expr.func.__name__} is known")
        jet = _jet(expr.func, value, self._count(rest))
        return self._compose(list(jet), rest)

    def _saturated(self, expr, argument, sign):
        """A function whose argument tends to +oo or -oo."""
        levels = {
            sp.tanh: (-1, 1),
            sp.coth: (-1, 1),
            sp.erf: (-1, 1),
            sp.erfc: (2, 0),
            sp.sech: (0, 0),
            sp.csch: (0, 0),
            sigmoid: (0, 1),
            Phi: (0, 1),
        }
        if expr.func in levels:
            level = sp.Integer(levels[expr.func][sign > 0])
            return LocalSeries({(sp.S.Zero, 0): level} if level else {}, self.order)
        if isinstance(expr, softplus):
            return self.of(argument) if sign > 0 else LocalSeries({}, self.order)
        if isinstance(expr, sp.atan):
            return self.of(sign * sp.pi / 2 - sp.atan(1 / argument))
        if isinstance(expr, sp.acot):
            return self.of(sp.atan(1 / argument))
        if isinstance(expr, sp.asinh):
            size = sign * argument
            return self.of(sign * sp.log(size + sp.sqrt(size**2 + 1)))
        if isinstance(expr, sp.acosh):
            return self.of(sp.log(argument + sp.sqrt(argument**2 - 1)))
        if isinstance(expr, (sp.sin, sp.cos)):
            raise UndecidedError("it oscillates")
        if isinstance(expr, (sp.sinh, sp.cosh)):
            raise UndecidedError("it grows exponentially")
        raise UndecidedError(f"no expansion of {expr.func.__name__} at infinity is known")


def _valuation(series):
    return min(a for a, _ in series.terms)


def _leading(series):
    """The key of the largest term as t -> 0+."""
    return min(series.terms, key=lambda key: (key[0], -key[1]))


def _vanishes(c):
    if c.is_Rational or c.is_Symbol:
        return c.is_zero is True
    if c.is_number and abs(c.evalf(20)) > sp.Float("1e-15"):
        return False
    if sp.expand(c).is_zero:
        return True
    return bool(c.is_number and sp.simplify(c).is_zero)


@lru_cache(maxsize=512)
def _jet(head, place, count):
    """Taylor coefficients of a function at a point: of its exponential form, or one by one."""
    d = sp.Dummy("d", positive=True)
    if head in (sp.tanh, sigmoid, softplus):
        return logistic_jet(head, place, count)
    if head in (sp.coth, sp.sech, sp.csch, sp.sinh, sp.cosh, sp.tan):
        if head is sp.tan:
            rewritten = sp.sin(place + d) / sp.cos(place + d)
        else:
            rewritten = head(place + d).rewrite(sp.exp)
        found = _local_series(rewritten, d, sp.S.Zero, "+", sp.Integer(count)).terms
        return _coefficients(found, count)
    if head in (
        sp.erf,
        sp.erfc,
        sp.erfi,
        Phi,
        sp.atan,
        sp.acot,
        sp.asinh,
        sp.atanh,
        sp.asin,
        sp.acos,
    ):
        slope = head(place + d).diff(d)
        found = _local_series(slope, d, sp.S.Zero, "+", sp.Integer(max(count - 1, 1))).terms
        slopes = _coefficients(found, count - 1)
        return (head(place), *(c / (k + 1) for k, c in enumerate(slopes)))
    y = sp.Dummy("y", real=True)
    values, derivative = [], head(y)
    for k in range(count):
        values.append(derivative.subs(y, place) / sp.factorial(k))
        derivative = derivative.diff(y)
    if any(v.has(sp.nan, sp.zoo, sp.oo, -sp.oo) for v in values):
        raise UndecidedError(f"{head.__name__} is singular at {place}")
    return tuple(values)


def _coefficients(terms, count):
    if not all(a.is_Integer and a >= 0 and j == 0 for a, j in terms):
        raise UndecidedError("a function is singular where its argument goes")
    return tuple(terms.get((sp.Integer(k), 0), sp.S.Zero) for k in range(count))
