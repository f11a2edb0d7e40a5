"""Simple comparisons that leave evidence, which bare truth values do not."""

import math
from dataclasses import dataclass
from typing import Any

from ..context import Context
from ..finding import Finding
from ..verdict import Verdict

__all__ = ["Between", "Same"]


@dataclass(frozen=True)
class Between:
    """lower < value < upper; SUPPORTED or REFUTED, and the evidence shows all three.

    >>> Between(0.5, 0, 1, "a share").run(Context()).evidence
    'a share: 0 < 0.5 < 1'
    """

    value: float
    lower: float = -math.inf
    upper: float = math.inf
    what: str = ""

    def run(self, context: Context) -> Finding:
        """Compare; a value that is not a number refutes."""
        value, lower, upper = (float(part) for part in (self.value, self.lower, self.upper))
        held = lower < value < upper
        parts = [f"{lower:.10g} <"] if lower > -math.inf else []
        parts.append(f"{value:.10g}")
        parts += [f"< {upper:.10g}"] if upper < math.inf else []
        about = f"{self.what}: " if self.what else ""
        evidence = f"{about}{' '.join(parts)}{'' if held else ' fails'}"
        data = {"value": value, "lower": lower, "upper": upper}
        verdict = Verdict.SUPPORTED if held else Verdict.REFUTED
        return Finding(verdict, "numeric", evidence, data)


@dataclass(frozen=True)
class Same:
    """Two answers that are no numbers, such as the name of a phase, are equal.

    >>> Same("ordered", "chaotic", "kappa = 0").run(Context()).evidence
    'kappa = 0: ordered is not chaotic'
    """

    found: Any
    stated: Any
    what: str = ""

    def run(self, context: Context) -> Finding:
        """Compare."""
        held = bool(self.found == self.stated)
        about = f"{self.what}: " if self.what else ""
        evidence = about + (f"{self.found}" if held else f"{self.found} is not {self.stated}")
        verdict = Verdict.SUPPORTED if held else Verdict.REFUTED
        return Finding(verdict, "function", evidence, {"found": self.found, "stated": self.stated})
