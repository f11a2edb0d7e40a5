r"""Claims on exact pairs with a bias, on depth scales, and on what initializations preserve.

Source: pairs of P. Wolinski and J. Arbel, arXiv:2205.12379; what is stated here is derived here.
"""

from functools import cache

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.schemes import fan_in, fan_out, schemes
from theory.symbols import q, rho

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .gaussian_pairs_tools import Existence, law_mean, weibull_pair

__all__ = ["BIAS"]

R = sp.Rational
B = sp.Symbol("b", positive=True)
INSIDE = {B: (R(1, 20), R(9, 10))}
CURVE = 6 / sp.pi * sp.asin(rho / 2)
CRITICAL = 1 - sp.pi / (2 * sp.sqrt(3))


# ---------------------------------------------------------------- a bias


def _bias():
    theory = GaussianPair(weights=laws.Chi(3), sigma_b2=B).mean_field
    curve = B + (1 - B) * CURVE
    yield Symbolic(theory.correlation_map, curve, INSIDE)
    yield Symbolic(curve.subs(rho, 1), 1)
    variance = B + (1 - B) * 6 / sp.pi * sp.asin(q / (1 + q))
    yield Symbolic(theory.variance_map, variance, INSIDE)
    yield Symbolic(variance.subs(q, 1), 1)
    bare = GaussianPair(weights=laws.Chi(3)).mean_field
    yield Symbolic(theory.chi_1, (1 - B) * bare.chi_1, INSIDE)
    yield Symbolic(theory.chi_q, (1 - B) * bare.chi_q, INSIDE)
    yield Symbolic(variance.diff(q).subs(q, 1), theory.chi_q, INSIDE)
    yield from _critical(lambda chi: 1 - 1 / chi)
    yield _critical_of("3", "0.0443701")
    yield from _at_the_edge()


def _critical(bias):
    """chi_1 = 1 at this variance of the bias, for erf and for theta = 3."""
    chi = 2 * sp.sqrt(3) / sp.pi
    found = GaussianPair(weights=laws.Chi(3), sigma_b2=bias(chi)).mean_field
    yield Symbolic(found.chi_1, 1)
    yield Symbolic(bias(chi), CRITICAL)


def _critical_of(theta, stated):
    value = float(sp.gamma(1 + 2 / R(theta)))
    chi = value * law_mean(R(theta), lambda x, y, slope: slope**2)
    toolkit = weibull_pair(theta).mean_field.numbers(12).critical_bias
    yield Numeric(toolkit, R(stated), [{}], digits=5)
    yield Numeric(lambda _: 1 - 1 / chi, toolkit, [{}], digits=7)


def _at_the_edge():
    """C is convex with C'(1) = 1: C(c) > c, and 1 - c_l ~ 2/(C''(1) l)."""
    curve = CRITICAL + (1 - CRITICAL) * CURVE
    yield Certified(curve > rho, {rho: (R(1, 100), R(19, 20))})
    bend = curve.diff(rho, 2).subs(rho, 1)
    yield Symbolic(bend, R(1, 3))
    yield _decay(2 / bend)


def _decay(limit):
    import math

    bias = float(CRITICAL)

    def scaled(_):
        c, depth = 0.0, 10**6
        for _ in range(depth):
            c = bias + (1 - bias) * 6 / math.pi * math.asin(c / 2)
        # 1/(1 - c_l) = l/limit + O(log l)
        return depth * (1 - c)

    return Numeric(scaled, limit, [{}], digits=3)


BIAS_CLAIM = Claim(
    "gp.eoc-bias",
    r"With a bias $b \sim N(0, \sigma_b^2)$ and weights scaled by $\sqrt{1-\sigma_b^2}$ the same "
    r"$\varphi$ keeps $N(0,1)$: $C(c) = \sigma_b^2 + (1-\sigma_b^2)\sum\hat a_k^2c^k$, and "
    r"$\chi_1$, $V'(1)$ are multiplied by $1-\sigma_b^2$. An odd nonlinear pair with finite "
    r"$\chi_1$ is critical exactly at $\sigma_b^2 = 1 - 1/\chi_1$ ($0.04437$ for $\theta = 3$), "
    r"where $1 - c_l \sim 2/(C''(1)l)$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _bias,
    (
        Mutation("sigma_b^2 = chi_1 - 1", lambda: _critical(lambda chi: chi - 1)),
        Mutation("1 - c_l ~ 1/(C''(1) l)", lambda: _decay(3)),
    ),
)


# ---------------------------------------------------------------- the depth scale


def _depth():
    # erf: C'(0) = 3/pi
    theory = GaussianPair(weights=laws.Chi(3)).mean_field
    yield Symbolic(theory.correlation_map.diff(rho).subs(rho, 0), 3 / sp.pi)
    numbers = theory.numbers(12)
    yield Numeric(numbers.depth_scale, -1 / sp.log(3 / sp.pi), [{}], digits=8)
    yield from _scale("3", lambda energy, chi: energy)
    yield Numeric(
        weibull_pair("3").mean_field.numbers(12).depth_scale, R("49.995"), [{}], digits=4
    )
    yield _iterated(3 / sp.pi)
    edge = GaussianPair(weights=laws.Chi(3), sigma_b2=CRITICAL).mean_field.numbers(12)
    yield edge.depth_scale is sp.oo


def _scale(theta, rate):
    gain = float(sp.gamma(1 + 2 / R(theta)))
    energy = gain * law_mean(R(theta), lambda x, y, slope: x * y) ** 2
    chi = gain * law_mean(R(theta), lambda x, y, slope: slope**2)
    toolkit = weibull_pair(theta).mean_field.numbers(12).depth_scale
    yield Numeric(toolkit, -1 / sp.log(sp.Float(rate(energy, chi), 16)), [{}], digits=7)


def _iterated(rate):
    """c_{l+1}/c_l far down the iteration of C."""
    import math

    def ratio(_):
        c = 0.5
        for _ in range(400):
            before, c = c, 6 / math.pi * math.asin(c / 2)
        return c / before

    return Numeric(ratio, rate, [{}], digits=10)


DEPTH = Claim(
    "gp.depth-scale",
    r"For an odd pair $c \to 0$ at the rate $C'(0) = \hat a_1^2$, so the depth scale is "
    r"$-1/\log\hat a_1^2$ ($49.995$ for $\theta = 3$), not $-1/\log\chi_1 < 0$; at $\chi_1 = 1$ "
    r"there is none.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _depth,
    (
        Mutation("-1/log chi_1", lambda: _scale("3", lambda energy, chi: chi)),
        Mutation("c_{l+1}/c_l -> chi_1", lambda: _iterated(2 * sp.sqrt(3) / sp.pi)),
    ),
)


# ---------------------------------------------------------------- what is preserved


@cache
def _table(activation=None):
    return schemes(activation)


def _unified():
    t, u = sp.symbols("t u", real=True)
    bell = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    table = _table()
    yield from _he(2)
    linear = sp.integrate(t**2 * bell, (t, -sp.oo, sp.oo))
    yield Symbolic(table["LeCun"].sigma_w2, 1 / linear)
    yield Symbolic(table["Glorot"].weight_variance, 2 / (fan_in + fan_out))
    yield Symbolic(1 / table["Glorot"].weight_variance, (fan_in + fan_out) / 2)
    # the edge of chaos asks for both equations; erf(x/sqrt 2) at q = 1 has E phi^2 = 1/3
    table = _table("erf(x/sqrt(2))")
    edge = table["edge of chaos"]
    phi, density = sp.erf(u / sp.sqrt(2)), sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi)
    slope = sp.integrate(phi.diff(u) ** 2 * density, (u, -sp.oo, sp.oo))
    yield Symbolic(edge.sigma_w2, 1 / slope)
    yield Symbolic(edge.sigma_b2, 1 - 1 / (3 * slope))
    yield Symbolic(edge.sigma_b2, CRITICAL)
    yield Symbolic(edge.forward, 1)
    yield Symbolic(edge.backward, 1)
    # the whole law: erf(x/sqrt 2) with Maxwell weights preserves the variance, not the gradient
    pair = table["Gaussian pair"]
    yield Symbolic(pair.sigma_w2, 3)
    yield Symbolic(pair.forward, 1)
    yield Symbolic(pair.backward, 2 * sp.sqrt(3) / sp.pi)
    yield Existence(lambda: GaussianPair(activation="relu"), False)


def _he(gain):
    t = sp.Symbol("t", positive=True)
    bell = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    half = sp.integrate(t**2 * bell, (t, 0, sp.oo))
    row = _table()["He"]
    yield Symbolic(row.sigma_w2, gain)
    yield Symbolic(row.sigma_w2 * half, 1)
    yield Symbolic(row.forward, 1)
    yield Symbolic(_table()["He (fan_out)"].sigma_w2 * sp.integrate(bell, (t, 0, sp.oo)), 1)


UNIFIED = Claim(
    "gp.unified",
    r"The usual initializations keep one statistic of a layer unchanged: LeCun and Glorot the "
    r"variance for $\varphi = x$, He that of ReLU ($\sigma_w^2 = 2$), the edge of chaos $V(q) = "
    r"q$ and $\chi_1 = 1$ together, an exact pair the whole marginal law.",
    "derived here; view of Wolinski & Arbel, arXiv:2205.12379; schemes of LeCun, Glorot, He",
    _unified,
    (Mutation("He: sigma_w^2 = 1", lambda: _he(1)),),
)

BIAS = (BIAS_CLAIM, DEPTH, UNIFIED)
