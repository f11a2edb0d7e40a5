"""A check of each formula on the spot: two independent evaluations, at points nobody chose.

A closed form and the quadrature of the untouched expectation are two witnesses.  Both are
evaluated, in multiple precision, at rational points without any special relation to each other.
Where there is no closed form, the two witnesses are the quadrature at two precisions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import sympy as sp

from theory.errors import DivergentExpectationError, PrecisionError, UndecidedError

from .report import Check

__all__ = ["Sample", "check_formula", "sample_points"]

#: How many points a formula is checked at, and how many are tried to find so many.
POINTS = 2

#: Digits asked of one-point expectations, and of two-point ones, which cost far more.
DIGITS = 30
DIGITS_TWO_POINT = 15

#: Digits by which an evaluation may fall short of what was asked before it counts as different.
SLACK = 2

_SAMPLES = {
    "q": ("7/3", "13/29", "3/31", "1/97"),
    "q1": ("7/3", "13/29", "3/31", "1/97"),
    "q2": ("11/8", "19/23", "2/41", "1/89"),
    "rho": ("3/11", "-5/13", "2/17", "-1/19"),
    "c": ("3/11", "-5/13", "2/17", "-1/19"),
    "sigma_w2": ("17/11", "23/9", "9/10", "5/7"),
    "sigma_b2": ("3/37", "5/19", "1/43", "2/53"),
    "l": ("8", "1000", "31", "59"),
}
_POSITIVE_SAMPLES = ("6/5", "8/13", "21/10", "3/14")
_REAL_SAMPLES = ("4/9", "-7/10", "12/11", "-2/15")


@dataclass(frozen=True)
class Sample:
    """A formula's value at one point, by both evaluations."""

    point: Mapping[sp.Symbol, sp.Rational]
    value: sp.Expr
    digits: int


def sample_points(symbols: frozenset[sp.Symbol]) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Points inside the domain of each symbol, in an order that is always the same.

    >>> from theory.symbols import q
    >>> next(sample_points(frozenset({q})))
    {q: 7/3}
    """
    ordered = sorted(symbols, key=lambda symbol: symbol.name)
    for number in range(len(_POSITIVE_SAMPLES)):
        yield {symbol: _sample(symbol, place, number) for place, symbol in enumerate(ordered)}


def _sample(symbol: sp.Symbol, place: int, number: int) -> sp.Rational:
    if symbol.name in _SAMPLES:
        return sp.Rational(_SAMPLES[symbol.name][number])
    choices = _POSITIVE_SAMPLES if symbol.is_nonnegative else _REAL_SAMPLES
    return sp.Rational(choices[number]) + sp.Rational(place, 7)


def check_formula(
    definition: sp.Expr, value: sp.Expr, *, two_point: bool = False
) -> tuple[Check | None, tuple[Sample, ...]]:
    """Compare ``value`` with ``definition`` at sample points; (None, ()) for an infinite value.

    SUPPORTED if all points agree to the digits asked for, REFUTED if one does not, INCONCLUSIVE
    if an evaluation did not succeed.

    >>> from theory.symbols import q
    >>> check_formula(sp.sqrt(q**2), q + sp.Rational(1, 10**9))[0].verdict
    'REFUTED'
    """
    if value in (sp.oo, -sp.oo, sp.zoo, sp.nan):
        return None, ()
    digits = DIGITS_TWO_POINT if two_point else DIGITS
    closed = definition != value
    symbols = definition.free_symbols | value.free_symbols
    samples, failures = [], []
    for point in sample_points(frozenset(symbols)):
        try:
            samples.append(_compare(definition, value, point, digits, closed=closed))
        except (DivergentExpectationError, PrecisionError, UndecidedError) as error:
            failures.append(str(error))
        if len(samples) == POINTS or not symbols:
            break
    return _judge(samples, failures, digits, closed=closed), tuple(samples)


def _compare(definition, value, point, digits: int, *, closed: bool) -> Sample:
    first = _number(value, point, digits)
    second = _number(definition, point, digits if closed else digits // 2)
    wanted = digits if closed else digits // 2
    return Sample(point, first, min(_agreement(first, second), wanted))


def _number(expression: sp.Expr, point: Mapping, digits: int) -> sp.Expr:
    number = expression.xreplace(dict(point)).evalf(digits)
    if not number.is_Float and not number.is_Integer and not number.is_Rational:
        raise UndecidedError(f"{expression} has no real value at {_at(point)}")
    return number


def _agreement(first: sp.Expr, second: sp.Expr) -> int:
    """The number of decimal digits to which two numbers agree.

    >>> _agreement(sp.Float("1.2345"), sp.Float("1.2346"))
    4
    """
    difference = abs(sp.Float(first, 60) - sp.Float(second, 60))
    scale = max(abs(first), abs(second))
    if difference == 0 or scale < sp.Float(10) ** -DIGITS:
        return 10**6
    return max(0, int(sp.floor(sp.log(scale / difference, 10))) + 0)


def _judge(samples, failures, digits: int, *, closed: bool) -> Check:
    if not samples:
        reason = failures[0] if failures else "no point to evaluate at"
        return Check("INCONCLUSIVE", f"not evaluated: {reason}")
    wanted = digits if closed else digits // 2
    worst = min(samples, key=lambda sample: sample.digits)
    places = "; ".join(_at(sample.point) for sample in islice(samples, POINTS))
    witnesses = "quadrature of the definition" if closed else "quadrature at two precisions"
    where = f" at {places}" if places else ""
    evidence = f"{worst.digits} digits, {witnesses}{where}"
    if worst.digits < wanted - SLACK:
        return Check("REFUTED", f"only {evidence}", worst.digits)
    return Check("SUPPORTED", evidence, worst.digits)


def _at(point: Mapping) -> str:
    return ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
