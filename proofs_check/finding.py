"""The result of one check: a verdict with its evidence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .verdict import Verdict

__all__ = ["Finding", "shown"]


@dataclass(frozen=True)
class Finding:
    """What one check found.

    ``kind`` says how (symbolic, certified, numeric, statistical, function), ``evidence`` in words,
    ``data`` in numbers (plain Python values only).  ``error`` is the text of an exception that
    kept the check from finding anything; the verdict is then INCONCLUSIVE.
    """

    verdict: Verdict
    kind: str
    evidence: str
    data: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""

    def lasting(self, seconds: float) -> "Finding":
        """The same with the time that it took."""
        return replace(self, seconds=seconds)

    def to_dict(self) -> dict[str, Any]:
        """The finding in JSON's types."""
        return {
            "verdict": str(self.verdict),
            "kind": self.kind,
            "evidence": self.evidence,
            "data": {str(key): _plain(value) for key, value in self.data.items()},
            "seconds": round(self.seconds, 4),
            "error": self.error,
        }


def _plain(value):
    """A value in JSON's types; what has none is written as text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return str(value)


def shown(point) -> str:
    """A point as text: "q = 1/2, rho = 1/3"."""
    return ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
