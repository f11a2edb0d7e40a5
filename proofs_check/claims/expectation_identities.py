r"""Claims on derivatives of Gaussian expectations in the law: Price, heat equation, Bonnet, Stein.

Each identity is shown for the density, where it is exact; then for functions, with the derivative
of a closed form on one side and the closed form of typed-in derivatives on the other, the terms of
kinks and jumps by hand; then, for functions without closed form, by integrating the derivative of
the log-density (the score), which needs no derivative of the function.

Sources: R. Price, IRE Trans. Inf. Theory 4 (1958); G. Bonnet, Ann. Telecomm. 19 (1964); C. Stein,
Ann. Statist. 9 (1981); R. Plackett, Biometrika 41 (1954).
"""

import sympy as sp

from theory.gaussian import E2, E
from theory.special import Phi
from theory.symbols import c, q, q1, q2, rho, x

from ..checks import CertifiedValue, Symbolic
from ..statement import Claim, Mutation
from .expectation_forms import S, T, W, gaussian_density, step_at

__all__ = ["IDENTITIES"]

R = sp.Rational
exp, sqrt = sp.exp, sp.sqrt
H, K, M = sp.symbols("h k m", real=True)
A = sp.Symbol("a", positive=True)
U, V = sp.symbols("u v", real=True)

RELU, STEP = sp.Max(x, 0), step_at(0, x)
GELU = x * Phi(x)
GELU_SLOPE = Phi(x) + x * gaussian_density(x)
CLIP = sp.Piecewise((-1, x < -1), (x, x < 1), (1, True))
INSIDE = sp.Piecewise((0, x < -1), (1, x < 1), (0, True))
ELU = sp.Piecewise((exp(x) - 1, x < 0), (x, True))
ELU_SLOPE = sp.Piecewise((exp(x), x < 0), (1, True))
ERF_SLOPE = 2 * exp(-(x**2)) / sqrt(sp.pi)
TANH_SLOPE = 1 - sp.tanh(x) ** 2


def _line(place, variance=q, mean=0):
    """The normal density."""
    return gaussian_density((place - mean) / sqrt(variance)) / sqrt(variance)


def _plane(u, v, cross=c):
    """The centred density with variances q1, q2 and a covariance."""
    det = q1 * q2 - cross**2
    form = q2 * u**2 - 2 * cross * u * v + q1 * v**2
    return exp(-form / (2 * det)) / (2 * sp.pi * sqrt(det))


# ---------------------------------------------------------------- Price


def _price():
    density = _plane(U, V)
    yield Symbolic(density.diff(c), density.diff(U, V))
    for f, f_slope, g, g_slope in (
        (GELU, GELU_SLOPE, GELU, GELU_SLOPE),
        (ELU, ELU_SLOPE, ELU, ELU_SLOPE),
        (CLIP, INSIDE, CLIP, INSIDE),
        (sp.erf(x), ERF_SLOPE, RELU, STEP),
        (sp.sin(x), sp.cos(x), exp(x), exp(x)),
        (RELU**2, 2 * RELU, sp.Abs(x), sp.sign(x)),
    ):
        yield _price_for(f, f_slope, g, g_slope)
    # jumps: E delta(X) 1{Y > 0} and E delta(X - h) delta(Y - k)
    yield Symbolic(_pair(STEP, RELU).doit().diff(rho), S * T * _line(0, q1) / 2)
    steps = _pair(step_at(H, x), step_at(K, x)).doit()
    yield Symbolic(steps.diff(rho), S * T * _plane(H, K, rho * S * T))
    at = {q1: R(7, 10), q2: R(19, 10), rho: R(2, 5)}
    tanh, slope = sp.tanh(x), TANH_SLOPE
    yield CertifiedValue(_score(tanh, tanh), S * T * _pair(slope, slope), at, digits=8)


def _pair(f, g):
    return E2(f, g, q1, q2, rho)


def _price_for(f, f_slope, g, g_slope, factor=S * T):
    return Symbolic(_pair(f, g).doit().diff(rho), factor * _pair(f_slope, g_slope).doit())


def _score(f, g):
    """E f(X) g(Y) d(log p)/d rho, the derivative of E f g without a derivative of f or g."""
    total = rho * W**2 * _pair(f, g) + (1 + rho**2) / (S * T) * _pair(x * f, x * g)
    total -= rho / q1 * _pair(x**2 * f, g) + rho / q2 * _pair(f, x**2 * g)
    return total / W**4


PRICE = Claim(
    "sym.price",
    r"$\partial_c E f(X)g(Y) = E f'(X)g'(Y)$ at fixed variances, so "
    r"$\partial_\rho K = \sqrt{q_1q_2}\,K'$; a jump of $f$ puts a delta into $f'$.",
    "Price 1958; Plackett 1954 for the density",
    _price,
    (
        Mutation(
            "the factor q1 q2 instead of its root",
            lambda: _price_for(GELU, GELU_SLOPE, GELU, GELU_SLOPE, q1 * q2),
        ),
        Mutation(
            "the delta of a jump is forgotten",
            lambda: _price_for(STEP + x, sp.S.One, RELU, STEP),
        ),
    ),
)


# ---------------------------------------------------------------- heat equation


def _heat():
    yield Symbolic(_line(U).diff(q), _line(U).diff(U, 2) / 2)
    yield Symbolic(_plane(U, V).diff(q1), _plane(U, V).diff(U, 2) / 2)
    for f, curvature in (
        (exp(A * x), A**2 * exp(A * x)),
        (sp.erf(x) ** 2, 2 * ERF_SLOPE**2 - 4 * x * sp.erf(x) * ERF_SLOPE),
        (sp.Abs(x) ** 3, 6 * sp.Abs(x)),
    ):
        yield _heat_for(f, E(curvature, q).doit())
    # kinks and jumps: |x|'' = 2 delta, 1{x > h}'' = delta', (hardtanh^2)'' has two deltas
    yield _heat_for(sp.Abs(x), 2 * _line(0))
    yield _heat_for(step_at(H, x), H / q * _line(H))
    yield _heat_for(CLIP**2, 2 * E(INSIDE, q).doit() - 2 * _line(1) - 2 * _line(-1))
    # two variables, at fixed covariance
    curvature = (2 - x**2) * gaussian_density(x)
    yield Symbolic(_fixed(GELU, RELU).diff(q1), _fixed(curvature, RELU) / 2)
    spread = sqrt((q2 - c**2 / q1) / (2 * sp.pi))
    yield Symbolic(_fixed(RELU, RELU).diff(q1), _line(0, q1) * spread / 2)


def _heat_for(f, curvature, twice=1):
    return Symbolic(E(f, q).doit().diff(q), twice * curvature / 2)


def _fixed(f, g):
    """E f(X) g(Y) in the covariance c."""
    node = E2(f, g, q1, q2, c / sqrt(q1 * q2))
    return node.doit()


HEAT = Claim(
    "sym.heat",
    r"$\partial_q E f(\sqrt q Z) = \frac12 E f''$ and $\partial_{q_1} E f(X)g(Y) = \frac12 "
    r"E f''(X)g(Y)$ at fixed covariance, with $f''$ a distribution: a jump $\Delta$ of $f'$ at "
    r"$b$ adds $\frac12\Delta$ times the density at $b$, a jump of $f$ minus its "
    r"derivative there.",
    "the heat equation of the Gaussian density; Price 1958",
    _heat,
    (
        Mutation(
            "the coefficient 1", lambda: _heat_for(sp.Abs(x) ** 3, 6 * E(sp.Abs(x)).doit(), 2)
        ),
        Mutation(
            "the deltas of hardtanh^2 are forgotten",
            lambda: _heat_for(CLIP**2, 2 * E(INSIDE, q).doit()),
        ),
        Mutation(
            "the sign of delta' for a jump",
            lambda: _heat_for(step_at(H, x), -H / q * _line(H)),
        ),
    ),
)


# ---------------------------------------------------------------- Bonnet


def _bonnet():
    yield Symbolic(_line(U, q, M).diff(M), -_line(U, q, M).diff(U))
    for f, slope in (
        (RELU, Phi(M / sqrt(q))),
        (STEP, _line(0, q, M)),
        (sp.erf(x), E(ERF_SLOPE, q, M).doit()),
        (sp.sin(x), exp(-q / 2) * sp.cos(M)),
        (sp.Min(x, H), Phi((H - M) / sqrt(q))),
        (x**3, 3 * (q + M**2)),
    ):
        yield _bonnet_for(f, slope)
        yield Symbolic(E(f, q, M).diff(M).doit(), slope)
    at = {q: R(7, 5), M: R(1, 3)}
    score = E((x - M) * sp.tanh(x), q, M) / q
    yield CertifiedValue(score, E(TANH_SLOPE, q, M), at, digits=20)
    yield CertifiedValue(E(sp.tanh(x), q, M).diff(M), score, at, digits=20)


def _bonnet_for(f, slope):
    return Symbolic(E(f, q, M).doit().diff(M), slope)


BONNET = Claim(
    "sym.bonnet",
    r"$\partial_m E f(m+\sqrt q Z) = E f'(m+\sqrt q Z)$; a jump $\Delta$ of $f$ at $b$ adds "
    r"$\Delta$ times the density at $b$.",
    "G. Bonnet, Ann. Telecomm. 19 (1964)",
    _bonnet,
    (
        Mutation("half of the second derivative", lambda: _bonnet_for(x**3, 3 * M)),
        Mutation(
            "the delta of a jump is forgotten",
            lambda: _bonnet_for(STEP + x, sp.S.One),
        ),
    ),
)


# ---------------------------------------------------------------- Stein


def _stein():
    yield Symbolic(U * _line(U), -q * _line(U).diff(U))
    for f, slope in (
        (sp.erf(x), ERF_SLOPE),
        (ELU, ELU_SLOPE),
        (CLIP, INSIDE),
        (exp(A * x), A * exp(A * x)),
        (x**5, 5 * x**4),
    ):
        yield Symbolic(E(x * f, q).doit(), q * E(slope, q).doit())
    yield Symbolic(E(x * step_at(H, x), q).doit(), q * _line(H))
    for f, slope in ((GELU, GELU_SLOPE), (RELU, STEP)):
        yield Symbolic(_pair(x, f).doit(), rho * S * T * E(slope, q2).doit())
    at = {q: R(7, 5)}
    yield CertifiedValue(E(x * sp.tanh(x), q), q * E(TANH_SLOPE, q), at, digits=25)


STEIN = Claim(
    "sym.stein",
    r"$E X f(X) = q E f'(X)$ and $E X f(Y) = c E f'(Y)$, with $c = \mathrm{Cov}(X,Y)$; for a "
    r"half-line the boundary remains: $E X 1_{X>h} = q$ times the density at $h$.",
    "C. Stein, Ann. Statist. 9 (1981)",
    _stein,
    (
        Mutation(
            "the root of q",
            lambda: Symbolic(E(x * ELU, q).doit(), sqrt(q) * E(ELU_SLOPE, q).doit()),
        ),
        Mutation(
            "the boundary of a half-line is forgotten",
            lambda: Symbolic(E(x**2 * step_at(H, x), q).doit(), q * E(step_at(H, x), q).doit()),
        ),
        Mutation(
            "q2 instead of the covariance",
            lambda: Symbolic(_pair(x, RELU).doit(), q2 * E(STEP, q2).doit()),
        ),
    ),
)


IDENTITIES = (PRICE, HEAT, BONNET, STEIN)
