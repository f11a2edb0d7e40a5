"""How far the required moments are from a refutation, where none was found."""

import mpmath
import sympy as sp

from ..errors import InitheoryError
from .known_factor import KnownFactor

__all__ = ["margins"]

_SIZE = 6


def margins(known: KnownFactor) -> tuple[tuple[str, float], ...]:
    """The least eigenvalues of the scaled Hankel matrices and of a Toeplitz matrix.

    Each matrix has ones on its diagonal, so an eigenvalue is between 0 and its size.
    """
    found = []
    for name, entries in (
        ("least eigenvalue of the 6x6 Hankel matrix", lambda i, j: 2 * (i + j)),
        ("of the shifted one", lambda i, j: 2 * (i + j + 1)),
        ("of the 6x6 Toeplitz matrix with step 1", lambda i, j: sp.I * (i - j)),
    ):
        try:
            found.append((name, _least(known, entries)))
        except (InitheoryError, ValueError, TypeError):
            continue
    return tuple(found)


def _least(known, entries):
    with mpmath.workdps(30):
        matrix = mpmath.matrix(_SIZE, _SIZE)
        for i in range(_SIZE):
            for j in range(i + 1):
                value = sp.N(known.required(sp.sympify(entries(i, j), strict=True)), 25)
                if not value.is_finite:
                    raise ValueError
                number = value._to_mpmath(mpmath.mp.prec)
                matrix[i, j], matrix[j, i] = number, mpmath.conj(number)
        roots = [mpmath.sqrt(mpmath.re(matrix[i, i])) for i in range(_SIZE)]
        for i in range(_SIZE):
            for j in range(_SIZE):
                matrix[i, j] /= roots[i] * roots[j]
        return float(min(mpmath.eighe(matrix, eigvals_only=True)))
