r"""Randomised quasi-random rivals of one class, for conditional expectations over networks.

The fractions do not change when all K centres move together.  Hence only the K - 2 differences
among the K - 1 rivals of a class are sampled; where the class itself stands relative to their
mean, N(0, K/(K - 1)), is integrated exactly.  For the largest fraction the rivals are those of the
winner: K standard normals without their maximum.

Sobol points, scrambled; independent scramblings of one size give the error.
"""

import math
from typing import NamedTuple

import numpy as np

from theory.errors import InputError

__all__ = ["REPLICATES", "Rivals", "replicate_size", "rivals", "whole_seed"]

REPLICATES = 8
_DEFAULT = 2**15  #: points in all for few classes
_WORK = 2**19  #: points times classes up to which that many are taken
_LEAST, _MOST = 2**8, 2**24


class Rivals(NamedTuple):
    """``gaps`` [point, rival] below the highest rival, and its height ``top`` above their mean."""

    gaps: np.ndarray
    top: np.ndarray


def replicate_size(classes, points=None):
    """How many points each replicate has, a power of two."""
    if points is None:
        points = min(_DEFAULT, max(_WORK // classes, REPLICATES * 64))
    whole = isinstance(points, int | np.integer) and not isinstance(points, bool)
    if not whole or not _LEAST <= points <= _MOST:
        raise InputError(
            f"class_fraction: points = {points!r} must be a whole number from {_LEAST} to {_MOST}"
        )
    return 2 ** math.ceil(math.log2(points / REPLICATES))


def whole_seed(seed):
    """A seed of the quasi-random points: a whole number, 0 or more."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or seed < 0:
        raise InputError(f"class_fraction: seed = {seed!r} must be a whole number, 0 or more")
    return int(seed)


def rivals(classes, of_largest, size, seed, replicate):
    """One replicate of rivals in units of sqrt(gamma), from K - 2 or K - 1 quasi-random normals.

    >>> found = rivals(4, False, 64, 0, 0)
    >>> found.gaps.shape, bool((found.gaps.min(axis=1) == 0).all())
    ((64, 3), True)
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    count = classes if of_largest else classes - 1
    stream = np.random.default_rng([seed, classes, int(of_largest), replicate])
    uniform = qmc.Sobol(count - 1, scramble=True, rng=stream, bits=40).random(size)
    normal = ndtri(np.clip(uniform, 2.0**-41, 1.0 - 2.0**-41))
    centres = _centred(normal)
    if of_largest:
        winner = centres.argmax(axis=1)
        kept = np.arange(count)[None, :] != winner[:, None]
        centres = centres[kept].reshape(size, count - 1)
        centres = centres - centres.mean(axis=1, keepdims=True)
    top = centres.max(axis=1)
    return Rivals(np.ascontiguousarray(top[:, None] - centres), top)


def _centred(normal):
    """n - 1 normals as n normals minus their mean, by Helmert's orthogonal contrasts."""
    n = normal.shape[1] + 1
    k = np.arange(1, n)
    scaled = normal / np.sqrt(k * (k + 1.0))
    later = np.cumsum(scaled[:, ::-1], axis=1)[:, ::-1]  # contrasts that weigh entry j by 1
    centred = np.zeros((len(normal), n))
    centred[:, :-1] = later
    centred[:, 1:] -= k * scaled
    return centred
