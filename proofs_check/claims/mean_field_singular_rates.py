r"""Claims on the speed of correlation where phi' is singular: kinks and rough functions.

The kink rule and the rough case are derived here; ReLU is in S. Hayou, A. Doucet and J. Rousseau,
ICML 2019, arXiv:1902.06853.
"""

import sympy as sp

from numerics.enclosure import enclose
from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_w2

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import edge

__all__ = ["SINGULAR_RATES"]

R = sp.Rational


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

SINGULAR_RATES = (KINK, GENERAL)
