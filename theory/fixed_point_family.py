r"""Activations whose variance map has infinitely many fixed points: x times a periodic g(log|x|).

If phi(x) = x g(log|x|) with g of period P (on either half-line its own g), then without biases

    V(q) = sigma_w2 q M(log(q)/2),    M(u) = E Z^2 G(u + log|Z|),    G = (g_+^2 + g_-^2)/2,

and M has the period P.  So V(q) = q wherever M = 1/sigma_w2: if 1/sigma_w2 lies strictly between
the extrema of M, these are geometric sequences q_0 e^{2 P k}, k any whole number, which accumulate
at 0 and at infinity.  There V'(q) = 1 + sigma_w2 M'(log(q)/2)/2, so that attracting and repelling
sequences alternate where M crosses.  With the Fourier coefficients h_n of G and omega = 2 pi/P,

    M(u) = sum_n h_n m(n omega) e^{i n omega u},    m(nu) = E|Z|^{2 + i nu}
         = 2^{1 + i nu/2} Gamma((3 + i nu)/2)/sqrt(pi),    |m(nu)|^2 = (1 + nu^2)/cosh(pi nu/2).

The member phi(x) = x exp((delta/omega) sin(omega log|x|)), 0 < delta <= 1, is odd and increasing,
and its coefficients are Bessel functions: h_n = (-i)^n I_n(2 delta/omega).  (P. Wolinski and
J. Arbel, arXiv:2205.12379, consider such examples; the formulas are derived here.)
"""

from dataclasses import dataclass
from functools import cached_property

import mpmath
import sympy as sp

from .activation import Activation, as_activation
from .errors import InputError
from .latex import latex
from .parser import exact
from .periodic_profile import coefficient, frequency_of, numeric_coefficient, profile_of
from .symbols import q, sigma_w2, u, x

__all__ = ["FixedPointFamily", "absolute_moment"]

#: Digits carried beyond those asked for.
_GUARD = 15


def absolute_moment(nu) -> sp.Expr:
    """m(nu) = E|Z|^(2 + i nu) for a standard normal Z.

    >>> absolute_moment(0), absolute_moment(-2 * sp.I)
    (1, 3)
    """
    half = sp.I * sp.S(nu) / 2
    return sp.simplify(2 ** (1 + half) * sp.gamma(sp.Rational(3, 2) + half) / sp.sqrt(sp.pi))


@dataclass(frozen=True, init=False)
class FixedPointFamily:
    """The variance map of an activation x g(log|x|) with a periodic g, as expressions.

    Parameters
    ----------
    activation
        Anything that describes such an activation; by default
        x exp((delta/omega) sin(omega log|x|)).
    delta, omega
        The parameters of the default, numbers (0 < delta <= 1, omega > 0) or symbols.

    Raises AssumptionError if the activation is not of this kind.

    >>> family = FixedPointFamily(delta=1, omega=2)
    >>> family.ratio, family.coefficient(1)
    (exp(2*pi), -I*besseli(1, 1))
    >>> family.evaluate(0, 18)
    1.85933609030106587
    """

    activation: Activation
    frequency: sp.Expr
    profile: sp.Expr

    def __init__(self, activation=None, *, delta=None, omega=None):
        if activation is None:
            activation = _member(delta, omega)
        elif delta is not None or omega is not None:
            raise InputError("FixedPointFamily: pass an activation, or delta= and omega=")
        phi = as_activation(activation)
        profile = profile_of(phi)
        for name, value in (
            ("activation", phi),
            ("frequency", frequency_of(profile, phi)),
            ("profile", profile),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self):
        return f"FixedPointFamily({str(self.activation.expr)!r})"

    def __str__(self):
        return f"{self!r}\n  {self.statement}\n  M(u) = {self.series}"

    @property
    def period(self) -> sp.Expr:
        """The period of M in u = log(q)/2."""
        return 2 * sp.pi / self.frequency

    @property
    def ratio(self) -> sp.Expr:
        """The ratio of neighbouring fixed points of one sequence, e^(2 period)."""
        return sp.exp(2 * self.period)

    def coefficient(self, n) -> sp.Expr:
        """h_n, the Fourier coefficient of G at n, a whole number or a symbol."""
        return coefficient(self.profile, self.frequency, sp.S(n))

    @cached_property
    def series(self) -> sp.Expr:
        """M(u) as its Fourier series, an unevaluated sum over n >= 1 beside its mean."""
        n = sp.Symbol("n", integer=True, positive=True)
        term = self.coefficient(n) * absolute_moment(n * self.frequency)
        wave = sp.exp(sp.I * n * self.frequency * u)
        return self.coefficient(0) + 2 * sp.Sum(sp.re(term * wave), (n, 1, sp.oo))

    @cached_property
    def variance_map(self) -> sp.Expr:
        """V(q) = sigma_w2 q M(log(q)/2), without biases."""
        return sigma_w2 * q * self.series.xreplace({u: sp.log(q) / 2})

    @property
    def statement(self) -> str:
        """What the fixed points are, in one sentence."""
        return (
            "V(q) = sigma_w2 q M(log(q)/2): wherever 1/sigma_w2 lies strictly between the extrema "
            f"of M the fixed points are geometric sequences of ratio {self.ratio}, attracting "
            "where M decreases and repelling where it increases"
        )

    def harmonics(self, digits: int = 15) -> list:
        """c_0, …, c_N with M(u) = c_0 + 2 Re sum c_n e^{i n omega u} up to 10^-digits c_0.

        What is left out is at most 2 h_0 sum_{n>N} sqrt((1 + (n omega)^2)/cosh(pi n omega/2)),
        since |h_n| <= h_0.
        """
        found = []
        with mpmath.workdps(digits + _GUARD):
            omega = mpmath.mpf(sp.N(self.frequency, mpmath.mp.dps))
            while True:
                n = len(found)
                h = numeric_coefficient(self.profile, self.frequency, n)
                nu = n * omega
                m = 2 * mpmath.power(2, 0.5j * nu) * mpmath.gamma(1.5 + 0.5j * nu)
                found.append(h * m / mpmath.sqrt(mpmath.pi))
                if tail_bound(n, omega) < mpmath.mpf(10) ** -(digits + 5):
                    return found

    def evaluate(self, place, digits: int = 15, derivative: int = 0) -> sp.Float:
        """M (or a derivative of it) at u = ``place``, to ``digits`` digits of max |M|."""
        self.require_numbers()
        with mpmath.workdps(digits + _GUARD):
            omega = mpmath.mpf(sp.N(self.frequency, mpmath.mp.dps))
            turn = mpmath.mpf(sp.N(exact(place, "u"), mpmath.mp.dps)) * omega
            total = mpmath.mpf(0)
            for n, c in enumerate(self._kept(digits)):
                wave = c * mpmath.expj(n * turn) * (1j * n * omega) ** derivative
                total += (1 if n == 0 else 2) * wave.real
            return sp.Float(total, digits)

    def latex(self) -> str:
        """V(q) and the series of M as LaTeX."""
        return (
            rf"V(q) = {{\sigma_w^2}}\, q\, M(\tfrac12 \log q), \quad M(u) = {latex(self.series)}"
        )

    def _repr_latex_(self):
        return f"${self.latex()}$"

    def _kept(self, digits):
        known = self.__dict__.setdefault("_harmonics", {})
        if digits not in known:
            known[digits] = self.harmonics(digits)
        return known[digits]

    def require_numbers(self) -> None:
        """InputError if a parameter has no value."""
        for parameter in self.activation.parameters:
            raise InputError(
                f"{self!r}: {parameter} has no value; give it one, as in {parameter}=1"
            )


def tail_bound(n, omega):
    """A bound of 2 sum_{k>n} |m(k omega)| in the arithmetic of ``omega`` (mpmath)."""
    # cosh(y) >= e^y/2, and sqrt(1 + a^2) <= 1 + a: terms (1 + k w) e^{-pi k w/4} sqrt(2)
    rate = mpmath.exp(-mpmath.pi * omega / 4)
    first = rate ** (n + 1)
    plain = first / (1 - rate)
    weighted = first * ((n + 1) / (1 - rate) + rate / (1 - rate) ** 2)
    return 2 * mpmath.sqrt(2) * (plain + omega * weighted)


def _member(delta, omega):
    """phi_{delta,omega}, its parameters checked where they are numbers."""
    size = sp.Symbol("delta", positive=True) if delta is None else exact(delta, "delta")
    rate = sp.Symbol("omega", positive=True) if omega is None else exact(omega, "omega")
    if size.is_number and not (0 < size <= 1):
        raise InputError(
            f"FixedPointFamily: delta = {size} must lie in (0, 1] for phi to increase"
        )
    if rate.is_number and not (rate.is_positive and rate.is_finite):
        raise InputError(f"FixedPointFamily: omega = {rate} must be a positive number")
    return Activation(x * sp.exp(size / rate * sp.sin(rate * sp.log(sp.Abs(x)))))
