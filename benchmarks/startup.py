"""What a user waits for: the command line in a warm second process, and loading a kernel."""

import os
import subprocess
import sys

from .measure import Result, best_of, child

IMPORTS = "import sympy, numba"


def run() -> list[Result]:
    """Whole processes, so that interpreter start and imports count on both sides."""
    derive = [sys.executable, "-m", "initheory", "derive", "relu"]
    run_quietly(derive)
    ours, _ = best_of(lambda: run_quietly(derive), 3)
    theirs, _ = best_of(lambda: run_quietly([sys.executable, "-c", IMPORTS]), 3)
    symbolic, _ = best_of(lambda: run_quietly([*derive, "--format", "latex"]), 3)
    loading = kernel_milliseconds()
    return [
        Result(
            "derive-warm",
            "initheory derive relu, warm, over the time to import sympy and numba",
            ours / theirs,
            3,
            at_least=False,
            details={
                "seconds": {"derive": ours, "imports": theirs, "derive --format latex": symbolic}
            },
        ),
        Result(
            "kernel-load",
            "milliseconds to load a compiled kernel in a second process",
            loading["milliseconds"],
            10,
            at_least=False,
            details=loading,
        ),
    ]


def run_quietly(command) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)


def kernel_milliseconds() -> dict:
    """The mean over several activations, with numba's own start paid before."""
    program = """
import json, time
import numba, numpy as np
numba.njit("float64(float64)")(lambda x: x)
import initheory as it
phis = [it.activation(name) for name in ("gelu", "mish", "softplus", "elu")]
import numerics.compile
it.compile(it.activation("tanh"))(np.zeros(1))
start = time.perf_counter()
for phi in phis:
    it.compile(phi, )(np.zeros(1))
print(json.dumps({"milliseconds": 1e3 * (time.perf_counter() - start) / len(phis)}))
"""
    child(program)
    return child(program)
