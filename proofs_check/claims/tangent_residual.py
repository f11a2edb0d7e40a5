r"""Claims on the residual network y^l = y^(l-1) + W^l phi(y^(l-1)) with ReLU, no biases.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, Proposition 3, corrected: its
normaliser 2^L and its transition at sigma_w = sqrt(2) replace 1 + h f' by 1 + 1.
"""

from functools import lru_cache

import sympy as sp

from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import K, K_diagonal, L

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import ball
from .tangent_balance import remainders, simple_ansatz
from .tangent_tools import (
    compared,
    digits_of,
    float_path,
    kernel_balls,
    relu_balls,
    relu_float,
)

__all__ = ["RESIDUAL"]

R = sp.Rational
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654, Proposition 3"
H = sigma_w2 / 2
RATE = H / (1 + H)
ARC = (sp.sqrt(1 - rho**2) + rho * (sp.pi / 2 + sp.asin(rho))) / sp.pi
ARC_SLOPE = (sp.pi / 2 + sp.asin(rho)) / sp.pi
#: |x|^2/d; q^1 = sigma_w2 SIZE.
SIZE = sp.Symbol("m", positive=True)
#: 1 - f(1 - u) = u - EDGE u^(3/2) + O(u^(5/2)).
EDGE = 2 * sp.sqrt(2) / (3 * sp.pi)


@lru_cache(maxsize=8)
def _ntk(architecture):
    return NTK("relu", architecture)


# ---------------------------------------------------------------- b = 1

#: K^L/((1 + h)^(L - 1) q^1) off the diagonal from c^1 = 1/10, for sigma_w2 = 2 and 1.
_TABLE = {
    2: {2: "0.261545596972780881", 3: "0.428337828529133662", 4: "0.598266998301754397",
        6: "0.941754245943335023", 8: "1.284449955932307", 10: "1.62298028804318492"},
    1: {2: "0.207697064648520587", 3: "0.316977757672533276", 4: "0.427492258835675189",
        6: "0.650863389337676757", 8: "0.875524379091139713", 10: "1.09991268123358949"},
}  # fmt: skip


def _unscaled():
    recursion = _ntk("residual").recursion
    same = {q1: q, q2: q, sigma_b2: 0}
    yield Symbolic(recursion.variance.subs(same), (1 + H) * q)
    correlation = recursion.covariance.subs(same) / ((1 + H) * q)
    yield Symbolic(correlation, (1 - RATE) * rho + RATE * ARC)
    yield Symbolic(recursion.ntk.subs(same), (1 + H * ARC_SLOPE) * K + H * q * ARC)
    yield from _exact_diagonal()
    yield from _balanced(R(1, 4), R(3, 8))
    law = _ntk("residual").depth_law["critical"]
    yield Symbolic(law.coefficient, 9 * sp.pi**2 / (2 * RATE**2))
    yield Symbolic(law.ratio, R(1, 4))
    yield Symbolic(law.log_coefficient, R(3, 8))
    yield from _tables()
    yield from _printed_normaliser()
    yield from (_ratio_at(weight, R(1, 4)) for weight in (1, 2, 8))


def _exact_diagonal(growth=1 + H):
    """(1 + h)^(L-1) q (1 + (L-1) r): the toolkit's law, and that the recursion keeps it."""
    stated = growth ** (L - 1) * q * (1 + (L - 1) * RATE)
    law = _ntk("residual").depth_law["critical"].diagonal
    yield Symbolic(law.subs(L, 1), stated.subs(L, 1))
    step = _ntk("residual").recursion.ntk_diagonal.subs(sigma_b2, 0)
    for depth in (1, 2, 7):
        before = {K_diagonal: stated.subs(L, depth), q: (1 + H) ** (depth - 1) * q}
        yield Symbolic(step.subs(before, simultaneous=True), stated.subs(L, depth + 1))
        yield Symbolic(law.subs(L, depth + 1), stated.subs(L, depth + 1))


def _balanced(ratio, logarithm):
    """u' = u - r s u^(3/2) and k = K/(r q), with kappa = 4/(r s)^2."""
    r = sp.Symbol("r", positive=True)
    ansatz = simple_ansatz(2, (2 / (r * EDGE)) ** 2, ratio, logarithm, -3)
    for remainder in remainders([(r * EDGE, R(3, 2))], ansatz).values():
        yield Symbolic(remainder, 0)


def _tables():
    for weight, table in _TABLE.items():
        found = digits_of("relu", weight, 0, 9, architecture="residual")
        growth = 1 + R(weight, 2)
        yield from compared(
            lambda d, found=found, g=growth: found.ntk[d - 1].ball() / ball(g ** (d - 1)),
            lambda d, g=growth: kernel_balls(
                relu_balls(), ball(R(1, 10)), d, ball(1 - 1 / g)
            )[0],
            table,
            f"sigma_w2 = {weight}",
        )  # fmt: skip


def _printed_normaliser():
    """K/2^L -> 0 below h = 1, K/(alpha_L 2^L) diverges above, half of |x|^2/d at h = 1."""
    diagonal = _ntk("residual").depth_law["critical"].diagonal
    below = diagonal.subs(sigma_w2, 1).subs(q, SIZE)
    yield Symbolic(sp.limit(sp.powsimp(below / 2**L), L, sp.oo), 0)
    yield Symbolic(*_at_one(SIZE, SIZE / 2))
    above = diagonal.subs({sigma_w2: 4, q: 4 * SIZE}) / (3 * sp.S.One) ** L
    yield Symbolic(sp.limit(sp.powsimp(above / L), L, sp.oo), 4 * SIZE * R(2, 9))


def _at_one(size, stated):
    diagonal = _ntk("residual").depth_law["critical"].diagonal.subs({sigma_w2: 2, q: 2 * size})
    return sp.limit(sp.powsimp(sp.expand(diagonal / (L * 2**L))), L, sp.oo), stated


def _ratio_at(weight, limit):
    """K^L/(K^L(x, x)) with its terms in log(L)/L and 1/L eliminated."""
    from .tangent_tools import extrapolated

    r = float(RATE.subs(sigma_w2, weight))
    path = float_path(relu_float, (10**3, 10**4, 10**5), rate=lambda _: r)
    values = {d: k / (1 + (d - 1) * r) for d, (k, _) in path.items()}
    return Numeric(extrapolated(values), limit, [{"sigma_w2": weight}], digits=3)


UNSCALED = Claim(
    "ntk.resnet-relu",
    r"$y^l = y^{l-1} + W^l\phi(y^{l-1})$, ReLU, $\sigma_b = 0$, $h = \sigma_w^2/2$, $r = "
    r"h/(1+h)$: $c^l = (1-r)c^{l-1} + rf(c^{l-1})$, $K^l = (1+hf')K^{l-1} + hq^{l-1}f$, "
    r"$K^L(x,x) = (1+h)^{L-1}q^1(1 + (L-1)r)$. For every $\sigma_w > 0$ the ratio tends to $1/4$ "
    r"with $\frac38\frac{\log L}{L}$ and $1 - c^l \sim 9\pi^2/(2r^2l^2)$; no transition at "
    r"$\sigma_w = \sqrt2$.",
    f"corrects {HAYOU}",
    _unscaled,
    (
        Mutation("growth 2^L", lambda: _exact_diagonal(growth=sp.Integer(2))),
        Mutation("the ratio is r/4, here for sigma_w2 = 1", lambda: _ratio_at(1, R(1, 12))),
        Mutation(
            "Proposition 3 as printed at h = 1: K^L(x, x)/(L 2^L) -> |x|^2/d",
            lambda: Symbolic(*_at_one(SIZE, SIZE)),
        ),
        Mutation(
            "Proposition 3 as printed at h = 1/2: K^L(x, x)/2^L stays above 1/100",
            lambda: Certified(
                _ntk("residual").depth_law["critical"].diagonal.subs({sigma_w2: 1, q: 1, L: 60})
                / sp.Integer(2) ** 60
                > R(1, 100)
            ),
        ),
    ),
)  # fmt: skip

RESIDUAL = (UNSCALED,)
