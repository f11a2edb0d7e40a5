r"""Claims on the limit of K^L(x, x')/K^L(x, x) at the edge of chaos: 1/(a + 2).

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, Proposition 2, which proves that
the limit lies between 0 and 1; its value, by dominant balance, is derived here.
"""

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q
from theory.tangent import NTK
from theory.tangent.expansion import Term
from theory.tangent.matched import matched_law

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import ball
from .moments import curvature, slope
from .tangent_balance import remainders, simple_ansatz
from .tangent_tools import (
    compared,
    deep,
    digits_of,
    erf_balls,
    erf_float,
    extrapolated,
    float_path,
    kernel_balls,
    power_float,
    relu_balls,
    relu_float,
)

__all__ = ["ERF_EDGE", "RATIO"]

R = sp.Rational
S, A = sp.symbols("s a", positive=True)
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654"
#: (sigma_w2, sigma_b2) of erf on the edge of chaos with q = 1/2.
ERF_EDGE = sp.pi * sp.sqrt(3) / 4, R(1, 2) - sp.sqrt(3) * sp.pi / 12
ROWS = (10**4, 10**5, 10**6)


# ---------------------------------------------------------------- any exponent


def _balanced(ratio):
    """The leading orders of both recursions for f = s u^(1 + 1/a), a and s symbols."""
    found = remainders([(S, 1 + 1 / A)], simple_ansatz(A, (A / S) ** A, ratio))
    yield Symbolic(found["u: l^-1"], 0)
    yield Symbolic(found["k: l^0"], 0)


def _general():
    yield from _balanced(1 / (A + 2))
    for power in (R(1), R(2), R(5, 2), R(4), R(10)):
        law = matched_law([Term(S, 1 + 1 / power)])
        yield Symbolic(law.ratio, 1 / (power + 2))
        yield Symbolic(law.coefficient, (power / S) ** power)
    for text, power in (("relu", 2), ("erf", 1), ("abs(x)^(4/5)", R(10, 3))):
        law = NTK(text).depth_law["critical"]
        yield Symbolic(law.power, power)
        yield Symbolic(law.ratio, 1 / (sp.S(power) + 2))
    yield from _third_family()


def _third_family():
    """|x|^(4/5), a = 10/3, ratio 3/16, from c = 1/2: even, and neither smooth nor ReLU-like."""
    p = R(4, 5)
    moment = 2 ** (p - 1) * sp.gamma(p - R(1, 2)) / sp.sqrt(sp.pi)
    edge = 1 / (p**2 * moment), (1 - 1 / p) ** 2
    values = deep("abs(x)^(4/5)", *edge, (10**3, *ROWS), 1.0, 0.5)
    route = float_path(power_float(0.8, even=True), (10**3, 10**4), 0.5)
    for depth, (kernel, _) in route.items():
        yield Numeric(values[depth], kernel / depth, [{"L": depth}], digits=11)
    for depth, digits in ((10**3, "0.190499"), (10**4, "0.187893"), (10**5, "0.187549")):
        yield Numeric(values[depth], R(digits), [{"L": depth}], digits=5)
    last = {depth: values[depth] for depth in ROWS}
    yield Numeric(extrapolated(last), R(3, 16), [{}], digits=6, note="extrapolated")


RATIO_GENERAL = Claim(
    "ntk.ratio-general",
    r"On the edge of chaos let $1 - C(1-u) = u - su^{1+1/a} + o(u^{1+1/a})$, $s, a > 0$, "
    r"differentiable term by term. Then $u_l \sim (a/s)^a l^{-a}$ and "
    r"$K^L(x,x')/K^L(x,x) \to 1/(a+2)$ for $c^1 < 1$: $1/4$ for ReLU, $1/3$ for smooth $\phi$, "
    r"$3/16$ for $|x|^{4/5}$.",
    f"limit exists in {HAYOU}, Proposition 2; value derived here",
    _general,
    (
        Mutation("1/(a + 1)", lambda: _balanced(1 / (A + 1))),
        Mutation("1/(2a), which is right at a = 2 only", lambda: _balanced(1 / (2 * A))),
    ),
)


# ---------------------------------------------------------------- ReLU


def _relu():
    angle = sp.Symbol("theta", positive=True)
    arc = (sp.sin(angle) - angle * sp.cos(angle)) / sp.pi
    u = 2 * sp.sin(angle / 2) ** 2
    s = 2 * sp.sqrt(2) / (3 * sp.pi)
    gap = sp.series(arc - s * u ** R(3, 2), angle, 0, 5).removeO()
    yield Symbolic(gap.simplify(), 0)
    yield Symbolic((2 / s) ** 2, 9 * sp.pi**2 / 2)
    law = NTK("relu").depth_law["critical"]
    yield Symbolic(law.coefficient, 9 * sp.pi**2 / 2)
    for found in remainders([(s, R(3, 2))], simple_ansatz(2, law.coefficient, law.ratio)).items():
        if found[0] in ("u: l^-1", "k: l^0"):
            yield Symbolic(found[1], 0)
    for text in ("abs(x)", "max(x,0) + min(x,0)/100", "2*max(x,0) - 3*min(x,0)"):
        yield Symbolic(NTK(text).depth_law["critical"].ratio, R(1, 4))
    table = {10: "3.23708722319473", 100: "27.3292111179935"}
    found = digits_of("relu", 2, 0, 99)
    yield from compared(
        lambda depth: found.ntk[depth - 1].ball(),
        lambda depth: kernel_balls(relu_balls(), ball(R(1, 10)), depth)[0],
        table,
        "ReLU",
        900,
    )
    values = deep("relu", 2, 0, ROWS)
    route = float_path(relu_float, ROWS[:2])
    for depth in ROWS[:2]:
        yield Numeric(values[depth], route[depth][0] / depth, [{"L": depth}], digits=11)
    yield Numeric(values[10**6], R("0.2500059643900044"), [{"L": 10**6}], digits=11)
    yield _limit("relu", (2, 0), 1.0, R(1, 4))


def _limit(text, edge, at, stated):
    """The limit that three depths extrapolate to; the next orders are log(L)^2/L^2."""
    return Numeric(
        lambda _: extrapolated(deep(text, *edge, ROWS, at)), stated, [{}], digits=5,
        note="extrapolated from L = 1e4, 1e5, 1e6",
    )  # fmt: skip


RELU_QUARTER = Claim(
    "ntk.relu-quarter",
    r"$\phi = \lambda x_+ + \beta x_-$, $\lambda \ne \beta$: $a = 2$ and the limit is $1/4$. "
    r"ReLU: $s = \frac{2\sqrt2}{3\pi}$, $1 - c^l \sim \frac{9\pi^2}{2l^2}$; from $c^1 = 1/10$, "
    r"$K^L/(Lq) = 0.32370872\ldots$ at $L = 10$, $0.25000596\ldots$ at $10^6$.",
    f"{HAYOU}, Proposition 2, with its unspecified constant",
    _relu,
    (
        Mutation("1/3", lambda: _limit("relu", (2, 0), 1.0, R(1, 3))),
        Mutation("1/2", lambda: _limit("relu", (2, 0), 1.0, R(1, 2))),
    ),
)


# ---------------------------------------------------------------- smooth functions

_ERF_TABLE = {10: "1.26539033915769", 100: "15.8044035904374"}


def _smooth():
    for text in ("erf", "sin", "gelu"):
        law = NTK(text).depth_law["critical"]
        yield Symbolic(law.coefficient, (2 * slope(text) / (q * curvature(text))).doit())
        yield Symbolic(law.ratio, R(1, 3))
    for text in ("tanh", "elu"):
        law = NTK(text).depth_law["critical"]
        stated = 2 * slope(text) / (q * curvature(text))
        yield CertifiedValue(law.coefficient, stated, {q: R(3, 2)}, digits=12)
        yield Symbolic(law.ratio, R(1, 3))
    beta = sp.Symbol("beta", positive=True)
    found = remainders([(1 / beta, sp.Integer(2))], simple_ansatz(1, beta, R(1, 3)))
    yield Symbolic(found["u: l^-1"], 0)
    yield Symbolic(found["k: l^0"], 0)
    edge = MeanField("erf").edge_of_chaos
    yield Symbolic(edge.sigma_w2.subs(q, R(1, 2)), ERF_EDGE[0])
    yield Symbolic(edge.sigma_b2.subs(q, R(1, 2)), ERF_EDGE[1])
    yield Symbolic(NTK("erf").depth_law["critical"].coefficient.subs(q, R(1, 2)), 6)
    yield from _erf_depths()


def _erf_depths():
    half = R(1, 2)
    found = digits_of("erf", *ERF_EDGE, 99, half)
    yield from compared(
        lambda depth: found.ntk[depth - 1].ball(),
        lambda depth: (
            ball(half)
            * kernel_balls(
                erf_balls(ball(ERF_EDGE[0]), ball(ERF_EDGE[1]), ball(half)), ball(R(1, 10)), depth
            )[0]
        ),
        _ERF_TABLE,
        "erf, q = 1/2",
        900,
    )
    values = deep("erf", *ERF_EDGE, ROWS, 0.5)
    route = float_path(erf_float(0.5), ROWS[:2])
    for depth in ROWS[:2]:
        yield Numeric(values[depth], route[depth][0] / depth, [{"L": depth}], digits=10)
    yield Numeric(values[10**6], R("0.33332258034926604"), [{"L": 10**6}], digits=10)
    yield _limit("erf", ERF_EDGE, 0.5, R(1, 3))


def _erf_to_the_end():
    values = deep("erf", *ERF_EDGE, (10**7,), 0.5)
    yield Numeric(values[10**7], R("0.3333320277516011"), [{"L": 10**7}], digits=10)


SMOOTH_THIRD = Claim(
    "ntk.smooth-third",
    r"$\phi \in C^1$, $0 < E\phi''^2 < \infty$, $V'(q^*) < 1$: $a = 1$, $1 - c^l \sim \beta_q/l$ "
    r"with $\beta_q = 2/C''(1)$, and the limit is $1/3$. erf at $q = 1/2$: $\beta_q = 6$; from "
    r"$c^1 = 1/10$, $K^L/(Lq) = 0.25307806\ldots$ at $L = 10$, $0.33332258\ldots$ at $10^6$.",
    f"{HAYOU}, Proposition 2, with its unspecified constant",
    _smooth,
    (Mutation("1/4 for erf", lambda: _limit("erf", ERF_EDGE, 0.5, R(1, 4))),),
    full=_erf_to_the_end,
)

RATIO = (RATIO_GENERAL, RELU_QUARTER, SMOOTH_THIRD)
