"""The polynomial pieces of ``compiled/law_table.py``: their nodes and their coefficients.

A table is one array: a header, then for each piece the coefficients of a polynomial in u, which
runs over [-1, 1), that passes through the values at Chebyshev's nodes.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..vector_functions import constant

__all__ = ["END", "Pieces", "assemble", "coefficients", "nodes"]

HEADER = constant("TABLE_HEADER")
DEGREES = constant("TABLE_COEFFICIENTS")
OCTAVES = constant("TABLE_OCTAVES")
END = constant("TABLE_END")


@dataclass(frozen=True)
class Pieces:
    """Coefficients of all pieces, (pieces, degrees), and the largest error estimated."""

    values: np.ndarray
    error: float


@cache
def nodes(bits: int) -> np.ndarray:
    """Where a table of 2^bits pieces an octave needs values: (pieces, degrees) of (0, END)."""
    left, width = _pieces(bits)
    return (left - 1.0)[:, None] + width[:, None] * (1.0 + _chebyshev()) / 2.0


def _pieces(bits):
    """The left ends and the widths of all pieces of 1 + |x|."""
    octave, part = np.divmod(np.arange(OCTAVES << bits), 1 << bits)
    return 2.0**octave * (1.0 + part / (1 << bits)), 2.0**octave / (1 << bits)


def coefficients(values, absolute: bool = False) -> Pieces:
    """The polynomials through ``values`` at :func:`nodes`.

    The error estimate of a piece is the size of its last two Chebyshev coefficients, relative to
    the smallest value at its nodes unless it is to be ``absolute``.
    """
    transform, powers = _transforms()
    chebyshev = values @ transform.T
    error = np.abs(chebyshev[:, -2:]).sum(axis=1)
    if not absolute:
        error = error / np.maximum(np.abs(values).min(axis=1), np.finfo(float).tiny)
    return Pieces(chebyshev @ powers.T, float(np.max(error)))


def derivative_at_nodes(pieces: np.ndarray, bits: int) -> np.ndarray:
    """The derivatives of the polynomials in the argument, at :func:`nodes`."""
    slope = pieces[:, 1:] * np.arange(1, DEGREES)
    powers = np.vander(_chebyshev(), DEGREES - 1, increasing=True)
    return slope @ powers.T * (2.0 / _pieces(bits)[1])[:, None]


def assemble(header: dict[int, float], bits: int, *sides: np.ndarray) -> np.ndarray:
    """The array that the kernels read: numbered entries of the header, then the pieces."""
    header = header | {11: bits, 12: 2.0 * (1 << bits)}
    table = np.zeros(HEADER + sum(side.size for side in sides))
    for place, value in header.items():
        table[place] = value
    table[HEADER:] = np.concatenate([side.ravel() for side in sides])
    return table


def _chebyshev():
    return np.cos(np.pi * (np.arange(DEGREES)[::-1] + 0.5) / DEGREES)


@cache
def _transforms():
    """Values to Chebyshev coefficients, and those to coefficients of powers."""
    k = np.arange(DEGREES)
    angle = np.arccos(_chebyshev())
    transform = np.cos(k[:, None] * angle[None, :]) * (2.0 / DEGREES)
    transform[0] /= 2.0
    powers = np.zeros((DEGREES, DEGREES))
    for n in range(DEGREES):
        polynomial = np.polynomial.chebyshev.cheb2poly([0.0] * n + [1.0])
        powers[: len(polynomial), n] = polynomial
    return transform, powers
