"""What a benchmark gives back, and how times are taken."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Result", "best_of", "child"]


@dataclass(frozen=True)
class Result:
    """One comparison.  ``ratio`` is what ``bar`` bounds: at least it, or at most it.

    ``ratio`` is None if the other side is not installed; ``details`` holds what was measured.
    """

    name: str
    meaning: str
    ratio: float | None
    bar: float
    at_least: bool = True
    details: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None if there was nothing to compare with."""
        if self.ratio is None:
            return None
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar

    def line(self) -> str:
        """The result in one line."""
        state = {True: "met   ", False: "MISSED", None: "-     "}[self.met]
        ratio = "not run" if self.ratio is None else f"{self.ratio:.3g}"
        relation = ">=" if self.at_least else "<="
        note = f"  ({self.note})" if self.note else ""
        return f"{state}  {self.meaning}: {ratio} (bar {relation} {self.bar:g}){note}"


def best_of(work: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """(least seconds, result) of ``repeats`` runs; the least is what the machine can do."""
    least, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        least = min(least, time.perf_counter() - start)
    return least, result


def child(program: str) -> Any:
    """What a fresh interpreter prints last, read as JSON."""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"a benchmark process failed: {run.stderr.strip().splitlines()[-1]}")
    return json.loads(run.stdout.strip().splitlines()[-1])
