r"""Proofs by branch and bound: the sign of an expression on a box, all roots on an interval.

Both enclose the expression on boxes by ball arithmetic, in its plain form and in the centred form
F(m) + F'(B)(B - m), and cut a box in two where the enclosure does not decide.  Expectations may
be part of the expression, with their variance as one of the box variables.

Source: W. Tucker, "Validated Numerics", Princeton University Press 2011, chapters 5 and 6.
"""

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from theory.errors import InputError, PrecisionError

from . import enclosure
from .balls import BallProgram, as_ball

__all__ = ["Proved", "Refuted", "Undecided", "certified_roots", "prove_sign"]


@dataclass(frozen=True)
class Proved:
    """The relation holds on the whole box; ``boxes`` sub-boxes were enough to see it."""

    boxes: int

    def __bool__(self):
        return True


@dataclass(frozen=True)
class Refuted:
    """The relation fails at ``point`` (exact numbers), where the difference is ``value``."""

    point: dict
    value: enclosure.Enclosure
    boxes: int

    def __bool__(self):
        return False


@dataclass(frozen=True)
class Undecided:
    """Neither was shown with this many ``boxes``; ``box`` is a part that stayed open."""

    box: dict
    boxes: int

    def __bool__(self):
        return False


def prove_sign(relation, box, where=(), bits=40, most_boxes=4000):
    r"""Whether an inequality holds at every point of a box: Proved, Refuted or Undecided.

    ``relation`` is a SymPy inequality, or an expression that is meant to be positive; ``box``
    maps every symbol to (lower, upper) with exact ends; ``where`` are further inequalities: only
    points that satisfy them count.  A tangency stays Undecided.

    >>> t = sp.Symbol("t", real=True)
    >>> prove_sign(t**2 - t + 1 > 0, {t: (-2, 2)})
    Proved(boxes=5)
    >>> prove_sign(sp.cos(t) > 0, {t: (0, 2)}).point
    {t: 7/4}
    """
    from flint import ctx

    symbols = tuple(box)
    with ctx.workprec(bits):
        goal, conditions = _Inequality(relation, symbols), []
        conditions = [_Inequality(condition, symbols) for condition in where]
        todo = [tuple(_ends(box[symbol]) for symbol in symbols)]
        done = 0
        while todo:
            done += 1
            if done > most_boxes:
                return Undecided(_named(symbols, todo[-1]), done - 1)
            cell = todo.pop(0)
            if any(condition.fails(cell) for condition in conditions) or goal.holds(cell):
                continue
            middle = tuple(((a + b) / 2,) * 2 for a, b in cell)
            if goal.fails(middle) and all(condition.holds(middle) for condition in conditions):
                value = enclosure.from_ball(goal.range(middle))
                point = {s: _rational(a) for s, (a, _) in zip(symbols, middle, strict=True)}
                return Refuted(point, value, done)
            todo += _halves(cell)
    return Proved(done)


def certified_roots(expr, symbol, lower, upper, digits=15, most_boxes=4000):
    """Every zero of ``expr`` on [lower, upper], ascending, each as an :class:`Enclosure`.

    Each enclosure holds exactly one zero and there are no others: parts without a zero are
    excluded by enclosures, a zero is isolated by a monotone sign change and refined by interval
    Newton steps, relative to its size or to 10**-digits.  PrecisionError if a zero cannot be
    separated (a double zero) or lies at an end without being an exact zero there.

    >>> t = sp.Symbol("t", real=True)
    >>> [str(root) for root in certified_roots(t**2 - 2, symbol=t, lower=0, upper=3, digits=10)]
    ['1.41421356237 +- 2.0e-12']
    """
    function = _Function(expr, (symbol,))
    todo, found, done = [tuple(map(_fraction, (lower, upper)))], [], 0
    while todo:
        done += 1
        if done > most_boxes:
            raise PrecisionError(
                f"the zeros of {expr} near {symbol} = {float(todo[-1][0]):.6g} cannot be "
                "separated: a double zero there, or too wide an interval"
            )
        a, b = todo.pop()
        bits = 40 if done < 100 else 80
        if not function.range(((a, b),), bits).contains(0):
            continue
        if not function.slope(((a, b),), 0, bits).contains(0):
            signs = function.sign(a), function.sign(b)
            if 0 in signs:
                found.append((a, a) if signs[0] == 0 else (b, b))
            elif signs[0] != signs[1]:
                found.append((a, b))
            continue
        cut = a + (b - a) * Fraction(487, 1000)
        todo += [(cut, b), (a, cut)]
    return tuple(_refine(function, ends, digits) for ends in sorted(set(found)))


class _Function:
    """An expression, and its partial derivatives, on boxes of exact ends."""

    def __init__(self, expr, symbols):
        self.expr = sp.sympify(expr, strict=True)
        self.symbols = symbols
        self._programs = {}

    def range(self, cell, bits):
        """A ball of the values on a cell: plain form met with centred form."""
        from flint import ctx

        with ctx.workprec(bits):
            plain = self._evaluate(None, cell, bits)
            if all(a == b for a, b in cell) or self._gradient() is None:
                return plain
            middle = tuple(((a + b) / 2,) * 2 for a, b in cell)
            centred = self._evaluate(None, middle, bits)
            for index, (a, b) in enumerate(cell):
                offset = as_ball((a, b)) - as_ball((a + b) / 2)
                centred += self._evaluate(index, cell, bits) * offset
            if not centred.is_finite():
                return plain
            return centred if not plain.is_finite() else _meet(plain, centred)

    def slope(self, cell, index, bits):
        """A ball of one partial derivative on a cell; the whole line if there is none."""
        from flint import arb, ctx

        with ctx.workprec(bits):
            if self._gradient() is None:
                return arb.nan()
            return self._evaluate(index, cell, bits)

    def sign(self, place):
        """-1, 0 or 1 at an exact place; PrecisionError if it is too close to zero."""
        for bits in (64, 128, 256, 512):
            value = self.range(((place, place),), bits)
            if value > 0 or value < 0 or value == 0:
                return int(bool(value > 0)) - int(bool(value < 0))
        raise PrecisionError(
            f"the sign of {self.expr} at {float(place):.6g} is too close to call; move that end"
        )

    def _gradient(self):
        if "gradient" not in self._programs:
            gradient = [self.expr.diff(symbol) for symbol in self.symbols]
            rough = any(d.has(sp.Derivative, sp.Subs, sp.DiracDelta) for d in gradient)
            self._programs["gradient"] = None if rough else gradient
        return self._programs["gradient"]

    def _evaluate(self, index, cell, bits):
        key = (index, bits)
        if key not in self._programs:
            expr = self.expr if index is None else self._gradient()[index]
            nodes = enclosure.expectation_nodes(max(20, bits - 40))
            self._programs[key] = BallProgram(expr, self.symbols, nodes)
        return self._programs[key].real([as_ball(ends) for ends in cell])


class _Inequality(_Function):
    """left - right with its sense."""

    def __init__(self, relation, symbols):
        match relation:
            case sp.Gt() | sp.Ge():
                difference, strict = relation.lhs - relation.rhs, isinstance(relation, sp.Gt)
            case sp.Lt() | sp.Le():
                difference, strict = relation.rhs - relation.lhs, isinstance(relation, sp.Lt)
            case sp.Expr():
                difference, strict = relation, True
            case sp.logic.boolalg.BooleanAtom():
                difference, strict = sp.Integer(1 if relation else -1), True
            case _:
                raise InputError(f"cannot prove {relation!r}; give an inequality such as f > 0")
        super().__init__(difference, symbols)
        self.strict = strict

    def range(self, cell, bits=None):
        from flint import ctx

        return super().range(cell, bits or ctx.prec)

    def holds(self, cell):
        ball = self.range(cell)
        return bool(ball > 0 if self.strict else ball >= 0)

    def fails(self, cell):
        ball = self.range(cell)
        return bool(ball <= 0 if self.strict else ball < 0)


def _refine(function, ends, digits):
    """Interval Newton steps on an interval that holds exactly one simple zero."""
    from flint import ctx

    a, b = ends
    if a == b:
        return enclosure.enclose(_rational(a), digits=digits)
    bits, left = 64, function.sign(a)
    for _ in range(300):
        with ctx.workprec(bits):
            whole, middle = as_ball((a, b)), (a + b) / 2
            slope = function.slope(((a, b),), 0, bits)
            value = function.range(((middle, middle),), bits)
            step = as_ball(middle) - value / slope
            if not step.is_finite():  # the slope is not resolved on so wide an interval
                a, b = (middle, b) if function.sign(middle) == left else (a, middle)
                continue
            met = _meet(whole, step)
            unit = enclosure.tenth(digits)
            if met.rad() <= unit * (abs(met) + unit):
                return enclosure.from_ball(met)
            lower, upper = (_from_exact(end) for end in (met.lower(), met.upper()))
            # no progress means that rounding dominates
            if (upper - lower) * 4 > (b - a) * 3:
                bits = int(bits * 1.5)
            a, b = max(a, lower), min(b, upper)
    raise PrecisionError(f"could not refine a zero of {function.expr} to {digits} digits")


def _meet(first, second):
    return first.intersection(second)  # both hold the truth: an empty meeting is a bug


def _halves(cell):
    """The two halves of a box along its relatively longest side."""
    widths = [(b - a) / max(abs(a), abs(b), Fraction(1, 1000)) for a, b in cell]
    index = widths.index(max(widths))
    a, b = cell[index]
    middle = (a + b) / 2
    left, right = list(cell), list(cell)
    left[index], right[index] = (a, middle), (middle, b)
    return [tuple(left), tuple(right)]


def _ends(interval):
    lower, upper = map(_fraction, interval)
    if lower > upper:
        raise InputError(f"the interval ({interval[0]}, {interval[1]}) is empty; swap its ends")
    return lower, upper


def _fraction(value):
    number = enclosure.exact_number(value)
    if number is None or not number.is_rational:
        raise InputError(f"an end of an interval must be rational, got {value!r}")
    return Fraction(int(number.p), int(number.q))


def _rational(value):
    return sp.Rational(value.numerator, value.denominator)


def _from_exact(ball):
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _named(symbols, cell):
    return {s: tuple(map(_rational, ends)) for s, ends in zip(symbols, cell, strict=True)}
