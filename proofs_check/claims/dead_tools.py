r"""Second routes for claims on dead units: ReLU networks enumerated exactly, or drawn.

Nothing here uses the toolkit's theory.  Enumerations fix the sizes of all weights and run through
their signs, in integers: what holds for any sizes holds for every law with those symmetries.
"""

import math

import sympy as sp

from theory.errors import ClaimError

from ..checks import Statistical
from .correlated_networks import weights

__all__ = ["all_off", "drawn_off", "fixed_rows", "fraction", "relu_layer", "signs"]


def signs(count):
    """Every choice of ``count`` signs, int64 (2^count, count)."""
    import numpy as np

    bits = np.arange(2**count)[:, None] >> np.arange(count)
    return 1 - 2 * (bits & 1)


def fixed_rows(seed, shape, sums_to_zero=False):
    """Integers in general position, the weights of some layers up to signs."""
    import numpy as np

    rows = np.random.default_rng(seed).integers(1, 90, shape)
    if sums_to_zero:
        rows[..., -1] = -rows[..., :-1].sum(axis=-1)
    return rows


def relu_layer(y, before):
    """(y)_+ of integers; an exact 0 that does not come from values that are all 0 is an error."""
    import numpy as np

    if ((y == 0) & (before != 0).any(axis=-1)[:, None]).any():
        raise ClaimError("the fixed sizes are not in general position: a pre-activation is 0")
    return np.maximum(y, 0)


def fraction(truths):
    """The exact share of true entries."""
    return sp.Rational(int(truths.sum()), truths.size)


def drawn_off(generator, count, kappa, width, depth, entries=None):
    """Whether some layer is all off, for ``count`` networks on one random input each.

    ``entries(generator, shape)`` draws weights of another law, then independent.
    """
    import numpy as np

    h = generator.standard_normal((count, width, 1))
    shape = (count, width, width)
    for _ in range(depth):
        matrix = weights(generator, kappa, shape) if entries is None else entries(generator, shape)
        h = np.maximum(matrix @ h, 0.0)
        # the size of the values does not matter, and must not underflow
        h /= np.maximum(h.max(axis=1, keepdims=True), 1e-300)
    return (h == 0).all(axis=(1, 2))


def all_off(inputs, kappa, expected, samples=200_000):
    """P(a unit of layer 1 is off on all rows of ``inputs``): its row of weights is drawn."""
    import numpy as np

    rows = np.asarray(inputs, dtype=float)

    def sampler(generator, count):
        y = weights(generator, kappa, (count, rows.shape[1])) @ rows.T / math.sqrt(rows.shape[1])
        return (y <= 0).all(axis=1)

    return Statistical(sampler, float(expected), samples)
