"""What a check can say, in order of strength.

REFUTED         a counterexample, or a discrepancy far beyond the stated accuracy
INCONCLUSIVE    neither shown nor refuted; never counts as passed
SUPPORTED       two numeric routes agree, or a statistical test does not object
CERTIFIED       shown by ball arithmetic: every rounding error is accounted for
PROVED          an exact symbolic identity
"""

from enum import IntEnum

__all__ = ["Verdict"]


class Verdict(IntEnum):
    """A verdict; the weakest of several is their minimum.

    >>> min(Verdict.PROVED, Verdict.SUPPORTED), str(Verdict.CERTIFIED)
    (<Verdict.SUPPORTED: 2>, 'CERTIFIED')
    """

    REFUTED = 0
    INCONCLUSIVE = 1
    SUPPORTED = 2
    CERTIFIED = 3
    PROVED = 4

    def __str__(self) -> str:
        return self.name

    @property
    def passes(self) -> bool:
        """Whether it is SUPPORTED or better."""
        return self >= Verdict.SUPPORTED
