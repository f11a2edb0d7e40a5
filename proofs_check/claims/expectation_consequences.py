r"""Claims on what follows: convex maps, sigmoid and tanh, the edge of erf, what is infinite.

Sources: B. Poole et al., NeurIPS 2016, arXiv:1606.05340; A. Daniely, R. Frostig and Y. Singer,
NeurIPS 2016, arXiv:1602.05897; S. Hayou et al., ICML 2019, arXiv:1902.06853.
"""

import sympy as sp

from theory.errors import DivergentExpectationError
from theory.gaussian import E2, E
from theory.mean_field import MeanField
from theory.special import sigmoid, softplus
from theory.symbols import q, q1, q2, rho, sigma_w2, x

from ..checks import Certified, CertifiedValue, Symbolic
from ..statement import Claim, Mutation

__all__ = ["CONSEQUENCES"]

R = sp.Rational
PI = sp.pi


# ---------------------------------------------------------------- convexity

_HIGHEST = 7


def _weights():
    """p_0 .. with sum 1: C(rho) = sum p_n rho^n is 1 at rho = 1."""
    free = sp.symbols(f"p1:{_HIGHEST + 1}", nonnegative=True)
    return (1 - sum(free), *free)


def _chord(n):
    """(rho^n - 1 - n (rho - 1))/(1 - rho)^2, a polynomial without negative coefficients."""
    return sum((n - 1 - k) * rho**k for k in range(n - 1))


def _convex():
    """C - rho as a sum of terms that are not negative on [0, 1]; then instances."""
    weights, positive = _weights(), sp.Symbol("r", nonnegative=True)
    mapped = sum(p * rho**n for n, p in enumerate(weights))
    chi_1 = mapped.diff(rho).subs(rho, 1)
    yield Symbolic(mapped.subs(rho, 1), 1)
    for n in range(_HIGHEST + 1):
        yield Symbolic(rho**n - 1 - n * (rho - 1), (1 - rho) ** 2 * _chord(n))
        yield sp.Ge(sp.S(_chord(n)).subs(rho, positive), 0)
    rest = (1 - rho) ** 2 * sum(p * _chord(n) for n, p in enumerate(weights))
    yield Symbolic(mapped - rho, (1 - chi_1) * (1 - rho) + rest)
    yield _above(R(9, 10), R(1, 2))
    yield _above(1, R(1, 2), R(19, 20))
    yield _above(1, 2, R(19, 20))


def _above(chi_1, variance, upper=1):
    """C(rho) > rho for erf below ``upper``, at a given chi_1; next to 1 by the slope."""
    phi, slope = sp.erf(x), 2 * sp.exp(-(x**2)) / sp.sqrt(PI)
    weights = chi_1 / E(slope**2, variance).doit()
    bias = variance - weights * E(phi**2, variance).doit()
    mapped = (bias + weights * E2(phi, phi, variance, variance, rho).doit()) / variance
    if upper == 1:
        at_one = Certified(mapped.diff(rho) < 1, {rho: (R(9, 10), 1)})
        return [Certified(mapped > rho, {rho: (0, R(9, 10))}), at_one]
    return Certified(mapped > rho, {rho: (0, upper)})


CONVEX = Claim(
    "sym.convex",
    r"If $C(\rho) = \sum p_n\rho^n$ with $p_n\ge0$ and $C(1) = 1$, then $C(\rho)-\rho = "
    r"(1-\chi_1)(1-\rho)+(1-\rho)^2\sum_np_n\sum_{k\le n-2}(n-1-k)\rho^k$ with "
    r"$\chi_1 = C'(1)$; so $\chi_1\le1$ makes $C(\rho)\ge\rho$ on $[0,1]$, "
    r"strictly below 1 unless $C$ is affine.",
    "Daniely et al. 2016 for the coefficients; Poole et al. 2016 for the map",
    _convex,
    (
        Mutation("the same with chi_1 = 11/10 (erf)", lambda: _above(R(11, 10), R(1, 2))),
        Mutation(
            "n - k instead of n - 1 - k",
            lambda: Symbolic(rho**3 - 1 - 3 * (rho - 1), (1 - rho) ** 2 * (_chord(3) + 1 + rho)),
        ),
    ),
)


# ---------------------------------------------------------------- sigmoid, tanh and softplus


def _sigmoid():
    """sigma = (1 + tanh(x/2))/2, and the odd part of the square integrates to 0."""
    even = (1 + sp.tanh(x / 2) ** 2) / 4
    yield Symbolic(sigmoid(x) ** 2 - even, sp.tanh(x / 2) / 2)
    yield Symbolic(E(sp.tanh(x / 2), q), 0)
    yield CertifiedValue(E(sigmoid(x), q), R(1, 2), {q: R(7, 3)}, digits=30)
    for variance in (2, R(1, 5)):
        yield _sigmoid_for(variance)
    # softplus' = sigmoid, so the dual of the softplus kernel is the kernel of the sigmoid
    soft = E2(softplus(x), softplus(x), q1, q2, rho).diff(rho)
    yield Symbolic(soft, sp.sqrt(q1) * sp.sqrt(q2) * E2(sigmoid(x), sigmoid(x), q1, q2, rho))


def _sigmoid_for(variance, inner=x / 2):
    stated = (1 + E(sp.tanh(inner) ** 2, q)) / 4
    return CertifiedValue(E(sigmoid(x) ** 2, q), stated, {q: variance}, digits=30)


SIGMOID_SQUARE = Claim(
    "sym.sigmoid",
    r"$E\sigma(\sqrt qZ) = \frac12$ and $E\sigma(\sqrt qZ)^2 = \frac14+\frac14 "
    r"E\tanh^2(\sqrt qZ/2)$ for the logistic $\sigma$, which is also the slope of softplus.",
    r"elementary: $\sigma(x) = \frac12(1+\tanh\frac x2)$",
    _sigmoid,
    (
        Mutation("the argument x instead of x/2", lambda: _sigmoid_for(2, x)),
        Mutation(
            "1/2 instead of 1/4",
            lambda: CertifiedValue(
                E(sigmoid(x) ** 2, q), R(1, 2) + E(sp.tanh(x / 2) ** 2, q) / 4, {q: 2}
            ),
        ),
    ),
)


# ---------------------------------------------------------------- the slope of erf

SCALE = sp.Symbol("a", positive=True)


def _erf_edge():
    """E (erf')^2 = (4/pi) E e^(-2x^2), for the network, any scale, and by integration."""
    slope = 2 * sp.exp(-(x**2)) / sp.sqrt(PI)
    yield Symbolic(slope**2, 4 / PI * sp.exp(-2 * x**2))
    yield _slope_for(_stated())
    wide = E(sp.erf(SCALE * x).diff(x) ** 2, q).doit()
    yield Symbolic(wide, SCALE**2 * _stated().subs(q, SCALE**2 * q))
    yield CertifiedValue(E(slope**2, q), _stated(), {q: R(7, 5)}, digits=25)
    edge = MeanField("erf").edge_of_chaos.sigma_w2
    yield Symbolic(edge, 1 / _stated())


def _stated(rate=4):
    return 4 / (PI * sp.sqrt(1 + rate * q))


def _slope_for(stated):
    return Symbolic(MeanField("erf").chi_1.doit(), sigma_w2 * stated)


ERF_EDGE = Claim(
    "sym.erf-edge",
    r"$\chi_1 = \frac{4\sigma_w^2}{\pi\sqrt{1+4q}}$ for erf, so that the edge of chaos is at "
    r"$\sigma_w^2 = \frac\pi4\sqrt{1+4q}$; for $\mathrm{erf}(ax)$, $a^2$ times it at $a^2q$.",
    "derived here from Williams, NeurIPS 1996; Hayou et al. 2019 for the edge of chaos",
    _erf_edge,
    (
        Mutation("sqrt(1 + 2q)", lambda: _slope_for(_stated(2))),
        Mutation(
            "the scale a instead of a^2",
            lambda: Symbolic(
                E(sp.erf(SCALE * x).diff(x) ** 2, q).doit(),
                SCALE * _stated().subs(q, SCALE**2 * q),
            ),
        ),
    ),
)


# ---------------------------------------------------------------- existence

G = sp.Symbol("g", positive=True)
RATE = R(1, 4)


def _divergence(bound=1):
    """E e^{g x^2}: the exponent g - 1/(2q) decides, and the value shows it."""
    u = sp.Symbol("u", real=True)
    exponent = G * u**2 - u**2 / (2 * q)
    yield Symbolic(exponent, -(1 - 2 * G * q) * u**2 / (2 * q))
    bell = sp.exp(-G * x**2)
    yield Symbolic(E(bell, q).doit(), 1 / sp.sqrt(1 + 2 * G * q))
    growing = sp.exp(RATE * x**2)
    for variance in (R(1, 2), R(19, 10), R(199, 100), 2, R(21, 10), 5):
        finite = 2 * RATE * variance < bound
        yield _exists(E(growing, variance)) == finite
        if finite:
            value = 1 / sp.sqrt(1 - 2 * RATE * variance)
            yield CertifiedValue(E(growing, q), value, {q: variance}, digits=10)
    # two variables: the largest eigenvalue of the covariance decides
    for variance, r in ((1, R(9, 10)), (R(3, 2), R(1, 4)), (R(3, 2), R(2, 5)), (1, -1)):
        node = E2(growing, growing, variance, variance, r)
        yield _exists(node) == (2 * RATE * variance * (1 + abs(r)) < bound)


def _exists(node):
    """Whether the expectation is said to be finite, by the closed form and by integration."""
    said = []
    for evaluate in (lambda: node.doit(), lambda: node.evalf(10)):
        try:
            evaluate()
            said.append(True)
        except DivergentExpectationError:
            said.append(False)
    if said[0] != said[1]:
        raise ArithmeticError(f"closed form and integration disagree about {node}")
    return said[0]


DIVERGENCE = Claim(
    "sym.divergence",
    r"$E e^{gX^2}$ is finite iff $2gq<1$, and then $(1-2gq)^{-1/2}$; $E e^{g(X^2+Y^2)}$ at equal "
    r"variances is finite iff $2gq(1+|\rho|)<1$. What is infinite is said to be so.",
    "elementary: the integrand times the density is $e^{-(1-2gq)x^2/2q}$",
    _divergence,
    (
        Mutation("finite iff 4 g q < 1", lambda: _divergence(R(1, 2))),
        Mutation("finite iff g q < 1", lambda: _divergence(2)),
    ),
)


CONSEQUENCES = (CONVEX, SIGMOID_SQUARE, ERF_EDGE, DIVERGENCE)
