r"""Claims on Hermite coefficients a_n(q) = E \phi(\sqrt q Z) h_n(Z), with h_n orthonormal.

Source: A. Daniely, R. Frostig and Y. Singer, "Toward deeper understanding of neural networks",
NeurIPS 2016, arXiv:1602.05897, for dual activations; the coefficients are derived here.
"""

import mpmath
import sympy as sp

from theory.gaussian import E
from theory.symbols import q, rho, x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import function, kernel, second

__all__ = ["HERMITE"]

R = sp.Rational
K = sp.Symbol("k", integer=True, nonnegative=True)


def _polynomial(n):
    """He_n(x/sqrt(q)), the probabilists' polynomial of Z = x/sqrt(q)."""
    z = sp.Dummy("z", real=True)
    previous, current = sp.S.Zero, sp.S.One
    for k in range(n):
        previous, current = current, sp.expand(z * current - k * previous)
    return current.subs(z, x / sp.sqrt(q))


def _coefficient(phi, n):
    """a_n(q) by its definition."""
    terms = sp.Add.make_args(sp.expand(_polynomial(n)))
    return sum(E(phi * term, q).doit() for term in terms) / sp.sqrt(sp.factorial(n))


def _by_derivative(phi, n):
    """q^(n/2) E phi^(n) / sqrt(n!)."""
    return q ** R(n, 2) * E(phi.diff(x, n), q).doit() / sp.sqrt(sp.factorial(n))


def _relu_even(k, shift=-3):
    """a_2k of ReLU with (2k + shift)!!."""
    double = sp.factorial2(2 * k + shift)
    return (-1) ** (k + 1) * double * sp.sqrt(q / (2 * sp.pi * sp.factorial(2 * k)))


def _hermite():
    for text, orders in (("erf", (1, 3)), ("sin", (1, 3, 5)), ("gelu", (0, 1, 2, 4))):
        for n in orders:
            phi = function(text)
            yield Symbolic(_coefficient(phi, n), _by_derivative(phi, n))
    yield from _relu()
    level = 2 * q / (1 + 2 * q)
    for k in range(3):
        stated = 2 / sp.pi * sp.binomial(2 * k, k) * level ** (2 * k + 1) / (4**k * (2 * k + 1))
        yield Symbolic(_by_derivative(function("erf"), 2 * k + 1) ** 2, stated)
        stated = sp.exp(-q) * q ** (2 * k + 1) / sp.factorial(2 * k + 1)
        yield Symbolic(_by_derivative(function("sin"), 2 * k + 1) ** 2, stated)
    yield from _series()


def _relu():
    relu = function("relu")
    yield Symbolic(_coefficient(relu, 0), sp.sqrt(q / (2 * sp.pi)))
    yield Symbolic(_coefficient(relu, 1), sp.sqrt(q) / 2)
    for k in range(1, 7):
        yield Symbolic(_coefficient(relu, 2 * k), _relu_even(k))
        yield Symbolic(_coefficient(relu, 2 * k + 1), 0)


def _series():
    """The coefficients of c^n in G_q(c) are a_n^2, and they add up to E phi^2 (Parseval)."""
    for text, orders in (("erf", (1, 3)), ("sin", (1, 3)), ("gelu", (1, 2, 4))):
        for n in orders:
            taylor = kernel(text).doit().diff(rho, n).subs(rho, 0) / sp.factorial(n)
            yield Symbolic(taylor, _by_derivative(function(text), n) ** 2)
    odd = 2 * K + 1
    total = sp.exp(-q) * sp.summation(q**odd / sp.factorial(odd), (K, 0, sp.oo))
    yield Symbolic(total, second("sin").doit())
    yield Numeric(_relu_total, R(1, 2), [{"q": 1}], digits=12)
    yield Numeric(_erf_total, second("erf").doit().subs(q, R(13, 10)), [{}], digits=15)


def _relu_total(point):
    """sum a_n^2 of ReLU at q = 1: the ratio of successive terms makes it a 3F2 at 1."""
    half = mpmath.mpf(1) / 2
    tail = mpmath.hyp3f2(half, half, 1, 3 * half, 2, 1) / (4 * mpmath.pi)
    return 1 / (2 * mpmath.pi) + half / 2 + tail


def _erf_total(point):
    level = mpmath.mpf(26) / 36
    return mpmath.nsum(
        lambda k: 2 / mpmath.pi * mpmath.binomial(2 * k, k) * level ** (2 * k + 1)
        / (4**k * (2 * k + 1)),
        [0, mpmath.inf],
    )  # fmt: skip


HERMITE = (
    Claim(
        "mf.hermite",
        r"$a_n(q) = \frac{q^{n/2}}{\sqrt{n!}} E\phi^{(n)}$ and $G_q(c) = \sum_n a_n^2 c^n$. ReLU: "
        r"$a_0 = \sqrt{q/2\pi}$, $a_1 = \sqrt q/2$, "
        r"$a_{2k} = (-1)^{k+1}(2k-3)!!\sqrt{q/(2\pi(2k)!)}$, other odd ones 0. erf: "
        r"$a_{2k+1}^2 = \frac2\pi\binom{2k}{k}\frac{A^{2k+1}}{4^k(2k+1)}$, $A=\frac{2q}{1+2q}$. "
        r"sin: $a_{2k+1}^2 = e^{-q}q^{2k+1}/(2k+1)!$. $\sum_n a_n^2 = E\phi^2$.",
        "Daniely et al. 2016, arXiv:1602.05897; derived here",
        _hermite,
        (
            Mutation(
                "(2k - 1)!! for ReLU",
                lambda: Symbolic(_coefficient(function("relu"), 4), _relu_even(2, -1)),
            ),
            Mutation(
                "q^n instead of q^(n/2)",
                lambda: Symbolic(
                    _coefficient(function("sin"), 3),
                    q ** R(3, 2) * _by_derivative(function("sin"), 3),
                ),
            ),
        ),
    ),
)
