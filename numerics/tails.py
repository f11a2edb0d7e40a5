r"""How much of a Gaussian expectation lies beyond a point: rigorous majorants of an integrand.

An :class:`Envelope` is a bound |f(x)| <= size * x^power * exp(rate x + curvature x^2) for all
x >= start, where start >= 1.  It is read off the structure of f: bounded functions, polynomials,
exponentials, Gaussians and quotients whose denominator has a positive lower bound.  A function
that escapes these rules is refused, never guessed.
"""

from dataclasses import dataclass

import sympy as sp

from theory.errors import DivergentExpectationError, PrecisionError
from theory.special import BinormalExp, OwenT, Phi, Phi2, PhiGiven, sigmoid, softplus

__all__ = ["Envelope", "Majorant", "gaussian_tail"]

_BOUNDED = {sp.tanh: 1, sp.erf: 1, sp.sin: 1, sp.cos: 1, sp.sech: 1, sp.sign: 1, sp.erfc: 2}
_BOUNDED |= {sp.Heaviside: 1, sigmoid: 1, Phi: 1, Phi2: 1, sp.atan: 2, sp.asin: 2, sp.acos: 4}
_BOUNDED |= {PhiGiven: 1, BinormalExp: 1, OwenT: 1}
_NONNEGATIVE = (sp.exp, sp.cosh, sp.Abs, sp.erfc, sp.Heaviside, sigmoid, softplus, Phi, Phi2)
_NONNEGATIVE += (PhiGiven, BinormalExp)
_SAME_SIGN = (sp.tanh, sp.erf, sp.atan, sp.sinh, sp.asinh, sp.Max)


@dataclass(frozen=True)
class Envelope:
    """|f(x)| <= size * x**power * exp(rate*x + curvature*x**2); the fields are real balls."""

    size: object
    power: object
    rate: object
    curvature: object

    def __mul__(self, other):
        return Envelope(
            self.size * other.size,
            self.power + other.power,
            self.rate + other.rate,
            self.curvature + other.curvature,
        )

    def __add__(self, other):
        # x >= 1: the larger exponent wins in each of the three factors
        return Envelope(
            self.size + other.size,
            self.power.max(other.power),
            self.rate.max(other.rate),
            self.curvature.max(other.curvature),
        )

    def __pow__(self, exponent):
        return Envelope(
            self.size**exponent,
            self.power * exponent,
            self.rate * exponent,
            self.curvature * exponent,
        )


def gaussian_tail(envelope, start, mean, variance):
    r"""A bound of \int_{start}^oo of the envelope against the density of N(mean, variance).

    With h(u) the exponent and d = -h'(start), h(u) <= h(start) - d (u - start) because h is
    concave, and u^k <= start^k exp(k (u - start)/start), so the integral is at most
    size * start^k exp(h(start)) / (sqrt(2 pi variance) (d - k/start)).  None if start is too
    small for this; DivergentExpectationError if no start would do.
    """
    from flint import arb

    precision = 1 / (2 * variance)
    concavity = precision - envelope.curvature
    if not concavity > 0:
        bound = (1 / (2 * envelope.curvature)).str(8, radius=False)
        raise DivergentExpectationError(
            f"the expectation was not shown to be finite at variance {variance.str(8)}; the "
            f"growth bound of the integrand needs a variance below {bound}"
        )
    slope = envelope.rate + 2 * precision * mean - 2 * concavity * start
    power = envelope.power.max(arb(0))
    decay = -slope - power / start
    if not decay > 0:
        return None
    exponent = envelope.rate * start + envelope.curvature * start**2
    exponent -= precision * (start - mean) ** 2
    height = envelope.size * start**envelope.power * exponent.exp()
    return (height / ((2 * arb.pi() * variance).sqrt() * decay)).abs_upper()


class Majorant:
    """Finds envelopes of expressions in ``variable`` on [start, oo), start >= 1.

    ``number`` turns an expression without the variable into a real ball.
    """

    def __init__(self, variable, start, number):
        self.variable = variable
        self.start = start
        self.number = number

    def envelope(self, expr):
        """An :class:`Envelope` of |expr|; PrecisionError if no rule applies."""
        from flint import arb

        if not expr.has(self.variable):
            return self._constant(abs(self.number(expr)))
        if expr == self.variable:
            return Envelope(arb(1), arb(1), arb(0), arb(0))
        if isinstance(expr, (sp.Add, sp.Max, sp.Min)):
            first, *rest = (self.envelope(term) for term in expr.args)
            return sum(rest, first)
        if isinstance(expr, sp.Piecewise):
            first, *rest = (self.envelope(value) for value, _ in expr.args)
            return sum(rest, first)
        if isinstance(expr, sp.Mul):
            product = self._constant(arb(1))
            for factor in expr.args:
                product = product * self.envelope(factor)
            return product
        if isinstance(expr, sp.exp):
            return self._exponential(expr.args[0])
        if isinstance(expr, sp.Pow):
            return self._power(expr)
        return self._function(expr)

    def _constant(self, size):
        from flint import arb

        return Envelope(size.abs_upper(), arb(0), arb(0), arb(0))

    def _exponential(self, exponent):
        constant, rate, curvature = self._upper(exponent)
        from flint import arb

        return Envelope(constant.exp(), arb(0), rate, curvature)

    def _power(self, expr):
        base, exponent = expr.as_base_exp()
        if exponent.has(self.variable):
            return self._exponential(exponent * sp.log(base))
        size = self.number(exponent)
        if size >= 0:
            return self.envelope(base) ** size
        if base == self.variable:
            return self.envelope(base) ** size
        floors = [self.floor(side) for side in (base, sp.expand(-base))]
        floor = next((f for f in floors if f is not None and f > 0), None)
        if floor is None:
            raise self._refusal(expr, "its denominator has no positive lower bound there")
        return self._constant(floor**size)

    def _function(self, expr):
        from flint import arb

        kind, argument = type(expr), expr.args[0]
        if kind in _BOUNDED:
            return self._constant(arb(_BOUNDED[kind]))
        if kind in (sp.cosh, sp.sinh):
            return self._exponential(argument) + self._exponential(-argument)
        if kind is softplus:
            return self._constant(arb(2).log()) + self.envelope(argument)
        if kind in (sp.Abs, sp.asinh):
            return self.envelope(argument)
        if kind is sp.log:
            floor = self.floor(argument)
            if floor is not None and floor > 0:
                return self._logarithm(self.envelope(argument), floor)
        raise self._refusal(expr, "it is none of the functions with a growth bound")

    def _logarithm(self, inside, floor):
        """|log g| <= |log floor| + log+ of the envelope, and log x <= x."""
        from flint import arb

        zero = arb(0)
        size = abs(floor.log()) + abs(inside.size.log()) + inside.power.max(zero)
        size += inside.rate.max(zero) + inside.curvature.max(zero)
        degree = 2 if inside.curvature > 0 else 1
        return Envelope(size.abs_upper(), arb(degree), zero, zero)

    def _refusal(self, expr, reason):
        return PrecisionError(
            f"no rigorous bound of {expr} for large {self.variable}: {reason}; "
            "a certified enclosure needs one, evalf does not"
        )

    def _upper(self, expr):
        """(constant, rate, curvature) with expr <= constant + rate*x + curvature*x**2."""
        from flint import arb

        zero = arb(0)
        if expr.is_polynomial(self.variable):
            return self._polynomial_upper(sp.Poly(expr, self.variable))
        if isinstance(expr, sp.Add):
            bounds = [self._upper(term) for term in expr.args]
            return tuple(sum(column, zero) for column in zip(*bounds, strict=True))
        coefficient, rest = expr.as_independent(self.variable, as_Add=False)
        if self.number(coefficient) <= 0 and self.nonnegative(rest):
            return zero, zero, zero
        bound = self.envelope(expr)
        if bound.rate <= 0 and bound.curvature <= 0:
            if bound.power <= 0:
                return bound.size, zero, zero
            if bound.power <= 1:
                return zero, bound.size, zero
            if bound.power <= 2:
                return zero, zero, bound.size
        raise self._refusal(sp.exp(expr), "its exponent has no quadratic upper bound")

    def _polynomial_upper(self, polynomial):
        from flint import arb

        coefficients = [self.number(c) for c in reversed(polynomial.all_coeffs())]
        low = (coefficients + [arb(0)] * 3)[:3]
        if len(coefficients) <= 3:
            return tuple(low)
        # a higher degree: fine if its leading term dominates the others from start on
        if self._dominated(coefficients, -1):
            return arb(0), arb(0), arb(0)
        raise self._refusal(
            sp.exp(polynomial.as_expr()), "its exponent grows faster than a square"
        )

    def _dominated(self, coefficients, sign):
        """A lower bound >= 0 of sign * polynomial on [start, oo) by its leading term, or None."""
        from flint import arb

        *lower, leading = coefficients
        degree = len(lower)
        rest = sum((abs(c) * self.start ** (i - degree) for i, c in enumerate(lower)), arb(0))
        margin = sign * leading - rest
        return margin * self.start**degree if margin > 0 else None

    def nonnegative(self, expr):
        """Whether expr >= 0 on [start, oo) follows from its structure."""
        if not expr.has(self.variable):
            return bool(self.number(expr) >= 0)
        if expr == self.variable or isinstance(expr, _NONNEGATIVE):
            return True
        if isinstance(expr, sp.Pow) and expr.exp.is_even:
            return True
        if isinstance(expr, sp.Pow) and not expr.exp.has(self.variable):
            return self.nonnegative(expr.base)
        if isinstance(expr, sp.Mul):
            return all(self.nonnegative(factor) for factor in expr.args)
        if isinstance(expr, sp.Add):
            floor = self.floor(expr)
            return floor is not None and bool(floor >= 0)
        if isinstance(expr, _SAME_SIGN):
            return any(self.nonnegative(argument) for argument in expr.args)
        return False

    def floor(self, expr):
        """A number below expr on all of [start, oo), or None if no rule gives one."""
        from flint import arb

        if not expr.has(self.variable):
            return self.number(expr)
        if expr == self.variable:
            return self.start
        if expr.is_polynomial(self.variable):
            poly = sp.Poly(expr, self.variable)
            margin = self._dominated([self.number(c) for c in reversed(poly.all_coeffs())], 1)
            if margin is not None:
                return margin
        if isinstance(expr, sp.Add):
            floors = [self.floor(term) for term in expr.args]
            return None if None in floors else sum(floors, arb(0))
        if isinstance(expr, sp.Mul):
            return self._product_floor(expr)
        if isinstance(expr, sp.Pow) and expr.exp.is_positive and self.nonnegative(expr.base):
            floor = self.floor(expr.base)
            return None if floor is None else floor.nonnegative_part() ** self.number(expr.exp)
        if isinstance(expr, (sp.exp, softplus, sigmoid, Phi)) and self.nonnegative(expr.args[0]):
            return {sp.exp: arb(1), softplus: arb(2).log()}.get(type(expr), arb("0.5"))
        if isinstance(expr, sp.cosh):
            return arb(1)
        if self.nonnegative(expr):
            return arb(0)
        if type(expr) in _BOUNDED:
            return arb(-_BOUNDED[type(expr)])
        return None

    def _product_floor(self, expr):
        from flint import arb

        coefficient, rest = expr.as_independent(self.variable, as_Add=False)
        scale = self.number(coefficient)
        if not scale >= 0:
            bound = self.envelope(rest)
            flat = bound.power <= 0 and bound.rate <= 0 and bound.curvature <= 0
            return -abs(scale).abs_upper() * bound.size if flat else None
        floors = [self.floor(factor) for factor in rest.as_ordered_factors()]
        if any(floor is None or not floor >= 0 for floor in floors):
            return None
        product = scale
        for floor in floors:
            product = product * floor
        return product if floors else arb(0)
