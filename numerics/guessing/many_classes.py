r"""Draws of the fractions of more than two classes, counted on finitely many inputs.

With centres mu_k = sqrt(gamma) Z_k and spread 1 an input's class is the largest of mu_k + e_k.
"""

import math

import numpy as np

from ..random_numbers import key_of
from .rival_kernel import fractions_of

__all__ = ["fraction_draws", "largest_counts"]

_DRAWS = 4000


def fraction_draws(gamma, classes, draws, random):
    """Fractions [draw, class] of infinitely many inputs.

    >>> draws = fraction_draws(0.0, 4, 2, np.random.default_rng(0))
    >>> draws.round(12).tolist()
    [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]
    """
    centre = random.standard_normal((draws, classes))
    if math.isinf(gamma):
        return (centre == centre.max(axis=1, keepdims=True)).astype(float)
    shares = fractions_of(math.sqrt(gamma) * centre, classes)
    return shares / shares.sum(axis=1, keepdims=True)


def largest_counts(gamma, classes, inputs, seed):
    """Counts [draw, class] on ``inputs`` inputs of independent networks of the limit law."""
    random = np.random.default_rng([key_of(seed, 1), classes])
    return random.multinomial(inputs, fraction_draws(gamma, classes, _DRAWS, random))
