"""The erf phase diagram of neural-tangents' notebook: 75,000 points and no wrong one."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np

import initheory as it

from .measure import Result, best_of

#: The grid of the notebook; ours replaces its sigma_w2 = 0 by a tiny positive number.
SIGMA_W2 = np.arange(300) * 0.01
SIGMA_B2 = np.arange(250) * 0.001


def run() -> list[Result]:
    """Wrong points of ours, and the speed against the closed form of neural-tangents."""
    weights = np.maximum(SIGMA_W2, 1e-12)
    seconds, diagram = best_of(
        lambda: it.phase_diagram("erf", sigma_w2=weights, sigma_b2=SIGMA_B2)
    )
    undefined = int(sum(np.isnan(a).sum() for a in (diagram.q, diagram.chi_1, diagram.c_star)))
    contradictions = int(np.sum((diagram.c_star < 1) != (diagram.chi_1 > 1)))
    details = {"seconds": seconds, "undefined": undefined, "contradictions": contradictions}
    theirs = neural_tangents()
    if theirs:
        details["neural-tangents"] = theirs
    return [
        Result(
            "erf-phase-wrong",
            "erf phase diagram: points that are NaN or whose c* contradicts chi_1",
            undefined + contradictions,
            0,
            at_least=False,
            details=details,
            note=f"neural-tangents: {theirs['undefined'] + theirs['contradictions']}"
            if theirs
            else "",
        ),
        Result(
            "erf-phase",
            "erf phase diagram, 75,000 points: speed over neural-tangents",
            theirs["seconds"] / seconds if theirs else None,
            1,
            details=details,
            note="" if theirs else "neural-tangents is not installed",
        ),
    ]


def neural_tangents() -> dict | None:
    """The same grid by neural-tangents, in its own process; None if it is not installed.

    PEER_PYTHON may name an interpreter that has it.
    """
    python = os.environ.get("PEER_PYTHON")
    if python is None:
        if find_spec("neural_tangents") is None:
            return None
        python = sys.executable
    done = subprocess.run([python, "-c", PEER], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


#: q* and c* by Newton's method on the library's own kernel, chi_1 as the gradient at c = 1.
PEER = """
import json, time, warnings
warnings.filterwarnings("ignore")
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
import neural_tangents as nt
from neural_tangents import stax

Kernel = nt._src.utils.kernel.Kernel

def kernel(K):
    return Kernel(cov1=jnp.diag(K), nngp=K, cov2=None, ntk=None, is_gaussian=True,
                  is_reversed=False, diagonal_batch=True, diagonal_spatial=False,
                  shape1=(K.shape[0], 1024), shape2=(K.shape[1], 1024), x1_is_x2=True,
                  is_input=True, batch_axis=0, channel_axis=1, mask1=None, mask2=None)

def root(f, start):
    excess = lambda x: f(x) - x
    slope = jax.grad(excess)
    step = lambda s: (s[0] - excess(s[0]) / slope(s[0]), s[0])
    return jax.lax.while_loop(lambda s: jnp.abs(s[0] - s[1]) > 1e-7, step, (start, 0.0))[0]

def point(w, b):
    layer = stax.serial(stax.Dense(1024, jnp.sqrt(w), jnp.sqrt(b)), stax.Erf())[2]
    q = root(lambda q: layer(kernel(jnp.array([[q]]))).nngp[0, 0], 1.0)
    c_map = lambda c: layer(kernel(jnp.array([[q, q * c], [q * c, q]]))).nngp[1, 0] / q
    return q, root(c_map, 0.1), jax.grad(c_map)(1.0)

grid = jax.jit(jax.vmap(jax.vmap(point, (0, None)), (None, 0)))
W, B = jnp.arange(300) * 0.01, jnp.arange(250) * 0.001
jax.block_until_ready(grid(W, B))
start = time.perf_counter()
q, c, chi = map(np.asarray, jax.block_until_ready(grid(W, B)))
seconds = time.perf_counter() - start
known = ~np.isnan(q) & ~np.isnan(c) & ~np.isnan(chi)
print(json.dumps({"seconds": seconds, "undefined": int((~known).sum()),
                  "contradictions": int((((c > 0.999) != (chi < 1)) & known).sum())}))
"""
