"""Numbers that two routes enclose by ball arithmetic, compared; printed decimals as balls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from theory.errors import ClaimError

from ..context import Context
from ..finding import Finding
from ..verdict import Verdict

__all__ = ["Balls", "ball", "printed"]


@dataclass(frozen=True)
class Balls:
    """Two enclosures of the same number by ball arithmetic (functions that return an ``arb``).

    CERTIFIED if both are known to ``digits`` and overlap, REFUTED if they are disjoint, else
    INCONCLUSIVE.  For special functions that have no node in the ball programs of expressions.
    """

    left: Callable[[], Any]
    right: Callable[[], Any]
    digits: int = 15
    what: str = ""
    bits: int = 240

    def run(self, context: Context) -> Finding:
        """Both sides at the same precision."""
        from flint import ctx

        with ctx.workprec(self.bits):
            left, right = self.left(), self.right()
            if not (left.is_finite() and right.is_finite()):
                raise ClaimError(f"a side of {self.what or 'the check'} has no finite enclosure")
            texts = [side.str(self.digits + 3, radius=False) for side in (left, right)]
            narrow = all(
                side.rel_accuracy_bits() > 3.33 * self.digits - 2 or abs(side) < 10**-self.digits
                for side in (left, right)
            )
        data = {"left": texts[0], "right": texts[1], "digits": self.digits}
        about = f"{self.what}: " if self.what else ""
        if not left.overlaps(right):
            evidence = f"{about}{texts[0]} is not {texts[1]}"
            return Finding(Verdict.REFUTED, "certified", evidence, data)
        if not narrow:
            evidence = f"{about}the enclosures {left} and {right} are too wide"
            return Finding(Verdict.INCONCLUSIVE, "certified", evidence, data)
        return Finding(Verdict.CERTIFIED, "certified", f"{about}both are {texts[0]}", data)


def ball(value):
    """A number as a ball."""
    from numerics.balls import as_ball

    return as_ball(sp.S(value))


def printed(digits: str):
    """A printed decimal as a ball: one unit of its last place to either side.

    >>> printed("0.25").contains(0.255)
    True
    """
    from flint import arb

    mantissa, _, exponent = digits.partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return arb(digits) + arb(0, 1) * arb(10) ** -places
