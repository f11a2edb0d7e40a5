r"""The Hermite series of an activation as certified numbers: one set serves every correlation.

    K(rho) = E phi(X) phi(Y) = sum_n a_n^2 rho^n,    V = K(1) = sum_n a_n^2  (Parseval)

for X, Y of variance q and correlation rho.  Every a_n is a ball of
:mod:`numerics.gaussian_balls`.  All terms are nonnegative at rho >= 0, so what follows the last
index N is known from the energy left, R = V - sum_{n<=N} a_n^2, alone:

    0 <= K(rho) - sum_{n<=N} a_n^2 rho^n <= rho^M R,     rho >= 0,

and at most |rho|^M R in absolute value for rho < 0; M = N + 1, or the next index of the same
parity for odd and even functions.  Differences 1 - rho^n are formed from 1 - rho without
cancellation.
"""

from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from theory.activation import as_activation
from theory.bound import BOUND
from theory.errors import InputError
from theory.symbols import x

from .balls import as_ball
from .enclosure import from_ball
from .gaussian_balls import gaussian_integral
from .hermite_quadrature import hermite_coefficients

__all__ = ["HermiteSeries", "hermite_series"]

_MOST_TERMS = 1000


@dataclass(frozen=True)
class HermiteSeries:
    """Certified Hermite coefficients a_0 ... a_N of an activation at one variance.

    ``balls`` are the coefficients, ``variance_map`` the ball of V = E phi^2 and ``slope`` that of
    q E phi'^2 = sum n a_n^2, None where phi jumps; ``step`` is 2 for odd and even functions.
    """

    activation: object
    variance: object
    bits: int
    step: int
    balls: tuple = field(repr=False)
    variance_map: object = field(repr=False)
    slope: object = field(repr=False)

    @property
    def coefficients(self):
        """a_0, ..., a_N as enclosures."""
        return tuple(from_ball(ball) for ball in self.balls)

    @cached_property
    def energy_left(self):
        """V - sum a_n^2 >= 0: an enclosure of what the coefficients leave out."""
        return from_ball(self._left())

    def covariance(self, rho):
        """An enclosure of K(rho) = E phi(X) phi(Y), -1 <= rho <= 1.

        >>> series = hermite_series("tanh(x)", 1, terms=41)
        >>> print(series.covariance("1/2"))
        0.186324413203448086107 +- 3.7e-22
        """
        return self._with_precision(self._covariance, rho)

    def derivative(self, rho):
        """An enclosure of dK/drho = q E phi'(X) phi'(Y)."""
        return self._with_precision(self._derivative, rho)

    def deficit(self, one_minus_rho):
        """An enclosure of V - K(rho) for rho in [0, 1], given 1 - rho: no digits cancel.

        >>> series = hermite_series("sin(x)", 1, terms=31)
        >>> float(series.deficit("1e-12"))
        5.676676416180902e-13
        """
        return self._with_precision(self._deficit, one_minus_rho)

    def _with_precision(self, function, value):
        from flint import ctx

        with ctx.workprec(self.bits):
            ball = as_ball(value)
            if not (ball >= -1 and ball <= 1):
                raise InputError(f"a correlation lies in [-1, 1]; got {value}")
            return from_ball(function(ball))

    def _left(self, weights=None):
        """V, or sum n a_n^2, minus its known part; not below 0."""
        from flint import arb, ctx

        with ctx.workprec(self.bits):
            whole = self.variance_map if weights is None else self.slope
            known = sum(
                (a * a * (1 if weights is None else n) for n, a in enumerate(self.balls)), arb(0)
            )
            return (whole - known).nonnegative_part()

    @property
    def _next(self):
        """The first index whose term is left out."""
        last = len(self.balls) - 1
        if self.step == 1:
            return last + 1
        odd = self.activation.parity == "odd"
        return last + 1 + ((last + 1) % 2 != odd)

    def _remainder(self, rho, bound):
        """What is left out: within [0, bound], of either sign for negative rho."""
        from flint import arb

        bound = bound.abs_upper()
        return arb(0).union(bound) if rho >= 0 else arb(0, bound)

    def _covariance(self, rho):
        from flint import arb

        total = arb(0)
        for a in reversed(self.balls):
            total = total * rho + a * a
        return total + self._remainder(rho, abs(rho) ** self._next * self._left())

    def _derivative(self, rho):
        from flint import arb

        total = arb(0)
        for n in range(len(self.balls) - 1, 0, -1):
            total = total * rho + n * self.balls[n] ** 2
        size, bounds = abs(rho).upper(), []
        if self.slope is not None:
            bounds.append(size ** (self._next - 1) * self._left("index"))
        if size < 1:
            bounds.append(_largest(size, self._next) * self._left())
        if not bounds:
            return arb.nan()
        return total + self._remainder(rho, min(bounds, key=lambda b: float(b.abs_upper())))

    def _deficit(self, epsilon):
        from flint import arb

        if not epsilon >= 0:
            raise InputError("V - K is given for correlations in [0, 1]; pass 1 - rho >= 0")
        if epsilon == 1:
            return self.variance_map - self.balls[0] ** 2
        log = (-epsilon).log1p()
        total = arb(0)
        for n, a in enumerate(self.balls):
            total += a * a * -((n * log).expm1())
        left = self._left()
        upper = left.upper()
        if self.slope is not None:
            upper = arb.min(upper, (epsilon * self._left("index")).upper())
        lower = (left * -((self._next * log).expm1())).lower()
        return total + arb.max(lower, arb(0)).union(arb.max(upper, arb(0)))


def hermite_series(f, variance, terms=41, digits=30):
    """Certified Hermite coefficients a_0 ... a_terms of an activation, as a HermiteSeries.

    Parameters
    ----------
    f
        An activation: a name, a formula in ``x``, a SymPy expression; without free parameters.
    variance
        q > 0: an exact number, a text such as "1/3", or an interval (lower, upper).
    terms
        The largest index N.
    digits
        Digits of the coefficients; the remainder does not depend on it.

    >>> series = hermite_series("tanh(x)", 1, terms=5)
    >>> round(float(series.coefficients[1]), 12), series.coefficients[1].digits >= 30
    (0.605705509602, True)
    """
    from flint import arb, ctx

    activation = as_activation(f)
    if activation.parameters:
        names = ", ".join(map(str, activation.parameters))
        raise InputError(f"a numerical Hermite series needs values of {names}; use at(...)")
    for label, value, most in (("terms", terms, _MOST_TERMS), ("digits", digits, 1000)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise InputError(f"{label} must be a whole number from 1 to {most}; got {value!r}")
    step = 1 if activation.parity is None else 2
    bits = int(3.33 * digits) + 32 + terms // 2
    with ctx.workprec(bits):
        q = as_ball(variance)
        if not q > 0:
            raise InputError(f"a Hermite series needs a variance q > 0; got {variance}")

        def integral(expr):
            # the product of two odd or two even functions is even: twice the right half
            half = sp.Piecewise((2 * expr, x > 0), (0, True)) if step == 2 else expr
            return gaussian_integral(half.xreplace({x: BOUND}), BOUND)

        balls = tuple(
            arb(0) if step == 2 and (n % 2 == 1) != (activation.parity == "odd") else ball
            for n, ball in enumerate(hermite_coefficients(integral(activation.expr), q, terms))
        )
        (whole,) = hermite_coefficients(integral(activation.expr**2), q, 0)
        slope = None
        if activation.smoothness >= 1 and all(jump.is_finite for _, jump in activation.jumps(1)):
            (slope,) = hermite_coefficients(integral(activation.derivative_expr(1) ** 2), q, 0)
            slope *= q
    return HermiteSeries(activation, variance, bits, step, balls, whole, slope)


def _largest(size, start):
    """An upper bound of n r^(n-1) over n >= start, 0 <= r < 1."""
    from flint import arb

    if size == 0:
        return arb(1) if start <= 1 else arb(0)
    turn = -1 / size.log()  # n r^(n-1) decreases from here
    if turn <= start:
        return start * size ** (start - 1)
    return (turn * size ** (turn - 1)).upper()
