"""Checks of rows that may fail to be evaluated, and the errors by which a theory declines."""

from collections.abc import Callable

from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)

from .report import Check

__all__ = ["DECLINED", "FAILED", "judged"]

#: What a computation may end with in place of a number; then the row says so.
DECLINED = (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)

#: The same for a formula evaluated outside the range of its arithmetic.
FAILED = (*DECLINED, OverflowError, ZeroDivisionError)


def judged(check: Callable[[], Check | None]) -> Check | None:
    """The check, or an inconclusive one where an evaluation fails."""
    try:
        return check()
    except FAILED as error:
        return Check("INCONCLUSIVE", f"not evaluated: {error}")
