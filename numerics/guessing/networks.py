r"""``guessing_study``: class fractions of random networks of finite width, beside their limit law.

Many networks are drawn, each guesses the class of every input, and the fractions are compared in
law with Phi(sqrt(gamma) Z) counted on that many inputs.  gamma is that of infinite width; how far
single networks are from it is the correction in depth/width (Bassi et al. 2025, arXiv:2505.12096;
Francazi et al. 2024, arXiv:2306.00809).
"""

import math
from dataclasses import replace

import numpy as np

from theory.errors import InputError

from ..blas_threads import one_blas_thread
from ..ensemble import thread_count
from ..input import finite, whole
from ..progress import reporting
from ..result import Provenance
from .finite_sample import (
    counted_largest,
    counted_variance,
    estimated_gamma,
    ks_against,
    ks_between,
)
from .gaussian_guesses import drawn_counts, mean_over_pairs, pair_variance
from .gram_path import average_gamma, correlations_by_layer
from .many_classes import largest_counts
from .network_sampling import sample_networks
from .prediction import matched_gamma
from .random_layer import drawn_entries, random_layer
from .study import GuessingStudy

__all__ = ["guessing_study"]

_VERB = "guessing_study"
_DRAWS = 20_000


def guessing_study(
    model,
    width=300,
    depth=4,
    *,
    networks=150,
    readouts=8,
    inputs=1000,
    data=None,
    classes=2,
    sigma_w2=None,
    sigma_b2=None,
    seed=0,
    false_alarm=1e-3,
    threads=None,
    progress=None,
) -> GuessingStudy:
    """Measure the fractions of guesses of ``networks`` random networks.

    Parameters
    ----------
    model
        A GuessingBias with its variances, or a MeanField or activation with ``sigma_w2`` and
        ``sigma_b2`` (0 if left out).  Its independent or row-correlated weights and its pooling
        are drawn as they are.
    width, depth
        Neurons in a layer (a multiple of the pool size), and layers of weights: the guess is the
        largest of ``classes`` neurons of layer ``depth``.
    networks, readouts
        How many networks, and how many independent last layers for each of them (as many as fit
        into the width): they share the gamma of the network and nothing else.
    inputs
        How many independent N(0, 1) inputs of ``width`` numbers each network sees, fresh ones for
        every network.
    data
        Inputs of your own instead, (N, d): the same for all networks.  gamma is then that of their
        mean covariance in each layer, and the law that of the variance over pairs of inputs.
    classes
        2 or more.
    false_alarm
        The probability with which the comparison in law refuses a right law.

    The numbers depend on the seed, not on threads.  Raises InputError for what cannot be drawn.

    >>> from theory.guessing import GuessingBias
    >>> study = guessing_study(GuessingBias("relu", 2, 0), 50, 2, networks=100, inputs=200)
    >>> study.accepted, bool(abs(study.gamma_hat[1] - study.gamma_finite[1]) < 0.05)
    (True, True)
    """
    layer = random_layer(model, _VERB, sigma_w2, sigma_b2)
    layer = replace(layer, entries=drawn_entries(model, _VERB))
    n, deep = whole(width, "width", _VERB, 2), whole(depth, "depth", _VERB)
    many, kinds = whole(networks, "networks", _VERB, 2), whole(classes, "classes", _VERB, 2)
    heads = min(whole(readouts, "readouts", _VERB), n // kinds)
    rate = finite(false_alarm, "false_alarm", _VERB)
    if not 0 < rate < 1:
        raise InputError(f"{_VERB}: false_alarm = {rate:g} must lie between 0 and 1")
    if n % layer.pool_size or n < kinds:
        raise InputError(
            f"{_VERB}: width = {n} must be a multiple of the pool size {layer.pool_size} and at "
            f"least the number of classes {kinds}"
        )
    seen, statistics = _inputs(layer, n, inputs, data)
    size = seen[0] if isinstance(seen, tuple) else len(seen)
    gamma, of_law, reference = _limits(layer, statistics, deep, kinds, seed)
    workers = thread_count(threads, _VERB)
    with reporting(progress, "networks") as report, one_blas_thread():
        sample = sample_networks(layer, n, deep, many, (heads, kinds), seen, seed, workers, report)
    if reference is not None:
        found = _against(sample.counts, reference, size)
    elif kinds == 2:
        found = _binary(sample.counts, of_law, size)
    else:
        found = _against(sample.counts, largest_counts(of_law, kinds, size, seed), size)
    named = f"gamma = {of_law:.5g}" if reference is None else "infinite width for these inputs"
    return GuessingStudy(
        label=layer.name,
        width=n,
        networks=many,
        inputs=size,
        classes=kinds,
        gamma=gamma,
        gamma_finite=estimated_gamma(gamma, size),
        **_ratios(sample),
        fractions=sample.counts / size,
        gamma_law=of_law,
        **found,
        reference=named,
        false_alarm=rate,
        fresh=isinstance(seen, tuple),
        provenance=Provenance.of(
            _VERB, layer.name, "standard errors over networks", seed,
            sigma_w2=layer.sigma_w2, sigma_b2=layer.sigma_b2, width=n, depth=deep, networks=many,
            readouts=heads, inputs=size, classes=kinds,
        ),
    )  # fmt: skip


def _inputs(layer, width, inputs, data):
    """((N, d) or the array, its statistics or None)."""
    if data is None:
        return (whole(inputs, "inputs", _VERB, 2), width), None
    from .data import data_statistics, rows_of

    rows = rows_of(data, _VERB)
    return rows, data_statistics(rows)


def _limits(layer, statistics, depth, classes, seed):
    """(gamma by layer at infinite width, that of the law of fractions, draws of this law or None).

    A law of few enough inputs is drawn from their covariances, without assuming them homogeneous.
    """
    if statistics is None:
        gap = layer.path(depth, *layer.start())[1]
        with np.errstate(divide="ignore"):
            gamma = np.maximum(1.0 / gap - 1.0, 0.0)
        return gamma, float(gamma[-1]), None
    path = correlations_by_layer(layer, statistics.gram, depth)
    variance, _ = mean_over_pairs(pair_variance(path[-1][1], classes))
    gamma = np.array([average_gamma(q, c) for q, c in path])
    complete = len(statistics.gram) == statistics.count
    draws = drawn_counts(*path[-1], classes, _DRAWS, seed) if complete else None
    return gamma, matched_gamma(variance, classes), draws


def _ratios(sample):
    """gamma of each layer from all networks, its error, and its spread over networks."""
    centre, spread = sample.centre, sample.spread
    many = len(centre)
    total, share = centre.sum(axis=0), spread.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out = (total - centre) / (share - spread)
        single = sample.expected_centre / sample.expected_spread
        ratio = total / share
    error = np.sqrt((many - 1) / many * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    return {"gamma_hat": ratio, "gamma_error": error, "gamma_networks": single}


def _binary(counts, gamma, inputs):
    """Moments of G_0 and the comparison in law, against the law counted on the inputs."""
    fraction = counts[..., 0] / inputs
    square, largest = (fraction - 0.5) ** 2, np.maximum(fraction, 1.0 - fraction)
    limit = math.asin(gamma / (1.0 + gamma)) / (2.0 * math.pi) if gamma < math.inf else 0.25
    distance, p = ks_against(counts[..., 0], gamma, inputs)
    return _summary(square, largest) | {
        "variance_limit": counted_variance(limit, inputs),
        "largest_limit": counted_largest(gamma, inputs),
        "ks": distance,
        "p_value": p,
    }


def _against(counts, reference, inputs):
    """The same against draws of the limit law; the largest fraction if there are more classes."""
    classes = counts.shape[-1]
    square, expected = (
        ((each / inputs - 1.0 / classes) ** 2).mean(axis=-1) for each in (counts, reference)
    )
    largest = counts.max(axis=-1) / inputs
    one, two = (
        each[..., 0] if classes == 2 else each.max(axis=-1) for each in (counts, reference)
    )
    distance, p = ks_between(one.ravel(), two)
    return _summary(square, largest) | {
        "variance_limit": float(expected.mean()),
        "largest_limit": float(reference.max(axis=1).mean() / inputs),
        "ks": distance,
        "p_value": p,
    }


def _summary(square, largest):
    return {
        "variance": float(square.mean()),
        "variance_error": _error(square),
        "largest": float(largest.mean()),
        "largest_error": _error(largest),
    }


def _error(values):
    """The standard error of a mean [network, readout]: networks are independent."""
    means = values.mean(axis=1)
    return float(means.std(ddof=1) / math.sqrt(len(means)))
