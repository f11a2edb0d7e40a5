"""W = E phi^2, D = E phi'^2 and m = E phi of many variances."""

from functools import lru_cache

import numpy as np

from theory.mean_field import MeanField

from ..numeric_activation import numeric_activation
from ..table import moment_table

__all__ = ["is_centred", "means_at", "moments_at", "spread_of"]

#: More variances than this are worth a table of moments, which stays.
_MANY = 3


def spread_of(activation):
    """phi, or where kappa (E phi)^2 is lost phi - E phi at each q: W is then its variance."""
    if activation.ignores_correlation:
        return numeric_activation(activation.exact.activation)
    return numeric_activation(MeanField(activation.exact.activation, weight_correlation=1))


def is_centred(activation):
    """Whether W is the variance of phi, E phi being somewhere else."""
    return not activation.ignores_correlation


def moments_at(activation, q):
    """W and D of many variances: from the activation's table where it reaches."""
    if activation.homogeneity is None and q.size > _MANY and activation.has_slope:
        table = moment_table(activation)
        low, high = table.q_range
        if low <= q.min() and q.max() <= high:
            return table.W(q), table.D(q)
    return np.asarray(activation.W(q), float), np.asarray(activation.D(q), float)


def means_at(activation, q):
    """m = E phi(sqrt(q) Z); exactly 0 for an odd activation."""
    q = np.asarray(q, float)
    if activation.parity == "odd":
        return np.zeros(q.shape)
    if activation.homogeneity is not None:
        return float(_mean(activation)(1.0)[0]) * q ** (activation.homogeneity / 2)
    return _mean(activation)(q)[0]


@lru_cache(maxsize=32)
def _mean(activation):
    from ..moments import Moments

    return Moments([activation.exact.activation.expr])
