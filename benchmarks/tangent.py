"""Tangent kernels: deep recursions against a compiled loop, matrices against neural-tangents."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import initheory as it

from .hand_written import relu_tangent_pairs
from .measure import Result, best_of

PAIRS, DEPTH = 1000, 10**6
#: The compiled loop is timed on this many layers.
PART = 10**5
#: Weight layers, and sigma_w2 and sigma_b2 of the matrices.
LAYERS, SIGMA_W2, SIGMA_B2 = 11, 1.5, 0.05
MANY, FEW, FEATURES = 1000, 200, 64


def run() -> list[Result]:
    """Pairs of inputs through 10^6 layers, then kernel matrices of ten hidden layers."""
    return [pairs(), *matrices()]


def pairs() -> Result:
    """ReLU on its edge of chaos, both sides on all cores and in 1 - c."""
    ntk, c0 = it.NTK("relu"), np.linspace(-0.9, 0.9, PAIRS)

    def ours(depth=DEPTH):
        return it.propagate(ntk, 2, 0, depth=depth, q0=1.0, c0=c0, layers=[depth])

    ours(100), relu_tangent_pairs(1.0 - c0, 100)
    our_seconds, path = best_of(ours, 2)
    hand_seconds, by_hand = best_of(lambda: relu_tangent_pairs(1.0 - c0, PART), 2)
    same = ours(PART).ntk[0]
    return Result(
        "tangent-pairs",
        "tangent kernel of 1000 pairs through 10^6 ReLU layers, time over a compiled loop",
        our_seconds / (hand_seconds * DEPTH / PART),
        1.2,
        at_least=False,
        details={
            "seconds": {"ours": our_seconds, "by hand, 10^5 layers": hand_seconds},
            "largest relative difference at 10^5": float(np.abs(by_hand / same - 1).max()),
            "K/(L q)": float(path.ntk[0, 0] / (DEPTH + 1)),
        },
    )


def matrices() -> list[Result]:
    """Whole matrices in double precision, warm, on all cores."""
    inputs = np.random.default_rng(0).standard_normal((MANY, FEATURES))
    seconds, kernels = {}, {}
    for name in ("relu", "erf", "gelu", "tanh"):
        some = inputs[: FEW if name == "tanh" else MANY]
        ntk = it.NTK(name)

        def ours(ntk=ntk, some=some):
            return it.ntk_matrix(ntk, some, depth=LAYERS, sigma_w2=SIGMA_W2, sigma_b2=SIGMA_B2)

        ours()
        seconds[name], kernels[name] = best_of(ours, 5)
    theirs = neural_tangents(inputs)
    found = []
    for name, bar, at_least in (
        *((name, 1.5, False) for name in ("relu", "erf", "gelu")),
        ("tanh", 30, True),
    ):
        ratio, details = None, {"seconds": {"ours": seconds[name]}}
        if theirs:
            peer, kernel = theirs["seconds"][name], theirs["kernels"][name]
            details["seconds"]["neural-tangents"] = peer
            difference = np.abs(kernels[name].ntk / kernel - 1).max()
            details["largest relative difference"] = float(difference)
            ratio = peer / seconds[name] if at_least else seconds[name] / peer
        if name == "tanh":
            details["relative error of ours"] = tanh_error(inputs[:3], kernels[name].ntk[:3, :3])
        size = FEW if name == "tanh" else MANY
        relation = "speed over" if at_least else "time over"
        found.append(
            Result(
                f"tangent-matrix-{name}",
                f"kernel matrix of {size} inputs, ten hidden {name} layers, {relation} "
                "neural-tangents",
                ratio,
                bar,
                at_least=at_least,
                details=details,
                note=f"{1e3 * seconds[name]:.0f} ms"
                + ("" if theirs else "; neural-tangents is not installed"),
            )
        )
    return found


def tanh_error(inputs, kernel) -> float:
    """The largest relative error at a few inputs, against two-point quadrature entry by entry."""
    from numerics.two_point import two_point

    slope = lambda x: np.cosh(x) ** -2  # noqa: E731
    q = SIGMA_B2 + SIGMA_W2 * inputs @ inputs.T / FEATURES
    k = q.copy()
    for _ in range(LAYERS - 1):
        new, rate = np.empty((2, *q.shape))
        for i, j in np.ndindex(q.shape):
            at = q[i, i], q[j, j], 1.0 if i == j else q[i, j] / np.sqrt(q[i, i] * q[j, j])
            new[i, j] = SIGMA_B2 + SIGMA_W2 * two_point(np.tanh, np.tanh, *at)
            rate[i, j] = SIGMA_W2 * two_point(slope, slope, *at)
        k, q = rate * k + new, new
    return float(np.abs(kernel / k - 1).max())


def neural_tangents(inputs) -> dict | None:
    """Its warm seconds and kernels, in its own process; None if it is not installed.

    PEER_PYTHON may name an interpreter that has it.
    """
    python = os.environ.get("PEER_PYTHON")
    if python is None:
        if find_spec("neural_tangents") is None:
            return None
        python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "inputs.npy"
        np.save(place, inputs)
        options = json.dumps([str(place), LAYERS - 1, SIGMA_W2, SIGMA_B2, FEW])
        done = subprocess.run(
            [python, "-c", PEER, options], capture_output=True, text=True, check=True
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        with np.load(Path(folder) / "kernels.npz") as archive:
            return {"seconds": seconds, "kernels": {name: archive[name] for name in archive}}


PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
from neural_tangents import stax

place, hidden, weight, bias, few = json.loads(sys.argv[1])
X = np.load(place)
phis = {"relu": stax.Relu(), "erf": stax.Erf(), "gelu": stax.Gelu(),
        "tanh": stax.ElementwiseNumerical(jnp.tanh, deg=25)}
seconds, kernels = {}, {}
for name, phi in phis.items():
    dense = lambda: stax.Dense(512, W_std=weight**0.5, b_std=bias**0.5)
    layers = [layer for _ in range(hidden) for layer in (dense(), phi)]
    _, _, kernel = stax.serial(*layers, dense())
    compiled = jax.jit(lambda x: kernel(x, None, "ntk"))
    some = jnp.asarray(X[:few] if name == "tanh" else X)
    kernels[name] = np.asarray(compiled(some))
    best = float("inf")
    for _ in range(2 if name == "tanh" else 5):
        start = time.perf_counter()
        jax.block_until_ready(compiled(some))
        best = min(best, time.perf_counter() - start)
    seconds[name] = best
np.savez(place.replace("inputs.npy", "kernels.npz"), **kernels)
print(json.dumps(seconds))
"""
