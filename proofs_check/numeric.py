"""Two numeric routes to the same quantity, compared on a grid."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from theory.errors import ClaimError

from .context import Context
from .finding import Finding, shown
from .symbolic import sample_points
from .verdict import Verdict

__all__ = ["Numeric"]

#: Beyond this multiple of the tolerance a difference refutes; up to it, it is inconclusive.
_DECISIVE = 100


@dataclass(frozen=True)
class Numeric:
    """``lhs`` and ``rhs`` agree to ``digits`` decimal digits at every point of ``grid``.

    A side is a SymPy expression, evaluated to more digits than are compared, or a function of a
    point (a mapping of names to numbers) that returns a number; the two should get there by
    different routes.  ``grid`` is an iterable of mappings, or None for sample points of the
    symbols.  The difference is taken relative to the larger side, or absolute for
    ``absolute=True``.  SUPPORTED if all points agree, REFUTED if some difference is more than
    100 times the tolerance, else INCONCLUSIVE.

    >>> Numeric(sp.zeta(2), lambda point: mpmath.pi**2 / 6, digits=14).run(Context()).verdict
    <Verdict.SUPPORTED: 2>
    """

    lhs: Any
    rhs: Any
    grid: Iterable[Mapping] | None = None
    digits: int = 12
    absolute: bool = False
    note: str = ""

    def run(self, context: Context) -> Finding:
        """The worst point decides."""
        if isinstance(self.digits, bool) or not isinstance(self.digits, int) or self.digits < 1:
            raise ClaimError(f"a numeric check compares at least 1 digit; got {self.digits!r}")
        points = list(self._points())
        if not all(isinstance(point, Mapping) for point in points):
            raise ClaimError("the grid of a numeric check holds mappings of symbols to numbers")
        worst, at, sides = mpmath.mpf(-1), {}, (0, 0)
        with mpmath.workdps(self.digits + 20):
            for point in points:
                left, right = (self._value(side, point) for side in (self.lhs, self.rhs))
                difference = self._difference(left, right)
                if not mpmath.isfinite(difference):
                    raise ClaimError(f"a side is not a finite number at {shown(point)}")
                if difference > worst:
                    worst, at, sides = difference, point, (left, right)
            tolerance = mpmath.mpf(10) ** -self.digits
            return self._judge(len(points), worst, tolerance, at, sides)

    def _points(self):
        if self.grid is not None:
            return self.grid
        sides = [side for side in (self.lhs, self.rhs) if isinstance(side, sp.Basic)]
        return sample_points(set().union(*(side.free_symbols for side in sides)))

    def _value(self, side, point):
        if isinstance(side, Callable) and not isinstance(side, sp.Basic):
            side = side(point)
        if isinstance(side, sp.Basic):
            subs = {key: value for key, value in point.items() if isinstance(key, sp.Basic)}
            number = side.subs(subs).evalf(self.digits + 8, maxn=1000)
            if not number.is_Number:
                raise ClaimError(f"{side} is not a number at {shown(point)}")
            if number.is_Float and number._prec < mpmath.libmp.dps_to_prec(self.digits):
                # SymPy gave up on cancellation: nothing but noise is left
                if abs(number) < sp.Float(10) ** -(self.digits + 100):
                    return mpmath.mpf(0)
                raise ClaimError(f"{side} cancels too much to have {self.digits} digits")
            return number._to_mpmath(mpmath.mp.prec)
        return mpmath.mpf(side)

    def _difference(self, left, right):
        difference = abs(left - right)
        scale = max(abs(left), abs(right))
        return difference if self.absolute or scale == 0 else difference / scale

    def _judge(self, count, worst, tolerance, at, sides):
        if not count:
            raise ClaimError("a numeric check needs at least one point")
        left, right = (mpmath.nstr(side, min(self.digits + 2, 25)) for side in sides)
        kind = "absolute" if self.absolute else "relative"
        where = f" at {shown(at)}" if at else ""
        evidence = f"{count} points, worst {kind} difference {mpmath.nstr(worst, 2)}{where}"
        evidence += f" ({left} and {right}), tolerance 1e-{self.digits}"
        if self.note:
            evidence += f"; {self.note}"
        data = {
            "points": count,
            "digits": self.digits,
            "worst": float(worst),
            "left": left,
            "right": right,
            "point": {str(key): str(value) for key, value in at.items()},
        }
        verdict = Verdict.INCONCLUSIVE
        if worst <= tolerance:
            verdict = Verdict.SUPPORTED
        elif worst > _DECISIVE * tolerance:
            verdict = Verdict.REFUTED
        return Finding(verdict, "numeric", evidence, data)
