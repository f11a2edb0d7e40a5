"""Matrices of laws that a user gives: by the covariance of a row, or by a function that draws."""

import math

import numpy as np

from theory.errors import InputError

__all__ = ["custom_drawer", "row_covariance_drawer", "symmetric_root"]

#: An eigenvalue this much below 0, times the trace, is rounding.
_ROUNDING = 1e-12


def row_covariance_drawer(law):
    """A function (random, shape) that draws G R for the symmetric root R of S/sigma_w2."""
    roots: dict[int, np.ndarray] = {}

    def root(size):
        if size not in roots:
            found = law.matrix if law.matrix is not None else law.function(size)
            roots[size] = symmetric_root(_array(found, size), law.sigma_w2)
        return roots[size]

    return lambda random, shape: random.standard_normal(shape) @ root(shape[-1])


def symmetric_root(covariance, scale=None):
    """R with R R = S/``scale``, the trace of S if left out; S may be singular.

    >>> root = symmetric_root(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    >>> bool(np.allclose(root @ root, [[0.5, -0.5], [-0.5, 0.5]]))
    True
    """
    trace = np.trace(covariance)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    if not trace > 0.0 or values[0] < -_ROUNDING * trace:
        raise InputError(
            "RowCovariance: the matrix that the function gives for fan_in = "
            f"{len(covariance)} is not positive semidefinite, so no covariance"
        )
    scale = trace if scale is None else float(scale)
    return (vectors * np.sqrt(np.maximum(values, 0.0) / scale)) @ vectors.T


def _array(given, size):
    table = given.tolist() if callable(getattr(given, "tolist", None)) else given
    try:
        found = np.array(table, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (size, size):
        raise InputError(
            f"fan_in = {size}: the covariance of a row is a matrix of numbers of shape "
            f"{(size, size)}, not {found.shape}"
        )
    scale = np.abs(found).max()
    if not math.isfinite(scale) or np.abs(found - found.T).max() > _ROUNDING * scale:
        raise InputError(f"fan_in = {size}: the covariance of a row must be finite and symmetric")
    return found


def custom_drawer(law):
    """A function (random, shape) that draws matrix by matrix with the user's function."""

    def draw(random, shape):
        size = tuple(shape[-2:])
        found = np.empty(shape)
        for place in np.ndindex(*shape[:-2]):
            one = np.asarray(law.draw(random, size))
            if one.shape != size or one.dtype.kind not in "fiu" or not np.isfinite(one).all():
                raise InputError(
                    f"{law}: draw(random, {size}) must return a finite real matrix of that "
                    f"shape, not {one.dtype} of shape {one.shape}"
                )
            found[place] = one
        return found

    return draw
