r"""Refutation by a square with negative mean.

If E Y^z, required for all Re z > -1, belonged to a variable Y > 0, then for all numbers c_i, z_i

    E |sum_i c_i Y^(z_i)|^2 = sum_ij c_i conj(c_j) E Y^(z_i + conj z_j) >= 0.

With z_i = 0, 2, 4, … these are the Hankel matrices of the moments of Y^2 (Stieltjes), with
z_i = 1, 3, 5, … the shifted ones, with z_i = i t_i the Toeplitz matrices (Bochner).  The
certificate is the vector c, in whole numbers; the mean is one sum of gamma functions.
"""

from dataclasses import dataclass

import mpmath
import sympy as sp

from ..errors import PrecisionError, UndecidedError
from .certificates import Certificate, bare, shown
from .intervals import interval, working_digits
from .known_factor import KnownFactor

__all__ = ["LargeTransform", "NegativeSquare", "negative_hankel", "negative_toeplitz"]

#: Sizes of the matrices that are looked at.
LARGEST_HANKEL, LARGEST_TOEPLITZ = 16, 24

#: Digits in which eigenvectors are found and moments enclosed.
_DIGITS = 60


@dataclass(frozen=True)
class NegativeSquare(Certificate):
    """E |sum c_i Y^(z_i)|^2 < 0 for the ``exponents`` z and ``coefficients`` c."""

    exponents: tuple[sp.Expr, ...]
    coefficients: tuple[sp.Expr, ...]

    @property
    def is_toeplitz(self) -> bool:
        """Whether the exponents are imaginary."""
        return all(z.as_real_imag()[0].is_zero for z in self.exponents)

    @property
    def matrix(self) -> str:
        """Which determinant is negative."""
        n = len(self.exponents)
        if self.is_toeplitz:
            return f"the {n}x{n} Toeplitz matrix of E Y^(it)"
        shifted = "shifted " if self.exponents[0] == 1 else ""
        return f"the {n}x{n} {shifted}Hankel matrix of the moments E Y^(2k)"

    @property
    def statement(self):
        y = self.known.other
        return (
            f"{self.matrix} required of Y = {y} has a negative eigenvalue: a square of a function "
            "of Y would have a negative mean"
        )

    def value(self, digits: int = _DIGITS):
        """The mean of the square, an interval."""
        total, moments = 0, {}
        places = list(zip(self.exponents, self.coefficients, strict=True))
        with working_digits(digits + 10):
            for i, (z, c) in enumerate(places):
                for w, d in places[: i + 1]:
                    exponent = sp.expand(z + sp.conjugate(w))
                    if exponent not in moments:
                        moments[exponent] = interval(self.known.required(exponent), digits)
                    term = _number(c * sp.conjugate(d)) * moments[exponent]
                    total += _real(term) * (1 if z == w else 2)
        return total

    def verify(self):
        if any(not (z.as_real_imag()[0] * 2 + 1).is_positive for z in self.exponents):
            return False
        return any(self.value(digits) < 0 for digits in (_DIGITS, 4 * _DIGITS))


@dataclass(frozen=True)
class LargeTransform(Certificate):
    """|E Y^(it)| > 1 at a real t, although |Y^(it)| = 1."""

    t: sp.Expr

    @property
    def statement(self):
        y = bare(self.known.other)
        return (
            f"|E |{y}|^(it)| would exceed 1 at t = {shown(self.t)}, but |{y}|^(it) has modulus 1"
        )

    def verify(self):
        if not self.t.is_real:
            return False
        value = interval(self.known.required(sp.I * self.t), _DIGITS)
        with working_digits(_DIGITS):
            return bool(value.real**2 + value.imag**2 > 1)


def negative_hankel(known: KnownFactor, largest: int = LARGEST_HANKEL) -> NegativeSquare | None:
    """The smallest Hankel or shifted Hankel matrix that refutes, or None.

    >>> from theory.laws.known_factor import S
    >>> weibull = KnownFactor(sp.gamma(1 + 5 * S / 9))
    >>> found = negative_hankel(weibull)
    >>> found.exponents, found.verify()
    ((1, 3, 5), True)
    """
    moments = []
    for size in range(2, largest + 1):
        try:
            moments += [_midpoint(known, 2 * k) for k in range(len(moments), 2 * size)]
        except (UndecidedError, PrecisionError):
            return None
        for first in (0, 1):
            with mpmath.workdps(4 * _DIGITS):
                matrix = mpmath.matrix(
                    [[moments[i + j + first] for j in range(size)] for i in range(size)]
                )
                vector = _negative_direction(matrix)
            if vector is None:
                continue
            exponents = tuple(sp.Integer(2 * i + first) for i in range(size))
            found = NegativeSquare(known, exponents, _whole(vector))
            if found.verify():
                return found
    return None


def negative_toeplitz(known: KnownFactor, step: sp.Expr, size: int) -> NegativeSquare | None:
    """A vector that refutes by the Toeplitz matrix [E Y^(i (j - k) step)], or None."""
    try:
        values = [_midpoint(known, sp.I * step * k) for k in range(size)]
    except (UndecidedError, PrecisionError):
        return None
    with mpmath.workdps(30):
        matrix = mpmath.matrix(size, size)
        for j in range(size):
            for k in range(size):
                matrix[j, k] = values[j - k] if j >= k else mpmath.conj(values[k - j])
        eigenvalues, vectors = mpmath.eighe(matrix)
        if not eigenvalues[0] < -(mpmath.mpf(10) ** -15):
            return None
        vector = [mpmath.conj(vectors[k, 0]) for k in range(size)]
    exponents = tuple(sp.I * step * k for k in range(size))
    found = NegativeSquare(known, exponents, _whole(vector, digits=18))
    return found if found.verify() else None


def _negative_direction(matrix):
    """A vector c with c^T A c < 0 for a real symmetric A whose leading minors were positive."""
    size = matrix.rows
    scale = [1 / mpmath.sqrt(abs(matrix[i, i])) for i in range(size)]
    scaled = matrix.copy()
    for i in range(size):
        for j in range(size):
            scaled[i, j] *= scale[i] * scale[j]
    tiny = mpmath.mpf(10) ** (-_DIGITS // 2)
    rows = scaled.copy()
    for k in range(size):
        if rows[k, k] < -tiny:
            return [a * b for a, b in zip(_last_row(scaled, k), scale, strict=True)]
        if rows[k, k] < tiny:
            return None
        for i in range(k + 1, size):
            factor = rows[i, k] / rows[k, k]
            for j in range(k, size):
                rows[i, j] -= factor * rows[k, j]
    return None


def _last_row(matrix, k):
    """c with A c = e_k on the leading block: then c^T A c is the k-th pivot up to a square."""
    size = matrix.rows
    if k == 0:
        return [1] + [0] * (size - 1)
    right = mpmath.matrix([-matrix[i, k] for i in range(k)])
    head = mpmath.lu_solve(matrix[:k, :k], right)
    return [*head, 1] + [0] * (size - k - 1)


def _whole(vector, digits=24):
    """A multiple of the vector, rounded to (Gaussian) whole numbers."""
    largest = max(abs(c) for c in vector)

    def rounded(c):
        return sp.Integer(int(mpmath.nint(c / largest * mpmath.mpf(10) ** digits)))

    out = []
    for c in vector:
        c = mpmath.mpmathify(c)
        out.append(rounded(c.real) + sp.I * rounded(c.imag))
    return tuple(out)


def _midpoint(known, s):
    """E Y^s as an mpmath number."""
    value = known.required(s)
    if value.is_number and not value.has(sp.oo, sp.nan, sp.zoo):
        with mpmath.workdps(4 * _DIGITS):
            return sp.N(value, 3 * _DIGITS if value.is_real else 30)._to_mpmath(mpmath.mp.prec)
    raise UndecidedError(f"E Y^{s} has no value")


def _number(c):
    real, imaginary = c.expand().as_real_imag()
    with working_digits(4 * _DIGITS):
        if imaginary.is_zero:
            return _ball(real)
        from mpmath import iv

        return iv.mpc(_ball(real), _ball(imaginary))


def _ball(rational):
    return interval(rational, 4 * _DIGITS)


def _real(value):
    return getattr(value, "real", value)
