"""A check of each formula on the spot: two independent evaluations, at points nobody chose.

A closed form and the quadrature of the untouched expectation are two witnesses.  Both are
evaluated at rational points without any special relation to each other: one-point expectations in
multiple precision, two-point ones in double precision, for speed.  Where there is no closed form
the two witnesses are two quadratures, at two precisions or on two grids.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from theory.errors import (
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)
from theory.gaussian import BOUND, GaussianExpectation
from theory.pieces import unbounded_places

from .report import Check

__all__ = ["Sample", "check_formula", "check_numbers", "evaluated", "sample_points"]

#: How many points a formula is checked at; more are tried if some cannot be evaluated.
POINTS = 2

#: Digits asked of one-point expectations, of two-point ones, and of a second look at lower cost.
DIGITS = 30
DIGITS_TWO_POINT = 12
DIGITS_AGAIN = 18

#: What a double can show, and the digits that a computed number must share with its formula.
DIGITS_DOUBLE = 15
DIGITS_NUMBERS = 11

#: More digits of each expectation, for the cancellation in what is made of it.
GUARD_DIGITS = 6

#: Digits by which an agreement may fall short of what was asked before it counts as refutation.
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
    "n": ("3", "12", "20", "7"),
}
_POSITIVE_SAMPLES = ("6/5", "8/13", "21/10", "3/14")
_REAL_SAMPLES = ("4/9", "7/10", "12/11", "2/15")


@dataclass(frozen=True)
class Sample:
    """A formula's value at one point, the digits that both evaluations share and those wanted."""

    point: Mapping[sp.Symbol, sp.Rational]
    value: sp.Expr
    digits: int
    wanted: int


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


def check_formula(definition: sp.Expr, value: sp.Expr) -> tuple[Check | None, tuple[Sample, ...]]:
    """Compare ``value`` with ``definition`` at sample points; (None, ()) for an infinite value.

    There is no check either where the definition is an explicit formula: nothing was derived.
    SUPPORTED if all points agree to the digits asked for, REFUTED if one does not, INCONCLUSIVE
    if no evaluation succeeds.

    >>> from theory.symbols import q
    >>> check_formula(sp.sqrt(q**2 + 1), q + sp.Rational(1, 10**9))[0].verdict
    'REFUTED'
    """
    if value.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
        return None, ()
    symbols = frozenset(definition.free_symbols | value.free_symbols)
    samples, failures = [], []
    for point in sample_points(symbols):
        try:
            samples.append(_compare(definition, value, point))
        except (DivergentExpectationError, InputError, PrecisionError, UndecidedError) as error:
            failures.append(str(error))
        if len(samples) == POINTS or not symbols:
            break
    if definition == value and not definition.has(GaussianExpectation):
        return None, tuple(samples)
    return _judge(samples, failures, _wanted(definition, value)[1]), tuple(samples)


def check_numbers(comparisons: Iterable[tuple]) -> Check | None:
    """Compare computed numbers with formulas: tuples (formula, point, number[, scale]).

    The numbers come from compiled kernels, the formulas are evaluated by the symbolic engine.
    Digits are counted relative to the number, or to ``scale`` where that is larger.

    >>> from theory.symbols import q
    >>> check_numbers([(q**2, {q: sp.Rational(1, 2)}, 0.25)]).verdict
    'SUPPORTED'
    """
    digits, failures = [], []
    for formula, point, number, *scale in comparisons:
        try:
            value = evaluated(formula, point, DIGITS_AGAIN)
        except (DivergentExpectationError, InputError, PrecisionError, UndecidedError) as error:
            failures.append(str(error))
            continue
        shared = _agreement(value, sp.Float(number, 17), *map(sp.S, scale))
        digits.append(min(shared, DIGITS_DOUBLE))
    if not digits:
        return Check("INCONCLUSIVE", f"not evaluated: {failures[0]}") if failures else None
    evidence = f"{min(digits)} digits against the formulas, {len(digits)} numbers"
    if min(digits) < DIGITS_NUMBERS:
        return Check("REFUTED", f"only {evidence}", min(digits))
    return Check("SUPPORTED", evidence, min(digits))


def _wanted(definition: sp.Expr, value: sp.Expr) -> tuple[int, str]:
    """The digits to reach, and what the two witnesses are."""
    if _is_two_point(definition):
        if definition == value:
            return DIGITS_TWO_POINT, "a quadrature on another grid"
        return DIGITS_TWO_POINT, "a quadrature of the definition"
    if definition == value:
        return DIGITS_AGAIN, "a quadrature of another precision"
    return DIGITS, "a quadrature of the definition"


def _is_two_point(expression: sp.Expr) -> bool:
    return any(len(node.factors) > 1 for node in expression.atoms(GaussianExpectation))


def _compare(definition: sp.Expr, value: sp.Expr, point: Mapping) -> Sample:
    digits, _ = _wanted(definition, value)
    first = evaluated(value, point, DIGITS)
    if _is_two_point(definition):
        digits = min(map(_reliable_digits, _nodes(definition, point)), default=digits)
        if definition == value:
            return Sample(point, first, digits, digits)  # two grids were compared inside
        second, scale = evaluated(definition, point, digits), _scale(definition, point)
        return Sample(point, first, min(_agreement(first, second, scale), digits), digits)
    second = evaluated(definition, point, digits)
    shared = _agreement(first, second)
    if shared < digits - SLACK:
        # cancellation in the definition looks like a difference until more digits are taken
        more = digits + (digits - shared)
        shared = _agreement(evaluated(value, point, more), evaluated(definition, point, more))
    return Sample(point, first, min(shared, digits), digits)


def _nodes(definition: sp.Expr, point: Mapping) -> set[GaussianExpectation]:
    return definition.xreplace(dict(point)).atoms(GaussianExpectation)


def _reliable_digits(node: GaussianExpectation) -> int:
    if len(node.factors) == 1:
        return DIGITS_TWO_POINT
    from numerics.two_point_node import reliable_digits

    return reliable_digits(node)


def evaluated(expression: sp.Expr, point: Mapping, digits: int) -> sp.Expr:
    """The value at a point; two-point expectations in double precision."""
    here = expression.xreplace(dict(point))
    nodes = here.atoms(GaussianExpectation)
    number = here.xreplace({node: _node_value(node, digits) for node in nodes}).evalf(digits)
    if not (number.is_Float or number.is_Rational):
        raise UndecidedError(f"{expression} has no real value at {_at(point)}")
    return number


@lru_cache(maxsize=1024)
def _node_value(node: GaussianExpectation, digits: int) -> sp.Expr:
    """An expectation as a number; the equations of a theory share few of them."""
    if len(node.factors) == 1:
        return node.evalf(digits + GUARD_DIGITS)
    if any(unbounded_places(factor, BOUND) for factor in node.factors):
        return node.evalf(DIGITS_TWO_POINT + 1)  # the fast rule needs finite one-sided limits
    from numerics.two_point_node import two_point_node

    return sp.Float(two_point_node(node), 17)


def _scale(definition: sp.Expr, point: Mapping) -> sp.Expr:
    """The largest of the expectations, to which the error of a double is relative."""
    values = (abs(_node_value(node, DIGITS_TWO_POINT)) for node in _nodes(definition, point))
    return max(values, default=sp.S.Zero)


def _agreement(first: sp.Expr, second: sp.Expr, scale: sp.Expr = sp.S.Zero) -> int:
    """The number of decimal digits to which two numbers agree, relative to the largest.

    >>> _agreement(sp.Float("1.2345"), sp.Float("1.2346"))
    4
    """
    scale = max(abs(first), abs(second), scale)
    difference = abs(sp.Float(first, 80) - sp.Float(second, 80))
    if difference == 0 or scale < sp.Float(10) ** -DIGITS:
        return DIGITS
    return max(0, int(sp.floor(sp.log(scale / difference, 10))))


def _judge(samples: list[Sample], failures: list[str], witnesses: str) -> Check:
    if not samples:
        reason = failures[0] if failures else "there is no point to evaluate at"
        return Check("INCONCLUSIVE", f"not evaluated: {reason}")
    digits = min(sample.digits for sample in samples)
    places = f", {len(samples)} points" if len(samples) > 1 else ""
    evidence = f"{digits} digits against {witnesses}{places}"
    if any(sample.digits < sample.wanted - SLACK for sample in samples):
        return Check("REFUTED", f"only {evidence}", digits)
    return Check("SUPPORTED", evidence, digits)


def _at(point: Mapping) -> str:
    return ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
