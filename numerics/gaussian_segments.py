r"""One smooth piece of a function, integrated against a Gaussian density in ball arithmetic.

``Segment`` integrates in z = (x - m)/sqrt(q); ``SingularSegment`` removes a branch point at one
end by x = end +- t**order first.  Ends that are balls contribute their radius times a bound of the
integrand.
"""

import math

import sympy as sp

from theory.errors import PrecisionError
from theory.symbols import x

from .balls import BallProgram

__all__ = ["Segment", "SingularSegment"]

_T = sp.Dummy("t", positive=True)


class Segment:
    """One smooth piece, integrated in z."""

    def __init__(self, piece, variable, parameters):
        self.piece = piece
        self.shown = piece.expr.xreplace({variable: x})
        self.program = BallProgram(piece.expr, (variable, *parameters))
        self._lower = _end(piece.lower, parameters)
        self._upper = _end(piece.upper, parameters)

    def lower(self, values):
        """The lower end as a ball, None for -oo."""
        return self._lower and self._lower.real(values)

    def upper(self, values):
        """The upper end as a ball, None for oo."""
        return self._upper and self._upper.real(values)

    def may_contain(self, ball, values):
        """Whether some point of ``ball`` may lie in the piece."""
        lower, upper = self.lower(values), self.upper(values)
        return not ((lower is not None and ball < lower) or (upper is not None and ball > upper))

    def real(self, place, values):
        """The piece on a real ball, cut to the piece."""
        lower, upper = self.lower(values), self.upper(values)
        if lower is not None and place.lower() < lower.lower():
            place = lower.lower().union(place.upper())
        if upper is not None and place.upper() > upper.upper():
            place = place.lower().union(upper.upper())
        return self.program.real([place, *values])

    def integral(self, mean, spread, cutoff, values, polynomial=None):
        """The integral of the piece against the density, over |z| <= cutoff."""
        from flint import acb, arb

        if self.piece.expr.is_zero:
            return arb(0)
        low = self.standard(self.lower(values), mean, spread, -cutoff)
        high = self.standard(self.upper(values), mean, spread, cutoff)
        if low.lower() >= high.upper():
            return arb(0)
        start, stop = low.mid(), high.mid()
        fixed = [acb(value) for value in values]

        def integrand(z, analytic):
            weight = (-z * z / 2).exp()
            if polynomial:
                weight *= polynomial(z)
            if not analytic and z.imag == 0:
                # real operations are tighter on wide balls
                return weight * self.program.real([mean + spread * z.real, *values])
            return weight * self.program.complex([mean + spread * z, *fixed], analytic)

        middle = _split_at_zero(integrand, start, stop, _effort(spread, mean, *values))
        for end in (low, high):
            if not end.is_exact():
                height = integrand(acb(end), False).real
                middle += arb(0, end.rad()) * height
        if not middle.is_finite():
            raise PrecisionError(
                f"cannot enclose the integral of {self.shown} between {self.piece.lower} "
                f"and {self.piece.upper}; it is singular there or the interval is too "
                "wide (evalf may give digits)"
            )
        return middle / (2 * arb.pi()).sqrt()

    @staticmethod
    def standard(end, mean, spread, limit):
        """The end of a piece in units of z, inside [-|limit|, |limit|]."""
        from flint import arb

        if end is None:
            return limit
        distance = end - mean
        size = abs(limit)
        if distance == 0:
            return arb(0)
        place = distance / spread if spread > 0 else _quotients(distance, spread, size)
        lower = arb.min(arb.max(place.lower(), -size), size)
        upper = arb.min(arb.max(place.upper(), -size), size)
        return place if lower == place.lower() and upper == place.upper() else lower.union(upper)


class SingularSegment(Segment):
    """A bounded piece with a branch point u0 at one end, integrated in t, u = u0 +- t**order."""

    def __init__(self, piece, order, variable, parameters):
        super().__init__(piece, variable, parameters)
        self._sign = 1 if order > 0 else -1
        self._order = abs(order)
        end = piece.lower if order > 0 else piece.upper
        moved = piece.expr.subs(variable, end + self._sign * _T**self._order)
        moved = sp.expand_power_base(sp.powdenest(moved)) * self._order * _T ** (self._order - 1)
        self._moved = BallProgram(sp.powsimp(sp.expand_mul(moved)), (_T, *parameters))

    def integral(self, mean, spread, cutoff, values, polynomial=None):
        from flint import acb, arb

        lower, upper = self.lower(values), self.upper(values)
        end = lower if self._sign > 0 else upper
        stop = (upper - lower).root(self._order)
        variance = spread * spread
        origin, fixed = acb(end - mean), [acb(value) for value in values]
        scale = acb(-1 / (2 * variance))

        def integrand(t, analytic):
            distance = origin + self._sign * t**self._order
            weight = (scale * distance * distance).exp()
            if polynomial:
                weight *= polynomial(distance / spread)
            return weight * self._moved.complex([t, *fixed], analytic)

        total = acb.integral(integrand, 0, acb(stop.mid())).real
        if not stop.is_exact():
            total += arb(0, stop.rad()) * integrand(acb(stop), False).real
        if not total.is_finite():
            raise PrecisionError(
                f"cannot enclose the integral of {self.shown} near "
                f"{self.piece.lower if self._sign > 0 else self.piece.upper}: "
                "the singularity there is not a power, or not integrable"
            )
        return total / (2 * arb.pi() * variance).sqrt()


def _split_at_zero(integrand, start, stop, effort):
    """The real part of the integral from start to stop, cut at 0 where the weight peaks."""
    from flint import acb

    if start < 0 < stop:
        left = acb.integral(integrand, acb(start), 0, **effort).real
        return left + acb.integral(integrand, 0, acb(stop), **effort).real
    return acb.integral(integrand, acb(start), acb(stop), **effort).real


def _effort(*balls):
    """Limits for the integrator: on wide balls neither accuracy nor many evaluations pay."""
    from flint import arb, ctx

    widest = max(float(ball.rad()) / max(1e-3, float(abs(ball.mid()))) for ball in balls)
    if widest == 0 or math.log2(widest) < -ctx.prec:  # 2.0**-prec may underflow
        return {}
    tolerance = arb(widest / 32).max(arb(2) ** -ctx.prec)
    limit = {"eval_limit": 2000} if widest > 1e-3 else {}
    return {"abs_tol": tolerance, "rel_tol": tolerance, **limit}


def _quotients(distance, spread, size):
    """A ball of all distance/s, 0 < s in ``spread``, as far as they are inside [-size, size]."""
    if distance > 0:
        return (distance / spread.upper()).lower().union(size + 1)
    if distance < 0:
        return (-size - 1).union((distance / spread.upper()).upper())
    return (-size - 1).union(size + 1)


def _end(place, parameters):
    return None if place.is_infinite else BallProgram(place, parameters)
