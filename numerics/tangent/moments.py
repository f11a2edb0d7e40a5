"""W = E phi^2 and D = E phi'^2 of many variances."""

import numpy as np

from ..table import moment_table

__all__ = ["moments_at"]

#: More variances than this are worth a table of moments, which stays.
_MANY = 3


def moments_at(activation, q):
    """W and D of many variances: from the activation's table where it reaches."""
    if activation.homogeneity is None and q.size > _MANY and activation.has_slope:
        table = moment_table(activation)
        low, high = table.q_range
        if low <= q.min() and q.max() <= high:
            return table.W(q), table.D(q)
    return np.asarray(activation.W(q), float), np.asarray(activation.D(q), float)
