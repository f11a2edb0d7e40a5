"""The range of an expression over a box of its symbols, enclosed from outside and nearly tight.

A box is enclosed by evaluating the expression on its balls, by the mean-value form, and by its
corners where the partial derivatives show it to be monotone.  The boxes that reach furthest out
are halved until the enclosure exceeds what is attained at points by little, or the effort is
spent; the enclosure is right at any moment.

Source: W. Tucker, "Validated Numerics", Princeton University Press 2011, chapter 6.
"""

import sympy as sp

from theory.errors import InitheoryError

from .balls import BallProgram

__all__ = ["range_ball"]

_EXCESS = 0.01
_MOST_CELLS = 200
_MOST_CELLS_OF_PAIRS = 3


def range_ball(expr, symbols, box, nodes):
    """A ball that holds ``expr`` for all values of ``symbols`` in ``box``, at flint's precision.

    ``box`` is a list of (lower, upper), balls that hold the ends of the intervals; ``nodes`` is as
    for :class:`BallProgram`.  Non-finite if no finite enclosure was found.
    """
    from theory.gaussian import GaussianExpectation

    problem = _Problem(expr, symbols, nodes)
    nested = expr.atoms(GaussianExpectation)
    pairs = any(len(node.factors) == 2 and node.doit() == node for node in nested)
    most = _MOST_CELLS_OF_PAIRS if pairs else _MOST_CELLS
    cells = [(problem.enclose(box), box)]
    attained = problem.points(box)
    for _ in range(most):  # halvings
        low = min(cells, key=lambda cell: _lower(cell[0]))
        high = max(cells, key=lambda cell: _upper(cell[0]))
        below = attained[0] - _lower(low[0])
        above = _upper(high[0]) - attained[1]
        width = attained[1] - attained[0]
        if max(below, above) <= _EXCESS * width:
            break
        worst = low if below >= above else high
        cells.remove(worst)
        for half in problem.halves(worst[1]):
            cells.append((problem.enclose(half), half))
            inner = problem.points(half)
            attained = min(attained[0], inner[0]), max(attained[1], inner[1])
    hull = cells[0][0]
    for found, _ in cells[1:]:
        hull = hull.union(found) if hull.is_finite() and found.is_finite() else hull + found
    return hull


def _lower(ball):
    return float(ball.lower()) if ball.is_finite() else -float("inf")


def _upper(ball):
    return float(ball.upper()) if ball.is_finite() else float("inf")


def _slope(expr, symbol):
    """The derivative, also where SymPy fails to decide the sign of a power's base."""
    try:
        return expr.diff(symbol)
    except sp.PolynomialError:
        bare = sp.Dummy(symbol.name, real=True)
        return expr.xreplace({symbol: bare}).diff(bare).xreplace({bare: symbol})


class _Problem:
    """An expression with its partial derivatives, as far as there are any."""

    def __init__(self, expr, symbols, nodes):
        self._program = BallProgram(expr, symbols, nodes)
        self._slopes = []
        for symbol in symbols:
            try:
                self._slopes.append(BallProgram(_slope(expr, symbol), symbols, nodes))
            except (InitheoryError, ArithmeticError, ValueError):  # no weak derivative there
                self._slopes.append(None)

    def enclose(self, box):
        """The tightest of the enclosures that apply."""
        whole = [low.union(high) for low, high in box]
        found = self._value(self._program, whole)
        slopes = [None if s is None else self._value(s, whole) for s in self._slopes]
        if any(s is None or not s.is_finite() for s in slopes):
            return found
        formed = [self._form(box, whole, slopes, side) for side in (0, 1)]
        if not all(f.is_finite() for f in formed):
            return found
        formed = formed[0].union(formed[1])
        return found.intersection(formed) if found.is_finite() else formed

    def _form(self, box, whole, slopes, side):
        """A bound from below (side 0) or above (1): the mean-value form, with the end itself in
        the place of the middle for every symbol in which the expression is monotone."""
        place, steps = [], []
        for ends, ball, slope in zip(box, whole, slopes, strict=True):
            if slope >= 0 or slope <= 0:
                place.append(ends[side if slope >= 0 else 1 - side])
            else:
                place.append(ball.mid())
                steps.append(slope * (ball - ball.mid()))
        return sum(steps, self._value(self._program, place))

    def points(self, box):
        """(smallest, largest) value seen at two corners and in the middle."""
        middle = [low.union(high).mid() for low, high in box]
        places = [ends[0] for ends in box], middle, [ends[1] for ends in box]
        values = [self._value(self._program, place) for place in places]
        middles = [float(v.mid()) for v in values if v.is_finite()]
        return (min(middles), max(middles)) if middles else (float("inf"), -float("inf"))

    @staticmethod
    def halves(box):
        """The box cut in two across its relatively longest side."""
        sizes = [
            float((high - low).mid()) / (abs(float(high.mid())) + abs(float(low.mid())) + 1e-300)
            for low, high in box
        ]
        widest = sizes.index(max(sizes))
        low, high = box[widest]
        middle = low.union(high).mid()
        return [
            [*box[:widest], side, *box[widest + 1 :]] for side in ((low, middle), (middle, high))
        ]

    @staticmethod
    def _value(program, box):
        from flint import arb

        try:
            return program.real(list(box))
        except InitheoryError:  # too wide a box, or one where the expectation does not exist
            return arb.nan()
