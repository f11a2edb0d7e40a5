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
    """The mean time to load one; numba's own start, once a process, is paid before."""
    program = """
import json, time
import numpy as np
import initheory as it
from numerics import kernels

seconds = []
load = kernels.load_module

def timed(*arguments):
    start = time.perf_counter()
    module = load(*arguments)
    seconds.append(time.perf_counter() - start)
    return module

it.compile(it.activation("tanh"))(np.zeros(1))
kernels.load_module = timed
for name in ("gelu", "mish", "softplus", "elu"):
    it.compile(it.activation(name))(np.zeros(1))
print(json.dumps({"milliseconds": 1e3 * sum(seconds) / len(seconds), "kernels": len(seconds)}))
"""
    child(program)
    return min((child(program) for _ in range(3)), key=lambda found: found["milliseconds"])
