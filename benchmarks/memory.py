"""Memory of a phase diagram of a million points."""

from .measure import Result, child

PROGRAM = """
import json, resource
import numpy as np
import initheory as it
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
it.phase_diagram("tanh", sigma_w2=np.linspace(0.5, 3, 2), sigma_b2=np.linspace(0, 0.5, 2))
before = peak()
diagram = it.phase_diagram(
    "tanh", sigma_w2=np.linspace(0.5, 3, 1000), sigma_b2=np.linspace(0, 0.5, 1000)
)
print(json.dumps({"before": before, "after": peak()}))
"""


def run() -> list[Result]:
    """The growth of the peak resident size while the diagram is made."""
    peaks = child(PROGRAM)
    return [
        Result(
            "phase-memory",
            "megabytes that a 1000 x 1000 phase diagram of tanh takes",
            peaks["after"] - peaks["before"],
            200,
            at_least=False,
            details={"megabytes": peaks},
        )
    ]
