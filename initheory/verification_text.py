"""A verification report for a terminal: one claim a paragraph, wrapped and coloured."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .plain import Line, hanging, painted, wrap_words

if TYPE_CHECKING:
    from proofs_check import Outcome, VerificationReport

__all__ = ["verification_text"]

STYLES = {"REFUTED": "bold red", "INCONCLUSIVE": "bold yellow"}


def verification_text(
    report: "VerificationReport", width: int | None = None, *, colour: bool = False
) -> str:
    """Every outcome with its evidence in brief and its mutations, then the summary."""
    return painted(_lines(report, width), colour=colour)


def _lines(report: "VerificationReport", width: int | None) -> Iterator[Line]:
    for outcome in report.outcomes:
        yield from _outcome_lines(outcome, width)
    style = "bold green" if report.ok else "bold red"
    yield from hanging([], report.summary, width, style=style, breaker=wrap_words)


def _outcome_lines(outcome: "Outcome", width: int | None) -> Iterator[Line]:
    verdict = str(outcome.verdict)
    style = STYLES.get(verdict, "green") if outcome.ok else "bold red"
    yield [(style, f"{verdict:<12}"), ("bold", outcome.id), ("dim", f"  {outcome.seconds:.2f} s")]
    for text in (outcome.brief_evidence, *outcome.notes):
        yield from hanging([("", "    ")], text, width, breaker=wrap_words)
    for mutation in outcome.mutations:
        fate = "refuted" if mutation.refuted else "NOT REFUTED"
        label = [("dim" if mutation.refuted else "bold red", f"    mutation {fate}: ")]
        yield from hanging(label, mutation.description, width, style="dim", breaker=wrap_words)
