"""The range of an expression over a box of its symbols, enclosed from outside and nearly tight.

A box is enclosed by evaluating the expression on its balls, by the mean-value form, and by its
corners where the partial derivatives show it to be monotone.  The boxes that reach furthest out
are halved until the enclosure exceeds what is attained at points by little, or the effort is
spent; the enclosure is right at any moment.

Source: W. Tucker, "Validated Numerics", Princeton University Press 2011, chapter 6.
"""

from theory.errors import InitheoryError

from .balls import BallProgram

__all__ = ["range_ball"]

_EXCESS = 0.01
_MOST_CELLS = 200
_MOST_CELLS_OF_PAIRS = 3


def range_ball(expr, symbols, balls, nodes):
    """A ball that holds ``expr`` for all values of ``symbols`` in ``balls``, at flint's precision.

    ``nodes`` is as for :class:`BallProgram`.  Non-finite if no finite enclosure was found.
    """
    from theory.gaussian import GaussianExpectation

    problem = _Problem(expr, symbols, nodes)
    pairs = any(len(node.factors) == 2 for node in expr.atoms(GaussianExpectation))
    most = _MOST_CELLS_OF_PAIRS if pairs else _MOST_CELLS
    cells = [(problem.enclose(balls), balls)]
    attained = problem.points(balls)
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


class _Problem:
    """An expression with its partial derivatives, as far as there are any."""

    def __init__(self, expr, symbols, nodes):
        self._program = BallProgram(expr, symbols, nodes)
        self._slopes = []
        for symbol in symbols:
            try:
                self._slopes.append(BallProgram(expr.diff(symbol), symbols, nodes))
            except (InitheoryError, ArithmeticError, ValueError):  # no weak derivative there
                self._slopes.append(None)

    def enclose(self, box):
        """The tightest of the enclosures that apply."""
        found = self._value(self._program, box)
        slopes = [None if s is None else self._value(s, box) for s in self._slopes]
        if any(s is None or not s.is_finite() for s in slopes):
            return found
        signs = [1 if s >= 0 else -1 if s <= 0 else 0 for s in slopes]
        centre = [b.mid() if sign == 0 else None for b, sign in zip(box, signs, strict=True)]
        ends = []
        for lowest in (True, False):
            corner = [
                b.lower() if (sign > 0) == lowest else b.upper()
                for b, sign in zip(box, signs, strict=True)
            ]
            place = [c if m is None else m for c, m in zip(corner, centre, strict=True)]
            value = self._value(self._program, place)
            for b, m, slope in zip(box, centre, slopes, strict=True):
                if m is not None:
                    value += slope * (b - m)
            ends.append(value)
        formed = ends[0].union(ends[1]) if all(e.is_finite() for e in ends) else found
        if not found.is_finite():
            return formed
        return found.intersection(formed) if formed.is_finite() else found

    def points(self, box):
        """(smallest, largest) value seen at the two extreme corners and in the middle."""
        values = [
            self._value(self._program, place)
            for place in (
                [b.lower() for b in box],
                [b.mid() for b in box],
                [b.upper() for b in box],
            )
        ]
        middles = [float(v.mid()) for v in values if v.is_finite()]
        return (min(middles), max(middles)) if middles else (float("inf"), -float("inf"))

    @staticmethod
    def halves(box):
        """The box cut in two across its relatively longest side."""
        from flint import arb

        sizes = [float(b.rad() / (abs(b.mid()) + arb("1e-300"))) for b in box]
        widest = sizes.index(max(sizes))
        b = box[widest]
        parts = []
        for low, high in ((b.lower(), b.mid()), (b.mid(), b.upper())):
            half = list(box)
            half[widest] = low.union(high)
            parts.append(half)
        return parts

    @staticmethod
    def _value(program, box):
        from flint import arb

        try:
            return program.real(list(box))
        except InitheoryError:  # too wide a box, or one where the expectation does not exist
            return arb.nan()
