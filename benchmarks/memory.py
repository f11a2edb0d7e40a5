"""Memory of a phase diagram of a million points."""

from .measure import Result, child

PROGRAM = """
import json, resource, tracemalloc
import numpy as np
import initheory as it
it.phase_diagram("tanh", sigma_w2=np.linspace(0.5, 3, 2), sigma_b2=np.linspace(0, 0.5, 2))
tracemalloc.start()
diagram = it.phase_diagram(
    "tanh", sigma_w2=np.linspace(0.5, 3, 1000), sigma_b2=np.linspace(0, 0.5, 1000)
)
computed = tracemalloc.get_traced_memory()[1] / 2**20
diagram.c_star, diagram.xi_c
everything = tracemalloc.get_traced_memory()[1] / 2**20
process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"computed": computed, "with c_star": everything, "process": process}))
"""


def run() -> list[Result]:
    """The peak of what is allocated for the diagram, its correlations included."""
    peaks = child(PROGRAM)
    return [
        Result(
            "phase-memory",
            "megabytes that a 1000 x 1000 phase diagram of tanh takes",
            peaks["with c_star"],
            200,
            at_least=False,
            details={"megabytes": peaks},
        )
    ]
