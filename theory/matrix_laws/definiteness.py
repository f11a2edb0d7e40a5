"""Whether a symmetric matrix is positive semidefinite, singular ones included."""

from fractions import Fraction

import mpmath

__all__ = ["is_semidefinite"]

_DIGITS = 60


def is_semidefinite(matrix, tolerance=0) -> bool:
    """Whether S + ``tolerance`` tr(S) I is, for a symmetric SymPy matrix of numbers.

    By symmetric elimination, which meets no negative pivot, and with a pivot 0 only a row of
    zeros, exactly if S is.  It is exact for rational entries; others have 60 digits.

    >>> from sympy import Matrix
    >>> is_semidefinite(Matrix([[1, -1], [-1, 1]])), is_semidefinite(Matrix([[1, 2], [2, 1]]))
    (True, False)
    """
    table = matrix.tolist()
    if tolerance:
        rows, small = [[float(e) for e in row] for row in table], 1e-14
    elif all(entry.is_Rational for entry in matrix):
        rows, small = [[Fraction(int(e.p), int(e.q)) for e in row] for row in table], 0
    else:
        rows, small = [[_digits(e) for e in row] for row in table], mpmath.mpf(10) ** -50
    scale = max(abs(rows[k][k]) for k in range(len(rows)))
    if tolerance:
        for k, row in enumerate(rows):
            row[k] += tolerance * scale * len(rows)
    with mpmath.workdps(_DIGITS):
        return _eliminates(rows, scale, scale * small)


def _digits(entry):
    with mpmath.workdps(_DIGITS):
        return mpmath.mpf(str(entry.evalf(_DIGITS)))


def _eliminates(rows, scale, zero):
    for k, pivots in enumerate(rows):
        pivot = pivots[k]
        if pivot < -zero:
            return False
        if pivot <= zero:
            # |s_jk|^2 <= s_jj s_kk, so what is left of the row vanishes with the pivot
            if any(entry * entry > 4 * scale * zero for entry in pivots[k + 1 :]):
                return False
            continue
        for j in range(k + 1, len(rows)):
            factor = rows[j][k] / pivot
            if factor:
                for i in range(k + 1, len(rows)):
                    rows[j][i] -= factor * pivots[i]
    return True
