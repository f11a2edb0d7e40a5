r"""Claims on expansions: in 1 - rho next to 1, where kinks show, and in q next to 0.

The rules for kinks and for half-integer powers are derived here; Y. Cho and L. Saul, NeurIPS 2009,
have that of the rectifier.
"""

import sympy as sp

from theory.gaussian import E2, E
from theory.near_one import near_one
from theory.special import Phi
from theory.symbols import q, rho, x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .expectation_forms import step_at

__all__ = ["EXPANSIONS"]

R = sp.Rational
PI = sp.pi
exp, sqrt = sp.exp, sp.sqrt
RAMP, STEP = sp.Max(x, 0), step_at(0, x)
GELU = x * Phi(x)
ELU = sp.Piecewise((exp(x) - 1, x < 0), (x, True))


# ---------------------------------------------------------------- kinks next to rho = 1

RAMP_AT = sp.Max(x - R(1, 2), 0)
CLIP = sp.Piecewise((-1, x < -1), (x, x < 1), (1, True))
HAT = sp.Max(1 - sp.Abs(x), 0)
SHRINK = RAMP_AT - sp.Max(-x - R(1, 2), 0)
SCALED_ELU = sp.Piecewise((2 * (exp(x) - 1), x < 0), (x, True))
#: Function, order m of its first derivative with jumps, and those (place, size).
KINKS = (
    (STEP, 0, ((0, 1),)),
    (sp.sign(x), 0, ((0, 2),)),
    (RAMP, 1, ((0, 1),)),
    (sp.Abs(x), 1, ((0, 2),)),
    (sp.Max(x, 0) + sp.Min(x, 0) / 10, 1, ((0, R(9, 10)),)),
    (CLIP, 1, ((-1, 1), (1, -1))),
    (RAMP_AT, 1, ((R(1, 2), 1),)),
    (HAT, 1, ((-1, 1), (0, -2), (1, 1))),
    (RAMP**2, 2, ((0, 2),)),
)
#: The same for level full.
MORE_KINKS = (
    (SHRINK, 1, ((R(-1, 2), -1), (R(1, 2), 1))),
    (SCALED_ELU, 1, ((0, -1),)),
    (ELU, 2, ((0, -1),)),
)
VARIANCE = R(13, 10)
TINY = R(1, 10**60)


def _strength(jumps, power=2, damped=True):
    """S_m, the sum of squared jumps with the weight of the density at their places."""
    return sum(
        sp.S(size) ** power * (exp(-(sp.S(place) ** 2) / (2 * VARIANCE)) if damped else 1)
        for place, size in jumps
    )


def _rule(m, strength):
    """The coefficient of (1 - rho)^(m + 1/2)."""
    product = sp.prod(k + R(1, 2) for k in range(1, m + 1))
    return (-1) ** (m + 1) * VARIANCE**m * strength / (sqrt(2) * PI * product)


def _from_derivative(f, m):
    """The same coefficient from sqrt(1 - rho) d^(m + 1) K, which tends to a constant."""
    steep = E2(f, f, q, q, rho).doit().subs(q, VARIANCE).diff(rho, m + 1)
    fall = sp.prod(k + R(1, 2) for k in range(m + 1)) * (-1) ** (m + 1)
    return (sqrt(TINY) * steep.subs(rho, 1 - TINY) / fall).evalf(40)


def _kink_for(f, m, jumps, digits=20, **wrong):
    return Numeric(
        lambda _: _from_derivative(f, m),
        _rule(m, _strength(jumps, **wrong)),
        [{"order": m, "jumps": len(jumps)}],
        digits,
    )


def _kink():
    for f, m, jumps in KINKS:
        yield _kink_for(f, m, jumps)
    yield _rectifier()


def _rectifier(sign=1):
    """K itself: what is left after the smooth part V - q D (1 - rho), as a power 3/2."""
    small = sqrt(TINY)
    kernel = E2(RAMP, RAMP, q, q, rho).doit().subs({q: VARIANCE, rho: 1 - small})
    smooth = VARIANCE / 2 * (1 - small)
    observed = ((kernel - smooth) / small ** R(3, 2)).evalf(40)
    return Numeric(lambda _: observed, sign * _rule(1, 1), [{}], digits=20)


KINK = Claim(
    "sym.kink",
    r"Let $\phi^{(m)}$ be the first derivative with jumps, $\Delta_i$ at $x_i$. At "
    r"$q_1 = q_2 = q$, $K$ contains "
    r"$\frac{(-1)^{m+1}q^m S_m}{\sqrt2\,\pi\prod_{k=1}^m(k+\frac12)}(1-\rho)^{m+1/2}$ with "
    r"$S_m = \sum_i\Delta_i^2e^{-x_i^2/2q}$; lower powers are whole.",
    "derived here by Price's theorem; Cho and Saul 2009 for ReLU",
    _kink,
    (
        Mutation(
            "the jumps instead of their squares (hat)",
            lambda: _kink_for(HAT, 1, KINKS[7][2], power=1),
        ),
        Mutation(
            "the weight e^{-x^2/2q} is forgotten (hardtanh)",
            lambda: _kink_for(CLIP, 1, KINKS[5][2], damped=False),
        ),
        Mutation("the sign (-1)^m", lambda: _rectifier(-1)),
    ),
    full=lambda: [_kink_for(*kink) for kink in MORE_KINKS],
)


# ---------------------------------------------------------------- small variances

#: Function, and its expressions to the left and to the right of 0.
NEAR_ZERO = (
    (exp(-sp.Abs(x)), exp(x), exp(-x)),
    (ELU, exp(x) - 1, x),
    (RAMP * exp(x), sp.S.Zero, x * exp(x)),
    (STEP * sp.cos(x), sp.S.Zero, sp.cos(x)),
    (GELU**2, GELU**2, GELU**2),
    (sp.erf(x) ** 2, sp.erf(x) ** 2, sp.erf(x) ** 2),
)


def _small_q():
    for f, left, right in NEAR_ZERO:
        for k in range(6):
            yield _small_q_for(f, left, right, k)


def _small_q_for(f, left, right, k):
    """The coefficient of q^(k/2) in the closed form, against that of the two jets."""
    s = sp.Symbol("s", positive=True)
    observed = E(f, q).doit().subs(q, s**2).diff(s, k).subs(s, 0) / sp.factorial(k)
    jets = [side.diff(x, k).subs(x, 0) for side in (left, right)]
    moment = 2 ** R(k, 2) * sp.gamma(R(k + 1, 2)) / sqrt(PI)
    return Symbolic(observed, (jets[1] + (-1) ** k * jets[0]) / 2 * moment / sp.factorial(k))


SMALL_Q = Claim(
    "sym.small-q",
    r"Next to $q = 0$ the coefficient of $q^{k/2}$ in $E f(\sqrt qZ)$ is "
    r"$\frac12(f^{(k)}(0^+)+(-1)^kf^{(k)}(0^-))\,E|Z|^k/k!$: whole powers with "
    r"$f^{(2j)}(0)/(2^jj!)$ if $f$ is smooth at 0, half-integer ones after a kink or a jump.",
    "derived here: absolute moments of a Gaussian",
    _small_q,
    (
        Mutation(
            "whole powers only, as for a smooth function (ELU)",
            lambda: _small_q_for(ELU, x + x**2 / 4, x + x**2 / 4, 3),
        ),
        Mutation(
            "the average of the slopes without the sign (-1)^k",
            lambda: _small_q_for(exp(-sp.Abs(x)), exp(-x), exp(x), 1),
        ),
    ),
)


# ---------------------------------------------------------------- expansions next to rho = 1

GAP = sp.Symbol("epsilon", positive=True)


def _near_one():
    """Against the Taylor series of the closed kernel in sqrt(epsilon), and against the rules."""
    for f, order in ((STEP, 2), (RAMP, 3), (sp.Abs(x), 3), (RAMP**2, 3)):
        kernel = E2(f, f, q, q, rho)
        yield Symbolic(_expansion(kernel, order), _taylor(kernel, order))
    for f, order in ((sp.erf(x), 3), (sp.sin(x), 3), (GELU, 2), (exp(x), 3)):
        kernel = E2(f, f, q, q, rho)
        smooth = sum(
            (-q * GAP) ** k / sp.factorial(k) * E(f.diff(x, k) ** 2, q).doit()
            for k in range(order + 1)
        )
        yield Symbolic(_expansion(kernel, order), smooth)
    for f, m, jumps in KINKS:
        if m:
            yield _near_one_for(f, m, jumps)
    # no closed form at all: the coefficients are expectations, the remainder is of order 3
    tanh = E2(sp.tanh(x), sp.tanh(x), 1, 1, rho)
    grid = [{GAP: R(1, 10**4)}]
    yield Numeric(
        lambda at: tanh.subs(rho, 1 - at[GAP]).evalf(16), _expansion(tanh, 2), grid, digits=10
    )


def _expansion(kernel, order):
    return near_one(kernel, order).subs(rho, 1 - GAP)


def _taylor(kernel, order):
    """In t with rho = 1 - t^2; sqrt(1 - rho^2) is t sqrt(2 - t^2), arcsin rho its primitive."""
    t = sp.Symbol("t", positive=True)
    value = kernel.doit().subs(rho, 1 - t**2)
    value = value.subs(sp.sqrt(1 - (1 - t**2) ** 2), t * sqrt(2 - t**2))
    arc = PI / 2 - 2 * sp.asin(t / sqrt(2))
    value = value.subs(sp.asin(1 - t**2), arc)
    total = sum(value.diff(t, k).subs(t, 0) / sp.factorial(k) * t**k for k in range(2 * order + 1))
    return total.subs(t, sqrt(GAP))


def _near_one_for(f, m, jumps, factor=1):
    """The coefficient of the half-integer power, at the variance of the rule."""
    kernel = E2(f, f, q, q, rho).subs(q, VARIANCE)
    found = sp.expand(_expansion(kernel, m + 1)).coeff(GAP ** (m + R(1, 2)))
    return Numeric(found, factor * _rule(m, _strength(jumps)), [{}], digits=20)


NEAR_ONE = Claim(
    "sym.near-one",
    r"$K(q,q,1-\epsilon) = \sum_k\frac{(-q\epsilon)^k}{k!}E(\phi^{(k)})^2$ plus, after the first "
    r"derivative $m$ with jumps, powers $\epsilon^{m+1/2}$ and beyond; for ReLU "
    r"$\frac q2-\frac q2\epsilon+\frac{\sqrt2q}{3\pi}\epsilon^{3/2}+\dots$",
    "derived here by Price's theorem; Cho and Saul 2009 for ReLU",
    _near_one,
    (
        Mutation(
            "half-integer powers are forgotten (ReLU)",
            lambda: Symbolic(_expansion(E2(RAMP, RAMP, q, q, rho), 2), q / 2 - q * GAP / 2),
        ),
        Mutation(
            "k! is forgotten (erf)",
            lambda: Symbolic(
                _expansion(E2(sp.erf(x), sp.erf(x), q, q, rho), 2).coeff(GAP, 2),
                q**2 * E(sp.erf(x).diff(x, 2) ** 2, q).doit(),
            ),
        ),
        Mutation("twice the kink (hat)", lambda: _near_one_for(*KINKS[7], factor=2)),
    ),
)


EXPANSIONS = (KINK, SMALL_Q, NEAR_ONE)
