r"""``simulate``: random networks of finite width, and the SDEs that they tend to.

Networks are sampled exactly in law without drawing a weight (or by drawing them all), SDEs by
splitting schemes of weak order 2 in coordinates where they cannot leave their domain.  The result
depends on the seed and on nothing else: not on the number of threads, and path k of a run is
path k of any other run that contains it.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError
from theory.network import Network
from theory.reduced_sde import ReducedSDE
from theory.shaped_weights import weight_option

from . import sde_line, sde_matrix
from .blas_threads import one_blas_thread
from .ensemble import Block, run, thread_count
from .input import finite
from .network_brute import brute_paths
from .network_exact import network_paths
from .random_numbers import GENERATORS, key_of
from .result import Provenance
from .sample import Sample, sample_of, scale_of
from .simulation_input import clock, correlation, count, covariance, layers_of, one_start, refuse

__all__ = ["simulate"]

#: Networks go through a layer together, about so many pre-activations at a time.
_PREACTIVATIONS = 1 << 15
#: A norm beyond this is an explosion.
_LIMIT = 1e150


def simulate(
    model,
    *,
    rho0=None,
    V0=None,
    start=None,
    T=None,
    paths=None,
    samples=None,
    steps=None,
    times=None,
    layers=None,
    method=None,
    keep="values",
    seed=0,
    stream=0,
    first=0,
    threads=None,
    random="mix",
    limit=None,
    progress=None,
) -> Sample:
    """Sample paths of a CovarianceSDE, a ReducedSDE or a Network.

    Parameters
    ----------
    model
        A CovarianceSDE: ``rho0`` gives the correlation of two inputs of norm 1, a number ``V0``
        the norm of one input, an m×m matrix ``V0`` the covariance.  A ReducedSDE: ``start``.  A
        Network: ``rho0`` or a matrix (or number) ``V0``, the covariance of the first layer.
    T, times, steps
        The SDE is followed up to T, or recorded at ``times``; ``steps`` up to the end.
    layers
        Layers of a network to record; by default the last one, ``depth``.
    paths, samples
        How many (two names for one number, 10 000 by default).
    method
        For networks ``"exact"`` (in law; normal weights, also correlated ones) or ``"brute"``
        (every weight drawn, for any law).
    keep
        ``"values"``, or ``"statistics"`` for means, variances and a histogram in memory that does
        not grow with the number of paths.
    seed, stream, first
        Random numbers are a function of seed, stream, path and step; ``first`` is the number of
        the first path, so that a run can be split or continued.
    threads, random, progress
        Number of threads (None for all processors), generator (``"mix"`` or ``"philox"``), and
        None, True or a function of (done, total).
    limit
        A network has exploded once a norm exceeds this (default 1e150).

    Raises InputError with one sentence for whatever cannot be simulated.

    >>> sde = CovarianceSDE("relu")
    >>> sample = simulate(sde, rho0=0.3, T=0.5, paths=20_000, seed=1)
    >>> bool(abs(sample.mean - 0.3084021) < 4 * sample.standard_error)
    True
    """
    number = count(paths, samples)
    workers = thread_count(threads, "simulate")
    options = _options(seed, stream, first, random, keep)
    given = {"rho0": rho0, "V0": V0, "start": start}
    if isinstance(model, Network):
        refuse("a network", T=T, steps=steps, times=times, start=start)
        plan = _network_plan(model, rho0, V0, layers, method, limit, options)
    elif isinstance(model, CovarianceSDE | ReducedSDE):
        refuse("an SDE", layers=layers, method=method, limit=limit)
        when = clock(T, steps, times, _longest_step(model, given))
        plan = _sde_plan(model, given, when, options)
    else:
        raise InputError(
            f"simulate: {type(model).__name__} cannot be simulated; pass a CovarianceSDE, one of "
            "its reduced equations, or a Network"
        )
    plan.task.prepare()
    scale = None if keep == "values" else scale_of(plan.quantity)
    # products of small matrices on threads of our own: BLAS must not start more of them
    with one_blas_thread() if plan.multiplies else nullcontext():
        ensemble = run(plan.task, number, first, plan.size, workers, scale, progress)
    asked = given | {"T": T, "steps": steps, "times": times, "layers": layers, "limit": limit}
    asked = {name: value for name, value in asked.items() if value is not None}
    asked |= {"paths": number, "stream": stream, "first": first, "random": random}
    at_end = times is None and layers is None
    return sample_of(
        ensemble,
        number,
        at_end,
        label=plan.label,
        quantity=plan.quantity,
        places=np.array([] if at_end else plan.places, dtype=float),
        statement=_statement(number, plan.scheme, ensemble),
        provenance=Provenance.of("simulate", plan.label, plan.scheme, seed, **asked),
    )


@dataclass(frozen=True)
class _Plan:
    """A task, what its values are and where they are recorded, and how many paths make a block."""

    task: Callable[[int, int], Block]
    quantity: str
    places: list
    size: int
    label: str
    scheme: str
    multiplies: bool = False


def _options(seed, stream, first, random, keep):
    """The arguments that key random numbers, after a look at their neighbours."""
    key_of(seed, stream)
    if random not in GENERATORS:
        raise InputError(f"simulate: random = {random!r}; choose one of {', '.join(GENERATORS)}")
    if keep not in ("values", "statistics"):
        raise InputError(f"simulate: keep = {keep!r}; choose 'values' or 'statistics'")
    if isinstance(first, bool) or not isinstance(first, int) or first < 0:
        raise InputError(f"simulate: first = {first!r} must be a whole number >= 0")
    return {"seed": seed, "stream": stream, "generator": random}


# SDEs


def _sde_plan(sde, given, when, options):
    end, h, records = when
    places = [record * h for record in records]
    scheme = f"{records[-1]} steps to t = {end:g}"
    if isinstance(sde, ReducedSDE):
        if given["start"] is None or given["rho0"] is not None or given["V0"] is not None:
            raise InputError("simulate: a reduced SDE starts from start=, a number")
        value = finite(given["start"], "start", "simulate")
        kind = str(sde.variable)
        task = sde_line.line_paths(sde, value, h, records, **options)
        return _Plan(task, kind, places, sde_line.BLOCK_PATHS, str(sde), scheme)
    if given["start"] is not None:
        raise InputError("simulate: a CovarianceSDE starts from rho0= or V0=, not from start=")
    rho0, V0 = one_start(given["rho0"], given["V0"])
    quantity, line, value = _reduced(sde, rho0, V0)
    label = f"covariance SDE of {sde.name}{weight_option(sde.weights)}"
    if line is not None:
        task = sde_line.line_paths(line, value, h, records, **options)
        return _Plan(task, quantity, places, sde_line.BLOCK_PATHS, label, scheme)
    task = sde_matrix.matrix_paths(sde, value, h, records, quantity, **options)
    return _Plan(task, quantity, places, sde_matrix.BLOCK_PATHS, label, scheme)


def _longest_step(sde, given):
    """What explosions leave as the longest step."""
    if isinstance(sde, ReducedSDE):
        return sde_line.longest_step(sde)
    if given["V0"] is None and sde.correlation.autonomous:
        return np.inf
    return sde_line.longest_step(sde.norm)


def _reduced(sde, rho0, V0):
    """(quantity, reduced equation or None for the matrix, start)."""
    if rho0 is not None:
        value = correlation(rho0)
        if sde.correlation.autonomous:
            return "rho", sde.correlation, value
        return "rho", None, np.array([[1.0, value], [value, 1.0]])
    if np.ndim(V0) > 0:
        return "V", None, covariance(V0)
    value = finite(V0, "V0", "simulate")
    if value <= 0.0:
        raise InputError(f"simulate: V0 = {value:g} is a squared norm and must be positive")
    return "V", sde.norm, value


# networks


def _network_plan(network, rho0, V0, layers, method, limit, options):
    method = "exact" if method is None else method
    if method not in ("exact", "brute"):
        raise InputError(f"simulate: method = {method!r}; choose 'exact' or 'brute'")
    rho0, V0 = one_start(rho0, V0)
    if rho0 is not None:
        value = correlation(rho0)
        matrix, quantity = np.array([[1.0, value], [value, 1.0]]), "rho"
    else:
        matrix, quantity = covariance(V0), "V"
    chosen = [network.depth] if layers is None else layers_of(layers, network.depth)
    limit = _LIMIT if limit is None else finite(limit, "limit", "simulate")
    if limit <= 0.0:
        raise InputError(f"simulate: limit = {limit:g} bounds squared norms and must be positive")
    if method == "brute":
        keys = {"seed": options["seed"], "stream": options["stream"]}
        task = brute_paths(network, matrix, chosen, quantity, limit, **keys)
        return _Plan(task, quantity, chosen, 1, repr(network), "every weight drawn", True)
    task = network_paths(network, matrix, chosen, quantity, limit, **options)
    size = min(max(_PREACTIVATIONS // (network.width * len(matrix)), 1), 4096)
    return _Plan(task, quantity, chosen, size, repr(network), "exact in law")


def _statement(count, scheme, ensemble):
    exploded = len(ensemble.explosion_times)
    fate = f"{exploded} exploded" if exploded else "none exploded"
    return f"{count} paths, {scheme}; {fate}"
