"""How far the required moments are from a refutation, where none was found."""

import cmath
import math
from functools import lru_cache
from itertools import pairwise

import mpmath
import sympy as sp

from ..activation import Activation
from ..errors import InitheoryError, PrecisionError
from ..special import NUMERIC
from ..symbols import x
from .function_zeros import zeros
from .known_factor import KnownFactor, normal_moment

__all__ = ["TOEPLITZ_SIZE", "margins", "toeplitz_margin", "transform_means"]

_SIZE, TOEPLITZ_SIZE = 6, 12

#: Nodes, step and half-length of the quadrature of E |phi(X)|^(it).
_NODES, _STEP, _END = 960, 0.0035, 12.0
#: How far it may be from that with twice the step; the error is then about the square.
_LARGEST_CHANGE = 1e-4


def margins(known: KnownFactor) -> tuple[tuple[str, float], ...]:
    """The least eigenvalues of the scaled Hankel matrices and of a Toeplitz matrix.

    Each matrix has ones on its diagonal, so an eigenvalue is between 0 and its size.
    """
    found = []
    for name, entries in (
        ("least eigenvalue of the 6x6 Hankel matrix", lambda i, j: 2 * (i + j)),
        ("of the shifted one", lambda i, j: 2 * (i + j + 1)),
        ("of the 12x12 Toeplitz matrix with step 1", None),
    ):
        try:
            found.append((name, _least(known, entries) if entries else toeplitz_margin(known)))
        except (InitheoryError, ValueError, TypeError):
            continue
    return tuple(found)


def _least(known, entries):
    with mpmath.workdps(30):
        rows = [
            [_value(known, sp.sympify(entries(i, j), strict=True)) for j in range(_SIZE)]
            for i in range(_SIZE)
        ]
        return _least_eigenvalue(rows)


def _value(known, s):
    value = sp.N(known.required(s), 25)
    if not value.is_finite:
        raise ValueError
    return value._to_mpmath(mpmath.mp.prec)


def _least_eigenvalue(rows):
    size = len(rows)
    roots = [mpmath.sqrt(mpmath.re(rows[i][i])) for i in range(size)]
    matrix = mpmath.matrix(size, size)
    for i in range(size):
        for j in range(size):
            matrix[i, j] = rows[i][j] / roots[i] / roots[j]
    return float(min(mpmath.eighe(matrix, eigvals_only=True)))


@lru_cache(maxsize=64)
def toeplitz_margin(known):
    """The least eigenvalue of [E Y^(i (j - k))], E K^(it) a formula or a quadrature."""
    if known.mellin is not None:
        values = [_value(known, sp.I * k) for k in range(TOEPLITZ_SIZE)]
    elif known.phi is None:
        with mpmath.workdps(20):
            values = [
                normal_moment(sp.I * k).evalf(20)._to_mpmath(70)
                / known.law.mellin_digits(mpmath.mpc(0, k))
                for k in range(TOEPLITZ_SIZE)
            ]
    else:
        values = [
            mpmath.mpmathify(complex(sp.N(normal_moment(sp.I * k), 17))) / mean
            for k, mean in enumerate(transform_means(known.phi))
        ]
        values[0] = mpmath.mpf(1)  # a probability, also where phi(X) = 0 has one
    size = range(TOEPLITZ_SIZE)
    return _least_eigenvalue(
        [[values[j - k] if j >= k else mpmath.conj(values[k - j]) for k in size] for j in size]
    )


@lru_cache(maxsize=64)
def transform_means(phi):
    """E |phi(X)|^(it), t = 0, 1, 2, …, by a double-exponential rule between singular places.

    Raises PrecisionError if the powers oscillate too quickly for it.
    """
    activation = Activation._trusted(phi, "phi")
    places = {float(zero.place) for zero in zeros(activation)}
    places |= {float(piece.lower) for piece in activation.pieces[1:]}
    ends = sorted({-_END, *(p for p in places if abs(p) < _END), 0.0, _END})
    f = sp.lambdify(x, phi, modules=[NUMERIC, "mpmath"])
    sums, coarse = [0j] * TOEPLITZ_SIZE, [0j] * TOEPLITZ_SIZE
    for low, high in pairwise(ends):
        for k in range(-_NODES, _NODES + 1):
            u = math.pi / 2 * math.sinh(_STEP * k)
            share = 1 / (1 + math.exp(-2 * u))  # of the way, exact next to the left end
            point = (
                low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)
            )
            size = abs(f(mpmath.mpf(point)))
            weight = (high - low) * _STEP * math.pi / 4 * math.cosh(_STEP * k) / math.cosh(u) ** 2
            weight *= math.exp(-point * point / 2) / math.sqrt(2 * math.pi)
            if size == 0 or weight < 1e-20:
                continue
            angle = float(mpmath.log(size))
            for t in range(TOEPLITZ_SIZE):
                term = weight * cmath.exp(1j * t * angle)
                sums[t] += term
                coarse[t] += 2 * term * (k % 2 == 0)
    if max(abs(a - b) for a, b in zip(sums, coarse, strict=True)) > _LARGEST_CHANGE:
        raise PrecisionError(f"E |phi(X)|^(it) of {phi} did not settle")
    return tuple(sums)
