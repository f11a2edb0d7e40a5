r"""Claims on the speed with which correlations tend to 1 at the edge of chaos.

If 1 - C(1 - u) = u - s u^(1 + 1/a) + ..., then 1 - c^l ~ (a/s)^a l^-a.  The expansion is checked
on the closed kernels, the consequence on the recursion of u = 1 - c, which never subtracts 1.

Source: S. Hayou, A. Doucet and J. Rousseau, ICML 2019, arXiv:1902.06853, for ReLU and smooth
functions; the next orders are derived here.
"""

import math

import sympy as sp

from numerics.enclosure import enclose
from theory.gaussian import E2, E
from theory.mean_field import MeanField
from theory.symbols import q, rho, x

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import curvature, edge, function, kernel, slope

__all__ = ["RATES"]

R = sp.Rational
THETA = sp.Symbol("theta", positive=True)


# ---------------------------------------------------------------- ReLU


def _relu():
    """With c = cos(theta), u = 2 sin^2(theta/2): both sides as series in theta."""
    arc = (sp.sin(THETA) + (sp.pi - THETA) * sp.cos(THETA)) / sp.pi
    in_rho = (sp.sqrt(1 - rho**2) + (sp.pi / 2 + sp.asin(rho)) * rho) / sp.pi
    yield Symbolic(2 * kernel("relu").doit() / q, in_rho)
    root = sp.sqrt(2) * sp.sin(THETA / 2)
    stated = 1 - root**2 + 2 * sp.sqrt(2) / (3 * sp.pi) * root**3
    stated += sp.sqrt(2) / (30 * sp.pi) * root**5
    gap = sp.series(arc - stated, THETA, 0, 7).removeO()
    yield Symbolic(gap, 0)
    yield Symbolic(MeanField("relu").correlation_rate.coefficient, 9 * sp.pi**2 / 2)
    yield Symbolic(MeanField("relu").correlation_rate.power, 2)
    for alpha in (R(1, 5), R(1, 100), R(-1, 2)):
        leaky = f"max(x,0) + ({alpha})*min(x,0)"
        kappa = 9 * sp.pi**2 / 2 * (1 + alpha**2) ** 2 / (1 - alpha) ** 4
        yield Symbolic(MeanField(leaky).correlation_rate.coefficient, kappa)
    yield _relu_recursion(9 * math.pi**2 / 2, 10**5, 3)


def _relu_recursion(kappa, depth, digits):
    return Numeric(
        lambda _: depth**2 * _relu_distance(depth) / kappa,
        1,
        [{"l": depth}],
        digits=digits,
        note="l^2 (1 - c^l)/kappa from c^0 = 1/10",
    )


def _relu_distance(depth, distance=0.9):
    """1 - c^l for ReLU by u -> u - (sin theta - theta cos theta)/pi."""
    for _ in range(depth):
        theta = 2 * math.asin(math.sqrt(distance / 2))
        if theta > 1e-2:
            excess = math.sin(theta) - theta * math.cos(theta)
        else:
            excess = theta**3 / 3 * (1 - theta**2 / 10 * (1 - theta**2 / 28))
        distance -= excess / math.pi
    return distance


RELU = Claim(
    "mf.rate-relu",
    r"ReLU: $C(1-u) = 1 - u + \frac{2\sqrt2}{3\pi}u^{3/2} + \frac{\sqrt2}{30\pi}u^{5/2} + "
    r"O(u^{7/2})$, so $1 - c^l \sim \frac{9\pi^2}{2 l^2}$. Leaky ReLU: "
    r"$\kappa = \frac{9\pi^2}{2}\frac{(1+\alpha^2)^2}{(1-\alpha)^4}$.",
    "Hayou et al. 2019, arXiv:1902.06853",
    _relu,
    (
        Mutation("kappa = 9 pi^2/4", lambda: _relu_recursion(9 * math.pi**2 / 4, 10**5, 3)),
        Mutation(
            "rate 1/l: doubling the depth halves 1 - c",
            lambda: Numeric(
                lambda _: _relu_distance(20_000) / _relu_distance(10_000), 0.5, [{}], digits=3
            ),
        ),
    ),
    full=lambda: _relu_recursion(9 * math.pi**2 / 2, 10**6, 4),
)


# ---------------------------------------------------------------- smooth functions


def _beta(text, factor=2, power=1):
    return factor * slope(text) / (q**power * curvature(text))


def _smooth():
    for text in ("erf", "sin", "gelu"):
        derived = MeanField(text).correlation_rate
        yield Symbolic(derived.coefficient, _beta(text).doit())
        bent = kernel(text).doit().diff(rho, 2).subs(rho, 1)
        yield Symbolic(bent, q**2 * curvature(text).doit())  # C''(1) = sigma_w2 q E phi''^2
    for text in ("tanh", "elu", "softsign"):
        derived = MeanField(text).correlation_rate.coefficient
        yield CertifiedValue(derived, _beta(text), {q: R(3, 2)})
    third = kernel("erf").doit().diff(rho, 3).subs(rho, 1)
    steepest = function("erf").diff(x, 3)
    yield Symbolic(third, q**3 * E(steepest**2, q).doit())
    yield from _erf_recursion()
    yield from _jump_of_curvature()


def _erf_recursion():
    """l (1 - c^l)/beta -> 1, and the coefficient of log(l)/l from two depths."""
    beta, depth = 6.0, 50_000
    yield Symbolic(_beta("erf").doit().subs(q, R(1, 2)), 6)
    deviation = {n: n * (n * u / beta - 1) for n, u in _erf_distances(R(1, 2), (depth, 2 * depth))}
    yield Numeric(deviation[depth] / depth, 0, [{"l": depth}], digits=3, absolute=True)
    observed = (deviation[2 * depth] - deviation[depth]) / math.log(2)
    stated = MeanField("erf").correlation_rate.correction.coefficient.subs(q, R(1, 2))
    yield Numeric(observed, stated, [{}], digits=2)


def _erf_distances(variance, depths):
    """(depth, 1 - c) for erf on the edge of chaos: differences of arcsines as one arcsine."""
    weights = float(edge("erf")[0].doit().subs(q, variance))
    level = float(2 * variance / (1 + 2 * variance))
    scale, distance = 2 * weights / (math.pi * float(variance)), 0.9
    for layer in range(1, max(depths) + 1):
        lower = level * (1 - distance)
        top = level**2 * distance * (2 - distance)
        bottom = level * math.sqrt(1 - lower**2) + lower * math.sqrt(1 - level**2)
        distance = scale * math.asin(top / bottom)
        if layer in depths:
            yield layer, distance


def _elu_expansion():
    """(a2, b) of 1 - C(1 - u) = u - a2 u^2 + b u^(5/2) for ELU at q = 1, as stated."""
    weights = edge("elu")[0].subs(q, 1)
    return (
        weights * curvature("elu").subs(q, 1) / 2,
        4 * weights / (15 * sp.sqrt(sp.pi)) / sp.sqrt(2 * sp.pi),
    )


def _jump_of_curvature():
    """ELU: phi'' jumps by -1 at 0; b from C''(1 - u) = 2 a2 - (15/4) b sqrt(u) + ..."""
    quadratic, stated = _elu_expansion()
    bent = sp.Piecewise((sp.exp(x), x < 0), (sp.S.Zero, True))
    gram = E2(bent, bent, q, q, rho).doit().subs(q, 1)
    small = R(1, 10**14)
    second_slope = edge("elu")[0].subs(q, 1) * gram.subs(rho, 1 - small)
    observed = (2 * quadratic - second_slope) * R(4, 15) / sp.sqrt(small)
    yield Numeric(
        lambda _: enclose(observed, digits=10).midpoint,
        lambda _: enclose(stated, digits=10).midpoint,
        [{"u": small}],
        digits=5,
    )
    derived = MeanField("elu").correlation_rate.correction.coefficient
    yield CertifiedValue(derived, 2 * stated / quadratic ** R(3, 2), {q: 1})
    slow = 2 * stated / quadratic ** R(3, 2)
    yield Numeric(
        lambda _: _root_correction(10**6), lambda _: enclose(slow).midpoint, [{}], digits=2
    )


def _root_correction(depth):
    """sqrt(l) (l a2 u^l - 1) for u -> u - a2 u^2 + b u^(5/2) with the coefficients of ELU."""
    quadratic, b = (float(enclose(part).midpoint) for part in _elu_expansion())
    distance = 0.5
    for _ in range(depth):
        distance -= distance * distance * (quadratic - b * math.sqrt(distance))
    return math.sqrt(depth) * (depth * quadratic * distance - 1)


SMOOTH = Claim(
    "mf.rate-smooth",
    r"$\phi \in C^1$ with $0 < E\phi''^2 < \infty$: $1 - c^l \sim \beta_q/l$, "
    r"$\beta_q = 2/C''(1) = 2E\phi'^2/(q E\phi''^2)$. The relative correction is "
    r"$-\gamma\log l/l$, $\gamma = 1 - 2C'''(1)/(3C''(1)^2)$, if $E\phi'''^2 < \infty$, but of "
    r"order $l^{-1/2}$ if $\phi''$ jumps (ELU).",
    "Hayou et al. 2019, arXiv:1902.06853; next orders derived here",
    _smooth,
    (
        Mutation(
            "beta = E phi'^2/(q E phi''^2)",
            lambda: CertifiedValue(
                MeanField("tanh").correlation_rate.coefficient, _beta("tanh", 1), {q: R(3, 2)}
            ),
        ),
        Mutation(
            "beta without q",
            lambda: CertifiedValue(
                MeanField("tanh").correlation_rate.coefficient, _beta("tanh", 2, 0), {q: R(3, 2)}
            ),
        ),
        Mutation(
            "a correction log(l)/l for ELU, so that sqrt(l) times it vanishes",
            lambda: Numeric(lambda _: _root_correction(10**5), 0, [{}], digits=2, absolute=True),
        ),
    ),
)

RATES = (RELU, SMOOTH)
