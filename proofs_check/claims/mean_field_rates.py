r"""Claims on the speed with which correlations tend to 1 at the edge of chaos.

If 1 - C(1 - u) = u - s u^(1 + 1/a) + ..., then 1 - c^l ~ (a/s)^a l^-a.  The expansion is checked
on the closed kernels, the consequence on the recursion of u = 1 - c, which never subtracts 1.

Source: S. Hayou, A. Doucet and J. Rousseau, ICML 2019, arXiv:1902.06853, for ReLU and smooth
functions; kinks at any places, rough functions and the next orders are derived here.
"""

import math

import sympy as sp

from numerics.enclosure import enclose
from theory.gaussian import E2, E
from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_w2, x

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


# ---------------------------------------------------------------- kinks


THREE_KINKS = (
    "piecewise((3/10*x - 4/5, x < -1), (11/10*x, x < 1/2), (6/10*x + 1/4, x < 2), "
    "(13/10*x - 23/20, True))"
)


def _kink_rule(text, variance, places, jumps, weight=lambda place, var: 1, power=2):
    """s = sqrt(2)/(3 pi) sigma_w2 sum J_k^2 exp(-x_k^2/(2q)), with variations for mutations."""
    total = sum(
        abs(jump) ** power * sp.exp(-(sp.S(place) ** 2) / (2 * variance)) * weight(place, variance)
        for place, jump in zip(places, jumps, strict=True)
    )
    return sp.sqrt(2) / (3 * sp.pi) * edge(text)[0].subs(q, variance) * total


def _kink_slope(text, variance):
    """(2/3)(chi_1 - C'(1 - u))/sqrt(u) at u = 1e-8, from the closed kernel of phi'."""
    theory, small = MeanField(text), R(1, 10**8)
    mapped = theory.correlation_slope.subs(sigma_w2, theory.edge_of_chaos.sigma_w2)
    mapped = mapped.subs(q, variance)
    excess = 1 - mapped.subs(rho, 1 - small)
    return enclose(R(2, 3) * excess / sp.sqrt(small), digits=12).midpoint


def _kink():
    cases = (
        ("hardtanh", sp.S.One, (-1, 1), (1, -1)),
        (THREE_KINKS, R(7, 10), (-1, R(1, 2), 2), (R(4, 5), -R(1, 2), R(7, 10))),
    )
    for text, variance, places, jumps in cases:
        stated = _kink_rule(text, variance, places, jumps)
        yield CertifiedValue(
            MeanField(text).correlation_rate.expansion[0], stated, {q: variance}, digits=15
        )
        yield Numeric(
            lambda _, t=text, v=variance: _kink_slope(t, v),
            lambda _, s=stated: enclose(s, digits=12).midpoint,
            [{"q": variance}],
            digits=6,
        )
        derived = MeanField(text).correlation_rate
        yield CertifiedValue(derived.coefficient, 4 / stated**2, {q: variance}, digits=15)
        yield Symbolic(derived.power, 2)


def _kink_mutation(**changes):
    stated = _kink_rule("hardtanh", sp.Integer(2), (-1, 1), (1, -1), **changes)
    return Numeric(
        lambda _: _kink_slope("hardtanh", 2),
        lambda _: enclose(stated, digits=12).midpoint,
        [{"q": 2}],
        digits=6,
    )


def _three_kinks_mutation():
    stated = _kink_rule(
        *(THREE_KINKS, R(7, 10), (-1, R(1, 2), 2), (R(4, 5), -R(1, 2), R(7, 10))), power=1
    )
    return CertifiedValue(
        MeanField(THREE_KINKS).correlation_rate.expansion[0], stated, {q: R(7, 10)}
    )


KINK = Claim(
    "mf.rate-kink",
    r"$\phi$ continuous with jumps $J_k$ of $\phi'$ at $x_k$: on the edge of chaos "
    r"$1 - C(1-u) = u - su^{3/2} + O(u^2)$ with "
    r"$s = \frac{\sqrt2}{3\pi}\sigma_w^2\sum_k J_k^2 e^{-x_k^2/(2q)}$, and "
    r"$1 - c^l \sim 4/(s^2 l^2)$.",
    "derived here; ReLU in Hayou et al. 2019, arXiv:1902.06853",
    _kink,
    (
        Mutation(
            "density phi(x_k)/sqrt(q) instead of the standard normal one",
            lambda: _kink_mutation(weight=lambda place, var: 1 / sp.sqrt(var)),
        ),
        Mutation("|J| instead of J^2 (three kinks)", _three_kinks_mutation),
    ),
)


# ---------------------------------------------------------------- rough functions


def _rough_expansion(p):
    """(s, a) for sgn(x)|x|^p on the edge of chaos, from 2F1 at 1 by its connection formula."""
    a = (1 - p) / 2
    smooth = sp.gamma(R(3, 2) - 2 * a) / sp.gamma(R(3, 2) - a) ** 2
    singular = sp.gamma(2 * a - R(3, 2)) / sp.gamma(a) ** 2
    # the kernel is G(c)/G(1) = c F(c^2)/F(1) and 1 - c^2 = 2u; sigma_w2 G(1)/q = (2p - 1)/p^2
    share = (2 * p - 1) / p**2
    return -share * singular / smooth * 2 ** (p + R(1, 2)), 1 / (p - R(1, 2))


def _general():
    """The lemma on recursions; then |x|^p: a, s and the derived constant."""
    for order, drag in ((R(1), 0.3), (R(2), 0.2), (R(4), 0.5)):
        depth = 10**5
        limit = float((order / drag) ** order)
        yield Numeric(
            lambda _, a=order, s=drag, n=depth: _power_recursion(float(a), s, n),
            limit,
            [{"a": order}],
            digits=2,
        )
    p = R(3, 4)
    s, a = _rough_expansion(p)
    derived = MeanField("sign(x)*abs(x)**(3/4)").correlation_rate
    yield Symbolic(derived.power, a)
    yield Numeric(derived.expansion[0].subs(q, 1), abs(s), [{}], digits=15)
    yield Numeric(derived.coefficient.subs(q, 1), (a / abs(s)) ** a, [{}], digits=15)
    yield Numeric(lambda _: _rough_slope(p), abs(s), [{}], digits=4)


def _rough_slope(p):
    """(u - (1 - C(1 - u)))/u^(p + 1/2) at a small u, from the 2F1 itself at high precision."""
    small = sp.Float("1e-24", 120)
    a = (1 - p) / 2

    def normal(c):
        return c * sp.hyper([a, a], [R(3, 2)], c**2)

    top = sp.gamma(R(3, 2)) * sp.gamma(R(3, 2) - 2 * a) / sp.gamma(R(3, 2) - a) ** 2
    share = (2 * p - 1) / p**2
    drop = share * (1 - normal(1 - sp.Rational(1, 10**24)) / top)
    return (sp.Rational(1, 10**24) - drop).evalf(60) / small ** (p + R(1, 2))


def _power_recursion(a, s, depth):
    distance = 0.1
    for _ in range(depth):
        distance -= s * distance ** (1 + 1 / a)
    return depth**a * distance


GENERAL = Claim(
    "mf.rate-general",
    r"If $1 - C(1-u) \sim u - su^{1+1/a}$ then $1 - c^l \sim (a/s)^a l^{-a}$. For "
    r"$\phi = \mathrm{sgn}(x)|x|^p$, $\frac12 < p < 1$: $a = 1/(p-\frac12)$: rougher "
    r"is faster.",
    "derived here",
    _general,
    (
        Mutation(
            "a = 1/p for |x|^p",
            lambda: Symbolic(MeanField("sign(x)*abs(x)**(3/4)").correlation_rate.power, R(4, 3)),
        ),
        Mutation(
            "(1/s)^a instead of (a/s)^a",
            lambda: Numeric(_power_recursion(2.0, 0.2, 10**5), 25, [{}], digits=3),
        ),
    ),
)

RATES = (RELU, SMOOTH, KINK, GENERAL)
