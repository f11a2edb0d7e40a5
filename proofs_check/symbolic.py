"""Exact identities: a difference that rewrites to 0, guarded by balls at sample points."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from numerics.enclosure import evaluate_ball
from theory.errors import ClaimError, InitheoryError, PrecisionError
from theory.special import Phi, sigmoid, softplus

from .context import Context
from .finding import Finding, shown
from .normal_reflections import NORMAL, reflect
from .verdict import Verdict

__all__ = ["Symbolic", "rewrites_to_zero", "sample_points"]

#: Where in the range of a symbol the sample points lie; no two symbols share one.
_SHARES = ("5/13", "11/17", "2/29", "19/23", "8/19", "27/31", "3/7", "14/37")
_POINTS = 5


@dataclass(frozen=True)
class Symbolic:
    """``lhs == rhs`` as an identity in all its symbols.

    PROVED if the difference rewrites to 0 exactly, REFUTED if its ball at some sample point
    excludes 0 (the point is the counterexample), else INCONCLUSIVE.  The balls also guard the
    rewriting: if both happen, something in the toolkit is wrong and the check is an error.
    ``ranges`` bounds symbols whose domain their assumptions do not tell.

    >>> t = sp.Symbol("t", real=True)
    >>> Symbolic(sp.sin(2 * t), 2 * sp.sin(t) * sp.cos(t)).run(Context()).verdict
    <Verdict.PROVED: 4>
    >>> Symbolic(sp.sin(2 * t), 2 * sp.sin(t)).run(Context()).evidence
    'difference 0.09319... at t = -6/13'
    """

    lhs: Any
    rhs: Any = sp.S.Zero
    ranges: Mapping[sp.Symbol, tuple] = field(default_factory=dict)
    bits: int = 160

    def run(self, context: Context) -> Finding:
        """Balls first, then the rewriting."""
        difference = _expr(self.lhs) - _expr(self.rhs)
        points = list(sample_points(difference.free_symbols, self.ranges))
        excluded, enclosed = self._balls(difference, points)
        if excluded is not None:
            point, ball = excluded
            return self._refuted(difference, point, ball)
        how = rewrites_to_zero(difference)
        data = {"points": enclosed, "bits": self.bits}
        if how is None:
            evidence = f"no rewriting to 0 found; balls at {enclosed} points contain 0"
            return Finding(Verdict.INCONCLUSIVE, "symbolic", evidence, data)
        evidence = f"the difference is 0 {how}; balls at {enclosed} points agree"
        return Finding(Verdict.PROVED, "symbolic", evidence, data)

    def _balls(self, difference, points):
        """((point, ball) that excludes 0 or None, how many points contain 0)."""
        enclosed = 0
        for point in points:
            try:
                ball = evaluate_ball(difference, point, self.bits)
            except PrecisionError:
                continue  # a guard that cannot be had; the rewriting decides alone
            if not ball.is_finite():
                continue
            if not ball.contains(0):
                return (point, ball), enclosed
            enclosed += 1
        return None, enclosed

    def _refuted(self, difference, point, ball):
        if sp.expand(difference) == 0:
            raise ClaimError(
                f"rewriting and ball arithmetic disagree about {difference} at {shown(point)}: "
                "this is a bug in the toolkit"
            )
        size = ball.str(4, radius=False)
        at = f" at {shown(point)}" if point else ""
        data = {"difference": size, "point": {str(s): str(v) for s, v in point.items()}}
        return Finding(Verdict.REFUTED, "symbolic", f"difference {size}...{at}", data)


def rewrites_to_zero(expr: sp.Expr) -> str | None:
    """How ``expr`` was rewritten to 0 exactly, or None.

    >>> t = sp.Symbol("t", positive=True)
    >>> rewrites_to_zero(sp.exp(t) * sp.exp(-t) - 1), rewrites_to_zero(t - 1)
    ('as it stands', None)
    """
    for how, step in _LADDER:
        try:
            expr = step(expr)
        except (NotImplementedError, BasePolynomialError, InitheoryError):
            continue
        if expr == 0:  # not is_zero: assumptions of large expressions are slow and can fail
            return how
    return None


def _elementary(expr):
    """sigmoid, softplus and Phi by exp, log and erf."""
    expr = expr.replace(Phi, lambda a: (1 + sp.erf(a / sp.sqrt(2))) / 2)
    expr = expr.replace(sigmoid, lambda a: 1 / (1 + sp.exp(-a)))
    return expr.replace(softplus, lambda a: sp.log(1 + sp.exp(a)))


def _radicals(expr):
    """Radicands factored, so that powers of positive factors come out of the roots."""

    def is_radical(part):
        return part.is_Pow and part.exp.is_Rational and not part.exp.is_Integer

    return expr.replace(
        is_radical,
        lambda part: sp.expand_power_base(sp.factor(sp.together(part.base)) ** part.exp),
    )


_LADDER: tuple[tuple[str, Callable], ...] = (
    ("as it stands", lambda e: e),
    ("after expansion", sp.expand),
    ("by closed forms", lambda e: e.doit()),
    ("after expansion of closed forms", sp.expand),
    ("by reflections of Phi2", lambda e: reflect(e) if e.has(*NORMAL) else e),
    ("after cancellation", lambda e: sp.expand(sp.cancel(sp.together(e)))),
    ("by elementary functions", lambda e: sp.expand(_elementary(e))),
    ("by exponentials", lambda e: sp.expand(e.rewrite(sp.exp), power_exp=True)),
    ("after factoring radicals", lambda e: sp.expand(_radicals(e))),
    ("after cancelling radicals", lambda e: sp.cancel(sp.together(_radicals(e)))),
    ("after simplification", sp.simplify),
)


def sample_points(symbols, ranges: Mapping | None = None) -> Iterator[dict]:
    """Rational points inside the domain of each symbol, always the same ones.

    A symbol's range is the one given, else (-9/10, 9/10) for a correlation, (1/5, 3) if positive,
    (0, 1) if nonnegative and (-2, 2) otherwise; an integer symbol runs through 1, 2, 3, ...

    >>> t = sp.Symbol("t", positive=True)
    >>> [point[t] for point in sample_points({t})][:2]
    [83/65, 171/85]
    """
    ordered = sorted(symbols, key=lambda symbol: symbol.name)
    if not ordered:
        yield {}
        return
    for number in range(_POINTS):
        yield {
            symbol: _coordinate(symbol, number, place, ranges or {})
            for place, symbol in enumerate(ordered)
        }


def _coordinate(symbol, number, place, ranges):
    if symbol.is_integer and symbol not in ranges:
        return sp.Integer(1 + (number + place) % 7)
    lower, upper = (sp.Rational(end) for end in ranges.get(symbol, _range(symbol)))
    share = sp.Rational(_SHARES[(number + 3 * place) % len(_SHARES)])
    return lower + (upper - lower) * share


def _range(symbol):
    if symbol.name in ("rho", "c"):
        return "-9/10", "9/10"
    if symbol.is_positive:
        return "1/5", 3
    return (0, 1) if symbol.is_nonnegative else (-2, 2)


def _expr(side):
    if isinstance(side, (int, sp.Expr)):
        return sp.S(side)
    raise ClaimError(f"a symbolic check compares SymPy expressions; got {side!r}")
