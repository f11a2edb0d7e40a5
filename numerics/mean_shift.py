"""The share of their mean that independent weights lose to become correlated.

W = sqrt(sigma_w2/n) G (I - (a/n) 1 1^T) with independent standard G and a = 1 - sqrt(1 - kappa)
has rows of the covariance (sigma_w2/n)(I - (kappa/n) 1 1^T), as (1 - a)^2 = 1 - kappa.
"""

import math

__all__ = ["shift_of"]


def shift_of(kappa):
    """a = 1 - sqrt(1 - kappa) as a float, with all its digits near kappa = 0.

    >>> shift_of(1), shift_of(-3), shift_of(1e-20)
    (1.0, -1.0, 5e-21)
    """
    kappa = float(kappa)
    return kappa / (1.0 + math.sqrt(1.0 - kappa))
