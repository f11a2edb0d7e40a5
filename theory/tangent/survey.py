r"""Where on its curve the edge of chaos is real: sigma_b2(q) >= 0 and |V'(q)| < 1.

The signs of expectations without a closed form are not decidable symbolically.  They are sampled
at variances over many decades and their changes are bracketed; the statement says so.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import sympy as sp

from ..edge_of_chaos import EdgeOfChaos
from ..errors import InitheoryError
from ..symbols import q

__all__ = ["Survey", "survey"]

_GRID = [sp.Rational(10) ** k for k in (-2, -1)]
_GRID += [sp.Rational(v) for v in ("1/3", "1", "3", "10", "30", "100", "1000")]

#: Relative width to which a change of sign is bracketed, in halvings of the logarithm.
_HALVINGS = 10

_DIGITS = 15

#: A float cannot tell V' = 1 - 1e-20 (hard tanh at small variances) from 1.
_MARGIN = sp.Float("1e-12")


@dataclass(frozen=True)
class Survey:
    """What sampling found: is the curve ``admissible`` somewhere, and ``stable`` somewhere there.

    None where parameters without values leave it open.  ``statement`` is empty where the whole
    curve is admissible and stable (or each variance is preserved).
    """

    admissible: bool | None
    stable: bool | None
    statement: str


@lru_cache(maxsize=128)
def survey(edge: EdgeOfChaos) -> Survey:
    """The survey of a curve that exists.

    >>> from theory.mean_field import MeanField
    >>> survey(MeanField("softplus").edge_of_chaos).admissible
    False
    >>> survey(MeanField("erf").edge_of_chaos)
    Survey(admissible=True, stable=True, statement='')
    """
    if edge.sigma_b2.is_zero:
        return Survey(True, True, "")
    if (edge.sigma_b2.free_symbols | edge.stability.free_symbols) - {q}:
        return Survey(None, None, "where sigma_b2(q) >= 0 and |V'(q)| < 1")
    span = f"{_GRID[0]} and {_GRID[-1]}"
    bias = _Sampled(edge.sigma_b2, lambda value: value >= -_MARGIN)
    if not bias.any:
        return Survey(
            False, False, f"chi_1 = 1 needs sigma_b2 < 0 at every variance tried between {span}"
        )
    stable = _Sampled(edge.stability, lambda value: abs(value) < 1 + _MARGIN)
    both = any(bias.holds.get(v) and stable.holds.get(v) for v in _GRID)
    parts = []
    if not bias.all:
        parts.append(f"admissible (sigma_b2 >= 0) {bias.ranges()}")
    if not stable.all:
        where = stable.ranges() if stable.any else f"at no variance tried between {span}"
        parts.append(f"stable (|V'| < 1) {where}")
    return Survey(True, both, "; ".join(parts))


class _Sampled:
    """A condition on an expression in q, on the grid."""

    def __init__(self, expr, condition):
        self.expr, self.condition = expr, condition
        self.holds = {v: self._at(v) for v in _GRID}
        self.any = any(self.holds.values())
        self.all = all(held is not False for held in self.holds.values())

    def _at(self, variance):
        """True, False or None where the value is not to be had."""
        try:
            value = self.expr.subs(q, variance).evalf(_DIGITS)
        except InitheoryError:
            return None
        return bool(self.condition(value)) if value.is_Float or value.is_Rational else None

    def ranges(self):
        """The intervals of q in which the condition holds, in words."""
        known = [v for v in _GRID if self.holds[v] is not None]
        texts, lower = [], None
        inside = self.holds[known[0]]
        for left, right in pairwise(known):
            if self.holds[left] == self.holds[right]:
                continue
            place = f"{float(self._change(left, right)):.3g}"
            if inside:
                texts.append(f"for q < {place}" if lower is None else f"for {lower} < q < {place}")
            lower, inside = place, not inside
        if inside:
            texts.append(f"for q > {lower}")
        return " and ".join(texts)

    def _change(self, left, right):
        low, high = sp.Float(left, _DIGITS), sp.Float(right, _DIGITS)
        for _ in range(_HALVINGS):
            middle = sp.sqrt(low * high)
            here = self._at(middle)
            if here is None:
                break
            low, high = (middle, high) if here == self.holds[left] else (low, middle)
        return sp.sqrt(low * high)
