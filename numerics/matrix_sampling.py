r"""Weight matrices drawn from their laws, exactly: by projection, not by a Cholesky factor.

A row of W = sqrt(sigma_w2/N) G (I - (a/N) 1 1^T) with independent standard G and
a = 1 - sqrt(1 - kappa) has the covariance (sigma_w2/N) (I - (kappa/N) 1 1^T) for every kappa <= 1,
also where that matrix is singular: at kappa = 1 the means of the rows are taken away.  What is
drawn depends on the seed alone, not on threads.
"""

import math
from collections.abc import Callable

import numpy as np
import sympy as sp

from theory.errors import AssumptionError, InputError
from theory.laws.weight_law import WeightLaw
from theory.matrix_laws.arguments import fan
from theory.matrix_laws.asymmetric import Asymmetric
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.custom import Custom
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.matrix_laws.orthogonal import Orthogonal
from theory.matrix_laws.reader import as_matrix_law
from theory.matrix_laws.row_covariance import RowCovariance

from .input import finite
from .law_sampling import generator, sample
from .matrix_given import custom_drawer, row_covariance_drawer
from .mean_shift import shift_of

__all__ = [
    "matrix_drawer",
    "matrix_shape",
    "projection",
    "sample_asymmetric",
    "sample_matrix",
    "sample_weights",
]

VERB = "sample_weights"


def sample_weights(law, fan_out, fan_in=None, sigma_w2=None, seed=0):
    """A weight matrix of a law, of shape (fan_out, fan_in).

    Parameters
    ----------
    law
        A law of matrices or of independent entries of ``it.weights``, or a text, such as
        "correlated(1/2)", "orthogonal" or "uniform".  Entries of independent laws are scaled.
    fan_out, fan_in
        How many neurons and how many weights into each; ``fan_in`` is ``fan_out`` if left out.
    sigma_w2
        The scaled variance, Var W_ij = sigma_w2/fan_in for independent weights; if left out, what
        the law brings (``law.sigma_w2``, the variance of independent entries), else 1.
    seed
        A whole number, or a numpy Generator.

    Raises
    ------
    InputError
        for symbols without a value, sizes that are no whole numbers >= 1 and a single weight along
        an axis where weights sum to 0 (Singh & Sreejith 2021, arXiv:2103.12499).

    Examples
    --------
    >>> w = sample_weights("correlated(1)", 3, 5, sigma_w2=2, seed=1)
    >>> w.shape, bool(abs(w.sum(axis=1)).max() < 1e-14)
    ((3, 5), True)
    """
    return sample_matrix(as_matrix_law(law), fan_out, fan_in, sigma_w2, seed)


def sample_matrix(law, fan_out, fan_in=None, sigma_w2=None, seed=0):
    """A matrix of a MatrixLaw or a WeightLaw; see :func:`sample_weights`."""
    shape = matrix_shape(fan_out, fan_in)
    return matrix_drawer(law, _scale(_with_values(law), sigma_w2))(generator(seed, "seed"), shape)


def matrix_drawer(law, sigma_w2=1.0) -> Callable:
    """A function (random, shape) that draws matrices of a law, shape = (..., fan_out, fan_in).

    The entries are on the scale sigma_w2 = 1, so divided by sqrt(fan_in) already, unless a
    ``sigma_w2`` is given.  ``law`` is a MatrixLaw, a WeightLaw or a text.  InputError if the law
    has symbols without a value.

    >>> draw = matrix_drawer("orthogonal")
    >>> w = draw(np.random.default_rng(0), (2, 3, 3))
    >>> bool(np.allclose(w[1] @ w[1].T, np.eye(3)))
    True
    """
    law = _with_values(as_matrix_law(law))
    sigma = math.sqrt(finite(sigma_w2, "sigma_w2", VERB))
    match law:
        case WeightLaw():
            draw = _independent(law)
        case Correlated():
            draw = _correlated(law)
        case Asymmetric():
            return _asymmetric(law, sigma)
        case Orthogonal():
            draw = _orthogonal
        case RowCovariance():
            draw = row_covariance_drawer(law)
        case Custom():
            draw = custom_drawer(law)
        case _:
            raise InputError(f"{VERB}: there is no generator for {law}")
    return draw if sigma == 1.0 else lambda random, shape: sigma * draw(random, shape)


def projection(law, size) -> np.ndarray:
    """P = I - (a/N) 1 1^T for N = ``size``, so that W = sqrt(sigma_w2/N) G P for the rows.

    P P^T = I - (kappa/N) 1 1^T.  For columns W = sqrt(sigma_w2/N) P G with ``size`` the fan-out.

    >>> bool(np.allclose(projection(Correlated(1), 2), [[0.5, -0.5], [-0.5, 0.5]]))
    True
    """
    size = int(fan(size, "size"))
    return np.eye(size) - shift_of(law.correlation) / size


def _independent(law):
    standard = law.standardised
    gaussian = law.name == "Gaussian"

    def draw(random, shape):
        entries = random.standard_normal(shape) if gaussian else sample(standard, shape, random)
        entries /= math.sqrt(shape[-1])
        return entries

    return draw


def _correlated(law):
    entries = None if law.entries is None else law.entries.standardised
    removed, along = shift_of(law.correlation), -1 if law.axis == "row" else -2
    name = "fan_in" if law.axis == "row" else "fan_out"

    def draw(random, shape):
        if removed == 1.0 and shape[along] < 2:
            raise InputError(
                f"{name} = 1: at kappa = 1 the weights along the {law.axis} sum to 0, so a single "
                f"one would be 0; give {name} >= 2 or a smaller kappa"
            )
        found = (
            random.standard_normal(shape) if entries is None else sample(entries, shape, random)
        )
        if removed:
            found -= removed * found.mean(axis=along, keepdims=True)
        found /= math.sqrt(shape[-1])
        return found

    return draw


def _asymmetric(law, sigma):
    """The weights alone: where the place of the bias is chosen, a row keeps its normal weights."""

    def draw(random, shape):
        return _asymmetric_rows(law, random, shape, sigma)[0]

    return draw


def _asymmetric_rows(law, random, shape, sigma):
    """(weights, place, entry): the chosen place of each row, fan_in for the bias."""
    base = _correlated(Correlated(law.correlation))
    weights = sigma * base(random, shape)
    place = random.integers(0, shape[-1] + int(law.bias_slot), shape[:-1])
    entry = sample(law.entry, shape[:-1], random)
    chosen = np.arange(shape[-1]) == place[..., None]
    return np.where(chosen, entry[..., None], weights), place, entry


def sample_asymmetric(law, fan_out, fan_in=None, sigma_w2=None, sigma_b2=0, seed=0):
    """(W, b) of an ``Asymmetric`` law: the replaced entry of a row may be its bias.

    The biases are N(0, sigma_b2) where they are not replaced.

    >>> w, b = sample_asymmetric(Asymmetric(), 200, 4, sigma_w2=0, seed=0)
    >>> bool(((w > 0).sum(axis=1) + (b > 0) == 1).all())
    True
    """
    law, shape, random = as_matrix_law(law), matrix_shape(fan_out, fan_in), generator(seed, "seed")
    sigma = math.sqrt(finite(1 if sigma_w2 is None else sigma_w2, "sigma_w2", VERB))
    weights, place, entry = _asymmetric_rows(law, random, shape, sigma)
    biases = math.sqrt(finite(sigma_b2, "sigma_b2", VERB)) * random.standard_normal(shape[0])
    return weights, np.where(place == shape[1], entry, biases)


def _orthogonal(random, shape):
    """Q of the QR decomposition of a normal matrix, with the signs that make it Haar's."""
    rows, columns = shape[-2:]
    tall = (*shape[:-2], max(rows, columns), min(rows, columns))
    q, r = np.linalg.qr(random.standard_normal(tall))
    q *= np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1.0, 1.0)[..., None, :]
    return math.sqrt(max(1.0, rows / columns)) * (q if rows >= columns else q.swapaxes(-1, -2))


def _with_values(law):
    """The law, if all its parameters have values; else InputError that names the others."""
    if law.free_symbols:
        names = ", ".join(sorted(map(str, law.free_symbols)))
        raise InputError(f"to draw from {law}, give a value to {names}, as in law.subs(...)")
    return law


def _scale(law, sigma_w2):
    if isinstance(law, WeightLaw):
        if law.variance is sp.oo:
            raise AssumptionError(f"{VERB}: {law.effect.obstacle}")
        sigma_w2 = law.variance if sigma_w2 is None else sigma_w2
    elif isinstance(law, MatrixLaw):
        sigma_w2 = law.scale(sigma_w2)
    value = finite(sigma_w2, "sigma_w2", VERB)
    if value <= 0:
        raise InputError(f"{VERB}: sigma_w2 = {value:g} is a variance and must be positive")
    return value


def matrix_shape(fan_out, fan_in):
    """(fan_out, fan_in) as whole numbers; a square where ``fan_in`` is None."""
    rows = int(fan(fan_out, "fan_out"))
    return rows, rows if fan_in is None else int(fan(fan_in, "fan_in"))
