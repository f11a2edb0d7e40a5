r"""Draws of the fractions of more than two classes, counted on finitely many inputs.

With centres mu_k = sqrt(gamma) Z_k and spread 1 an input's class is the largest of mu_k + e_k:

    G_k = int phi(y - mu_k) prod_{j != k} Phi(y - mu_j) dy,

by the trapezoidal rule, which is exact to rounding for an integrand this smooth.
"""

import math

import numpy as np

from ..random_numbers import key_of

__all__ = ["fraction_draws", "largest_counts"]

_DRAWS = 4000
_STEP, _BEYOND = 0.25, 7.0


def fraction_draws(gamma, classes, draws, random):
    """Fractions [draw, class] of infinitely many inputs.

    >>> draws = fraction_draws(0.0, 4, 2, np.random.default_rng(0))
    >>> draws.round(12).tolist()
    [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]
    """
    from scipy.special import log_ndtr

    centre = random.standard_normal((draws, classes))
    if math.isinf(gamma):
        return (centre == centre.max(axis=1, keepdims=True)).astype(float)
    centre *= math.sqrt(gamma)
    # an input of the winning class has its largest value near the largest centre
    top = centre.max(axis=1, keepdims=True)
    reach = _BEYOND + math.sqrt(2.0 * math.log(classes))
    y = np.arange(-_BEYOND, reach + _STEP / 2, _STEP)
    found = np.zeros_like(centre)
    for shift in y:
        t = top + shift - centre
        below = log_ndtr(t)
        # the density is 0 long before Phi underflows: its centre is below the largest one
        found += np.exp(-(t**2) / 2 + below.sum(axis=1, keepdims=True) - below)
    return found / found.sum(axis=1, keepdims=True)


def largest_counts(gamma, classes, inputs, seed):
    """Counts [draw, class] on ``inputs`` inputs of independent networks of the limit law."""
    random = np.random.default_rng([key_of(seed, 1), classes])
    return random.multinomial(inputs, fraction_draws(gamma, classes, _DRAWS, random))
