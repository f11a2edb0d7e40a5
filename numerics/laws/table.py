"""Tables of an activation of a law: phi, phi' and the derivatives of log phi'.

Order 0 is phi, order 1 is phi' (as a logarithm, which keeps its digits where phi' falls steeply)
and order n >= 2 is the (n-1)-th derivative of log phi', from the polynomials of order n - 1.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.errors import InputError, PrecisionError
from theory.laws.density_law import DensityLaw
from theory.laws.quotient_law import QuotientLaw
from theory.laws.weibull_factor import WeibullFactor

from .far import Far, far_of
from .nodes import FUNCTIONS
from .pieces import END, assemble, coefficients, derivative_at_nodes, nodes
from .table_store import read, write

__all__ = ["LawTable", "law_table"]

#: 2^bits pieces an octave: more where phi' turns within a short way, as for theta next to 2.
_BITS = (4, 5, 6, 7)
_ENOUGH, _ENOUGH_BENT, _WORST = 3e-14, 1e-11, 1e-8
#: Where a table changes to the formula of the tail, phi'' has a jump of about this size.
_WORST_BENT = 1e-6


@dataclass(frozen=True, eq=False)
class LawTable:
    """The array a kernel reads, the name of that kernel, and the estimated relative error."""

    data: np.ndarray
    function: str
    error: float

    @property
    def handle(self) -> float:
        """The address of the array, which a double holds exactly."""
        return float(self.data.ctypes.data)


@lru_cache(maxsize=256)
def law_table(law, kind: str, order: int) -> LawTable:
    """The table of order ``order`` for an activation of a law without free symbols.

    It is kept on disk: the digits of a law may take half a minute.  Raises PrecisionError if
    polynomial pieces do not resolve it, as where the law has atoms.
    """
    question = sp.srepr(law), kind, order
    kept = read(*question)
    if kept is not None:
        return LawTable(np.array(kept[2:]), FUNCTIONS[int(kept[0])], float(kept[1]))
    table = _finest(law, kind, order)
    write(np.array([FUNCTIONS.index(table.function), table.error, *table.data]), *question)
    return table


def _finest(law, kind, order):
    table = None
    for bits in _BITS:
        values = _values(law, kind, bits)
        finer = _odd(values, order) if kind == "odd" else _positive(values, order)
        if table is not None and finer.error > table.error / 4.0:
            break  # what is left is rounding
        table = finer
        if table.error < (_ENOUGH if order < 2 else _ENOUGH_BENT):
            break
    if not table.error < (_WORST if order < 2 else _WORST_BENT):
        raise PrecisionError(
            f"the {kind} activation of {law} is not smooth enough for a table: its error is about "
            f"{table.error:.1g}; evaluate it with evalf"
        )
    return table


@dataclass(frozen=True, eq=False)
class _Values:
    """phi and phi' at the nodes of the right and, for the positive kind, of the left side.

    The place of a node is a = |x|^``power``; on the left both are given times exp(rate x^2).
    """

    bits: int
    right: np.ndarray
    left: np.ndarray | None
    far: tuple[Far, Far]
    power: float = 1.0
    rate: float = 0.0
    lowest: float = 0.0
    error: float = 0.0

    @property
    def nodes(self):
        """The places of the values."""
        return nodes(self.bits)


@lru_cache(maxsize=64)
def _values(law, kind, bits):
    if not isinstance(law, WeibullFactor):
        _require_formula(law)
        from .digits_table import digits_values

        return _Values(*digits_values(law, kind, bits))
    from .weibull_table import values_and_slopes

    theta = float(law.theta)
    a = nodes(bits)
    right = values_and_slopes(a, theta, kind)
    left = None
    if kind == "positive":
        left = values_and_slopes(-a, theta, kind)
        left = np.where(a <= 1.0, left * np.exp(0.5 * np.minimum(a, 1.0) ** 2), left)
    edge = values_and_slopes([END], theta, kind)[:, 0]
    return _Values(bits, right, left, far_of(law, END, *edge), rate=0.5)


def _require_formula(law):
    """A quotient by an integral takes seconds for each of the hundreds of nodes of a table."""
    factor = law.args[1] if isinstance(law, QuotientLaw) else None
    if isinstance(factor, DensityLaw) and factor.closed is None:
        raise InputError(
            f"E|W|^s of the density {factor.args[0]} is an integral, for which tables of the "
            "activation are not built; evaluate(x, digits=15) takes about a minute for a value"
        )


def _odd(values, order):
    q, suffix = values.power, "" if values.power == 1.0 else "_power"
    if order == 0:
        pieces = coefficients(values.right[0] / values.nodes)
        return _table(values, values.far[0].header() | {7: q}, "law_odd" + suffix, pieces)
    logarithm = np.log(values.right[1])
    if q != 1.0:
        logarithm -= (1.0 - 1.0 / q) * np.log(values.nodes)
    pieces = coefficients(logarithm, absolute=True)
    if order == 1:
        return _table(values, values.far[1].header() | {7: q}, "law_slope" + suffix, pieces)
    if q != 1.0:
        _require_second(order)
        bend = (q - 1.0) + q * values.nodes * derivative_at_nodes(pieces.values, values.bits)
        header = _far_bend(bend / values.nodes ** (1.0 / q), values.nodes ** (1.0 / q), values)
        return _table(values, header | {7: q}, "law_bend_power", coefficients(bend, absolute=True))
    bend = _derivatives(pieces, order - 1, values.bits)
    header = _far_bend(bend, values.nodes, values) | {10: -1.0 if order % 2 == 0 else 1.0}
    return _table(values, header, "law_bend", coefficients(bend, absolute=True))


def _positive(values, order):
    rate = values.rate
    if order == 0:
        sides = coefficients(values.right[0]), coefficients(values.left[0])
        header = values.far[0].header() | {9: rate, 10: values.lowest}
        return _table(values, header, "law_positive", *sides)
    sides = [coefficients(np.log(side[1]), absolute=True) for side in (values.right, values.left)]
    if order == 1:
        return _table(values, values.far[1].header() | {9: rate}, "law_positive_slope", *sides)
    right, left = (_derivatives(side, order - 1, values.bits) for side in sides)
    if order == 2:
        left = 2.0 * rate * values.nodes - left
    elif order == 3:
        left = left - 2.0 * rate
    else:
        left = left * (-1.0) ** (order - 1)
    header = _far_bend(right, values.nodes, values) | {10: -2.0 * rate if order == 2 else 0.0}
    sides = coefficients(right, absolute=True), coefficients(left, absolute=True)
    return _table(values, header, "law_positive_bend", *sides)


def _table(values, header, name, *sides):
    error = max(values.error, *(side.error for side in sides))
    return LawTable(assemble(header, values.bits, *(side.values for side in sides)), name, error)


def _derivatives(pieces, count, bits):
    found = derivative_at_nodes(pieces.values, bits)
    for _ in range(count - 1):
        found = derivative_at_nodes(coefficients(found).values, bits)
    return found


def _far_bend(bend, places, values):
    """A power of x that continues derivatives of log phi' where the table of phi' ends."""
    end = values.far[1].end
    last = min(np.searchsorted(places[:, 0], end), len(places)) - 1
    (x, z), (v, w) = places[last, [0, -1]], bend[last, [0, -1]]
    if v * w <= 0.0:
        return {0: -math.inf, 5: end}
    power = math.log(w / v) / math.log(z / x)
    lead = math.log(abs(w)) - power * math.log(z)
    edge = math.inf if power > 0.0 else -math.inf
    return {0: lead, 1: power, 4: edge, 5: end, 6: math.copysign(1.0, w)}


def _require_second(order):
    if order > 2:
        raise InputError(
            "a law whose density at 0 is neither finite nor positive has kernels of phi, phi' and "
            "phi'' only; evaluate higher derivatives with evalf"
        )
