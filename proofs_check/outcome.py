"""What verifying one claim gave: its verdict, the evidence, and the fate of each mutation."""

import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from .checks import run_check
from .context import Context
from .finding import Finding
from .statement import Claim
from .verdict import Verdict

__all__ = ["MutationOutcome", "Outcome", "verify_claim"]


@dataclass(frozen=True)
class MutationOutcome:
    """A mutation, and whether the checks refuted it; ``refuted`` is what it should be."""

    description: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict: one refuted part refutes the whole."""
        return min(finding.verdict for finding in self.findings)

    @property
    def refuted(self) -> bool:
        """Whether the wrong variant was found to be wrong, without a failure on the way."""
        return self.verdict is Verdict.REFUTED

    @property
    def evidence(self) -> str:
        """The evidence of the part that decided."""
        return _evidence(f for f in self.findings if f.verdict is self.verdict)

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types."""
        return {
            "description": self.description,
            "verdict": str(self.verdict),
            "refuted": self.refuted,
            "evidence": self.evidence,
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True)
class Outcome:
    """The result for one claim; plain data, so it can cross process boundaries.

    ``ok`` holds if the weakest check at least SUPPORTED the claim, nothing failed, and every
    mutation was refuted.  ``notes`` says what a reader should know, such as a missing negative
    control, which does not make a user's claim fail.
    """

    id: str
    statement: str
    source: str
    findings: tuple[Finding, ...]
    mutations: tuple[MutationOutcome, ...]
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the claim's checks."""
        return min(finding.verdict for finding in self.findings)

    @property
    def error(self) -> str:
        """The text of the first failure of a check, "" if there was none."""
        return next((finding.error for finding in self.findings if finding.error), "")

    @property
    def ok(self) -> bool:
        """Whether the claim holds and its mutations are refuted."""
        return self.verdict.passes and all(mutation.refuted for mutation in self.mutations)

    @property
    def evidence(self) -> str:
        """The evidence of all checks, in one text."""
        return _evidence(self.findings)

    @property
    def brief_evidence(self) -> str:
        """What decided, in a line: the weakest findings first, and how many there are."""
        texts = _texts(sorted(self.findings, key=lambda finding: finding.verdict))
        more = f" (and {len(texts) - 2} more)" if len(texts) > 2 else ""
        return "; ".join(texts[:2]) + more

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how far the verdict goes."""
        notes = []
        if not self.mutations:
            notes.append("no negative control: give a mutation that must be refuted")
        for mutation in self.mutations:
            if not mutation.refuted:
                notes.append(f"mutation not refuted ({mutation.verdict}): {mutation.description}")
        return tuple(notes)

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types."""
        return {
            "id": self.id,
            "statement": self.statement,
            "source": self.source,
            "verdict": str(self.verdict),
            "ok": self.ok,
            "evidence": self.evidence,
            "error": self.error,
            "notes": list(self.notes),
            "checks": [finding.to_dict() for finding in self.findings],
            "mutations": [mutation.to_dict() for mutation in self.mutations],
            "seconds": round(self.seconds, 4),
        }

    def __str__(self) -> str:
        refuted = sum(mutation.refuted for mutation in self.mutations)
        fate = f"{refuted}/{len(self.mutations)} mutations refuted" if self.mutations else "-"
        return f"{self.id}: {self.verdict} ({fate})"


def verify_claim(claim: Claim, seed: int = 0, level: str = "quick") -> Outcome:
    """Run the checks and the mutations of one claim; what they print goes to standard error.

    >>> outcome = verify_claim(Claim("my.two", "$1 + 1 = 2$", "", check=lambda: 1 + 1 == 2))
    >>> outcome.ok, str(outcome.verdict), outcome.notes[0][:19]
    (True, 'SUPPORTED', 'no negative control')
    """
    with redirect_stdout(sys.stderr):
        return _verify(claim, seed, level)


def _verify(claim, seed, level):
    begin = time.perf_counter()
    context = Context(seed, level, (claim.id,))
    findings = run_check(claim.check, context.inside("check"))
    if level == "full" and claim.full != ():
        findings += run_check(claim.full, context.inside("full"))
    mutations = []
    for number, mutation in enumerate(claim.mutations):
        start = time.perf_counter()
        found = run_check(mutation.check, context.inside(f"mutation {number}"))
        seconds = time.perf_counter() - start
        mutations.append(MutationOutcome(mutation.description, found, seconds))
    seconds = time.perf_counter() - begin
    return Outcome(claim.id, claim.statement, claim.source, findings, tuple(mutations), seconds)


def _texts(findings) -> list[str]:
    texts = [f"{f.evidence}: {f.error}" if f.error else f.evidence for f in findings]
    return list(dict.fromkeys(texts))


def _evidence(findings) -> str:
    return "; ".join(_texts(findings))
