r"""Refutation by a square with negative mean.

If E Y^z, required for all Re z > -1, belonged to a variable Y > 0, then for all numbers c_i, z_i

    E |sum_i c_i Y^(z_i)|^2 = sum_ij c_i conj(c_j) E Y^(z_i + conj z_j) >= 0.

With z_i = 0, 2, 4, … these are the Hankel matrices of the moments of Y^2 (Stieltjes), with
z_i = 1, 3, 5, … the shifted ones, with z_i = i t_i the Toeplitz matrices (Bochner).  Closer real
exponents refute with smaller matrices: 0, 1, 2, … brings in all E Y^k, and exponents down to -1/2
the behaviour at 0.  The certificate is the vector c, in whole numbers.
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from ..errors import DivergentExpectationError, PrecisionError, UndecidedError
from .certificates import Certificate, bare, shown
from .intervals import interval, working_digits
from .known_factor import KnownFactor

__all__ = ["LargeTransform", "NegativeSquare", "negative_hankel", "negative_toeplitz"]

#: (first exponent, step, largest size) of the matrices that are looked at, in this order.
_EVEN = ((sp.S.Zero, sp.Integer(2)), (sp.S.One, sp.Integer(2)))
_WHOLE = ((sp.S.Zero, sp.S.One), (sp.S.Half, sp.S.One))
_HALVES = ((sp.S.Zero, sp.S.Half),)
_CLOSE = ((sp.Rational(-9, 20), sp.Rational(1, 5)), (sp.Rational(-49, 100), sp.Rational(1, 25)))
_SIZES = {_EVEN: 16, _WHOLE: 10, _HALVES: 10, _CLOSE: 8}

#: The same where every moment is an integral.
_SIZES_BY_INTEGRALS = {_EVEN: 5, _WHOLE: 10}

#: Digits in which eigenvectors are found and moments enclosed, and by integrals.
_DIGITS, _DIGITS_BY_INTEGRALS = 60, 28


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
        n, z = len(self.exponents), self.exponents
        if self.is_toeplitz:
            return f"the {n}x{n} Toeplitz matrix of E Y^(it)"
        shifted = "shifted " if 2 * z[0] == z[1] - z[0] else ""
        which = {2: "E Y^(2k)", 1: "E Y^k"}.get(z[1] - z[0])
        if which is None:
            which = f"E Y^s from s = {2 * z[0]} in steps of {z[1] - z[0]}"
        return f"the {n}x{n} {shifted}Hankel matrix of the moments {which}"

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
        digits = _digits(self.known)
        return any(self.value(wanted) < 0 for wanted in (digits, 4 * digits))


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


@lru_cache(maxsize=64)
def negative_hankel(known: KnownFactor) -> NegativeSquare | None:
    """The first of the Hankel matrices, with the smallest sizes first, that refutes, or None.

    >>> from theory.laws.known_factor import S
    >>> weibull = KnownFactor(sp.gamma(1 + 5 * S / 9))
    >>> found = negative_hankel(weibull)
    >>> found.exponents, found.verify()
    ((1, 3, 5), True)
    """
    by_integrals = known.mellin is None
    moments: dict = {}
    for families, largest in (_SIZES_BY_INTEGRALS if by_integrals else _SIZES).items():
        for size in range(2, largest + 1):
            for first, step in families:
                z = [first + step * i for i in range(size)]
                found = _negative_gram(known, tuple(z), moments)
                if found is not None:
                    return found
    return None


def _negative_gram(known, exponents, moments):
    """A vector that refutes by the matrix [E Y^(z_i + z_j)], or None; ``moments`` are kept."""
    size = len(exponents)
    try:
        for z in exponents:
            for w in exponents:
                if z + w not in moments:
                    moments[z + w] = _midpoint(known, z + w)
    except (UndecidedError, PrecisionError, DivergentExpectationError):
        return None
    with mpmath.workdps(4 * _DIGITS):
        rows = [[moments[z + w] for w in exponents] for z in exponents]
        vector = _negative_direction(mpmath.matrix(rows), _digits(known))
    if vector is None or size < 2:
        return None
    found = NegativeSquare(known, exponents, _whole(vector))
    return found if found.verify() else None


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


def _digits(known):
    return _DIGITS if known.mellin is not None else _DIGITS_BY_INTEGRALS


def _negative_direction(matrix, digits):
    """A vector c with c^T A c < 0 for a real symmetric A whose leading minors were positive."""
    size = matrix.rows
    scale = [1 / mpmath.sqrt(abs(matrix[i, i])) for i in range(size)]
    scaled = matrix.copy()
    for i in range(size):
        for j in range(size):
            scaled[i, j] *= scale[i] * scale[j]
    tiny = mpmath.mpf(10) ** (-digits // 2)
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
    if not (value.free_symbols or value.is_zero or value.has(sp.oo, sp.nan, sp.zoo)):
        digits = 3 * _DIGITS if value.is_real else 30
        with mpmath.workdps(4 * _DIGITS):
            digits = digits if known.mellin is not None else _DIGITS_BY_INTEGRALS
            return sp.N(value, digits)._to_mpmath(mpmath.mp.prec)
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
