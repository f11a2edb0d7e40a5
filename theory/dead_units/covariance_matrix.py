"""A covariance matrix from what a user writes: exact, square, symmetric, positive semidefinite."""

from itertools import combinations

import mpmath
import sympy as sp

from ..errors import InputError
from ..parser import exact

__all__ = ["covariance_matrix"]


def covariance_matrix(given) -> sp.Matrix:
    """The covariance of n variables from a SymPy matrix, an array or nested lists, n x n.

    Raises InputError if it is not square and symmetric, if a variance is not positive or if
    numbers are not positive semidefinite.

    >>> covariance_matrix([[1, 0.5], [0.5, 1]])
    Matrix([
    [  1, 1/2],
    [1/2,   1]])
    """
    K = sp.Matrix([[exact(_plain(v), "a covariance") for v in row] for row in _rows(given)])
    pairs = list(combinations(range(K.rows), 2))
    if any(K[i, j] != K[j, i] and sp.simplify(K[i, j] - K[j, i]) != 0 for i, j in pairs):
        raise InputError("the matrix of covariances is not symmetric")
    if any(K[i, i].is_positive is False for i in range(K.rows)):
        raise InputError("the variances on the diagonal of a covariance must be positive")
    if not K.free_symbols and _indefinite(K):
        raise InputError(
            "the matrix of covariances is not positive semidefinite: no Gaussian variables have it"
        )
    return K


def _rows(given):
    try:
        rows = given.tolist() if hasattr(given, "tolist") else [list(row) for row in given]
        square = len(rows) > 0 and all(len(row) == len(rows) for row in rows)
    except TypeError:
        square = False
    if not square:
        raise InputError("a matrix of covariances must be square; give one row for each variable")
    return rows


def _plain(value):
    """Numbers of NumPy as Python's."""
    return value.item() if hasattr(value, "item") else value


def _indefinite(K):
    """Whether a matrix of numbers has a negative eigenvalue beyond its rounding."""
    with mpmath.workdps(40):
        values = mpmath.eigsy(mpmath.matrix(K.evalf(40).tolist()), eigvals_only=True)
        return min(values) < -(mpmath.mpf(10) ** -14) * max(values)
