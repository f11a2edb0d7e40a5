"""What a user waits for before the first formula: cold derivations of the catalogue."""

from statistics import median

from .measure import Result, child

#: Seconds for the slowest activation, and for the middle one.
SLOWEST, MEDIAN = 2.0, 0.3


def run() -> list[Result]:
    """Each activation in a process of its own: nothing is cached from another one."""
    names = child("import json, initheory as it; print(json.dumps(it.activations()))")
    seconds = {name: cold_seconds(name) for name in names}
    slowest = max(seconds, key=seconds.__getitem__)
    details = {"seconds": seconds}
    return [
        Result(
            "derivation-slowest",
            f"CPU seconds to derive V, chi_1 and C, slowest activation ({slowest})",
            seconds[slowest],
            SLOWEST,
            at_least=False,
            details=details,
        ),
        Result(
            "derivation-median",
            "CPU seconds to derive V, chi_1 and C, median over the catalogue",
            median(seconds.values()),
            MEDIAN,
            at_least=False,
            details=details,
        ),
    ]


def cold_seconds(name: str) -> float:
    """V, chi_1 and C of one activation in a fresh process, imports not counted: CPU seconds."""
    program = f"""
import json, time
from theory.mean_field import MeanField

start = time.process_time()
theory = MeanField({name!r})
theory.variance_map, theory.chi_1, theory.correlation_map
print(json.dumps(time.process_time() - start))
"""
    return min(child(program) for _ in range(2))
