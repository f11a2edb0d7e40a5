r"""Claims on the series in rho: Mehler's formula and the tail of Hermite coefficients.

Sources: F. Mehler, J. reine angew. Math. 66 (1866); A. Daniely, R. Frostig and Y. Singer, NeurIPS
2016, arXiv:1602.05897.
"""

from functools import lru_cache

import sympy as sp

from theory.gaussian import E2, E
from theory.special import Phi
from theory.symbols import q, q1, q2, rho, x

from ..checks import Certified, Symbolic
from ..statement import Claim, Mutation
from .expectation_forms import W, step_at

__all__ = ["SERIES"]

R = sp.Rational
PI = sp.pi
exp, sqrt = sp.exp, sp.sqrt
RAMP, STEP = sp.Max(x, 0), step_at(0, x)
GELU = x * Phi(x)
U, V = sp.symbols("u v", real=True)


# ---------------------------------------------------------------- Mehler


@lru_cache(maxsize=64)
def _he(n, z):
    """The probabilists' Hermite polynomial, by its recursion."""
    if n < 2:
        return z**n
    return sp.expand(z * _he(n - 1, z) - (n - 1) * _he(n - 2, z))


def _coefficient(f, n, variance):
    """a_n = E f(X) He_n(X/sqrt(q))/sqrt(n!)."""
    terms = sp.Add.make_args(sp.expand(_he(n, x / sqrt(variance))))
    return sum(E(f * term, variance).doit() for term in terms) / sqrt(sp.factorial(n))


def _mehler():
    """The density in powers of rho, then kernels of equal and of different functions."""
    form = (U**2 - 2 * rho * U * V + V**2) / (2 * (1 - rho**2)) - (U**2 + V**2) / 2
    ratio = exp(-form) / W
    for n in range(5):
        taylor = ratio.diff(rho, n).subs(rho, 0)
        yield Symbolic(sp.expand(taylor), sp.expand(_he(n, U) * _he(n, V)))
    for f, g, orders in (
        (RAMP, RAMP, (0, 1, 2, 4)),
        (GELU, sp.erf(x), (1, 3)),
        (sp.sin(x), exp(x), (1, 3)),
        (sp.Abs(x), sp.cos(x), (0, 2, 4)),
        (STEP, x**3 - 3 * x, (1, 3)),
    ):
        kernel = E2(f, g, q1, q2, rho).doit()
        for n in orders:
            yield _mehler_for(kernel, f, g, n)


def _mehler_for(kernel, f, g, n, second=q2):
    taylor = kernel.diff(rho, n).subs(rho, 0) / sp.factorial(n)
    return Symbolic(taylor, _coefficient(f, n, q1) * _coefficient(g, n, second))


def _unnormalised():
    kernel = E2(RAMP, RAMP, q1, q2, rho).doit()
    return Symbolic(kernel.diff(rho, 2).subs(rho, 0), _coefficient(RAMP, 2, q1) ** 2 * q2 / q1)


MEHLER = Claim(
    "sym.mehler",
    r"$E f(X)g(Y) = \sum_n a_n(q_1)b_n(q_2)\rho^n$ with "
    r"$a_n(q) = E f(\sqrt qZ)\mathrm{He}_n(Z)/\sqrt{n!}$ and $b_n$ likewise from $g$, because the "
    r"bivariate density is $\sum_n\rho^n\mathrm{He}_n(u)\mathrm{He}_n(v)/n!$ times the product.",
    "Mehler 1866; Daniely et al. 2016, arXiv:1602.05897",
    _mehler,
    (
        Mutation("n! is forgotten", _unnormalised),
        Mutation(
            "both coefficients at the same variance",
            lambda: _mehler_for(E2(GELU, sp.erf(x), q1, q2, rho).doit(), GELU, sp.erf(x), 1, q1),
        ),
    ),
)


# ---------------------------------------------------------------- the tail of Mehler's series


def _relu_squares(count):
    """a_0^2 .. of the rectifier at q = 1, exactly."""
    for n in range(count):
        if n == 1:
            yield R(1, 4)
        elif n % 2:
            yield sp.S.Zero
        else:
            yield sp.factorial2(n - 3) ** 2 / (2 * PI * sp.factorial(n))


def _erf_squares(count):
    """a_0^2 .. of erf at q = 1, exactly."""
    for n in range(count):
        k = n // 2
        value = 2 / PI * sp.binomial(2 * k, k) * R(2, 3) ** n / (4**k * n) if n % 2 else sp.S.Zero
        yield value


def _tail(f, squares, next_power, box, exponent=None):
    """|K - sum| <= |rho|^next (V - sum a_n^2), where next is the first power left out."""
    kernel, total = E2(f, f, q, q, rho).doit().subs(q, 1), E(f**2, q).doit().subs(q, 1)
    partial = sum(square * rho**n for n, square in enumerate(squares))
    bound = rho ** (exponent or next_power) * (total - sum(squares))
    return [Certified(kernel - partial <= bound, box), Certified(kernel >= partial, box)]


def _hermite_tail():
    box = {rho: (R(3, 10), R(99, 100))}
    yield _tail(RAMP, tuple(_relu_squares(2)), 2, box)
    yield _tail(RAMP, tuple(_relu_squares(5)), 6, {rho: (R(1, 2), R(99, 100))})
    yield _tail(sp.erf(x), tuple(_erf_squares(2)), 3, box)
    yield _tail(sp.erf(x), tuple(_erf_squares(4)), 5, {rho: (R(1, 2), R(99, 100))})
    # the exact coefficients are those of the definition
    for n, square in enumerate(_relu_squares(5)):
        yield Symbolic(_coefficient(RAMP, n, q).subs(q, 1) ** 2, square)
    # without closed form: certified coefficients, one value of rho
    tanh = sp.tanh(x)
    squares = [sum(E(tanh * term, 1) for term in _terms(n)) ** 2 / sp.factorial(n) for n in (1, 3)]
    kernel = E2(tanh, tanh, 1, 1, R(9, 10))
    missing = kernel - squares[0] * R(9, 10) - squares[1] * R(9, 10) ** 3
    yield Certified(missing <= R(9, 10) ** 5 * (E(tanh**2, 1) - sum(squares)))
    yield Certified(missing >= 0)


def _terms(n):
    return sp.Add.make_args(_he(n, x))


HERMITE_TAIL = Claim(
    "sym.hermite-tail",
    r"At $q_1 = q_2 = q$: $|K-\sum_{n\le N}a_n^2\rho^n| \le |\rho|^{N+1}(V-\sum_{n\le N}a_n^2)$, "
    r"and with $|\rho|^{N+2}$ where $a_{N+1} = 0$ (parity).",
    "derived here from Mehler 1866 and Parseval's identity",
    _hermite_tail,
    (
        Mutation(
            "the exponent 2(N + 1), ReLU at rho = 9/10",
            lambda: _tail(
                RAMP, tuple(_relu_squares(2)), 2, {rho: (R(9, 10), R(91, 100))}, exponent=4
            ),
        ),
        Mutation(
            "the exponent N + 4 for erf",
            lambda: _tail(sp.erf(x), tuple(_erf_squares(2)), 3, {rho: (R(1, 2), R(3, 5))}, 5),
        ),
    ),
)


SERIES = (MEHLER, HERMITE_TAIL)
