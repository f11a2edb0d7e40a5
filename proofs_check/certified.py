"""Statements about real numbers shown by ball arithmetic: signs on boxes, values, roots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from numerics.certified import Proved, Refuted, certified_roots, prove_sign
from numerics.enclosure import enclose, exact_number
from theory.errors import ClaimError

from .context import Context
from .finding import Finding, shown
from .verdict import Verdict

__all__ = ["Certified", "CertifiedRoots", "CertifiedValue"]


@dataclass(frozen=True)
class Certified:
    """An inequality at every point of a box, or at the one point of ``subs``.

    CERTIFIED by branch and bound on balls, REFUTED with an exact counterexample, else
    INCONCLUSIVE.  ``where`` are further inequalities that restrict the box.

    >>> t = sp.Symbol("t", real=True)
    >>> Certified(sp.exp(t) > t, {t: (-2, 2)}).run(Context()).verdict
    <Verdict.CERTIFIED: 3>
    """

    relation: Any
    box: Mapping[sp.Symbol, tuple] = field(default_factory=dict)
    where: Sequence = ()
    subs: Mapping = field(default_factory=dict)
    bits: int = 40
    most_boxes: int = 4000

    def run(self, context: Context) -> Finding:
        """The verdict with the number of boxes or the counterexample."""
        relation = self.relation.subs(self.subs) if self.subs else self.relation
        where = [condition.subs(self.subs) for condition in self.where]
        found = prove_sign(relation, self.box, where, self.bits, self.most_boxes)
        where_at = shown({s: f"[{a}, {b}]" for s, (a, b) in self.box.items()})
        data = {"boxes": found.boxes, "bits": self.bits}
        if isinstance(found, Proved) and where:
            self._require_a_point(where)
        if isinstance(found, Proved):
            evidence = f"proved on {where_at or 'the point'} with {found.boxes} boxes"
            return Finding(Verdict.CERTIFIED, "certified", evidence, data)
        if isinstance(found, Refuted):
            data |= {"point": {str(s): str(v) for s, v in found.point.items()}}
            at = f" at {shown(found.point)}" if found.point else ""
            evidence = f"fails{at}: difference {found.value}"
            return Finding(Verdict.REFUTED, "certified", evidence, data)
        evidence = f"undecided after {found.boxes} boxes, for instance on {shown(found.box)}"
        return Finding(Verdict.INCONCLUSIVE, "certified", evidence, data)

    def _require_a_point(self, where):
        """What holds only because no point of the box satisfies ``where`` is no evidence."""
        never = sp.Not(where[0])
        if never is sp.false:
            return
        outside = never is sp.true or prove_sign(never, self.box, where[1:], self.bits, 200)
        if outside is True or isinstance(outside, Proved):
            raise ClaimError(f"no point of the box satisfies {shown({'where': where})}")


@dataclass(frozen=True)
class CertifiedValue:
    """Two expressions without free symbols have the same value, to a number of digits.

    Both are enclosed to ``digits``, expectations of two variables by integration on the left and
    by closed form on the right.  Disjoint enclosures REFUTE; overlapping ones CERTIFY that the
    values agree to the digits shown, which is not a proof that they are equal.  ``subs`` gives the
    values of symbols; a side need not contain all of them, but each must be in one of the sides.
    """

    lhs: Any
    rhs: Any
    subs: Mapping = field(default_factory=dict)
    digits: int = 20

    def run(self, context: Context) -> Finding:
        """Two enclosures, compared."""
        for symbol, value in self.subs.items():
            if exact_number(value) is None:  # enclosures on an interval overlap too easily
                raise ClaimError(f"values agree at a point; {symbol} = {value} is not a number")
        sides = sp.S(self.lhs), sp.S(self.rhs)
        left = enclose(sides[0], self._values(*sides), self.digits, closed_forms=False)
        right = enclose(sides[1], self._values(*sides[::-1]), self.digits)
        data = {"left": str(left), "right": str(right), "digits": self.digits}
        at = f" at {shown(self.subs)}" if self.subs else ""
        if left.ball().overlaps(right.ball()):
            evidence = f"both are {left}{at}"
            return Finding(Verdict.CERTIFIED, "certified", evidence, data)
        evidence = f"{left} is not {right}{at}"
        return Finding(Verdict.REFUTED, "certified", evidence, data)

    def _values(self, side, other):
        """``subs`` without what only the ``other`` side contains."""
        foreign = other.free_symbols - side.free_symbols
        foreign |= {symbol.name for symbol in foreign}
        return {key: value for key, value in self.subs.items() if key not in foreign}


@dataclass(frozen=True)
class CertifiedRoots:
    """``expr`` has exactly ``count`` zeros on [lower, upper].

    Every zero is isolated and there are no others; the count that is found decides.
    """

    expr: Any
    symbol: sp.Symbol
    lower: Any
    upper: Any
    count: int
    digits: int = 12

    def run(self, context: Context) -> Finding:
        """All zeros, certified."""
        if self.count < 0:
            raise ClaimError(f"a number of zeros is at least 0; got {self.count}")
        if not sp.S(self.lower) < sp.S(self.upper):
            raise ClaimError(f"the interval [{self.lower}, {self.upper}] is empty; swap its ends")
        roots = certified_roots(self.expr, self.symbol, self.lower, self.upper, self.digits)
        places = ", ".join(str(root) for root in roots) or "none"
        data = {"roots": [str(root) for root in roots], "count": len(roots)}
        verdict = Verdict.CERTIFIED if len(roots) == self.count else Verdict.REFUTED
        evidence = f"{len(roots)} zeros on [{self.lower}, {self.upper}]: {places}"
        return Finding(verdict, "certified", evidence, data)
