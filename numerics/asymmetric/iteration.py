"""Layer after layer of asymmetric networks: by particles at infinite width, or finite networks."""

import numpy as np

from theory.errors import InputError

from ..ensemble import thread_count
from ..input import finite, whole
from ..random_numbers import key_of
from ..result import Provenance
from ..stored_runs import in_order
from .input import setting
from .layers import AsymmetricLayers
from .networks import network
from .particles import population

__all__ = ["asymmetric_iteration", "asymmetric_networks"]

#: Independent populations, from whose scatter the errors come.
_POPULATIONS = 40


def asymmetric_iteration(
    maps,
    sigma_w2,
    sigma_b2=0,
    *,
    particles=400_000,
    depth=30,
    q0=1,
    c0=None,
    seed=0,
    threads=None,
    progress=None,
) -> AsymmetricLayers:
    r"""The non-normal law of wide asymmetric layers by particles, with errors.

    Forty independent populations of ``particles``/40 neurons go through ``depth`` layers from
    y ~ N(0, q0).  The particles of one population share its s and m, as the neurons of a layer do,
    so errors are taken from the scatter of the populations.

    With small normal weights the stationary law has power tails; if its fourth moment is infinite,
    populations, like networks, come near it slowly as they grow, and so do their errors.

    Parameters
    ----------
    maps
        An AsymmetricMaps, or an activation.
    sigma_w2, sigma_b2
        Scale of the normal weights and variance of the biases.
    particles, depth
        Neurons in all populations, at least 400; layers.
    q0, c0
        E y^2 of layer 0, and the correlation of two inputs there, if two are wanted: they share
        places and entries.
    seed, threads, progress
        The result does not depend on ``threads``.

    Raises InputError for arguments out of range.

    >>> run = asymmetric_iteration("relu", 2, particles=40_000, depth=12)
    >>> abs(run.stationary_growth - 1.7892) < 5 * run.stationary_growth_error
    True
    """
    verb = "asymmetric_iteration"
    maps, activation, kappa, sigma_w2, sigma_b2 = setting(maps, sigma_w2, sigma_b2, verb)
    size = whole(particles, "particles", verb, least=10 * _POPULATIONS) // _POPULATIONS
    rescaled = activation.homogeneity == 1.0
    start = _start(kappa, sigma_w2, sigma_b2, depth, q0, c0, rescaled, verb)

    def one(generator):
        return population(activation.jet[0], maps.weights, start, generator, size)

    rows = _run(one, _POPULATIONS, seed, threads, progress, verb, "populations")
    return _layers(rows, maps, activation, start, verb, seed, size, particles=particles)


def asymmetric_networks(
    maps,
    sigma_w2,
    sigma_b2=0,
    *,
    width=500,
    samples=20,
    depth=30,
    q0=1,
    c0=None,
    seed=0,
    threads=None,
    progress=None,
) -> AsymmetricLayers:
    """The layers of finite networks, of which every weight is drawn.

    ``samples`` networks of constant ``width``, whose layer 0 has independent N(0, q0) values; the
    other arguments are those of :func:`asymmetric_iteration`.  Means are over neurons and
    networks, errors over networks.  If the slot of the bias is among the places, one row in
    ``width`` + 1 gets v itself as its bias: squares then do not shrink below about
    E v^2/``width``, whatever the growth at infinite width is.

    >>> run = asymmetric_networks("relu", 2, width=100, samples=4, depth=3)
    >>> run.growth.shape
    (3,)
    """
    verb = "asymmetric_networks"
    maps, activation, kappa, sigma_w2, sigma_b2 = setting(maps, sigma_w2, sigma_b2, verb)
    size, count = whole(width, "width", verb), whole(samples, "samples", verb, least=2)
    start = _start(kappa, sigma_w2, sigma_b2, depth, q0, c0, False, verb)

    def one(generator):
        return network(activation.jet[0], maps.weights, start, generator, size)

    rows = _run(one, count, seed, threads, progress, verb, "networks")
    return _layers(rows, maps, activation, start, verb, seed, size, width=size, samples=count)


def _start(kappa, sigma_w2, sigma_b2, depth, q0, c0, rescaled, verb):
    depth, q0 = whole(depth, "depth", verb), finite(q0, "q0", verb)
    if q0 <= 0:
        raise InputError(f"{verb}: q0 = {q0:g} is E y^2 of layer 0 and must be positive")
    if c0 is not None and abs(c0 := finite(c0, "c0", verb)) > 1:
        raise InputError(f"{verb}: c0 = {c0:g} is a correlation and must lie in [-1, 1]")
    return kappa, sigma_w2, sigma_b2, depth, q0, c0, rescaled


def _run(one, count, seed, threads, progress, verb, what):
    """The rows [replica, layer, number] of independent replicas, each with its own generator."""
    key, workers = key_of(seed), thread_count(threads, verb)

    def replica(index):
        return one(np.random.default_rng([key, index]))

    return np.array(in_order(range(count), replica, workers, progress, what))


def _layers(rows, maps, activation, start, verb, seed, size, **counts):
    _, sigma_w2, sigma_b2, depth, q0, c0, _ = start
    inputs = {"weights": str(maps.weights), "depth": depth, "q0": q0, "c0": c0, **counts}
    return AsymmetricLayers(
        activation=activation.name,
        weights=str(maps.weights),
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        size=size,
        rows=rows[:, :, : 4 + (c0 is not None)],
        provenance=Provenance.of(
            verb, activation.name, f"errors from {len(rows)} replicas", seed,
            sigma_w2=sigma_w2, sigma_b2=sigma_b2, **inputs,
        ),
    )  # fmt: skip
