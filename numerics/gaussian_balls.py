r"""E f(X), X ~ N(m, q), as a ball: certified integration of a piecewise analytic function.

With X = m + sqrt(q) Z every smooth piece of f is integrated over its part of |z| <= L by
``acb.integral``, which certifies its own error.  What lies beyond L is bounded by the envelope of
f (:mod:`numerics.tails`), so the result encloses the expectation for every m and q in the given
balls.  An algebraic singularity at the end of a piece, such as x**(1/2) at 0, is removed by
u = end +- t**b.

Sources: F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS 2018,
for the integrator; the tail bound is elementary and stated in ``gaussian_tail``.
"""

import math
from functools import lru_cache, reduce

import sympy as sp

from theory.errors import PrecisionError, UndecidedError
from theory.pieces import Piece, pieces

from .balls import BallProgram
from .gaussian_segments import Segment, SingularSegment
from .tails import Envelope, Majorant, gaussian_tail

__all__ = ["GaussianIntegral", "gaussian_integral", "regular_parts"]

_MOST_WIDENINGS = 80


@lru_cache(maxsize=512)
def gaussian_integral(integrand, variable, parameters=()):
    """The :class:`GaussianIntegral` of an integrand, built once."""
    return GaussianIntegral(integrand, variable, parameters)


class GaussianIntegral:
    r"""The functional (m, q) -> E f(m + \sqrt q Z) on balls, for f in ``variable``.

    ``parameters`` are the other symbols of f, whose balls are given at each call.  The precision
    is that of ``flint.ctx``.  PrecisionError if f has no growth bound or a singularity that the
    integrator cannot handle; DivergentExpectationError if f grows too fast for q.
    """

    def __init__(self, integrand, variable, parameters=()):
        self.integrand = integrand
        self.variable = variable
        self.parameters = tuple(parameters)
        self.parts = regular_parts(integrand, variable)
        self.segments = [self._segment(part) for part in self.parts]
        self._envelopes = {}

    def __call__(self, mean, variance, values=(), degree=0):
        r"""E f(X) He_degree(Z)/\sqrt{degree!}; degree 0 is the expectation itself."""
        from flint import arb

        values = list(values)
        if variance == 0:
            return self._point(mean, values) if degree == 0 else arb(0)
        if variance.upper() <= 0 or not variance.is_finite():
            return arb.nan()
        spread = variance.nonnegative_part().sqrt()
        cutoff, tail = self.tail_bound(mean, variance.upper(), spread, values, degree)
        total, weight = arb(0), _hermite(degree)
        for segment in self.segments:
            total += segment.integral(mean, spread, cutoff, values, weight)
        return (total + arb(0, tail.abs_upper())) / arb(degree).fac().sqrt()

    def _segment(self, part):
        piece, order = part
        if order == 1:
            return Segment(piece, self.variable, self.parameters)
        return SingularSegment(piece, order, self.variable, self.parameters)

    def _point(self, mean, values):
        """f(mean): the union over the pieces that may hold the mean."""
        inside = [
            segment.real(mean, values)
            for segment in self.segments
            if segment.may_contain(mean, values)
        ]
        return reduce(lambda a, b: a.union(b), inside)

    def tail_bound(self, mean, variance, spread, values, degree=0):
        r"""(L, bound of E|f(X) He_degree(Z)| over |Z| > L).

        For |u - m| >= sqrt(q) the density of N(m, q) increases with q, so the largest variance
        of the ball serves for all of it.
        """
        from flint import arb, ctx

        cutoff = arb((1.3863 * ctx.prec) ** 0.5 + 2)
        target = arb(2) ** -ctx.prec
        tail = None
        for _ in range(_MOST_WIDENINGS):
            sides = [
                self.one_tail(sign, mean, variance, spread, cutoff, values, degree)
                for sign in (1, -1)
            ]
            if None not in sides:
                tail = sides[0] + sides[1]
                if tail < target:
                    break
            cutoff = (cutoff * arb("1.15")).mid()
        if tail is None:
            raise PrecisionError(
                f"no finite bound of the tail of E[{self.integrand}] at variance "
                f"{variance.str(8)}; lower the variance"
            )
        return cutoff, tail

    def one_tail(self, sign, mean, variance, spread, cutoff, values, degree=0):
        from flint import arb

        segment = self.segments[-1 if sign > 0 else 0]
        place = segment.lower(values) if sign > 0 else segment.upper(values)
        base = arb.max(arb(1), (sign * mean).upper() + variance.sqrt())
        if place is not None:
            base = arb.max(base, (sign * place).upper())
        reach = sign * mean + spread * cutoff
        begin = reach.lower()
        start = begin if begin >= base else arb.max(base, reach.upper()).upper()
        envelope = self._envelope(sign, start, values)
        if degree:
            envelope = envelope * _hermite_envelope(degree, mean, spread, start)
        far = gaussian_tail(envelope, start, (sign * mean).upper(), variance)
        if far is None or begin >= start:
            return far
        # between the cut-off and the place where the envelope starts: largest value times mass
        gap = sign * begin.union(start)
        sizes = [abs(s.real(gap, values)) for s in self.segments if s.may_contain(gap, values)]
        largest = reduce(lambda a, b: a.max(b), sizes)
        # E|He_n(Z)| over Z > L is at most sqrt(n! P(Z > L)) (Cauchy-Schwarz)
        mass = (cutoff / arb(2).sqrt()).erfc() / 2
        return far + largest * (mass if degree == 0 else (mass * arb(degree).fac()).sqrt())

    def _envelope(self, sign, start, values):
        """The envelope on one side; without parameters one from a little below serves too."""
        from flint import arb, ctx

        if self.parameters:
            return self._new_envelope(sign, start, values)
        step = math.floor(2 * math.log2(float(start)))
        lower = (arb(2) ** (arb(step) / 2)).lower()
        segment = self.segments[-1 if sign > 0 else 0]
        place = segment.lower(values) if sign > 0 else segment.upper(values)
        if lower < 1 or (place is not None and not lower >= sign * place):
            return self._new_envelope(sign, start, values)
        key = sign, step, ctx.prec
        if key not in self._envelopes:
            self._envelopes[key] = self._new_envelope(sign, lower, values)
        return self._envelopes[key]

    def _new_envelope(self, sign, start, values):
        expr = self.parts[-1 if sign > 0 else 0][0].expr
        if sign < 0:
            expr = expr.subs(self.variable, -self.variable)
        names = self.parameters

        def number(part):
            return _program(part, names).real(values)

        return Majorant(self.variable, start, number).envelope(expr)


_program = lru_cache(maxsize=2048)(BallProgram)


@lru_cache(maxsize=256)
def _hermite(degree):
    """He_n, the probabilists' Hermite polynomial, as a flint polynomial; None for n = 0."""
    from flint import acb_poly

    return acb_poly([int(c) for c in _hermite_coefficients(degree)]) if degree else None


@lru_cache(maxsize=256)
def _hermite_coefficients(degree):
    """Integer coefficients of He_n, constant term first, by its recurrence."""
    if degree < 2:
        return (0,) * degree + (1,)
    shifted = (0, *_hermite_coefficients(degree - 1))
    older = (*_hermite_coefficients(degree - 2), 0, 0)
    return tuple(a - (degree - 1) * b for a, b in zip(shifted, older, strict=True))


def _hermite_envelope(degree, mean, spread, start):
    """|He_n((u - m)/s)| <= sum |c_k| r^k u^n for u >= start >= 1, r = (1 + |m|/start)/s."""
    from flint import arb

    ratio = (1 + abs(mean) / start) / spread
    size = sum((abs(c) * ratio**k for k, c in enumerate(_hermite_coefficients(degree))), arb(0))
    return Envelope(size.abs_upper(), arb(degree), arb(0), arb(0))


@lru_cache(maxsize=512)
def regular_parts(integrand, variable):
    """((piece, order), ...): order 1 is regular, +b or -b a branch point of order b at one end."""
    return tuple(_regular_parts(integrand, variable))


def _regular_parts(integrand, variable):
    try:
        found = pieces(integrand, variable)
    except UndecidedError:
        # the order of the kinks is unknown: Arb's extended Max, Abs, ... see to them
        found = (Piece(-sp.oo, sp.oo, integrand),)
    for piece in found:
        left = _branch_order(piece.expr, variable, piece.lower)
        right = _branch_order(piece.expr, variable, piece.upper)
        lower, upper = piece.lower, piece.upper
        if left > 1:
            middle = lower + 1 if upper.is_infinite else (lower + upper) / 2
            yield Piece(lower, middle, piece.expr), left
            lower = middle
        if right > 1:
            middle = upper - 1 if lower.is_infinite else (lower + upper) / 2
            yield Piece(lower, middle, piece.expr), 1
            yield Piece(middle, upper, piece.expr), -right
        else:
            yield Piece(lower, upper, piece.expr), 1


def _branch_order(expr, variable, end):
    """The common denominator of the powers whose base vanishes at ``end``."""
    if end.is_infinite:
        return 1
    orders = [1]
    for power in expr.atoms(sp.Pow):
        base, exponent = power.as_base_exp()
        branching = exponent.is_Rational and not exponent.is_Integer
        if branching and base.has(variable) and base.subs(variable, end).is_zero:
            orders.append(int(exponent.q))
    return math.lcm(*orders)
