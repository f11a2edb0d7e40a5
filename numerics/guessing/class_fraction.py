r"""The law of the fraction of inputs that an untrained classifier gives to one class.

Over the data, output k of a given network is N(mu_k, sigma_y2), and over networks mu_k is N(0,
sigma_mu2), all independent; gamma = sigma_mu2/sigma_y2.  G_k = P(output k is the largest | mu) is
the fraction given to class k, a random number.  Source: Francazi, Lucchi, Baity-Jesi 2024,
arXiv:2306.00809; Bassi et al. 2025, arXiv:2505.12096.
"""

import numpy as np

from theory.errors import InputError

from ..result import Provenance
from .binary_fraction import BinaryClassFraction
from .drift_ratio import class_count, drift_ratio
from .fraction_law import FractionLaw
from .many_fractions import ClassFraction
from .rival_points import replicate_size, whole_seed

__all__ = ["class_fraction"]


def class_fraction(
    gamma=None, classes=2, *, c=None, one_minus_c=None, seed=0, points=None
) -> FractionLaw:
    """The law of the fraction of one class, in the manner of SciPy's frozen distributions.

    Parameters
    ----------
    gamma, c, one_minus_c
        Exactly one: gamma from 0 to infinity, or c = gamma/(1 + gamma), or 1 - c where gamma is
        large.  Arrays of them for two classes.
    classes
        How many, from 2 on.  Two are in closed form.  For more, moments up to the second, the
        agreement and the mean of the largest are computed to 1e-13; ``pdf``, ``cdf`` and ``ppf``
        by randomised quasi-Monte-Carlo, with errors (``cdf_error``).
    seed, points
        For more than two classes: the seed of the quasi-random points and how many of them.

    Notes
    -----
    The law has ``pdf``, ``logpdf``, ``cdf``, ``sf``, ``ppf``, ``isf``, ``rvs``, ``mean``, ``var``,
    ``std``, ``median``, ``moment``, ``interval``, ``support``, ``plot``; ``agreement``
    (E sum_k G_k^2: how likely two inputs get the same class), ``expected_largest`` and
    ``largest``, the law of max_k G_k; ``rvs_all`` draws all classes.

    Raises InputError for a negative or missing gamma, or fewer than two classes.

    Examples
    --------
    >>> law = class_fraction(gamma=1)
    >>> law.pdf(0.3), round(law.var(), 14), law.largest.mean()
    (1.0, 0.08333333333333, 0.75)
    >>> print(f"{class_fraction(c=0.5, classes=10).agreement:.12f}")
    0.293809866435
    """
    ratio = drift_ratio(gamma, c, one_minus_c)
    count = class_count(classes)
    record = Provenance.of(
        "class_fraction",
        "any",
        "closed form" if count == 2 else "quasi-Monte-Carlo",
        None if count == 2 else seed,
        gamma=ratio.gamma,
        one_minus_c=ratio.one_minus_c,
        classes=count,
    )
    if count == 2:
        return BinaryClassFraction(ratio.gamma, ratio.one_minus_c, record)
    if np.ndim(ratio.gamma):
        raise InputError(
            f"class_fraction: an array of gamma is for 2 classes; for {count} take one gamma at a "
            "time, as in [class_fraction(g, classes=10) for g in gamma]"
        )
    if points is not None:
        replicate_size(count, points)  # says what is wrong with it, now
    return ClassFraction(ratio.gamma, ratio.one_minus_c, count, whole_seed(seed), points, record)
